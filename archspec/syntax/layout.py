"""The code of a text, without what the grammar need not see: comments and idle newlines.

The code has the offsets of the text. Nothing here knows the grammar.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archspec.errors import Diagnostic
    from archspec.source import Source, Span

_BREAK = re.compile(r"\n[ \t\n]*+")
_WRAPS_AFTER = ("->", "=>", ",")
_WRAPS_BEFORE = re.compile(r"->|=>|else(?!\w)|\{\s*+\|")


@dataclass(frozen=True, slots=True)
class Comment:
    """A `#` comment without its line end; `alone` if nothing else stands before it."""

    span: Span
    alone: bool


@dataclass(slots=True)
class Layout:
    """A text as the grammar is to see it.

    Args:
        source: the text as written.
        code: one character per character of the text, and after its end `}` that are missing.
        comments: all comments, in order.
        braces: where the partner of a `{` or `}` stands, both ways.
        outer: where brackets stand that are inside of no other.
        faults: what is wrong with brackets, quotes and characters.
        too_deep: the first bracket nested deeper than `MAX_NESTING`.
        too_long: the first word or mark after `MAX_WORDS`.
    """

    source: Source
    code: list[str]
    comments: list[Comment] = field(default_factory=list)
    braces: dict[int, int] = field(default_factory=dict)
    outer: set[int] = field(default_factory=set)
    faults: list[Diagnostic] = field(default_factory=list)
    too_deep: int | None = None
    too_long: int | None = None

    @property
    def is_bearable(self) -> bool:
        """Whether the text is within the limits; if not, the rest of it has not been read."""
        return self.too_deep is None and self.too_long is None

    def text(self) -> str:
        """The code as one text in which every newline separates two things."""
        code = "".join(self.code)
        return _BREAK.sub(
            lambda at: _flat(at) if self._wraps(at, code) or _is_idle(at, code) else at[0], code
        )

    def lines(self) -> str:
        """The code as one text in which no statement reaches over a newline."""
        code = "".join(self.code)
        return _BREAK.sub(lambda at: _flat(at) if self._wraps(at, code) else at[0], code)

    def _wraps(self, newline: re.Match[str], code: str) -> bool:
        """Whether the text goes on: beside an arrow, after a comma, before `else` or lanes."""
        return (
            code.endswith(_WRAPS_AFTER, 0, _end_before(newline, code))
            or _WRAPS_BEFORE.match(code, newline.end()) is not None
            or newline.end() in self.outer
        )

    def blank_line(self, offset: int) -> bool:
        """Blank the line at `offset`; if that changes nothing, the whole definition.

        Returns:
            Whether there was anything to blank.
        """
        text = self.lines()
        if self.blank(text, *line_bounds(text, offset)):
            return True
        around = [o for o, c in self.braces.items() if o <= offset <= c]
        if not around:
            return False
        outer = min(around)
        end = line_bounds(text, self.braces[outer])[1]
        return self.blank(text, line_bounds(text, outer)[0], end)

    def blank(self, text: str, start: int, end: int) -> bool:
        """Blank the code from `start` to `end` and every `{ … }` that opens there.

        Args:
            text: what `lines()` gives.
            start: offset of the first character to blank.
            end: offset after the last one.

        Returns:
            Whether there was anything to blank but closing braces.
        """
        changed = False
        index = start
        while index < end:
            char = text[index]
            partner = self.braces.get(index, -1)
            if char == "{" and partner >= end:
                end = line_bounds(text, partner)[1]
            if not char.isspace() and not (char == "}" and partner < start):
                changed = changed or self.code[index] != " "
                self.code[index] = " "
            index += 1
        return changed


def _end_before(newline: re.Match[str], code: str) -> int:
    """Where the code before a newline ends."""
    start = newline.start()
    while start and code[start - 1] in " \t":
        start -= 1
    return start


def _is_idle(newline: re.Match[str], code: str) -> bool:
    """Whether there is nothing to separate: beside a brace, a bar or an end of the text."""
    start, end = _end_before(newline, code), newline.end()
    return start == 0 or end == len(code) or code[start - 1] in "{|" or code[end] in "}|"


def _flat(newline: re.Match[str]) -> str:
    return newline[0].replace("\n", " ")


def line_bounds(text: str, offset: int) -> tuple[int, int]:
    """Start of the line that holds `offset`, and its end before the newline."""
    end = text.find("\n", offset)
    return text.rfind("\n", 0, offset) + 1, len(text) if end < 0 else end
