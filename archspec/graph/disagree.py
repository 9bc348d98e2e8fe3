"""Why the inputs of a merge disagree: where each lane got its size, and what would help."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archspec.errors import Edit, Fix, Label
from archspec.ops import written
from archspec.source import Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archspec.graph.graph import Node
    from archspec.ops import Shape, Window

MOST_LABELS = 4
FARTHEST = 64  # nodes of a lane that are looked at


@dataclass(frozen=True, slots=True, eq=False)
class _Lane:
    """One input of a merge.

    Args:
        shape: what enters the merge.
        size: of its axis in question; None if it has no such axis.
        nodes: from the merge upwards, as far as they belong to this lane alone.
        end: the node whose output enters.
    """

    shape: Shape
    size: int | None
    nodes: tuple[Node, ...]
    end: Node


@dataclass(frozen=True, slots=True)
class Remedy:
    """What would help, in words and where possible as an edit."""

    help: str | None = None
    fix: Fix | None = None


def disagreement(node: Node, nodes: Mapping[str, Node]) -> tuple[tuple[Label, ...], Remedy]:
    """The lanes that differ beside one that does not, and what to do about it."""
    ends = [nodes[path] for path in node.inputs]
    shapes = [end.output or () for end in ends]
    axis = _axis(shapes, of_concat=node.op.name == "concat")
    lanes = [
        _Lane(shape, shape[axis] if axis < len(shape) else None, alone, end)
        for shape, end, alone in zip(shapes, ends, _alone(ends, nodes), strict=True)
    ]
    usual = Counter(lane.size for lane in lanes).most_common(1)[0][0]
    first = next(lane for lane in lanes if lane.size == usual)
    odd = [lane for lane in lanes if lane.size != usual][: MOST_LABELS - 1]
    shown = [lane for lane in lanes if lane is first or lane in odd] if odd else lanes[:MOST_LABELS]
    labels = tuple(_label(lane, axis, node) for lane in shown)
    if len({len(shape) for shape in shapes}) > 1:
        return labels, Remedy(
            "`global_avgpool(keep=true)` and a 1x1 `conv` for `linear` leave a map"
        )
    return labels, _remedy(shown, axis, node) if odd else Remedy()


def _axis(shapes: Sequence[Shape], *, of_concat: bool) -> int:
    """The first side that differs, else the maps (0)."""
    rank = min(len(shape) for shape in shapes)
    axes: list[int] = [*range(1, rank), *([] if of_concat else [0])]
    for axis in axes:
        if len({shape[axis] for shape in shapes}) > 1:
            return axis
    return 0


def _alone(ends: Sequence[Node], nodes: Mapping[str, Node]) -> list[tuple[Node, ...]]:
    """For each lane its nodes from the end upwards to where it left the others."""
    chains = [_upwards(end, nodes) for end in ends]
    seen = Counter(path for chain in chains for path in {node.path for node in chain})
    return [tuple(node for node in chain if seen[node.path] == 1) for chain in chains]


def _upwards(node: Node, nodes: Mapping[str, Node]) -> list[Node]:
    chain = [node]
    while len(chain) < FARTHEST and len(chain[-1].inputs) == 1:
        chain.append(nodes[chain[-1].inputs[0]])
    return chain


def _maker(lane: _Lane, axis: int) -> Node | None:
    """The last node that changed the size, else the last that computed it."""
    computed = [node for node in lane.nodes if _arithmetic(node, axis)]
    changed = (node for node in computed if _before(node, axis) not in (None, lane.size))
    return next(changed, computed[0] if computed else None)


def _before(node: Node, axis: int) -> int | None:
    """The size that entered."""
    x = node.inferred.x if node.inferred and node.inputs else ()
    return x[axis] if axis < len(x) else None


def _arithmetic(node: Node, axis: int) -> str:
    terms = node.op.shape_terms(*node.inferred.inputs) if node.inferred and node.inputs else ()
    if axis >= len(terms) or terms[axis].amount.is_number:
        return ""
    term = terms[axis]
    return f": {term.amount} = {term.amount.value:,} {term.label}"


def _label(lane: _Lane, axis: int, merge: Node) -> Label:
    maker = _maker(lane, axis)
    how = _arithmetic(maker, axis) if maker else ""
    return Label(_seen_from(merge, maker or lane.end), f"{written(lane.shape)}{how}")


def _seen_from(merge: Node, node: Node) -> Span:
    """The node's call, or the block call in the merge's own body that it comes from."""
    outer, inner = merge.spec.chain, node.spec.chain
    deeper = len(inner) - len(outer)
    if deeper > 0 and inner[deeper:] == outer:
        return inner[deeper - 1].span
    return node.span


def _remedy(lanes: Sequence[_Lane], axis: int, merge: Node) -> Remedy:
    """Advice for the first two lanes that differ."""
    one, other = lanes[0], next(lane for lane in lanes if lane.size != lanes[0].size)
    if one.size is None or other.size is None:
        return Remedy()
    if axis == 0:
        advice = f"end both lanes with as many maps, such as by `conv({one.size}, 1)` in the other"
        return Remedy(advice)
    small, large = sorted((one, other), key=lambda lane: lane.size or 0)
    maker = _maker(small, axis)
    window = maker.op.window(maker.inferred.x) if maker and maker.inferred else None
    if maker is None or window is None or _before(maker, axis) != large.size:
        return Remedy()
    if window.stride[axis - 1] > 1:
        return Remedy("only one lane makes the map smaller: give the other one the same stride")
    pad = _wide_enough(maker, window, large.shape)
    if pad is None:
        return Remedy()
    advice = f"`pad={pad}` in `{maker.path}` keeps {written(large.shape[1:])}"
    return Remedy(advice, _padded(maker, pad) if maker.spec.chain == merge.spec.chain else None)


def _wide_enough(maker: Node, window: Window, kept: Shape) -> str | None:
    """The padding with which a window of stride 1 keeps its input, evenly on both sides of it."""
    assert maker.inferred is not None, "the caller knows the shape"
    pads = list(window.pad)
    if "pad" not in type(maker.op).model_fields:  # a crop
        return None
    for axis in (0, 1):
        before, after = maker.inferred.x[axis + 1], maker.inferred.output[axis + 1]
        missing, odd = divmod(before - after, 2)
        if before != kept[axis + 1] or odd or missing < 0:
            return None
        pads[2 * axis] += missing
        pads[2 * axis + 1] += missing
    top, bottom, left, right = pads
    if (top, left) != (bottom, right):
        return f"[{top}, {bottom}, {left}, {right}]"
    return str(top) if top == left else f"{top}x{left}"


def _padded(maker: Node, pad: str) -> Fix | None:
    """The call with that padding; None where the one it has is no mere number."""
    call, place = maker.span, maker.spec.arguments.get("pad")
    if place is None:
        if not re.search(r"[^,\s]\s*\)$", call.text):
            return None
        end = Span(call.source, call.end - 1, call.end - 1)
        return Fix((Edit(end, f", pad={pad}"),), safe=False)
    if not re.fullmatch(r"(pad\s*=\s*)?[\d\sx,[\]]+", place.text):
        return None
    return Fix((Edit(place, f"pad={pad}" if "=" in place.text else pad),), safe=False)
