"""Differences as people and programs read them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from archspec.analysis import Diff, analyze, causes, diff
from archspec.graph import load
from archspec.rendering.diff_json import diff_data
from archspec.rendering.diff_text import WIDTH, human, markdown
from tests.helpers import arch, net, report_of

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDENS = Path(__file__).parent / "goldens"
PAIRS = ("vgg16 vgg19", "googlenet googlenet_tv", "alexnet alexnet_owt", "lenet5 lenet5_modern")


def zoo(pair: str) -> Diff:
    return diff(*(analyze(load(f"zoo:{name}")) for name in pair.split()))


def lines(*old_and_new: tuple[str, ...]) -> list[str]:
    """The lines between the heading and the totals."""
    text = human(diff(*(net(*statements) for statements in old_and_new)))
    return [line.strip() for line in text.splitlines()[1:] if "params" not in line]


@pytest.mark.parametrize("pair", PAIRS)
def test_human(pair: str, golden: Callable[[Path, str], None]):
    golden(GOLDENS / f"diff_{pair.replace(' ', '_')}.txt", human(zoo(pair)) + "\n")


def test_every_node(golden: Callable[[Path, str], None]):
    golden(GOLDENS / "diff_every_node.txt", human(zoo("lenet5 lenet5_full_c3"), every=True) + "\n")


def test_markdown(golden: Callable[[Path, str], None]):
    golden(GOLDENS / "diff.md", markdown(zoo("alexnet alexnet_owt")) + "\n")


def test_json(golden: Callable[[Path, str], None]):
    text = json.dumps(diff_data(zoo("lenet5 lenet5_full_c3")), indent=1)
    golden(GOLDENS / "diff.json", f"{text}\n")


def test_json_has_every_change_and_cause():
    difference = zoo("googlenet googlenet_tv")
    data = json.loads(json.dumps(diff_data(difference)))
    assert [item["kind"] for item in data["changes"]] == [c.kind for c in difference.changes]
    assert len(data["causes"]) == len(causes(difference))
    assert data["totals"]["params"] == {"unit": "params", "old": 6_998_552, "new": 6_624_904}
    assert data["totals"]["input.build"]["old"]["height"]["smallest"] == 223


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("a: conv(2, 3)", "a: conv(2, 5)", "a  conv k 3 -> 5"),
        ("a: conv(2, 3)", "a: conv(4, 3, pad=1)", "a  conv 3x3 c 2 -> 4, pad 0 -> 1"),
        ("a: conv(2, 3)", "a: conv(2, 3, pad=[0, 1, 2, 3])", "a  conv 3x3 pad 0 -> [0, 1, 2, 3]"),
        ("a: maxpool(2)", "a: avgpool(2)", "a  maxpool(2) -> avgpool(2)"),
        ("a: relu", "b: relu", "b  moved from a"),
        ("a: relu", "a: relu -> dropout(0.5)", "a  relu moved from a; + dropout(0.5)"),
        ("a: relu -> dropout(0.5)", "a: relu", "a  moved from a.relu; - dropout(0.5)"),
    ],
)
def test_a_cause(old: str, new: str, line: str):
    assert line in lines((old,), (new,))


def test_wiring_in_words():
    both = ("a: conv(1, 1)", "b: conv(1, 1)")
    assert "c  add no longer reads b" in lines((*both, "c: add(@a, @b)"), (*both, "c: add(@a, @a)"))
    assert "c  add reads b too" in lines((*both, "c: add(@a, @a)"), (*both, "c: add(@a, @b)"))
    one, other = (*both, "d: relu", "c: add(@a, @d)"), (*both, "d: relu", "c: add(@a, @b)")
    assert "c  add reads b instead of d" in lines(one, other)
    own, of_a = (*both, "c: conv(1, 1)"), (*both, "c: conv(1, 1, weights=@a)")
    assert "c  conv 1x1 weights of its own -> a" in lines(own, of_a)


def test_tables_of_one_name_with_other_cells():
    above = "table t {{\n{}\n}}"
    texts = [
        arch("c: conv(2, 1, table=t)", x="2x4x4", above=above.format(rows))
        for rows in ("X .\n. X", "X X\n. X")
    ]
    text = human(diff(*map(report_of, texts)))
    assert " c  conv 1x1 table t -> t (other cells)" in text


def test_turns_of_a_repeat_in_a_row_are_a_range():
    old, new = (
        (f"u: repeat i in 1..4 {{ conv(1, 1) -> {call} }}", f"v: {call}", f"w: {call}")
        for call in ("relu", "tanh")
    )
    found = lines(old, new)
    assert "u.1  relu: relu -> tanh" not in found
    assert "u.1  - relu; + tanh   (same in u.2..4)" in found
    assert "v    relu -> tanh   (same in w)" in found


def test_many_places_are_counted():
    old, new = (tuple(f"s{n}: conv(1, {k}, pad=same)" for n in range(12)) for k in (1, 3))
    found = lines(old, new)
    assert found[0].endswith("(same in s1, s2, s3, s4, s5, s6 and 5 more)")


def test_equal_networks():
    difference = diff(net("a: relu"), net("a: relu"))
    assert human(difference).splitlines() == ["Net (net.arch) -> Net (net.arch)", " no difference"]
    assert markdown(difference).endswith("no difference")


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [(1000, 1060, "(+6.0%)"), (1060, 1000, "(-5.7%)"), (100_000, 100_001, "(+<0.1%)")],
)
def test_percent(old: int, new: int, text: str):
    """Of a linear layer over one unit, which has two parameters an output."""
    reports = (net(f"a: linear({n})", x="1") for n in (old, new))
    line = next(row for row in human(diff(*reports)).splitlines() if "params" in row.split()[0])
    assert line.split() == ["params", f"{2 * old:,}", "->", f"{2 * new:,}", text]


def test_a_total_from_nothing_has_no_percentage():
    text = human(diff(net("a: relu"), net("a: conv(1, 1)")))
    assert ["params", "0", "->", "2"] in [line.split() for line in text.splitlines()]


def test_colour_only_where_asked():
    difference = diff(net("a: relu -> bn"), net("a: tanh -> bn"))
    assert "\x1b[" not in human(difference)
    colored = human(difference, color=True)
    assert "\x1b[32m+ tanh\x1b[0m" in colored
    assert "\x1b[31m- relu\x1b[0m" in colored


@pytest.mark.parametrize("pair", PAIRS)
def test_causes_and_totals_fit_the_page(pair: str):
    """Lines of a recipe may be longer: their values are never cut."""
    for line in human(zoo(pair)).splitlines():
        if " more nodes differ" not in line and not line.startswith(" train."):
            assert len(line) <= WIDTH + 20, line


def test_a_bar_does_not_end_a_cell():
    text = markdown(diff(net("a: relu"), net("b: tanh")))
    rows = [row for row in text.splitlines() if row.startswith("| ")]
    assert {row.count("|") - row.count(r"\|") for row in rows} == {4, 5}


def test_a_group_is_told_by_its_operators():
    calls = "relu -> tanh -> relu -> tanh -> bn"
    assert "b  + 5 operators (2 relu, 2 tanh, 1 bn)" in lines(
        ("a: abs",), ("a: abs", f"b: {calls}")
    )
