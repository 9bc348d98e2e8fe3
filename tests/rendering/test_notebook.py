"""`archspec.analyze`: what it takes, and the forms its report has."""

from __future__ import annotations

import dataclasses
import json
import sys
from types import ModuleType

import pytest

import archspec
from archspec import analysis
from archspec.errors import ArchError
from archspec.graph import load
from tests.helpers import arch, graph_of


@pytest.mark.parametrize("form", [str, load, lambda name: analysis.analyze(load(name))])
def test_a_target_a_graph_and_a_report_name_the_same_network(form):
    report = archspec.analyze(form("zoo:lenet5"))
    assert isinstance(report, archspec.Report)
    assert report.number("", "params") == 60_000


def test_a_path_and_the_setup(tmp_path):
    (tmp_path / "a.arch").write_text(arch("conv(2, 3)", x="1x8x8"))
    report = archspec.analyze(tmp_path / "a.arch", batch=4, mode="train", dtype="float16")
    assert report.number("", "macs") == 4 * 2 * 9 * 36
    assert (report.setup.mode, report.setup.dtype) == ("train", "float16")


def test_a_target_with_errors_raises_and_a_graph_with_errors_is_partial(tmp_path):
    text = arch("a: conv(6, 5)", "b: cnov(3)")
    (tmp_path / "a.arch").write_text(text)
    with pytest.raises(ArchError):
        archspec.analyze(str(tmp_path / "a.arch"))
    report = archspec.analyze(graph_of(text))
    assert report.quantity("", "params").status == "partial"
    assert [found.code for found in report.diagnostics][:1] == ["E201"]


def test_the_report_is_frozen_and_has_no_number_of_its_own():
    report = archspec.analyze("lenet5")
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.setup = None
    names = [
        [field.name for field in dataclasses.fields(kind)]
        for kind in (archspec.Report, analysis.Report)
    ]
    assert names[0] == names[1]


def test_to_dict_is_what_the_command_prints(capsys):
    from archspec.cli.analyze import command

    command.main(["lenet5", "--json", "--detail", "op"], standalone_mode=False)
    (printed,) = json.loads(capsys.readouterr().out)["data"]["reports"]
    assert json.loads(json.dumps(archspec.analyze("lenet5").to_dict("op"))) == printed


def test_to_pandas_hands_over_plain_records(monkeypatch):
    """pandas itself is not needed here: this stands where it would."""

    class DataFrame:
        @classmethod
        def from_records(cls, records: object, index: str) -> tuple[object, str]:
            return records, index

    pandas = ModuleType("pandas")
    pandas.DataFrame = DataFrame
    monkeypatch.setitem(sys.modules, "pandas", pandas)
    records, index = archspec.analyze("lenet5").to_pandas("op", ("params", "output"))
    assert index == "path"
    assert records[0] == {"path": "C1.conv", "params": 156, "output": "6x28x28"}
    assert sum(record["params"] for record in records) == 60_000


def test_without_pandas_the_error_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ModuleNotFoundError, match="needs pandas, which archspec does not install"):
        archspec.analyze("lenet5").to_pandas()


def test_in_a_notebook_titles_are_text_and_nothing_runs():
    text = arch("conv(2, 3)", x="1x8x8").replace("arch Net", 'arch Net "<script>x</script>"')
    shown = archspec.analyze(graph_of(text))._repr_html_()
    assert "&lt;script&gt;" in shown
    assert "<script" not in shown
    assert shown.startswith("<table>")
    assert "<div>depth: 1 (conv, linear)" in shown


def test_printed_it_is_what_the_command_prints(capsys):
    from archspec.cli.analyze import command

    command.main(["lenet5"], standalone_mode=False)
    assert f"{archspec.analyze('lenet5')}\n" == capsys.readouterr().out
