"""The smallest input that a network's windows fit, by trying."""

from __future__ import annotations

import pytest

from archspec.analysis import input_ranges
from archspec.graph import read_graph
from archspec.schema import Target
from archspec.source import Source
from tests.helpers import arch, graph_of


def notes(*statements: str, x: str) -> list[str]:
    graph = read_graph(Target(Source("net.arch", arch(*statements, x=x)), None))
    notes = [note for found in graph.diagnostics for note in found.notes]
    return [note for note in notes if note.startswith("the smallest")]


@pytest.mark.parametrize(
    ("statements", "smallest"),
    [
        (("conv(1, 5)",), 5),
        (("conv(1, 5)", "maxpool(2)", "conv(1, 5)"), 14),  # 5 <- 10 <- 14
        # AlexNet of one tower: 1 <- 3 <- 3 <- 7 <- 7 <- 15 <- 67
        (
            (
                "conv(1, 11, stride=4)",
                "maxpool(3, stride=2)",
                "conv(1, 5, pad=2)",
                "maxpool(3, stride=2)",
                "conv(1, 3, pad=1)",
                "maxpool(3, stride=2)",
            ),
            67,
        ),
    ],
)
def test_the_smallest_input_is_named(statements: tuple[str, ...], smallest: int):
    expected = f"the smallest input of this network is {smallest}x{smallest}"
    assert notes(*statements, x="1x4x4") == [expected]
    assert notes(*statements, x=f"1x{smallest - 1}x{smallest - 1}") == [expected]
    assert notes(*statements, x=f"1x{smallest}x{smallest}") == []


def test_a_head_is_part_of_the_network():
    """The smallest is where the analyzer says that the network builds."""
    head = 'head aux(loss_weight=0.3, phase="train") { avgpool(5, stride=3) -> linear(2) }'
    statements = ("conv(1, 3, pad=1)", head, "global_avgpool", "linear(2)")
    assert notes(*statements, x="1x4x4") == ["the smallest input of this network is 5x5"]
    (asked,) = input_ranges(graph_of(arch(*statements, x="1x5x5")), "build").values()
    assert (asked.height.smallest, asked.height.binds_below) == (5, "aux.avgpool")


def test_merges_may_need_more_than_their_windows():
    """The convolution needs 3 rows, and 3 are not twice as many as a half."""
    net = ("add { | identity | maxpool(2) -> upsample(2) }", "conv(1, 3)")
    assert notes(*net, x="1x2x2") == ["the smallest input of this network is 4x4"]
    assert notes(*net, x="1x4x4") == []


def test_no_size_is_named_where_a_merge_needs_a_far_larger_one():
    """98 rows are 90 behind the convolution, which needs 9."""
    assert notes("conv(1, 9)", "add { | identity | adaptive_avgpool(90) }", x="1x8x8") == []


def test_it_is_not_named_where_it_cannot_be_known():
    assert notes("conv(1, 5)", x="1x4x8") == []  # not square
    assert notes("conv(1, 5)", "cnov(1)", x="1x4x4") == []  # another error
    assert notes("conv(1, 5)", "repeat 12 { maxpool(2) }", x="1x4x4") == []  # above 2048
