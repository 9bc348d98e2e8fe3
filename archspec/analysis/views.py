"""How other tools count the same network, exact to the unit.

A view is what a tool prints for this architecture, from a formula over the nodes; it corrects
nothing. The formulas were found by comparing with the recorded figures of the tools named in
`tests/facts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archspec.analysis.metric import Metric, Setup
from archspec.ops import AdaptiveAvgPool, Bn, Conv, ConvTranspose, Expr, Linear, Term, count

if TYPE_CHECKING:
    from collections.abc import Callable

    from archspec.graph import Node
    from archspec.ops import Io, Terms


@dataclass(frozen=True, slots=True)
class View:
    """A way to count.

    Args:
        name: after `--view`.
        unit: what the tool calls it.
        sentence: its definition.
        derive: the labelled summands of one node of known shape, for one image in evaluation.
    """

    name: str
    unit: str
    sentence: str
    derive: Callable[[Node, Io], Terms]

    @property
    def metric(self) -> Metric:
        """The view as a number every node has; a batch multiplies operations, not parameters."""
        return Metric(f"view.{self.name}", self.unit, self._terms)

    def _terms(self, node: Node, io: Io, setup: Setup) -> Terms:
        terms = self.derive(node, io)
        if setup.batch == 1 or self.unit == "params":
            return terms
        return tuple(Term(term.label, term.amount * setup.batch, term.note) for term in terms)


def _macs(node: Node, io: Io) -> Terms:
    return node.op.ops(io, "eval").mac


def _biases(node: Node, io: Io) -> Terms:
    """The outputs of convolutions and linear layers with a bias."""
    weighted = isinstance(node.op, Conv | ConvTranspose | Linear)
    return _outputs("biases", io) if weighted and node.op.biases(io) else ()


def _normalised(node: Node, io: Io, times: int) -> Terms:
    if not isinstance(node.op, Bn):
        return ()
    return (Term("normalised elements", Expr(times) * count(io.output)),)


def _outputs(label: str, io: Io) -> Terms:
    return (Term(label, Expr(count(io.output))),)


def _inputs(label: str, io: Io) -> Terms:
    return (Term(label, Expr(count(io.x))),)


def _fvcore(node: Node, io: Io) -> Terms:
    adaptive = node.op.name in ("global_avgpool", "adaptive_avgpool")
    pooled = _inputs("pooled elements", io) if adaptive else ()
    return (*_macs(node, io), *_normalised(node, io, 2), *pooled)


def _aten(node: Node, io: Io) -> Terms:
    return (*_macs(node, io), *_biases(node, io))


def _torchinfo(node: Node, io: Io) -> Terms:
    scales = (Term("scales and shifts", Expr(2) * io.x[0]),) if isinstance(node.op, Bn) else ()
    return (*_macs(node, io), *_biases(node, io), *scales)


def _thop(node: Node, io: Io) -> Terms:
    return (*_macs(node, io), *_normalised(node, io, 4), *_thop_pool(node, io))


def _thop_pool(node: Node, io: Io) -> Terms:
    """k*k + 1 an output for an adaptive pool of k x k windows, 1 for an average pool."""
    if node.op.name == "avgpool":
        return _outputs("means", io)
    if node.op.name == "global_avgpool":
        side = io.x[1]
    elif isinstance(node.op, AdaptiveAvgPool):
        side = io.x[1] // io.output[1]
    else:
        return ()
    return (Term("sums and means", (Expr(side) * side + 1) * count(io.output)),)


def _calflops(node: Node, io: Io) -> Terms:
    twice = tuple(Term(term.label, term.amount * 2, term.note) for term in _macs(node, io))
    biases = () if isinstance(node.op, Linear) else _biases(node, io)
    compared = _outputs("relu", io) if node.op.name == "relu" else ()
    pools = node.op.role == "pool" and node.op.name != "subsample"
    pooled = _inputs("pooled elements", io) if pools else ()
    return (*twice, *biases, *compared, *pooled, *_normalised(node, io, 2))


def _keras_params(node: Node, io: Io) -> Terms:
    if node.spec.shares:
        return ()
    return (*node.op.weights(io), *node.op.biases(io), *node.op.buffers(io))


VIEWS = (
    View(
        "torchvision",
        "MAC",
        "multiply-adds, which its documentation prints as GFLOPS",
        _macs,
    ),
    View(
        "fvcore",
        "flop",
        "MACs + 2 a normalised element + 1 an element entering a global or adaptive average pool",
        _fvcore,
    ),
    View("ptflops_aten", "mac", "MACs + 1 an output of a layer with a bias", _aten),
    View(
        "torchinfo",
        "mult-add",
        "MACs + 1 an output of a layer with a bias + the scales and shifts of bn",
        _torchinfo,
    ),
    View(
        "thop",
        "mac",
        "MACs + 4 a normalised element + k*k + 1 an output of an adaptive average pool + 1 an "
        "output of another average pool",
        _thop,
    ),
    View(
        "calflops",
        "flop",
        "2 a MAC + 1 an output of a convolution with a bias + 1 a relu + 1 an element entering a "
        "pool + 2 a normalised element",
        _calflops,
    ),
    View(
        "keras_params",
        "params",
        "parameters, fixed ones and the running statistics of bn, its non-trainable parameters",
        _keras_params,
    ),
)
