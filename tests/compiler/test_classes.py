"""Classes of blocks: which levels share one, and what its constructor takes."""

from __future__ import annotations

import re

import pytest
from compiler_nets import net
from graph_nets import CBN

from archspec.compiler import emit
from archspec.compiler.prelude import CHAIN
from archspec.compiler.slots import Column, kind


def classes(text: str) -> list[str]:
    """The constructors of a text as `Name(arguments)`."""
    found = re.findall(
        r"^class (\w+)\(.*?__init__\(\s*self,?\s*(.*?),?\s*\)", text, re.MULTILINE | re.DOTALL
    )
    return [f"{name}({' '.join(arguments.split())})" for name, arguments in found]


def blocks(*statements: str, above: str = CBN, x: str = "4x8x8") -> list[str]:
    """The constructors of the classes that come before the network's."""
    return classes(emit(net(*statements, x=x, above=above)))[:-1]


def test_levels_of_one_structure_share_a_class_and_the_rest_becomes_arguments():
    block = "block B(w, k) { add { | conv(w, k, pad=k // 2) | conv(w, 1) } }"
    text = emit(net("a: B(4, 1)", "b: B(6, 3)", "c: B(4, 3)", x="4x8x8", above=block))
    assert classes(text)[0] == "B(in_channels: int, w: int, k: int, padding: int)".replace(
        "padding", "conv_padding"
    )
    assert "nn.Conv2d(in_channels, w, k, padding=conv_padding)" in text
    assert "self.b = B(4, 6, 3, 1)" in text


def test_a_block_used_once_has_no_arguments():
    assert blocks("a: B(6)", above="block B(w) { add { | conv(w, 3) | conv(w, 3) } }") == ["B()"]


def test_the_boolean_that_differs_names_the_class():
    above = """
block B(w, project=false, deep=true) {
  add { | conv(w, 1) | if project { p: conv(w, 1) } else { identity } }
}"""
    assert blocks("a: B(6, project=true)", "b: B(6)", above=above) == ["BProject()", "B()"]


def test_other_structures_of_one_block_are_numbered():
    above = """
block B(n) {
  add { | repeat n { conv(4, 1) } | identity }
}"""
    assert blocks("a: B(2)", "b: B(3)", above=above) == ["B()", "B_2()"]


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("some_label: { a: relu\n b: tanh\n add(@a, @b) }", "SomeLabel"),
        ("all: repeat 2 { relu -> add { | relu | identity } }", "AllStep"),
        ("repeat 2 { relu -> add { | relu | identity } }", "NetStep"),
        ("dense_layer", "DenseLayer"),
        ("x: dense_layer", "DenseLayer"),
        ("x: repeat 2 { dense_layer }", "DenseLayer"),
        ("x: outer", "DenseLayer"),
        ("F: { a: relu\n b: tanh\n add(@a, @b) }", "F_2"),
    ],
)
def test_a_class_is_called_after_its_block_else_its_label(statement: str, name: str):
    above = """
block dense_layer() { add { | relu | identity } }
block outer() { dense_layer }
"""
    assert blocks(statement, above=above) == [f"{name}()"]


def test_arguments_hide_no_name_of_the_file_and_are_not_given_twice():
    above = "block B(max, F, self) { add { | conv(max, F) -> conv(self, 1) | conv(self, F) } }"
    found = blocks("a: B(2, 3, 4)", "b: B(3, 1, 5)", above=above)
    assert found == ["B(max_2: int, F_2: int, self_2: int)"]


def test_kinds_of_arguments():
    above = "block B(k, p, b) { add { | conv(4, k, bias=b) | maxpool(k, stride=1) } -> dropout(p) }"
    found = blocks("a: B(3x4, 0.5, true)", "b: B(3, 0.1, false)", above=above)
    assert found == ["B(k: int | tuple[int, ...], b: bool, p: float)"]


def test_bounds_of_slices_that_differ_are_kept_by_the_module():
    above = "block B(n) { add { | slice(0, n) | slice(n, end) } -> conv(4, 1) }"
    text = emit(net("B(2)", "conv(6, 1)", "B(3)", x="4x8x8", above=above))
    assert classes(text)[0] == "B(n: int)"
    assert "self.n = n" in text
    assert "x = x[:, : self.n] + x[:, self.n :]" in text


def test_the_documentation_of_a_block_is_its_class_s():
    long = "word " * 30
    above = (
        f'## Short "quoted"\nblock A() {{ add {{ | relu | identity }} }}\n## {long}\n## Second.\n'
    )
    above += "block B() { add { | tanh | identity } }"
    text = emit(net("A", "B", above=above))
    assert '    """Short "quoted"\n    """\n\n' in text
    assert "word word\n    Second.\n" in text


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("1", "-2"), "int"),
        (("True",), "bool"),
        (("None", "2"), "int | None"),
        (("(1, 2)", "3"), "int | tuple[int, ...]"),
        (('"zeros"',), "str"),
        (("2 / 3", "0.5"), "float"),
        ((CHAIN, "1"), "int | object"),
    ],
)
def test_the_type_of_an_argument_follows_from_its_values(values: Column, expected: str):
    assert kind(values) == expected


def test_an_argument_of_a_class_of_the_file_keeps_its_name():
    above = """
block Gate(r) { mul { | identity | { global_avgpool(keep=true) -> conv(r, 1) -> conv(@in.c, 1) } } }
block B(w, p) { add { | identity | { conv(w, 1) -> Gate(w // 2) -> drop_path(p / 10) } } }"""
    found = blocks("a: conv(4, 1)", "b: B(4, 1)", "c: conv(8, 1)", "d: B(8, 2)", above=above)
    assert found[-1] == "B(w: int, Gate_r: int, drop_path_p: float)"
