"""Networks for the range of inputs, and what a trial of every side finds."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from archspec.graph import build, resolve
from tests.helpers import arch, graph_of

if TYPE_CHECKING:
    from archspec.analysis import SideRange
    from archspec.graph import Graph, Node
    from archspec.ops import Shape

TRIED = range(1, 65)

# Every operator that says something of sides, in the forms that say it differently.
WINDOWS = (
    "conv(4, 3)",
    "conv(4, 3, stride=2, pad=1)",
    "conv(4, 5x3, dilation=2x1)",
    "conv(4, 4, pad=same, stride=3)",
    "conv(4, 3, pad=[1, 0, 2, 0])",
    "conv(4, 3, pad=1, pad_mode=reflect)",
    "conv(4, 5, pad=same, pad_mode=reflect, stride=2)",
    "conv(4, 3, pad=2, pad_mode=circular)",
    "conv(4, 2, share=false)",
    "conv(4, 3, stride=2, share=false)",
    "conv(4, 3, pad=same, stride=2, share=false)",
    "subsample(2)",
    "maxpool(2)",
    "maxpool(2x3, stride=3x2)",
    "maxpool(3, stride=2, ceil=true)",
    "maxpool(1, stride=3, ceil=true)",
    "maxpool(3, stride=2, pad=same, ceil=true)",
    "maxpool(3, stride=3, pad=[0, 1, 0, 1], ceil=true)",
    "avgpool(3, stride=2, pad=1, ceil=true)",
    "avgpool(3, stride=2, pad=[1, 0, 0, 1])",
    "avgpool(3, stride=2, pad=[0, 1, 1, 0], ceil=true)",
    "avgpool(3, stride=2, pad=[0, 1, 1, 0], ceil=true, count_pad=true)",
    "l2pool(3, stride=2, pad=1)",
    "l2pool(3, stride=2, ceil=true)",
    "l2pool(3, stride=2, pad=[1, 0, 0, 1], ceil=true)",
    "zero_pad_shortcut(4, 2)",
)
RESIZES = (
    "pad(1)",
    "pad([0, 2, 1, 0], mode=replicate)",
    "pad(2, mode=reflect)",
    "pad(3, mode=circular)",
    "crop(1)",
    "crop([0, 1, 2, 0])",
    "upsample(2)",
    "upsample(3x2, mode=bilinear)",
    "conv_transpose(4, 2, stride=2)",
    "conv_transpose(4, 3, stride=2, pad=1, out_pad=1)",
    "conv_transpose(4, 3, pad=2)",
    "conv_transpose(4, 3, pad=[1, 0, 2, 0])",
    "adaptive_avgpool(5)",
    "adaptive_avgpool(3x7)",
)
KEEPING = ("bn", "lrn(3)", "relu", "shuffle(2)", "slice(0, 2) -> conv(4, 1)", "softmax")
MERGES = (
    "add { | identity | conv(4, 3, pad=1) }",
    "add { | identity | maxpool(2) -> upsample(2) }",
    "add { | maxpool(2) | conv(4, 3, stride=2, pad=1) }",
    "add { | conv(4, 3, pad=1) | adaptive_avgpool(12) }",
    "add { | maxpool(3, stride=2) -> upsample(2) -> pad(1) | identity }",
    "sub { | avgpool(2) -> conv_transpose(4, 2, stride=2) | identity }",
    "concat { | maxpool(2, ceil=true) | conv(4, 3, stride=2, pad=1) } -> conv(4, 1)",
)
GATES = (
    "mul { | identity | global_avgpool(keep=true) -> conv(4, 1) -> sigmoid }",
    "mul { | identity | avgpool(8) -> sigmoid }",
    "mul { | identity | maxpool(9, stride=4, ceil=true) }",
    "mul { | identity | conv(4, 12) -> sigmoid }",
    "mul { | conv(4, 3) | conv(4, 12) }",
    "mul { | maxpool(2) -> upsample(2) | identity }",
    "mul { | adaptive_avgpool(3) | maxpool(4) | maxpool(8) }",
    "mul { | adaptive_avgpool(3) | adaptive_avgpool(1) }",
)
ENDS = (
    "conv(1, 1)",
    "linear(3)",
    "global_avgpool -> linear(3)",
    "global_maxpool(keep=true)",
    "flatten -> relu -> bn -> linear(3)",
    "concat { | flatten | global_avgpool } -> slice(1, end) -> linear(3)",
    "add { | flatten -> linear(4) -> slice(1, 3) | global_avgpool -> linear(2) }",
)
STATEMENTS = (*WINDOWS, *RESIZES, *KEEPING, *MERGES, *GATES)
# Each with one of the ends, which come around.
CASES = [(text, ENDS[number % len(ENDS)]) for number, text in enumerate(STATEMENTS)]
HEAD = 'head aux(loss_weight=0.3, phase="train") { avgpool(5, stride=3) -> linear(10) }'


@st.composite
def networks(draw: st.DrawFn) -> Graph | None:
    """Any of these operators in a row; None where they do not fit each other."""
    statements = draw(st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=4))
    if draw(st.integers(0, 4)) == 0:
        statements.insert(draw(st.integers(0, len(statements))), HEAD)
    height, width = draw(st.integers(6, 30)), draw(st.integers(6, 30))
    return sound([*statements, draw(st.sampled_from(ENDS))], f"4x{height}x{width}")


def sound(statements: list[str], x: str) -> Graph | None:
    """The network, or None if a node has no shape."""
    graph = graph_of(arch(*statements, x=x))
    return graph if all(node.io for node in graph.nodes.values()) else None


@cache
def alone(statement: str, end: str) -> Graph:
    """A statement between a convolution and an end, at the first input that it takes."""
    inputs = ("4x14x13", "4x12x12", "4x8x8", "4x24x25", "4x9x10")
    found = (sound(["conv(4, 1)", statement, end], x) for x in inputs)
    return next(graph for graph in found if graph)


def with_side(entry: Node, axis: int, side: int) -> Shape:
    """The shape of an input with other rows (axis 0) or columns."""
    shape = list(entry.output or ())
    shape[axis + 1] = side
    return tuple(shape)


def builds(graph: Graph, axis: int) -> list[int]:
    """The sides at which the spec elaborates."""
    raw = build(graph.spec)
    found = ((side, resolve(raw, with_side(graph.input, axis, side))) for side in TRIED)
    return [side for side, other in found if all(node.io for node in other.nodes.values())]


def told(sides: SideRange) -> list[int]:
    """The sides that a range is said to have."""
    return [side for side in TRIED if sides.takes(side)]
