"""From a text to an architecture: arguments, facts, recovery, and what is not built yet."""

from __future__ import annotations

from fractions import Fraction

import pytest

from archspec.errors import ArchError
from archspec.ops import OPS, Conv
from archspec.schema import arch_names, elaborate, signature
from archspec.schema.spec import Broken
from archspec.source import Source
from archspec.syntax import parse
from tests.helpers import arch, check, places, spec_of

# --- what travels -------------------------------------------------------------------------------

RICH = """## A file-level word.
cite lecun98 { title = "T"
  year = 1998
  open = true
  half = 0.5 }
table t {
  X .
  1 0
}
## Of the arch,
## in two lines.
arch Net "A title" {
  ## The picture.
  input image: 2x8x8
  ## The first layer.
  C1: conv(2, 3, table=t) -> tanh  [stage=features, color="#eef", freeze, level=2, part=1/2]
  relu
  expect {
    C1.conv.params.bias == 2 from lecun98 "Table 1" note "of the paper"
    C1.shape == 2x6x6 from derived
    flops ~= 3.8k within 2.5% disputed "too many"
    rf <= 1_000
  }
}
arch Other { input 3
  relu }
"""


def test_names_and_texts_travel():
    spec = spec_of(RICH)
    assert (spec.name, spec.title, spec.doc) == ("Net", "A title", "Of the arch,\nin two lines.")
    assert spec.others == ("Other",)
    assert [(node.path, node.doc) for node in spec.nodes] == [
        ("image", "The picture."),
        ("C1.conv", "The first layer."),
        ("C1.tanh", "The first layer."),
        ("relu", ""),
    ]
    assert [statement.doc for statement in spec.statements] == ["The first layer.", ""]


def test_tags_are_words_texts_numbers_and_flags():
    tags = spec_of(RICH).statements[0].tags
    assert tags == {
        "stage": "features",
        "color": "#eef",
        "freeze": True,
        "level": 2,
        "part": Fraction(1, 2),
    }


def test_a_tag_that_cannot_be_evaluated_is_an_error_like_any_other():
    assert places(check(arch("relu [a=1 / 0]", "cnov(3)"))) == ["E409 3:11", "E201 4:3"]


def test_cites_keep_texts_and_whole_numbers():
    (cite,) = spec_of(RICH).cites
    assert (cite.name, cite.entries) == ("lecun98", {"title": "T", "year": 1998})


def test_a_cite_that_cannot_be_evaluated_is_an_error_like_any_other():
    found = check(arch("cnov(3)", above="cite c { year = 1 / 0 }"))
    assert places(found) == ["E201 3:3", "E409 1:17"]


def test_a_table_is_read_by_rows():
    table = spec_of(RICH).nodes[1].op.table
    assert (table.name, table.rows, table.links) == ("t", ((1, 0), (1, 0)), 2)
    assert (table.height, table.width, table.is_connection) == (2, 2, True)
    assert [table.column(index) for index in (0, 1)] == [(0, 1), ()]


@pytest.mark.parametrize("cell", ["2", "-1", "0.5", "1e-3", "5T"])
def test_a_number_is_no_link(cell: str):
    above = f"table t {{ {cell} }}"
    assert places(check(arch("conv(1, 1, table=t)", above=above))) == ["E407 3:3"]


def test_expectations_keep_every_word():
    lines = spec_of(RICH).expectations
    assert [(line.path, line.metric, line.comparison, line.value) for line in lines] == [
        ("C1.conv", "params.bias", "==", 2),
        ("C1", "shape", "==", (2, 6, 6)),
        ("", "flops", "~=", 3800),
        ("", "rf", "<=", 1000),
    ]
    assert [line.written for line in lines] == ["2", "2x6x6", "3.8k", "1_000"]
    assert [line.within for line in lines] == [None, None, Fraction(5, 2), None]
    assert [line.cite for line in lines] == ["lecun98", "derived", None, None]
    assert (lines[0].place, lines[0].note, lines[2].disputed) == (
        "Table 1",
        "of the paper",
        "too many",
    )
    assert lines[0].target.text == "C1.conv.params.bias"


# --- which arch ---------------------------------------------------------------------------------

TWO = "arch First { input 3\n relu }\narch LeNet_5 { input 3\n tanh }"


@pytest.mark.parametrize(
    ("file", "name", "expected"),
    [
        ("x.arch", None, "First"),
        ("dir/lenet5.arch", None, "LeNet_5"),
        ("dir\\LENET-5.arch", None, "LeNet_5"),
        ("lenet5.arch", "first", "First"),
        ("x.arch", "lenet5", "LeNet_5"),
    ],
)
def test_the_arch_named_like_the_file_else_the_first(file: str, name: str, expected: list[str]):
    assert elaborate(parse(Source(file, TWO)), name).name == expected


def test_an_unknown_arch():
    with pytest.raises(ArchError) as caught:
        elaborate(parse(Source("x.arch", TWO)), "Frist")
    (found,) = caught.value.diagnostics
    assert (found.code, found.message) == ("E207", "`x.arch` has no architecture `Frist`")
    assert found.help == "did you mean `First`?"


def test_a_file_without_an_arch_checks_clean_but_cannot_be_elaborated():
    assert check("block b() { relu }") == ()
    with pytest.raises(ArchError) as caught:
        elaborate(parse(Source("net.arch", "block b() { relu }")))
    (found,) = caught.value.diagnostics
    assert (found.code, found.message) == ("E207", "`net.arch` defines no architecture")


def test_every_arch_of_a_file_in_order():
    assert arch_names(parse(Source("x.arch", TWO))) == ("First", "LeNet_5")


def test_parameters_of_an_arch():
    text = "arch A(n=3, k=n2) { input 3\n linear(n) }\nlet n2 = 2"
    file = parse(Source("a.arch", text))
    assert elaborate(file).nodes[1].op.n == 3
    assert elaborate(file, None, {"n": 7}).nodes[1].op.n == 7
    assert places(elaborate(file, None, {"m": 7}).diagnostics)[0] == "E403 1:6"


# --- arguments ----------------------------------------------------------------------------------


def test_signatures():
    assert signature("conv", Conv) == (
        "conv(c, k, stride=1, pad=0, dilation=1, groups=1, bias=true, pad_mode=zero, table=, "
        "kernel=, share=true, trainable=true, init=, flip=false)"
    )
    pool = next(op for op in OPS if op.name == "maxpool")
    assert signature("maxpool", pool) == "maxpool(k, stride=k, pad=0, ceil=false)"


@pytest.mark.parametrize(
    ("call", "code", "marked", "message"),
    [
        ("dropout(0.5, 3)", "E401", "3", "takes at most 1 arguments"),
        ("relu(1)", "E401", "1", "`relu` takes at most 0 arguments"),
        ("conv(6)", "E402", "conv(6)", "`conv` needs `k` (the kernel size)"),
        ("dropout", "E402", "dropout", "`dropout` needs `p`"),
        ("conv(6, 5, strid=2)", "E403", "strid", "`conv` has no argument `strid`"),
        ("relu(slope=1)", "E403", "slope", "`relu` has no argument `slope`"),
        ("conv(6, 5, stride=2.5)", "E404", "2.5", "`stride` must be a whole number or a size"),
        ("conv(6, 5, stride=5x5x5)", "E404", "5x5x5", "a size such as 3x3, got `5x5x5`"),
        ("conv(true, 5)", "E404", "true", "`c` must be a whole number, got `true`"),
        ("conv(6, 5, bias=1)", "E404", "1", "`bias` must be true or false, got `1`"),
        (
            "conv(6, 5, table=5)",
            "E404",
            "5",
            "`table` must be the name of a table or cyclic(k), got `5`",
        ),
        ("conv(6, 5, pad=[1, 2])", "E404", "[1, 2]", "`pad` must be a whole number, a size"),
        ("dropout(true)", "E404", "true", "`p` must be a number, got `true`"),
        ('dropout("a")', "E404", '"a"', "`p` must be a number"),
        ("maxpool(true)", "E404", "true", "`k` must be a whole number or a size"),
        ("rbf(10, prototypes=5)", "E404", "5", "a text in quotes or the name of a table"),
        ("linear(0)", "E405", "0", "`n` must be at least 1, got `0`"),
        ("conv(6, 5, stride=0)", "E405", "0", "`stride` must be at least 1, got `0`"),
        ("conv(6, 5, pad=-1)", "E405", "-1", "`pad` must be at least 0, got `-1`"),
        ("maxpool(0)", "E405", "0", "`k` must be at least 1, got `0`"),
        ("dropout(1)", "E405", "1", "`p` must be less than 1, got `1`"),
        ("dropout(-0.5)", "E405", "-0.5", "`p` must be at least 0, got `-0.5`"),
        ('conv(6, 5, pad="sames")', "E406", '"sames"', "`same` or `valid`"),
        ("conv(6, 5, groups=4)", "E407", "conv(6, 5, groups=4)", "does not divide the 6 output"),
        ("conv(6, 5, groups=2, table=t)", "E407", "conv(6, 5, groups=2, table=t)", "give one"),
        ("maxpool(3, pad=2)", "E407", "maxpool(3, pad=2)", "more than half of the 3x3 window"),
        ("avgpool(3x2, pad=0x2)", "E407", "avgpool(3x2, pad=0x2)", "half of the 3x2 window"),
        ("conv(6, 5, c=3)", "E408", "c", "`conv` gets `c` twice"),
        ("conv(6, 5, pad=1, pad=2)", "E408", "pad", "`conv` gets `pad` twice"),
        ("conv(6, 5, pad=smae)", "E202", "smae", "unknown name `smae`"),
        ("conv(6, 5, table=u)", "E202", "u", "unknown name `u`"),
        ("b(1, 2)", "E401", "2", "`b` takes at most 1 arguments"),
        ("b", "E402", "b", "`b` needs `n`"),
        ("b(m=1)", "E403", "m", "`b` has no argument `m`"),
        ("b(1, n=2)", "E408", "n", "`b` gets `n` twice"),
        ("cnov(6)", "E201", "cnov", "unknown operator or block `cnov`"),
    ],
)
def test_argument_errors(call: str, code: str, marked: str, message: str):
    found = check(arch(call, above="table t { X } block b(n) { linear(n) }".replace("} b", "}\nb")))
    assert (found[0].code, found[0].primary.text) == (code, marked)
    assert message in found[0].message


def test_all_arguments_are_reported_at_once():
    found = check(arch("conv(0, 5, strid=2, pad=-1)"))
    assert [(item.code, item.primary.text) for item in found] == [
        ("E403", "strid"),
        ("E405", "0"),
        ("E405", "-1"),
    ]


def test_a_wrong_argument_shows_the_signature_and_a_suggestion():
    (found,) = check(arch("conv(6, 5, strid=2)"))
    assert found.notes == (signature("conv", Conv),)
    assert found.help == "did you mean `stride`?"


def test_the_place_of_every_argument_is_known():
    node = spec_of(arch("conv(6, 5, stride=2x1)")).nodes[1]
    assert {name: span.text for name, span in node.arguments.items()} == {
        "c": "6",
        "k": "5",
        "stride": "stride=2x1",
    }


def test_a_call_that_is_not_understood_keeps_its_place():
    spec = spec_of(arch("C1: cnov(6) -> conv(6) -> relu"))
    assert [(node.path, type(node.op) is Broken) for node in spec.nodes[1:]] == [
        ("C1.cnov", True),
        ("C1.conv", True),
        ("C1.relu", False),
    ]


# --- the arch body ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("arch A { relu }", ["E501 1:10"]),
        ("arch A { expect { params == 1 from derived } }", ["E501 1:6"]),
        ("arch A { input 3 }", ["E502 1:6"]),
        ("arch A {\n relu\n input 3\n}", ["E503 2:2"]),
        ("arch A { input 32x32\n relu }", ["E404 1:16"]),
        ("arch A { input 0x3x3\n relu }", ["E405 1:16"]),
        ("arch A { input n\n relu }", ["E202 1:16"]),
        ("arch A { input 3\n relu => 2.5 }", ["E404 2:10"]),
        ("arch A { input 3\n relu => 3x3 }", ["E404 2:10"]),
        ("arch A { input 3\n relu => [3, n, 3] }", ["E202 2:14"]),
        ("arch A(n) { input 3\n relu }\narch B = A()", ["E402 3:10"]),
    ],
)
def test_body_errors(text: str, expected: list[str]):
    assert places(check(text)) == expected


@pytest.mark.parametrize("text", ["arch A { relu\n cnov }", "arch A {\n relu\n cnov\n input 3\n}"])
def test_what_follows_a_missing_input_is_still_checked(text: str):
    assert [item.code for item in check(text)][1:] == ["E201"]


@pytest.mark.parametrize(
    ("above", "expected"),
    [
        ("block b() { relu -> b }", "E208 1:21"),
        ("block b() { c }\nblock c() { relu -> b }", "E208 2:21"),
        ("block b() { x: b }", "E208 1:16"),
    ],
)
def test_recursion_is_reported_at_the_inner_call(above: str, expected: list[str]):
    assert places(check(arch("b", above=above))) == [expected]


def test_blocks_nest_to_a_limit():
    def nested(depth: int) -> str:
        inner = "\n".join(f"block b{i}() {{ b{i + 1} }}" for i in range(1, depth))
        return f"{inner}\nblock b{depth}() {{ relu }}"

    assert check(arch("b1", above=nested(64))) == ()
    (found,) = check(arch("b1", above=nested(65)))
    assert (found.code, found.message) == ("E005", "more than 64 blocks call one another")


# --- expectations -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "path", "metric"),
    [
        ("params == 1", "", "params"),
        ("params.bias == 1", "", "params.bias"),
        ("a.params.bias == 1", "a", "params.bias"),
        ("a.relu.params == 1", "a.relu", "params"),
        ("depth.stages == 1", "", "depth.stages"),
        ("image.shape == 3", "image", "shape"),
    ],
)
def test_the_longest_metric_wins(line: str, path: str, metric: str):
    text = f"arch A {{ input image: 3\n a: relu -> tanh\n expect {{ {line} from derived }} }}"
    (found,) = spec_of(text).expectations
    assert (found.path, found.metric) == (path, metric)


@pytest.mark.parametrize(
    ("line", "expected", "help_"),
    [
        ("prams == 1", "E205 4:12", "did you mean `params`?"),
        ("C11.params == 1", "E205 4:12", "did you mean `C1.params`?"),
        ("C1.prams == 1", "E205 4:12", "did you mean `C1.params`?"),
        ("C1.conv.params == 1", "E205 4:12", "the network has input, C1"),
        ("C1.memory == 1", "E205 4:12", "write `memory`"),
        ("params == 1 from lecun", "E204 4:29", "did you mean `lecun98`?"),
        ("params == 1 from x", "E204 4:29", "add `cite x { … }`"),
        ("params == true", "E404 4:22", None),
        ("params == 3x3", "E404 4:22", None),
        ("C1.shape == 3x3", "E404 4:24", "write CxHxW, or a length"),
        ("C1.shape < 6x3x3", "E407 4:23", None),
        ("params ~= n", "E407 4:22", "write a number, or add `within 1%`"),
        ("params ~= 1 within 1e999%", "E409 4:31", None),
        ("params == 1 / 0", "E409 4:22", None),
        ("params == m", "E202 4:22", "define it with `let`, or as a parameter"),
    ],
)
def test_expectation_errors(line: str, expected: list[str], help_: str | None):
    above = "cite lecun98 { year = 1998 } let n = 156".replace(" let", "\nlet")
    text = arch("C1: conv(6, 5)", f"expect {{ {line} }}", above=above).replace("\nlet", "let", 0)
    found = [item for item in check(text) if item.severity == "error"]
    lifted = expected.replace(" 4:", " 5:")  # `above` has two lines
    assert places(found) == [lifted]
    if help_:
        assert found[0].help == help_


# --- parameters without a default ---------------------------------------------------------------

FAMILY = "arch Base(n) {\n  input 3\n  linear(n)\n}\narch Two = Base(2)\narch Six = Base(6)\n"


def test_a_base_without_defaults_exists_through_its_variants():
    file = parse(Source("net.arch", FAMILY))
    assert arch_names(file) == ("Two", "Six")
    assert elaborate(file).name == "Two"
    (found,) = elaborate(file, "Base").diagnostics
    assert (found.code, found.help) == ("E402", "it exists through its variants: Two, Six")
    assert elaborate(file, "Base", {"n": 4}).diagnostics == ()


@pytest.mark.parametrize("name", ["Two", "Named"])
def test_values_from_outside_count_instead_of_those_a_variant_gives(name: str):
    file = parse(Source("net.arch", f"{FAMILY}arch Named = Base(n=2)\n"))
    widths = [elaborate(file, name, given).nodes[-1].op.n for given in ({}, {"n": 4})]
    assert widths == [2, 4]
    (found,) = elaborate(file, name, {"m": 4}).diagnostics
    assert (found.code, found.message) == ("E403", "`Base` has no argument `m`")
