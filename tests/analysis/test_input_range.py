"""Which input sides a network takes: against a search that tries every one of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.analysis import SideRange, input_range, input_ranges
from archspec.ops import OPS, Op
from tests.analysis.sides import (
    CASES,
    ENDS,
    GATES,
    MERGES,
    STATEMENTS,
    alone,
    builds,
    networks,
    told,
)
from tests.helpers import arch, graph_of
from tests.strategies import Wired, wired

if TYPE_CHECKING:
    from archspec.graph import Graph


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
        # a gate of one pixel: 8..15 rows make it, 16 make two
        (
            ["g: mul { | identity | avgpool(8) -> sigmoid }", "c: conv(4, 3)", "o: linear(2)"],
            "4x8x8",
            "8..15",
            "8",
            ("g.avgpool", "o"),
        ),
        # 30 rows make a gate of one, 31 two; fewer none
        (
            ["g: mul { | identity | k: conv(4, 30) -> sigmoid }", "conv(4, 3)"],
            "4x30x30",
            "30",
            "30",
            ("g.k.conv", "g.mul"),
        ),
        # the other input of the sum has 32 rows whatever comes
        (
            ["c: conv(1, 3)", "s: add { | conv(1, 3) | adaptive_avgpool(32) }"],
            "1x36x36",
            "36",
            "36",
            ("s.add", "s.add"),
        ),
        # kernels of their own for 12x12 positions; of 12 rows more the window reads nothing
        (
            ["conv(4, 3) -> relu", "own: conv(4, 3, stride=2, share=false)", "global_avgpool"],
            "1x28x28",
            "5 and more",
            "27..28",
            ("own", "own"),
        ),
        # two columns of 14 are 28 numbers, as many as there are in a row of the matrix
        (
            ["avgpool(2)", f"o: linear(1, kernel=[[{', '.join('1' * 49)}]])"],
            "1x14x14",
            "14..15",
            "14..15",
            ("o", "o"),
        ),
        # a reflection of 2 needs 3 rows
        (["p: pad(2, mode=reflect)"], "1x8x8", "3 and more", "3 and more", ("p", "")),
        # 4 or 5 rows around: `same` is 1 and 2 rows around 8, for 8 rows or any other
        (
            ["c: conv(1, 4, pad=same, pad_mode=reflect)", "global_avgpool"],
            "1x8x8",
            "3 and more",
            "3 and more",
            ("c", ""),
        ),
        # 1 row stays 1, 3 rows make 2*2 - 1; even ones make one less
        (
            ["s: add { | maxpool(2, ceil=true) -> conv_transpose(1, 1, stride=2) | identity }"],
            "1x9x9",
            "1 and more, modulo 2: 1",
            "1 and more, modulo 2: 1",
            ("", ""),
        ),
        # 3 columns: 2 rows are the 5 numbers that a slice leaves out or takes
        (
            ["flatten", "s: slice(4, end)", "linear(2)"],
            "1x3x3",
            "2 and more",
            "3",
            ("flatten", "flatten"),
        ),
        (["flatten", "s: slice(0, 5)"], "1x3x3", "2 and more", "3", ("flatten", "flatten")),
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


@pytest.mark.parametrize(("statement", "end"), CASES)
def test_every_operator_builds_where_it_is_said_to(statement: str, end: str) -> None:
    agrees_with_trials(alone(statement, end))


def agrees_with_trials(graph: Graph) -> None:
    """`build` is what the elaborator takes; and the declared side is one of those that run too."""
    found, runs = input_range(graph, "build"), input_range(graph, "run")
    assert found is not None
    assert runs is not None
    _, height, width = graph.input.output or ()
    for axis, sides in enumerate((found.height, found.width)):
        assert told(sides) == builds(graph, axis)
    assert runs.height.takes(height)
    assert runs.width.takes(width)


@settings(max_examples=60, deadline=None)
@given(networks())
def test_the_range_is_what_a_search_finds(graph: Graph | None) -> None:
    if graph:
        agrees_with_trials(graph)


@settings(max_examples=20, deadline=None)
@given(wired(), st.sampled_from(GATES), st.sampled_from(["", *MERGES]), st.integers(8, 24))
def test_networks_of_any_wiring_have_a_range(net: Wired, gate: str, merge: str, side: int) -> None:
    """Gates and merges before any wiring; what is declared fits, whatever is said of the rest."""
    text = net.text()
    first = f"  input 4x{side}x{side}\n  g: conv(4, 1) -> {gate} {merge and '-> ' + merge}\n"
    graph = graph_of(text.replace("  input 4x8x8\n", first))
    if all(node.io for node in graph.nodes.values()):
        agrees_with_trials(graph)


@pytest.mark.parametrize(
    ("side", "text"),
    [
        (SideRange(29, None), "29 and more"),
        (SideRange(32, 35), "32..35"),
        (SideRange(28, 28), "28"),
        (SideRange(8, 8, 2, (0,)), "8"),
        (SideRange(16, None, 16, (0,)), "multiples of 16, 16 and more"),
        (SideRange(6, 20, 4, (2, 3)), "6..20, modulo 4: 2, 3"),
        (SideRange(8, 31, exceptions=(9, *range(16, 24))), "8..31 without 9, 16..23"),
        (
            SideRange(3, None, 4, (0,), (3, 5, 8)),
            "multiples of 4, 3 and more without 8, also 3, 5",
        ),
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


def test_codes_fix_the_sides_of_their_map() -> None:
    """84 elements, 12 rows of 7 columns; after an average of two rows 13 are as good as 12."""
    codes = 'r: rbf(10, prototypes="digits_7x12")'
    for statements, x, rows in (
        ([codes], "1x12x7", "12"),
        (["avgpool(2x1)", codes], "1x24x7", "24..25"),
    ):
        graph = graph_of(arch(*statements, x=x))
        for question in ("build", "run"):
            found = input_range(graph, question)
            assert found is not None
            assert (str(found.height), str(found.width)) == (rows, "7")
            assert (found.width.binds_below, found.width.binds_above) == ("r", "r")


def test_every_operator_that_changes_sides_is_tried() -> None:
    """Those that keep them need no trial; the codes have a test by hand."""
    tried = set(re.findall(r"\w+", " ".join((*STATEMENTS, *ENDS))))
    kept = {Op.shape_terms, Op.window, Op.sight}
    for op in OPS:
        changes = {op.shape_terms, op.window, op.sight} - kept
        assert not changes or op.name in {*tried, "input", "rbf"}, op.name


def test_a_range_may_have_gaps() -> None:
    """8..15 rows make one factor, 24..31 three rows as in the other lane; 16..23 make two."""
    graph = graph_of(arch("g: mul { | adaptive_avgpool(3x1) | maxpool(8) }", x="1x24x8"))
    found = input_range(graph, "run")
    assert found is not None
    assert str(found.height) == "8..31 without 16..23"
    assert (found.height.binds_below, found.height.binds_above) == ("g.maxpool", "g.mul")


def test_rows_and_columns_differ() -> None:
    found = input_range(graph_of(arch("conv(1, 3x7)", x="1x9x9")), "build")
    assert found is not None
    assert (found.height.smallest, found.width.smallest) == (3, 7)


@pytest.mark.parametrize("text", ["arch A { input 7\n linear(3) }", arch("conv(1, 99)")])
def test_no_range_without_a_map_or_with_errors(text: str) -> None:
    assert input_range(graph_of(text), "run") is None


def test_heads_of_training_are_built_but_not_evaluated() -> None:
    """A module that trains has the head's 9x9 kernel and its matrix."""
    head = 'head h(loss_weight=0.3, phase="train") { conv(1, 9, stride=4) -> linear(2) }'
    graph = graph_of(arch("conv(1, 3)", head, "global_avgpool", x="1x32x32"))
    asked = [input_range(graph, "build"), input_range(graph, "build", "train")]
    asked += [input_range(graph, "run"), input_range(graph, "run", "train")]
    texts = [str(found.height) for found in asked if found]
    assert texts == ["11 and more", "11 and more", "3 and more", "31..34"]


def test_what_no_output_rests_on_is_built_but_not_run() -> None:
    graph = graph_of(arch("c: conv(1, 3)", "@c -> conv(1, 5) -> linear(2)", "output @c", x="1x9x9"))
    asked, answered = input_range(graph, "build"), input_range(graph, "run")
    assert asked is not None
    assert answered is not None
    assert (str(asked.height), str(answered.height)) == ("7 and more", "3 and more")


def test_each_of_several_inputs_has_a_range() -> None:
    """The others have their declared sides; a vector has none."""
    graph = graph_of("""arch Net {
  input left: 1x9x9
  input right: 1x4x5
  input more: 2
  half: @left -> maxpool(2)
  less: @right -> crop([0, 0, 0, 1])
  both: add(@half, @less) -> global_avgpool
  out: concat(@both, @more)
}
""")
    assert all(node.io for node in graph.nodes.values()), graph.diagnostics
    found = input_ranges(graph, "build")
    assert {name: (str(each.height), str(each.width)) for name, each in found.items()} == {
        "left": ("8..9", "8..9"),
        "right": ("4", "5"),
    }
    assert input_range(graph, "build") is None


@pytest.mark.parametrize(
    ("statement", "known"),
    [
        ("maxpool(2) -> conv(in.c, 1)", True),
        ("avgpool(@c.h)", False),
        ("maxpool(2, pad=@c.w - 13)", False),  # a pad of 2 is more than half of the window
    ],
)
def test_arguments_that_follow_a_size_are_those_of_the_declared_one(
    statement: str, known: bool
) -> None:
    """So what runs is known: pools of 14x14 pixels here."""
    graph = graph_of(arch("c: conv(4, 3)", statement, "linear(2)", x="1x16x16"))
    assert bool(input_ranges(graph, "build")) == known
    assert str(input_ranges(graph, "run")["input"].height) == "16..29" or statement[0] == "m"


def test_a_range_of_too_many_sides_is_not_told() -> None:
    """Half as often as a side is divided by 65,536 both lanes have as many pixels."""
    halves, doubles = " -> ".join(["maxpool(2)"] * 16), " -> ".join(["upsample(2)"] * 16)
    text = arch(f"add {{ | identity | {halves} -> {doubles} }}", x="1x65536x1")
    graph = graph_of(
        text.replace("maxpool(2)", "maxpool(2x1)").replace("upsample(2)", "upsample(2x1)")
    )
    assert all(node.io for node in graph.nodes.values())
    assert input_ranges(graph, "build") == {}
