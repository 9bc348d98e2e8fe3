"""The canonical text of a spec: what it says stays, how it is laid out is decided here.

Two blanks a level; columns for `=>`, tags, sources and `=`; lines up to 100 characters, longer
ones broken before `->`, then after commas. An author decides three things: where empty lines
stand (one at a time), whether braces that fit on one line do so, and whether numbers in calls of
one block stand in columns (`Inception( 64, …)`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.errors import ArchError
from archspec.syntax.columns import Line, aligned, pad_numbers, right_align_all
from archspec.syntax.parser import parse
from archspec.syntax.pieces import Group, Row, RowKind, Token, rows_of
from archspec.syntax.spelling import Piece, spaced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archspec.source import Source

LIMIT = 100
_UNDOCUMENTED = {"top": ("from", "let", "train"), "statement": ("output", "expect", "train")}


def format_source(source: Source) -> str:
    """The canonical text.

    It parses to the same tree, with the same comments; formatted again, it stays as it is.
    Lines end as in the text.

    >>> from archspec.source import Source
    >>> print(format_source(Source("a.arch", "block f(){conv( 6,5×5)->relu}")), end="")
    block f() { conv(6, 5x5) -> relu }

    Raises:
        ArchError: if the text has syntax errors.
    """
    file = parse(source)
    if file.diagnostics:
        raise ArchError(file.diagnostics)
    text = "\n".join([*_body(rows_of(file), 0, "top"), ""])
    return text.replace("\n", "\r\n") if "\r\n" in source.text else text


# --- rows


def _body(rows: Sequence[Row], indent: int, kind: RowKind) -> list[str]:
    """The lines of rows that stand between the same braces."""
    laid = [_Laid(row, indent, kind) for row in rows]
    plain = [item for item in laid if not item.row.is_comment]
    if kind == "table":
        right_align_all([item.pieces for item in plain])
    if kind == "statement":
        pad_numbers(item.pieces for item in plain if item.single)
    lines = [item.line() for item in laid]
    for above, below, line in zip(rows, rows[1:], lines[1:], strict=False):
        line.blank = line.blank or _would_document(above, below, kind)
    return aligned(lines, LIMIT)


def _would_document(above: Row, below: Row, kind: RowKind) -> bool:
    """Whether a comment that has been moved would become documentation of what follows."""
    if not above.first_word.startswith("##") or _is_doc(above):
        return False
    if below.is_comment:
        return _is_doc(below)
    return kind in _UNDOCUMENTED and below.first_word not in _UNDOCUMENTED[kind]


def _is_doc(row: Row) -> bool:
    part = row.parts[0]
    return isinstance(part, Token) and part.kind == "doc"


class _Laid:
    """A row between parts and lines; `single` if it fits on one."""

    def __init__(self, row: Row, indent: int, kind: RowKind) -> None:
        self.row = row
        self.kind = kind
        self.bar = " " * indent + "| " * row.lane
        self.pieces = spaced(row.parts, kind)
        fits = all(map(_is_flat, self.pieces))
        fits = fits and len(self.bar) + len(_flat(self.pieces)) <= LIMIT
        self.single = row.is_comment or fits

    def line(self) -> Line:
        """Its line, with those that belong to it."""
        row = self.row
        made = Line(row.first_word if self.kind == "top" else self.kind)
        made.blank, made.comment = row.blank, row.is_comment
        made.remark = row.remark.text if row.remark else ""
        if self.single:
            made.cells = _cells(self.pieces)
        else:
            made.cells, made.tail = self._broken()
        made.cells[0] = self.bar + made.cells[0]
        return made

    def _broken(self) -> tuple[list[str], list[str]]:
        """The cells of the first line, and further lines; what is before a `=` is a cell."""
        keyed = self.kind in ("top", "entry")
        key = next((i for i, p in enumerate(self.pieces) if p.column and keyed), 0)
        head = _flat(self.pieces[:key])
        writer = _Writer(len(self.bar), head, self._hang())
        first, *rest = writer.write(self.pieces[key:])
        first = first[len(self.bar) :]
        return [head, first[len(head) + 1 :]] if key else [first], rest

    def _hang(self) -> int:
        """Where a line that goes on starts: below the first link, else a little deeper."""
        second = self.pieces[1].part if len(self.pieces) > 1 else None
        if self.kind != "statement":
            return 4
        labelled = isinstance(second, Token) and second.is_mark(":")
        return len(self.row.first_word) + 2 if labelled else 2


# --- one line


def _is_flat(piece: Piece) -> bool:
    """Whether a part can stand in the middle of a line."""
    if isinstance(piece.part, Token):
        return not piece.part.is_comment
    return piece.part.flat


def _cells(pieces: Sequence[Piece]) -> list[str]:
    """What stands in each column of a row on one line."""
    cells = [""]
    for piece in pieces:
        if piece.column:
            cells += [""] * (piece.column + 1 - len(cells))
        cells[-1] += (piece.gap if cells[-1] else "") + _text(piece)
    return cells


def _flat(pieces: Sequence[Piece]) -> str:
    """Parts on one line, without columns."""
    return "".join(piece.gap * (i > 0) + _text(piece) for i, piece in enumerate(pieces))


def _text(piece: Piece) -> str:
    """A part on one line."""
    if isinstance(piece.part, Token):
        return piece.part.text
    rows = piece.part.rows
    inside = ("| " * row.lane + _flat(spaced(row.parts, piece.part.kind)) for row in rows)
    return f"{{ {' '.join(inside)} }}" if rows else "{}"


# --- several lines


class _Writer:
    """Breaks a row into lines.

    Args:
        indent: of the first line.
        head: what stands there already.
        hang: how much deeper the lines that go on start.
    """

    def __init__(self, indent: int, head: str, hang: int) -> None:
        self.lines: list[str] = []
        self.current = " " * indent + head
        self.base = indent  # where a `}` stands: the line a link starts on, whatever it goes on to
        self.hang = indent + hang

    def write(self, pieces: Sequence[Piece]) -> list[str]:
        """The lines of a row."""
        run: list[Piece] = []
        for piece in pieces:
            part = piece.part
            if isinstance(part, Group) and (part.rows or part.opening):
                self._put([*run, Piece(Token("mark", "{", 0, 0), piece.gap)])
                self._open(part)
                run = []
            elif isinstance(part, Token) and part.is_comment:
                self._put(run)
                self._comment(part)
                run = []
            else:
                if piece.breaks:
                    self._put(run)
                    run = []
                run.append(piece)
        self._put(run)
        return [*self.lines, self.current]

    def _open(self, group: Group) -> None:
        """The rows of a group, between the line that opens it and one that closes it."""
        if group.opening:
            self.current += f"   {group.opening.text}"
        self.lines += [self.current, *_body(group.rows, self.base + 2, group.kind)]
        self.current = " " * self.base + "}"

    def _comment(self, comment: Token) -> None:
        """A comment in the middle of a row: behind its line, or on one of its own."""
        if comment.kind != "trailing" and self.current.strip():
            self._break(self.hang)
        self.current += ("   " if self.current.strip() else "") + comment.text
        self._break(self.hang)

    def _put(self, run: list[Piece]) -> None:
        """Append parts; where they do not fit, on the next line, and else broken after commas."""
        if not run:
            return
        if run[0].breaks and self.current.strip() and not self._fits(run):
            self._break(self.hang)
        if run[0].breaks and not self.current.strip():
            self.base = len(self.current)
        if self._fits(run):
            self._append(run)
            return
        first, *rest = _after_commas(run)
        self._append(first)
        for item in rest:
            if not self._fits(item):
                self._break(self.base + 4)
            self._append(item)

    def _fits(self, run: list[Piece]) -> bool:
        return len(self.current) + len(self._joined(run)) <= LIMIT

    def _append(self, run: list[Piece]) -> None:
        self.current += self._joined(run)

    def _joined(self, run: list[Piece]) -> str:
        return (run[0].gap if self.current.strip() else "") + _flat(run)

    def _break(self, indent: int) -> None:
        self.lines.append(self.current)
        self.current = " " * indent


def _after_commas(run: list[Piece]) -> list[list[Piece]]:
    """The parts, cut after every comma."""
    items: list[list[Piece]] = [[]]
    for piece in run:
        items[-1].append(piece)
        if isinstance(piece.part, Token) and piece.part.is_mark(","):
            items.append([])
    return [item for item in items if item]
