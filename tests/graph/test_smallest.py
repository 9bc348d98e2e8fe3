"""The smallest input that a network's windows fit, by trying."""

from __future__ import annotations

import pytest

from archspec.graph import read_graph
from archspec.schema import Target
from archspec.source import Source
from tests.helpers import arch


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


def test_it_is_not_named_where_it_cannot_be_known():
    assert notes("conv(1, 5)", x="1x4x8") == []  # not square
    assert notes("conv(1, 5)", "cnov(1)", x="1x4x4") == []  # another error
    assert notes("conv(1, 5)", "repeat 12 { maxpool(2) }", x="1x4x4") == []  # above 2048
