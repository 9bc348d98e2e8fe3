"""Depth, in the three conventions people use; they are always reported together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from archspec.graph import Graph, Node


@dataclass(frozen=True, slots=True)
class Depth:
    """Layers on the longest path from the input.

    Args:
        weighted: convolutions and linear layers.
        trainable: these, sub-sampling and RBF layers (the count of the 1998 paper).
        stages: nodes with a stride above 1.
    """

    weighted: int
    trainable: int
    stages: int


def depth(graph: Graph, path: str = "") -> Depth:
    """The depth of the network, or of what leads to the last node of `path`."""
    return Depth(*(len(layers(graph, kind, path)) for kind in (weighted, trainable, strided)))


def layers(graph: Graph, counts: Callable[[Node], bool], path: str = "") -> tuple[str, ...]:
    """The nodes that count on the longest path to the last node of `path`, from the input on."""
    best: dict[str, tuple[int, str | None]] = {}  # nodes that count up to here, and the one before
    for name, node in graph.nodes.items():
        before = max(node.inputs, key=lambda source: best[source][0], default=None)
        best[name] = ((best[before][0] if before else 0) + counts(node), before)
    found, step = list[str](), graph.last(path).path or None
    while step:
        if counts(graph[step]):
            found.append(step)
        step = best[step][1]
    return tuple(reversed(found))


def reached(graph: Graph, counts: Callable[[Node], bool]) -> dict[str, int]:
    """How many nodes that count lie on the longest path to each node, itself included."""
    found: dict[str, int] = {}
    for path, node in graph.nodes.items():
        found[path] = max((found[source] for source in node.inputs), default=0) + counts(node)
    return found


def weighted(node: Node) -> bool:
    """A convolution or a linear layer."""
    return node.op.weighted


def trainable(node: Node) -> bool:
    """These, sub-sampling and RBF layers."""
    return node.op.unit_layer


def strided(node: Node) -> bool:
    """A node that makes its map smaller by its stride."""
    window = node.op.window(node.io.x) if node.io and node.inputs else None
    return window is not None and max(window.stride) > 1
