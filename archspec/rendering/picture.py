"""What a picture shows, as data: boxes, links, frames, legends. No colours, no DOT, no engine.

The same for all output formats. Every number in it comes from the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Direction = Literal["LR", "TB"]
EdgeLabels = Literal["all", "changes", "none"]
Detail = Literal["stage", "template", "block", "layer", "op"]
Coloring = Literal["op", "params", "macs", "memory", "rf"]
Figure = Literal["shape", "params", "macs", "memory", "rf"]
DETAILS: tuple[Detail, ...] = get_args(Detail)
FIGURES: tuple[Figure, ...] = get_args(Figure)
COLORINGS: tuple[Coloring, ...] = get_args(Coloring)


@dataclass(frozen=True, slots=True)
class PictureOptions:
    """What to show.

    Args:
        direction: where the data flow goes: LR to the right, TB down, auto by the shape of the net.
        legend: whether to draw connection tables and what lines and colours mean.
        edge_labels: which links carry a shape; `changes` leaves out a shape that stays the same,
            `auto` is `all` where boxes are layers or operators, else `none`.
        detail: what a box is; `auto` is the finest of layer, template and stage that fits a page.
        depth: how many levels of units are opened, instead of `detail`; 0 is `stage`.
        expand: paths of units to open in place, down to their layers.
        color_by: what the fill of a box means: its operator, or its share of a number.
        show: the numbers in a box; none is `params` where boxes are layers or operators, else
            `shape`.
        only: the path of a unit, head, instance or operator that is drawn alone; "" for all.
        unroll: whether every instance of a repeat is drawn; `auto` is `layer` then.
        dense_edges: whether every layer of a dense block is linked to every later one; instances
            are drawn as with `unroll`.
        heads: whether side branches are drawn.
        force: whether a picture of very many boxes is drawn all the same.
    """

    direction: Literal["auto"] | Direction = "auto"
    legend: bool = True
    edge_labels: Literal["auto"] | EdgeLabels = "auto"
    detail: Literal["auto"] | Detail = "auto"
    depth: int | None = None
    expand: tuple[str, ...] = ()
    color_by: Coloring = "op"
    show: tuple[Figure, ...] = ()
    only: str = ""
    unroll: bool = False
    dense_edges: bool = False
    heads: bool = True
    force: bool = False

    @property
    def unrolled(self) -> bool:
        """Whether every instance of a repeat is drawn."""
        return self.unroll or self.dense_edges


@dataclass(frozen=True, slots=True)
class Box:
    """One layer, operator or folded unit: a coloured row `title summary` over plain rows.

    Args:
        path: its name everywhere; unique in a picture.
        role: what it does, as its operator has it; `block` for a folded unit.
        fill: the author's own colour, `#rgb` or `#rrggbb`.
        heat: how much of the coloured number it has, as one of seven steps.
        href: id of the frame that shows what is in it.
        issue: the code of the error that is here.
        shared: tags of weights that other boxes use too, such as `w1`; "" for none.
    """

    path: str
    role: str
    title: str
    summary: str
    rows: tuple[str, ...]
    tooltip: str = ""
    fill: str | None = None
    heat: int | None = None
    href: str = ""
    issue: str | None = None
    shared: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """Data that goes from one box to another; `count` links of the operators became this one.

    Args:
        kind: `data`; `skip`, the short way of a sum; `dense`, maps that a concatenation carries
            along; `aux`, into a side branch.
    """

    src: str
    dst: str
    kind: str
    label: str
    count: int = 1
    issue: str | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """A titled line around boxes.

    Args:
        id: unique in a picture.
        kind: `overview`, `template`, `unit` (an opened block), or `stage` (the author's tag).
        boxes: paths of those directly in it.
        parent: id of the frame around it; "" for none.
    """

    id: str
    title: str
    kind: str
    boxes: tuple[str, ...]
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Legend:
    """A grid that explains the box `box`; `cells` by rows, true where two maps are linked."""

    box: str
    heading: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[bool, ...], ...]


@dataclass(frozen=True, slots=True)
class Key:
    """What a fill or a line means.

    Args:
        kind: `role`, `heat` or `link`.
        value: which one.
        text: its meaning.
    """

    kind: str
    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing, before any decision on how it looks.

    Args:
        name: the architecture's name.
        title: what stands above the drawing.
        description: one sentence for those who cannot see it.
        caption: what stands below the title; "" for nothing.
        note: what was chosen to be shown, and how to change it; "" if nothing was.
        level: what a box is.
        keys: what its fills and lines mean, where that is not said in the boxes.
        breaks: paths of the boxes that begin a new line, for a chain too long for one.
    """

    name: str
    title: str
    description: str
    caption: str
    note: str
    direction: Direction
    level: str
    boxes: tuple[Box, ...]
    links: tuple[Link, ...]
    frames: tuple[Frame, ...]
    legends: tuple[Legend, ...]
    keys: tuple[Key, ...] = ()
    breaks: tuple[str, ...] = ()
