"""From a validated architecture to a graph. Infers no shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.graph.graph import Graph, Node

if TYPE_CHECKING:
    from archspec.schema import ArchSpec


def build(spec: ArchSpec) -> Graph:
    """The graph of an architecture, its shapes not yet known."""
    return Graph(
        spec=spec,
        nodes={node.path: Node(node) for node in spec.nodes},
        diagnostics=spec.diagnostics,
    )
