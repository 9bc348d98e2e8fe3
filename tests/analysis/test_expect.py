"""Expectations: comparisons, rounding, tolerance, disputes, and when they are skipped."""

from __future__ import annotations

from fractions import Fraction

import pytest

from archspec.analysis import analyze, source_kind
from archspec.analysis.expect import bounds
from archspec.graph import build, read_graph, resolve
from archspec.schema import elaborate, find
from archspec.source import Source
from archspec.syntax import parse
from tests.helpers import arch, report_of

# conv(6, 5) over 1x32x32: 150 weights + 6 biases, 117,600 MACs, rf 5


def results(*lines: str) -> list[str]:
    body = "\n".join(lines)
    report = report_of(arch("C1: conv(6, 5)", f"expect {{\n{body}\n}}"))
    return [outcome.result for outcome in report.outcomes]


@pytest.mark.parametrize(
    ("line", "result"),
    [
        ("params == 156", "holds"),
        ("params == 157", "fails"),
        ("params == 150 + 6", "holds"),
        ("params <= 156", "holds"),
        ("params <= 155", "fails"),
        ("params >= 156", "holds"),
        ("params >= 157", "fails"),
        ("params < 157", "holds"),
        ("params < 156", "fails"),
        ("params > 155", "holds"),
        ("params > 156", "fails"),
        ("params == 156.5", "fails"),
        # rounding to the digits written: half a unit of the last one, both ends included
        ("params ~= 156", "holds"),
        ("params ~= 155.5", "fails"),
        ("params ~= 0.2k", "holds"),  # 150 to 250
        ("params ~= 0.1k", "fails"),  # 50 to 150
        ("params ~= 0.16k", "holds"),  # 155 to 165
        ("params ~= 0.15k", "fails"),  # 145 to 155
        ("params ~= 1.6e2", "holds"),  # 155 to 165
        ("macs ~= 118k", "holds"),  # 117,500 to 118,500
        ("macs ~= 117k", "fails"),  # 116,500 to 117,500
        ("macs ~= 0.1M", "holds"),  # 50,000 to 150,000
        ("macs ~= 115Ki", "holds"),  # 117,248 to 118,272
        ("macs ~= 114Ki", "fails"),  # 116,224 to 117,248
        # tolerance in percent, both ends included
        ("params ~= 160 within 2.5%", "holds"),  # 156 to 164
        ("params ~= 160 within 2.4%", "fails"),  # 156.16 to 163.84
        ("params ~= 152 within 3%", "holds"),
        ("params ~= 150 within 4%", "holds"),  # 144 to 156
        ("params ~= 150 within 3.9%", "fails"),  # up to 155.85
        ("params ~= 100 + 60 within 2.5%", "holds"),
        # other metrics
        ("C1.shape == 6x28x28", "holds"),
        ("C1.shape == [6, 28, 28]", "holds"),
        ("C1.shape == 6x28x27", "fails"),
        ("C1.params.bias == 6", "holds"),
        ("rf == 5", "holds"),
        ("rf == 5x5", "holds"),
        ("rf == [5, 5]", "holds"),
        ("rf == 5x3", "fails"),
        ("rf.jump == 1", "holds"),
        ("rf.jump == 1x1", "holds"),
        ("rf.jump < 1", "fails"),
        ("rf.start == 0", "holds"),
        ("rf.start == [0, -1]", "fails"),
        ("depth == 1", "holds"),
        ("depth.stages == 0", "holds"),
        ("sharing == 784", "holds"),  # 122,304 / 156
        ("sharing ~= 783.9", "fails"),
        # disputed
        ('params == 157 disputed "a slip"', "disputed"),
        ('params == 156 disputed "a slip"', "holds"),
    ],
)
def test_result(line: str, result: str):
    assert results(line) == [result]


def test_rounding_edges_are_exact():
    (spec,) = report_of(arch("relu", "expect { macs ~= 3.8G }")).graph.spec.expectations
    assert bounds(spec) == (3_750_000_000, 3_850_000_000)
    (spec,) = report_of(arch("relu", "expect { macs ~= 128M within 1% }")).graph.spec.expectations
    assert bounds(spec) == (126_720_000, 129_280_000)


@pytest.mark.parametrize(
    ("line", "message", "text"),
    [
        (
            "params == 157 from derived",
            "params == 157 does not hold",
            "computed 156, expected 157 (-0.64%)",
        ),
        (
            "C1.macs ~= 115k within 1% from derived",
            "C1.macs ~= 115k within 1% does not hold",
            "computed 117,600, expected 113,850 to 116,150 (+2.26%)",
        ),
        (
            "macs ~= 117k from derived",
            "macs ~= 117k does not hold",
            "computed 117,600, expected 116,500 to 117,500 (+0.51%)",
        ),
        (
            "C1.shape == 6x27x28 from derived",
            "C1.shape == 6x27x28 does not hold",
            "computed 6x28x28, expected 6x27x28",
        ),
        (
            "params <= 100 from derived",
            "params <= 100 does not hold",
            "computed 156, expected <= 100 (+56.00%)",
        ),
        (
            "params == 0 from derived",
            "params == 0 does not hold",
            "computed 156, expected 0",
        ),
    ],
)
def test_x001(line: str, message: str, text: str):
    report = report_of(arch("C1: conv(6, 5)", f"expect {{ {line} }}"))
    (found,) = report.diagnostics
    assert (found.code, found.message, found.text) == ("X001", message, text)
    assert found.primary.location.line == 4
    assert found.primary.text == line.split(maxsplit=1)[0]


def test_x001_shows_the_parts_of_a_sum():
    lines = ("conv(6, 5) -> relu", "linear(10)")
    claims = ("flops == 1 from derived", "params == 1 from derived")
    report = report_of(arch(*lines, f"expect {{ {claims[0]}\n{claims[1]} }}"))
    notes = [found.notes for found in report.diagnostics]
    # conv 2 * 117,600 + 4,704, relu 4,704; linear 2 * 47,040 + 10
    assert notes == [
        ("conv 244,608 | linear 94,090",),
        ("conv 156 | linear 47,050",),
    ]


def test_x001_shows_the_nodes_of_a_group():
    text = arch("C1: conv(6, 5) -> relu", "expect { C1.flops == 1 from derived }")
    (found,) = report_of(text).diagnostics
    assert found.notes == ("conv 239,904 | relu 4,704",)


def test_w302_when_a_disputed_claim_holds():
    text = arch("C1: conv(6, 5)", 'expect { params == 156 from derived disputed "no" }')
    (found,) = report_of(text).diagnostics
    assert (found.code, found.severity, found.help) == ("W302", "warning", "take `disputed` away")


def test_a_disputed_claim_that_fails_is_silent():
    text = arch("C1: conv(6, 5)", 'expect { params == 157 from derived disputed "no" }')
    assert report_of(text).diagnostics == ()


def test_w301_without_a_source():
    text = arch("C1: conv(6, 5)", "expect { C1.params == 156\nparams == 156 from derived }")
    (found,) = report_of(text).diagnostics
    assert (found.code, found.primary.text) == ("W301", "C1.params")
    assert found.message == "`C1.params` is expected without a source"


def test_another_input_skips_every_expectation():
    report = analyze(read_graph(find("zoo:lenet5"), (1, 35, 35)))
    assert {outcome.result for outcome in report.outcomes} == {"skipped"}
    assert report.number("", "params") == 60_000
    assert [found.code for found in report.diagnostics if found.code[0] in "EX"] == []


def test_other_parameters_skip_every_expectation():
    """They speak of the network as it is written; what a variant changes is written."""
    text = "arch A(n=2) { input 3\nlinear(n)\nexpect { params == 8 from derived } }\n"
    file = parse(
        Source("net.arch", f"{text}arch B = A(3) {{ expect {{ params == 12 from derived }} }}")
    )
    results = {
        (name, n): analyze(resolve(build(elaborate(file, name, {"n": n} if n else {})))).outcomes
        for name in "AB"
        for n in (0, 7)
    }
    assert {key: [each.result for each in value] for key, value in results.items()} == {
        ("A", 0): ["holds"],
        ("A", 7): ["skipped"],
        ("B", 0): ["holds"],
        ("B", 7): ["skipped"],
    }


def test_a_receptive_field_that_is_not_square_is_a_pair():
    claims = "rf == 5x3 from derived\nrf == 3x5 from derived\nrf == 5 from derived"
    report = report_of(arch("a: conv(6, 5x3)", f"expect {{ {claims} }}"))
    assert [outcome.result for outcome in report.outcomes] == ["holds", "fails", "fails"]
    said = [found.text for found in report.diagnostics if found.code == "X001"]
    assert said == ["computed 5x3, expected 3x5", "computed 5x3, expected 5"]


def test_jumps_and_starts_that_differ_are_pairs():
    claims = ["rf.jump == 3x2", "rf.start == [-2, 0]", "c.rf.jump == 3x2", "rf.jump == 3"]
    body = "\n".join(f"{claim} from derived" for claim in claims)
    conv = "c: conv(2, 4x3, stride=3x2, pad=[2, 1, 0, 3])"
    report = report_of(arch(conv, f"expect {{\n{body}\n}}", x="1x37x41"))
    assert [one.result for one in report.outcomes] == ["holds", "holds", "holds", "fails"]
    (failed,) = (found for found in report.diagnostics if found.code == "X001")
    assert failed.text == "computed 3x2, expected 3"


def test_jumps_may_be_fractions():
    claims = ["rf.jump == [1/2, 1/3]", "rf.jump == [1/2, 1]", "u.rf.jump == 1/2"]
    body = "\n".join(f"{claim} from derived" for claim in claims)
    report = report_of(arch("u: upsample(2x3)", f"expect {{\n{body}\n}}"))
    assert [one.result for one in report.outcomes] == ["holds", "fails", "fails"]
    assert report.value("", "rf.jump") == (Fraction(1, 2), Fraction(1, 3))
    even = report_of(arch("u: upsample(2)", "expect { rf.jump == 1/2 from derived }"))
    assert [one.result for one in even.outcomes] == ["holds"]


@pytest.mark.parametrize(
    ("claim", "code", "message"),
    [
        ("rf.jump == [1, 0]", "E404", "`[1, 0]` is not a pair of sides"),
        ("rf.start == [1/2, 0]", "E404", "`[1/2, 0]` is not a pair of sides"),
        ("rf.start >= [0, -1]", "E407", "a pair of sides can only be compared with `==`"),
        ("rf == 5x3x1", "E404", "`5x3x1` is not a pair of sides"),
        ("rf == [5, 0]", "E404", "`[5, 0]` is not a pair of sides"),
        ("rf <= 5x5", "E407", "a pair of sides can only be compared with `==`"),
        ("rf ~= [5, 3] within 3%", "E407", "a pair of sides can only be compared with `==`"),
        ("params == 5x3", "E404", "`5x3` is not a number"),
    ],
)
def test_a_pair_that_is_none(claim: str, code: str, message: str):
    (found,) = report_of(arch("a: conv(6, 5)", f"expect {{ {claim} from derived }}")).diagnostics
    assert (found.code, found.message) == (code, message)


@pytest.mark.parametrize(
    "metric", ["params", "macs", "depth", "rf", "rf.jump", "b.params", "b.rf", "c.shape"]
)
def test_what_is_not_wholly_known_is_skipped(metric: str):
    claim = f"{metric} == {'3' if metric == 'c.shape' else 1} from derived"
    report = report_of(arch("a: conv(6, 5)", "b: cnov(3)", "c: relu", f"expect {{ {claim} }}"))
    assert [outcome.result for outcome in report.outcomes] == ["skipped"]
    assert [found.code for found in report.diagnostics] == ["E201"]


def test_what_is_known_before_an_error_is_judged():
    report = report_of(arch("a: conv(6, 5)", "cnov(3)", "expect { a.params == 1 from derived }"))
    assert [outcome.result for outcome in report.outcomes] == ["fails"]


def test_a_field_that_is_not_square_or_everything_fails():
    """Neither is one number, so no number can be right."""
    claims = "a.rf == 5\nb.rf == 5\nb.rf.jump == 1"
    report = report_of(arch("a: conv(6, 5x3)", "b: linear(3)", f"expect {{\n{claims}\n}}"))
    assert [outcome.result for outcome in report.outcomes] == ["fails", "fails", "fails"]
    said = [found.text for found in report.diagnostics if found.code == "X001"]
    assert said == ["computed 5x3, expected 5", *["every output sees the whole input"] * 2]


# --- what a failed sum consists of --------------------------------------------------------------


def parts_of(text: str) -> tuple[str, ...]:
    (outcome,) = report_of(text).outcomes
    assert outcome.diagnostic is not None
    return outcome.diagnostic.notes


def test_the_parts_of_a_group_are_its_lanes():
    lanes = "i: concat { | b1: conv(1, 1)\n | b3: conv(2, 1) -> relu -> conv(3, 1) }"
    text = arch(lanes, "expect { i.macs == 1 from derived }", x="1x2x2")
    assert parts_of(text) == ("b1 4 | b3 8 + 24",)


def test_one_number_has_no_parts():
    text = arch("a: conv(1, 1) -> relu", "expect { a.macs == 1 from derived }", x="1x2x2")
    assert parts_of(text) == ()


def test_many_parts_are_cut_and_still_add_up():
    text = arch("repeat 20 { conv(1, 1) }", "expect { macs == 1 from derived }", x="1x2x2")
    assert parts_of(text) == ()  # one statement is one row
    lines = [f"c{i}: conv(1, 1)" for i in range(20)]
    text = arch(*lines, "expect { macs == 1 from derived }", x="1x2x2")
    (note,) = parts_of(text)
    assert note.startswith("c0 4 | c1 4 | ")
    assert note.endswith("c10 4 | 9 more 36")


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        (" from paper", "paper"),
        (" from code", "software"),
        (" from derived", "derived"),
        ("", None),
    ],
)
def test_what_an_expectation_rests_on(source: str, kind: str | None):
    cites = 'cite paper { authors = "A. Author", year = 1998 }  cite code { version = "0.1" }'
    above = cites.replace("  ", "\n").replace(", ", "\n ")
    report = report_of(arch("C1: conv(6, 5)", f"expect {{\nparams == 156{source}\n}}", above=above))
    (outcome,) = report.outcomes
    assert source_kind(outcome.spec, report.graph.spec.cites) == kind
