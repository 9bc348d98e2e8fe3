"""How much work the input range is: counted, not timed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.analysis import input_range
from archspec.analysis.side_rules import Equal
from archspec.ops import Conv, Shape, Window
from tests.helpers import arch, graph_of

if TYPE_CHECKING:
    import pytest


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


def test_equal_merges_of_equal_maps_are_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times the residuals give no more sides to try."""
    tried = [0]
    made = Equal.made

    def counted(self: Equal, sides: tuple[int, ...]) -> int:
        tried[-1] += 1
        return made(self, sides)

    monkeypatch.setattr(Equal, "made", counted)
    residual = "add { | identity | conv(1, 3, pad=1) -> relu }"
    for turns in (4, 40):
        graph = graph_of(
            arch("conv(1, 3, stride=2)", f"repeat {turns} {{ {residual} }}", x="1x9x9")
        )
        tried.append(0)
        assert input_range(graph, "run") is not None
    assert tried[1] == tried[2] > 0
