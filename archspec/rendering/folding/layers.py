"""Operators in groups of one box each: a convolution with its norm and activation."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archspec.graph import Graph, Node
    from archspec.ops import Role

ANCHORS: frozenset[Role] = frozenset({"conv", "pool", "dense"})
FOLLOWERS: frozenset[Role] = frozenset({"norm", "activation"})


@dataclass(frozen=True, slots=True)
class Layer:
    """Operators drawn as one box: an anchor or merge with the norms and activations beside it."""

    path: str
    nodes: tuple[Node, ...]

    @property
    def anchor(self) -> Node:
        """The node that names the layer and gives its colour."""
        return next((node for node in self.nodes if node.op.role in ANCHORS), self.nodes[0])


def layers_of(
    graph: Graph, homes: Mapping[str, object], helpers: Mapping[str, str]
) -> tuple[Layer, ...]:
    """The nodes in groups of one box each, in topological order.

    Args:
        graph: the network.
        homes: by path, what a layer must not cross: the unit or statement around the node.
        helpers: by path, the block of one layer around the node; norms and activations that
            come first in it stay with its anchor.
    """
    groups: dict[str, list[Node]] = {}  # by the last node of each
    for node in graph.nodes.values():
        before = groups.pop(node.inputs[0]) if _joins(node, groups, graph, homes, helpers) else []
        groups[node.path] = [*before, node]
    order = {path: place for place, path in enumerate(graph.nodes)}
    found = sorted(groups.values(), key=lambda nodes: order[nodes[0].path])
    sizes = Counter(parent for path in graph.nodes for parent in parents(path))
    return tuple(Layer(_layer_path(nodes, sizes), tuple(nodes)) for nodes in found)


def _joins(
    node: Node,
    groups: Mapping[str, list[Node]],
    graph: Graph,
    homes: Mapping[str, object],
    helpers: Mapping[str, str],
) -> bool:
    """Whether a node belongs to the box of its input."""
    if len(node.inputs) != 1 or node.op.role not in ANCHORS | FOLLOWERS:
        return False
    group = groups.get(node.inputs[0])
    if group is None or not (group[-1].op.role in ANCHORS | FOLLOWERS or group[-1].op.merges):
        return False
    before = group[-1]
    if len(graph.readers(before.path)) != 1 or homes[before.path] != homes[node.path]:
        return False
    helper = helpers.get(node.path)
    if node.op.role in FOLLOWERS and helper and helpers.get(before.path) != helper:
        return False
    return node.op.role in FOLLOWERS or all(other.op.role in FOLLOWERS for other in group)


def parents(path: str) -> Iterator[str]:
    """`a.b` and `a` of `a.b.c`."""
    while "." in path:
        path = path.rpartition(".")[0]
        yield path


def _layer_path(nodes: list[Node], sizes: Mapping[str, int]) -> str:
    """The group that holds exactly these nodes, else the anchor's own path."""
    if len(nodes) > 1:
        shared = set.intersection(*(set(parents(node.path)) for node in nodes))
        exact = [path for path in shared if sizes[path] == len(nodes)]
        if exact:
            return min(exact, key=len)
    return Layer("", tuple(nodes)).anchor.path
