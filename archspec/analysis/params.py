"""Parameters and buffers: what is learned, what is fixed, what is only kept.

A node that uses the weights of another has none of its own: the owner counts them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.analysis.metric import Metric, Setup
from archspec.ops import Bn, Expr, Term

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archspec.graph import Graph, Node
    from archspec.ops import Io, Terms


def _weights(node: Node, io: Io, setup: Setup) -> Terms:
    del setup
    return node.op.weights(io) if node.op.learns and not node.spec.shares else ()


def _bias(node: Node, io: Io, setup: Setup) -> Terms:
    del setup
    return node.op.biases(io) if node.op.learns and not node.spec.shares else ()


def _params(node: Node, io: Io, setup: Setup) -> Terms:
    return (*_weights(node, io, setup), *_bias(node, io, setup))


def _fixed(node: Node, io: Io, setup: Setup) -> Terms:
    del setup
    if node.op.learns or node.spec.shares:
        return ()
    return (*node.op.weights(io), *node.op.biases(io))


def _all(node: Node, io: Io, setup: Setup) -> Terms:
    return (*_params(node, io, setup), *_fixed(node, io, setup))


def _buffers(node: Node, io: Io, setup: Setup) -> Terms:
    del setup
    return node.op.buffers(io)


def _torch_buffers(node: Node, io: Io, setup: Setup) -> Terms:
    counted = (Term("steps", Expr(1)),) if isinstance(node.op, Bn) else ()
    return (*_buffers(node, io, setup), *counted)


PARAMS = (
    Metric("params", "params", _params),
    Metric("params.weights", "params", _weights),
    Metric("params.bias", "params", _bias),
    Metric("params.fixed", "params", _fixed),
    Metric("params.all", "params", _all),
    Metric("buffers", "elements", _buffers),
    Metric("buffers.torch", "elements", _torch_buffers),  # torch's bn counts its steps
)


def shared_with(graph: Graph, nodes: Iterable[Node]) -> tuple[str, ...]:
    """The owners of the weights that some of these nodes use without having any, each once."""
    owners = (graph.weights_of(node.path) for node in nodes if node.spec.shares)
    return tuple(dict.fromkeys(owners))
