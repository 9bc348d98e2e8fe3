"""Receptive fields: which input pixels an output sees.

Source: Araujo, Norris and Sim 2019, sec. 2 (the recursion); a join takes the union of its lanes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from archspec.ops import Expr, Mul, Term, Window

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archspec.graph import Graph, Node
    from archspec.ops import Op, Shape, Sight, Terms

Status = Literal["aligned", "misaligned", "upper_bound", "whole_input", "unavailable"]


@dataclass(frozen=True, slots=True)
class Axis:
    """Along rows or columns, in input pixels.

    Args:
        size: how many an output sees.
        jump: between what neighbouring outputs see.
        start: the first one output 0 sees; negative in the padding.
    """

    size: int
    jump: int
    start: int


@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """What one output of a node sees; `y` and `x` are None unless `status` tells of a box."""

    status: Status
    y: Axis | None = None
    x: Axis | None = None

    @property
    def size(self) -> tuple[int, int] | None:
        """Rows and columns, None for the whole input or where it is not known."""
        return (self.y.size, self.x.size) if self.y and self.x else None


_UNKNOWN = ReceptiveField("unavailable")
_WEAKEST_FIRST: tuple[Status, ...] = ("upper_bound", "misaligned", "aligned")


def receptive_fields(graph: Graph) -> Mapping[str, ReceptiveField]:
    """The receptive field of every node, in one pass along the data."""
    fields: dict[str, ReceptiveField] = {}
    for path, node in graph.nodes.items():
        fields[path] = _field(node, tuple(fields[source] for source in node.inputs))
    return fields


def _field(node: Node, inputs: tuple[ReceptiveField, ...]) -> ReceptiveField:
    if node.io is None:
        return _UNKNOWN
    if not inputs:
        one = Axis(1, 1, 0)
        return ReceptiveField("aligned", one, one) if len(node.io.output) == 3 else _whole()
    if node.op.whole_input:
        return _whole()
    if isinstance(node.op, Mul):  # factors of whole maps leave what the map sees
        inputs = tuple(field for field in inputs if field.size) or inputs
    return _through(node.op, node.io.x, _join(inputs))


def _whole() -> ReceptiveField:
    return ReceptiveField("whole_input")


def _through(op: Op, x: Shape, before: ReceptiveField) -> ReceptiveField:
    """What an operator over an input of shape `x` makes of its input's field."""
    window, sight = op.window(x), op.sight(x)
    if before.y is None or before.x is None:
        return before
    if sight is not None:
        return _bounded(before.y, before.x, sight)
    if window is None:
        return before
    return ReceptiveField(before.status, _slide(before.y, window, 0), _slide(before.x, window, 1))


def _slide(axis: Axis, window: Window, side: int) -> Axis:
    return Axis(
        size=axis.size + (window.extent[side] - 1) * axis.jump,
        jump=axis.jump * window.stride[side],
        start=axis.start - window.pad[2 * side] * axis.jump,
    )


def _bounded(y: Axis, x: Axis, sight: Sight) -> ReceptiveField:
    """An upper bound; not known where neighbouring outputs lie less than a pixel apart."""
    axes = []
    for side, axis in enumerate((y, x)):
        jump = axis.jump * sight.step[side]
        if jump.denominator != 1:
            return _UNKNOWN
        size = axis.size + (sight.taps[side] - 1) * axis.jump
        axes.append(Axis(size, int(jump), axis.start + sight.first[side] * axis.jump))
    return ReceptiveField("upper_bound", *axes)


def _join(inputs: tuple[ReceptiveField, ...]) -> ReceptiveField:
    """The union of what the inputs see; one input passes as it is."""
    first = inputs[0]
    if len(inputs) == 1:
        return first
    for status in ("unavailable", "whole_input"):
        if any(field.status == status for field in inputs):
            return ReceptiveField(status)
    rows = tuple(field.y for field in inputs if field.y)
    columns = tuple(field.x for field in inputs if field.x)
    if len({axis.jump for axis in rows}) > 1 or len({axis.jump for axis in columns}) > 1:
        return _UNKNOWN
    centred = all(len({2 * a.start + a.size for a in axes}) == 1 for axes in (rows, columns))
    statuses: set[Status] = {field.status for field in inputs}
    if not centred:
        statuses.add("misaligned")
    status = next(status for status in _WEAKEST_FIRST if status in statuses)
    return ReceptiveField(status, _union(rows), _union(columns))


def _union(axes: tuple[Axis, ...]) -> Axis:
    start = min(axis.start for axis in axes)
    end = max(axis.start + axis.size for axis in axes)
    return Axis(end - start, axes[0].jump, start)


def steps(graph: Graph, node: Node, fields: Mapping[str, ReceptiveField]) -> Terms:
    """How the last window on the way to `node` widened the field, for `explain`.

    The size along the rows, and along the columns where they differ; at a merge, in the lane that
    sees as much as the merge.
    """
    while node.io and node.inputs and not _changes_field(node.op, node.io.x):
        size = fields[node.path].size
        whole = (source for source in node.inputs if fields[source].size == size)
        source = next(whole, None)
        if source is None:
            return ()  # a merge of lanes none of which sees it all
        node = graph[source]
    window = node.op.window(node.io.x) if node.io and node.inputs else None
    if node.io and node.inputs and node.op.sight(node.io.x):
        return ()  # an upper bound that no single sum explains
    before = _join(tuple(fields[source] for source in node.inputs)) if node.inputs else None
    if window is None or before is None or before.y is None or before.x is None:
        return ()
    rows = _widened(before.y, window, 0)
    columns = _widened(before.x, window, 1)
    if str(rows) == str(columns):
        return (Term("rows and columns", rows),)
    return (Term("rows", rows), Term("columns", columns))


def _changes_field(op: Op, x: Shape) -> bool:
    return op.window(x) is not None or op.sight(x) is not None


def _widened(axis: Axis, window: Window, side: int) -> Expr:
    taps = Expr(window.kernel[side]) - 1
    reach = taps if window.dilation[side] == 1 else Expr(window.dilation[side]) * taps
    return Expr(axis.size) + reach * axis.jump
