"""A sheet as lines of text for a terminal, as Markdown and as HTML."""

from __future__ import annotations

import textwrap
from html import escape
from typing import TYPE_CHECKING

from archspec.rendering.labels import display_width
from archspec.rendering.sheet import Line, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_GAP = "  "
_LEAST_NAME = 12  # cells of a name that is cut
_LEAST_TABLE = 60  # in narrower places a row is a block of lines
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


def text_table(sheet: Sheet, width: int, *, bold: bool = False) -> str:
    """A table of at most `width` cells a line, if that is possible.

    Numbers are never cut. Where room is short the bars go first, then names lose their middle;
    what still does not fit is told one block of lines a row.
    """
    wide = _widths(sheet)
    if sum(wide) + len(_GAP) * (len(wide) - 1) > width and "" in sheet.headers:
        return text_table(_without_bars(sheet), width, bold=bold)
    rest = sum(wide[1:]) + len(_GAP) * (len(wide) - 1)
    notes = [line for note in sheet.notes for line in textwrap.wrap(note, max(width, 20))]
    if width < _LEAST_TABLE or rest + min(wide[0], _LEAST_NAME) > width:
        return "\n".join((*_in_blocks(sheet, bold=bold), *notes))
    wide[0] = min(wide[0], width - rest)
    head = Line(sheet.headers, strong=True)
    lines = (_line(line, sheet, wide, bold=bold) for line in (head, *sheet.lines))
    return "\n".join((*lines, *notes))


def markdown_table(sheet: Sheet) -> str:
    """A table in GitHub's Markdown; totals are bold."""
    sheet = _without_bars(sheet)
    rules = ("--:" if right else ":--" for right in sheet.right)
    lines = [_piped(sheet.headers), _piped(rules)]
    for line in sheet.lines:
        texts = (_escaped(text) for text in line.cells)
        lines.append(_piped(f"**{text}**" if line.strong and text else text for text in texts))
    notes = ["", *map(_escaped, sheet.notes)] if sheet.notes else []
    return "\n".join((*lines, *notes))


def html_table(sheet: Sheet, caption: str, notes: Sequence[str] = ()) -> str:
    """A table for notebooks; everything escaped, no script and no style sheet."""
    sheet = _without_bars(sheet)
    lines = ["<table>", f"<caption>{escape(caption)}</caption>", "<thead>"]
    lines += [_html_line(Line(sheet.headers), sheet, "th"), "</thead>", "<tbody>"]
    lines += [_html_line(line, sheet, "th" if line.strong else "td") for line in sheet.lines]
    lines += [
        "</tbody>",
        "</table>",
        *(f"<div>{escape(note)}</div>" for note in (*sheet.notes, *notes)),
    ]
    return "\n".join(lines)


def _widths(sheet: Sheet) -> list[int]:
    columns = zip(sheet.headers, *(line.cells for line in sheet.lines), strict=True)
    return [max(map(display_width, column)) for column in columns]


def _without_bars(sheet: Sheet) -> Sheet:
    """Without the columns that have no header."""
    kept = [number for number, header in enumerate(sheet.headers) if header]
    lines = (Line(tuple(line.cells[n] for n in kept), line.strong) for line in sheet.lines)
    headers = tuple(sheet.headers[n] for n in kept)
    return Sheet(headers, tuple(sheet.right[n] for n in kept), tuple(lines), sheet.notes)


def _line(line: Line, sheet: Sheet, wide: Sequence[int], *, bold: bool) -> str:
    texts = (_shortened(line.cells[0], wide[0]), *line.cells[1:])
    padded = []
    for text, right, cells in zip(texts, sheet.right, wide, strict=True):
        room = " " * (cells - display_width(text))
        padded.append(room + text if right else text + room)
    return _strong(_GAP.join(padded).rstrip(), bold=bold and line.strong)


def _in_blocks(sheet: Sheet, *, bold: bool) -> Iterator[str]:
    """Every row as its name and a line for each value."""
    headers = sheet.headers[1:]
    names = max(map(display_width, headers), default=0)
    for line in sheet.lines:
        yield _strong(line.cells[0], bold=bold)
        for header, text in zip(headers, line.cells[1:], strict=True):
            if text and header:
                yield f"  {header}{' ' * (names - display_width(header))}  {text}"


def _shortened(name: str, cells: int) -> str:
    """A name with its middle left out: both ends tell where a node stands.

    >>> _shortened("conv2_x.1.Layers.cbn.conv", 16)
    'conv2_x..bn.conv'
    """
    if display_width(name) <= cells:
        return name
    half = (cells - 2) // 2
    head = next(n for n in range(half, -1, -1) if display_width(name[:n]) <= half)
    tail = next(n for n in range(half, -1, -1) if display_width(name[len(name) - n :]) <= half)
    return f"{name[:head]}..{name[len(name) - tail :]}"


def _strong(text: str, *, bold: bool) -> str:
    return f"{_BOLD}{text}{_PLAIN}" if bold else text


def _piped(texts: Iterator[str] | Sequence[str]) -> str:
    return f"| {' | '.join(texts)} |"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("_", "\\_").replace("*", "\\*")


def _html_line(line: Line, sheet: Sheet, tag: str) -> str:
    aligned = (' style="text-align: right"' if right else "" for right in sheet.right)
    cells = zip(line.cells, aligned, strict=True)
    return f"<tr>{''.join(f'<{tag}{how}>{escape(text)}</{tag}>' for text, how in cells)}</tr>"
