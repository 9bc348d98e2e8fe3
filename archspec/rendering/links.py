"""The links of a drawing: every edge of the network between two boxes, equal ones merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.rendering import labels, limits
from archspec.rendering.folding.units import sources_of
from archspec.rendering.picture import Link

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from archspec.errors import Diagnostic
    from archspec.graph import Graph, Node
    from archspec.rendering.boxes import Faults
    from archspec.rendering.folding.cut import Cut, Part
    from archspec.rendering.folding.flows import Edge, Flow
    from archspec.rendering.picture import EdgeLabels


def links_of(
    made: Cut,
    graph: Graph,
    flow: Mapping[Edge, Flow],
    faults: Mapping[str, Faults],
    edge_labels: EdgeLabels,
) -> tuple[Link, ...]:
    """The links of a cut.

    A tensor that enters a folded box both as data and as a skip is one link: the sum is inside.

    Args:
        made: which box every operator is in.
        graph: the network.
        flow: the meaning of edges that are not plain data.
        faults: the errors of every box.
        edge_labels: which links carry a shape.
    """
    ends: dict[tuple[str, str, str], list[str]] = {}  # the operators the data come from
    for source, target in _edges(graph, made):
        ways = made.home[source].path, made.home[target].path, flow.get((source, target), "data")
        ends.setdefault(ways, []).append(source)
    links = []
    for (src, dst, kind), sources in _merged(ends):
        nodes = [graph[path] for path in sources]
        fault, node = _link_fault(faults.get(src, ()), faults.get(dst, ()), nodes)
        label = _label(made.home[node.path], node, graph, edge_labels)
        if fault:
            label = fault_label(fault, node)
        links.append(Link(src, dst, kind, label, len(sources), fault.code if fault else None))
    return tuple(links)


def with_arcs(links: tuple[Link, ...], made: Cut, arcs: Iterable[Edge]) -> tuple[Link, ...]:
    """Links, and arcs between boxes that have none yet.

    Raises:
        ArchError: there are more arcs than can be read (E005).
    """
    ends = {(link.src, link.dst) for link in links}
    drawn = (edge for edge in arcs if set(edge) <= made.home.keys())
    between = ((made.home[source].path, made.home[target].path) for source, target in drawn)
    new = [both for both in dict.fromkeys(between) if both[0] != both[1] and both not in ends]
    limits.check_arcs(len(new))
    return (*links, *(Link(src, dst, "dense", "") for src, dst in new))


def _edges(graph: Graph, made: Cut) -> Iterable[Edge]:
    for path, node in graph.nodes.items():
        for source in node.inputs:
            if path in made.home and source in made.home and made.links(source, path):
                yield source, path


def _merged(
    ends: dict[tuple[str, str, str], list[str]],
) -> Iterable[tuple[tuple[str, str, str], list[str]]]:
    """Links without those that only repeat a data link of the same tensor."""
    for (src, dst, kind), sources in ends.items():
        data = ends.get((src, dst, "data"), [])
        if kind == "data" or not set(sources) <= set(data):
            yield (src, dst, kind), sources


def _label(src: Part, node: Node, graph: Graph, edge_labels: EdgeLabels) -> str:
    """The shape that leaves `node`, if the option wants it."""
    enters = {graph[path].sure_output for path in sources_of(src.item.nodes) if path in graph.nodes}
    unchanged = edge_labels == "changes" and enters == {node.sure_output}
    return "" if unchanged or edge_labels == "none" else labels.shape_text(node.sure_output)


def _link_fault(
    before: Faults, behind: Faults, nodes: Sequence[Node]
) -> tuple[Diagnostic | None, Node]:
    """The shape error a link shows, and which of the nodes it comes from has it.

    A wrong declared shape leaves its box, all others enter.
    """
    leaving = [d for d in before if d.code == "E303"]
    entering = [d for d in behind if d.code.startswith("E3") and d.code != "E303"]
    found = ((d, node) for d in (*leaving, *entering) for node in nodes if _has(d, node))
    return next(found, (None, nodes[0]))


def _has(fault: Diagnostic, node: Node) -> bool:
    """Whether what a node gives is wrong: in a merge only if it is not like the first input."""
    first = fault.values.get("first")
    if not isinstance(first, str) or node.output is None:
        return True
    return not f"x{labels.shape_text(node.output)}".endswith(f"x{first}")


def fault_label(fault: Diagnostic, node: Node) -> str:
    """`E301: 128x26x26, want 28x28`; the window that does not fit; the kind of shape."""
    values = fault.values
    got = values.get("got") or values.get("inferred") or labels.shape_text(node.output)
    want = values.get("want") or values.get("declared") or values.get("first")
    text = f"{fault.code}: {got}"
    if fault.code == "E305":
        return f"{text}, want CxHxW"
    if "kernel" in values:
        return f"{text}, window {values['kernel']}"
    return f"{text}, want {want}" if want else text
