"""What a picture shows, as data: boxes, links, frames, legends. No colours, no DOT, no engine.

The same for all output formats. Every number in it comes from the report.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Literal

from archspec.analysis import summary
from archspec.errors import has_errors
from archspec.ops import Conv
from archspec.rendering import labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archspec.analysis import Report
    from archspec.errors import Diagnostic
    from archspec.graph import Graph, Node
    from archspec.ops import Role, Table
    from archspec.source import Span

Direction = Literal["LR", "TB"]
EdgeLabels = Literal["all", "changes", "none"]

ANCHORS: frozenset[Role] = frozenset({"conv", "pool", "dense"})
FOLLOWERS: frozenset[Role] = frozenset({"norm", "activation"})
LONGEST_ROW = 12  # boxes of a chain that still go side by side
COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}")


@dataclass(frozen=True, slots=True)
class PictureOptions:
    """What to show.

    Args:
        direction: where the data flow goes: LR to the right, TB down, auto by the shape of the net.
        legend: whether to draw connection tables.
        edge_labels: which links carry a shape; `changes` leaves out a shape that stays the same.
    """

    direction: Literal["auto"] | Direction = "auto"
    legend: bool = True
    edge_labels: EdgeLabels = "all"


@dataclass(frozen=True, slots=True)
class Box:
    """One layer: a coloured row `title summary` over plain rows.

    Args:
        path: its name everywhere; unique in a picture.
        fill: the author's own colour, `#rgb` or `#rrggbb`.
        issue: the code of the error that is here.
    """

    path: str
    role: Role
    title: str
    summary: str
    rows: tuple[str, ...]
    tooltip: str = ""
    fill: str | None = None
    issue: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Data that goes from one box to another; `count` links of the operators became this one."""

    src: str
    dst: str
    kind: str
    label: str
    count: int = 1
    issue: str | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """A titled line around boxes, given by their paths."""

    title: str
    boxes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Legend:
    """A grid that explains the box `box`; `cells` by rows, true where two maps are linked."""

    box: str
    heading: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[bool, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing, before any decision on how it looks.

    Args:
        name: the architecture's name.
        title: what stands above the drawing.
        description: one sentence for those who cannot see it.
        caption: what stands below the title; "" for nothing.
        level: what a box is.
    """

    name: str
    title: str
    description: str
    caption: str
    direction: Direction
    level: str
    boxes: tuple[Box, ...]
    links: tuple[Link, ...]
    frames: tuple[Frame, ...]
    legends: tuple[Legend, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """Operators drawn as one box: an anchor with the norms and activations beside it."""

    path: str
    nodes: tuple[Node, ...]

    @property
    def anchor(self) -> Node:
        """The node that names the layer and gives its colour."""
        return next((node for node in self.nodes if node.op.role in ANCHORS), self.nodes[0])

    def has(self, problem: Diagnostic) -> bool:
        """Whether a diagnostic is about this layer: by its path, else by its place."""
        if problem.path is not None:
            return problem.path == self.path or any(problem.path == x.path for x in self.nodes)
        return any(_stands_in(problem.primary, node.span) for node in self.nodes)


def build(graph: Graph, report: Report, options: PictureOptions | None = None) -> Picture:
    """The picture of a network at the level of layers.

    Args:
        graph: the network; one with errors gives a picture that shows where they are.
        report: the numbers of that graph.
        options: what to show.

    Example: `build(graph, analyze(graph)).boxes[1].rows` is `('156 params',)` for LeNet-5.
    """
    options = options or PictureOptions()
    layers = layers_of(graph)
    faults = {layer.path: _faults(layer, report) for layer in layers}
    boxes = tuple(_box(layer, graph, report, faults[layer.path]) for layer in layers)
    links = _links(layers, graph, faults, options.edge_labels)
    return Picture(
        name=graph.name,
        title=graph.spec.title or graph.name,
        description=_description(graph, report, len(boxes)),
        caption=_caption(report),
        direction=_direction(boxes, links) if options.direction == "auto" else options.direction,
        level="layer",
        boxes=boxes,
        links=links,
        frames=_frames(layers, graph),
        legends=tuple(_legends(layers, boxes, links)) if options.legend else (),
    )


def layers_of(graph: Graph) -> tuple[Layer, ...]:
    """The nodes in groups of one box each, in topological order; none crosses a statement."""
    groups: dict[str, list[Node]] = {}  # by the last node of each
    for node in graph.nodes.values():
        before = groups.pop(node.inputs[0]) if _joins(node, groups, graph) else []
        groups[node.path] = [*before, node]
    order = {path: place for place, path in enumerate(graph.nodes)}
    found = sorted(groups.values(), key=lambda nodes: order[nodes[0].path])
    sizes = Counter(parent for path in graph.nodes for parent in _parents(path))
    return tuple(Layer(_layer_path(nodes, sizes), tuple(nodes)) for nodes in found)


def _joins(node: Node, groups: Mapping[str, list[Node]], graph: Graph) -> bool:
    """Whether a node belongs to the box of its input."""
    if len(node.inputs) != 1 or node.op.role not in ANCHORS | FOLLOWERS:
        return False
    group = groups.get(node.inputs[0])
    if group is None or group[-1].op.role not in ANCHORS | FOLLOWERS:
        return False
    before = group[-1]
    same = graph.owners.get(before.path) is graph.owners.get(node.path)
    if len(graph.readers(before.path)) != 1 or not same:
        return False
    return node.op.role in FOLLOWERS or all(other.op.role in FOLLOWERS for other in group)


def _parents(path: str) -> Iterator[str]:
    """`a.b` and `a` of `a.b.c`."""
    while "." in path:
        path = path.rpartition(".")[0]
        yield path


def _layer_path(nodes: list[Node], sizes: Mapping[str, int]) -> str:
    """The group that holds exactly these nodes, else the anchor's own path."""
    if len(nodes) > 1:
        shared = set.intersection(*(set(_parents(node.path)) for node in nodes))
        exact = [path for path in shared if sizes[path] == len(nodes)]
        if exact:
            return min(exact, key=len)
    return Layer("", tuple(nodes)).anchor.path


def _stands_in(inner: Span | None, outer: Span) -> bool:
    if inner is None or inner.source is not outer.source:
        return False
    return outer.start <= inner.start < outer.end


def _faults(layer: Layer, report: Report) -> tuple[Diagnostic, ...]:
    """The errors in a layer."""
    return tuple(d for d in report.diagnostics if has_errors([d]) and layer.has(d))


def _box(layer: Layer, graph: Graph, report: Report, faults: tuple[Diagnostic, ...]) -> Box:
    tags = _tags(layer, graph)
    whole = {node.path for node in layer.nodes} == set(_statement_nodes(layer, graph))
    fill = str(tags.get("color", ""))
    issue = next((d.code for d in faults if not _is_expectation(d)), None)
    rows = [_main_row(layer, report)]
    rows += [f"! {d.text or d.message}" for d in faults if _is_expectation(d)]
    rows += [f"! {issue}"] if issue else []
    return Box(
        path=layer.path,
        role=layer.anchor.op.role,
        title=str(tags["name"]) if whole and "name" in tags else layer.path,
        summary=labels.layer_summary(layer.nodes),
        rows=tuple(rows),
        tooltip="\n".join(_tooltip(layer, report, faults)),
        fill=fill if COLOR.fullmatch(fill) else None,
        issue=issue,
    )


def _tooltip(layer: Layer, report: Report, faults: tuple[Diagnostic, ...]) -> Iterator[str]:
    """What is in the box, its errors, its numbers with their arithmetic as `explain` has it."""
    yield f"{layer.path}  {labels.layer_summary(layer.nodes)}"
    yield from (f"{fault.code}: {fault.message}" for fault in faults)
    exact = len(report.graph.members(layer.path)) == len(layer.nodes)
    for path in [layer.path] if exact else [node.path for node in layer.nodes]:
        yield from summary(report, path)


def _main_row(layer: Layer, report: Report) -> str:
    """The input says its shape, a layer its parameters."""
    if layer.anchor.op.role == "input":
        return labels.shape_text(layer.anchor.output)
    numbers = [report.number(node.path, "params") for node in layer.nodes]
    known = [number for number in numbers if number is not None]
    return labels.params_text(sum(known) if len(known) == len(numbers) else None)


def _statement_nodes(layer: Layer, graph: Graph) -> tuple[str, ...]:
    """Paths of all nodes of the statement a layer belongs to."""
    owner = graph.owners.get(layer.anchor.path)
    return owner.nodes if owner else ()


def _tags(layer: Layer, graph: Graph) -> Mapping[str, object]:
    """What the source says in brackets behind the layer's statement."""
    owner = graph.owners.get(layer.anchor.path)
    return owner.tags if owner else {}


def _is_expectation(diagnostic: Diagnostic) -> bool:
    """Whether the network is fine and only a number is not the expected one."""
    return diagnostic.code.startswith("X")


def _links(
    layers: tuple[Layer, ...],
    graph: Graph,
    faults: Mapping[str, tuple[Diagnostic, ...]],
    edge_labels: EdgeLabels,
) -> tuple[Link, ...]:
    """The edges between different boxes, equal ones merged."""
    home = {node.path: layer for layer in layers for node in layer.nodes}
    ends = Counter(
        (path, home[node.path].path)
        for layer in layers
        for node in layer.nodes
        for path in node.inputs
        if path in home and home[path] is not layer
    )
    links = []
    for (path, dst), count in ends.items():
        src = home[path]
        fault = _link_fault(faults[src.path], faults[dst])
        label = _link_label(src, graph[path], graph, edge_labels)
        if fault:
            label = _fault_label(fault, graph[path])
        links.append(Link(src.path, dst, "data", label, count, fault.code if fault else None))
    return tuple(links)


def _link_label(src: Layer, node: Node, graph: Graph, edge_labels: EdgeLabels) -> str:
    """The shape that leaves `node`, if the option wants it."""
    enters = {graph[path].output for path in src.nodes[0].inputs if path in graph.nodes}
    unchanged = edge_labels == "changes" and enters == {node.output}
    return "" if unchanged or edge_labels == "none" else labels.shape_text(node.output)


def _link_fault(
    before: tuple[Diagnostic, ...], behind: tuple[Diagnostic, ...]
) -> Diagnostic | None:
    """The shape error a link shows: a wrong declared shape leaves its box, all others enter."""
    leaving = (d for d in before if d.code == "E303")
    entering = (d for d in behind if d.code.startswith("E3") and d.code != "E303")
    return next(chain(leaving, entering), None)


def _fault_label(fault: Diagnostic, node: Node) -> str:
    """`E301: 128x26x26, want 28x28`."""
    values = fault.values
    got = values.get("got") or values.get("inferred") or labels.shape_text(node.output)
    want = values.get("want") or values.get("declared")
    return f"{fault.code}: {got}, want {want}" if want else f"{fault.code}: {got}"


def _direction(boxes: tuple[Box, ...], links: tuple[Link, ...]) -> Direction:
    """A short chain goes to the right, everything else down."""
    leaving, entering = Counter(x.src for x in links), Counter(x.dst for x in links)
    branches = any(count > 1 for count in (*leaving.values(), *entering.values()))
    is_chain = len(links) == len(boxes) - 1 and not branches
    return "LR" if is_chain and len(boxes) <= LONGEST_ROW else "TB"


def _frames(layers: tuple[Layer, ...], graph: Graph) -> tuple[Frame, ...]:
    """One for each value of the tag `stage`."""
    members: dict[str, list[str]] = {}
    for layer in layers:
        stage = _tags(layer, graph).get("stage")
        if stage is not None:
            members.setdefault(str(stage), []).append(layer.path)
    return tuple(Frame(stage, tuple(paths)) for stage, paths in members.items())


def _legends(
    layers: tuple[Layer, ...], boxes: tuple[Box, ...], links: tuple[Link, ...]
) -> Iterator[Legend]:
    """One for each connection table."""
    titles = {box.path: box.title for box in boxes}
    feeders = {link.dst: titles[link.src] for link in links}
    for layer in layers:
        op, io = layer.anchor.op, layer.anchor.io
        table = op.links(io.x[0]) if isinstance(op, Conv) and io else None
        if table is not None:
            feeder = feeders.get(layer.path, "input")
            yield _table_legend(layer.path, titles[layer.path], feeder, table)


def _table_legend(path: str, title: str, feeder: str, table: Table) -> Legend:
    cells = table.height * table.width
    return Legend(
        box=path,
        heading=labels.link_heading(title, feeder, table.links, cells),
        rows=tuple(map(str, range(table.height))),
        columns=tuple(map(str, range(table.width))),
        cells=tuple(tuple(bool(cell) for cell in row) for row in table.rows),
    )


def _description(graph: Graph, report: Report, boxes: int) -> str:
    """The net, its input, its totals and the level, as one sentence."""
    shape = labels.shape_text(graph.input.output)
    params = labels.params_text(report.number("", "params"))
    return f"{graph.name}: input {shape}, {params}; {boxes} boxes, one a layer"


def _caption(report: Report) -> str:
    """`incomplete: 1 error` for a network that is not sound."""
    errors = [d for d in report.diagnostics if has_errors([d]) and not _is_expectation(d)]
    if not errors:
        return ""
    return f"incomplete: {len(errors)} {'error' if len(errors) == 1 else 'errors'}"
