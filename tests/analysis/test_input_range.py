"""Which input sides a network takes: against a search that tries every one of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.analysis import SideRange, input_range
from archspec.graph import Graph, resolve
from archspec.ops import Conv, Shape, Window
from tests.helpers import arch, graph_of


def builds(graph: Graph, height: int, width: int) -> bool:
    """Whether shapes can be inferred throughout for an input of these sides."""
    shape = (graph.input.output or ())[0], height, width
    return all(node.io for node in resolve(graph_as_built(graph), shape).nodes.values())


def graph_as_built(graph: Graph) -> Graph:
    """The graph before shapes were inferred."""
    from archspec.graph import build

    return build(graph.spec)


@pytest.mark.parametrize(
    ("statements", "x", "build", "run", "binds"),
    [
        # LeNet-5: (s - 4) / 2 - 4 ... = 1 at 32; 36 would give C5 2x2 for 84 x 120 weights
        (
            [
                "conv(6, 5)",
                "avgpool(2)",
                "conv(16, 5)",
                "avgpool(2)",
                "c: conv(120, 5)",
                "linear(84)",
            ],
            "1x32x32",
            "32 and more",
            "32..35",
            ("c", "linear"),
        ),
        # compiled for 8 rows it has one row of padding: 4 outputs reach over 9, or 10 with a rest
        (
            ["conv(4, 3, pad=same, stride=2)", "linear(3)"],
            "1x8x8",
            "1 and more",
            "8..9",
            ("linear", "linear"),
        ),
        (
            ["conv(4, 3)", "global_avgpool", "linear(3)"],
            "1x8x8",
            "3 and more",
            "3 and more",
            ("conv", ""),
        ),
        (
            ["maxpool(2, ceil=true)", "maxpool(2, ceil=true)"],
            "1x8x8",
            "1 and more",
            "1 and more",
            ("", ""),
        ),
        (["flatten"], "1x8x8", "1 and more", "8", ("flatten", "flatten")),
        (
            ["conv(2, 1)", "adaptive_avgpool(4)", "linear(2)"],
            "1x8x8",
            "1 and more",
            "1 and more",
            ("", ""),
        ),
        # 8 rows become 2*7 + 4 - 2 = 16, then 48, which the dense layer takes and no others
        (
            ["conv_transpose(3, 4, stride=2, pad=1)", "upsample(3)", "linear(2)"],
            "1x8x8",
            "1 and more",
            "8",
            ("linear", "linear"),
        ),
        # two rows fewer
        (
            ["conv_transpose(1, 3, pad=2)", "linear(2)"],
            "1x8x8",
            "3 and more",
            "8",
            ("linear", "linear"),
        ),
        # rows 1, 4 and 7; a window that would start behind the last row is left out
        (
            ["relu", "maxpool(1, stride=3, ceil=true)", "linear(2)"],
            "1x8x8",
            "1 and more",
            "7..9",
            ("linear", "linear"),
        ),
        # thirds in one lane, halves in the other: 6 and 7 rows give 6 in both, 8 do not
        (
            ["add { | maxpool(2) -> upsample(2) | maxpool(3) -> upsample(3) }"],
            "1x12x12",
            "6 and more, modulo 6: 0, 1",
            "6 and more, modulo 6: 0, 1",
            ("add", ""),
        ),
        # twice, half, and half again: rounded down in one lane and up in the other
        (
            [
                "conv_transpose(2, 2, stride=2)",
                "conv(2, 3, stride=2, pad=1)",
                "c: concat { | maxpool(2) | conv(2, 3, stride=2, pad=1) }",
            ],
            "1x8x8",
            "multiples of 2, 2 and more",
            "multiples of 2, 2 and more",
            ("c.maxpool", ""),
        ),
        # half and twice: only even sides come back to themselves
        (
            ["a: conv(4, 1)", "b: maxpool(2) -> upsample(2)", "add(@a, @b)"],
            "1x8x8",
            "multiples of 2, 2 and more",
            "multiples of 2, 2 and more",
            ("b.maxpool", ""),
        ),
    ],
)
def test_sides_by_hand(
    statements: list[str], x: str, build: str, run: str, binds: tuple[str, str]
) -> None:
    """Both questions, and the nodes that fail one below and one above the range of `run`."""
    graph = graph_of(arch(*statements, x=x))
    asked, answered = input_range(graph, "build"), input_range(graph, "run")
    assert asked is not None
    assert answered is not None
    assert (str(asked.height), str(answered.height)) == (build, run)
    assert asked.height == asked.width
    assert (answered.height.binds_below, answered.height.binds_above) == binds


layers = st.sampled_from(
    [
        "conv(2, 3)",
        "conv(2, 3, stride=2, pad=1)",
        "conv(2, 5, dilation=2)",
        "conv(2, 4, pad=same, stride=3)",
        "maxpool(2)",
        "maxpool(3, stride=2, ceil=true)",
        "avgpool(3, stride=1, pad=1)",
        "pad(1)",
        "crop(1)",
        "conv_transpose(2, 2, stride=2)",
        "upsample(2)",
        "add { | identity | conv(2, 3, pad=1) }",
        "concat { | maxpool(2) | conv(2, 3, stride=2, pad=1) }",
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(layers, min_size=1, max_size=4))
def test_the_range_is_what_a_search_finds(statements: list[str]) -> None:
    """The declared input is large and even enough for every drawn network."""
    graph = graph_of(arch("conv(2, 1)", *statements, x="2x96x96"))
    if any(node.io is None for node in graph.nodes.values()):
        return
    found = input_range(graph, "build")
    assert found is not None
    side = found.height
    takes = [size for size in range(1, 97) if builds(graph, size, 96)]
    told = [size for size in range(side.smallest, 97) if size % side.period in side.residues]
    assert (takes[0], takes) == (side.smallest, told)


@pytest.mark.parametrize(
    ("side", "text"),
    [
        (SideRange(29, None), "29 and more"),
        (SideRange(32, 35), "32..35"),
        (SideRange(28, 28), "28"),
        (SideRange(8, 8, 2, (0,)), "8"),
        (SideRange(16, None, 16, (0,)), "multiples of 16, 16 and more"),
        (SideRange(6, 20, 4, (2, 3)), "6..20, modulo 4: 2, 3"),
    ],
)
def test_how_a_side_is_written(side: SideRange, text: str) -> None:
    assert str(side) == text


def test_a_merge_may_refuse_the_largest_side_that_windows_take() -> None:
    """4 outputs come of 8 or 9 rows, but 9 are not twice 4."""
    merge = "add { | identity | maxpool(2) -> upsample(2) }"
    graph = graph_of(arch(merge, "conv(1, 2, stride=2)", "linear(2)", x="1x8x8"))
    found = input_range(graph, "run")
    assert found is not None
    assert (str(found.height), found.height.binds_above) == ("8", "add")


def test_rows_and_columns_differ() -> None:
    found = input_range(graph_of(arch("conv(1, 3x7)", x="1x9x9")), "build")
    assert found is not None
    assert (found.height.smallest, found.width.smallest) == (3, 7)


@pytest.mark.parametrize("text", ["arch A { input 7\n linear(3) }", arch("conv(1, 99)")])
def test_no_range_without_a_map_or_with_errors(text: str) -> None:
    assert input_range(graph_of(text), "run") is None


def test_heads_of_training_ask_for_nothing() -> None:
    """A head that evaluation leaves out cannot bind the input."""
    head = 'head h(loss_weight=0.3, phase="train") { conv(1, 9) -> linear(2) }'
    graph = graph_of(arch("conv(1, 3)", head, "global_avgpool", x="1x32x32"))
    found = input_range(graph, "build")
    assert found is not None
    assert found.height.smallest == 3


def test_what_instances_share_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times the turns of a repeat ask no operator more often for its window."""
    asked = [0]  # by inference, by the range, by inference, ...
    window = Conv.window

    def counted(self: Conv, x: Shape) -> Window:
        asked[-1] += 1
        return window(self, x)

    monkeypatch.setattr(Conv, "window", counted)
    for turns in (4, 40):
        graph = graph_of(arch(f"repeat {turns} {{ conv(1, 3, pad=1) -> relu }}", x="1x9x9"))
        asked.append(0)
        assert input_range(graph, "run") is not None
        asked.append(0)
    assert asked[1] == asked[3] > 0
