"""A cut through the units: which of them are boxes, and where every operator is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from archspec.rendering.folding.layers import Layer
from archspec.rendering.folding.units import Unit, runs

Opens = Callable[[Unit], bool]


@dataclass(frozen=True, slots=True)
class Part:
    """What becomes one box.

    Args:
        item: the unit or layer; of `count` alike ones in a row the first.
        frames: the opened units around it that say more than their boxes, outermost first.
    """

    item: Unit | Layer
    count: int = 1
    frames: tuple[Unit, ...] = ()

    @property
    def path(self) -> str:
        """Its name everywhere."""
        return self.item.path


@dataclass(slots=True)
class Cut:
    """A drawing's boxes.

    Args:
        parts: in topological order.
        home: for every operator, the part it is drawn in.
        turns: for every operator of a repeat drawn once, which instance it is of, by repeat.
        counts: how many instances an opened unit stands for, by path.
        entering: the operators that only stand for what enters from outside.
    """

    parts: list[Part] = field(default_factory=list)
    home: dict[str, Part] = field(default_factory=dict)
    turns: dict[str, dict[str, int]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    entering: set[str] = field(default_factory=set)

    def links(self, source: str, target: str) -> bool:
        """Whether an edge is drawn: between two boxes, not from one turn of a repeat to the next.

        That the output of one turn enters the next is what `x N` says; where what enters from
        outside comes from is not told.
        """
        if self.home[source] is self.home[target] or target in self.entering:
            return False
        turns, others = self.turns.get(source, {}), self.turns.get(target, {})
        return all(others.get(repeat, turn) == turn for repeat, turn in turns.items())


def cut(
    items: Iterable[Unit | Layer], opens: Opens, looks: Mapping[str, object], *, folds: bool = True
) -> Cut:
    """The boxes of some items.

    Args:
        items: statements, or what is in a unit.
        opens: which units show what is in them.
        looks: by path of a unit, what makes two instances of a repeat alike.
        folds: whether alike instances in a row are drawn once.
    """
    made = Cut()
    _fill(made, items, opens, looks if folds else None, ())
    return made


def _fill(
    made: Cut,
    items: Iterable[Unit | Layer],
    opens: Opens,
    looks: Mapping[str, object] | None,
    frames: tuple[Unit, ...],
) -> None:
    for run in [[item] for item in items] if looks is None else runs(items, looks):
        first = run[0]
        only = first.items[0] if isinstance(first, Unit) and len(first.items) == 1 else None
        if isinstance(only, Layer):
            _add(made, Part(only, len(run), frames), run)
        elif isinstance(first, Unit) and opens(first):
            around = (*frames, first) if _is_framed(first, len(run)) else frames
            _fill(made, first.items, opens, looks, around)
            made.counts[first.path] = len(run)
            _repeat(made, [item for item in run if isinstance(item, Unit)])
        else:
            _add(made, Part(first, len(run), frames), run)


def _is_framed(unit: Unit, count: int) -> bool:
    """Whether an opened unit gets a frame: a block, a repeat, or a statement with such in it."""
    return unit.block is not None or count > 1 or any(isinstance(x, Unit) for x in unit.items)


def _add(made: Cut, part: Part, run: list[Unit | Layer]) -> None:
    made.parts.append(part)
    made.home.update((node.path, part) for item in run for node in item.nodes)


def _repeat(made: Cut, run: list[Unit]) -> None:
    """Further instances are drawn where the first is."""
    if len(run) == 1:
        return
    first = run[0]
    for turn, unit in enumerate(run):
        for model, node in zip(first.nodes, unit.nodes, strict=True):
            made.home[node.path] = made.home[model.path]
            inner = made.turns.get(model.path, {})
            made.turns[node.path] = {**inner, f"{first.path}": turn}
