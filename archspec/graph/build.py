"""From a validated architecture to a graph: edges, order, outputs. Infers no shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx

from archspec.graph.graph import Graph, Node

if TYPE_CHECKING:
    from archspec.schema import ArchSpec


def build(spec: ArchSpec) -> Graph:
    """The graph of an architecture, its shapes not yet known.

    The nodes keep the order of the text wherever the data allow it.
    """
    digraph: nx.DiGraph[str] = nx.DiGraph()
    by_path = {node.path: node for node in spec.nodes}
    digraph.add_nodes_from(by_path)
    digraph.add_edges_from((source, node.path) for node in spec.nodes for source in node.inputs)
    place = {path: number for number, path in enumerate(by_path)}
    order = nx.lexicographical_topological_sort(digraph, key=place.__getitem__)
    return Graph(
        spec=spec,
        digraph=digraph,
        nodes={path: Node(by_path[path]) for path in order},
        diagnostics=spec.diagnostics,
    )
