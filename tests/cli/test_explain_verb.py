"""`archspec explain` in one process: one number, every number, and its forms."""

from __future__ import annotations

import json
import re

import pytest
import rich_click as click

from archspec.cli.explain import command
from archspec.schema import METRIC_NAMES, WHOLE_METRICS
from tests.helpers import calculate


@pytest.fixture
def run(capsys):
    """What a line prints on standard output."""

    def go(line: str) -> str:
        command.main(line.split(), standalone_mode=False)
        return capsys.readouterr().out

    return go


def names(text: str) -> list[str]:
    return [line.split()[0] for line in text.splitlines()[1:]]


def test_without_a_metric_every_number_that_is_not_nothing(run):
    shown = names(run("lenet5 out"))
    assert "params.fixed" in shown
    assert "params" not in shown, "there are none"
    assert names(run("lenet5"))[-len(WHOLE_METRICS) :] == list(WHOLE_METRICS)


def test_all_leaves_nothing_out(run):
    assert names(run("lenet5 out --all")) == list(METRIC_NAMES)
    assert names(run("lenet5 --all")) == [*METRIC_NAMES, *WHOLE_METRICS]
    with pytest.raises(click.UsageError, match="--all is for every metric of `C3`, not one"):
        run("lenet5 C3.params --all")


def test_markdown_is_a_table_whose_terms_add_up(run):
    text = run("lenet5 C3.params --format md")
    assert (
        text.splitlines()[0]
        == "C3: `lenet5.arch:29:3   C3: conv(16, 5x5, table=c3_table) -> squash`"
    )
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[4:]]
    assert rows == [
        ["", "kernels", "`60 * 5*5`   60 = 6*3 + 9*4 + 1*6 links of table c3_table", "1,500"],
        ["", "biases", "", "16"],
        ["**params**", "", "", "**1,516**"],
    ]


def test_every_line_of_a_markdown_table_has_four_cells(run):
    """Of a network with all that notes and labels have in them."""
    lines = run("googlenet --format md").splitlines()[2:]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {5}
    for line in lines[2:]:
        _, _, _, told, value, _ = line.split("|")
        arithmetic = re.search(r"`(.+?)`", told)
        if arithmetic:
            assert calculate(arithmetic[1]) == int(value.replace(",", ""))


def test_the_page_of_a_code_is_markdown_already(run):
    assert run("E301 --format md").startswith("# E301")
    assert json.loads(run("E301 --json"))["data"]["page"] in run("E301 --format md")
