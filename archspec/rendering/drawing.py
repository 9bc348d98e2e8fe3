"""From a network and its numbers to a picture: the level, the boxes, the links, the templates."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from archspec.errors import has_errors
from archspec.ops import Conv
from archspec.rendering import labels, limits
from archspec.rendering.boxes import Words, counted, faults_of, is_expectation
from archspec.rendering.folding.arcs import dense_arcs
from archspec.rendering.folding.catalog import Catalog
from archspec.rendering.folding.cut import Cut, Part, cut
from archspec.rendering.folding.flows import flows
from archspec.rendering.folding.layers import Layer
from archspec.rendering.folding.levels import by_node, chosen, opener, own_looks
from archspec.rendering.folding.selection import Selection, selected
from archspec.rendering.folding.shared import weight_tags
from archspec.rendering.folding.units import Unit
from archspec.rendering.keys import keys_of
from archspec.rendering.links import links_of, with_arcs
from archspec.rendering.picture import Frame, Legend, Picture, PictureOptions
from archspec.rendering.templates import Drawn, drawn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from archspec.analysis import Report
    from archspec.graph import Graph, Node
    from archspec.ops import Table
    from archspec.rendering.boxes import Faults
    from archspec.rendering.picture import Box, Detail, Direction, Link

LONGEST_ROW = 8  # boxes of a chain in one line
NO_ARCS = "no dense block is open, so that --dense-edges adds nothing (--detail block|layer)"
LARGEST_TABLE = 48  # rows or columns of a connection table: half a slide


def build(graph: Graph, report: Report, options: PictureOptions | None = None) -> Picture:
    """The picture of a network.

    Args:
        graph: the network; one with errors gives a picture that shows where they are.
        report: the numbers of that graph.
        options: what to show.

    Raises:
        ArchError: a path to draw or to expand does not exist (E202); there are too many boxes or
            links (E005).

    Example: `build(graph, analyze(graph)).boxes[1].rows` is `('156 params',)` for LeNet-5.
    """
    options = options or PictureOptions()
    selection = selected(graph, options)
    level, note = _level(graph, selection.items, options)
    catalog = Catalog(graph, selection.items, lettered=level == "template")
    made = _cut(selection, catalog, level, options, report)
    limits.check_number("boxes", len(made.parts), limits.MOST_BOXES, force=options.force)
    sized = level in ("stage", "template", "block")
    words = Words(report, catalog, options, selection, sized, weight_tags(graph))
    flow = flows(graph)
    members = members_of(made, graph)
    faults = {part.path: faults_of(part, members[part.path], report) for part in made.parts}
    boxes = [words.box(part, members[part.path], faults[part.path]) for part in made.parts]
    wanted = options.edge_labels
    shown = ("none" if sized else "all") if wanted == "auto" else wanted
    links = links_of(made, graph, flow, faults, shown)
    if options.dense_edges:
        plain, links = links, with_arcs(links, made, dense_arcs(graph, flow))
        note = note or ("" if links[len(plain) :] else NO_ARCS)
    limits.check_number("links", len(links), limits.MOST_LINKS, force=options.force)
    templates = drawn(catalog, words, flow) if level == "template" else Drawn()
    frames = tuple(_frames(made, words, overview=bool(templates.frames)))
    every = (*boxes, *templates.boxes)
    direction, breaks = _layout(every, links, options, framed=bool(frames))
    return Picture(
        name=graph.name,
        title=": ".join(filter(None, (graph.spec.title or graph.name, selection.root))),
        description=_description(graph, report, len(every), level),
        caption=_caption(report, faults.values(), selection.root),
        note=note,
        direction=direction,
        level=level,
        boxes=every,
        links=(*links, *templates.links),
        frames=(*frames, *templates.frames),
        legends=tuple(_legends(made.parts, words, boxes, links)) if options.legend else (),
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
    return ("layer", "") if options.unrolled else chosen(graph, items)


def _cut(
    part: Selection, catalog: Catalog, level: Detail, options: PictureOptions, report: Report
) -> Cut:
    """The boxes of the overview."""
    expand = (*options.expand, *_faulty(part.items, report))
    opens = opener(level, catalog, part.items, depth=options.depth, expand=expand)
    single = level == "op" and options.depth is None
    looks = own_looks(part.items, catalog.looks, options.expand)
    made = cut(part.items, opens, looks, folds=not (single or options.unrolled))
    made = by_node(made) if single else made
    part.enter(made)
    return made


def _faulty(items: Sequence[Unit | Layer], report: Report) -> list[str]:
    """Units to open so that the place of a shape error is seen."""
    wrong = {d.path for d in report.diagnostics if d.path and d.code.startswith("E3")}
    units = [item for item in items if isinstance(item, Unit)]
    return [u.path for u in units if any(node.path in wrong for node in u.nodes)]


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
    outer = labels.free_name("overview", words.graph.nodes) if overview else ""
    stages = labels.free_name("s", words.graph.nodes)
    if outer:
        found[outer] = _Open("overview", "overview", "", [])
    for part in made.parts:
        parent = outer
        stage = words.stage(part)
        if stage is not None and part.path not in words.drawn.doors:  # those stand outside
            parent = _opened(found, f"{stages}.{stage}", stage, "stage", parent)
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
    name = unit.path.removeprefix(f"{parent}." if parent else f"{words.drawn.root}.")
    if unit.statement and "name" in unit.statement.tags:
        name = str(unit.statement.tags["name"])
    called = unit.block.name if unit.block else ""
    if called and unit.path in words.catalog.of:
        called = words.catalog.use(unit)
    title = f"{name}: {called}" if called and called != name else name
    return counted(title, made.counts[unit.path])


def _legends(
    parts: Sequence[Part], words: Words, boxes: Sequence[Box], links: Sequence[Link]
) -> Iterator[Legend]:
    """One for each connection table that leaves out a link and can be read."""
    titles = {box.path: box.title for box in boxes}
    titles.update((door.path, words.owner(door.nodes[0])) for door in words.drawn.entering)
    feeders = {link.dst: titles[link.src] for link in links}
    for part in parts:
        if not isinstance(part.item, Layer) or part.path in words.drawn.doors:
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
    params = labels.number_text(report.number("", "params"), "params")
    return f"{graph.name}: input {shape}, {params}; {boxes} boxes, {_WHAT[level]}"


def incomplete(report: Report) -> str:
    """`incomplete: 1 error` for a network that is not sound, else "".

    A wrong expectation leaves a picture whole.
    """
    errors = [d for d in report.diagnostics if has_errors([d]) and not is_expectation(d)]
    if not errors:
        return ""
    return f"incomplete: {len(errors)} {'error' if len(errors) == 1 else 'errors'}"


def _caption(report: Report, faults: Iterable[Faults], root: str) -> str:
    """What is missing, and the wrong expectations that no box is about."""
    told = {id(fault) for each in faults for fault in each}
    wrong = [d for d in report.diagnostics if is_expectation(d) and id(d) not in told]
    mine = [d for d in wrong if not root or f"{d.path}.".startswith(f"{root}.")]
    return "; ".join(
        filter(None, (incomplete(report), *(f"! {d.message}: {d.text}" for d in mine)))
    )
