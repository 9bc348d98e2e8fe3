"""Which levels share one text: those with a `forward` a class, the chains of a block a function.

Levels of one text have the same operators, wiring and names; what differs between them becomes
arguments. The texts are made in `classes`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archspec.compiler.builders import Module, Place, build
from archspec.compiler.class_names import Blocks
from archspec.compiler.forward import forward, slice_bounds
from archspec.compiler.slots import skeleton
from archspec.compiler.tree import Item, Leaf, Level, returned
from archspec.ops import Relu, Slice

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from archspec.graph import Graph, Node

# Their backward does not need their own output, so a ReLU may write over it.
_OVERWRITABLE = frozenset({"conv", "linear", "subsample", "bn", "add", "sub", "mul", "concat"})


@dataclass(frozen=True, slots=True)
class Group:
    """Levels that share a text.

    Args:
        name: what it wants to be called.
        levels: in the order of the spec.
    """

    name: str
    levels: Sequence[Level]

    @property
    def path(self) -> str:
        """The path of the first level, which no other group has."""
        return self.levels[0].path

    @property
    def is_function(self) -> bool:
        """Whether they are chains, which a function can make."""
        return self.levels[0].chained


class Groups:
    """The levels of a network by the text they share.

    Each is a class or may be a function; `all` has the inner ones before those that hold them.
    """

    def __init__(self, graph: Graph, root: Level) -> None:
        """Build every module and compare the levels. Raises ArchError (E701)."""
        self.graph = graph
        self.root = root
        self.blocks = Blocks(graph)
        self.modules: dict[str, Module] = {}
        self._signatures: dict[Hashable, int] = {}
        self._signature_of: dict[str, int] = {}
        self._kept = returned(graph)
        levels = list(_inner(root))
        for level in (*levels, root):
            self._build(level)
        self.all = self._named(self._equal(levels))

    @property
    def functions(self) -> list[Group]:
        """Those that may be functions."""
        return [group for group in self.all if group.is_function]

    # --- modules ------------------------------------------------------------------------------

    def _build(self, level: Level) -> None:
        """The modules of a class, those of the chains in it too."""
        if level.chained:
            return
        own = {leaf.path for leaf in _chained_leaves(level)}
        for leaf in _chained_leaves(level):
            if leaf.is_module:
                assert leaf.node.io is not None, "a graph without errors knows its shapes"
                place = Place(leaf.node, leaf.node.io, self._overwrites(leaf.node, own))
                self.modules[leaf.path] = build(leaf.node.op, place)

    def _overwrites(self, node: Node, own: set[str]) -> bool:
        """Whether a ReLU may write into its input: nobody else reads it, it is made here."""
        (source,) = node.inputs
        producer = self.graph[source]
        alone = source in own - self._kept and self.graph.readers(source) == (node.path,)
        return isinstance(node.op, Relu) and alone and producer.op.name in _OVERWRITABLE

    # --- which levels are equal ---------------------------------------------------------------

    def _equal(self, levels: Sequence[Level]) -> list[list[Level]]:
        """Levels of one signature together, inner ones first."""
        groups: dict[tuple[int, int], list[Level]] = {}
        heights: dict[str, int] = {}
        for level in levels:
            inside = [heights[inner.path] for inner in level.items if isinstance(inner, Level)]
            heights[level.path] = max(inside, default=0) + 1
            self._signature_of[level.path] = self._signature(level)
            key = (heights[level.path], self._signature_of[level.path])
            groups.setdefault(key, []).append(level)
        return [groups[key] for key in sorted(groups)]

    def _named(self, equal: Sequence[Sequence[Level]]) -> list[Group]:
        """The groups that have a text of their own.

        Not the chains of a block whose names nothing but numbers could tell apart: who reads
        `unit_3` learns less than from the chain.
        """
        classes = [levels for levels in equal if not levels[0].chained]
        functions = [levels for levels in equal if self._may_be_function(levels)]
        names = {
            levels[0].path: name
            for groups, found in (
                (classes, self.blocks.names(classes)),
                (functions, self.blocks.function_names(functions)),
            )
            for levels, name in zip(groups, found, strict=True)
            if name
        }
        return [Group(names[levels[0].path], levels) for levels in equal if levels[0].path in names]

    def _signature(self, level: Level) -> int:
        """A number that equal levels share."""
        parts = tuple((segment(item), self._outline(item)) for item in level.items)
        masks = {
            leaf.path: (first and "first", stop and "stop")
            for leaf in slices_of(level)
            for first, stop in (slice_bounds(leaf),)
        }
        if level.chained:
            found: Hashable = (self.blocks.name(level), parts)
        else:
            found = (self.blocks.base(level), forward(self.graph, level, masks), parts)
        return self._signatures.setdefault(found, len(self._signatures))

    def _outline(self, item: Item) -> Hashable:
        if isinstance(item, Level):
            return self._signature_of[item.path]
        return skeleton(self.modules[item.path].call) if item.is_module else None

    def _may_be_function(self, group: Sequence[Level]) -> bool:
        """Whether they are chains that a block made, of several modules but not of repeats."""
        first = group[0]
        named = all(segment(item).isidentifier() for item in first.items)
        of_block = first.chained and bool(self.blocks.name(first))
        return of_block and named and len(group) > 1 and len(first.items) > 1


def segment(item: Item) -> str:
    """What an item is called in its level."""
    return item.path.rpartition(".")[2]


def slices_of(level: Level) -> list[Leaf]:
    """The slices a `forward` does itself."""
    leaves = (item for item in level.items if isinstance(item, Leaf))
    return [leaf for leaf in leaves if isinstance(leaf.node.op, Slice)]


def _inner(level: Level) -> Iterator[Level]:
    """The levels in a level, inner ones first."""
    for item in level.items:
        if isinstance(item, Level):
            yield from _inner(item)
            yield item


def _chained_leaves(level: Level) -> Iterator[Leaf]:
    """The nodes of a class: its own and those of the chains in it."""
    for item in level.items:
        if isinstance(item, Leaf):
            yield item
        elif item.chained:
            yield from _chained_leaves(item)
