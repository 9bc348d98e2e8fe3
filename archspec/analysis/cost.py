"""Work and storage: multiply-accumulates, the op vector, FLOPs, stored activations.

Convention `archspec-1`: padding positions count as full windows, a bias is an addition and never
a MAC, FLOPs are 2 a MAC and 1 for anything else.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from archspec.analysis.metric import Metric, Setup, elements
from archspec.ops import OP_KINDS, Term

if TYPE_CHECKING:
    from archspec.graph import Node
    from archspec.ops import Io, Terms

CONVENTION = "archspec-1"


def _kind(node: Node, io: Io, setup: Setup, *, kind: str) -> Terms:
    return _batched(node.op.ops(io, setup.mode).of(kind), setup)


def _flops(node: Node, io: Io, setup: Setup) -> Terms:
    """2 for each MAC, 1 for every other operation."""
    terms = [
        Term(term.label, term.amount * 2 if kind == "mac" else term.amount, term.note)
        for kind in OP_KINDS
        for term in node.op.ops(io, setup.mode).of(kind)
    ]
    return _batched(tuple(terms), setup)


def _activations(node: Node, io: Io, setup: Setup) -> Terms:
    """Outputs that need storage of their own: no views, nothing that can overwrite its input."""
    if node.op.view or node.op.in_place or not node.inputs:
        return ()
    return _batched((Term("outputs", elements(io.output)),), setup)


def _batched(terms: Terms, setup: Setup) -> Terms:
    if setup.batch == 1:
        return terms
    return tuple(Term(term.label, term.amount * setup.batch, term.note) for term in terms)


COST = (
    Metric("macs", "MAC", partial(_kind, kind="mac")),
    Metric("macs.all", "MAC", partial(_kind, kind="mac")),
    *(Metric(f"ops.{kind}", kind, partial(_kind, kind=kind)) for kind in OP_KINDS),
    Metric("flops", "FLOP", _flops),
    Metric("activations", "elements", _activations),
)
