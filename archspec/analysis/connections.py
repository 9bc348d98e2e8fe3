"""Connections and units, as the papers of 1989 to 1998 count them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.analysis.metric import Metric, Setup, elements
from archspec.ops import Term

if TYPE_CHECKING:
    from archspec.graph import Node
    from archspec.ops import Io, Terms


def _connections(node: Node, io: Io, setup: Setup) -> Terms:
    del setup
    return node.op.connections(io)


def _units(node: Node, io: Io, setup: Setup) -> Terms:
    del setup
    return (Term("outputs", elements(io.output)),) if node.op.unit_layer else ()


CONNECTIONS = (
    Metric("connections", "connections", _connections),
    Metric("units", "elements", _units),
)
