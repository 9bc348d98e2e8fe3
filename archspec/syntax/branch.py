"""The parse tree: a branch for each rule, with its place, without what only separates.

Lark's own trees take line, column and offset of every rule, also of those that stand for another
one; offsets taken where a branch is made cost a third of that.
"""

from __future__ import annotations

from typing import cast

from lark import Token

# Tokens that say something. All others are keywords and marks, which the rule's name implies.
_TELLING = frozenset(
    {"NAME", "PATH", "CELL", "NUMBER", "SIZE", "TEXT", "TRUE", "FALSE"}
    | {"OR", "AND", "NOT", "EQUAL", "UNEQUAL", "AT_MOST", "AT_LEAST", "BELOW", "ABOVE", "ABOUT"}
    | {"PLUS", "MINUS", "STAR", "SLASH", "FLOOR", "PERCENT", "POWER"}
)


class Branch:
    """What a rule of the grammar matched; Lark's `tree_class`."""

    __slots__ = ("children", "data", "end", "start")

    def __init__(self, data: str, children: list[Branch | Token]) -> None:
        """Take the place from the first and the last child.

        Args:
            data: the rule's name.
            children: all that it matched; tokens that only separate are left out.
        """
        self.data = data
        self.children = children
        self.start, self.end = _place(children)
        if not data.startswith("_"):  # the children of those are still the next rule's
            self.children = [
                child for child in children if isinstance(child, Branch) or child.type in _TELLING
            ]


def _place(children: list[Branch | Token]) -> tuple[int, int]:
    """Offsets of the first character and behind the last one; nothing stands at 0."""
    if not children:
        return 0, 0
    first, last = children[0], children[-1]
    start = first.start if isinstance(first, Branch) else first.start_pos
    end = last.end if isinstance(last, Branch) else last.end_pos
    return cast("int", start), cast("int", end)


def trees(branch: Branch) -> list[Branch]:
    """The sub-trees of a tree."""
    return [child for child in branch.children if isinstance(child, Branch)]


def tokens(branch: Branch) -> list[Token]:
    """The tokens directly in a tree."""
    return [child for child in branch.children if isinstance(child, Token)]
