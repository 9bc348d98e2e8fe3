"""The network as a graph: a typed face of a NetworkX DiGraph. No Any leaves this package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx as nx

    from archspec.errors import Diagnostics
    from archspec.ops import Io, Op, Shape
    from archspec.schema import ArchSpec, NodeSpec, StatementSpec
    from archspec.source import Span


@dataclass(frozen=True, slots=True)
class Node:
    """An operator in its place.

    Args:
        spec: what was written.
        io: the shapes that enter and leave; None where an error upstream hides them.
        declared: what `=>` says behind it.
    """

    spec: NodeSpec
    io: Io | None = None
    declared: Shape | None = None

    @property
    def path(self) -> str:
        """Its name everywhere, such as `C1.conv`."""
        return self.spec.path

    @property
    def op(self) -> Op:
        """The operator."""
        return self.spec.op

    @property
    def inputs(self) -> tuple[str, ...]:
        """Paths of the nodes whose outputs enter, in order."""
        return self.spec.inputs

    @property
    def span(self) -> Span:
        """The call in the text."""
        return self.spec.span

    @property
    def output(self) -> Shape | None:
        """What its readers get: (maps, height, width) or (units,); None if not known.

        The declared shape where there is one: it differs from the inferred one only under an
        error that has been reported.
        """
        return self.declared or (self.io.output if self.io else None)


@dataclass(frozen=True, eq=False)
class Graph:
    """A network with inferred shapes.

    Args:
        spec: the architecture it was built from.
        digraph: one node a path; edges follow the data. Owned by `archspec.graph`.
        nodes: every node by path, in topological order (ties by place in the text).
        diagnostics: everything found from the text to the shapes.
        other_input: whether the shapes are for another input than the declared one.
    """

    spec: ArchSpec
    digraph: nx.DiGraph[str]
    nodes: dict[str, Node]
    diagnostics: Diagnostics
    other_input: bool = False

    @property
    def name(self) -> str:
        """The architecture's name."""
        return self.spec.name

    @property
    def input(self) -> Node:
        """The input node."""
        return next(iter(self.nodes.values()))

    @property
    def output(self) -> Node:
        """The node whose output the network returns."""
        return next(reversed(self.nodes.values()))

    def __getitem__(self, path: str) -> Node:
        """The node of that path. Raises KeyError."""
        return self.nodes[path]

    def readers(self, path: str) -> tuple[str, ...]:
        """Paths of the nodes that take the output of `path`."""
        return tuple(self.digraph.successors(path))

    def members(self, path: str) -> tuple[Node, ...]:
        """The node of that path or the nodes of the group, in order; "" is the whole network.

        Raises:
            KeyError: if there is neither.
        """
        if path in self.nodes:
            return (self.nodes[path],)
        prefix = f"{path}." if path else ""
        found = tuple(node for name, node in self.nodes.items() if name.startswith(prefix))
        if not found:
            raise KeyError(path)
        return found

    @property
    def statements(self) -> tuple[StatementSpec, ...]:
        """The statements of the arch body, in order."""
        return self.spec.statements
