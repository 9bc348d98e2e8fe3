"""Merges whose inputs do not fit: which lanes are shown, where, and what is advised."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archspec.rendering.mend import mended
from tests.helpers import arch, check, graph_of

if TYPE_CHECKING:
    from archspec.errors import Diagnostic

HALVED = "floor((8 + 1 + 1 - 3) / 2) + 1 = 4 height"
KEPT = "floor((8 + 1 + 1 - 3) / 1) + 1 = 8 height"


def wrong(*statements: str, above: str = "") -> Diagnostic:
    """The one error of an arch with these statements, the first of them in line 3."""
    found = check(arch(*statements, x="4x8x8", above=above))
    (error,) = [item for item in found if item.severity == "error"]
    return error


def shown(error: Diagnostic) -> list[tuple[str, str]]:
    return [(label.span.text, label.text) for label in error.labels]


def test_a_lane_is_marked_where_its_size_changed():
    one = "| conv(4, 3, stride=2, pad=1) -> relu -> conv(4, 1)"
    error = wrong("add {", one, "| conv(4, 3, pad=1)", "}")
    assert shown(error) == [
        ("conv(4, 3, stride=2, pad=1)", f"4x4x4: {HALVED}"),
        ("conv(4, 3, pad=1)", f"4x8x8: {KEPT}"),
    ]
    assert error.text == "node add"
    assert error.help == "only one lane makes the map smaller: give the other one the same stride"


def test_a_block_is_marked_at_its_call_in_the_merge():
    above = "block shrink(c) { conv(c, 3, stride=2, pad=1) -> relu }"
    error = wrong("add {", "| shrink(4)", "| conv(4, 3, pad=1)", "}", above=above)
    assert [text for text, _ in shown(error)] == ["shrink(4)", "conv(4, 3, pad=1)"]


def test_what_all_lanes_share_is_no_reason():
    """Both come from the pool, which halved the map; only one lane then lost a border."""
    error = wrong("p: maxpool(2)", "concat {", "| conv(4, 3)", "| identity", "}")
    assert shown(error) == [
        ("conv(4, 3)", "4x2x2: floor((4 + 0 + 0 - 3) / 1) + 1 = 2 height"),
        ("maxpool(2)", "4x4x4"),
    ]
    assert error.help == "`pad=1` in `conv` keeps 4x4"


def test_of_many_lanes_the_odd_one_is_shown_beside_one_of_the_others():
    lanes = ["| conv(1, 1)"] * 6 + ["| conv(2, 3)"] + ["| conv(3, 1)"] * 6
    error = wrong("concat {", *lanes, "}")
    assert [text for text, _ in shown(error)] == ["conv(1, 1)", "conv(2, 3)"]


def test_at_most_four_lanes_are_shown():
    lanes = [f"| conv(1, {k})" for k in (1, 2, 3, 4, 5, 6)]
    assert len(wrong("concat {", *lanes, "}").labels) == 4


@pytest.mark.parametrize(
    ("lanes", "advice"),
    [
        (("conv(4, 1)", "conv(8, 1)"), "end both lanes with as many maps, such as by `conv(4, 1)`"),
        (("conv(4, 5)", "identity"), "`pad=2` in `conv` keeps 8x8"),
        (("conv(4, 3x5)", "identity"), "`pad=1x2` in `conv` keeps 8x8"),
        (("conv(4, 5, pad=[2, 0, 1, 1])", "identity"), "`pad=[3, 1, 2, 2]` in `conv` keeps 8x8"),
        (("conv(4, 3x4)", "identity"), None),  # one side only
        (("subsample(3, 1)", "identity"), None),  # it takes no padding
        (("crop(1)", "identity"), None),  # no window
        (("conv(4, 2)", "identity"), None),  # no symmetric padding does it
        (("conv(4, 3)", "conv(4, 2)"), None),  # neither keeps the size
    ],
)
def test_advice_is_given_where_it_is_certain(lanes: tuple[str, str], advice: str | None):
    error = wrong("add {", *(f"| {lane}" for lane in lanes), "}")
    assert (error.help or "").startswith(advice or "")
    assert (error.help is None) == (advice is None)


def test_ranks_may_differ():
    error = wrong("a: conv(4, 3)", "g: global_avgpool", "mul(@a, @g)")
    assert shown(error) == [("conv(4, 3)", "4x6x6"), ("global_avgpool", "4")]


def windows() -> list[str]:
    pads = ["", ", pad=1", ", pad=0x1", ", pad = [1, 0, 0, 1]", ", pad=same", ", pad=2 - 1"]
    kernels = ["3", "5", "3x5", "1x3", "2", "4x3"]
    strides = ["", ", dilation=2", ", 2"]
    convs = [f"conv(4, {k}{s}{p})" for k in kernels for p in pads for s in strides]
    return [*convs, *(f"maxpool({k}, 1{p})" for k in kernels for p in pads[:-1])]


@pytest.mark.parametrize("sides", ["9x9", "9x12"])
def test_an_edit_that_is_offered_helps(sides: str):
    """Whatever the lane that is too small has for padding now."""
    offered = 0
    for window in windows():
        text = arch("concat {", f"| {window}", "| identity", "}", x=f"4x{sides}")
        for found in graph_of(text).diagnostics:
            if found.fix is not None and found.primary is not None:
                offered += 1
                mended_text = mended(found.primary.source, [found])
                assert graph_of(mended_text).diagnostics == (), mended_text
    assert offered > 20


def test_an_edit_is_offered_in_the_body_of_the_merge_only():
    """In a block it would change other uses too."""
    block = "block cr(c, pad=0) { conv(c, 3, pad=pad) -> relu }"
    assert wrong("add {", "| cr(4)", "| identity", "}", above=block).fix is None
    text = "add {", "| conv(4, 3, bias=false,\n  )", "| identity", "}"
    assert wrong(*text).help == "`pad=1` in `conv` keeps 8x8"
