"""Boxes, legends and headings as Graphviz's HTML-like tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING

from archspec.rendering import labels, style

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archspec.rendering.picture import Box, Key, Legend
    from archspec.rendering.style import Look, Theme

CELL_POINTS = 8
NARROW_POINTS = 5  # about the width of a letter at 10 points
CELL_SIDE = 14  # points of a square of a connection table
PADDING = 6  # points around the text of a cell; leaves room for a wider font
TIGHT = 4  # the same in a picture that goes down a page
KEY_COLUMNS = 2
GRID_TABLE = 'border="0" cellborder="1" cellspacing="0" cellpadding="0"'
KEY_TABLE = 'border="0" cellborder="0" cellspacing="0" cellpadding="3"'
SAMPLE = 26  # points, the width of a key's sample


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a cell: text, the part in front of it in bold, a superscript behind it."""

    text: str
    bold: str = ""
    raised: str = ""

    @property
    def html(self) -> str:
        """As an HTML-like label."""
        bold = f"<b>{escape(self.bold)}</b>" if self.bold else ""
        raised = f"<sup>{escape(self.raised)}</sup>" if self.raised else ""
        return bold + escape(self.text) + raised


def box_table(box: Box, limit: int, theme: Theme, padding: int = PADDING) -> str:
    """A coloured head over its numbers and over each error; a folded unit has a double border."""
    look = style.box_look(box.role, box.fill, box.heat, theme)
    head = _head(box, limit)
    if box.shared:
        head[-1] = replace(head[-1], raised=f" ({box.shared})")
    rows = [cell(head, look.text, sides=f'bgcolor="{look.fill}"')]
    below = style.look("other", theme=theme)
    marks = [(row,) for row in box.rows if row.startswith("!")]
    numbers = tuple(row for row in box.rows if not row.startswith("!"))
    for group in ([numbers] if numbers else []) + marks:
        lines = [Line(line) for row in group for line in labels.wrap(row, limit)]
        rows.append(cell(lines, below.text, sides=_below(below)))
    return table(_frame(box, theme, padding), ([row] for row in rows))


def _below(look: Look) -> str:
    """Plain rows need no fill on white."""
    return "" if look.fill == "#FFFFFF" else f'bgcolor="{look.fill}"'


def _frame(box: Box, theme: Theme, padding: int) -> str:
    """The line around a box: dotted at an error, of double width around a folded unit."""
    if box.issue:
        return (
            f'border="2" cellborder="{theme.border}" cellspacing="2" cellpadding="{padding}" '
            f'color="{theme.error}" style="dotted"'
        )
    color = _border(theme)
    inner = f'cellborder="{theme.border}" cellspacing="0" cellpadding="{padding}"{color}'
    return f'border="{theme.border * int(box.role == "block")}" {inner}'


def _border(theme: Theme) -> str:
    """The colour of a border, where it is not the engine's own, black."""
    return "" if theme.text == "#000000" else f' color="{theme.frame}"'


def _head(box: Box, limit: int) -> list[Line]:
    """`title  summary`, the title in bold, on as many lines as it takes."""
    if not box.title:
        return [Line(line) for line in labels.wrap(box.summary, limit)]
    lines = labels.wrap(f"{box.title}  {box.summary}", limit)
    # What stands behind a wide title would be put where an engine without a font for it guesses.
    if lines[0].startswith(box.title) and labels.forced_points(box.title) is None:
        first = Line(lines[0].removeprefix(box.title), bold=box.title)
        return [first, *map(Line, lines[1:])]
    title = [Line("", bold=line) for line in labels.wrap(box.title, limit)]
    return [*title, *map(Line, labels.wrap(box.summary, limit))]


def grid_table(legend: Legend, least: int, theme: Theme) -> str:
    """The heading over a grid with numbered rows and columns; lines of `least` cells fit."""
    columns = len(legend.columns) + 1
    limit = max(columns * CELL_SIDE // NARROW_POINTS, least)
    heading = cell(
        [Line(line) for line in labels.wrap(legend.heading, limit)],
        theme.text,
        sides=f'border="0" colspan="{columns}" cellpadding="4"',
    )
    marks = style.look("conv", theme=theme), style.look("other", theme=theme)
    rows = [[heading], [_square(x, None, theme) for x in ("", *legend.columns)]]
    for name, cells in zip(legend.rows, legend.cells, strict=True):
        row = (_square("x" if on else "", marks[0] if on else marks[1], theme) for on in cells)
        rows.append([_square(name, None, theme), *row])
    return table(GRID_TABLE, rows)


def _square(text: str, look: Look | None, theme: Theme) -> str:
    """A square of a grid; without a look it is a number beside the grid."""
    sides = f'bgcolor="{look.fill}" color="{theme.frame}"' if look else 'border="0"'
    sides = f'height="{CELL_SIDE}" {sides}'
    color = look.text if look else theme.text
    return cell([Line(text)], color, points=CELL_POINTS, sides=sides, width=CELL_SIDE)


def key_table(keys: Sequence[Key], theme: Theme) -> str:
    """Samples of fills and lines, each with its meaning."""
    shown = [x for x in keys if x.kind != "role" or x.value == "block" or theme.tells_roles]
    rows = []
    for start in range(0, len(shown), KEY_COLUMNS):
        row = []
        for key in shown[start : start + KEY_COLUMNS]:
            row += [_sample(key, theme), cell([Line(key.text)], theme.text, sides='align="left"')]
        rows.append(row)
    return table(KEY_TABLE, rows)


def _sample(key: Key, theme: Theme) -> str:
    if key.kind == "link":
        return f"<td>{_strip(key.value, theme)}</td>"
    fill = style.HEAT[int(key.value)] if key.kind == "heat" else theme.fills[key.value]
    size = f'width="{SAMPLE}" height="12" fixedsize="true"'
    width = theme.border * (2 if key.value == "block" else 1)
    thick = f'border="{width}"{_border(theme)}'
    return f'<td><table {KEY_CELL}><tr><td {size} {thick} bgcolor="{fill}"></td></tr></table></td>'


KEY_CELL = 'border="0" cellborder="0" cellspacing="0" cellpadding="0"'


def _strip(kind: str, theme: Theme) -> str:
    """A piece of a line: two strips where it is double, three pieces where it is dashed."""
    line = theme.lines[kind]
    height = 3 if line.width > 1 else 1
    dashes = 3 if line.style == "dashed" else 1
    width = SAMPLE // (2 * dashes - 1)
    piece = f'<td width="{width}" height="{height}" fixedsize="true" bgcolor="{line.color}"></td>'
    gap = f'<td width="{width}" height="{height}" fixedsize="true"></td>'
    row = f"<tr>{gap.join([piece] * dashes)}</tr>"
    blank = f'<tr><td width="{SAMPLE}" height="2" fixedsize="true"></td></tr>'
    return f"<table {KEY_CELL}>{blank.join([row, row]) if line.double else row}</table>"


def cell(
    lines: list[Line],
    color: str,
    *,
    points: int = 0,
    sides: str = "",
    width: int = 0,
) -> str:
    """A table cell; an engine that cannot measure wide characters is told the width."""
    font = f'color="{color}"' + (f' point-size="{points}"' if points else "")
    html = "<br/>".join(line.html for line in lines)
    forced = [labels.forced_points(line.bold + line.text) for line in lines]
    widest = max((known + 2 * PADDING for known in forced if known), default=0)
    if width or widest:
        sides = f'width="{max(width, widest)}" {sides}'.rstrip()
    content = f"<font {font}>{html}</font>" if html else ""
    return f"<td {sides}>{content}</td>" if sides else f"<td>{content}</td>"


def table(attributes: str, rows: Iterable[Iterable[str]]) -> str:
    """Rows of cells as one HTML label."""
    content = "".join(f"<tr>{''.join(cells)}</tr>\n" for cells in rows)
    return f"<<table {attributes}>\n{content}</table>>"
