"""Receptive fields: which input pixels an output sees.

Source: Araujo, Norris and Sim 2019, sec. 2 (the recursion); a join takes the union of its lanes.
Behind what enlarges a map outputs differ: there the boxes of a whole period are followed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from archspec.analysis.axis import (
    MAX_PERIOD,
    PIXELS,
    Axis,
    common_period,
    even,
    joined,
    pair_text,
    period_of,
    seen,
    slid,
)
from archspec.ops import Mul

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archspec.graph import Graph, Node
    from archspec.ops import Window

Jump = tuple[int | Fraction, int | Fraction]
Status = Literal["aligned", "misaligned", "upper_bound", "whole_input", "unavailable"]


@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """What the outputs of a node see.

    Args:
        y, x: rows and columns; None for the whole input, or where they are not known.
        centred: whether the lanes of every merge before had the same centres.
        global_context: whether each output is multiplied by a number that sees all of a map.
        reason: why it is not known; "" if it is.
    """

    y: Axis | None = None
    x: Axis | None = None
    centred: bool = True
    global_context: bool = False
    reason: str = ""

    @property
    def status(self) -> Status:
        """What kind of answer it is; `upper_bound` where some outputs see less than others."""
        if self.y is None or self.x is None:
            return "unavailable" if self.reason else "whole_input"
        if self.least != self.size:
            return "upper_bound"
        return "aligned" if self.centred else "misaligned"

    @property
    def size(self) -> tuple[int, int] | None:
        """Rows and columns, None for the whole input or where it is not known."""
        return (self.y.size, self.x.size) if self.y and self.x else None

    @property
    def jump(self) -> Jump | None:
        """How far apart neighbouring outputs are, along rows and columns."""
        return (self.y.jump, self.x.jump) if self.y and self.x else None

    @property
    def start(self) -> tuple[int, int] | None:
        """The first row and column that output (0,0) sees; negative in the padding."""
        return (self.y.start, self.x.start) if self.y and self.x else None

    @property
    def centre(self) -> tuple[Fraction, Fraction] | None:
        """The middle of what output (0,0) sees."""
        return (self.y.centre, self.x.centre) if self.y and self.x else None

    @property
    def least(self) -> tuple[int, int] | None:
        """The rows and columns of the outputs that see least."""
        return (self.y.least, self.x.least) if self.y and self.x else None


_WHOLE = ReceptiveField()


def receptive_fields(graph: Graph) -> Mapping[str, ReceptiveField]:
    """The receptive field of every node, in one pass along the data."""
    fields: dict[str, ReceptiveField] = {}
    for path, node in graph.nodes.items():
        fields[path] = _field(node, fields)
    return fields


def last_map(graph: Graph, fields: Mapping[str, ReceptiveField]) -> Node:
    """The node whose field is that of the network: the last map on the way to its outputs.

    What sees the whole input, and vectors, are gone through backwards; of several maps behind
    which these begin it is the first one whose field is not known, else the last one. Without any
    it is the output.
    """
    reached, waiting = set[str](), [*graph.spec.outputs]
    ends = set[str]()
    while waiting:
        path = waiting.pop()
        if path in reached:
            continue
        reached.add(path)
        node, field = graph[path], fields[path]
        vector = node.io is not None and len(node.io.output) == 1
        if vector or field.status == "whole_input":
            waiting += node.inputs
        else:
            ends.add(path)
    ordered = [node for path, node in graph.nodes.items() if path in ends]
    unknown = [node for node in ordered if fields[node.path].reason]
    return next(iter((*unknown, *ordered[::-1])), graph.output)


def lanes(node: Node, fields: Mapping[str, ReceptiveField]) -> tuple[str, ...]:
    """The sources whose fields a node unites.

    Of a product all but the factors that are one number a map or see the whole input: they add
    global context and leave what the map sees.
    """
    if not isinstance(node.op, Mul) or node.io is None:
        return node.inputs
    pairs = zip(node.inputs, node.io.inputs, strict=True)
    return tuple(
        source
        for source, shape in pairs
        if shape == node.io.output and fields[source].status != "whole_input"
    )


def _field(node: Node, fields: Mapping[str, ReceptiveField]) -> ReceptiveField:
    if node.io is None:
        lost = (fields[source].reason for source in node.inputs)
        unknown = f"the shape of `{node.path}` is not known"
        return ReceptiveField(reason=next(filter(None, lost), unknown))
    if not node.inputs:
        return ReceptiveField(PIXELS, PIXELS) if len(node.io.output) == 3 else _WHOLE
    if node.op.whole_input:
        return _WHOLE
    if len(node.inputs) == 1:
        return _through(node, fields[node.inputs[0]])
    sources = lanes(node, fields)
    field = _join(node, sources, [fields[source] for source in sources]) if sources else _WHOLE
    if len(sources) < len(node.inputs) and field.y:
        return replace(field, global_context=True)
    return field


def _through(node: Node, before: ReceptiveField) -> ReceptiveField:
    """What an operator with one input makes of that one's field."""
    if before.y is None or before.x is None or node.io is None:
        return before
    sights = node.op.sight(node.io.x)
    if sights is not None:
        axes = (before.y, before.x)
        if max(map(period_of, axes, sights)) > MAX_PERIOD:
            return _without_end(node)
        return _with_axes(node, before, seen(before.y, sights[0]), seen(before.x, sights[1]))
    window = node.op.window(node.io.x)
    if window is None:
        return before
    y = _slid(before.y, window, 0)
    alike = before.x is before.y and _is_square(window)
    return _with_axes(node, before, y, y if alike else _slid(before.x, window, 1))


def _slid(axis: Axis, window: Window, side: int) -> Axis | None:
    dilation = window.dilation[side]
    extent = dilation * (window.kernel[side] - 1) + 1
    return slid(axis, extent, window.stride[side], window.pad[2 * side], dilation)


def _is_square(window: Window) -> bool:
    """Whether it sees rows as it sees columns."""
    pairs = (window.kernel, window.stride, window.pad[::2], window.dilation)
    return all(rows == columns for rows, columns in pairs)


def _with_axes(
    node: Node, before: ReceptiveField, y: Axis | None, x: Axis | None
) -> ReceptiveField:
    if y is None or x is None:
        gaps = "what it reads are gaps that a transposed convolution leaves"
        return ReceptiveField(reason=f"no output of `{node.path}` sees the input: {gaps}")
    return ReceptiveField(y, x, before.centred, before.global_context)


def _without_end(node: Node) -> ReceptiveField:
    reason = f"the outputs of `{node.path}` see alike only after more than {MAX_PERIOD:,} of them"
    return ReceptiveField(reason=reason)


def _join(node: Node, sources: Sequence[str], fields: Sequence[ReceptiveField]) -> ReceptiveField:
    """The union of what lanes see."""
    assert node.io is not None, "the caller knows the shapes"
    lost = next((field for field in fields if field.reason), None)
    rows = [field.y for field in fields if field.y]
    columns = [field.x for field in fields if field.x]
    if lost or len(rows) < len(fields):
        return lost or _WHOLE
    axes = ((rows, _side(node, 0)), (columns, _side(node, 1)))
    if any(side > 1 and not even(each) for each, side in axes):
        return ReceptiveField(reason=_uneven(node, sources, fields))
    if any(common_period(each) > MAX_PERIOD for each, _ in axes):
        return _without_end(node)
    y, y_centred = joined(*axes[0])
    alike = axes[0][1] == axes[1][1] and all(field.x is field.y for field in fields)
    x, x_centred = (y, y_centred) if alike else joined(*axes[1])
    together = ReceptiveField(
        centred=y_centred and x_centred and all(field.centred for field in fields),
        global_context=any(field.global_context for field in fields),
    )
    return _with_axes(node, together, y, x)


def _side(node: Node, axis: int) -> int:
    """Rows or columns of its output; units of a vector stand for as many places."""
    output = node.io.output if node.io else ()
    return output[1 + axis] if len(output) == 3 else 2


def _uneven(node: Node, sources: Sequence[str], fields: Sequence[ReceptiveField]) -> str:
    """Which lanes differ, and by what."""
    pairs = zip(sources, fields, strict=True)
    jumps = {source: field.jump for source, field in pairs if field.jump}
    first, other = differing(jumps)
    told = ", ".join(f"`{source}` {pair_text(*jumps[source])}" for source in (first, other))
    return f"the lanes of `{node.path}` have different jumps: {told}"


def differing(jumps: Mapping[str, Jump]) -> tuple[str, str]:
    """The first lane, and the first one that jumps otherwise."""
    first, *others = jumps
    return first, next(other for other in others if jumps[other] != jumps[first])
