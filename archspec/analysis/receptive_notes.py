"""What is said of a receptive field in words: where it lies, and how sure its size is."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from archspec.analysis.axis import common_period, first_apart, pair_text
from archspec.analysis.receptive import lanes
from archspec.ops import written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from archspec.analysis.axis import Axis, Box
    from archspec.analysis.receptive import ReceptiveField
    from archspec.graph import Graph, Node

LONGEST_PATTERN = 8  # boxes of a period that are written out
WHOLE = "every output sees the whole input"
GAPS = "nothing"


def field_remark(field: ReceptiveField) -> str:
    """Jump and place in one line; why it is not known; or that it is everything."""
    if field.y is None or field.x is None:
        return field.reason or WHOLE
    place = _both(field.y, field.x, lambda axis: _range(axis.boxes[0]))
    words = [f"jump {pair_text(field.y.jump, field.x.jump)}, output (0,0) sees {place}"]
    words += [field.status.replace("_", " ")] * (field.status in ("misaligned", "upper_bound"))
    words += ["global context"] * field.global_context
    return ", ".join(words)


def field_notes(graph: Graph, node: Node, fields: Mapping[str, ReceptiveField]) -> Iterator[str]:
    """What else belongs to the field of a node, a sentence each."""
    field = fields[node.path]
    if field.y is None or field.x is None:
        return
    yield f"centre of output (0,0): {_both(field.y, field.x, _centre)}"
    yield from _within(graph, node, field.y, field.x)
    yield from _pattern(field.y, field.x)
    sources = lanes(node, fields)
    if len(sources) > 1 or not field.centred:
        yield from _lanes(_origin(graph, node, fields), fields)
    if field.global_context:
        yield "global context: numbers that see a whole map multiply it; the size leaves them out"


def _both(y: Axis, x: Axis, told: Callable[[Axis], str]) -> str:
    """The same of rows and columns, once where they agree."""
    rows, columns = told(y), told(x)
    if rows == columns:
        return f"rows and columns {rows}"
    return f"rows {rows} and columns {columns}"


def _range(box: Box | None) -> str:
    return f"{box[0]}..{box[1]}" if box else GAPS


def _centre(axis: Axis) -> str:
    """`-3 + (7 - 1) / 2 = 0`."""
    first, last = axis.seeing[0]
    return f"{first} + ({last - first + 1} - 1) / 2 = {_half(axis.centre)}"


def _half(number: Fraction) -> str:
    """A number of halves, as `0.5` or `3`."""
    return f"{float(number):.1f}".removesuffix(".0")


def _within(graph: Graph, node: Node, y: Axis, x: Axis) -> Iterator[str]:
    """What of two outputs' boxes lies in the input."""
    shapes = {entry.output[1:] for entry in graph.inputs if entry.output}
    if len(shapes) != 1 or node.io is None or len(node.io.output) != 3:
        return
    (height, width), (_, rows, columns) = next(iter(shapes)), node.io.output
    told = []
    for row, column in dict.fromkeys([(0, 0), (rows // 2, columns // 2)]):
        sides = [
            _clipped(axis.box(place), side)
            for axis, place, side in ((y, row, height), (x, column, width))
        ]
        seen = f"{sides[0]}" if sides[0] == sides[1] else f"{sides[0]} x {sides[1]}"
        told.append(f"output ({row},{column}) {seen}")
    yield f"within the {height}x{width} input: {', '.join(told)}"


def _clipped(box: Box | None, side: int) -> str:
    """The part of it that is no padding."""
    if box is not None and (box[1] < 0 or box[0] >= side):
        return "padding only"
    return _range(box and (max(box[0], 0), min(box[1], side - 1)))


def _pattern(y: Axis, x: Axis) -> Iterator[str]:
    """What the outputs of a period see, where they do not see alike."""
    if y.least < y.size or x.least < x.size:
        least, most = written((y.least, x.least)), written((y.size, x.size))
        yield f"upper bound: by their place outputs see {least} to {most}"
    both = "rows and columns"
    for word, axis in ((both, y),) if y == x else (("rows", y), ("columns", x)):
        if axis.period == 1:
            continue
        boxes = ", ".join(map(_range, axis.boxes))
        shown = f": {boxes}" if axis.period <= LONGEST_PATTERN else ""
        pixels = f"{axis.step:,} pixel{'s' * (axis.step > 1)}"
        yield f"{word} of {axis.period:,} outputs, then the same {pixels} further{shown}"


def _origin(graph: Graph, node: Node, fields: Mapping[str, ReceptiveField]) -> Node:
    """The merge from which a field is misaligned; a merge that is not is its own."""
    while not fields[node.path].centred:
        before = [source for source in lanes(node, fields) if not fields[source].centred]
        if not before:
            break
        node = graph[before[0]]
    return node


def _lanes(node: Node, fields: Mapping[str, ReceptiveField]) -> Iterator[str]:
    """The lanes of a merge, how much each sees, and whether around one middle."""
    pairs = ((source, fields[source]) for source in lanes(node, fields))
    found = [(source, field.y, field.x) for source, field in pairs if field.y and field.x]
    row, column = (
        first_apart(axes, common_period(axes)) or 0
        for axes in ([y for _, y, _ in found], [x for _, _, x in found])
    )
    word = "aligned" if fields[node.path].centred else "misaligned"
    yield f"{word}: the lanes of `{node.path}` at output ({row},{column})"
    for source, y, x in found:
        middle = pair_text(_middle(y, row), _middle(x, column))
        yield f"  {written((y.size, x.size))} around {middle}: {source}"


def _middle(axis: Axis, output: int) -> str:
    box = axis.box(output)
    return _half(Fraction(sum(box), 2)) if box else GAPS
