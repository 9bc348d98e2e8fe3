"""What classes and functions of a file are called, and what the block they come from says."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from archspec.compiler.expression import number, pair
from archspec.errors import ArchError
from archspec.schema import Deferred, ShapeUnknownError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archspec.compiler.slots import Column
    from archspec.compiler.tree import Level
    from archspec.graph import Graph
    from archspec.schema import BlockSpec


class Blocks:
    """The block calls of a network by the path of the level they made."""

    def __init__(self, graph: Graph) -> None:
        """Where several blocks hand on one path, the innermost wrote the body."""
        self.graph = graph
        self.by_path: Mapping[str, BlockSpec] = {item.path: item for item in graph.spec.blocks}

    def doc(self, level: Level) -> str:
        """The `##` text of the level's block."""
        block = self.by_path.get(level.path)
        return block.doc.strip() if block else ""

    def name(self, level: Level) -> str:
        """The name of the level's block, "" if it has none."""
        block = self.by_path.get(level.path)
        return block.name if block else ""

    def base(self, level: Level) -> str:
        """A level's class: its block, else its label; what a repeat repeats is a `…Step`."""
        path, end = level.path, ""
        while path:
            parent, _, segment = path.rpartition(".")
            block = self.by_path.get(path)
            if block or not segment.isdigit():
                return f"{camel(block.name if block else segment)}{end}"
            path, end = parent, "Step"
        return f"{self.graph.name}{end}"

    def names(self, groups: Sequence[Sequence[Level]]) -> list[str]:
        """A name for the class of each group of equal levels.

        Where one block needs several, the boolean parameters that differ tell them apart:
        `Bottleneck` and `BottleneckProject`. Names may still be equal.
        """
        return self._told([self.base(levels[0]) for levels in groups], groups)

    def function_names(self, groups: Sequence[Sequence[Level]]) -> list[str]:
        """A name for the function of each group of equal chains, "" if only numbers would do."""
        names = self._told([self.name(levels[0]) for levels in groups], groups)
        return ["" if names.count(name) > 1 else snake(name) for name in names]

    def _told(self, bases: Sequence[str], groups: Sequence[Sequence[Level]]) -> list[str]:
        """The bases with an end where several groups have one, if that tells them apart."""
        names = list(bases)
        for base in dict.fromkeys(bases):
            same = [place for place, other in enumerate(bases) if other == base]
            told = [f"{base}{end}" for end in self._ends([groups[place] for place in same])]
            if len(set(told)) == len(told):
                for place, name in zip(same, told, strict=True):
                    names[place] = name
        return names

    def _ends(self, groups: Sequence[Sequence[Level]]) -> list[str]:
        """For each group the boolean parameters that are true in it and not in every group."""
        ends = []
        for levels in groups:
            true = [name for name in self.parameters(levels[0]) if self._is_true(name, levels)]
            differ = [
                name for name in true if not all(self._is_true(name, others) for others in groups)
            ]
            ends.append("".join(map(camel, differ)))
        return ends

    def _is_true(self, name: str, levels: Sequence[Level]) -> bool:
        return all(self.parameters(level).get(name) is True for level in levels)

    def parameters(self, level: Level) -> Mapping[str, object]:
        """The parameters of the level's block, with their values."""
        block = self.by_path.get(level.path)
        return block.values if block else {}

    def columns(self, levels: Sequence[Level]) -> dict[Column, str]:
        """The block parameter that has these values at these levels."""
        columns: dict[Column, str] = {}
        for name in self.parameters(levels[0]):
            given = (self._value(level, name) for level in levels)
            columns.setdefault(tuple(map(_text, given)), name)
        return columns

    def _value(self, level: Level, name: str) -> object:
        """What a parameter is, also if it waited for shapes, which are known now."""
        value = self.parameters(level).get(name)
        if not isinstance(value, Deferred):
            return value
        try:
            return value.resolve(lambda path: self.graph[path].output)
        except (ArchError, ShapeUnknownError):  # nothing in the body asks for it
            return None


def camel(name: str) -> str:
    """`dense_layer` as a class: `DenseLayer`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def snake(name: str) -> str:
    """`DenseLayer` as a function: `dense_layer`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _text(value: object) -> str:
    """A value of a spec as the generated text writes it."""
    if isinstance(value, Fraction):
        return number(value)
    if isinstance(value, tuple) and len(value) == 2:
        return pair((value[0], value[1]))
    return str(value)
