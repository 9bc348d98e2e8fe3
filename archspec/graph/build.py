"""From a validated architecture to a graph: edges, order, outputs. Infers no shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx

from archspec.graph.graph import Graph, Node

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archspec.schema import ArchSpec


def build(spec: ArchSpec) -> Graph:
    """The graph of an architecture, its shapes not yet known.

    The nodes keep the order of the text wherever the data allow it.
    """
    digraph: nx.DiGraph[str] = nx.DiGraph()
    by_path = {node.path: node for node in spec.nodes}
    digraph.add_nodes_from(by_path)
    edges = [(source, node.path) for node in spec.nodes for source in node.inputs]
    digraph.add_edges_from(edges)
    return Graph(
        spec=spec,
        digraph=digraph,
        nodes={path: Node(by_path[path]) for path in _order(digraph, edges)},
        diagnostics=spec.diagnostics,
    )


def _order(digraph: nx.DiGraph[str], edges: list[tuple[str, str]]) -> Iterable[str]:
    """The topological order nearest to that of the text, which mostly is one."""
    place = {path: number for number, path in enumerate(digraph)}
    if all(place[source] < place[reader] for source, reader in edges):
        return place
    return nx.lexicographical_topological_sort(digraph, key=place.__getitem__)
