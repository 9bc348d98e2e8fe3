"""The definitions of a generated file: a class for each level with a `forward`, and functions.

Equal levels share one (see `groups`); what differs between them becomes its arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archspec.compiler import prelude
from archspec.compiler.expression import Call, Definition, Value, definitions
from archspec.compiler.forward import comment, forward, slice_bounds
from archspec.compiler.groups import Groups, segment, slices_of
from archspec.compiler.slots import Column, argument_names, default, filled, kind, short, slots
from archspec.compiler.tree import Item, Leaf, Level

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


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


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the file, which makes a chain.

    Args:
        definition: stands for it in expressions.
        doc: its docstring, "" for none.
        arguments: their names and types, those with a default last.
        body: what it returns.
        comment: where that comes from.
    """

    definition: Definition
    doc: str
    arguments: tuple[tuple[str, str], ...]
    body: Value
    comment: str

    @property
    def path(self) -> str:
        """The path of the first chain."""
        return self.definition.text


class Classes:
    """Every class and function of a network; the last class is the network's own."""

    def __init__(self, groups: Groups, written_out: frozenset[str] = frozenset()) -> None:
        """Make them all, the inner ones first. Raises ArchError (E701).

        Args:
            groups: the levels that share a text.
            written_out: paths of the first levels of chains that are to be no functions.
        """
        self.graph = groups.graph
        self.modules = groups.modules
        self.written_out = written_out
        self.made: dict[Definition, Class | Function] = {}
        self._blocks = groups.blocks
        self._calls: dict[str, Call] = {}  # what makes each level that has a definition
        for group in groups.all:
            if group.path not in written_out:
                make = self._function if group.is_function else self._class
                made = make(group.name, group.levels)
                self.made[made.definition] = made
        self.root = self._class(self.graph.name, [groups.root])

    # --- the classes --------------------------------------------------------------------------

    def _class(self, name: str, levels: Sequence[Level]) -> Class:
        """The class of equal levels; what makes each of them is kept for the ones around."""
        first = levels[0]
        modules = [item for item in first.items if item.is_module]
        columns = list(zip(*map(self._values, levels), strict=True))
        bounds = list(zip(*map(_bounds, levels), strict=True))
        named = zip(
            [*map(segment, modules), *("maps" for _ in bounds)], (*columns, *bounds), strict=True
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
            Attribute(segment(item), value, comment(self.graph, item, first))
            for item, value in zip(modules, values, strict=True)
        )
        typed = tuple((argument, kind(column)) for column, argument in arguments.items())
        return Class(definition, self._blocks.doc(first), typed, numbers, attributes, body)

    def _function(self, name: str, levels: Sequence[Level]) -> Function:
        """The function of equal chains; what makes each of them is kept for the levels around."""
        first = levels[0]
        values = [self._chain(level) for level in levels]
        found = list(slots(values, ""))
        own = self._blocks.parameters(first)
        arguments = argument_names(short(found, own), self._known(levels))
        defaults = {column: default(found, column) for column in arguments}
        given = [column for column in arguments if not defaults[column]]
        spared = [column for column in arguments if defaults[column]]
        body = filled(values, arguments)
        needs = tuple(dict.fromkeys(definitions(body)))
        definition = Definition(
            name,
            first.path,
            "class" if any(need.kind == "class" for need in needs) else "function",
            needs=needs,
            parameters=tuple(arguments[column] for column in given),
            defaults=tuple((arguments[column], defaults[column]) for column in spared),
        )
        for number, level in enumerate(levels):
            options = [(column, column[number]) for column in spared]
            self._calls[level.path] = Call(
                definition,
                tuple(column[number] for column in given),
                tuple((arguments[c], value) for c, value in options if value != defaults[c]),
            )
        typed = tuple((arguments[column], kind(column)) for column in (*given, *spared))
        remark = comment(self.graph, first.items[0], first)
        return Function(definition, self._blocks.doc(first), typed, body, remark)

    def _forward(
        self, level: Level, columns: Sequence[Column], arguments: Mapping[Column, str]
    ) -> tuple[dict[str, str], tuple[str, ...]]:
        """The method, and the arguments that bound its slices, by the attribute that keeps them."""
        taken = {segment(item) for item in level.items}
        numbers: dict[str, str] = {}
        texts = []
        for column in columns:
            name = arguments.get(column, "")
            attribute = f"{name}_maps" if name in taken else name
            numbers |= {attribute: name} if name else {}
            texts.append(f"self.{attribute}" if name else str(column[0]))
        pairs = zip(texts[::2], texts[1::2], strict=True)
        bounds = {leaf.path: pair for leaf, pair in zip(slices_of(level), pairs, strict=True)}
        return numbers, forward(self.graph, level, bounds)

    def _known(self, levels: Sequence[Level]) -> dict[Column, str]:
        """Names for values that mean something: block parameters first."""
        if not levels[0].items:  # a network of nothing
            return {}
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
        return self._calls.get(item.path) or self._chain(item)

    def _chain(self, level: Level) -> Call:
        """`chain(conv=..., squash=...)`.

        A map is flattened in `forward` where an attribute starts, elsewhere by a module here.
        """
        taken = {segment(item) for item in level.items}
        links: list[tuple[str, Value]] = []
        for number, item in enumerate(level.items):
            if number and item.flattens:
                links.append((_free("flatten", taken), Call("nn.Flatten")))
            links.append((segment(item), self._value(item)))
        return Call(prelude.CHAIN, (), tuple(links))


def _bounds(level: Level) -> list[Value]:
    """Where each slice starts and stops, one after the other."""
    return [bound for leaf in slices_of(level) for bound in slice_bounds(leaf)]


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
