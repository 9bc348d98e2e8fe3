"""Which sides of the input the network takes.

Two questions: `build` asks at which sides the spec elaborates, heads and all, where a dense layer
counts its inputs anew; `run` asks what the compiled module takes, whose dense layers and unshared
kernels are as many, and whose margins for `same` as wide, as the declared input made them. It
calls what its outputs rest on; heads of the training phase in training only. Rows and columns are
answered apart, the other side as declared; so is each of several inputs.

Every operator bounds its side by a strip between two parallel lines, which tells the sides that
are worth trying; these are tried, all together. The declared side is one of those that fit, by
definition.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from math import ceil, floor, inf
from typing import TYPE_CHECKING, TypeVar

from archspec.analysis.side_rules import (
    Constant,
    MisfitError,
    Question,
    Rule,
    rule_of,
    side,
)
from archspec.analysis.strips import ENTRY, FREE, Strip
from archspec.errors import ArchError
from archspec.schema import Pending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from archspec.analysis.strips import Limits
    from archspec.graph import Graph, Node
    from archspec.ops import Mode, Shape

MOST_SIDES = 32_768  # that are tried; a range that needs more of them is not told


@dataclass(frozen=True, slots=True)
class SideRange:
    """The sides of one axis.

    Args:
        largest: None where there is no upper end.
        period: after which the pattern of admissible sides repeats; 1 if all of the range are.
        residues: the sides that do, modulo `period`.
        exceptions: the sides of the range for which the pattern tells the opposite.
        binds_below: the node that fails one below the smallest; "" at a side of 1.
        binds_above: the node that fails one above the largest; "" without an upper end.
    """

    smallest: int
    largest: int | None
    period: int = 1
    residues: tuple[int, ...] = (0,)
    exceptions: tuple[int, ...] = ()
    binds_below: str = ""
    binds_above: str = ""

    def takes(self, side: int) -> bool:
        """Whether it is one of them.

        >>> SideRange(16, None, 16).takes(40)
        False
        """
        inside = self.smallest <= side <= (self.largest or side)
        return inside and self._is_regular(side) != (side in self.exceptions)

    def _is_regular(self, side: int) -> bool:
        return side % self.period in self.residues

    def __str__(self) -> str:
        """`29 and more`, `32..35`, `multiples of 16, 16 and more`, `8..31 without 16..23`.

        >>> str(SideRange(227, 258))
        '227..258'
        """
        if self.smallest == self.largest:
            return str(self.smallest)
        ends = f"{self.smallest}..{self.largest}" if self.largest else f"{self.smallest} and more"
        if self.period > 1 and self.residues == (0,):
            ends = f"multiples of {self.period}, {ends}"
        elif self.period > 1:
            ends = f"{ends}, modulo {self.period}: {', '.join(map(str, self.residues))}"
        missing = _runs(side for side in self.exceptions if self._is_regular(side))
        more = _runs(side for side in self.exceptions if not self._is_regular(side))
        return f"{ends}{missing and f' without {missing}'}{more and f', also {more}'}"


def _runs(sides: Iterator[int]) -> str:
    """`3, 16..23`: neighbours are joined."""
    found = []
    for _, group in groupby(enumerate(sides), lambda item: item[1] - item[0]):
        run = [side for _, side in group]
        found.append(f"{run[0]}..{run[-1]}" if len(run) > 1 else str(run[0]))
    return ", ".join(found)


@dataclass(frozen=True, slots=True)
class InputRange:
    """Both axes, for one of the two questions."""

    height: SideRange
    width: SideRange


def input_range(graph: Graph, question: Question, mode: Mode = "eval") -> InputRange | None:
    """The sides of its one input at which the network builds, or runs in this mode.

    None for a network of several inputs or without a map, with nodes of unknown shape, or where
    more than `MOST_SIDES` had to be tried.
    """
    ranges = input_ranges(graph, question, mode)
    return ranges.get(graph.input.path) if len(graph.inputs) == 1 else None


def input_ranges(graph: Graph, question: Question, mode: Mode = "eval") -> dict[str, InputRange]:
    """The sides of each input by its name, while the others have their declared ones.

    Those of which `input_range` would not tell any are left out; where arguments follow the
    size of a map (`avgpool(in.h)`), nobody knows at which others the spec builds.
    """
    every = graph.nodes.values()
    if any(node.io is None for node in every):
        return {}
    if question == "build" and any(node.bound and _follows_sides(graph, node) for node in every):
        return {}
    called = graph.nodes if question == "build" else _called(graph, mode)
    nodes = _Nodes.of(tuple(node for path, node in graph.nodes.items() if path in called))
    alike = all(map(_is_square, nodes.models))
    found = {}
    for entry in graph.inputs:
        if len(entry.output or ()) != 3:
            continue
        height = _side(entry, nodes, question, 0)
        width = height if alike else _side(entry, nodes, question, 1)
        if height and width:
            found[entry.path] = InputRange(height, width)
    return found


def _follows_sides(graph: Graph, node: Node) -> bool:
    """Whether other sides would give the operator other arguments, or none."""
    assert isinstance(node.spec.op, Pending), "an operator is bound where its arguments wait"

    def larger(path: str) -> Shape:
        maps, *sides = graph[path].output or ()
        return (maps, *(side + 1 for side in sides))

    try:
        return node.spec.op.bound(larger) != node.op
    except ArchError:
        return True


def _called(graph: Graph, mode: Mode) -> set[str]:
    """Paths of the nodes a module calls: what its outputs rest on, and in training all heads."""
    heads = (head for head in graph.spec.heads if mode == "train" or head.phase == "always")
    found = {*graph.spec.outputs, *(head.output for head in heads)}
    for path in reversed(graph.nodes):
        if path in found:
            found.update(graph[path].inputs)
    return found


@dataclass(frozen=True, slots=True)
class _Nodes:
    """The nodes in question, and of each kind of them one.

    Instances of a block share their operators and often their shapes; what follows from these is
    worked out once a kind.
    """

    every: tuple[Node, ...]
    kinds: tuple[int, ...]
    models: tuple[Node, ...]

    @classmethod
    def of(cls, every: tuple[Node, ...]) -> _Nodes:
        """These nodes, with their kinds."""
        numbers: dict[object, int] = {}
        models: dict[int, Node] = {}
        kinds = []
        for node in every:
            kind = numbers.setdefault((id(node.op), node.io, bool(node.inputs)), len(numbers))
            models.setdefault(kind, node)
            kinds.append(kind)
        return cls(every, tuple(kinds), tuple(models.values()))


def _is_square(node: Node) -> bool:
    """Whether rows and columns fare alike."""
    assert node.io is not None, "the caller knows the shapes"
    maps = [shape for shape in (*node.io.inputs, node.io.output) if len(shape) == 3]
    if any(shape[1] != shape[2] for shape in maps):
        return False
    x = node.io.x if node.inputs else ()
    window, sight = (node.op.window(x), node.op.sight(x)) if len(x) == 3 else (None, None)
    if sight is not None:
        return sight[0] == sight[1]
    if window is None:
        return True
    pairs = (window.kernel, window.stride, window.dilation)
    return window.pad[:2] == window.pad[2:] and all(one == other for one, other in pairs)


def _side(entry: Node, nodes: _Nodes, question: Question, axis: int) -> SideRange | None:
    fold = _Fold(entry.path, nodes, question, axis)
    limits, declared = _limits(fold), side(entry.output or (), axis)
    low = max(min(ceil(limits.low), declared), 1)
    regular = max(ceil(limits.regular), low)
    end = regular + limits.period if limits.high == inf else max(floor(limits.high), declared) + 1
    if end - low > MOST_SIDES:
        return None
    trials = _Trials(fold, range(max(low - 1, 1), end + 1))  # and one before and behind
    fitting = {size for size in range(low, end) if trials.takes(size)} | {declared}
    again = {size for size in fitting if regular <= size < end} if limits.high == inf else set()
    smallest, largest = min(fitting), None if again else max(fitting)
    stop = regular if largest is None else largest + 1  # of what need not be regular
    sample = range(smallest, stop) if largest else range(regular, end)
    period, residues = _pattern(again or fitting, sample, limits.period)
    odd = (
        size for size in range(smallest, stop) if (size % period in residues) != (size in fitting)
    )
    below = trials.failing(smallest - 1)
    above = trials.failing(largest + 1) if largest else ""
    return SideRange(smallest, largest, period, residues, tuple(odd), below, above)


def _pattern(fitting: set[int], sample: range, period: int) -> tuple[int, tuple[int, ...]]:
    """The shortest period, and its residues, that tell which of the sample fit; 1 if none does."""
    for shorter in (step for step in range(1, period + 1) if period % step == 0):
        residues = {size % shorter for size in fitting}
        if sum(size % shorter in residues for size in sample) == len(fitting):
            return shorter, tuple(sorted(residues))
    return 1, (0,)


_T = TypeVar("_T")


class _Fold:
    """The network as rules along one axis of one input; equal steps are worked out once."""

    def __init__(self, entry: str, nodes: _Nodes, question: Question, axis: int) -> None:
        self.entry, self.nodes = entry, nodes
        alike: dict[Rule, Rule] = {}  # one object a rule, so that it can be told by its id
        rules = (_rule(model, question, axis) for model in nodes.models)
        self.rules = [alike.setdefault(rule, rule) for rule in rules]

    def values(
        self, start: _T, made: Callable[[Rule, tuple[_T, ...]], _T]
    ) -> Iterator[tuple[Node, _T]]:
        """What becomes of `start`, node by node."""
        numbers: dict[_T, int] = {start: 0}  # a number for each value: they are long to compare
        values = [start]
        at: dict[str, int] = {}
        known: dict[tuple[int, tuple[int, ...]], int] = {}
        for node, kind in zip(self.nodes.every, self.nodes.kinds, strict=True):
            rule = self.rules[kind]
            key = id(rule), tuple([at[source] for source in node.inputs])
            if node.path == self.entry:
                number = 0
            elif key in known:
                number = known[key]
            else:
                value = made(rule, tuple([values[entering] for entering in key[1]]))
                number = known[key] = numbers.setdefault(value, len(values))
                if number == len(values):
                    values.append(value)
            at[node.path] = number
            yield node, values[number]


def _rule(node: Node, question: Question, axis: int) -> Rule:
    """The rule of a node; an input that is not asked for keeps its declared side."""
    return rule_of(node, question, axis) if node.inputs else Constant(side(node.output or (), axis))


def _limits(fold: _Fold) -> Limits:
    """What all nodes ask of the side."""
    found = FREE

    def made(rule: Rule, strips: tuple[Strip, ...]) -> Strip:
        nonlocal found
        values = [strip.value for strip in strips if strip.value is not None]
        if len(values) == len(strips):
            return Strip.constant(rule.made(tuple(values)))
        found &= rule.limits(strips)
        return rule.strip(strips)

    for _ in fold.values(ENTRY, made):
        pass
    return found


_Row = tuple[int | None, ...]  # of one map, for every side tried; None where a node failed


class _Trials:
    """What becomes of sides of the input, all of them together."""

    def __init__(self, fold: _Fold, sides: range) -> None:
        self.sides = sides
        start: _Row = tuple(sides)
        self.rows = tuple(fold.values(start, self._row))
        self.distinct = {id(row): row for _, row in self.rows}.values()

    def _row(self, rule: Rule, rows: tuple[_Row, ...]) -> _Row:
        """What a rule makes of all sides."""
        if not rows:
            return (rule.made(()),) * len(self.sides)
        return tuple([_tried(rule, sides) for sides in zip(*rows, strict=True)])

    def takes(self, side: int) -> bool:
        """Whether every node does."""
        place = side - self.sides.start
        return all(row[place] is not None for row in self.distinct)

    def failing(self, side: int) -> str:
        """The first node that does not; "" if all do, or it was not tried."""
        if side not in self.sides:
            return ""
        place = side - self.sides.start
        return next((node.path for node, row in self.rows if row[place] is None), "")


def _tried(rule: Rule, sides: Sequence[int | None]) -> int | None:
    """What a rule makes of sides; None if they do not fit, or did not before."""
    known = tuple(each for each in sides if each is not None)
    if len(known) < len(sides):
        return None
    try:
        return rule.made(known)
    except MisfitError:
        return None
