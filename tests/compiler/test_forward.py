"""The lines of `forward`: variables, what is freed, what stays an expression."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from compiler_nets import net
from graph_nets import graph
from test_emit import assert_tidy

from archspec.compiler import emit
from archspec.errors import ArchError
from archspec.graph import load

if TYPE_CHECKING:
    from pathlib import Path


def body(*statements: str, x: str = "4x8x8", above: str = "") -> list[str]:
    """The lines of the network's `forward` without comments."""
    text = emit(net(*statements, x=x, above=above))
    assert_tidy(text)
    lines = text.rpartition("    def forward(")[2].splitlines()[1:]
    return [line.partition("  #")[0].strip() for line in lines]


def test_the_trunk_is_x_and_what_several_read_has_its_label():
    assert body("a: conv(4, 1)", "b: relu -> bn", "add(@a, @b)", "relu") == [
        "a = self.a(image)",
        "x = self.b(a)",
        "x = a + x",
        "del a",
        "return self.relu(x)",
    ]


def test_lanes_have_their_labels_and_a_lane_of_several_items_is_y():
    lanes = "concat { | p: relu -> bn | conv(2, 1) -> tanh | silu\n | bn -> abs -> sigmoid }"
    assert body(lanes, "dropout(0.5)") == [
        "p = self.p(image)",
        "y = self.conv(image)",
        "y = self.tanh(y)",
        "silu = self.silu(image)",
        "y_2 = self.bn(image)",
        "y_2 = self.abs(y_2)",
        "y_2 = self.sigmoid(y_2)",
        "x = torch.cat((p, y, silu, y_2), 1)",
        "del p, y, silu, y_2",
        "return self.dropout(x)",
    ]


def test_a_variable_is_used_again_when_its_tensor_is_not_needed_any_more():
    lane = "add { | identity | relu -> bn }"
    found = body("conv(4, 1)", lane, lane)
    assert found == [
        "conv = self.conv(image)",
        "x = self.relu(conv)",
        "x = self.bn(x)",
        "add = conv + x",
        "del conv",
        "x = self.relu_2(add)",
        "x = self.bn_2(x)",
        "return add + x",
    ]


def test_slices_stand_where_they_are_read_and_arithmetic_in_a_concat():
    found = body(
        "a: conv(6, 1)",
        "concat { | add { | slice(0, 3) | slice(3, end) } | slice(1, 3) -> relu }",
    )
    assert found == [
        "a = self.a(image)",
        "x = self.relu(a[:, 1:3])",
        "return torch.cat((a[:, :3] + a[:, 3:], x), 1)",
    ]


def test_a_slice_that_two_read_has_a_name():
    found = body("s: slice(0, 2)", "add { | @s -> relu | @s }")
    assert found == ["s = image[:, :2]", "x = self.relu(s)", "return x + s"]


def test_what_is_subtracted_and_multiplied_keeps_its_order():
    found = body("mul { | sub { | relu | tanh } | add { | abs | identity } }")
    assert found[-1] == "return sub * add"


def test_long_sums_and_concats_take_several_lines():
    label = "a_rather_long_label_number_"
    lanes = "\n".join(f"| {label}{n}: conv(4, 1)" for n in range(5))
    for name in ("add", "concat"):
        assert body(f"{name} {{\n{lanes} }}", "relu")[-1] == "return self.relu(x)"
        assert body(f"{name} {{\n{lanes} }}")[-1] == ")"
    lanes = "\n".join(f"| {label}{n}: conv(4, 1)" for n in range(3))
    assert body(f"add {{\n{lanes} }}", "relu")[-1] == "return self.relu(x)"


@pytest.mark.parametrize("label", ["max", "F", "Tensor", "l", "nn"])
def test_variables_hide_nothing_the_file_uses(label: str):
    found = body(f"{label}: conv(4, 1)", f"add {{ | relu | @{label} }}", "relu")
    assert f"{label}_2 = self.{label}(image)" in found


def test_numbered_modules_are_looked_up():
    assert body("repeat 2 { relu }", "tanh")[:2] == [
        'x = self.get_submodule("1")(image)',
        'x = self.get_submodule("2")(x)',
    ]


def test_an_input_can_be_returned_and_merged_as_it_is():
    assert body("add { | identity | identity }") == ["return image + image"]


def test_outputs_have_their_labels_and_leave_as_a_tuple():
    text = emit(graph("outputs"))
    assert "    def forward(self, x: Tensor) -> tuple[Tensor, ...]:" in text
    assert text.endswith("        return d, c, b\n")


def test_heads_run_in_training_where_they_stand():
    found = emit(graph("heads")).rpartition("    def forward(")[2]
    assert found == (
        "self, x: Tensor) -> tuple[Tensor, ...]:\n"
        "        x = self.conv1(x)\n"
        "        conv2 = self.conv2(x)\n"
        "        if self.training:\n"
        "            aux1 = self.aux1(conv2)\n"
        "        x = self.conv3(conv2)\n"
        "        early = self.early(x.flatten(1))\n"
        "        if self.training:\n"
        "            aux2 = self.aux2(conv2)\n"
        "        del conv2\n"
        "        x = self.gap(x)\n"
        "        x = self.fc(x)\n"
        "        if self.training:\n"
        "            return x, aux1, early, aux2\n"
        "        return x, early\n"
    )


def test_long_signatures_and_long_lists_of_heads_take_several_lines():
    label = "a_rather_long_label_number_"
    convs = [f"{label}{n}: @first -> conv(4, 1)" for n in range(4)]
    lanes = " ".join(f"\n| @{label}{n}" for n in range(4))
    heads = [f"head another_long_name_{n} {{ linear(2) }}" for n in range(5)]
    text = emit(net("first: relu", *convs, f"all_of_them: relu -> add {{ {lanes} }} -> bn", *heads))
    assert_tidy(text)
    assert (
        f"    def forward(\n        self,\n        x: Tensor,\n        {label}1: Tensor,\n" in text
    )
    assert '    heads: ClassVar = {  # the weight of each loss\n        "another' in text


def test_the_line_of_an_imported_block_names_its_file(tmp_path: Path):
    block = "block B() {\n  add { | relu\n        | identity }\n  tanh\n}\n"
    (tmp_path / "common.arch").write_text(block, encoding="utf-8")
    spec = 'from "./common.arch" import B\narch A {\n  input 3\n  first: B\n  B\n}\n'
    (tmp_path / "main.arch").write_text(spec, encoding="utf-8")
    text = emit(load(f"{tmp_path / 'main.arch'}:A"))
    assert "self.relu = nn.ReLU()  # common.arch:2\n" in text
    assert "x = relu + x  # common.arch:2\n" in text
    assert "self.first = B()  # :4  3\n" in text


def test_a_head_that_taps_the_trunk_leaves_it_the_trunk():
    assert body("conv(4, 1)", 'head h(phase="train") { relu }', "tanh") == [
        "x = self.conv(image)",
        "if self.training:",
        "h = self.h(x)",
        "x = self.tanh(x)",
        "if self.training:",
        "return x, h",
        "return x",
    ]


# --- in place -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statements", "inplace"),
    [
        (("a: conv(4, 1)", "b: relu", "tanh"), True),
        (("a: conv(4, 1)", "b: relu", "add(@a, @b)"), False),
        (("bn -> relu",), True),
        (("add { | tanh | identity } -> relu",), True),
        (("concat { | tanh | identity } -> relu",), True),
        (("conv(4, 1) -> slice(0, 2) -> relu",), False),
        (("a: conv(4, 1)", "b: relu", "output @a, @b"), False),
        (("a: conv(4, 1)", "head h { linear(2) }", "b: relu"), False),
        (("conv(4, 1) -> late",), False),  # the level of a block does not write into its input
    ],
)
def test_relu_writes_into_what_nobody_else_reads_or_keeps(
    statements: tuple[str, ...], inplace: bool
):
    above = "block late() { relu -> add { | tanh | identity } }"
    text = emit(net(*statements, x="4x8x8", above=above))
    assert ("nn.ReLU(inplace=True)" in text) == inplace


# --- shared weights -------------------------------------------------------------------------------


def test_equal_attributes_call_the_owner_again_others_use_its_tensors():
    found = body(
        "a: conv(4, 3, pad=1)",
        "b: conv(4, 3, pad=1, weights=@a)",
        "c: conv(4, 3, stride=2, bias=false, weights=@a)",
        "d: conv(4, 3, pad=1, trainable=false, weights=@b)",
    )
    assert found == [
        "x = self.a(image)",
        "x = self.a(x)",
        "x = F.conv2d(x, self.a.weight, stride=2)",
        "return self.a(x)",
    ]


def test_the_owner_can_stand_in_a_chain_and_in_a_repeat():
    found = body(
        "a: conv(4, 3, pad=1) -> relu", "conv(4, 3, pad=1, weights=@a)", "linear(2)", "linear(2)"
    )
    assert found[1] == "x = self.a.conv(x)"


@pytest.mark.parametrize(
    "statement",
    [
        "conv(4, 1, weights=@a)",
        "conv(5, 3, pad=1, weights=@a)",
        "conv(4, 3, pad=1, groups=2, weights=@a)",
        "conv(4, 3, pad=[1, 0, 0, 1], weights=@a)",
        "conv(2, 3, pad=1) -> conv(4, 3, pad=1, weights=@a)",
        "conv(4, 3, pad=1, weights=@a)",
    ],
)
def test_weights_that_do_not_fit_are_e701(statement: str):
    bias = "false" if statement == "conv(4, 3, pad=1, weights=@a)" else "true"
    with pytest.raises(ArchError) as caught:
        body(f"a: conv(4, 3, pad=1, bias={bias})", statement)
    assert [item.code for item in caught.value.diagnostics] == ["E701"]
