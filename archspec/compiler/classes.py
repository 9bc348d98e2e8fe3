"""The classes of a generated file: one for each level with a `forward`, shared by equal levels.

Levels with the same operators, wiring and names share a class; what differs between them becomes
arguments of its constructor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archspec.compiler import prelude
from archspec.compiler.builders import Module, Place, build
from archspec.compiler.class_names import Blocks
from archspec.compiler.expression import Call, Definition, Value, definitions
from archspec.compiler.forward import comment, forward, slice_bounds
from archspec.compiler.slots import Column, argument_names, filled, kind, skeleton, slots
from archspec.compiler.tree import Item, Leaf, Level, returned
from archspec.ops import Relu, Slice

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from archspec.graph import Graph, Node

# Their backward does not need their own output, so a ReLU may write over it.
_OVERWRITABLE = frozenset({"conv", "linear", "subsample", "bn", "add", "sub", "mul", "concat"})


@dataclass(frozen=True, slots=True)
class Attribute:
    """One line of a constructor.

    Args:
        name: the last segment of a path.
        value: what is made there.
        comment: where it comes from.
    """

    name: str
    value: Value
    comment: str


@dataclass(frozen=True, slots=True)
class Class:
    """A class of the file.

    Args:
        definition: stands for it in expressions.
        doc: its docstring, "" for none.
        arguments: of its constructor, with their types.
        numbers: arguments that `forward` needs, by the attribute that keeps them.
        attributes: its modules, in order.
        forward: the lines of the method.
    """

    definition: Definition
    doc: str
    arguments: tuple[tuple[str, str], ...]
    numbers: Mapping[str, str]
    attributes: tuple[Attribute, ...]
    forward: tuple[str, ...]


class Classes:
    """Every class of a network; the last one is the network's own."""

    def __init__(self, graph: Graph, root: Level) -> None:
        """Make them all, the inner ones first. Raises ArchError (E701)."""
        self.graph = graph
        self.modules: dict[str, Module] = {}
        self.made: dict[Definition, Class] = {}
        self._calls: dict[str, Call] = {}  # what makes each level that has a class
        self._signatures: dict[Hashable, int] = {}
        self._signature_of: dict[str, int] = {}
        self._kept = returned(graph)
        self._blocks = Blocks(graph)
        groups = self._groups(root)
        for levels, name in zip(groups, self._blocks.names(groups), strict=True):
            made = self._class(name, levels)
            self.made[made.definition] = made
        self.root = self._class(graph.name, [root])

    # --- modules ------------------------------------------------------------------------------

    def _build(self, level: Level) -> None:
        """The modules of a class, those of the chains in it too."""
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

    # --- which levels share a class -----------------------------------------------------------

    def _groups(self, root: Level) -> list[list[Level]]:
        """Levels of one signature together, inner ones before those that hold them."""
        groups: dict[tuple[int, int], list[Level]] = {}
        heights: dict[str, int] = {}
        for level in _inner(root):
            self._build(level)
            inside = [heights[inner.path] for inner in _inner(level)]
            heights[level.path] = max(inside, default=0) + 1
            self._signature_of[level.path] = self._signature(level)
            key = (heights[level.path], self._signature_of[level.path])
            groups.setdefault(key, []).append(level)
        self._build(root)
        return [groups[key] for key in sorted(groups)]

    def _signature(self, level: Level) -> int:
        """A number that equal levels share."""
        parts = tuple((_segment(item), self._outline(item)) for item in level.items)
        masks = {
            leaf.path: (first and "first", stop and "stop")
            for leaf in _slices(level)
            for first, stop in (slice_bounds(leaf),)
        }
        found = (self._blocks.base(level), forward(self.graph, level, masks), parts)
        return self._signatures.setdefault(found, len(self._signatures))

    def _outline(self, item: Item) -> Hashable:
        if isinstance(item, Leaf):
            return skeleton(self.modules[item.path].call) if item.is_module else None
        if not item.chained:
            return self._signature_of[item.path]
        return tuple((_segment(inner), self._outline(inner)) for inner in item.items)

    # --- the classes --------------------------------------------------------------------------

    def _class(self, name: str, levels: Sequence[Level]) -> Class:
        """The class of equal levels; what makes each of them is kept for the ones around."""
        first = levels[0]
        modules = [item for item in first.items if item.is_module]
        columns = list(zip(*map(self._values, levels), strict=True))
        bounds = list(zip(*map(_bounds, levels), strict=True))
        named = zip(
            [*map(_segment, modules), *("maps" for _ in bounds)], (*columns, *bounds), strict=True
        )
        found = [slot for label, column in named for slot in slots(column, label)]
        arguments = argument_names(found, self._known(levels))
        values = [filled(column, arguments) for column in columns]
        numbers, body = self._forward(first, bounds, arguments)
        needs = tuple(dict.fromkeys(item for value in values for item in definitions(value)))
        taken = tuple(arguments.values())
        definition = Definition(name, first.path, "class", _imports(body), needs, taken)
        for number, level in enumerate(levels):
            given = tuple(column[number] for column in arguments)
            self._calls[level.path] = Call(definition, given)
        attributes = tuple(
            Attribute(_segment(item), value, comment(self.graph, item, first))
            for item, value in zip(modules, values, strict=True)
        )
        typed = tuple((argument, kind(column)) for column, argument in arguments.items())
        return Class(definition, self._blocks.doc(first), typed, numbers, attributes, body)

    def _forward(
        self, level: Level, columns: Sequence[Column], arguments: Mapping[Column, str]
    ) -> tuple[dict[str, str], tuple[str, ...]]:
        """The method, and the arguments that bound its slices, by the attribute that keeps them."""
        taken = {_segment(item) for item in level.items}
        numbers: dict[str, str] = {}
        texts = []
        for column in columns:
            name = arguments.get(column, "")
            attribute = f"{name}_maps" if name in taken else name
            numbers |= {attribute: name} if name else {}
            texts.append(f"self.{attribute}" if name else str(column[0]))
        pairs = zip(texts[::2], texts[1::2], strict=True)
        bounds = {leaf.path: pair for leaf, pair in zip(_slices(level), pairs, strict=True)}
        return numbers, forward(self.graph, level, bounds)

    def _known(self, levels: Sequence[Level]) -> dict[Column, str]:
        """Names for values that mean something: block parameters first."""
        entering = (self.graph[level.takes[0]].output or (0,) for level in levels)
        return {
            tuple(str(level.output[0]) for level in levels): "out_channels",
            tuple(str(shape[0]) for shape in entering): "in_channels",
            **self._blocks.columns(levels),
        }

    def _values(self, level: Level) -> list[Value]:
        """What makes the modules of a level, in order."""
        return [self._value(item) for item in level.items if item.is_module]

    def _value(self, item: Item) -> Value:
        if isinstance(item, Leaf):
            return self.modules[item.path].call
        return self._chain(item) if item.chained else self._calls[item.path]

    def _chain(self, level: Level) -> Call:
        """`chain(conv=..., squash=...)`.

        A map is flattened in `forward` where an attribute starts, elsewhere by a module here.
        """
        taken = {_segment(item) for item in level.items}
        links: list[tuple[str, Value]] = []
        for number, item in enumerate(level.items):
            if number and item.flattens:
                links.append((_free("flatten", taken), Call("nn.Flatten")))
            links.append((_segment(item), self._value(item)))
        return Call(prelude.CHAIN, (), tuple(links))


def _segment(item: Item) -> str:
    """What an item is called in its level."""
    return item.path.rpartition(".")[2]


def _inner(level: Level) -> Iterator[Level]:
    """The levels in a level that need a class, inner ones first."""
    for item in level.items:
        if isinstance(item, Level):
            yield from _inner(item)
            yield from () if item.chained else (item,)


def _chained_leaves(level: Level) -> Iterator[Leaf]:
    """The nodes of a class: its own and those of the chains in it."""
    for item in level.items:
        if isinstance(item, Leaf):
            yield item
        elif item.chained:
            yield from _chained_leaves(item)


def _slices(level: Level) -> list[Leaf]:
    """The slices a `forward` does itself."""
    leaves = (item for item in level.items if isinstance(item, Leaf))
    return [leaf for leaf in leaves if isinstance(leaf.node.op, Slice)]


def _bounds(level: Level) -> list[Value]:
    """Where each slice starts and stops, one after the other."""
    return [bound for leaf in _slices(level) for bound in slice_bounds(leaf)]


def _free(name: str, taken: set[str]) -> str:
    """`name`, or `name_2` and so on if it is taken; the result is taken afterwards."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    taken.add(free)
    return free


def _imports(body: Sequence[str]) -> tuple[str, ...]:
    """What of `IMPORTS` a method uses."""
    marks = {"torch": "torch.", "F": "F."}
    return tuple(key for key, mark in marks.items() if any(mark in line for line in body))
