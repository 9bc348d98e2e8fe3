"""MACs of a training step: forward, gradient of the weights, gradient of the input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archspec.analysis import Setup, numbers
from tests.helpers import arch, net, report_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archspec.graph import Graph
    from archspec.ops import Terms


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        # the first layer has no input gradient: 2 of 3
        (["a: conv(2, 1)", "b: conv(4, 1)"], {"a": 2 * 2 * 16, "b": 3 * 8 * 16}),
        # what is fixed has no weight gradient; behind nothing trained no gradient at all
        (
            ["a: conv(2, 1, trainable=false)", "b: conv(4, 1)"],
            {"a": 1 * 2 * 16, "b": 2 * 8 * 16},
        ),
        (
            ["a: conv(2, 1)", "b: conv(4, 1, trainable=false)"],
            {"a": 2 * 2 * 16, "b": 2 * 8 * 16},
        ),
        # a norm is trained: its reader needs the gradient of its input
        (["a: bn", "b: conv(4, 1)"], {"a": 0, "b": 3 * 4 * 16}),
        # a second use of weights pays for their gradient again
        (
            ["a: conv(1, 1)", "b: conv(1, 1, weights=@a)"],
            {"a": 2 * 16, "b": 3 * 16},
        ),
        # one trained lane is enough
        (
            ["add { | identity | s: bn }", "b: conv(4, 1)"],
            {"b": 3 * 4 * 16},
        ),
        # a step lets no gradient through: forward only, but for the weights behind it
        (
            ["a: conv(2, 1)", "b: conv(4, 1) -> step", "c: conv(3, 1)", "d: conv(1, 1)"],
            {"a": 1 * 2 * 16, "b": 1 * 8 * 16, "c": 2 * 12 * 16, "d": 3 * 3 * 16},
        ),
        # one way round it is enough
        (
            ["a: conv(2, 1)", "b: add { | step | identity }", "c: conv(4, 1)"],
            {"a": 2 * 2 * 16, "c": 3 * 8 * 16},
        ),
        (["a: conv(2, 1)", "b: step"], {"a": 1 * 2 * 16}),
        # a gradient of 0 is one
        (["a: conv(2, 1) -> sign", "b: conv(4, 1)"], {"a": 2 * 2 * 16, "b": 3 * 8 * 16}),
    ],
)
def test_passes_by_hand(statements: list[str], expected: dict[str, int]) -> None:
    report = net(*statements, x="1x4x4")
    assert {path: report.number(path, "macs.train") for path in expected} == expected


def test_a_head_sends_gradients_back() -> None:
    """Through a step the trunk has none, through its head a has one."""
    report = net(
        "a: conv(2, 1)", "head h { @a -> relu -> linear(3) }", "@a -> step", "linear(3)", x="1x4x4"
    )
    assert report.number("a", "macs.train") == 2 * 2 * 16
    assert report.number("h.linear", "macs.train") == 3 * 3 * 32


def test_the_batch_multiplies() -> None:
    text = arch("conv(2, 1)", "linear(3)", x="1x4x4")
    one, eight = (report_of(text, Setup(batch=n)).number("", "macs.train") for n in (1, 8))
    assert one == 2 * 32 + 3 * 96
    assert eight == 8 * one


def test_a_network_is_folded_once_for_all_its_terms(monkeypatch: pytest.MonkeyPatch) -> None:
    """`explain` asks node by node; a fold each time would take the square of their number."""
    unit, fold = numbers.FOLDS["macs.train"]
    folded = []

    def counted(graph: Graph, setup: Setup) -> Mapping[str, Terms | None]:
        folded.append(graph)
        return fold(graph, setup)

    monkeypatch.setitem(numbers.FOLDS, "macs.train", (unit, counted))
    report = net("conv(2, 1)", "conv(4, 1)", x="1x4x4")
    terms = [report.numbers.terms("macs.train", path) for path in report.graph.nodes]
    assert [len(each) for each in terms] == [0, 2, 3]
    assert report.number("", "macs.train") == 2 * 32 + 3 * 128
    assert len(folded) == 1
