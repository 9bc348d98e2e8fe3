"""`archspec explain` in one process: one number, every number, and its forms."""

from __future__ import annotations

import json
import re

import pytest
import rich_click as click

from archspec.cli.analyze import command as analyze
from archspec.cli.explain import command
from archspec.schema import METRIC_NAMES, VIEW_METRICS, WHOLE_METRICS
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
    assert names(run("lenet5 out --all")) == [*METRIC_NAMES, *VIEW_METRICS]
    assert names(run("lenet5 --all")) == [*METRIC_NAMES, *WHOLE_METRICS, *VIEW_METRICS]
    with pytest.raises(click.UsageError, match="--all is for every metric of `C3`, not one"):
        run("lenet5 C3.params --all")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("C3.macs", []),
        ("C3.macs --batch 4 --mode train", ["  for batch 4, training"]),
        ("C3 --dtype float64", ["for float64"]),
        ("C3 --format md --optimizer adam", ["for adam"]),
        ("memory.train --optimizer adam --input 1x33x35", ["  for input 1x33x35"]),
    ],
)
def test_what_the_numbers_are_for_is_told_where_it_was_asked_for(run, line: str, told: list[str]):
    """The remark of a number of bytes tells batch, dtype and optimizer itself."""
    lines = run(f"lenet5 {line}").splitlines()
    assert [each for each in lines if each.strip().startswith("for ")] == told


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


def test_names_of_operators_fold_case_as_codes_do(run):
    assert run("CONV") == run("Conv") == run("conv")
    assert run("e301") == run("E301")


@pytest.mark.parametrize(
    ("target", "advice"),
    [
        ("cnov", "did you mean the operator `conv`?"),
        ("Linera", "did you mean the operator `linear`?"),
        ("lenet6", "did you mean `lenet5`?"),
        ("qqqq", "write a path that ends in .arch"),
    ],
)
def test_a_slip_in_the_name_of_an_operator(run, target: str, advice: str):
    (found,) = json.loads(run(f"{target} --json"))["diagnostics"]
    assert (found["code"], found["help"]) == ("E001", advice)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("lenet5 xyz.params", "the network has image, C1, S2, C3, S4, C5, F6, out"),
        ("lenet5 xyz", "the network has image, C1, S2, C3, S4, C5, F6, out"),
        ("lenet5 C3.xyz", "`C3` has conv, squash"),
        ("lenet5 C3.conv.xyz", "metrics are shape, params"),
        ("googlenet xyz.macs", "the network has input, conv1, pool1, lrn, conv2, lrn_2, pool2,"),
    ],
)
def test_a_path_that_there_is_not_gets_those_there_are(capsys, line: str, told: str):
    assert command.main(line.split(), standalone_mode=False) == 1
    said = capsys.readouterr().err
    assert f"= help: {told}" in said
    assert ("and 11 more" in said) == line.startswith("googlenet"), "twelve are listed"


def test_a_file_that_is_not_there_is_no_operator(run):
    (found,) = json.loads(run("softmax.arch --json"))["diagnostics"]
    assert found["code"] == "E001"
    assert "operator" not in (found["help"] or "")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("conv --input 1x1x1 --all", "--all, --input: for a network, not for the page of an oper"),
        ("E301 --set a=1", "--set: for a network, not for the page of a code"),
        ("conv --batch 1", "--batch: for a network"),
    ],
)
def test_a_page_takes_no_options_of_networks(run, line: str, message: str):
    with pytest.raises(click.UsageError) as caught:
        run(line)
    assert message in caught.value.format_message()


@pytest.mark.parametrize(
    "setup",
    ["", "--batch 32 --optimizer adam", "--dtype float16 --batch 3", "--mode train --batch 2"],
)
def test_the_numbers_of_analyze_can_be_explained_for_the_same_setup(run, capsys, setup: str):
    analyze.main(f"lenet5 --json {setup}".split(), standalone_mode=False)
    (report,) = json.loads(capsys.readouterr().out)["data"]["reports"]
    for metric, said in (
        ("memory.train", report["memory"]["train_bytes"]),
        ("memory.infer", report["memory"]["infer_bytes"]),
        ("flops", report["totals"]["flops"]["value"]),
        ("saved", report["totals"]["saved"]["value"]),
    ):
        (found,) = json.loads(run(f"lenet5 {metric} --json {setup}"))["data"]["derivations"]
        assert found["value"] == said, metric
        if metric == "memory.train":
            assert sum(term["value"] for term in found["terms"]) == said


def test_the_options_of_the_setup_are_those_of_analyze():
    """With the same words, so that neither says something else."""

    def told(verb: click.Command) -> dict[str | None, object]:
        names = ("batch", "mode", "dtype", "optimizer")
        return {
            option.name: option.to_info_dict() for option in verb.params if option.name in names
        }

    assert len(told(command)) == 4
    assert told(command) == told(analyze)
