"""What is told of a wrong network: every number of it or none, at every form, without a crash."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from archspec.analysis import UNITS_OF_SUMS, analyze, explain_all
from archspec.errors import ArchError
from archspec.graph import read_graphs
from archspec.rendering import PictureOptions, build
from archspec.rendering.explain_text import all_metrics
from archspec.rendering.footer import footer_lines
from archspec.rendering.picture_json import to_json
from archspec.rendering.report_json import report_data
from archspec.schema import Target
from tests.diagnostics.test_cases import FILES, cases
from tests.helpers import arch, report_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archspec.analysis import Report

# C1 does not give what is declared; a merge does not fit; both with layers behind them.
DECLARED = arch("C1: conv(6, 5) => 6x32x32", "S2: maxpool(2)", "F: linear(10)", "g: linear(9)")
MERGED = arch(
    "a: conv(6, 5, pad=2)", "b: add { | conv(6, 5) | @a }", "c: conv(8, 3)", "d: linear(9)"
)


def reports(file: Path) -> Iterator[Report]:
    for case in cases(file):
        try:
            yield from (analyze(graph) for graph in read_graphs(Target(case, None)))
        except ArchError:  # nothing to report on
            continue


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_wrong_network_has_all_its_reports(file: Path):
    for report in reports(file):
        data = report_data(report)
        assert json.loads(json.dumps(data)) == data
        assert footer_lines(report)[-1:] != [""]
        for path in ("", *report.graph.nodes):
            assert isinstance(all_metrics(report, path, explain_all(report, path)), str)
        if report.graph.nodes:
            assert to_json(build(report.graph, report, PictureOptions()))


@pytest.mark.parametrize("text", [DECLARED, MERGED])
def test_numbers_that_rest_on_an_assumption_are_not_told(text: str):
    report = report_of(text)
    last = list(report.graph.nodes)[-1]
    assert report.graph[last].output == ((9,))
    for metric in UNITS_OF_SUMS:
        assert report.number(last, metric) is None, metric
        assert report.quantity("", metric).status in ("partial", "unavailable"), metric
    assert report.memory is None
    assert report.field(last).status == "unavailable"


def test_a_shape_declared_behind_a_wrong_one_is_certain_again():
    text = DECLARED.replace("S2: maxpool(2)", "S2: maxpool(2) => 6x16x16")
    report = report_of(text)
    assert report.number("S2", "macs") is None
    assert report.number("F", "macs") == 6 * 16 * 16 * 10
