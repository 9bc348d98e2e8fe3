"""Which space stands between two parts of a row. Breaks no line and aligns nothing."""

from __future__ import annotations

from dataclasses import dataclass

from archspec.syntax.pieces import Group, Part, RowKind, Token

_KEYWORDS = frozenset("and as else for from if import in input not or output repeat within".split())
_CONDITIONS = ("if", "repeat")
_CLAUSES = ("from", "note", "disputed")


@dataclass(slots=True)
class Piece:
    """A part with what separates it from the one before.

    Args:
        part: the part.
        gap: the blanks before it.
        column: the column that starts here: 1 `=>`, `from`, the `=` of an entry; 2 tags; 0 none.
        breaks: whether a line may end before it.
    """

    part: Part
    gap: str
    column: int = 0
    breaks: bool = False


def spaced(parts: list[Part], kind: RowKind) -> list[Piece]:
    """The parts of a row with the space before each."""
    return _Spacer(parts, kind).run()


class _Spacer:
    """One pass over a row; `depth` counts the open `(` and `[`."""

    def __init__(self, parts: list[Part], kind: RowKind) -> None:
        self.parts = parts
        self.kind = kind
        self.depth = 0
        self.condition = False  # between `if` or `repeat` and its `{`
        self.clause = False  # behind the first `from`, `note` or `disputed` of a claim
        self.sign = False  # behind a sign that belongs to what follows

    def run(self) -> list[Piece]:
        """The whole row."""
        return [self._piece(index, part) for index, part in enumerate(self.parts)]

    def _piece(self, index: int, part: Part) -> Piece:
        before = self.parts[index - 1] if index else None
        if isinstance(part, Group):
            self.condition = False
            return Piece(part, " ")
        if part.is_comment:
            return Piece(part, "   ")
        piece = Piece(part, self._gap(index, part, before))
        self._mark(piece, part, before)
        self.sign = part.is_mark("-", "+") and not _is_operand(before)
        self.depth += part.is_mark("(", "[") - part.is_mark(")", "]")
        return piece

    def _mark(self, piece: Piece, part: Token, before: Part | None) -> None:
        """Find where columns start and lines may end."""
        if self.depth or before is None:
            self.condition = self.condition or (not self.depth and part.text in _CONDITIONS)
            return
        piece.breaks = part.is_mark("->", "=>")
        piece.column = self._column(part, before)
        if piece.column and not part.is_mark("="):
            piece.gap = "  "
        starts_link = isinstance(before, Token) and before.text in ("->", ":", "else")
        if starts_link and part.text in _CONDITIONS:
            self.condition = True

    def _column(self, part: Token, before: Part) -> int:
        if self.kind == "statement":
            return 2 if self._is_tag(part, before) else int(part.is_mark("=>"))
        if self.kind != "claim":
            return int(part.is_mark("="))
        if part.kind != "word" or part.text not in _CLAUSES or self.clause:
            return 0
        self.clause = True
        return 1

    def _is_tag(self, part: Token, before: Part | None) -> bool:
        free = self.kind == "statement" and not self.depth and not self.condition
        return part.is_mark("[") and free and _is_operand(before)

    def _gap(self, index: int, part: Token, before: Part | None) -> str:
        if before is None or self.sign:
            return ""
        if isinstance(before, Group):
            return " "
        if before.is_mark("(", "[", "@", ".", "..", "**") or part.is_mark(*"),]:.", "..", "**"):
            return ""
        if part.is_mark("(", "["):
            return self._before_bracket(part, before)
        if part.is_mark("=") or before.is_mark("="):
            return "" if self.depth else " "
        return self._around_operator(index, part, before)

    def _before_bracket(self, part: Token, before: Token) -> str:
        if before.is_mark("="):
            return "" if self.depth else " "
        return "" if _is_operand(before) and not self._is_tag(part, before) else " "

    def _around_operator(self, index: int, part: Token, before: Token) -> str:
        if part.is_mark("*", "/"):
            return "" if self._is_tight(index) else " "
        if before.is_mark("*", "/"):
            return "" if self._is_tight(index - 1) else " "
        if part.is_mark("%") and self._is_within(index):
            return ""
        claim = self.kind == "claim" and part.kind == "word" and part.text in _CLAUSES
        return "  " if claim and self.clause and not self.depth else " "

    def _is_within(self, index: int) -> bool:
        """Whether this `%` ends `within 1%`."""
        word = self.parts[index - 2] if index > 1 and self.kind == "claim" else None
        return isinstance(word, Token) and word.text == "within"

    def _is_tight(self, index: int) -> bool:
        """Whether `*` or `/` stands between numbers, names and list items: `4*w`, `2/3`."""
        left, right = self.parts[index - 1], self.parts[index + 1]
        behind = self.parts[index + 2] if index + 2 < len(self.parts) else None
        if isinstance(behind, Token) and behind.is_mark("(", "."):
            return False
        if isinstance(left, Token) and left.is_mark("]"):
            return _is_plain(right)
        return _is_plain(left) and _is_plain(right)


def _is_plain(part: Part) -> bool:
    """Whether it is a number, or a name without a dot."""
    return isinstance(part, Token) and (
        part.kind == "number" or (part.kind == "word" and "." not in part.text)
    )


def _is_operand(part: Part | None) -> bool:
    """Whether a value or link ends with this part."""
    if part is None or isinstance(part, Group):
        return isinstance(part, Group)
    if part.kind == "word":
        return part.text not in _KEYWORDS
    return part.kind in ("number", "text") or part.is_mark(")", "]")
