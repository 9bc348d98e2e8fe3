"""Receptive fields behind operators that make maps larger, and behind factors of whole maps."""

from __future__ import annotations

import pytest

from archspec.analysis.receptive import Axis, ReceptiveField, receptive_fields
from tests.helpers import graph_of, net


def field(*statements: str, x: str = "1x32x32") -> ReceptiveField:
    report = net(*statements, x=x)
    return report.fields[report.graph.output.path]


def bound(size: int, jump: int, start: int) -> ReceptiveField:
    return ReceptiveField("upper_bound", Axis(size, jump, start), Axis(size, jump, start))


# Behind conv(1, 3, stride=4): size 3, jump 4, start 0.
@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("upsample(2)", bound(3, 2, 0)),
        ("upsample(4)", bound(3, 1, 0)),
        ("upsample(2, mode=bilinear)", bound(3 + 4, 2, -4)),
        ("conv_transpose(1, 2, stride=2)", bound(3, 2, 0)),
        ("conv_transpose(1, 4, stride=2, pad=1)", bound(3 + 4, 2, -4)),
        ("conv_transpose(1, 3)", bound(3 + 2 * 4, 4, -2 * 4)),
        ("pad(2)", ReceptiveField("aligned", Axis(3, 4, -8), Axis(3, 4, -8))),
        ("crop(1)", ReceptiveField("aligned", Axis(3, 4, 4), Axis(3, 4, 4))),
        ("slice(0, 1)", ReceptiveField("aligned", Axis(3, 4, 0), Axis(3, 4, 0))),
        ("zero_pad_shortcut(3, 2)", ReceptiveField("aligned", Axis(3, 8, 0), Axis(3, 8, 0))),
        ("adaptive_avgpool(4)", ReceptiveField("aligned", Axis(7, 8, 0), Axis(7, 8, 0))),
        ("adaptive_avgpool(3)", bound(3 + 3 * 4, 8, 0)),
        ("upsample(3)", ReceptiveField("unavailable")),
        ("global_avgpool(keep=true)", ReceptiveField("whole_input")),
    ],
)
def test_one_operator_behind_a_jump_of_four(statement: str, expected: ReceptiveField):
    assert field("conv(1, 3, stride=4)", statement) == expected


def test_a_bound_stays_one_behind_other_windows():
    behind = field("maxpool(2)", "upsample(2)", "conv(1, 3, pad=1)")
    assert behind == bound(4, 1, -1)


def test_whole_maps_as_factors_leave_what_the_map_sees():
    text = """
arch Net { input 2x9x9
  a: conv(4, 3, pad=1)
  b: @a -> global_avgpool(keep=true) -> conv(4, 1) -> sigmoid
  c: mul(@a, @b)
}
"""
    fields = receptive_fields(graph_of(text))
    assert fields["c"] == fields["a"]
    assert fields["c"].size == (3, 3)


def test_explain_adds_nothing_up_for_a_bound():
    from archspec.analysis import explain

    report = net("a: conv(1, 3, stride=4)", "b: upsample(2)", "c: relu")
    assert explain(report, "c", "rf").terms == ()
    assert report.fields["c"].size == (3, 3)
