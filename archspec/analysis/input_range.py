"""Which sides of the input the network takes.

Two questions: `build` asks at which sides the spec elaborates, where a dense layer counts its
inputs anew; `run` asks what the compiled module takes, whose dense layers are as wide, and whose
margins for `same` as large, as the declared input made them. Rows and columns are answered apart,
the other side as declared.

Going backwards every window tells the sides it needs, which is necessary; going forwards from the
smallest one over a period tells which of them the merges take too.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from math import inf, lcm
from typing import TYPE_CHECKING, Literal

from archspec.ops import AdaptiveAvgPool, Mul, ShapeError

if TYPE_CHECKING:
    from archspec.graph import Graph, Node
    from archspec.ops import Op, Shape, Window

Question = Literal["build", "run"]
MAX_PERIOD = 256  # sides tried one by one to tell which of a range are admissible
_Demand = tuple[float, float]  # the fewest and the most rows wanted; inf for no end
_ANY: _Demand = (1, inf)


@dataclass(frozen=True, slots=True)
class SideRange:
    """The sides of one axis.

    Args:
        largest: None where there is no upper end.
        period: after which the pattern of admissible sides repeats; 1 if all of the range are.
        residues: the sides that do, modulo `period`.
        binds_below: the node that fails one below the smallest; "" at a side of 1.
        binds_above: the node that fails one above the largest; "" without an upper end.
    """

    smallest: int
    largest: int | None
    period: int = 1
    residues: tuple[int, ...] = (0,)
    binds_below: str = ""
    binds_above: str = ""

    def __str__(self) -> str:
        """`29 and more`, `32..35`, `multiples of 16 from 16`.

        >>> str(SideRange(227, 258))
        '227..258'
        """
        ends = f"{self.smallest}..{self.largest}" if self.largest else f"{self.smallest} and more"
        if self.period == 1 or self.smallest == self.largest:
            return str(self.smallest) if self.smallest == self.largest else ends
        if self.residues == (0,):
            return f"multiples of {self.period}, {ends}"
        return f"{ends}, modulo {self.period}: {', '.join(map(str, self.residues))}"


@dataclass(frozen=True, slots=True)
class InputRange:
    """Both axes, for one of the two questions."""

    height: SideRange
    width: SideRange


def input_range(graph: Graph, question: Question) -> InputRange | None:
    """The sides at which the network builds or runs; heads of the training phase are left out.

    None for a network without one input map, or with nodes of unknown shape.
    """
    shape = graph.input.output
    if len(graph.inputs) > 1 or shape is None or len(shape) != 3:
        return None
    if any(node.io is None for node in graph.nodes.values()):
        return None
    nodes = _Nodes.of(graph)
    height = _side(graph, nodes, question, 0)
    width = height if all(map(_is_square, nodes.models)) else _side(graph, nodes, question, 1)
    return InputRange(height, width)


@dataclass(frozen=True, slots=True)
class _Nodes:
    """The nodes that run in evaluation too, and of each kind of them one.

    Instances of a block share their operators and often their shapes; what follows from these is
    worked out once a kind.
    """

    every: tuple[Node, ...]
    kinds: tuple[int, ...]
    models: tuple[Node, ...]

    @classmethod
    def of(cls, graph: Graph) -> _Nodes:
        training = {head.name for head in graph.spec.heads if head.phase == "train"}
        every = tuple(node for node in graph.nodes.values() if node.spec.head not in training)
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


def _side(graph: Graph, nodes: _Nodes, question: Question, axis: int) -> SideRange:
    low, high = _demanded(graph.input.path, nodes, question, axis)
    period = _period(nodes, axis)
    fails = _Trials(nodes, tuple(_rule(model, question, axis) for model in nodes.models), period)
    declared = (graph.input.output or ())[axis + 1]  # fits, so the search ends there
    smallest = next(side for side in range(int(low), declared + 1) if not fails.at(side))
    largest = None if high == inf else int(high)
    while largest is not None and fails.at(largest):
        largest -= 1
    end = smallest + period if largest is None else min(largest + 1, smallest + period)
    fitting = [side for side in range(smallest, end) if not fails.at(side)]
    every = len(fitting) == end - smallest
    return SideRange(
        smallest,
        largest,
        1 if every else period,
        (0,) if every else tuple(sorted({side % period for side in fitting})),
        fails.at(smallest - 1) if smallest > 1 else "",
        "" if largest is None else fails.at(largest + 1),
    )


def _period(nodes: _Nodes, axis: int) -> int:
    """The fewest input pixels that shift every map by whole outputs, capped."""
    steps = [_step(model, axis) for model in nodes.models]
    jumps: dict[str, Fraction] = {}  # input pixels between outputs; of maps whose side follows
    for node, kind in zip(nodes.every, nodes.kinds, strict=True):
        before = next((jumps[source] for source in node.inputs if source in jumps), None)
        step = steps[kind]
        if not node.inputs:
            jumps[node.path] = Fraction(1)
        elif before is not None and step is not None:
            jumps[node.path] = before if step == 1 else before * step
    return min(lcm(*{jump.numerator for jump in jumps.values()}), MAX_PERIOD)


def _step(node: Node, axis: int) -> Fraction | None:
    """Inputs between what neighbouring outputs of a node see; None where sides do not follow."""
    if not node.inputs or _gathers(node):
        return None
    assert node.io is not None, "the caller knows the shapes"
    sight, window = node.op.sight(node.io.x), node.op.window(node.io.x)
    if sight is not None:
        return sight[axis].jump
    return Fraction(window.stride[axis]) if window else Fraction(1)


# --- backwards: what each node needs --------------------------------------------------------------


def _demanded(entry: str, nodes: _Nodes, question: Question, axis: int) -> _Demand:
    """The interval of sides that every window and dense layer admits by itself."""
    wanted: dict[str, _Demand] = {}
    known: dict[tuple[int, _Demand], _Demand] = {}  # what a kind needs for what is wanted of it
    for node, kind in zip(reversed(nodes.every), reversed(nodes.kinds), strict=True):
        mine = wanted.get(node.path, _ANY)
        if node.inputs and (kind, mine) not in known:
            known[kind, mine] = _before(node, mine, question, axis)
        for source in node.inputs:
            low, high = known[kind, mine]
            was = wanted.get(source, _ANY)
            wanted[source] = (max(low, was[0]), min(high, was[1]))
    return wanted.get(entry, _ANY)


def _before(node: Node, wanted: _Demand, question: Question, axis: int) -> _Demand:
    """The sides of the input with which a node gives what is wanted of it."""
    assert node.io is not None, "the caller knows the shapes"
    x = node.io.x
    if len(x) != 3:
        return _ANY
    if _freezes(node) and question == "run":
        return (x[axis + 1], x[axis + 1])
    if _gathers(node):
        return _ANY
    window, (low, high) = _window(node, question), wanted
    if node.op.sight(x) is not None:
        most = inf if high == inf else _most(node, axis, int(high))
        return (_most(node, axis, int(low) - 1) + 1, most)
    if window is None:
        return wanted
    fewest = window.fewest(axis, int(low))
    return (fewest, inf if high == inf else window.fewest(axis, int(high) + 1) - 1)


def _most(node: Node, axis: int, outputs: int) -> int:
    """The largest side of which an operator that enlarges its map makes no more than these."""
    assert node.io is not None, "the caller knows the shapes"
    x = node.io.x

    def made(side: int) -> int:
        try:
            return _inferred(node.op, x, axis, (side,))
        except ShapeError:
            return 0

    end = 1
    while made(end) <= outputs:
        end *= 2
    return bisect_right(range(1, end), outputs, key=made)


def _slides(node: Node) -> bool:
    """Whether its outputs follow its inputs, one by one or by a window that stays as it is."""
    assert node.io is not None, "the caller knows the shapes"
    return not _gathers(node) and node.op.sight(node.io.x) is None


def _gathers(node: Node) -> bool:
    """Whether it takes maps of any side."""
    assert node.io is not None, "the caller knows the shapes"
    whole = isinstance(node.op, AdaptiveAvgPool) or node.op.whole_input
    return whole or len(node.io.output) != 3


def _window(node: Node, question: Question) -> Window | None:
    """Its window; a compiled one has the pads that `same` means at the declared size."""
    assert node.io is not None, "the caller knows the shapes"
    window = node.op.window(node.io.x)
    return replace(window, same=False) if window and question == "run" else window


def _freezes(node: Node) -> bool:
    """Whether it makes a vector of as many units as the map has elements."""
    return node.op.role == "dense" or node.op.name == "flatten"


# --- forwards: what merges take too ---------------------------------------------------------------


_Rule = partial[int]  # takes the sides of the inputs, gives that of the output; 0 without a map
_Sides = tuple[int | None, ...]  # of one map, for every side tried; None where a node failed


class _Trials:
    """What becomes of sides of the input; as many as a period has are tried together."""

    def __init__(self, nodes: _Nodes, rules: tuple[_Rule, ...], period: int) -> None:
        self.nodes = nodes
        alike: dict[tuple[object, ...], _Rule] = {}  # whatever the maps, one rule is enough
        self.rules = tuple(alike.setdefault((rule.func, *rule.args), rule) for rule in rules)
        self.together = period + 2  # and one before and behind
        self.known: dict[int, str] = {}

    def at(self, side: int) -> str:
        """The first node that does not take its inputs; "" if none."""
        if side not in self.known:
            start = max(side - 1, 1)
            self._try(tuple(range(start, start + self.together)))
        return self.known[side]

    def _try(self, sides: tuple[int, ...]) -> None:
        rows: dict[str, _Sides] = {}
        made: dict[tuple[_Rule, tuple[_Sides, ...]], _Sides] = {}
        failing = dict.fromkeys(sides, "")
        for node, kind in zip(self.nodes.every, self.nodes.kinds, strict=True):
            if not node.inputs:
                rows[node.path] = sides
                continue
            entering = tuple(rows[source] for source in node.inputs)
            rule = self.rules[kind]
            row = made.get((rule, entering))
            if row is None:
                columns = zip(*entering, strict=True)
                row = made[rule, entering] = tuple(_tried(rule, column) for column in columns)
            rows[node.path] = row
            if None in row:
                for side, left in zip(sides, row, strict=True):
                    failing[side] = failing[side] or ("" if left is not None else node.path)
        self.known |= failing


def _tried(rule: _Rule, sides: tuple[int | None, ...]) -> int | None:
    """What a rule makes of sides; None if they do not fit, or did not before."""
    if None in sides:
        return None
    try:
        return rule(sides)
    except (ValueError, ShapeError):
        return None


def _rule(node: Node, question: Question, axis: int) -> _Rule:
    assert node.io is not None, "the caller knows the shapes"
    x = node.io.x if node.inputs else ()
    if len(x) != 3:
        return partial(_no_map)
    if _freezes(node):
        return partial(_frozen, x[axis + 1] if question == "run" else 0)
    if len(node.inputs) > 1:
        return partial(_equal, isinstance(node.op, Mul))
    window = _window(node, question)
    if _slides(node) and window is None:
        return partial(_unchanged)
    if _slides(node) and window is not None and node.op.role in ("conv", "pool"):
        return partial(_slid, window, axis)
    return partial(_inferred, node.op, x, axis)


def _no_map(sides: tuple[int, ...]) -> int:
    del sides
    return 0


def _unchanged(sides: tuple[int, ...]) -> int:
    return sides[0]


def _frozen(declared: int, sides: tuple[int, ...]) -> int:
    if declared and sides[0] != declared:
        raise ValueError
    return 0


def _equal(broadcasts: bool, sides: tuple[int, ...]) -> int:  # noqa: FBT001 - bound by partial
    largest = max(sides)
    if any(side != largest and not (broadcasts and side == 1) for side in sides):
        raise ValueError
    return largest


def _slid(window: Window, axis: int, sides: tuple[int, ...]) -> int:
    """The side of the output, without the arithmetic that `Window.side` keeps for people."""
    size, stride = sides[0], window.stride[axis]
    if window.same:
        return -(-size // stride)
    near, far = window.pad[2 * axis], window.pad[2 * axis + 1]
    reach = size + near + far - window.extent[axis]
    out = (-(-reach // stride) if window.ceil else reach // stride) + 1
    if window.ceil and (out - 1) * stride >= size + near:
        out -= 1
    if out < 1:
        raise ValueError
    return out


def _inferred(op: Op, x: Shape, axis: int, sides: tuple[int, ...]) -> int:
    """Whatever the operator itself says of a map with this side. Raises ShapeError."""
    shape = (x[0], sides[0], x[2]) if axis == 0 else (x[0], x[1], sides[0])
    output = op.output(shape)
    return output[axis + 1] if len(output) == 3 else 0
