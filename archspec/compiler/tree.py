"""From a graph to the levels of its module: who is nested in whom, under which names.

Names are spec paths: `C1.conv` is the module `conv` in the level `C1`. No text, no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from archspec.errors import ArchError, Diagnostic, has_errors
from archspec.ops import Input, Linear, Rbf, Shape, Slice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from archspec.graph import Graph, Node
    from archspec.source import Span

_FLATTENING = (Linear, Rbf)  # take a map as one vector


@dataclass(frozen=True, slots=True)
class Leaf:
    """A node: a module of its own, another node's module, or an expression of tensors.

    Args:
        node: the operator in its place.
        owner: path of the node whose module it uses; "" if it has its own or needs none.
    """

    node: Node
    owner: str = ""

    @property
    def path(self) -> str:
        """The node's path."""
        return self.node.path

    @property
    def takes(self) -> tuple[str, ...]:
        """Paths of the nodes whose outputs it reads, in order."""
        return self.node.inputs

    @property
    def borrows(self) -> tuple[str, ...]:
        """Path of the node whose weights it uses, if they are not its own."""
        return (self.owner,) if self.owner else ()

    @property
    def gives(self) -> str:
        """Path of the node whose output it makes: its own."""
        return self.node.path

    @property
    def is_module(self) -> bool:
        """Whether it is a module: merges and slices are not, nor what uses another's weights."""
        op = self.node.op
        return not (op.merges or isinstance(op, Slice) or self.owner)

    @property
    def flattens(self) -> bool:
        """Whether the vector it takes is still a map."""
        assert self.node.io is not None, "a graph without errors knows its shapes"
        return isinstance(self.node.op, _FLATTENING) and len(self.node.io.x) > 1

    @property
    def output(self) -> Shape:
        """The shape it gives."""
        assert self.node.io is not None, "a graph without errors knows its shapes"
        return self.node.io.output


@dataclass(frozen=True, slots=True)
class Level:
    """The nodes under one path: a chain of modules, or else a class with a `forward`.

    Args:
        path: what their paths begin with; "" for the network.
        items: nodes and levels in the order of the spec. A level without any module is none of
            its own: its nodes stand here.
        takes: paths of the nodes outside whose outputs enter, in order of use.
        borrows: paths of the nodes outside whose modules are used.
        gives: path of the node whose output leaves.
        chained: whether each item reads what the one before gives, and nothing else.
    """

    path: str
    items: tuple[Item, ...]
    takes: tuple[str, ...]
    borrows: tuple[str, ...]
    gives: str
    chained: bool

    @property
    def leaves(self) -> Iterator[Leaf]:
        """Every node in it."""
        for item in self.items:
            yield from (item,) if isinstance(item, Leaf) else item.leaves

    @property
    def flattens(self) -> bool:
        """Whether who calls it has to flatten what enters: the `forward` of a class does it."""
        return self.chained and self.items[0].flattens

    @property
    def output(self) -> Shape:
        """The shape it gives."""
        return next(leaf.output for leaf in self.leaves if leaf.path == self.gives)

    @property
    def is_module(self) -> bool:
        """A level always is one."""
        return True


Item = Leaf | Level


def tree(graph: Graph) -> Level:
    """The levels of a network, in the order of its spec.

    Raises:
        ArchError: the graph's own errors; E701 where two tensors leave one level.
    """
    if has_errors(graph.diagnostics):
        raise ArchError(graph.diagnostics)
    leaves = [
        Leaf(node, owner_of(graph, node))
        for node in graph.nodes.values()
        if not isinstance(node.op, Input)
    ]
    inputs = tuple(node.path for node in graph.inputs if isinstance(node.op, Input))
    items = _items(graph, leaves, depth=0)
    return Level("", items, inputs, (), graph.output.path, chained=False)


def owner_of(graph: Graph, node: Node) -> str:
    """Path of the node that has the weights of `node`; "" if they are its own."""
    path = node.spec.shares
    while path and graph[path].spec.shares:
        path = graph[path].spec.shares
    return path


def needed(graph: Graph, results: Iterable[str]) -> set[str]:
    """Paths of the nodes that these ones rest on, themselves too."""
    found = set(results)
    for path in reversed(graph.nodes):
        if path in found:
            found.update(graph[path].inputs)
    return found


def results(graph: Graph, *, training: bool) -> tuple[str, ...]:
    """Paths of the nodes whose outputs the network returns: in evaluation without some heads."""
    heads = (head.output for head in graph.spec.heads if training or head.phase == "always")
    return (*graph.spec.outputs, *heads)


def returned(graph: Graph) -> frozenset[str]:
    """Paths of the nodes whose outputs leave the network."""
    return frozenset(results(graph, training=True))


def written_at(path: str, node: Node) -> Span:
    """Where the body that holds `path` says what became it; `node` is its first node.

    The outermost block call at or below the path, else the operator's own call.
    """
    inside = [
        frame
        for frame in node.spec.chain
        if frame.path == path or frame.path.startswith(f"{path}.")
    ]
    return inside[-1].span if inside else node.span


def _items(graph: Graph, leaves: Sequence[Leaf], depth: int) -> tuple[Item, ...]:
    """Leaves whose paths agree in `depth` segments, those that agree in one more as levels."""
    items: list[Item] = []
    for _, group in groupby(leaves, key=lambda leaf: leaf.path.split(".")[depth]):
        members = list(group)
        if members[0].path.count(".") == depth:
            items += members
        elif any(leaf.is_module for leaf in members):
            items.append(_level(graph, members, depth + 1))
        else:
            items += members
    return tuple(items)


def _level(graph: Graph, leaves: Sequence[Leaf], depth: int) -> Level:
    path = ".".join(leaves[0].path.split(".")[:depth])
    own = {leaf.path for leaf in leaves}
    gives = _output(graph, leaves, own)
    used = needed(graph, (gives,))
    used_leaves = [leaf for leaf in leaves if leaf.path in used]
    takes = _outside(own, (source for leaf in used_leaves for source in leaf.takes))
    borrows = _outside(own, (owner for leaf in used_leaves for owner in leaf.borrows))
    items = _items(graph, leaves, depth)
    chained = len(takes) == 1 and items[0].takes == takes and items[-1].gives == gives
    chained &= all(item.is_module and not item.borrows for item in items)
    chained &= all(after.takes == (before.gives,) for before, after in pairwise(items))
    return Level(path, items, takes, borrows, gives, chained)


def _outside(own: set[str], paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path for path in paths if path not in own))


def _output(graph: Graph, leaves: Sequence[Leaf], own: set[str]) -> str:
    """The node that is read outside; the last one if none is. Raises ArchError (E701)."""
    leaving = returned(graph)
    read = [
        leaf
        for leaf in leaves
        if leaf.path in leaving or not own.issuperset(graph.readers(leaf.path))
    ]
    if len(read) > 1:
        node = read[0].node
        message = f"two tensors leave one level: `{node.path}` and `{read[1].path}`"
        raise ArchError([Diagnostic("E701", message, node.span, path=node.path)])
    return read[0].path if read else leaves[-1].path
