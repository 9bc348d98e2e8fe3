"""What stands below one another: columns of consecutive lines, numbers of similar calls."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from archspec.syntax.pieces import Token

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from archspec.syntax.spelling import Piece

_FAR = 10  # a line that is this much longer than all others does not move their column
_GAP = "   "


@dataclass(slots=True)
class Line:
    """A row as text.

    Args:
        kind: lines of different kinds share no column.
        cells: what stands in each column, "" for nothing; the first is the indented text.
        tail: further lines that belong to it.
        remark: the comment at its end.
        blank: whether an empty line stands above it.
        comment: whether it is a comment, beside which columns go on.
    """

    kind: str
    cells: list[str] = field(default_factory=list)
    tail: list[str] = field(default_factory=list)
    remark: str = ""
    blank: bool = False
    comment: bool = False

    @property
    def gap(self) -> str:
        """What stands between its columns at least."""
        return _GAP if self.kind in ("statement", "claim") else " "


def aligned(lines: Iterable[Line], limit: int) -> list[str]:
    """The lines with their columns; one that would get longer than `limit` stands aside."""
    done: list[str] = []
    for group in _groups(lines):
        for line, text in zip(group, _columns(group, limit), strict=True):
            if line.blank and done:
                done.append("")
            done += [text, *line.tail]
            if line.tail and line.remark:
                done[-1] += f"{_GAP}{line.remark}"
    return done


def _groups(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Lines that share their columns: up to an empty line, or one that goes on below."""
    group: list[Line] = []
    kind = ""
    for line in lines:
        other = not line.comment and kind not in ("", line.kind)
        if group and (line.blank or group[-1].tail or other):
            yield group
            group, kind = [], ""
        group.append(line)
        kind = kind if line.comment else line.kind
    if group:
        yield group


def _columns(group: list[Line], limit: int) -> list[str]:
    texts = [line.cells[0] for line in group]
    aside: set[int] = set()
    for column in range(1, max(len(line.cells) for line in group)):
        cells = {i: line.cells[column] for i, line in enumerate(group) if len(line.cells) > column}
        gapped = {i: group[i].gap + cell for i, cell in cells.items() if cell}
        _append(texts, gapped, aside, limit)
    remarks = {i: _GAP + x.remark for i, x in enumerate(group) if x.remark and not x.tail}
    _append(texts, remarks, aside, None)
    return texts


def _append(texts: list[str], cells: dict[int, str], aside: set[int], limit: int | None) -> None:
    """Append each cell to its text, below one another but for lines that stand aside."""
    widest = max(map(len, cells.values()), default=0)
    furthest = limit - widest if limit is not None else max(map(len, texts))
    aside |= {i for i in cells if len(texts[i]) > furthest}
    *ends, last = sorted(len(texts[i]) for i in cells if i not in aside) or [0]
    column = ends[-1] if ends and last - ends[-1] > _FAR else last
    aside |= {i for i in cells if len(texts[i]) > column}
    for i, cell in cells.items():
        texts[i] = texts[i] + cell if i in aside else texts[i].ljust(column) + cell


# --- numbers


def right_align_all(rows: list[list[Piece]]) -> None:
    """Right-align each column of rows with as many parts."""
    for column in zip(*rows, strict=True):
        _right_align(column)


def pad_numbers(rows: Iterable[list[Piece]]) -> None:
    """Right-align the numbers in calls of one name, where the author has begun to.

    Args:
        rows: the parts of rows on one line each, whose gaps are widened.
    """
    calls: dict[str, list[list[Piece]]] = {}
    for pieces in rows:
        if name := _called(pieces):
            calls.setdefault(name, []).append(_call(pieces))
    for group in calls.values():
        if not any(map(_is_padded, group)):
            continue
        arguments = [_numbers(call) for call in group]
        for place in range(max(map(len, arguments))):
            column = [row[place] for row in arguments if place < len(row)]
            _right_align([piece for piece in column if piece])


def _first(pieces: list[Piece]) -> int:
    """The index of a row's first link."""
    labelled = len(pieces) > 1 and _is(pieces[1], ":")
    return 2 if labelled else 0


def _called(pieces: list[Piece]) -> str:
    """The name of the call a row starts with, "" if it does not start with one."""
    link = pieces[_first(pieces) :][:2]
    named = len(link) == 2 and isinstance(link[0].part, Token) and _is(link[1], "(")
    return link[0].part.text if named and isinstance(link[0].part, Token) else ""


def _call(pieces: list[Piece]) -> list[Piece]:
    """The first call of a row: name, parentheses and what stands between."""
    start, depth = _first(pieces), 0
    for index, piece in enumerate(pieces[start:], start):
        depth += _is(piece, "(", "[") - _is(piece, ")", "]")
        if _is(piece, ")") and not depth:
            return pieces[start : index + 1]
    raise AssertionError("a call without its closing parenthesis")


def _numbers(call: list[Piece]) -> list[Piece | None]:
    """Each argument that is a number; None for one that is something else."""
    arguments: list[list[Piece]] = [[]]
    depth = 0
    for piece in call[2:-1]:
        depth += _is(piece, "(", "[") - _is(piece, ")", "]")
        if _is(piece, ",") and not depth:
            arguments.append([])
        else:
            arguments[-1].append(piece)
    return [found[0] if len(found) == 1 and _is_number(found[0]) else None for found in arguments]


def _is_padded(call: list[Piece]) -> bool:
    """Whether the call is written as here, but for more blanks before some of its numbers."""
    numbers = [id(piece) for piece in _numbers(call) if piece]
    padded = False
    for left, right in pairwise(call):
        if not isinstance(left.part, Token) or not isinstance(right.part, Token):
            return False
        more = right.part.start - left.part.end - len(right.gap)
        if more and (id(right) not in numbers or right.part.newlines):
            return False
        padded = padded or more > 0
    return padded


def _right_align(column: Sequence[Piece]) -> None:
    parts = [(piece, piece.part) for piece in column if isinstance(piece.part, Token)]
    width = max((len(part.text) for _, part in parts), default=0)
    for piece, part in parts:
        piece.part = replace(part, text=part.text.rjust(width))


def _is(piece: Piece, *marks: str) -> bool:
    return isinstance(piece.part, Token) and piece.part.is_mark(*marks)


def _is_number(piece: Piece) -> bool:
    return isinstance(piece.part, Token) and piece.part.kind == "number"
