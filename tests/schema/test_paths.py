"""One name everywhere: the path rule of the language, for chains and blocks."""

from __future__ import annotations

import pytest

from archspec.schema.reserved import why_reserved
from tests.helpers import arch, check, places, spec_of


def paths(*statements: str, above: str = "") -> list[str]:
    """The paths of all nodes but the input."""
    return [node.path for node in spec_of(arch(*statements, above=above)).nodes][1:]


BLOCKS = """block squash() { tanh }
block two() { relu -> tanh }
block lines() {
  relu
  relu
}
block cr(c, k) { conv(c, k) -> relu }
block outer() {
  cr(2, 1)
  deep: cr(3, 1)
  cr(4, 1) -> squash
}
block labelled() { only: relu }
block wrapped() { squash }"""


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (["S2: relu"], ["S2"]),
        (["C1: conv(6, 5) -> tanh"], ["C1.conv", "C1.tanh"]),
        (["C1: relu -> relu -> relu"], ["C1.relu", "C1.relu_2", "C1.relu_3"]),
        (["relu"], ["relu"]),
        (["relu -> tanh"], ["relu", "tanh"]),
        (["relu", "relu -> relu"], ["relu", "relu_2", "relu_3"]),
        (["a: relu -> tanh", "b: relu -> tanh"], ["a.relu", "a.tanh", "b.relu", "b.tanh"]),
        # a block of one operator is a node of the block's name
        (["squash"], ["squash"]),
        (["C1: conv(6, 5) -> squash"], ["C1.conv", "C1.squash"]),
        (["S: squash"], ["S"]),
        (["squash -> squash"], ["squash", "squash_2"]),
        (["wrapped"], ["wrapped"]),
        (["a: relu -> wrapped"], ["a.relu", "a.wrapped"]),
        # any other block is a level
        (["two"], ["two.relu", "two.tanh"]),
        (["two", "two"], ["two.relu", "two.tanh", "two_2.relu", "two_2.tanh"]),
        (["b1: two"], ["b1.relu", "b1.tanh"]),
        (["b1: two -> two"], ["b1.two.relu", "b1.two.tanh", "b1.two_2.relu", "b1.two_2.tanh"]),
        (["lines"], ["lines.relu", "lines.relu_2"]),
        (["labelled"], ["labelled.only"]),
        (["L: labelled"], ["L.only"]),
        # blocks in blocks
        (
            ["B: outer"],
            "B.cr.conv B.cr.relu B.deep.conv B.deep.relu B.cr_2.conv B.cr_2.relu B.squash".split(),
        ),
        (["b1: cr(2, 1)"], ["b1.conv", "b1.relu"]),
        (
            ["b3: cr(2, 1) -> cr(3, 3)"],
            ["b3.cr.conv", "b3.cr.relu", "b3.cr_2.conv", "b3.cr_2.relu"],
        ),
    ],
)
def test_paths(statements: list[str], expected: list[str]):
    assert paths(*statements, above=BLOCKS) == expected


@pytest.mark.parametrize(
    ("first", "path"), [("input 3", "input"), ("input image: 3", "image"), ("input x: 3", "x")]
)
def test_the_input_is_named_by_its_label(first: str, path: str):
    assert spec_of(f"arch A {{ {first}\n relu }}").nodes[0].path == path


def test_a_number_steps_over_a_label_that_has_taken_it():
    assert paths("relu_2: tanh", "relu", "relu") == ["relu_2", "relu", "relu_3"]


def test_the_statement_of_every_node_is_its_row():
    spec = spec_of(arch("a: two", "tanh -> tanh", "b: relu", above="block two() { relu -> tanh }"))
    assert [(row.path, row.nodes) for row in spec.statements] == [
        ("a", ("a.relu", "a.tanh")),
        ("tanh", ("tanh", "tanh_2")),
        ("b", ("b",)),
    ]


def test_every_node_reads_the_one_before():
    spec = spec_of(arch("a: two", "two -> tanh", above="block two() { relu -> tanh }"))
    assert [node.inputs for node in spec.nodes] == [
        (),
        *((node.path,) for node in spec.nodes[:-1]),
    ]


def test_the_chain_of_calls_is_innermost_first():
    above = "block a(n) { b(n + 1) }\nblock b(n) { linear(n) -> relu }"
    node = spec_of(arch("top: a(3)", x="3", above=above)).nodes[1]
    assert [(frame.call, frame.path) for frame in node.chain] == [
        ("b(n + 1)", "top"),
        ("a(3)", "top"),
    ]
    assert (node.path, node.op.n) == ("top.linear", 4)


# --- names that are taken -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (arch("a: relu", "a: tanh"), ["E203 4:3"]),
        (arch("a: relu -> relu", "a: tanh -> tanh"), ["E203 4:3"]),
        (arch("relu", "relu: tanh"), ["E203 4:3"]),
        (arch("input: relu"), ["E110 3:3"]),
        ("arch A { input x: 3\n x: relu }", ["E203 2:2"]),
        (arch("b", above="block b() {\n a: relu\n a: tanh\n}"), ["E203 3:2"]),
        (arch("relu", above="block b(n, n) { linear(n) }"), ["E203 1:12"]),
        (arch("relu", above="block b(same) { conv(1, 1, pad=same) }"), ["E203 1:9"]),
        (arch("relu", above="let valid = 3"), ["E203 1:5"]),
        (arch("relu", above="let a = 1\nlet a = 2"), ["E203 2:5"]),
        (arch("relu", above="let a = 1\ntable a { X }"), ["E203 2:7"]),
        (arch("relu", above="block b() { relu }\nblock b() { tanh }"), ["E203 2:7"]),
        (arch("relu", above="block conv() { relu }"), ["E203 1:7"]),
        (arch("relu", above="block Net() { relu }"), ["E203 2:6"]),
        (arch("relu", above="cite c { year = 1 }\ncite c { year = 2 }"), ["E203 2:6"]),
        # values, calls and cites are three name spaces; only the block is used here
        (
            arch("a", above="let a = 1\nblock a() { relu }\ncite a { year = 1 }"),
            ["W401 1:5", "W401 3:6"],
        ),
    ],
)
def test_defined_twice(text: str, expected: list[str]):
    assert places(check(text)) == expected


def test_both_places_are_shown():
    (found,) = check(arch("a: relu", "a: tanh"))
    ((label),) = found.labels
    assert (found.message, label.text) == ("`a` is defined twice", "first here")
    assert label.span.location.line == 3


def test_the_same_problem_in_two_uses_of_a_block_is_one_diagnostic():
    (found,) = check(arch("b", "x: b", above="block b() { cnov(3) -> relu }"))
    assert (found.code, found.instances) == ("E201", ("x",))
    assert [frame.path for frame in found.chain] == ["b"]


# --- reserved labels ----------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["forward", "T_destination", "type", "heads", "predict", "_a"])
def test_reserved_label(label: str):
    (found,) = check(arch(f"{label}: relu"))
    assert (found.code, found.primary.text) == ("E206", label)


@pytest.mark.parametrize("label", ["lambda", "class", "None"])
def test_a_python_word_is_reserved(label: str):
    assert why_reserved(label) == (
        "it is a word of Python, and the module's attribute could not be written"
    )


@pytest.mark.parametrize("label", ["C1", "conv", "relu_2", "block", "weights", "한글"])
def test_free_label(label: str):
    assert why_reserved(label) is None
