"""The network as a graph with shapes. The only owner of networkx."""

from archspec.graph.build import build
from archspec.graph.graph import Graph, Node
from archspec.graph.loading import load, read_graph, read_graphs
from archspec.graph.resolve import resolve

__all__ = ["Graph", "Node", "build", "load", "read_graph", "read_graphs", "resolve"]
