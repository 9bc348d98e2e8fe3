"""What a diagnostic looks like. The first group are the examples of the manual, to the letter."""

from __future__ import annotations

from textwrap import dedent

import pytest

from archspec.errors import Diagnostic, Edit, Fix, Frame, Label
from archspec.rendering.diagnostics import human
from archspec.rendering.labels import display_width
from archspec.source import Source, Span


def source(name: str, **lines: str):
    """A text with `line_10="..."` as line 10 and empty lines elsewhere."""
    numbered = {int(key.removeprefix("line_")): text for key, text in lines.items()}
    text = "\n".join(numbered.get(number, "") for number in range(1, max(numbered) + 1))
    return Source(name, text + "\n")


def span(text: Source, part: str, nth: int = 0):
    start = -1
    for _ in range(nth + 1):
        start = text.text.index(part, start + 1)
    return Span(text, start, start + len(part))


def expected(text: str):
    return dedent(text).strip("\n")


GOOGLENET = source(
    "googlenet.arch",
    line_10="  concat {",
    line_11="    | b1: cr(c1, 1)",
    line_12="    | b3: cr(r3, 1) -> cr(c3, 3)",
    line_34="  i3a: Inception(64, 96, 128, 16, 32, 32)",
    line_55='    i3a.macs ~= 128M within 1%  from szegedy14 "Table 1"',
)
RESNET = source(
    "resnet.arch",
    line_10="  add {",
    line_11="    | cbn(w, 1, stride=stride) -> relu -> cbn(w, 3) -> relu -> cbn(4*w, 1)",
    line_12="    | if project { proj: cbn(4*w, 1) } else { identity }",
    line_18="  Bottleneck(w, stride=stride, project=true)",
    line_27="  conv3_x: Stage(128, depths[1], stride=2)",
)
LENET = source("lenet5.arch", line_25="  C1: conv(6, 5x5, pad=2) -> squash   => 6x28x28")
ALEXNET = source(
    "alexnet.arch",
    line_14="  conv1: conv(96, 11, stride=4) -> relu",
    line_20="  pool2: maxpool(3, stride=2)",
)
E301 = Diagnostic(
    "E301",
    "`concat` inputs must agree in height and width: 28x28 and 26x26",
    span(GOOGLENET, "concat"),
    text="node i3a.concat",
    labels=(
        Label(span(GOOGLENET, "cr(c1, 1)"), "64x28x28: floor((28 + 2*0 - 1) / 1) + 1 = 28"),
        Label(
            span(GOOGLENET, "cr(c3, 3)"),
            "128x26x26: floor((28 + 2*0 - 3) / 1) + 1 = 26   <- differs",
        ),
    ),
    chain=(Frame("i3a: Inception(64, 96, 128, 16, 32, 32)", "i3a", span(GOOGLENET, "Inception")),),
    instances=tuple(f"i{name}" for name in ("3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")),
    help="`cr(c3, 3, pad=1)` keeps 28x28",
    fix=Fix((Edit(span(GOOGLENET, "cr(c3, 3)"), "cr(c3, 3, pad=1)"),), safe=False),
    path="i3a.concat",
    values={"got": "26x26"},
)
E303 = Diagnostic(
    "E303",
    "declared 6x28x28, inferred 6x32x32",
    span(LENET, "6x28x28"),
    text="declared",
    labels=(
        Label(span(LENET, "conv(6, 5x5, pad=2)"), "inferred: floor((32 + 2*2 - 5) / 1) + 1 = 32"),
    ),
)
W201 = Diagnostic(
    "W201",
    "stride 4 does not tile: the last row and column of the input are never read",
    span(ALEXNET, "stride=4"),
    text="(224 + 2*0 - 11) / 4 = 53 remainder 1",
    help="a 227x227 input tiles exactly: (227 + 2*0 - 11) / 4 + 1 = 55",
)


def test_labels_on_several_lines():
    assert human([E301]) == expected("""
    error[E301]: `concat` inputs must agree in height and width: 28x28 and 26x26
      --> googlenet.arch:10:3
    10 |   concat {
       |   ^^^^^^ node i3a.concat
    11 |     | b1: cr(c1, 1)
       |           --------- 64x28x28: floor((28 + 2*0 - 1) / 1) + 1 = 28
    12 |     | b3: cr(r3, 1) -> cr(c3, 3)
       |                        --------- 128x26x26: floor((28 + 2*0 - 3) / 1) + 1 = 26   <- differs
       = in `i3a: Inception(64, 96, 128, 16, 32, 32)` at googlenet.arch:34:8, and 8 more uses
       = help: `cr(c3, 3, pad=1)` keeps 28x28   [fix: ask]
    """)


def test_a_chain_of_calls_innermost_first():
    problem = Diagnostic(
        "E302",
        "`add` inputs must be equal: 512x28x28 and 512x56x56",
        span(RESNET, "add"),
        text="node conv3_x.Bottleneck.add",
        labels=(
            Label(span(RESNET, "cbn(w, 1, stride=stride)"), "28 from here on   (stride=2)"),
            Label(span(RESNET, "cbn(4*w, 1)", nth=1), "512x56x56   (stride=1)"),
        ),
        chain=(
            Frame(
                "Bottleneck(128, stride=2, project=true)", "conv3_x.1", span(RESNET, "Bottleneck")
            ),
            Frame("conv3_x: Stage(128, 4, stride=2)", "conv3_x", span(RESNET, "Stage")),
        ),
        instances=("conv4_x", "conv5_x"),
        help="give the shortcut the same stride: `cbn(4*w, 1, stride=stride)`",
    )
    assert human([problem]) == expected("""
        error[E302]: `add` inputs must be equal: 512x28x28 and 512x56x56
          --> resnet.arch:10:3
        10 |   add {
           |   ^^^ node conv3_x.Bottleneck.add
        11 |     | cbn(w, 1, stride=stride) -> relu -> cbn(w, 3) -> relu -> cbn(4*w, 1)
           |       ------------------------ 28 from here on   (stride=2)
        12 |     | if project { proj: cbn(4*w, 1) } else { identity }
           |                          ----------- 512x56x56   (stride=1)
           = in `Bottleneck(128, stride=2, project=true)` at resnet.arch:18:3
           = in `conv3_x: Stage(128, 4, stride=2)` at resnet.arch:27:12; also conv4_x, conv5_x
           = help: give the shortcut the same stride: `cbn(4*w, 1, stride=stride)`
    """)


def test_two_marks_on_one_line():
    assert human([E303]) == expected("""
        error[E303]: declared 6x28x28, inferred 6x32x32
          --> lenet5.arch:25:42
        25 |   C1: conv(6, 5x5, pad=2) -> squash   => 6x28x28
           |                                          ^^^^^^^ declared
           |       ------------------- inferred: floor((32 + 2*2 - 5) / 1) + 1 = 32
    """)


def test_notes_stand_before_the_help():
    problem = Diagnostic(
        "E304",
        "a 3x3 window does not fit its 256x2x2 input",
        span(ALEXNET, "maxpool(3, stride=2)"),
        text="floor((2 + 2*0 - 3) / 2) + 1 = 0",
        notes=("sides so far: input 32 (from --input) > conv1 6 > pool1 2 > conv2 2 > pool2 0",),
        help="the smallest input for this net is 67x67",
    )
    assert human([problem]) == expected("""
        error[E304]: a 3x3 window does not fit its 256x2x2 input
          --> alexnet.arch:20:10
        20 |   pool2: maxpool(3, stride=2)
           |          ^^^^^^^^^^^^^^^^^^^^ floor((2 + 2*0 - 3) / 2) + 1 = 0
           = note: sides so far: input 32 (from --input) > conv1 6 > pool1 2 > conv2 2 > pool2 0
           = help: the smallest input for this net is 67x67
    """)


def test_a_failed_expectation():
    problem = Diagnostic(
        "X001",
        "i3a.macs ~= 128M within 1% does not hold",
        span(GOOGLENET, "i3a.macs"),
        text="computed 121,626,624, expected 126,720,000 to 129,280,000 (-4.98%)",
    )
    assert human([problem]) == expected("""
        error[X001]: i3a.macs ~= 128M within 1% does not hold
          --> googlenet.arch:55:5
        55 |     i3a.macs ~= 128M within 1%  from szegedy14 "Table 1"
           |     ^^^^^^^^ computed 121,626,624, expected 126,720,000 to 129,280,000 (-4.98%)
    """)


def test_warnings_say_so():
    assert human([W201]) == expected("""
        warning[W201]: stride 4 does not tile: the last row and column of the input are never read
          --> alexnet.arch:14:23
        14 |   conv1: conv(96, 11, stride=4) -> relu
           |                       ^^^^^^^^ (224 + 2*0 - 11) / 4 = 53 remainder 1
           = help: a 227x227 input tiles exactly: (227 + 2*0 - 11) / 4 + 1 = 55
    """)


# --- places --------------------------------------------------------------------------------------

KOREAN = Source("한글.arch", "arch A {\n\t입력: conv(합성곱, 5x5)  # 설명\n}\n")
BLOCK = Source("b.arch", "block B() {\n  conv(3,\n\n    5)\n}\na\nb\n")


def test_carets_stand_below_hangul_and_behind_tabs():
    problem = Diagnostic(
        "E202",
        "unknown name `합성곱`",
        span(KOREAN, "합성곱"),
        text="여기",
        labels=(Label(span(KOREAN, "5x5"), "크기"),),
    )
    text = human([problem])
    assert text == expected("""
        error[E202]: unknown name `합성곱`
         --> 한글.arch:2:11
        2 |     입력: conv(합성곱, 5x5)  # 설명
          |                ^^^^^^ 여기
          |                        --- 크기
    """)
    line, first, second = text.splitlines()[2:]
    assert display_width(line.partition("합성곱")[0]) == first.index("^")
    assert display_width(line.partition("5x5")[0]) == second.index("-")


def test_labels_in_another_file_have_their_own_place():
    problem = Diagnostic(
        "E203",
        "name defined twice",
        span(BLOCK, "B"),
        labels=(Label(span(LENET, "C1"), "here too"), Label(span(BLOCK, "a"), "and here")),
    )
    assert human([problem]) == expected("""
        error[E203]: name defined twice
          --> b.arch:1:7
         1 | block B() {
           |       ^
        ...
         6 | a
           | - and here
          --> lenet5.arch:25:3
        25 |   C1: conv(6, 5x5, pad=2) -> squash   => 6x28x28
           |   -- here too
    """)


def test_a_label_above_its_problem_is_shown_above_it():
    problem = Diagnostic(
        "E203", "twice", span(BLOCK, "a"), labels=(Label(span(BLOCK, "conv"), "first"),)
    )
    assert human([problem]) == expected("""
        error[E203]: twice
         --> b.arch:6:1
        2 |   conv(3,
          |   ---- first
        ...
        6 | a
          | ^
    """)


def test_a_short_span_over_lines_is_shown_whole():
    problem = Diagnostic("E101", "open", span(BLOCK, "conv(3,\n\n    5)\n"), text="this call")
    assert human([problem]) == expected("""
        error[E101]: open
         --> b.arch:2:3
        2 |   conv(3,
          |   ^^^^^^^
        3 |
          | ^
        4 |     5)
          |     ^^ this call
    """)


def test_a_long_span_shows_its_ends():
    problem = Diagnostic("E101", "open", Span(BLOCK, 0, len(BLOCK.text)), text="all of it")
    assert human([problem]) == expected("""
        error[E101]: open
         --> b.arch:1:1
        1 | block B() {
          | ^^^^^^^^^^^
        ...
        7 | b
          | ^ all of it
    """)


def test_the_end_of_the_text_has_a_caret():
    end = len(BLOCK.text)
    assert human([Diagnostic("E102", "open", Span(BLOCK, end, end), text="here")]) == expected("""
        error[E102]: open
         --> b.arch:8:1
        8 |
          | ^ here
    """)


def test_no_place_no_source():
    problem = Diagnostic("E003", "no layout engine", notes=("one",), help="two")
    assert human([problem]) == "error[E003]: no layout engine\n  = note: one\n  = help: two"


def test_instances_without_a_call():
    few = Diagnostic("E304", "no", instances=("a", "b"))
    many = Diagnostic("E304", "no", instances=("a", "b", "c", "d"))
    assert human([few]).splitlines()[1] == "  = also a, b"
    assert human([many]).splitlines()[1] == "  = 4 more uses"


def test_what_moves_the_cursor_is_not_printed():
    text = Source("x", "a\x1b[2Jb\n")
    assert human([Diagnostic("E116", "odd", span(text, "b"))]).splitlines()[2:] == [
        "1 | a?[2Jb",
        "  |      ^",
    ]


def test_windows_line_ends_are_no_text():
    text = Source("x", "conv(3)\r\nrelu\r\n")
    assert human([Diagnostic("E116", "odd", span(text, "conv(3)\r\n"))]).splitlines()[3] == (
        "  | ^^^^^^^"
    )


# --- width and colour ----------------------------------------------------------------------------


def test_text_wraps_behind_its_mark_or_below_it():
    narrow = human([E301], width=60)
    assert narrow == expected("""
        error[E301]: `concat` inputs must agree in height and width:
                     28x28 and 26x26
          --> googlenet.arch:10:3
        10 |   concat {
           |   ^^^^^^ node i3a.concat
        11 |     | b1: cr(c1, 1)
           |           --------- 64x28x28: floor((28 + 2*0 - 1) / 1)
           |                     + 1 = 28
        12 |     | b3: cr(r3, 1) -> cr(c3, 3)
           |                        ---------
           |                        128x26x26: floor((28 + 2*0 - 3)
           |                        / 1) + 1 = 26   <- differs
           = in `i3a: Inception(64, 96, 128, 16, 32, 32)` at
             googlenet.arch:34:8, and 8 more uses
           = help: `cr(c3, 3, pad=1)` keeps 28x28   [fix: ask]
    """)
    assert max(map(display_width, narrow.splitlines())) <= 60


def test_a_long_line_loses_its_unmarked_end():
    text = Source("x", "conv(3)   # " + "comment " * 20 + "\n")
    line = human([Diagnostic("E116", "odd", span(text, "conv"))], width=50).splitlines()[2]
    assert line == "1 | conv(3)   # comment comment comment comment..."
    marked = human([Diagnostic("E116", "odd", Span(text, 100, 104))], width=50).splitlines()[2]
    assert marked.endswith("comment")


def strip(text: str):
    return "".join(
        part.partition("m")[2] if i else part for i, part in enumerate(text.split("\x1b"))
    )


@pytest.mark.parametrize("width", [40, 60, 100])
@pytest.mark.parametrize("problem", [E301, E303, W201], ids=lambda problem: problem.code)
def test_colour_changes_nothing_but_colour(problem: Diagnostic, width: int):
    coloured = human([problem], color=True, width=width)
    assert coloured.count("\x1b[0m") * 2 == coloured.count("\x1b[") > 0
    assert strip(coloured) == human([problem], width=width)
    assert "\x1b" not in human([problem], width=width)


def test_severities_have_their_own_colours():
    heads = [
        human([Diagnostic(code, "x")], color=True).partition("[0m")[0]
        for code in ("E301", "W201", "N203")
    ]
    assert heads == [
        "\x1b[1;31merror[E301]: \x1b",
        "\x1b[1;33mwarning[W201]: \x1b",
        "\x1b[1;36mnote[N203]: \x1b",
    ]


def test_diagnostics_are_parted_by_an_empty_line_and_keep_their_order():
    both = human([W201, E303])
    assert both == human([W201]) + "\n\n" + human([E303])
    assert human([]) == ""


def test_generated_text_is_ascii():
    assert human([E301, E303, W201]).isascii()
