"""A picture as DOT text. Pure; the `graphviz` package quotes, no engine runs here.

User text enters the DOT text in two forms only: `Line.html` in tables, `_plain` in attributes.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from archspec.rendering import labels, style

if TYPE_CHECKING:
    from collections.abc import Iterable

    import graphviz

    from archspec.rendering.picture import Box, Direction, Legend, Link, Picture

FONT = "Helvetica"
TITLE_POINTS, CELL_POINTS = 14, 8
NARROW_POINTS = 5  # about the width of a letter at 10 points
CELL_SIDE = 14  # points of a square of a connection table
LINE_CELLS: dict[Direction, int] = {"LR": 20, "TB": labels.LABEL_LIMIT}  # a row fits a slide
PADDING = 6  # points around the text of a cell; leaves room for a wider font
GRAPH = {
    "bgcolor": style.BACKGROUND,
    "fontcolor": style.TEXT,
    "fontname": FONT,
    "fontsize": "11",
    "labeljust": "l",
    "labelloc": "t",
    "nodesep": "0.25",
    "ranksep": "0.35",
    "splines": "spline",
}
NODE = {"fontcolor": style.TEXT, "fontname": FONT, "fontsize": "10", "shape": "plain"}
EDGE = {"arrowsize": "0.6", "fontcolor": style.TEXT, "fontname": FONT, "fontsize": "9"}
BOX_TABLE = f'border="0" cellborder="1" cellspacing="0" cellpadding="{PADDING}"'
ISSUE_TABLE = (
    f'border="2" cellborder="1" cellspacing="2" cellpadding="{PADDING}" '
    f'color="{style.ERROR}" style="dotted"'
)
HEADING_TABLE = 'border="0" cellspacing="0" cellpadding="4"'
GRID_TABLE = 'border="0" cellborder="1" cellspacing="0" cellpadding="0"'
LINKED, UNLINKED = style.look("conv"), style.look("other")


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a cell: text, the part in front of it in bold."""

    text: str
    bold: str = ""

    @property
    def html(self) -> str:
        bold = f"<b>{escape(self.bold)}</b>" if self.bold else ""
        return bold + escape(self.text)


def to_dot(picture: Picture) -> str:
    """The DOT text of a picture: the same bytes for the same picture, everywhere.

    Example: `to_dot(picture).startswith("digraph")` is true.
    """
    import graphviz

    dot = graphviz.Digraph(picture.name, graph_attr=GRAPH, node_attr=NODE, edge_attr=EDGE)
    dot.attr(label=_heading(picture), rankdir=picture.direction)
    frame_of = {path: frame.title for frame in picture.frames for path in frame.boxes}
    for title in dict.fromkeys(frame_of.get(box.path) for box in picture.boxes):
        members = [box for box in picture.boxes if frame_of.get(box.path) == title]
        if title is None:
            _add_boxes(dot, members, picture)
            continue
        with dot.subgraph(name=f"cluster_{_plain(title)}") as cluster:
            cluster.attr(**_frame_attributes(title))
            _add_boxes(cluster, members, picture)
    for link in picture.links:
        _add_link(dot, link)
    return str(dot.source)


def _plain(text: str) -> str:
    """User text as an attribute: neither a DOT escape nor an HTML entity nor an HTML label."""
    import graphviz

    escaped: str = graphviz.escape(text.replace("&", "&amp;"))  # a subclass: keep its type
    return escaped


def _heading(picture: Picture) -> str:
    """Title and caption, above the drawing."""
    rows = [_cell([_Line("", bold=picture.title)], points=TITLE_POINTS, sides='align="left"')]
    if picture.caption:
        rows.append(_cell([_Line(picture.caption)], color=style.ERROR, sides='align="left"'))
    return _table(HEADING_TABLE, ([row] for row in rows))


def _frame_attributes(title: str) -> dict[str, str]:
    return {
        "color": style.FRAME,
        "fontcolor": style.FRAME_TEXT,
        "id": _plain(f"c:{title}"),
        "label": _plain(title),
        "margin": "12",
        "style": "rounded",
        "tooltip": _plain(title),
    }


def _add_boxes(dot: graphviz.Digraph, boxes: Iterable[Box], picture: Picture) -> None:
    """Boxes, each with the legends that explain it."""
    for box in boxes:
        dot.node(
            box.path,
            label=_box_table(box, LINE_CELLS[picture.direction]),
            **{"class": f"role-{box.role} issue" if box.issue else f"role-{box.role}"},
            id=_plain(f"n:{box.path}"),
            tooltip=_plain(box.tooltip or box.path),
        )
        for legend in picture.legends:
            if legend.box == box.path:
                _add_legend(dot, legend, picture.direction)


def _box_table(box: Box, limit: int) -> str:
    """A coloured head over plain rows."""
    look = style.look(box.role, box.fill)
    rows = [_cell(_head(box, limit), color=look.text, sides=f'bgcolor="{look.fill}"')]
    rows += [_cell(list(map(_Line, labels.wrap(row, limit)))) for row in box.rows]
    return _table(ISSUE_TABLE if box.issue else BOX_TABLE, ([row] for row in rows))


def _head(box: Box, limit: int) -> list[_Line]:
    """`title  summary`, the title in bold, on as many lines as it takes."""
    lines = labels.wrap(f"{box.title}  {box.summary}", limit)
    if lines[0].startswith(box.title):
        first = _Line(lines[0].removeprefix(box.title), bold=box.title)
        return [first, *map(_Line, lines[1:])]
    title = [_Line("", bold=line) for line in labels.wrap(box.title, limit)]
    return [*title, *map(_Line, labels.wrap(box.summary, limit))]


def _add_legend(dot: graphviz.Digraph, legend: Legend, direction: Direction) -> None:
    """A grid on the rank of its box, tied to it by a dotted line: below it, or at its right."""
    name = f"legend.{legend.box}"
    line = style.LINES["legend"]
    ends = (name, legend.box) if direction == "LR" else (legend.box, name)
    with dot.subgraph() as rank:
        rank.attr(rank="same")
        rank.node(
            name,
            label=_grid_table(legend),
            **{"class": "legend"},
            id=_plain(f"l:{legend.box}"),
            tooltip=_plain(legend.heading),
        )
        rank.edge(
            *ends,
            arrowhead=line.arrow,
            **{"class": "legend"},
            color=line.color,
            id=_plain(f"e:{legend.box}:{name}:legend"),
            penwidth=f"{line.width:g}",
            style=line.style,
            tooltip=_plain(legend.heading),
        )


def _grid_table(legend: Legend) -> str:
    """The heading over a grid with numbered rows and columns."""
    columns = len(legend.columns) + 1
    limit = max(columns * CELL_SIDE // NARROW_POINTS, LINE_CELLS["LR"])
    heading = _cell(
        list(map(_Line, labels.wrap(legend.heading, limit))),
        sides=f'border="0" colspan="{columns}" cellpadding="4"',
    )
    table = [[heading], [_square(""), *map(_square, legend.columns)]]
    for name, cells in zip(legend.rows, legend.cells, strict=True):
        marks = (_square("x" if cell else "", LINKED if cell else UNLINKED) for cell in cells)
        table.append([_square(name), *marks])
    return _table(GRID_TABLE, table)


def _square(text: str, look: style.Look | None = None) -> str:
    """A square of a grid; without a look it is a number beside the grid."""
    sides = f'bgcolor="{look.fill}" color="{style.FRAME}"' if look else 'border="0"'
    color = look.text if look else style.TEXT
    sides = f'height="{CELL_SIDE}" {sides}'
    return _cell([_Line(text)], points=CELL_POINTS, color=color, sides=sides, width=CELL_SIDE)


def _cell(
    lines: list[_Line],
    *,
    points: int = 0,
    color: str = style.TEXT,
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


def _table(attributes: str, rows: Iterable[Iterable[str]]) -> str:
    """Rows of cells as one HTML label."""
    content = "".join(f"<tr>{''.join(cells)}</tr>\n" for cells in rows)
    return f"<<table {attributes}>\n{content}</table>>"


def _add_link(dot: graphviz.Digraph, link: Link) -> None:
    line = style.LINES["error" if link.issue else link.kind]
    name = f"{link.src} -> {link.dst}"
    dot.edge(
        link.src,
        link.dst,
        label=_plain(f" {link.label} \n " if link.issue else f" {link.label} "),
        arrowhead=line.arrow,
        **{"class": f"{link.kind} issue" if link.issue else link.kind},
        color=line.color,
        fontcolor=style.ERROR if link.issue else style.TEXT,
        id=_plain(f"e:{link.src}:{link.dst}:{link.kind}"),
        penwidth=f"{line.width:g}",
        style=line.style,
        tooltip=_plain(f"{name}: {link.label}" if link.label else name),
    )
