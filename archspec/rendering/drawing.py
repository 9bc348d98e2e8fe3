"""From a network and its numbers to a picture: the level, the boxes, the links, the templates."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from archspec.errors import ArchError, Diagnostic, did_you_mean, has_errors
from archspec.ops import Conv
from archspec.rendering import labels
from archspec.rendering.boxes import Words, counted, faults_of, is_expectation
from archspec.rendering.folding.catalog import Catalog
from archspec.rendering.folding.cut import Cut, Part, cut
from archspec.rendering.folding.flows import flows
from archspec.rendering.folding.layers import Layer
from archspec.rendering.folding.levels import by_node, chosen, opener
from archspec.rendering.folding.units import Unit, unit_tree
from archspec.rendering.keys import keys_of
from archspec.rendering.links import links_of
from archspec.rendering.picture import Frame, Legend, Picture, PictureOptions
from archspec.rendering.templates import Drawn, drawn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archspec.analysis import Report
    from archspec.graph import Graph, Node
    from archspec.ops import Table
    from archspec.rendering.picture import Box, Detail, Direction, Link

LONGEST_ROW = 8  # boxes of a chain in one line
LARGEST_TABLE = 48  # rows or columns of a connection table: half a slide
OVERVIEW = "overview"


def build(graph: Graph, report: Report, options: PictureOptions | None = None) -> Picture:
    """The picture of a network.

    Args:
        graph: the network; one with errors gives a picture that shows where they are.
        report: the numbers of that graph.
        options: what to show.

    Raises:
        ArchError: a path to expand does not exist (E202).

    Example: `build(graph, analyze(graph)).boxes[1].rows` is `('156 params',)` for LeNet-5.
    """
    options = options or PictureOptions()
    items = unit_tree(graph)
    level, note = _level(graph, items, options)
    catalog = Catalog(graph, items, lettered=level == "template")
    made = _cut(items, catalog, level, options, report)
    sized = level in ("stage", "template", "block")
    words = Words(report, catalog, sized, options.color_by)
    flow = flows(graph)
    members = members_of(made, graph)
    faults = {part.path: faults_of(part, members[part.path], report) for part in made.parts}
    boxes = [words.box(part, members[part.path], faults[part.path]) for part in made.parts]
    wanted = options.edge_labels
    shown = ("none" if sized else "all") if wanted == "auto" else wanted
    links = links_of(made, graph, flow, faults, shown)
    templates = drawn(catalog, words, flow) if level == "template" else Drawn()
    frames = tuple(_frames(made, words, overview=bool(templates.frames)))
    every = (*boxes, *templates.boxes)
    direction, breaks = _layout(every, links, options, framed=bool(frames))
    return Picture(
        name=graph.name,
        title=graph.spec.title or graph.name,
        description=_description(graph, report, len(every), level),
        caption=_caption(report),
        note=note,
        direction=direction,
        level=level,
        boxes=every,
        links=(*links, *templates.links),
        frames=(*frames, *templates.frames),
        legends=tuple(_legends(made.parts, boxes, links)) if options.legend else (),
        keys=keys_of(every, (*links, *templates.links), options) if options.legend else (),
        breaks=breaks,
    )


def _level(
    graph: Graph, items: Sequence[Unit | Layer], options: PictureOptions
) -> tuple[Detail, str]:
    """The level, and what to tell about it where it was chosen."""
    if options.depth is not None:
        return ("layer" if options.depth else "stage"), ""
    if options.detail != "auto":
        return options.detail, ""
    return chosen(graph, items)


def _cut(
    items: Sequence[Unit | Layer],
    catalog: Catalog,
    level: Detail,
    options: PictureOptions,
    report: Report,
) -> Cut:
    """The boxes of the overview. Raises ArchError for a path to expand that is not there."""
    expand = (*options.expand, *_faulty(items, report))
    for path in options.expand:
        _check_path(path, items)
    opens = opener(level, catalog, items, depth=options.depth, expand=expand)
    if level == "op" and options.depth is None:
        return by_node(cut(items, opens, catalog.looks, folds=False))
    return cut(items, opens, catalog.looks)


def _faulty(items: Sequence[Unit | Layer], report: Report) -> list[str]:
    """Units to open so that the place of a shape error is seen."""
    wrong = {d.path for d in report.diagnostics if d.path and d.code.startswith("E3")}
    units = [item for item in items if isinstance(item, Unit)]
    return [u.path for u in units if any(node.path in wrong for node in u.nodes)]


def _check_path(path: str, items: Sequence[Unit | Layer]) -> None:
    known = list(_paths(items))
    if path in known:
        return
    near = did_you_mean(path, known)
    message = f"`{path}` is no unit that could be opened"
    help_ = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(known[:8])}"
    raise ArchError([Diagnostic("E202", message, help=help_)])


def _paths(items: Sequence[Unit | Layer]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Unit):
            yield item.path
            yield from _paths(item.items)


def members_of(made: Cut, graph: Graph) -> dict[str, tuple[Node, ...]]:
    """Every operator of each part, those of further turns of a repeat too, by the part's path."""
    found: dict[str, list[Node]] = {part.path: [] for part in made.parts}
    for path, node in graph.nodes.items():
        if path in made.home:
            found[made.home[path].path].append(node)
    return {path: tuple(nodes) for path, nodes in found.items()}


def _layout(
    boxes: Sequence[Box], links: Sequence[Link], options: PictureOptions, *, framed: bool
) -> tuple[Direction, tuple[str, ...]]:
    """Where the data flow goes, and where a chain goes on in a new line.

    A chain goes to the right, in lines of equal length as text does; everything else down.
    """
    if options.direction != "auto":
        return options.direction, ()
    ends = [(link.src, link.dst) for link in links]
    chain = [(a.path, b.path) for a, b in pairwise(boxes)]
    if ends != chain or (framed and len(boxes) > LONGEST_ROW):
        return "TB", ()
    lines = -(-len(boxes) // LONGEST_ROW)
    length = -(-len(boxes) // lines)
    return "LR", tuple(box.path for box in boxes[length::length])


@dataclass(slots=True)
class _Open:
    """A frame while its boxes are collected."""

    title: str
    kind: str
    parent: str
    boxes: list[str]


def _frames(made: Cut, words: Words, *, overview: bool) -> Iterator[Frame]:
    """The overview, the author's stages, and every opened unit that says more than its boxes."""
    found: dict[str, _Open] = {}
    if overview:
        found[OVERVIEW] = _Open("overview", "overview", "", [])
    for part in made.parts:
        parent = OVERVIEW if overview else ""
        stage = words.stage(part)
        if stage is not None:
            parent = _opened(found, f"s.{stage}", stage, "stage", parent)
        for unit in part.frames:
            parent = _opened(found, unit.path, _title(unit, made, words, parent), "unit", parent)
        if parent:
            found[parent].boxes.append(part.path)
    for name, frame in found.items():
        yield Frame(name, frame.title, frame.kind, tuple(frame.boxes), frame.parent)


def _opened(found: dict[str, _Open], name: str, title: str, kind: str, parent: str) -> str:
    found.setdefault(name, _Open(title, kind, parent, []))
    return name


def _title(unit: Unit, made: Cut, words: Words, parent: str) -> str:
    """`1: Bottleneck(64) x2`."""
    name = unit.path.removeprefix(f"{parent}.") if parent else unit.path
    called = unit.block.name if unit.block else ""
    if called and unit.path in words.catalog.of:
        called = words.catalog.use(unit)
    title = f"{name}: {called}" if called and called != name else name
    return counted(title, made.counts[unit.path])


def _legends(
    parts: Sequence[Part], boxes: Sequence[Box], links: Sequence[Link]
) -> Iterator[Legend]:
    """One for each connection table that leaves out a link and can be read."""
    titles = {box.path: box.title for box in boxes}
    feeders = {link.dst: titles[link.src] for link in links}
    for part in parts:
        if not isinstance(part.item, Layer):
            continue
        op, io = part.item.anchor.op, part.item.anchor.io
        table = op.links(io.x[0]) if isinstance(op, Conv) and io else None
        if table is not None and _is_readable(table):
            feeder = feeders.get(part.path, "input")
            yield _table_legend(part.path, titles[part.path], feeder, table)


def _is_readable(table: Table) -> bool:
    full = table.links == table.height * table.width
    return not full and max(table.height, table.width) <= LARGEST_TABLE


def _table_legend(path: str, title: str, feeder: str, table: Table) -> Legend:
    cells = table.height * table.width
    return Legend(
        box=path,
        heading=labels.link_heading(title, feeder, table.links, cells),
        rows=tuple(map(str, range(table.height))),
        columns=tuple(map(str, range(table.width))),
        cells=tuple(tuple(bool(cell) for cell in row) for row in table.rows),
    )


_WHAT = {
    "stage": "one a statement",
    "template": "statements, and each distinct block once",
    "block": "one a block",
    "layer": "one a layer",
    "op": "one an operator",
}


def _description(graph: Graph, report: Report, boxes: int, level: Detail) -> str:
    """The net, its input, its totals and the level, as one sentence."""
    shape = labels.shape_text(graph.input.output)
    params = labels.params_text(report.number("", "params"))
    return f"{graph.name}: input {shape}, {params}; {boxes} boxes, {_WHAT[level]}"


def _caption(report: Report) -> str:
    """`incomplete: 1 error` for a network that is not sound."""
    errors = [d for d in report.diagnostics if has_errors([d]) and not is_expectation(d)]
    if not errors:
        return ""
    return f"incomplete: {len(errors)} {'error' if len(errors) == 1 else 'errors'}"
