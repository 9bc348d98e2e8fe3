"""Shapes along a chain, what is declared against what is inferred, and recovery from errors."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from archspec.errors import ArchError
from archspec.graph import load, read_graph
from archspec.ops import written
from archspec.schema import find
from tests.helpers import arch, check, graph_of, places, report_of
from tests.strategies import chains

if TYPE_CHECKING:
    from pathlib import Path

    from archspec.graph import Graph
    from tests.strategies import Chain

LENET = {
    "image": "1x32x32",
    "C1.conv": "6x28x28",
    "C1.squash": "6x28x28",
    "S2.subsample": "6x14x14",
    "S2.squash": "6x14x14",
    "C3.conv": "16x10x10",
    "C3.squash": "16x10x10",
    "S4.subsample": "16x5x5",
    "S4.squash": "16x5x5",
    "C5.conv": "120x1x1",
    "C5.squash": "120x1x1",
    "F6.linear": "84",
    "F6.squash": "84",
    "out": "10",
}


def shapes(graph: Graph) -> dict[str, str | None]:
    return {path: node.output and written(node.output) for path, node in graph.nodes.items()}


def test_lenet():
    graph = load("zoo:lenet5")
    assert shapes(graph) == LENET
    assert (graph.name, graph.input.path, graph.output.path) == ("LeNet5", "image", "out")


def test_order_readers_and_members():
    graph = load("zoo:lenet5")
    assert list(graph.nodes) == list(LENET)
    assert graph.readers("C1.conv") == ("C1.squash",)
    assert graph.readers("out") == ()
    assert [node.path for node in graph.members("C1")] == ["C1.conv", "C1.squash"]
    assert [node.path for node in graph.members("out")] == ["out"]
    assert [node.path for node in graph.members("")] == list(LENET)
    assert graph["S4.subsample"].inputs == ("C3.squash",)


@pytest.mark.parametrize("path", ["C9", "C", "C1.con", "C1.conv.x"])
def test_an_unknown_path_is_a_key_error(path: str):
    graph = load("zoo:lenet5")
    with pytest.raises(KeyError):
        graph.members(path)


@settings(max_examples=40)
@given(chains())
def test_every_node_takes_the_output_of_the_one_before(chain: Chain):
    graph = graph_of(chain.text())
    nodes = list(graph.nodes.values())
    assert nodes[0].io.output == chain.x
    for before, node in pairwise(nodes):
        assert node.io.inputs == (before.io.output,)
        assert node.io.output == node.op.output(before.io.output)


# --- declared shapes ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "above"),
    [
        ("conv(6, 5) => 6x28x28", ""),
        ("conv(n, 5) => [n, 34 - n, 28]", "let n = 6"),
        ("linear(84) => 84", ""),
        ("C1: conv(6, 5) -> relu => 6x28x28", ""),
        ("b", "block b() { conv(6, 5) => 6x28x28 }"),
    ],
)
def test_a_right_declaration_says_nothing(statement: str, above: str):
    assert check(arch(statement, above=above)) == ()


def test_e303_shows_both_places_and_the_arithmetic():
    (found,) = check(arch("C1: conv(6, 5x5, pad=2) -> tanh => 6x28x28"))
    assert (found.code, found.primary.text, found.text) == ("E303", "6x28x28", "declared")
    assert found.message == "declared 6x28x28, inferred 6x32x32"
    ((label),) = found.labels
    assert label.span.text == "conv(6, 5x5, pad=2)"
    assert label.text == "inferred: floor((32 + 2 + 2 - 5) / 1) + 1 = 32 height"
    assert found.values == {"declared": "6x28x28", "inferred": "6x32x32"}


@pytest.mark.parametrize(
    ("statement", "label"),
    [
        ("conv(6, 5) => 7x28x28", "inferred: 6 maps"),
        ("conv(6, 5x7) => 6x28x28", "inferred: floor((32 + 0 + 0 - 7) / 1) + 1 = 26 width"),
        ("conv(6, 5) => 6", "inferred: 6x28x28"),
        ("linear(84) => 10", "inferred: 84 units"),
        ("flatten => 10", "inferred: 1*32*32 = 1,024 units"),
        ("maxpool(3, stride=2, ceil=true) => 1x15x16", "inferred: ceil((32 + 0 + 0 - 3) / 2) + 1"),
    ],
)
def test_e303_names_the_first_side_that_differs(statement: str, label: str):
    (found,) = (item for item in check(arch(statement)) if item.severity == "error")
    assert found.code == "E303"
    assert found.labels[0].text.startswith(label)


def test_inference_goes_on_with_the_declared_shape():
    graph = graph_of(arch("C1: conv(6, 5) => 6x30x30", "C3: conv(4, 3)", "C5: conv(4, 3) => 4x9x9"))
    assert shapes(graph) == {
        "input": "1x32x32",
        "C1": "6x30x30",
        "C3": "4x28x28",
        "C5": "4x9x9",
    }
    assert places(graph.diagnostics) == ["E303 3:21", "E303 5:21"]


def test_two_declarations_of_one_node_are_both_compared():
    above = "block b() { conv(6, 5) => 6x30x30 }"
    assert places(check(arch("b => 6x28x28", above=above))) == ["E303 1:27"]
    assert places(check(arch("b => 6x31x31", above=above))) == ["E303 1:27", "E303 3:8"]


# --- errors, poison, recovery -------------------------------------------------------------------


def test_one_error_poisons_all_that_follow():
    graph = graph_of(arch("a: conv(6, 33)", "b: conv(6, 5)", "c: linear(0)", "d: relu => 5"))
    assert places(graph.diagnostics) == ["E405 5:13", "E304 3:6"]
    assert shapes(graph) == {"input": "1x32x32", "a": None, "b": None, "c": None, "d": "5"}


def test_what_is_poisoned_recovers_at_a_declared_shape():
    graph = graph_of(arch("a: cnov(6) => 6x5x5", "b: conv(2, 3) => 2x4x4", "c: linear(3)"))
    assert shapes(graph) == {"input": "1x32x32", "a": "6x5x5", "b": "2x4x4", "c": "3"}
    assert places(graph.diagnostics) == ["E201 3:6", "E303 4:20"]
    assert graph["a"].io is None


def test_e304_shows_its_arithmetic_and_the_sides_so_far():
    (found,) = check(arch("C1: conv(6, 5) -> tanh", "S2: maxpool(4)", "C3: conv(16, 9)"))
    assert (found.code, found.path, found.primary.text) == ("E304", "C3", "conv(16, 9)")
    assert found.message == "a 9x9 window does not fit its 6x7x7 input"
    assert found.text == "floor((7 + 0 + 0 - 9) / 1) + 1 = -1"
    assert found.notes == (
        "sides so far: input 32 > C1.conv 28 > S2 7",
        "the smallest input of this network is 40x40",
    )


def test_e304_shows_both_sides_where_they_differ():
    (found,) = check(arch("conv(6, 5)", "conv(6, 5)", x="1x32x8"))
    assert found.text == "floor((4 + 0 + 0 - 5) / 1) + 1 = 0"
    assert found.notes == ("sides so far: input 32x8 > conv 28x4",)


def test_an_error_in_a_block_shows_the_calls():
    above = "block a(k) { b(k + 1) }\nblock b(k) { conv(2, k) }"
    (found,) = check(arch("top: a(32)", above=above))
    assert (found.code, found.path) == ("E304", "top")
    assert [frame.call for frame in found.chain] == ["b(k + 1)", "a(32)"]


@pytest.mark.parametrize(
    ("statement", "code", "message"),
    [
        ("linear(5) -> conv(3, 1)", "E305", "`conv` needs a map (CxHxW), got the vector 5"),
        ("linear(5) -> maxpool(2)", "E305", "`maxpool` needs a map (CxHxW), got the vector 5"),
        ("linear(5) -> subsample(2)", "E305", "`subsample` needs a map (CxHxW), got"),
        ("conv(4, 3) -> conv(6, 3, groups=3)", "E307", "`groups=3` does not divide the 4 input"),
        ("conv(6, 3, table=t)", "E306", "table `t` is 2x3, but 1 input maps (rows) and 6 output"),
        ("linear(83) -> rbf(10, prototypes=codes)", "E308", "the codes `codes` have 4 elements"),
        ('linear(84) -> rbf(11, prototypes="digits_7x12")', "E308", "are for 10 classes, not 11"),
        ('linear(84) -> rbf(10, prototypes="abc")', "E308", 'no codes are called "abc"'),
    ],
)
def test_shape_errors(statement: str, code: str, message: str):
    above = "table t {\n X . X\n . X .\n}\ntable codes { X . X . }"
    (found,) = (item for item in check(arch(statement, above=above)) if item.code != "W401")
    assert found.code == code
    assert message in found.message


def test_a_transposed_table_is_recognised():
    above = "table t {\n X . X\n . X .\n}"
    (found,) = check(arch("conv(3, 1) -> conv(2, 1, table=t)", above=above))
    assert found.help == "its transpose fits: write the rows of `t` as columns"
    (found,) = check(arch("conv(3, 1) -> conv(3, 1, table=t)", above=above))
    assert found.help == "give `t` 3 rows of 3 cells"


# --- another input ------------------------------------------------------------------------------


def test_another_input_is_not_compared_with_what_is_declared():
    graph = read_graph(find("zoo:lenet5"), (1, 35, 35))
    assert graph.diagnostics == ()
    assert graph.other_input is True
    assert written(graph["C5.conv"].output) == "120x1x1"
    assert written(graph["C1.conv"].output) == "6x31x31"


def test_the_declared_input_is_no_other_input():
    graph = read_graph(find("zoo:lenet5"), (1, 32, 32))
    assert graph.other_input is False
    text = arch("conv(6, 5) => 6x30x30")
    assert places(graph_of(text, (1, 32, 32)).diagnostics) == ["E303 3:17"]
    assert places(graph_of(text, (1, 34, 34)).diagnostics) == []


def test_a_smaller_input_names_its_own_side():
    graph = read_graph(find("zoo:lenet5"), (1, 31, 31))
    (found,) = graph.diagnostics
    assert (found.code, found.path) == ("E304", "C5.conv")
    assert found.notes == (
        "sides so far: image 31 > C1.conv 27 > S2.subsample 13 > C3.conv 9 > S4.subsample 4",
        "the smallest input of this network is 32x32",
    )


# --- what is found behind an error ---------------------------------------------------------------

MISFIT = "m: concat { | conv(4, 1) | conv(6, 3) }"  # 4x32x32 and 6x30x30


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        # a window too large is found behind a merge, and two equal mistakes are two reports
        ([MISFIT, "maxpool(40)"], ["E301 3:6", "E304 4:3"]),
        (["add { | conv(4, 1) | conv(6, 1) }", "conv(9, 1, groups=3)"], ["E302 3:3", "E307 4:3"]),
        # the first `=>` says what was meant, without a complaint; the next one is checked again
        ([MISFIT, "relu => 9x30x30", "relu => 10x30x30"], ["E301 3:6", "E303 5:11"]),
        ([f"{MISFIT} => 10x30x30", "relu => 10x32x32"], ["E301 3:6", "E303 4:11"]),
        # nobody knows what a window gives that does not fit
        (["maxpool(40)", "maxpool(50)"], ["E304 3:3"]),
        # hints on shapes that are only assumed would be noise
        ([MISFIT, "conv(4, 5, stride=3)"], ["E301 3:6"]),
        ([MISFIT, "relu => 10x32x32", "conv(4, 5, stride=4)"], ["E301 3:6", "W201 5:14"]),
    ],
)
def test_errors_further_down_are_found(statements: list[str], expected: list[str]):
    """A merge of wrong inputs passes on the maps of all and the sides of its first input."""
    found = [item for item in check(arch(*statements)) if item.severity != "note"]
    assert sorted(places(found)) == expected


def test_numbers_behind_an_error_are_neither_right_nor_wrong():
    """Totals are partial, and what rests on assumed shapes is skipped."""
    expect = "expect { fc.params == 1 from derived\n params == 1 from derived }"
    report = report_of(arch(MISFIT, "fc: linear(2)", expect))
    assert [outcome.result for outcome in report.outcomes] == ["skipped", "skipped"]
    assert report.quantity("", "params").status == "partial"
    assert report.graph["fc"].output == (2,)


def test_a_declared_shape_may_ask_for_what_enters_its_statement():
    """Not for what leaves it, which would make every claim true."""
    claim = "conv(2 * in.c, 3) -> relu => [2 * in.c, in.h - 2, 30]"
    assert check(arch("conv(6, 1) -> relu", claim)) == ()
    (found,) = check(arch("conv(6, 1) -> relu", "conv(5, 1) => [in.c, in.h, in.w]"))
    assert (found.code, found.message) == ("E303", "declared 6x32x32, inferred 5x32x32")


# --- load ---------------------------------------------------------------------------------------


def test_load_takes_parameters_and_an_input(tmp_path: Path):
    file = tmp_path / "a.arch"
    file.write_text("arch A(n=3) { input 5\n linear(n) }\n")
    assert load(str(file))["linear"].output == (3,)
    graph = load(str(file), input_shape=(7,), n=4)
    assert (graph["linear"].io.x, graph["linear"].output) == ((7,), (4,))


def test_load_raises_every_error(tmp_path: Path):
    file = tmp_path / "a.arch"
    file.write_text(arch("a: cnov(3)", "b: tnah"))
    with pytest.raises(ArchError) as caught:
        load(str(file))
    assert places(caught.value.diagnostics) == ["E201 3:6", "E201 4:6"]
    assert (
        str(caught.value)
        .splitlines()[0]
        .endswith("a.arch:3:6: E201 unknown operator or block `cnov`")
    )


def test_load_lets_warnings_pass(tmp_path: Path):
    file = tmp_path / "a.arch"
    file.write_text(arch("conv(1, 3, stride=2)"))
    assert load(str(file)).diagnostics == ()
