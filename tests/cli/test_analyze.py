"""`archspec analyze` in one process: its options, forms, gates and exit codes."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path

import pytest
import rich_click as click

from archspec.cli.analyze import command
from tests.helpers import arch


@pytest.fixture
def run(capsys):
    """What a line prints on both streams, and what it exits with."""

    def go(line: str) -> tuple[str, str, int]:
        code = command.main(line.split(), standalone_mode=False)
        out, err = capsys.readouterr()
        return out, err, code

    return go


def first_words(text: str) -> list[str]:
    return [line.split()[0] for line in text.splitlines() if line]


# --- one network --------------------------------------------------------------------------------


def test_quiet_keeps_the_batch_that_was_asked_for(run):
    lines = run("lenet5 -q --fit 1MiB")[0].splitlines()
    assert lines[-3].startswith("fit: a batch of 7 trains in 1,048,576 bytes with sgd")
    assert not any(line.startswith(("depth:", "memory:")) for line in lines)


def test_quiet_leaves_out_the_facts_and_the_notes(run):
    loud, _, _ = run("lenet5_modern")
    out, err, code = run("lenet5_modern -q")
    assert loud.startswith(out.partition("expectations")[0])
    assert ("depth:" in loud, "depth:" in out, err, code) == (True, False, "", 0)
    assert "expectations: 2 of 2 hold" in out


@pytest.mark.parametrize(
    ("detail", "header", "rows"),
    [("stage", "layer", 7), ("block", "block", 7), ("layer", "layer", 7), ("op", "node", 13)],
)
def test_detail(run, detail: str, header: str, rows: int):
    words = first_words(run(f"lenet5 -q --detail {detail}")[0])
    assert words[1] == header
    assert words.index("total") == 2 + rows


def test_by_gathers_and_shows_shares_in_place_of_shapes(run):
    lines = run("googlenet -q --by op")[0].splitlines()
    assert lines[1].split() == ["op", "params", "MACs", "share"]
    assert lines[2].split()[:4] == ["conv", "5,973,552", "1,581,647,872", "99.9%"]
    (report,) = json.loads(run("googlenet --by role --json")[0])["data"]["reports"]
    assert [row["path"] for row in report["rows"]][:2] == ["conv", "activation"]
    assert {row["level"] for row in report["rows"]} == {"more"}
    assert sum(row["macs"] for row in report["rows"]) == report["totals"]["macs"]["value"]


def test_columns_sort_and_top(run):
    out, _, _ = run("googlenet -q --columns params,macs --sort macs --top 2")
    lines = out.splitlines()
    assert lines[1].split() == ["layer", "params", "MACs", "share"]
    assert [line.split()[0] for line in lines[2:6]] == ["conv2", "i3b", "18", "total"]
    assert lines[4].split()[:2] == ["18", "more"]


def test_a_share_says_of_what_where_no_column_does(run):
    assert "layer  params  share of MACs" in run("lenet5 -q --sort macs --columns params")[0]
    assert "layer  params  share\n" in run("lenet5 -q --sort params --columns params")[0]


def test_rows_by_operator_are_headed_once(run):
    assert run("lenet5 -q --by op --columns op,params")[0].splitlines()[1].split() == [
        "op",
        "params",
    ]


def test_what_does_not_add_up_has_no_total(run):
    for form in ("human", "md"):
        assert "total" not in run(f"googlenet -q --columns rf,output --format {form}")[0]


def test_every_input_stands_in_the_heading_the_table_and_the_data(run, tmp_path):
    file = tmp_path / "two.arch"
    body = "input l: 3x8x8\n input r: 1x8x8\n concat(@l, @r)\n conv(2, 1)"
    file.write_text(f"arch Two {{\n {body}\n}}\n")
    assert run(f"{file} -q")[0].startswith("Two   inputs l 3x8x8, r 1x8x8   batch 1,")
    assert "Two      3x8x8, 1x8x8 " in run(f"{file} lenet5 -q")[0]
    (report,) = json.loads(run(f"{file} --json")[0])["data"]["reports"]
    assert report["setup"]["inputs"] == [
        {"path": "l", "shape": [3, 8, 8]},
        {"path": "r", "shape": [1, 8, 8]},
    ]


def test_networks_of_one_name_are_told_apart_by_their_files(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number in (1, 2):
        Path(f"{number}.arch").write_text(f"arch N {{\n input 1x8x8\n conv({number}, 3)\n}}\n")
    rows = run("1.arch 2.arch --format csv")[0].splitlines()
    assert [row.split(",")[0] for row in rows] == ["network", "N (1.arch)", "N (2.arch)"]
    assert "N (2.arch)" in run("1.arch 2.arch")[0]


def test_top_alone_is_by_macs(run):
    assert first_words(run("lenet5 -q --top 1")[0])[2:4] == ["C3", "6"]


def test_batch_mode_dtype_and_input_stand_in_the_heading(run):
    line = "lenet5_modern --batch 8 --mode train --dtype bfloat16 --input 1x35x35 -q"
    out, _, _ = run(line)
    assert "input 1x35x35   batch 8, train, bfloat16" in out.splitlines()[0]


@pytest.mark.parametrize("option", ["--batch 3", "--mode train", "--dtype float16"])
def test_expectations_are_of_one_image_whatever_is_asked_for(run, option: str):
    out, err, code = run(f"vgg11 {option} -q")
    assert ("fail" in out, err, code) == (False, "", 0)
    assert "of" in out.splitlines()[-1]


def test_the_optimizer_is_the_recipes_unless_another_is_named(run):
    lines = [run(f"zoo:lenet5 {option}")[0] for option in ("", "--optimizer adam")]
    memory = [next(line for line in out.splitlines() if "to train" in line) for out in lines]
    assert memory == [
        "memory: 280,992 bytes to infer, 564,648 to train (batch 1, sgd)",
        "memory: 280,992 bytes to infer, 1,044,648 to train (batch 1, adam)",
    ]  # two numbers of 4 bytes for each of 60,000 parameters


@pytest.mark.parametrize(
    ("budget", "bytes_"),
    [("1_000_000", 10**6), ("500KB", 500_000), ("2MiB", 2 << 20), ("1.5MiB", 3 << 19)],
)
def test_the_largest_batch_in_a_budget(run, budget: str, bytes_: int):
    out, _, code = run(f"lenet5 --fit {budget}")
    assert f"trains in {bytes_:,} bytes with sgd" in out
    assert ("not even one sample" in out, code) == (bytes_ < 564_648, 0)
    (report,) = json.loads(run(f"lenet5 --fit {budget} --json")[0])["data"]["reports"]
    batch = report["memory"]["fit"]["batch"]
    assert f"a batch of {batch:,} trains" in out or batch == 0
    assert report["memory"]["fit"]["budget_bytes"] == bytes_


def test_a_budget_above_every_memory(run):
    out, err, code = run("perceptron --fit 9999999999999999999GiB")
    assert "a batch of " in out
    assert (err, code) == ("", 0)


def test_a_parameter_of_a_family(run):
    out, _, _ = run("vgg11 --set n=[1,1,1,1,1] --columns params -q")
    assert first_words(out).count("conv2_2") == 0
    assert "conv2_1" in first_words(out)


def test_a_view_prints_its_total_with_its_definition(run):
    out, _, _ = run("googlenet --view fvcore --view keras_params")
    assert "view fvcore: 1,582,671,872 flop = MACs + 2 a normalised element" in out
    assert "view keras_params: 6,998,552 params =" in out
    assert out.splitlines()[1].split()[-2:] == ["fvcore", "keras_params"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("lenet5 --columns params,mcas", "no column is called `mcas`; did you mean `macs`?"),
        ("lenet5 --columns sharing", "no column is called `sharing`"),
        ("lenet5 --sort output", "`output` is text"),
        ("lenet5 -o a.foo", "the ending says the format, one of .txt, .json, .csv, .md"),
        ("lenet5 --format md -o a.csv", "`-o a.csv` and `--format md` are two formats"),
        ("lenet5 --view nobody", "no view is called `nobody`; there are torchvision"),
        ("lenet5 --max-params many", "`many` is not a number"),
        ("lenet5 --max-params true", "`true` is not a number"),
        ("lenet5 --max-params=-5", "`-5` is not a number"),
        ("lenet5 alexnet --top 3", "--by, --top and --fit are for one network"),
        ("lenet5 --by op --detail op", "--by gathers what --detail tells apart"),
        ("lenet5 alexnet --fit 1GiB", "--fit are for one network"),
        ("lenet5 --fit 5XB", "`5XB` is no number of bytes: write 12GiB, 500MB or 4096"),
        ("lenet5 --fit 1/3", "`1/3` is no number of bytes"),
        ("lenet5 --fit 0.0001KiB", "`0.0001KiB` is no number of bytes"),
        ("lenet5 --optimizer adem", "no optimizer is called `adem`; there are gd, sgd"),
        ("lenet5 --set n=5X", "`--set n=5X` cannot be read"),
        ("lenet5 --fit 1GiB --format csv", "--fit is told below a table or in JSON: --format csv"),
        ("lenet5 --fit 1GiB -o a.md", "--fit is told below a table or in JSON: --format md"),
        ("lenet5 --fit 1GiB --tree", "--fit is told below a table or in JSON: --tree has no"),
        ("lenet5 --by op --tree", "--tree has rows and columns of its own: --detail, --by,"),
        ("lenet5 --sort macs --tree", "--tree has rows and columns of its own"),
        ("lenet5 --all --detail op", "--detail, --by, --top and --fit are for one"),
    ],
)
def test_wrong_words_are_usage_errors(line: str, message: str):
    with pytest.raises(click.UsageError) as caught:
        command.main(line.split(), standalone_mode=False)
    assert message in caught.value.format_message()


def test_csv_and_markdown_have_nothing_around_them(run):
    out, err, code = run("lenet5 --format csv -q")
    rows = list(csv.DictReader(StringIO(out)))
    assert (sum(int(row["params"]) for row in rows), err, code) == (60_000, "", 0)
    text = run("lenet5 --format md -q")[0].splitlines()
    assert text[2].startswith("| layer | maps@size |")
    assert text[-1].startswith("| **total** |")


def test_a_terminal_gets_its_width_and_bold_totals(run, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "50")
    assert run("lenet5 -q")[0].splitlines()[1:3] == ["\x1b[1mC1\x1b[0m", "  maps@size    6@28x28"]
    monkeypatch.setenv("COLUMNS", "80")
    bold = [line for line in run("lenet5 -q")[0].splitlines() if "\x1b" in line]
    assert [line.split()[0] for line in bold] == ["\x1b[1mlayer", "\x1b[1mtotal"]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run("lenet5 -q")[0]


def test_hints_are_a_line_unless_asked_for(run):
    """ResNet-50 has six; they say nothing against its numbers."""
    _, err, code = run("resnet50")
    assert err == "note: 6 hints (N204, N205, N206, N207, N501): -v tells them\n"
    _, told, loud = run("resnet50 -v")
    assert (told.count("note["), code, loud) == (6, 0, 0)
    assert run("lenet5")[1] == "", "nothing to tell"


def test_one_hint_is_not_several_and_warnings_are_told(run, tmp_path):
    (tmp_path / "a.arch").write_text(
        arch("conv(2, 3) -> bn", "maxpool(3, stride=2, ceil=true)", x="1x8x8")
    )
    _, err, _ = run(f"{tmp_path}/a.arch")
    assert "note: 2 hints (N203, N205): -v" in err
    assert "warning[W204]" in err


# --- into a file --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("a.csv", "path,output,params"),
        ("a.json", '{\n  "schema": "archspec.analyze/1"'),
        ("a.md", 'LeNet5 "LeNet-5 (1998)"   input'),
        ("a.TXT", 'LeNet5 "LeNet-5 (1998)"   input'),
    ],
)
def test_the_ending_of_a_file_says_the_format(run, tmp_path, name: str, start: str):
    out, err, code = run(f"zoo:lenet5 -o {tmp_path / name} --color always")
    assert (out, code) == (f"{tmp_path / name}\n", 0)
    text = (tmp_path / name).read_text("utf-8")
    assert text.startswith(start)
    assert text.endswith("\n")
    assert "\x1b" not in text + err, "a written file is never coloured"
    assert [file.name for file in tmp_path.iterdir()] == [name], "nothing else is left"
    assert run(f"zoo:lenet5 -q -o {tmp_path / name}")[:2] == ("", "")


def test_a_format_that_is_named_needs_no_ending(run, tmp_path):
    run(f"lenet5 -q --format csv -o {tmp_path / 'numbers'}")
    assert (tmp_path / "numbers").read_text() == run("lenet5 -q --format csv -o -")[0]


def test_a_file_has_the_blocks_and_the_width_of_files(run, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "50")
    run(f"lenet5 --tree -o {tmp_path / 'tree.txt'}")
    run(f"lenet5 -o {tmp_path / 'table.txt'}")
    assert "\u2588" in (tmp_path / "tree.txt").read_text("utf-8")
    assert "layer  maps@size" in (tmp_path / "table.txt").read_text("utf-8")


def test_what_cannot_be_written_is_an_error_and_leaves_nothing(run, tmp_path):
    out, err, code = run(f"lenet5 -o {tmp_path / 'no' / 'a.csv'}")
    assert (out, code, "E006" in err) == ("", 3, True)
    assert run(f"nonsense -o {tmp_path / 'a.csv'}")[2] == 3
    assert list(tmp_path.iterdir()) == []


def test_data_in_a_file_tells_the_terminal_what_is_wrong(run, tmp_path):
    _, err, code = run(f"lenet5 -q --max-params 1 -o {tmp_path / 'a.json'}")
    assert (code, "X002" in err) == (1, True)
    assert json.loads((tmp_path / "a.json").read_text())["exit_code"] == 1


# --- several networks ---------------------------------------------------------------------------


def test_several_targets_are_one_table(run):
    out, err, code = run("lenet5 alexnet --sort macs")
    assert out.splitlines()[0] == "2 networks   batch 1, eval, float32"
    assert first_words(out)[1:] == ["network", "AlexNet", "LeNet5"]
    assert (err, code) == ("", 0), "no notes beside a table of several"


def test_all_is_every_architecture_of_a_file(run):
    out, _, _ = run("lenet5 --all --format csv --columns params,depth")
    rows = list(csv.DictReader(StringIO(out)))
    names = ["LeNet5", "LeNet5Modern", "LeNet5FullC3", "LeNet5OneMap"]
    assert [row["network"] for row in rows] == names
    assert [row["depth_layers"] for row in rows] == ["4", "5", "4", "4"]


def test_a_target_that_cannot_be_read_leaves_the_others(run):
    out, err, code = run("lenet5 nonsense alexnet --format md")
    assert [line.split()[1] for line in out.splitlines()[4:]] == ["LeNet5", "AlexNet"]
    assert ("E001" in err, code) == (True, 3)
    assert run("nonsense nothing")[0] == ""


def test_json_has_a_report_a_network_and_all_beside_the_first(run):
    data = json.loads(run("lenet5 alexnet --json")[0])["data"]
    assert [report["setup"]["arch"] for report in data["reports"]] == ["LeNet5", "AlexNet"]
    assert [entry["params"]["ratio"] for entry in data["networks"]] == [1.0, 1016.087067]
