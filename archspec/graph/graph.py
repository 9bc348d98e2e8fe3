"""The network as a graph: a typed face of a NetworkX DiGraph. No Any leaves this package.

NetworkX is imported for who asks for `digraph`: its import takes longer than most commands work.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from archspec.ops import written

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        io: the shapes that enter and leave; None where an error upstream hides them, or where
            they rest on an assumption. So numbers exist only of what is certain.
        guess: the shapes that rest on an assumption.
        stand_in: what readers take its output for all the same: what `=>` declares behind it, or
            what a merge of wrong inputs was likely meant to give.
        doubtful: whether its output rests on such a merge, with no `=>` since then.
        assumed: whether its output rests on a `=>` that was contradicted, and none that holds
            since then. What is declared is still compared, as it is not behind a merge.
        bound: the operator, where its arguments had to wait for shapes.
    """

    spec: NodeSpec
    io: Io | None = None
    guess: Io | None = None
    stand_in: Shape | None = None
    doubtful: bool = False
    assumed: bool = False
    bound: Op | None = None

    @property
    def path(self) -> str:
        """Its name everywhere, such as `C1.conv`."""
        return self.spec.path

    @property
    def op(self) -> Op:
        """The operator."""
        return self.bound or self.spec.op

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

        The stand-in, where there is one, differs from the inferred shape only under an error
        that has been reported.
        """
        inferred = self.io or self.guess
        return self.stand_in or (inferred.output if inferred else None)

    @property
    def inferred(self) -> Io | None:
        """The shapes that enter and leave, certain or not."""
        return self.io or self.guess

    @property
    def sure_output(self) -> Shape | None:
        """The output as long as it does not rest on an assumption."""
        return None if self.doubtful or self.assumed else self.output


@dataclass(frozen=True, eq=False)
class Graph:
    """A network with inferred shapes.

    Args:
        spec: the architecture it was built from.
        nodes: every node by path, in the order of the text, which is a topological one: a
            reference names what stands above it.
        diagnostics: everything found from the text to the shapes.
        other_input: whether the shapes are for another input than the declared one.
    """

    spec: ArchSpec
    nodes: dict[str, Node]
    diagnostics: Diagnostics
    other_input: bool = False

    @cached_property
    def digraph(self) -> nx.DiGraph[str]:
        """The network for the algorithms and file formats of NetworkX; edges follow the data.

        A node is a path, with its `op` and, where it is known, its `output` as text.

        >>> import networkx as nx
        >>> from archspec.graph import load
        >>> digraph = load("zoo:lenet5").digraph
        >>> len(nx.dag_longest_path(digraph)), digraph.nodes["C3.conv"]
        (14, {'op': 'conv', 'output': '16x10x10'})
        """
        import networkx as nx

        digraph: nx.DiGraph[str] = nx.DiGraph(name=self.name)
        for path, node in self.nodes.items():
            known = {"output": written(node.output)} if node.output else {}
            digraph.add_node(path, op=node.op.name, **known)
        digraph.add_edges_from(self.edges)
        return digraph

    @property
    def edges(self) -> Iterator[tuple[str, str]]:
        """Where data flow, from a path to a path, in the order of the readers."""
        return ((source, path) for path, node in self.nodes.items() for source in node.inputs)

    @property
    def name(self) -> str:
        """The architecture's name."""
        return self.spec.name

    @property
    def input(self) -> Node:
        """The input node."""
        return next(iter(self.nodes.values()))

    @property
    def inputs(self) -> tuple[Node, ...]:
        """Every input node, in order."""
        return tuple(node for node in self.nodes.values() if not node.inputs)

    @property
    def output(self) -> Node:
        """The node whose output the network returns; the first of several."""
        return self.nodes[self.spec.outputs[0]]

    @cached_property
    def trunk(self) -> tuple[Node, ...]:
        """The nodes that belong to no head, in order."""
        return tuple(node for node in self.nodes.values() if not node.spec.head)

    @cached_property
    def is_doubtful(self) -> bool:
        """Whether the shape of a node rests on an assumption."""
        return any(node.doubtful or node.assumed for node in self.nodes.values())

    @cached_property
    def _readers(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, dict[str, None]] = {path: {} for path in self.nodes}  # each reader once
        for source, path in self.edges:
            found[source][path] = None
        return {path: tuple(readers) for path, readers in found.items()}

    @cached_property
    def owners(self) -> dict[str, StatementSpec]:
        """The statement of every node but the inputs, by path."""
        return {path: item for item in self.spec.statements for path in item.nodes}

    def __getitem__(self, path: str) -> Node:
        """The node of that path. Raises KeyError."""
        return self.nodes[path]

    def before(self, path: str) -> tuple[Node, ...]:
        """The nodes whose data reach the node of that path, and itself, in order."""
        found = {path}
        for name in reversed(self.nodes):
            if name in found:
                found.update(self.nodes[name].inputs)
        return tuple(node for name, node in self.nodes.items() if name in found)

    def last(self, path: str) -> Node:
        """The node whose output is that of `path`: a group's last, the network's output for ""."""
        return self.members(path)[-1] if path else self.output

    def weights_of(self, path: str) -> str:
        """The node whose weights a node uses; most often itself."""
        while path in self.nodes and self.nodes[path].spec.shares:
            path = self.nodes[path].spec.shares
        return path

    def readers(self, path: str) -> tuple[str, ...]:
        """Paths of the nodes that take the output of `path`."""
        return self._readers[path]

    def members(self, path: str) -> tuple[Node, ...]:
        """The node of that path or the nodes of the group, in order; "" is the trunk.

        Raises:
            KeyError: if there is neither; a head may be of nothing.
        """
        if path in self.nodes:
            return (self.nodes[path],)
        if not path:
            return self.trunk
        prefix = f"{path}."
        found = tuple(node for name, node in self.nodes.items() if name.startswith(prefix))
        if not found and path not in (head.name for head in self.spec.heads):
            raise KeyError(path)
        return found

    @property
    def statements(self) -> tuple[StatementSpec, ...]:
        """The statements of the arch body, in order."""
        return self.spec.statements
