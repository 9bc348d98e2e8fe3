"""A picture as DOT text. Pure; the `graphviz` package quotes, no engine runs here.

User text enters the DOT text in two forms only: `Line.html` in tables, `plain` in attributes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.rendering import labels, style
from archspec.rendering.dot_tables import (
    PADDING,
    TIGHT,
    Line,
    box_table,
    cell,
    grid_table,
    key_table,
    table,
)
from archspec.rendering.picture import Box

if TYPE_CHECKING:
    import graphviz

    from archspec.rendering.picture import Direction, Frame, Legend, Link, Picture
    from archspec.rendering.style import Theme

FONT = "Helvetica"
TITLE_POINTS = 14
LINE_CELLS: dict[Direction, int] = {"LR": 20, "TB": labels.LABEL_LIMIT}  # a row fits a slide
TEMPLATE_CELLS = 20  # of a box in a template: several stand side by side
TITLE_CELLS = 30  # of a template
HEADING_TABLE = 'border="0" cellspacing="0" cellpadding="4"'
FRAME_STYLES = {"template": "rounded,dashed"}


def to_dot(picture: Picture, theme: str = "light") -> str:
    """The DOT text of a picture: the same bytes for the same picture, everywhere.

    Example: `to_dot(picture).startswith("digraph")` is true.
    """
    return _Writer(picture, style.THEMES[theme]).text()


def plain(text: str) -> str:
    """User text as an attribute: neither a DOT escape nor an HTML entity nor an HTML label."""
    import graphviz

    escaped: str = graphviz.escape(text.replace("&", "&amp;"))  # a subclass: keep its type
    return escaped


class _Writer:
    """Writes one picture in one theme."""

    def __init__(self, picture: Picture, theme: Theme) -> None:
        self.picture, self.theme = picture, theme
        self.key = labels.free_name("legend", (box.path for box in picture.boxes))
        self.sideways = picture.direction == "LR"
        self.frame_of = {path: frame.id for frame in picture.frames for path in frame.boxes}
        self.inside = {frame.id: self._inside(frame) for frame in picture.frames}
        self.templates = {f.id for f in picture.frames if f.kind == "template"}

    def _inside(self, frame: Frame) -> tuple[str, ...]:
        """Every box in a frame and in those inside it."""
        inner = (
            path for f in self.picture.frames if f.parent == frame.id for path in self._inside(f)
        )
        return (*frame.boxes, *inner)

    def text(self) -> str:
        """The whole text."""
        import graphviz

        theme, picture = self.theme, self.picture
        font = {"fontcolor": theme.text, "fontname": FONT}
        graph = {
            "bgcolor": theme.background,
            "fontsize": "11",
            "labeljust": "l",
            "labelloc": "t",
            "nodesep": "0.25" if self.sideways else "0.2",
            "ranksep": "0.35" if self.sideways else "0.21",
            "splines": "spline",
        }
        node = {**font, "fontsize": "10", "shape": "plain"}
        edge = {**font, "arrowsize": "0.6", "fontsize": "9"}
        dot = graphviz.Digraph(
            picture.name, graph_attr=dict(sorted({**graph, **font}.items())), node_attr=node
        )
        dot.edge_attr.update(edge)
        dot.attr(label=self._heading(), rankdir=picture.direction)
        self._fill(dot, "", {box.path: place for place, box in enumerate(picture.boxes)})
        for link in picture.links:
            self._link(dot, link)
        if picture.keys:
            self._keys(dot)
        return str(dot.source)

    def _heading(self) -> str:
        """Title and caption, above the drawing."""
        color, left = self.theme.text, 'align="left"'
        title = [Line("", bold=line) for line in labels.wrap(self.picture.title)]
        rows = [cell(title, color, points=TITLE_POINTS, sides=left)]
        if self.picture.caption:
            lines = [Line(line) for line in labels.wrap(self.picture.caption)]
            rows.append(cell(lines, self.theme.error, sides=left))
        return table(HEADING_TABLE, ([row] for row in rows))

    # --- frames and boxes ---------------------------------------------------------------------

    def _fill(self, dot: graphviz.Digraph, parent: str, order: dict[str, int]) -> None:
        """The boxes and frames directly in a frame, in the order of their first boxes."""
        boxes = [box for box in self.picture.boxes if self.frame_of.get(box.path, "") == parent]
        frames = [frame for frame in self.picture.frames if frame.parent == parent]
        entries: list[tuple[int, Box | Frame]] = [(order[box.path], box) for box in boxes]
        entries += [
            (min((order[path] for path in self.inside[frame.id]), default=0), frame)
            for frame in frames
        ]
        for _, entry in sorted(entries, key=lambda item: item[0]):
            if isinstance(entry, Box):
                self._box(dot, entry)
                continue
            with dot.subgraph(name=f"cluster_{plain(entry.id)}") as cluster:
                cluster.attr(**self._frame(entry))
                self._fill(cluster, entry.id, order)

    def _frame(self, frame: Frame) -> dict[str, str]:
        return {
            "class": frame.kind,
            "color": self.theme.frame,
            "fontcolor": self.theme.frame_text if frame.kind == "stage" else self.theme.text,
            "fontsize": "10" if frame.kind == "template" else "11",
            "id": plain(f"c:{frame.id}"),
            "label": self._title(frame),
            "margin": "12" if frame.kind == "stage" else "8",
            "style": FRAME_STYLES.get(frame.kind, "rounded"),
            "tooltip": plain(frame.title),
        }

    def _title(self, frame: Frame) -> str:
        """The title of a frame; that of a template makes it no wider than its boxes."""
        limit = TITLE_CELLS if frame.kind == "template" else labels.LABEL_LIMIT
        lines = labels.wrap(frame.title, limit)
        return "".join(f"{plain(line)}\\l" for line in lines) if lines[1:] else plain(frame.title)

    def _box(self, dot: graphviz.Digraph, box: Box) -> None:
        """A box with the legends that explain it."""
        in_template = self.frame_of.get(box.path) in self.templates
        limit = TEMPLATE_CELLS if in_template else LINE_CELLS[self.picture.direction]
        words = [f"role-{box.role}", *["fold"] * bool(box.href), *["issue"] * bool(box.issue)]
        href = {"href": plain(f"#c:{box.href}")} if box.href else {}
        dot.node(
            box.path,
            label=box_table(box, limit, self.theme, PADDING if self.sideways else TIGHT),
            **{"class": " ".join(words)},
            **href,
            id=plain(f"n:{box.path}"),
            tooltip=plain(box.tooltip or box.path),
        )
        for legend in self.picture.legends:
            if legend.box == box.path:
                self._legend(dot, legend)

    def _legend(self, dot: graphviz.Digraph, legend: Legend) -> None:
        """A grid on the rank of its box, tied to it by a dotted line: below it, or at its right."""
        name = f"{self.key}.{legend.box}"
        line = self.theme.lines["legend"]
        ends = (name, legend.box) if self.sideways else (legend.box, name)
        with dot.subgraph() as rank:
            rank.attr(rank="same")
            rank.node(
                name,
                label=grid_table(legend, LINE_CELLS["LR"], self.theme),
                **{"class": "legend"},
                id=plain(f"l:{legend.box}"),
                tooltip=plain(legend.heading),
            )
            rank.edge(
                *ends,
                arrowhead=line.arrow,
                **{"class": "legend"},
                color=line.color,
                id=plain(f"e:{legend.box}:{name}:legend"),
                penwidth=f"{line.width:g}",
                style=line.style,
                tooltip=plain(legend.heading),
            )

    def _keys(self, dot: graphviz.Digraph) -> None:
        """What fills and lines mean: below the first template, else below everything."""
        first = next((f for f in self.picture.frames if f.id in self.templates), None)
        above = first.boxes[-1] if first else self.picture.boxes[-1].path
        dot.node(
            self.key,
            label=key_table(self.picture.keys, self.theme),
            **{"class": "legend"},
            id="l:",
            tooltip="what fills and lines mean",
        )
        if self.sideways:
            with dot.subgraph() as rank:
                rank.attr(rank="same")
                rank.edge(self.key, self.picture.boxes[0].path, style="invis")
        else:
            dot.edge(above, self.key, style="invis")

    # --- links --------------------------------------------------------------------------------

    def _link(self, dot: graphviz.Digraph, link: Link) -> None:
        line = self.theme.lines["error" if link.issue else link.kind]
        name = f"{link.src} -> {link.dst}"
        lines = [f" {line} " for line in labels.wrap(link.label)] if link.label else []
        label = "\n".join([*lines, " "] if link.issue else lines)
        dot.edge(
            link.src,
            link.dst,
            label=plain(label),
            arrowhead=line.arrow,
            **{"class": f"{link.kind} issue" if link.issue else link.kind},
            color=f"{line.color}:invis:{line.color}" if line.double else line.color,
            fontcolor=self.theme.error if link.issue else self.theme.text,
            id=plain(f"e:{link.src}:{link.dst}:{link.kind}"),
            penwidth=f"{line.width:g}",
            style=line.style,
            tooltip=plain(f"{name}: {link.label}" if link.label else name),
            **({"constraint": "false"} if link.dst in self.picture.breaks else {}),
        )
