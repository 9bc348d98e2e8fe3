"""How other tools count the same network, exact to the unit.

A view is what a tool prints for this architecture, from a formula over the nodes; it corrects
nothing. The formulas were found by comparing with the recorded figures of the tools named in
`tests/facts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archspec.analysis.metric import Metric, Setup
from archspec.ops import (
    Bn,
    Conv,
    ConvTranspose,
    Expr,
    Linear,
    Rbf,
    Term,
    Upsample,
    count,
    product,
)

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
    op = node.op
    if isinstance(op, Rbf):
        return ()  # differences and squares, which it does not know
    if isinstance(op, Conv) and op.table is not None:
        kernels = product(*op.k, io.x[0]) * op.c * product(*io.output[1:])
        return (Term("kernels without the table", kernels),)
    if isinstance(op, Upsample):
        each = Expr(4 if op.mode == "bilinear" else 1)
        return (Term("enlarged elements", each * count(io.output)),)
    pooled = op.name in ("global_avgpool", "adaptive_avgpool")
    averaged = _inputs("pooled elements", io) if pooled else ()
    times = 2 if isinstance(op, Bn) and op.affine else 1
    return (*_macs(node, io), *_normalised(node, io, times), *averaged)


def _aten(node: Node, io: Io) -> Terms:
    return (*_macs(node, io), *_biases(node, io))


def _torchinfo(node: Node, io: Io) -> Terms:
    """A convolution's parameters once an output position, those of anything else once."""
    terms = () if isinstance(node.op, Rbf) else _stored(node, io)  # it wants weights by that name
    if not isinstance(node.op, Conv | ConvTranspose):
        return terms
    positions = product(*io.output[1:])
    return tuple(Term(term.label, term.amount * positions, term.note) for term in terms)


def _stored(node: Node, io: Io) -> Terms:
    """The parameters of a module; fixed kernels and codes are buffers."""
    op = node.op
    fixed = isinstance(op, Conv | Linear) and op.kernel is not None
    if fixed or (isinstance(op, Rbf) and not op.learns):
        return ()
    return (*op.weights(io), *op.biases(io))


def _torchinfo_pass(node: Node, io: Io) -> Terms:
    """A float32 and its gradient an output of a module with parameters."""
    return (Term("outputs", Expr(8) * count(io.output)),) if _stored(node, io) else ()


def _thop(node: Node, io: Io) -> Terms:
    return (*_macs(node, io), *_normalised(node, io, 4), *_thop_pool(node, io))


def _thop_pool(node: Node, io: Io) -> Terms:
    """The inputs of an adaptive pool, whatever its windows, and the outputs of every average."""
    if node.op.name == "avgpool":
        return _outputs("means", io)
    if node.op.name in ("global_avgpool", "adaptive_avgpool"):
        return (*_inputs("sums", io), *_outputs("means", io))
    return ()


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
        "MACs + 2 a normalised element (1 without scale and shift) + 1 an element entering a "
        "global or adaptive average pool + 1 an element leaving an upsample (4 if bilinear); "
        "a table counts as full, rbf not",
        _fvcore,
    ),
    View("ptflops_aten", "mac", "MACs + 1 an output of a layer with a bias", _aten),
    View(
        "torchinfo",
        "mult-add",
        "parameters, those of a convolution once for each output position; fixed kernels and "
        "rbf not",
        _torchinfo,
    ),
    View(
        "torchinfo_pass",
        "bytes",
        "its forward/backward pass size: 8 an output of a layer with parameters",
        _torchinfo_pass,
    ),
    View(
        "thop",
        "mac",
        "MACs + 4 a normalised element + 1 an element entering an adaptive average pool + 1 an "
        "element leaving any average pool",
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
