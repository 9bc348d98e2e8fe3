"""What a training step costs, counted in MACs.

A layer is paid once forward, once more for the gradient of its own weights, and once more for
the gradient of its input where something before it is trained; forward only, where no gradient
comes back to it. The optimizer's own arithmetic is left out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archspec.ops import Term

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from archspec.analysis.metric import Setup
    from archspec.graph import Graph, Node
    from archspec.ops import Io, Terms


def training_macs(graph: Graph, setup: Setup) -> Mapping[str, Terms | None]:
    """The MACs of forward and backward for every node; None where its shape is not known.

    Source: LeCun et al. 1998, "Efficient BackProp", sec. 4: both gradients of a layer are
    products of the size of its forward pass.
    """
    carrying = carrying_gradients(graph, trained(graph))
    behind, reached = behind_training(graph, carrying), reached_by_gradients(graph, carrying)
    return {
        path: _terms(node, setup, reached=path in reached, before=path in behind)
        if node.io
        else None
        for path, node in graph.nodes.items()
    }


def trained(graph: Graph) -> frozenset[str]:
    """The nodes that use numbers which training changes, their own or shared ones."""
    known: dict[tuple[int, Io | None], bool] = {}  # instances of a block share their operators
    found = set[str]()
    for path, node in graph.nodes.items():
        owner = graph[node.spec.shares] if node.spec.shares else node
        kind = (id(owner.op), owner.io)
        if kind not in known:
            known[kind] = _learns(owner)
        if known[kind]:
            found.add(path)
    return frozenset(found)


def _learns(node: Node) -> bool:
    if node.io is None or not node.op.learns:
        return False
    return bool(node.op.weights(node.io) or node.op.biases(node.io))


def carrying_gradients(graph: Graph, training: Collection[str]) -> frozenset[str]:
    """The nodes whose output needs a gradient, and can have one.

    Args:
        graph: resolved.
        training: its nodes that use what training changes.
    """
    carrying = set[str]()
    for path, node in graph.nodes.items():
        learning = path in training or not carrying.isdisjoint(node.inputs)
        if learning and node.op.differentiable:
            carrying.add(path)
    return frozenset(carrying)


def behind_training(graph: Graph, carrying: frozenset[str]) -> frozenset[str]:
    """The nodes whose input needs a gradient: that of a node before them does."""
    nodes = graph.nodes.items()
    return frozenset(path for path, node in nodes if not carrying.isdisjoint(node.inputs))


def reached_by_gradients(graph: Graph, carrying: frozenset[str]) -> frozenset[str]:
    """The nodes to whose output a gradient comes back from an output of the network or a head.

    Through a `step` none does: what only it reads is never trained.

    Args:
        graph: resolved.
        carrying: its nodes whose output needs a gradient, and can have one.
    """
    ends = (*graph.spec.outputs, *(head.output for head in graph.spec.heads))
    reached = set(carrying.intersection(ends))
    for path in reversed(graph.nodes):
        if path in reached:
            reached |= carrying.intersection(graph[path].inputs)
    return frozenset(reached)


def _terms(node: Node, setup: Setup, *, reached: bool, before: bool) -> Terms:
    assert node.io is not None, "the caller knows the shape"
    macs = node.op.ops(node.io, "train").mac
    passes = ["forward"]
    if node.op.learns and reached:
        passes.append("gradient of the weights")
    if before and reached:
        passes.append("gradient of the input")
    batched = [
        replace(term, amount=term.amount * setup.batch) if setup.batch > 1 else term
        for term in macs
    ]
    return tuple(Term(name, term.amount, term.note) for name in passes for term in batched)
