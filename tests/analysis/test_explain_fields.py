"""What is told of a receptive field: its steps, lanes, places, and what hinders it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.analysis import (
    arithmetic,
    explain,
)
from tests.helpers import net, report_of

if TYPE_CHECKING:
    from archspec.analysis import Report


def told(report: Report, path: str) -> list[tuple[str, str, str]]:
    return [(t.label, str(t.amount), t.note) for t in explain(report, path, "rf").steps]


def test_windows_that_are_not_square():
    """Each axis has arithmetic of its own, everywhere."""
    report = net("c: conv(2, 4x3, stride=3x2, pad=[2, 1, 0, 3])", "d: conv(2, 2)", x="1x37x41")
    assert told(report, "d") == [
        ("c rows", "1 + (4 - 1) * 1", "conv 4x3, stride 3x2"),
        ("c columns", "1 + (3 - 1) * 1", ""),
        ("d rows", "4 + (2 - 1) * 3", "conv 2x2"),
        ("d columns", "3 + (2 - 1) * 2", ""),
    ]
    found = explain(report, "d", "rf")
    assert arithmetic(found) == "rows 4 + (2 - 1) * 3, columns 3 + (2 - 1) * 2"
    assert found.remark == "jump 3x2, output (0,0) sees rows -2..4 and columns 0..4"
    assert found.notes == (
        "centre of output (0,0): rows -2 + (7 - 1) / 2 = 1 and columns 0 + (5 - 1) / 2 = 2",
        "within the 37x41 input: output (0,0) 0..4, output (6,10) 16..22 x 20..24",
    )
    jump = explain(report, "d", "rf.jump")
    assert [(t.label, str(t.amount)) for t in jump.terms] == [
        ("strides of rows", "3"),
        ("strides of columns", "2"),
    ]
    assert (jump.shown, explain(report, "d", "rf.start").shown) == ("3x2", "-2x0")


def test_steps_alike_are_told_once():
    report = net("repeat 5 { conv(2, 3, pad=1) -> relu }", "conv(2, 3)", "maxpool(2)", "conv(2, 5)")
    assert told(report, "conv_2") == [
        ("1.conv", "1 + 6 * (3 - 1) * 1", "conv 3x3, 6 times"),
        ("maxpool", "13 + (2 - 1) * 1", "maxpool 2x2, stride 2"),
        ("conv_2", "14 + (5 - 1) * 2", "conv 5x5"),
    ]


def test_of_a_long_way_the_end_is_told():
    turns = "repeat 10 { conv(1, 3, pad=1) -> conv(1, 3x5, pad=[1, 1, 2, 2]) }"
    found = told(net(turns, x="1x64x64"), "")
    assert found[0] == ("(12 steps before)", "25", "37 columns")
    assert len(found) == 1 + 16, "a step has two lines, rows and columns"
    square = "repeat 9 { conv(1, 3, pad=1) -> conv(1, 5, pad=2) }"
    assert told(net(square, x="1x64x64"), "")[0] == ("(2 steps before)", "7", "")


def test_behind_what_enlarges_the_place_decides():
    report = net("p: avgpool(4)", "u: upsample(4)", "c: conv(1, 3, pad=1)", x="1x64x64")
    found = explain(report, "c", "rf")
    assert found.shown == "<= 8"
    assert told(report, "c")[1:] == [
        ("u", "3 - 0 + 1", "upsample 4x4"),
        ("c", "3 - (-4) + 1", "conv 3x3"),
    ]
    assert found.remark == "jump 1, output (0,0) sees rows and columns -4..3, upper bound"
    assert found.notes[2:] == (
        "upper bound: by their place outputs see 4x4 to 8x8",
        "rows and columns of 4 outputs, then the same 4 pixels further: -4..3, 0..3, 0..3, 0..7",
    )
    assert found.notes[1].startswith("within the 64x64 input: output (0,0) 0..3, ")
    assert explain(report, "c", "rf.jump").terms == ()
    half = net("u: upsample(2x9)")
    assert explain(half, "u", "rf.jump").shown == "1/2x1/9"
    assert explain(net("u: upsample(2)"), "u", "rf.jump").shown == "1/2"
    assert explain(half, "u", "rf").notes[2:] == (
        "rows of 2 outputs, then the same 1 pixel further: 0..0, 0..0",
        "columns of 9 outputs, then the same 1 pixel further",
    )


def test_outputs_that_see_nothing_say_so():
    report = net("t: conv_transpose(1, 1, stride=2, pad=[1, 0, 1, 0])", "p: pad(3)")
    found = explain(report, "t", "rf")
    assert found.remark == "jump 1/2, output (0,0) sees rows and columns nothing, upper bound"
    assert "output (0,0) nothing" in found.notes[1]
    padded = explain(net("p: pad([9, 0, 0, 9])"), "p", "rf")
    assert "output (0,0) padding only x 0..0" in padded.notes[1]
    over = explain(net("p: pad([0, 90, 0, 0])"), "p", "rf")
    assert "output (61,16) padding only x 16..16" in over.notes[1]


def test_merges_tell_what_their_lanes_see():
    lanes = ("a: conv(1, 3, pad=1)", "x: add { | identity | conv(1, 4, pad=[1, 2, 1, 2]) }")
    report = net(*lanes, "r: relu", "y: add { | identity | conv(1, 3, pad=1) }")
    told = (
        "misaligned: the lanes of `x.add` at output (0,0)",
        "  3x3 around 0: a",
        "  6x6 around 0.5: x.conv",
    )
    for path in ("x", "r", "y"):
        assert explain(report, path, "rf").notes[2:] == told, "where it began"
        assert explain(report, path, "rf").remark.endswith(", misaligned")
    same = net("x: add { | conv(1, 5, pad=2) | conv(1, 3, pad=1) }")
    assert explain(same, "x", "rf").notes[2:] == (
        "aligned: the lanes of `x.add` at output (0,0)",
        "  5x5 around 0: x.conv",
        "  3x3 around 0: x.conv_2",
    )


def test_where_no_lane_sees_it_all_the_way_goes_through_the_widest():
    lanes = ("conv(1, 3, pad=[0, 2, 0, 2])", "conv(1, 5, pad=[4, 0, 4, 0])", "conv(1, 1)")
    report = net(f"x: add {{ {' '.join(f'| {lane}' for lane in lanes)} }}")
    assert told(report, "x") == [
        ("x.conv_2", "1 + (5 - 1) * 1", "conv 5x5"),
        ("x.add", "2 - (-4) + 1", "union of the lanes"),
    ]


def test_global_context_is_told():
    report = net("a: conv(2, 3, pad=1)", "b: mul { | identity | global_avgpool(keep=true) }")
    found = explain(report, "b", "rf")
    assert (found.shown, found.remark[-16:]) == ("3", ", global context")
    assert found.notes[-1].startswith("global context: ")


def test_what_hinders_a_field_is_its_remark():
    lanes = "x: concat { | conv(4, 3, stride=2, pad=1) | conv(4, 17) }"
    report = net(lanes, "c: conv(4, 3)", "linear(3)")
    found = explain(report, "", "rf")
    assert (found.shown, found.steps, found.notes) == ("unknown", (), ())
    assert found.remark.startswith("the lanes of `x.concat` have different jumps: ")


def test_of_the_network_it_is_that_of_the_last_map():
    found = explain(net("c: conv(4, 3)", "linear(3)"), "", "rf")
    assert (found.shown, found.notes[0]) == ("3", "that of the last map, `c`")
    assert explain(net("linear(3)", x="7"), "", "rf").shown == "all"


def test_a_field_of_several_inputs_is_not_cut():
    body = ("input a: 1x8x8", "input b: 1x9x9", "x: @a -> conv(1, 3)", "y: @b -> conv(1, 4)")
    text = "\n".join(("arch Net {", *body, "concat(@x, @y)", "}\n"))
    assert all("within" not in note for note in explain(report_of(text), "x", "rf").notes)
