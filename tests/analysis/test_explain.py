"""Derivations: the printed terms give the printed number, for nodes, groups and networks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from archspec.analysis import (
    UNITS_OF_SUMS,
    Setup,
    analyze,
    arithmetic,
    explain,
    explain_all,
    summary,
)
from archspec.analysis.explain import place
from archspec.graph import load
from archspec.ops import BY_NAME
from archspec.rendering.explain_text import all_metrics, one_metric
from archspec.schema import METRIC_NAMES
from tests.helpers import arch, calculate, net, report_of
from tests.strategies import chains

if TYPE_CHECKING:
    from archspec.analysis import Report
    from tests.strategies import Chain

SUMS = tuple(name for name in METRIC_NAMES if name in UNITS_OF_SUMS)


@pytest.fixture(scope="module")
def lenet5() -> Report:
    return analyze(load("zoo:lenet5"))


def targets(report: Report) -> list[str]:
    """Every path there is: the network, the groups, the nodes."""
    levels = {""}
    for path in report.graph.nodes:
        parts = path.split(".")
        levels |= {".".join(parts[: number + 1]) for number in range(len(parts))}
    return sorted(levels)


def check(report: Report) -> int:
    """Every derivation of every target; how many terms were evaluated."""
    evaluated = 0
    for path in targets(report):
        for metric in METRIC_NAMES:
            found = explain(report, path, metric)
            values = [calculate(str(term.amount)) for term in found.terms]
            assert values == [term.amount.value for term in found.terms], (path, metric)
            evaluated += len(values)
            if metric in SUMS:
                assert sum(values) == found.value == report.number(path, metric), (path, metric)
            elif metric == "shape":
                assert len(values) in (0, len(found.value)), path
            elif metric in ("rf", "rf.jump") and values and found.value is not None:
                sides = found.value if isinstance(found.value, tuple) else (found.value,) * 2
                assert tuple(values) == sides[: len(values)], (path, metric)
                evaluated += check_field(report, path)
    return evaluated


def check_field(report: Report, path: str) -> int:
    """All steps of a receptive field, and what stands between words; how many were evaluated."""
    found = explain(report, path, "rf")
    field = report.field(path)
    for term in found.steps:
        assert calculate(str(term.amount)) == term.amount.value, path
    assert not found.steps or found.steps[-1].amount.value == field.size[-1]
    middles = r"([-0-9.]+ \+ \(\d+ - 1\) / 2) = ([-0-9.]+)"
    worked_out = re.findall(middles, str(found.notes))
    for how, middle in worked_out:
        assert eval(how) == float(middle), path
    assert {float(middle) for _, middle in worked_out} == set(map(float, field.centre))
    told = arithmetic(found).split(", ") if found.terms else []
    sides = [calculate(side.removeprefix("rows ").removeprefix("columns ")) for side in told]
    assert sides == list(field.size[: len(sides)])
    return len(found.steps) + len(worked_out)


def test_every_number_of_lenet5(lenet5: Report):
    assert check(lenet5) > 300


def test_merges_and_codes_are_explained_here_and_all_others_in_random_chains(lenet5: Report):
    """Random chains reach all that take one input and no table (tests/ops/test_formulas.py)."""
    merges = {name for name, op in BY_NAME.items() if op.merges}
    assert merges == {"add", "concat", "mul", "sub"}, "those of the next test"
    assert "rbf" in {node.op.name for node in lenet5.graph.nodes.values()}


def test_every_number_of_a_network_with_merges():
    """Lanes that see more and less, a gate, and lanes that see as much beside each other."""
    moved = ("crop(1) -> pad(1)", "pad([3, 0, 3, 0]) -> crop([0, 3, 0, 3])")
    report = report_of(
        arch(
            "narrow: concat { | conv(4, 1) | conv(4, 3, pad=1) }",
            "gated: mul { | identity | global_avgpool(keep=true) -> conv(8, 1) }",
            "apart: add { | conv(4, 3, pad=[2, 0, 2, 0]) | conv(4, 3, pad=[0, 2, 0, 2]) }",
            "less: sub { | identity | conv(4, 3, pad=1) }",
            f"both: mul {{ | global_avgpool(keep=true) | {' | '.join(moved)} }}",
        )
    )
    assert report.diagnostics == ()
    assert check(report) > 100
    assert arithmetic(explain(report, "narrow", "rf")) == "1 + (3 - 1) * 1"
    assert arithmetic(explain(report, "gated", "rf")) == "1 + (3 - 1) * 1"
    apart = explain(report, "apart", "rf")
    assert (apart.value, arithmetic(apart)) == (7, "3 - (-3) + 1")
    notes = ["conv 3x3", "conv 3x3", "union of the lanes"]
    assert [term.note for term in apart.steps] == notes


@settings(max_examples=25, deadline=None)
@given(chains())
def test_every_number_of_a_random_chain(chain: Chain):
    assert check(report_of(chain.text(), Setup(batch=3, mode="train"))) > 0


@pytest.mark.parametrize(
    ("path", "metric", "terms", "remark"),
    [
        (
            "C1",
            "shape",
            ["6", "floor((32 + 0 + 0 - 5) / 1) + 1", "floor((32 + 0 + 0 - 5) / 1) + 1"],
            "",
        ),
        ("C1", "params", ["5*5*1 * 6", "6"], ""),
        ("C1", "connections", ["5*5*1 * 6 * 28*28", "6 * 28*28"], ""),
        ("C1", "macs", ["5*5*1 * 6 * 28*28"], ""),
        ("C1", "flops", ["5*5*1 * 6 * 28*28 * 2 + 4,704", "2 * 4,704 + 4,704"], ""),
        ("C1", "units", ["6 * 28*28"], ""),
        ("C1", "rf", ["1 + (5 - 1) * 1"], "jump 1, output (0,0) sees rows and columns 0..4"),
        ("C3", "params", ["60 * 5*5", "16"], ""),
        ("C3", "rf", ["6 + (5 - 1) * 2"], "jump 2, output (0,0) sees rows and columns 0..13"),
        ("S2", "connections", ["2*2 * 1,176", "1,176"], ""),
        ("out", "params", [], ""),
        ("out", "params.fixed", ["84 * 10"], ""),
        ("out", "rf", [], "every output sees the whole input"),
        ("", "depth", [], "C1.conv > C3.conv > C5.conv > F6.linear"),
        ("", "depth.stages", [], "S2.subsample > S4.subsample"),
        ("C3", "depth", [], "C1.conv > C3.conv"),
        ("", "sharing", [], "340,908 connections / 60,000 params"),
    ],
)
def test_derivation(lenet5: Report, path: str, metric: str, terms: list[str], remark: str):
    found = explain(lenet5, path, metric)
    assert [str(term.amount) for term in found.terms] == terms
    assert found.remark == remark


def test_a_network_is_explained_by_its_rows(lenet5: Report):
    found = explain(lenet5, "", "params")
    assert [(term.label, term.amount.value) for term in found.terms] == [
        ("C1", 156),
        ("S2", 12),
        ("C3", 1_516),
        ("S4", 32),
        ("C5", 48_120),
        ("F6", 10_164),
    ]
    assert (found.shown, found.unit) == ("60,000", "params")


def test_the_totals_with_heads_are_explained_with_them():
    report = net(
        "a: conv(2, 3)",
        "head aux(loss_weight=0.3) { relu -> linear(3) }",
        "out: linear(10)",
        x="1x4x4",
    )
    rows = {
        metric: [(term.label, term.amount.value) for term in explain(report, "", metric).terms]
        for metric in ("params", "params.all", "macs.all")
    }
    assert rows == {
        "params": [("a", 20), ("out", 90)],
        "params.all": [("a", 20), ("out", 90), ("aux", 27)],
        "macs.all": [("a", 72), ("out", 80), ("aux", 24)],
    }


def test_the_table_is_named_where_a_factor_comes_from_it(lenet5: Report):
    notes = [term.note for term in explain(lenet5, "C3", "params").terms]
    assert notes == ["60 = 6*3 + 9*4 + 1*6 links of table c3_table", ""]


def test_the_expectations_about_a_number_stand_with_it(lenet5: Report):
    (outcome,) = explain(lenet5, "C3", "params").outcomes
    assert (outcome.result, outcome.spec.written) == ("holds", "1_516")
    assert explain(lenet5, "C3", "macs").outcomes == ()


def test_explain_all_leaves_out_what_is_nothing(lenet5: Report):
    metrics = [found.metric for found in explain_all(lenet5, "out")]
    assert metrics == [
        "shape",
        "params.fixed",
        "params.all",
        "connections",
        "units",
        "macs",
        "macs.all",
        "macs.train",
        "ops.mac",
        "ops.add",
        "flops",
        "activations",
        "saved",
        "depth",
        "depth.trainable",
        "depth.stages",
    ]


def test_summary(lenet5: Report):
    assert summary(lenet5, "S2") == (
        "shape 6x14x14 = floor((28 + 0 + 0 - 2) / 2) + 1 height",
        "params 12 = 6 + 6",
        "connections 5,880 = 2*2 * 1,176 + 1,176",
        "rf 6 = 5 + (2 - 1) * 1",
    )


def test_one_plain_number_has_no_arithmetic(lenet5: Report):
    assert arithmetic(explain(lenet5, "C1", "params.bias")) == ""
    assert arithmetic(explain(lenet5, "C1", "params")) == "5*5*1 * 6 + 6"


def test_rows_and_columns_are_told_apart():
    found = explain(net("conv(1, 5x3, dilation=1x2)"), "conv", "rf")
    assert [(term.label, str(term.amount)) for term in found.terms] == [
        ("rows", "1 + (5 - 1) * 1"),
        ("columns", "1 + 2 * (3 - 1) * 1"),
    ]


def test_a_convolution_that_keeps_the_shape_is_explained_by_itself():
    report = net("maxpool(3)", "c: conv(4, 3, pad=1)", "r: relu", x="4x9x9")
    for path in ("c", "r"):
        written = [str(term.amount) for term in explain(report, path, "shape").terms]
        assert written == ["4", *["floor((3 + 1 + 1 - 3) / 1) + 1"] * 2]


def test_the_width_is_told_where_it_is_worked_out_in_another_way():
    report = net("c: conv(2, 4x3, stride=3x2, pad=[2, 1, 0, 3])", x="1x40x60")
    told = explain(report, "c", "shape")
    height, width = "floor((40 + 2 + 1 - 4) / 3) + 1", "floor((60 + 0 + 3 - 3) / 2) + 1"
    assert arithmetic(told) == f"{height} height, {width} width"
    assert arithmetic(explain(net("c: conv(2, 3)", x="1x9x9"), "c", "shape")).endswith(" height")


@pytest.mark.parametrize(
    ("call", "remark"),
    [
        ("conv(1, 3, stride=2)", "never read: 1 row, 1 column"),
        ("conv(1, 3, stride=2x1)", "never read: 1 row"),
        ("maxpool(3, stride=4) -> relu", "never read: 3 rows, 3 columns"),
        ("maxpool(3, stride=4, ceil=true)", ""),
        ("conv(1, 3)", ""),
    ],
)
def test_what_no_window_reads_is_told_with_the_shape(call: str, remark: str):
    assert explain(net(f"c: {call}", x="1x10x10"), "c", "shape").remark == remark


def test_a_depth_is_known_as_far_as_the_way_is():
    report = report_of(arch("a: conv(2, 3)", "b: conv(2, 40)", "c: conv(2, 1)", x="1x9x9"))
    assert (report.value("a", "depth"), explain(report, "a", "depth").remark) == (1, "a")
    unknown = explain(report, "c", "depth")
    assert (unknown.value, unknown.remark) == (None, "the shape of b is not known")


def test_how_far_a_rounded_number_is_off_is_told():
    lines = ("~= 10 within 5% from derived", "~= 9.7 from derived", "== 10 from derived")
    expect = " ".join(f"\n params {line}" for line in lines)
    report = report_of(arch("linear(2)", f"expect {{{expect}\n}}", x="4"))
    assert [outcome.off for outcome in report.outcomes] == ["+0.00%", "+3.09%", ""]
    assert "expected ~= 9.7 from derived: fails (+3.09%)" in one_metric(
        report, explain(report, "", "params")
    )


def test_what_is_not_known_says_so():
    report = report_of(arch("a: conv(6, 5)", "b: cnov(3)", "c: relu"))
    for metric in METRIC_NAMES:
        found = explain(report, "c", metric)
        assert (found.value, found.shown) == (None, "unknown"), metric
    assert explain_all(report, "c") == ()


def test_a_sum_that_is_known_in_part_says_what_is_known():
    report = report_of(arch("a: conv(16, 3, pad=1) -> relu", "b: conv(4, 30)", x="3x8x8"))
    for metric, least in (("params", 448), ("saved", 4_864), ("macs.train", 55_296)):
        found = explain(report, "", metric)
        assert (found.value, found.shown) == (None, f">= {least:,}")
        assert sum(term.amount.value for term in found.terms) == least
        assert found.remark == "3 of 4 nodes known"
    assert "params" in [found.metric for found in explain_all(report, "")]
    assert explain(report, "", "sharing").remark == "", "0 / 0 would not be true"


def test_place(lenet5: Report):
    assert place(lenet5, "C3").text.startswith("C3: conv(16, 5x5, table=c3_table) -> squash")
    assert place(lenet5, "C3.conv").text == "conv(16, 5x5, table=c3_table)"
    assert place(lenet5, "").text == "LeNet5"


def test_a_block_call_without_a_label_stands_where_it_is_called():
    above = "block cr(c) { conv(c, 1) -> relu }\nblock B(c) { cr(c) -> tanh }"
    report = net("a: B(4)", above=above)
    assert place(report, "a.cr").text == "cr(c)"
    assert place(report, "a.cr.conv").text == "conv(c, 1)"
    assert place(report, "a").text == "a: B(4)"


def test_a_sum_of_many_layers_is_not_written_out():
    report = net("body: repeat 8 { conv(8, 3, pad=1) -> relu }", "conv(4, 1)", x="8x9x9")
    shown = one_metric(report, explain(report, "", "params"))
    assert "  body                 = 4,672" in shown
    assert "  conv  1*1*8 * 4 + 4  = 36" in shown
    every = all_metrics(report, "", explain_all(report, ""))
    assert max(map(len, every.splitlines())) < 120


@pytest.mark.parametrize("metric", ["params", "params.weights", "params.bias", "params.all"])
def test_shared_weights_say_whose_they_are(metric: str) -> None:
    """They count 0 where they are used again; a chain of uses leads to the owner."""
    lines = (
        "a: conv(3, 1) -> relu",
        "b: conv(3, 1, weights=@a) -> relu",
        "c: conv(3, 1, weights=@b)",
    )
    report = net(*lines, x="3x4x4")
    assert [explain(report, path, metric).remark for path in ("a", "b", "b.relu", "c", "")] == [
        "",
        "shared with a.conv",
        "",
        "shared with a.conv",
        "",
    ]
    assert explain(report, "b", metric).value == 0
    assert explain(report, "b", "macs").remark == ""


def test_two_statements_of_one_label_are_both_told():
    """The label is an error (E203), but what is known still adds up."""
    report = report_of(arch("a: conv(4, 3)", "a: conv(8, 3)", x="3x8x8"))
    found = explain(report, "", "macs")
    assert len(found.terms) == 2
    assert sum(term.amount.value for term in found.terms) == found.value
