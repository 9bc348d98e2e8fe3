"""What an edge of the network means: data, the skip of a sum, maps carried along, a side branch."""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Literal

from archspec.rendering.folding.layers import ANCHORS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archspec.graph import Graph, Node

Flow = Literal["data", "skip", "dense", "aux"]
Edge = tuple[str, str]


def flows(graph: Graph) -> dict[Edge, Flow]:
    """The meaning of every edge that is not plain data, by the paths of its ends."""
    order = {path: place for place, path in enumerate(graph.nodes)}
    found: dict[Edge, Flow] = {}
    for node in graph.nodes.values():
        if node.spec.head:
            sources = (graph.nodes.get(path) for path in node.inputs)
            outside = (x.path for x in sources if x and x.spec.head != node.spec.head)
            found.update(dict.fromkeys(((path, node.path) for path in outside), "aux"))
        if node.op.name == "add":
            found.update(dict.fromkeys(_skips(_lanes(node, graph, order)), "skip"))
        elif node.op.name == "concat":
            found.update(dict.fromkeys(_carried(_lanes(node, graph, order)), "dense"))
    return found


@dataclass(slots=True)
class _Lane:
    """A way from the fork to a merge.

    Args:
        edges: those of no other lane.
        anchors: layers on the longest way along it.
        own: layers on no other lane.
    """

    edges: list[Edge] = field(default_factory=list)
    anchors: int = 0
    own: int = 0


def _skips(lanes: list[_Lane]) -> Iterator[Edge]:
    """The lanes of a sum with fewer layers than the longest."""
    longest = max(lane.anchors for lane in lanes)
    return (edge for lane in lanes if lane.anchors < longest for edge in lane.edges)


def _carried(lanes: list[_Lane]) -> Iterator[Edge]:
    """The lanes of a concatenation without a layer of their own that are not the longest."""
    longest = max(lane.anchors for lane in lanes)
    carried = (lane for lane in lanes if not lane.own and lane.anchors < longest)
    return (edge for lane in carried for edge in lane.edges)


def _lanes(merge: Node, graph: Graph, order: Mapping[str, int]) -> list[_Lane]:
    """The lanes of a merge, back to the node where they all meet.

    Nodes are visited against the data; each knows which lanes it is part of.
    """
    lanes = [_Lane() for _ in merge.inputs]
    reached: dict[str, dict[int, int]] = {}  # by lane, the layers between here and the merge
    queue: list[tuple[int, str]] = []

    def reach(path: str, lane: int, layers: int) -> None:
        if path not in reached:
            heappush(queue, (-order[path], path))
        known = reached.setdefault(path, {})
        known[lane] = max(known.get(lane, 0), layers)

    for number, path in enumerate(merge.inputs):
        lanes[number].edges.append((path, merge.path))
        reach(path, number, 0)
    while queue:
        _, path = heappop(queue)
        inside, node = reached[path], graph[path]
        whole = len(inside) == len(lanes)
        if whole and not queue:
            break
        here = int(node.op.role in ANCHORS and not whole)
        for number, layers in inside.items():
            lanes[number].anchors = max(lanes[number].anchors, layers + here)
            lanes[number].own += here if len(inside) == 1 else 0
            lanes[number].edges += [(x, path) for x in node.inputs] if len(inside) == 1 else []
            for source in node.inputs:
                reach(source, number, layers + here)
    return lanes
