"""What kind of number a receptive field is stands beside it, in every form."""

from __future__ import annotations

import json

import pytest

from archspec.analysis import Report, explain, explain_all
from archspec.rendering import PictureOptions, build
from archspec.rendering.cells import receptive_field
from archspec.rendering.columns import column
from archspec.rendering.explain_text import all_metrics, one_metric
from archspec.rendering.explain_text import markdown as explained
from archspec.rendering.footer import heading
from archspec.rendering.mermaid import to_mermaid
from archspec.rendering.networks import network_records, networks_sheet
from archspec.rendering.report_json import derivation_data, networks_data, report_data
from archspec.rendering.sheet import Layout, records, report_sheet
from archspec.rendering.table import html_table, markdown_table, text_table
from tests.helpers import arch, net, report_of

BOUND = ("p: avgpool(4)", "u: upsample(4)", "c: conv(1, 3, pad=1)")
APART = ("x: add { | conv(1, 3, pad=1) | conv(1, 4, pad=[1, 2, 1, 2]) }", "o: global_avgpool")
GATED = ("g: mul { | conv(1, 3, pad=1) | global_avgpool(keep=true) -> sigmoid }",)
JUMPS = ("x: concat { | conv(4, 3, stride=2, pad=1) | conv(4, 17) }", "c: conv(4, 3)")

MOST = "rf <=: at most this; some outputs see less of the input"
MIDDLES = "rf ~: of all lanes together; their centres in the input differ"
CONTEXT = "rf: the global context that factors of `mul` add is left out"


def marks(report: Report) -> list[str]:
    return [receptive_field(report.fields[row.members[-1].path]) for row in report.rows()]


@pytest.mark.parametrize(
    ("statements", "expected", "notes"),
    [
        (BOUND, ["4x4", "4x4", "<=8x8"], (MOST,)),
        (APART, ["4x4~", "all"], (MIDDLES,)),
        (GATED, ["3x3"], (CONTEXT,)),
        (JUMPS, ["?", "?"], ()),
        (("conv(1, 3)",), ["3x3"], ()),
    ],
)
def test_marks_and_a_line_for_each(statements, expected: list[str], notes: tuple[str, ...]):
    report = net(*statements, x="1x33x33") if statements == JUMPS else net(*statements)
    sheet = report_sheet(report)
    assert marks(report) == expected
    assert sheet.notes == notes
    lines = text_table(sheet, 100).splitlines()
    assert tuple(lines[len(sheet.lines) + 1 :]) == notes
    for note in notes:
        assert note in html_table(sheet, heading(report)).replace("&lt;", "<")
        assert markdown_table(sheet).endswith(f"\n\n{note}")
    assert report_sheet(report, Layout(columns=("params",))).notes == (), "no mark, no line"


def test_lines_wrap_where_there_is_little_room():
    lines = text_table(report_sheet(net(*BOUND)), 40).splitlines()
    assert max(map(len, lines)) <= 40
    assert " ".join(lines[-2:]) == MOST


def test_rows_that_stand_for_others_have_no_field():
    rows = records(net(*BOUND), Layout(top=1, columns=("rf", "jump", "start", "centre")))
    assert [rows[0][name] for name in ("rf_y_pixels", "rf_status", "centre_x_pixels")] == [
        *(8, "upper_bound", -0.5)
    ]
    assert set(rows[1].values()) == {"2 more", None}
    assert report_sheet(net(*BOUND), Layout(top=1, sort="params")).notes == (MOST,)


def test_columns_of_fractions():
    report = net("u: upsample(2x1)", "o: global_avgpool")
    (first, last) = report.rows()
    texts = {name: column(name).text(report, first) for name in ("jump", "rf.jump", "rf.start")}
    assert texts == {"jump": "1/2x1", "rf.jump": "1/2x1", "rf.start": "0"}
    assert column("jump").plain(report, first) == (0.5, 1)
    assert column("centre").text(report, last) == ""
    assert column("start").plain(report, last) == (None, None)
    assert (column("jump").order(report, first), column("jump").order(report, last)) == (1, None)


def test_sorting_by_a_start_puts_the_unknown_last():
    report = net("a: conv(1, 3, pad=1)", "b: conv(1, 3, pad=1)", "o: linear(2)")
    sheet = report_sheet(report, Layout(columns=("start",), sort="start"))
    assert [line.cells[0] for line in sheet.lines[:3]] == ["a", "b", "o"]


def test_networks_side_by_side():
    reports = [net(*BOUND), net(*APART), net(*JUMPS, x="1x33x33"), net("linear(3)", x="5")]
    sheet = networks_sheet(reports, ("rf",))
    assert [line.cells[1] for line in sheet.lines] == ["<=8x8", "4x4~", "?", "all"]
    assert sheet.notes == (MOST, MIDDLES)
    statuses = ["upper_bound", "misaligned", "unavailable", "whole_input"]
    assert [record["rf_status"] for record in network_records(reports, ("rf",))] == statuses
    assert [network["rf_status"] for network in networks_data(reports)] == statuses
    assert networks_sheet(reports, ("params",)).notes == ()
    assert [line.cells[1] for line in networks_sheet(reports, ("centre",)).lines] == [
        *("-1/2", "1/2", "", "")
    ]


def test_data_have_all_of_it():
    rows = report_data(net(*BOUND))["rows"]
    axis = {"size": 8, "least": 4, "jump": 1, "start": -4, "centre": -0.5, "period": 4}
    assert rows[2]["rf"] == {
        "y": axis,
        "x": axis,
        "status": "upper_bound",
        "global_context": False,
        "reason": None,
    }
    assert report_data(net(*GATED))["rows"][0]["rf"]["global_context"]
    lost = report_data(net(*JUMPS, x="1x33x33"))["rows"][1]["rf"]
    assert (lost["y"], lost["status"]) == (None, "unavailable")
    assert lost["reason"].startswith("the lanes of `x.concat` have different jumps")


def test_explanations_have_it_in_every_form():
    report = report_of(arch(*BOUND, "expect { c.rf.jump == 1 from derived }"))
    found = explain(report, "c", "rf")
    text = one_metric(report, found)
    assert text.startswith("c.rf = <= 8\n  p  1 + (4 - 1) * 1  = 4  avgpool 4x4, stride 4\n")
    assert "\n  upper bound: by their place outputs see 4x4 to 8x8\n" in text
    page = explained(report, "c", (found,))
    assert "| | p | `1 + (4 - 1) * 1`   avgpool 4x4, stride 4 | 4 |" in page
    assert page.endswith("\n- " + "\n- ".join(found.notes))
    data = json.loads(json.dumps(derivation_data(found)))
    assert (data["at_most"], len(data["steps"]), data["notes"]) == (True, 3, list(found.notes))
    half = derivation_data(explain(net("u: upsample(2x3)"), "u", "rf.jump"))
    assert half["value"] == [1 / 2, 1 / 3]


def test_of_a_node_both_axes_stand_above_their_place():
    report = net("c: conv(2, 4x3, stride=3x2, pad=[2, 1, 0, 3])", x="1x37x41")
    lines = all_metrics(report, "c", explain_all(report, "c")).splitlines()
    (place,) = (number for number, line in enumerate(lines) if line.startswith("  rf "))
    worked_out = "rows 1 + (4 - 1) * 1, columns 1 + (3 - 1) * 1"
    assert lines[place].split(maxsplit=2) == ["rf", "4x3", worked_out]
    below = "jump 3x2, output (0,0) sees rows -2..1 and columns 0..2"
    assert lines[place + 1].strip() == below
    assert lines[place + 1].index("jump") == lines[place].index("rows")


def test_pictures_have_the_marks():
    report = net(*BOUND)
    picture = build(report.graph, report, PictureOptions(show=("rf",)))
    assert "rf &lt;=8x8" in to_mermaid(picture)
