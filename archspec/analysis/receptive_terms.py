"""How the size of a receptive field comes about: the windows on the way, as arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from math import prod
from typing import TYPE_CHECKING

from archspec.analysis.axis import pair_text
from archspec.analysis.receptive import lanes
from archspec.ops import Expr, Term, Terms, product, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archspec.analysis.axis import Axis
    from archspec.analysis.receptive import ReceptiveField
    from archspec.graph import Graph, Node
    from archspec.ops import Window

FEWEST_ALIKE = 4  # steps in a row that are told as one
MOST_LINES = 16  # of a way; of a longer one only its end is told


@dataclass(frozen=True, slots=True)
class _Step:
    """A node on the way that changes what outputs see; or several alike, one behind the other."""

    nodes: tuple[Node, ...]
    rows: Expr
    columns: Expr

    def terms(self) -> Terms:
        """A term, or two where rows and columns come about in different ways."""
        first = self.nodes[0]
        times = f", {len(self.nodes)} times" if len(self.nodes) > 1 else ""
        note = f"{_what(first)}{times}"
        if str(self.rows) == str(self.columns):
            return (Term(first.path, self.rows, note),)
        return (
            Term(f"{first.path} rows", self.rows, note),
            Term(f"{first.path} columns", self.columns),
        )


def last_step(graph: Graph, node: Node, fields: Mapping[str, ReceptiveField]) -> Terms:
    """How the last window on the way to `node` widened the field, along rows and columns."""
    passed = _backwards(graph, node, fields)
    last = next((one for one in passed if _window(one) or _changes(one, fields)), None)
    if last is None or fields[node.path].size is None:
        return ()
    rows, columns = (_arithmetic((last,), fields, side) for side in (0, 1))
    if str(rows) == str(columns):
        return (Term("rows and columns", rows),)
    return (Term("rows", rows), Term("columns", columns))


def way(graph: Graph, node: Node, fields: Mapping[str, ReceptiveField]) -> Terms:
    """Every step from the input to `node`, or the last ones of many.

    At a merge the way goes through the lane that sees as much as the merge, else the most.
    """
    before = _steps(graph, node, fields)
    terms: Terms = ()
    while before and len(terms) + len(last := before[-1].terms()) <= MOST_LINES:
        before, terms = before[:-1], (*last, *terms)
    if not before:
        return terms
    rows, columns = before[-1].rows.value, before[-1].columns.value
    told = "" if rows == columns else f"{columns:,} columns"
    return (Term(f"({len(before):,} steps before)", Expr(rows), told), *terms)


def strides(graph: Graph, node: Node, fields: Mapping[str, ReceptiveField]) -> Terms:
    """The strides on the way, whose product is the jump; nothing behind what enlarges a map."""
    passed = [*_backwards(graph, node, fields)][::-1]
    if fields[node.path].size is None or any(map(_enlarges, passed)):
        return ()
    windows = [window for one in passed if (window := _window(one))]
    rows, columns = (
        product(*[w.stride[side] for w in windows if w.stride[side] > 1] or [1]) for side in (0, 1)
    )
    if str(rows) == str(columns):
        return (Term("strides", rows),)
    return (Term("strides of rows", rows), Term("strides of columns", columns))


# --- the way --------------------------------------------------------------------------------------


def _backwards(graph: Graph, node: Node, fields: Mapping[str, ReceptiveField]) -> Iterator[Node]:
    """The nodes of one way to the input, from a node on."""
    yield node
    while sources := lanes(node, fields):
        size = fields[node.path].size
        widest = max(sources, key=lambda source: prod(fields[source].size or (0,)))
        node = graph[next((one for one in sources if fields[one].size == size), widest)]
        yield node


def _steps(graph: Graph, node: Node, fields: Mapping[str, ReceptiveField]) -> list[_Step]:
    """The nodes of the way that change the field, and the last window; those alike as one."""
    if fields[node.path].size is None:
        return []
    passed = [*_backwards(graph, node, fields)][::-1]
    own = next((one for one in passed[::-1] if _window(one) or _changes(one, fields)), None)
    changing = [one for one in passed if one is own or _changes(one, fields)]
    found = []
    for _, group in groupby(enumerate(changing), lambda pair: _kind(pair[0], pair[1], fields)):
        alike = tuple(one for _, one in group)
        for nodes in (alike,) if len(alike) >= FEWEST_ALIKE else ((one,) for one in alike):
            rows, columns = (_arithmetic(nodes, fields, side) for side in (0, 1))
            found.append(_Step(nodes, rows, columns))
    return found


def _changes(node: Node, fields: Mapping[str, ReceptiveField]) -> bool:
    sources = lanes(node, fields)
    if len(sources) > 1:
        size = fields[node.path].size
        return all(fields[source].size != size for source in sources)
    window = _window(node)
    slides = window is not None and (window.extent != (1, 1) or window.stride != (1, 1))
    return slides or _enlarges(node)


def _kind(place: int, node: Node, fields: Mapping[str, ReceptiveField]) -> object:
    """What steps alike have in common; of others their place, so that each is alone."""
    window, field = _window(node), fields[node.path]
    if window is None or window.stride != (1, 1) or not field.y or not field.x:
        return place
    if field.y.period > 1 or field.x.period > 1:
        return place
    return (window.kernel, window.dilation, field.jump)


def _arithmetic(nodes: tuple[Node, ...], fields: Mapping[str, ReceptiveField], side: int) -> Expr:
    """What steps alike make of a size: `r + n * (k - 1) * jump`, else `last - first + 1`."""
    window = _window(nodes[0])
    before = _axis(fields[nodes[0].inputs[0]], side) if window else None
    if window is None or before is None or before.period > 1:
        after = _axis(fields[nodes[0].path], side)
        first, last = max(after.seeing, key=lambda box: box[1] - box[0])
        return Expr(last) - first + 1
    taps = Expr(window.kernel[side]) - 1
    reach = taps if window.dilation[side] == 1 else Expr(window.dilation[side]) * taps
    if len(nodes) > 1:
        reach = Expr(len(nodes)) * reach
    return Expr(before.size) + reach * before.step


def _axis(field: ReceptiveField, side: int) -> Axis:
    axis = (field.y, field.x)[side]
    assert axis is not None, "a way goes along boxes"
    return axis


def _window(node: Node) -> Window | None:
    """Its window; None for one that does not stay the same from place to place."""
    if node.io is None or not node.inputs or _enlarges(node):
        return None
    return node.op.window(node.io.x)


def _enlarges(node: Node) -> bool:
    return bool(node.io and node.inputs and node.op.sight(node.io.x))


def _what(node: Node) -> str:
    """`conv 3x3, stride 2`, `upsample 2x2`, `union of the lanes`."""
    window = _window(node)
    if window is None:
        return "union of the lanes" if node.op.merges else node.op.figure_label()
    words = [f"{node.op.name} {written(window.kernel)}"]
    for name, sides in (("dilation", window.dilation), ("stride", window.stride)):
        words += [f"{name} {pair_text(*sides)}"] * (sides != (1, 1))
    return ", ".join(words)
