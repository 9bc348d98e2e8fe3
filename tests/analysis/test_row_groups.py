"""Rows of a report at four details: what stands in each, and that they add up."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.analysis import BYS, DETAILS, METRICS, By, Detail, analyze, ranked
from archspec.graph import load
from archspec.schema import snake, zoo
from tests.helpers import arch, net, report_of
from tests.strategies import Chain, chains

NAMES = sorted(snake(name) for name in zoo())
BLOCKS = (
    "block cbn(c, s=1) { conv(c, 3, stride=s, pad=1) -> bn }\n"
    "block Unit(c) { add { | cbn(c) -> relu -> cbn(c) | identity }\n relu }\n"
    "block Stage(n, c) { first: cbn(c, 2) -> relu\n rest: repeat n { Unit(c) } }\n"
)


def paths(*statements: str, detail: Detail, x: str = "3x32x32") -> list[tuple[str, int]]:
    text = f"{BLOCKS}arch Net {{ input {x}\n" + "\n".join(statements) + "\n}\n"
    return [(row.path, row.repeat) for row in report_of(text).rows(detail)]


@settings(max_examples=25, deadline=None)
@given(chains())
def test_totals_are_the_sums_of_the_rows_at_every_detail(chain: Chain):
    report = report_of(chain.text())
    for metric in (metric.name for metric in METRICS):
        for detail in DETAILS:
            sums = [report.sum_of((row,), metric).value for row in report.rows(detail)]
            assert sum(sums) == report.number("", metric), (metric, detail)


@settings(max_examples=25, deadline=None)
@given(chains())
def test_every_node_but_the_input_stands_in_one_row(chain: Chain):
    report = report_of(chain.text())
    for detail in DETAILS:
        members = [node.path for row in report.rows(detail) for node in row.members]
        assert sorted(members) == sorted([*report.graph.nodes][1:])


@pytest.mark.parametrize("name", NAMES)
def test_the_same_for_the_zoo(name: str):
    report = analyze(load(f"zoo:{name}"))
    inputs = {node.path for node in report.graph.inputs}
    trunk = sorted(node.path for node in report.graph.trunk if node.path not in inputs)
    for detail in DETAILS:
        rows = report.rows(detail)
        assert sorted(node.path for row in rows for node in row.members) == trunk
        assert len({row.path for row in rows}) == len(rows), "two rows of one name"


def test_a_statement_that_repeats_is_opened_and_alike_instances_share_a_row():
    shown = paths("stem: cbn(8) -> relu", "a: repeat 3 { Unit(8) }", "b: Unit(8)", detail="block")
    assert shown == [("stem", 1), ("a.1", 3), ("b", 1)]


def test_instances_that_differ_keep_their_rows():
    shown = paths("a: repeat i in 1..4 { cbn(8 if i == 1 else 16) }", detail="block")
    assert shown == [("a.1", 1), ("a.2", 3)]


def test_a_repeat_inside_a_block_is_opened_with_what_stands_beside_it():
    shown = paths("s: Stage(2, 8)", "t: Stage(3, 8)", detail="block")
    assert shown == [
        *(("s.first", 1), ("s.rest.1", 2)),
        *(("t.first", 1), ("t.rest.1", 3)),
    ]


def test_instances_of_two_repeats_stay_apart():
    text = "s: { repeat 2 { cbn(3) }\n repeat 1 { cbn(3) } }"
    assert paths(text, detail="block") == [("s.1", 2), ("s.repeat_2.1", 1)]


def test_a_chain_of_block_calls_is_opened_and_a_single_call_is_not():
    shown = paths("a: cbn(8) -> relu -> cbn(8)", "b: cbn(8) -> relu", detail="block")
    assert shown == [("a.cbn", 1), ("a.relu", 1), ("a.cbn_2", 1), ("b", 1)]


def test_without_a_label_the_blocks_stand_at_the_top():
    assert paths("cbn(8) -> cbn(8)", detail="block") == [("cbn", 1), ("cbn_2", 1)]
    assert paths("repeat 2 { cbn(8) }", detail="block") == [("1", 2)]


def test_a_layer_takes_what_follows_it_in_its_body_and_around_it():
    shown = paths("b: Unit(8)", "relu", detail="layer")
    assert shown == [("b.cbn", 1), ("b.cbn_2", 1), ("b.add", 1), ("relu", 1)]
    report = net("a: conv(2, 3) -> bn -> relu -> maxpool(2)", x="1x9x9")
    members = [[node.path for node in row.members] for row in report.rows("layer")]
    assert members == [["a.conv", "a.bn", "a.relu"], ["a.maxpool"]]


def test_what_comes_before_a_layer_in_its_block_belongs_to_it():
    above = "block pre(c) { bn -> relu -> conv(c, 3, pad=1) }"
    report = net("a: pre(4) -> pre(4)", "last: bn -> relu", x="2x9x9", above=above)
    rows = {row.path: len(row.members) for row in report.rows("layer")}
    assert rows == {"a.pre": 3, "a.pre_2": 3, "last": 2}


def test_an_activation_that_reads_something_else_is_a_row():
    report = net("a: conv(2, 3)", "b: concat { | relu | tanh }", x="1x9x9")
    assert [row.path for row in report.rows("layer")] == ["a", "b.relu", "b.tanh", "b.concat"]


def test_ranked_rows_and_the_rest_add_up():
    report = analyze(load("zoo:googlenet"))
    for detail in DETAILS:
        rows = report.rows(detail)
        for top in (1, 3, len(rows), len(rows) + 1):
            shown = ranked(rows, lambda row: report.sum_of((row,), "macs").value, top)
            assert len(shown) == min(top + 1, len(rows))
            for metric in ("params", "macs", "activations"):
                assert report.sum_of(shown, metric) == report.sum_of(rows, metric)
    assert shown[0].path == "conv2.unit_2.conv"


def test_the_rest_is_named_by_its_number_and_ties_keep_their_order():
    report = net("a: relu", "b: conv(2, 3)", "c: relu", "d: relu", x="1x9x9")
    shown = ranked(report.rows(), lambda row: report.sum_of((row,), "macs").value, 2)
    assert [(row.path, row.more) for row in shown] == [("b", False), ("a", False), ("2 more", True)]


def test_what_is_not_known_ranks_last():
    report = report_of(arch("a: conv(6, 5)", "b: cnov(3)"))
    values = {"a": 0, "b": None}
    assert [row.path for row in ranked(report.rows(), lambda row: values[row.path])] == ["a", "b"]


def test_the_depth_of_a_row_is_that_of_its_last_node():
    report = net("a: conv(1, 3) -> relu", "b: conv(1, 3)", "c: linear(3)")
    assert [report.depth_at[path] for path in ("a.conv", "a.relu", "b", "c")] == [1, 1, 2, 3]
    google = analyze(load("zoo:googlenet"))
    assert google.depth_at[google.graph.output.path] == google.depth.weighted


# --- by what nodes have in common -----------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(chains(), st.sampled_from(BYS))
def test_gathered_rows_add_up_too(chain: Chain, by: By):
    report = report_of(chain.text())
    rows = report.rows_by(by)
    members = [node.path for row in rows for node in row.members]
    assert sorted(members) == sorted(node.path for row in report.rows("op") for node in row.members)
    assert len({row.path for row in rows}) == len(rows)
    for metric in report.numbers:
        assert report.sum_of(rows, metric).value == report.number("", metric), metric


def test_nodes_are_gathered_by_operator_role_and_stage():
    report = net(
        "a: conv(2, 3) -> relu [stage=stem]",
        "b: conv(2, 3) -> tanh",
        "c: conv(2, 3) [stage=stem]",
        "head h { linear(2) }",
        "linear(3)",
    )

    def gathered(by: By) -> dict[str, list[str]]:
        return {row.path: [node.path for node in row.members] for row in report.rows_by(by)}

    a, b = ["a.conv", "a.relu"], ["b.conv", "b.tanh"]
    assert gathered("stage") == {"stem": [*a, "c"], "b": b, "linear": ["linear"]}
    assert list(gathered("op")) == ["conv", "relu", "tanh", "linear"]
    assert gathered("role") == {
        "conv": ["a.conv", "b.conv", "c"],
        "activation": ["a.relu", "b.tanh"],
        "dense": ["linear"],
    }
