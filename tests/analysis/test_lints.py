"""Hints on specs that are right but may not be meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from archspec.analysis import analyze, idle_allows
from tests.helpers import arch, check, graph_of, report_of
from tests.strategies import chains

if TYPE_CHECKING:
    from archspec.graph import Node
    from archspec.ops import Window
    from tests.strategies import Chain


def hint(statement: str, x: str = "1x8x8") -> tuple[str, str, str, str | None]:
    (found,) = check(arch(statement, x=x))
    return found.code, found.message, found.text, found.help


@pytest.mark.parametrize(
    ("statement", "x", "message"),
    [
        ("conv(1, 3, stride=2)", "1x8x8", "the last row and column are unread"),
        ("conv(1, 3, stride=3)", "1x8x8", "the last 2 rows and columns are unread"),
        ("conv(1, 3, stride=2x1)", "1x8x8", "the last row is unread"),
        ("conv(1, 3, stride=3x1)", "1x8x8", "the last 2 rows are unread"),
        ("conv(1, 3, stride=1x2)", "1x8x8", "the last column is unread"),
        ("conv(1, 3, stride=1x3)", "1x8x8", "the last 2 columns are unread"),
        ("conv(1, 3, stride=2)", "1x8x9", "the last row is unread"),
        ("conv(1, 3, stride=2)", "1x9x8", "the last column is unread"),
        ("conv(1, 3, stride=2)", "1x8x10", "the last row and column are unread"),
        ("maxpool(3)", "1x8x8", "the last 2 rows and columns are unread"),
        ("subsample(3)", "1x7x9", "the last row is unread"),
        ("conv(1, 2, dilation=2, stride=2)", "1x8x8", "the last row and column are unread"),
    ],
)
def test_w201(statement: str, x: str, message: str):
    code, text, *_ = hint(statement, x)
    stride = text.split()[1]
    assert (code, text) == ("W201", f"stride {stride} does not tile: {message}")


def test_w201_shows_the_division_and_the_next_size_that_tiles():
    code, message, text, help_ = hint("conv(96, 11, stride=4)", "3x224x224")
    assert (code, message) == (
        "W201",
        "stride 4 does not tile: the last row and column are unread",
    )
    assert text == "(224 + 0 + 0 - 11) / 4 = 53 remainder 1"
    assert help_ == "an input side of 227 tiles exactly: (227 + 0 + 0 - 11) / 4 + 1 = 55"


def test_w201_marks_the_stride_where_it_is_written():
    (found,) = check(arch("C1: conv(1, 3, stride=2)", x="1x8x8"))
    assert (found.primary.text, found.path) == ("stride=2", "C1")
    (found,) = check(arch("maxpool(3)", x="1x8x8"))
    assert found.primary.text == "maxpool(3)"
    assert found.values == {"remainder": 2, "stride": 3, "size": 8}


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("conv(1, 3, stride=2, pad=1)", "the last row and column are unread, all padding"),
        ("conv(1, 4, stride=3, pad=[0, 3, 0, 3])", "the last row and column are unread, all"),
        ("conv(1, 2x1, stride=2x1, pad=[0, 1, 0, 0])", "the last row is unread, all padding"),
    ],
)
def test_n204(statement: str, message: str):
    (found,) = check(arch(statement, x="1x8x8"))
    assert (found.code, found.severity) == ("N204", "note")
    assert message in found.message


@pytest.mark.parametrize(
    ("statement", "kernel"),
    [
        ("conv(3, 3) -> conv(3, 3)", "5x5"),
        ("conv(3, 1) -> conv(3, 3x2)", "3x2"),
        ("conv(3, 3, stride=2) -> conv(3, 3)", "7x7"),
        ("conv(3, 3, dilation=2) -> dropout(0.2) -> conv(3, 2)", "6x6"),
        ("conv(3, 3, bias=false) -> bn -> conv(9, 1)", "3x3"),
        ("conv(3, 1) -> conv(3, 1)", "1x1"),
        ("conv(4, 1) -> conv(9, 1)", "1x1"),
    ],
)
def test_w502_of_convolutions(statement: str, kernel: str):
    (found,) = check(arch(statement, x="3x17x17"))
    assert found.code == "W502"
    assert found.message.endswith(f"together they are one {kernel} convolution")


@pytest.mark.parametrize(
    ("statement", "border"),
    [
        ("conv(3, 3, pad=1) -> conv(3, 3, pad=1)", True),
        ("conv(3, 3) -> conv(3, 3, pad=[0, 0, 0, 1])", True),
        ("conv(3, 3) -> conv(3, 3, pad=same)", True),
        ("conv(3, 3, pad=1) -> conv(3, 3)", False),
        ("conv(3, 3, pad=same) -> conv(9, 1, pad=same)", False),
    ],
)
def test_w502_where_the_second_convolution_pads(statement: str, border: bool):
    """What the first one pads one convolution pads as well."""
    (found,) = check(arch(statement, x="3x17x17"))
    assert found.code == "W502"
    assert found.message.endswith(" convolution, apart from the border") is border
    assert found.message.endswith(" convolution") is not border


def test_the_first_of_two_convolutions_may_have_other_readers():
    assert check(arch("a: conv(3, 3, pad=1)", "b: conv(3, 1)", "add(@a, @b)", x="3x9x9")) == ()


def test_padding_on_the_near_side_does_not_excuse_unread_rows():
    (found,) = check(arch("conv(1, 3, stride=2, pad=[1, 0, 1, 0])", x="1x9x9"))
    assert (found.code, found.message) == (
        "W201",
        "stride 2 does not tile: the last row and column are unread",
    )


@pytest.mark.parametrize(
    ("statement", "x", "message"),
    [
        ("maxpool(2, ceil=true)", "1x7x7", "1 of its 2 lines see nothing"),
        ("maxpool(3, ceil=true)", "1x7x7", "2 of its 3 lines see nothing"),
        ("avgpool(2, ceil=true)", "1x8x7", "1 of its 2 lines see nothing"),
    ],
)
def test_n203(statement: str, x: str, message: str):
    (found,) = check(arch(statement, x=x))
    assert (found.code, found.severity, found.primary.text) == ("N203", "note", "ceil=true")
    assert found.message == f"the last window is partly outside: {message}"


@pytest.mark.parametrize(
    ("statement", "x"),
    [
        ("conv(1, 3)", "1x8x8"),
        ("conv(1, 3, stride=2)", "1x9x9"),
        ("zero_pad_shortcut(2, 2)", "1x8x8"),
        ("maxpool(2)", "1x8x8"),
        ("maxpool(2, ceil=true)", "1x8x8"),
        ("maxpool(3, stride=1)", "1x8x8"),  # a filter overlaps by nature
        ("conv(1, 1x3)", "1x1x8"),  # a sequence has one row throughout
        ("softmax", "5"),
        ("conv(1, 3) -> relu -> bn", "1x8x8"),
        ("conv(1, 3, bias=false) -> bn", "1x8x8"),
        ("conv(9, 3, pad=same)", "3x8x8"),
        # in this language's order
        ("conv(8, 3, 1)", "8x8x8"),
        ("conv(8, 2, 2)", "8x8x8"),
        ("conv(3, 7, 3)", "3x31x31"),
        ("conv(16, 8, 3)", "3x32x32"),
        ("conv(3, 8, stride=3)", "3x32x32"),
        ("bn(1e-3)", "3x8x8"),
        ("bn(eps=1)", "3x8x8"),
        ("relu", "4x4x3"),
        ("relu", "64x128x1"),
        ("maxpool(2, pad=same)", "1x8x8"),  # a pool is meant to make the map smaller
        # convolutions that save weights by being two
        ("conv(2, 1) -> conv(8, 3)", "8x8x8"),  # few maps between many
        ("conv(2, 1, bias=false) -> bn -> conv(8, 1)", "8x8x8"),
        ("conv(8, 3, groups=8) -> conv(16, 1)", "8x8x8"),  # by maps, then by pixels
        ("conv(8, 1) -> conv(16, 1)", "8x8x8"),  # a linear bottleneck, and what widens it
        ("conv(8, 1x3) -> conv(8, 3x1)", "8x8x8"),
        ("conv(8, 3) -> conv(8, 3, share=false)", "8x8x8"),
        ("conv(8, 3, trainable=false) -> conv(8, 3)", "8x8x8"),
        ("conv(8, 3) -> maxpool(2) -> conv(8, 3)", "8x8x8"),  # takes the place of an activation
        ("linear(3) -> relu -> linear(3)", "5"),
        ("linear(3)", "1x8x8"),
        ("relu", "5"),
    ],
)
def test_what_is_usual_is_silent(statement: str, x: str):
    assert check(arch(statement, x=x)) == ()


@settings(max_examples=80)
@given(chains())
def test_a_hint_tells_exactly_of_rows_or_columns_no_window_reads(chain: Chain):
    report = report_of(chain.text())
    hinted = {found.path for found in report.diagnostics if found.code in ("W201", "N204")}
    for path, node in report.graph.nodes.items():
        window = node.op.window(node.io.x) if node.inputs else None
        if window and not window.ceil and not node.op.sight(node.io.x):
            assert (path in hinted) == (read_to(node, window) != ends(node, window)), path


def read_to(node: Node, window: Window) -> tuple[int, int]:
    """Up to which line of the padded map the last windows reach.

    To its end where they leave out lines everywhere, which is another hint.
    """
    return tuple(
        (node.io.output[axis + 1] - 1) * window.stride[axis] + window.extent[axis]
        if window.extent[axis] >= window.stride[axis]
        else ends(node, window)[axis]
        for axis in (0, 1)
    )


def ends(node: Node, window: Window) -> tuple[int, int]:
    return tuple(
        node.io.x[axis + 1] + window.pad[2 * axis] + window.pad[2 * axis + 1] for axis in (0, 1)
    )


# --- what is allowed ----------------------------------------------------------------------------

STRIDED = "conv(1, 3, stride=2)"


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        (f"{STRIDED}  # allow W201: the border is background", []),
        (f"{STRIDED}  # allow w201: in small letters", []),
        (f"{STRIDED}  # a border  # allow W201: nothing is there", []),
        (f"{STRIDED}  # allow W204: another one", ["W404", "W201"]),
        (f"{STRIDED}  # allow W201", ["W404", "W201"]),
        (f"{STRIDED}  # allow W201:", ["W404", "W201"]),
        (f"{STRIDED}  # allow the border", ["W201"]),
        ("conv(1, 3,\n    stride=2)  # allow W201: on the line of the stride", []),
        ("conv(1, 3)  # allow X001: an error", ["W404"]),
    ],
)
def test_allow(statement: str, codes: list[str]):
    assert [found.code for found in check(arch(statement, x="1x8x8"))] == codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        # the statement goes over several lines
        ("{ input 1x8x8\n  a: conv(1, 3)\n    -> bn  # allow W204: as published\n}", []),
        ("{ input 1x8x8\n  a: conv(1, 3)  # allow W204: as published\n    -> bn\n}", []),
        # the call that leads there, and only that one
        ("{ input 1x8x8\n  b(2)  # allow W201: a border\n}", []),
        ("{ input 1x8x8\n  deep  # allow W201: a border\n}", []),
        (
            "{ input 1x18x18\n  b(2)  # allow W201: why\n  b(2)  # allow N501: no\n}",
            ["W404", "W201"],
        ),
        # a lane is a statement of its own, and no part of the one around it
        (
            "{ input 1x8x8\n  add {  # allow W201: no\n    | b(2)\n    | b(2)\n}\n}",
            ["W404", "W201"],
        ),
        ("{ input 1x8x8\n  repeat 1 {  # allow W201: no\n    b(2)\n  }\n}", ["W404", "W201"]),
        ("{ input 1x8x8\n  repeat 1 {\n    b(2)  # allow W201: one\n  }\n}", []),
        ("{ input 1x8x8\n  repeat 1 { b(2) }  # allow W201: all on one line\n}", []),
        ("{ input 1x8x8\n  add {\n    | b(2)  # allow W201: one\n    | b(2)\n}\n}", ["W201"]),
        (
            "{ input 1x8x8\n  if true {\n    relu\n    b(2)\n  }  # allow W201: no\n}",
            ["W404", "W201"],
        ),
    ],
)
def test_an_allow_holds_for_its_statement_and_for_what_it_calls(text: str, codes: list[str]):
    blocks = "block b(s) {\n  conv(1, 3, stride=s) -> relu\n}\nblock deep {\n  b(2)\n}\n"
    found = [hint.code for hint in check(f"{blocks}arch Net {text}\n")]
    assert [code for code in found if code != "W401"] == codes


def test_what_is_allowed_in_one_call_is_told_of_the_others():
    text = "block b(s) {\n  conv(1, 3, stride=s) -> relu\n}\narch Net { input 1x38x38\n"
    (found,) = check(text + "  x: b(2)\n  y: b(2)  # allow W201: why\n  z: b(2)\n}\n")
    assert (found.code, found.path, found.instances) == ("W201", "x.conv", ("z.conv",))


def test_what_is_off_by_default_is_looked_for_where_it_is_asked_for():
    graph = graph_of(
        arch("conv(20, 3) -> relu", "conv(20, 3) -> relu", x="20x8x8", above="# allow N502: no")
    )
    assert analyze(graph).diagnostics == ()
    assert [hint.code for hint in analyze(graph, more=("N502", "W")).diagnostics] == ["N502"]
    assert idle_allows((analyze(graph),)) == ()  # nobody looked


def test_another_input_on_the_command_line_is_not_blamed_on_the_text():
    graph = graph_of(arch("relu", x="32x32x3"), (16, 16, 3))
    assert analyze(graph).diagnostics == ()


def test_an_allow_may_be_meant_for_another_arch_of_the_file():
    block = "block b(s) { conv(1, 3, stride=s) }  # allow W201: in Two\n"
    one = "arch One { input 1x8x8\n  b(1)\n}\n"
    two = "arch Two { input 1x8x8\n  b(2)\n}\n"
    assert check(block + one + two) == ()
    (found,) = check(block + one)
    assert (found.code, found.help) == ("W404", "remove the comment")


def test_nobody_asks_for_an_allow_where_errors_hide_warnings():
    assert [d.code for d in check(arch("cnov(3)  # allow W201: why"))] == ["E201"]


def test_what_is_silenced_is_kept_in_the_report():
    report = report_of(arch(f"{STRIDED}  # allow W201: why", x="1x8x8"))
    assert report.diagnostics == ()
    assert [found.code for found in report.silenced] == ["W201"]


def test_an_unused_output_is_silent_where_a_reference_is_wrong():
    assert [d.code for d in check(arch("a: relu", "@b -> tanh"))] == ["E202"]


def test_what_spreads_is_told_once():
    text = arch(*["conv(1, 3, pad=1) -> relu"] * 4, x="1x3x3")
    (found,) = check(text)
    assert (found.code, found.path, found.instances) == ("N501", "conv_2", ("conv_3", "conv_4"))
