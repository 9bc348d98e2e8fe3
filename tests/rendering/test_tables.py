"""Tables for people: what they hold, how they fit a width, and their other forms."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from io import StringIO

import pytest

from archspec.analysis import DETAILS, UNITS, VIEWS, Setup, analyze
from archspec.graph import load
from archspec.rendering.columns import METRIC_COLUMNS, NAMES, column
from archspec.rendering.footer import expectations_line, facts, footer_lines, heading
from archspec.rendering.labels import display_width
from archspec.rendering.networks import network_records, networks_sheet
from archspec.rendering.records_csv import comma_separated
from archspec.rendering.sheet import Layout, Line, Sheet, records, report_sheet
from archspec.rendering.table import html_table, markdown_table, text_table
from archspec.schema import snake, zoo
from tests.helpers import arch, net, report_of

ZOO = sorted(snake(name) for name in zoo())


@pytest.fixture(scope="module")
def googlenet():
    return analyze(load("zoo:googlenet"))


@pytest.fixture(scope="module")
def lenet5():
    return analyze(load("zoo:lenet5"))


def cells(sheet: Sheet, name: str) -> dict[str, str]:
    place = sheet.headers.index(name)
    return {line.cells[0]: line.cells[place] for line in sheet.lines}


def integer(text: str) -> int:
    return int(text.replace(",", ""))


# --- sums and columns ---------------------------------------------------------------------------


def test_the_printed_rows_and_what_is_left_add_up_to_the_printed_total(googlenet):
    layout = Layout("layer", ("params", "macs"), "macs", 5)
    lines = text_table(report_sheet(googlenet, layout), 100).splitlines()
    numbers = [re.match(r"(\S+(?: more)?)  +([\d,]+)  +([\d,]+)", line) for line in lines[1:]]
    shown = {found[1]: (integer(found[2]), integer(found[3])) for found in numbers if found}
    assert list(shown)[5:7] == ["79 more", "total"]
    rows = [shown[name] for name in list(shown)[:6]]
    assert tuple(map(sum, zip(*rows, strict=True))) == shown["total"] == (6_998_552, 1_582_671_872)


def test_shares_are_of_the_total_of_the_column_that_sorts(googlenet):
    sheet = report_sheet(googlenet, Layout(sort="params", top=2))
    shares = cells(sheet, "share")
    assert list(shares.items())[:3] == [
        ("i5b", "20.6%"),  # 1,444,080 of 6,998,552
        ("i5a", "14.9%"),  # 1,043,456
        ("18 more", "64.5%"),  # 4,511,016
    ]
    assert list(shares.values())[3:] == ["", "", "", ""], "a head is no part of the total"
    plain = records(googlenet, Layout(sort="params", top=2))
    assert [record["share_percent"] for record in plain] == [20.63, 14.91, 64.46, None, None]


def test_bars_are_ascii_without_blocks_and_go_first_where_room_is_short(lenet5):
    sheet = report_sheet(lenet5, Layout(sort="macs"))
    assert cells(sheet, "")["C3"] == "#########"  # 45.9 % of 20 characters
    blocks = report_sheet(lenet5, Layout(sort="macs", blocks=True))
    assert cells(blocks, "")["C3"] == "\u2588" * 9 + "\u258e"
    assert "#" in text_table(sheet, 80)
    assert "#" not in text_table(sheet, 64)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "share"])
def test_every_named_column_has_cells_for_people_and_programs(googlenet, name: str):
    made = column(name)
    assert made is not None
    for detail in DETAILS:
        for row in googlenet.rows(detail)[:9]:
            assert len(made.plain(googlenet, row)) == len(made.names)
            assert isinstance(made.text(googlenet, row), str)


def test_every_metric_that_adds_up_is_a_column():
    assert all(column(name) for name in METRIC_COLUMNS)
    assert {f"view.{view.name}" for view in VIEWS} | {"macs.train"} <= set(METRIC_COLUMNS)
    assert column("ops.mac") is None
    assert column("shape") is None
    assert "shape" in UNITS


def test_columns_of_one_layer():
    report = net("a: conv(4, 5x3, stride=2x1, pad=[1, 0, 2, 0], groups=2) -> relu", x="2x9x9")
    names = ("op", "input", "output", "kernel", "stride", "pad", "groups", "remainder", "jump")
    sheet = report_sheet(report, Layout(columns=names))
    shown = dict(zip(sheet.headers, sheet.lines[0].cells, strict=True))
    assert shown == {
        "layer": "a",
        "op": "conv+relu",
        "input": "2x9x9",
        "maps@size": "4@3x9",
        "kernel": "5x3",
        "stride": "2x1",
        "pad": "1,0,2,0",
        "groups": "2",
        "remainder": "1x0",
        "jump": "2x1",
    }


def test_a_row_of_several_windows_has_no_kernel(googlenet):
    sheet = report_sheet(googlenet, Layout(columns=("kernel", "pad", "op")))
    assert (cells(sheet, "kernel")["i3a"], cells(sheet, "kernel")["conv1"]) == ("", "7x7")
    assert cells(sheet, "op")["i3a"] == "conv+relu+maxpool+concat"


def test_the_operations_of_a_row(lenet5):
    sheet = report_sheet(lenet5, Layout(columns=("ops", "depth", "status")))
    assert cells(sheet, "ops")["C1"] == "mac 117,600  add 4,704  mul 9,408  special 4,704"
    assert list(cells(sheet, "depth").values())[:7] == ["1", "1", "2", "2", "3", "4", "4"]


def test_a_view_is_a_column_with_its_total(googlenet):
    views = Layout(views=("fvcore", "thop"))
    for view in views.views:
        total = cells(report_sheet(googlenet, views), view)["total"]
        assert integer(total) == googlenet.number("", f"view.{view}")


def test_heads_stand_below_the_total_and_count_in_the_last_line(googlenet):
    params = cells(report_sheet(googlenet), "params")
    assert list(params)[-4:] == ["total", "aux1 (head)", "aux2 (head)", "with heads"]
    assert params["with heads"] == "13,378,280"


def test_a_repeat_is_one_row_with_the_sum():
    report = net("a: repeat 3 { conv(2, 3, pad=1) -> bn }", x="2x9x9")
    params = cells(report_sheet(report, Layout("block")), "params")
    assert params == {"a.1 x3": str(3 * (2 * 2 * 9 + 2 + 4)), "total": "126"}


def test_unknown_numbers_are_marked_never_zero():
    report = report_of(arch("a: conv(6, 5)", "b: cnov(3)"))
    sheet = report_sheet(report, Layout(columns=("params", "output", "depth", "input")))
    assert cells(sheet, "params") == {"a": "156", "b": "?", "total": ">= 156"}
    assert cells(sheet, "depth")["b"] == cells(sheet, "maps@size")["b"] == "?"
    assert records(report, Layout(columns=("params", "depth")))[1]["params"] is None


def test_the_share_of_what_is_known_in_part_is_unknown():
    report = report_of(arch("a: conv(6, 5) -> relu", "b: conv(4, 40) -> relu", "linear(3)"))
    sheet = report_sheet(report, Layout(by="op"))
    assert cells(sheet, "share") == {"conv": "?", "relu": "?", "linear": "?", "total": ""}
    assert set(cells(sheet, "").values()) == {""}, "no bars either"
    rows = report_sheet(report, Layout(columns=("share",)))
    assert cells(rows, "share of MACs") == {"a": "100.0%", "b": "?", "linear": "?"}
    plain = records(report, Layout(columns=("share",)))
    assert [record["share_percent"] for record in plain] == [100.0, None, None]


# --- widths -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ZOO)
def test_the_default_table_and_footer_of_every_network_fit_100_columns(name: str):
    report = analyze(load(f"zoo:{name}"))
    for layout in (Layout(), Layout("block"), Layout("op"), Layout(sort="macs", blocks=True)):
        text = text_table(report_sheet(report, layout), 100)
        assert max(map(display_width, text.splitlines())) <= 100
        assert text.count("\n") == len(report_sheet(report, layout).lines), "not a table any more"
    lines = (heading(report), *footer_lines(report, [view.name for view in VIEWS]))
    assert max(map(display_width, lines)) <= 100


@pytest.mark.parametrize("name", ZOO)
def test_the_printed_rows_of_every_network_add_up_to_its_printed_totals(name: str):
    """Whatever the detail, sorted and cut or not; heads come below the total."""
    report = analyze(load(f"zoo:{name}"))
    columns, numbers = ("params", "macs", "flops", "saved"), r"  +([\d,]+)" * 4 + r"(?:$|  )"
    for detail in DETAILS:
        for layout in (Layout(detail, columns), Layout(detail, columns, "macs", 3)):
            lines = text_table(report_sheet(report, layout), 120).splitlines()
            ends = [re.search(numbers, line) for line in lines[1:]]
            cells_ = [tuple(map(integer, end.groups())) for end in ends if end]
            assert len(cells_) == len(lines) - 1, "every line has its numbers"
            names = [line.split("  ")[0] for line in lines[1:]]
            total = names.index("total")
            sums = tuple(map(sum, zip(*cells_[:total], strict=True)))
            assert cells_[total] == sums, detail
            exact = tuple(report.number("", metric) for metric in columns)
            assert sums == exact
            if "with heads" in names:
                everything = tuple(map(sum, zip(*cells_[total:-1], strict=True)))
                assert cells_[-1] == everything


def test_names_give_way_and_numbers_never():
    wide = Sheet(("layer", "params"), (False, True), (Line(("a" * 90, "138,357,544")),))
    assert text_table(wide, 70).splitlines()[1] == f"{'a' * 27}..{'a' * 27} {' ' * 2}138,357,544"
    hangul = Sheet(("layer", "params"), (False, True), (Line(("합성곱" * 20, "1")),))
    assert max(map(display_width, text_table(hangul, 60).splitlines())) <= 60


def test_below_60_columns_a_row_is_a_block_of_lines(lenet5):
    text = text_table(report_sheet(lenet5), 59)
    assert text.splitlines()[:7] == [
        "C1",
        "  maps@size    6@28x28",
        "  params       156",
        "  connections  122,304",
        "  MACs         117,600",
        "  rf           5x5",
        "S2",
    ]
    assert text_table(report_sheet(lenet5), 60).startswith("layer")


def test_too_many_columns_for_the_width_are_blocks_too(lenet5):
    sheet = report_sheet(lenet5, Layout(columns=("ops", "params", "connections", "macs")))
    assert text_table(sheet, 70).startswith("C1\n  ops")
    assert text_table(sheet, 120).startswith("layer")


def test_only_headers_and_totals_are_bold(lenet5):
    lines = text_table(report_sheet(lenet5), 100, bold=True).splitlines()
    assert [line.startswith("\x1b[1m") for line in lines] == [True, *[False] * 7, True]
    assert "\x1b" not in text_table(report_sheet(lenet5), 100)


# --- below the table ----------------------------------------------------------------------------


def test_the_facts_of_lenet5(lenet5):
    assert list(facts(lenet5)) == [
        "depth: 4 (conv, linear), 7 (also subsample, rbf), 2 (strides)",
        "input: builds at 32 and more (C5.conv binds), runs at 32..35 (C5.conv and F6.linear bind)",
        "memory: 280,992 bytes to infer, 564,648 to train (batch 1, sgd)",
        "split: features 49,836 params (83.1%), classifier from F6.linear on 10,164 (16.9%)",
        "sharing: 340,908 connections / 60,000 params = 5.68",
    ]
    assert expectations_line(lenet5) == "expectations: 4 of 4 hold"


def test_what_is_not_known_has_no_line():
    """Only how much is known; the input is one of the nodes."""
    assert list(facts(report_of(arch("a: conv(6, 5)", "b: cnov(3)")))) == [
        "partial: the shapes of 2 of 3 nodes are known"
    ]


def test_numbers_known_in_part_are_not_split(lenet5):
    """All shapes may be known where a number is not."""
    params = {**lenet5.numbers["params"], "C3.conv": None}
    report = replace(lenet5, numbers={**lenet5.numbers, "params": params})
    assert not [line for line in facts(report) if line.startswith(("split", "sharing"))]


def test_rows_and_columns_of_the_input_apart():
    (line,) = [text for text in facts(net("a: conv(2, 5x3)")) if text.startswith("input")]
    assert (
        line == "input: builds and runs at 5 and more (a binds) rows x 3 and more (a binds) columns"
    )


def test_each_of_several_inputs_has_a_line():
    report = report_of("""arch Net {
  input left: 1x9x9
  input right: 1x4x4
  input more: 2
  half: @left -> maxpool(2)
  sum: add(@half, @right) -> global_avgpool
  concat(@sum, @more)
}
""")
    assert [text for text in facts(report) if text.startswith("input")] == [
        "input left, others as declared: builds and runs at 8..9 (sum.add binds)",
        "input right, others as declared: builds and runs at 4 (sum.add binds)",
    ]


def test_in_training_heads_run_too():
    head = 'head h(loss_weight=0.3, phase="train") { a: avgpool(5, stride=3) -> linear(2) }'
    text = arch("conv(2, 3, pad=1)", head, "global_avgpool", x="1x8x8")
    assert "input: builds at 5 and more (h.a.avgpool binds), runs at 1 and more" in list(
        facts(report_of(text))
    )
    train = "input: builds at 5 and more (h.a.avgpool binds), runs at 8..10 (h.a.linear binds)"
    assert train in list(facts(report_of(text, Setup(mode="train"))))


def test_where_it_builds_may_be_unknown():
    report = net("c: conv(4, 3)", "g: avgpool(@c.h)", "o: linear(2)", x="1x16x16")
    (line,) = [text for text in facts(report) if text.startswith("input")]
    assert line == "input: runs at 16..29 (g and o bind), where it builds is not known"


def test_a_view_is_told_with_its_definition(googlenet):
    (line,) = footer_lines(googlenet, ["torchvision"])[-2:-1]
    assert line == (
        "view torchvision: 1,582,671,872 MAC = multiply-adds, "
        "which its documentation prints as GFLOPS"
    )


# --- other forms --------------------------------------------------------------------------------


def test_csv_has_plain_integers_and_units_in_its_header(lenet5):
    text = comma_separated(records(lenet5, Layout(columns=("output", "macs", "rf", "view.fvcore"))))
    first, c1, *_, out = text.splitlines()
    assert first == "path,output,macs,rf_y_pixels,rf_x_pixels,rf_status,view_fvcore_flop"
    assert c1 == "C1,6x28x28,117600,5,5,aligned,117600"
    assert out == "out,10,840,,,whole_input,0"  # an rbf layer, which fvcore does not know


@pytest.mark.parametrize("detail", DETAILS)
def test_csv_adds_up_and_marks_heads(googlenet, detail):
    text = comma_separated(records(googlenet, Layout(detail, sort="macs", top=4)))
    rows = list(csv.DictReader(StringIO(text)))
    assert [row["path"] for row in rows if row["head"]] == ["aux1", "aux2"]
    trunk = [int(row["params"]) for row in rows if not row["head"]]
    assert (len(trunk), sum(trunk)) == (5, 6_998_552)


def test_csv_of_nothing_is_nothing():
    assert comma_separated([]) == ""


def test_markdown_is_one_table_with_escaped_cells():
    sheet = Sheet(
        ("a_b", ""), (False, True), (Line(("x|y", "#")), Line(("total", ""), strong=True))
    )
    assert markdown_table(sheet).splitlines() == [
        "| a_b |",
        "| :-- |",
        "| x\\|y |",
        "| **total** |",
    ]


def test_html_is_escaped_and_has_no_script():
    sheet = Sheet(("<b>", "n"), (False, True), (Line(("<script>alert(1)</script>", "1")),))
    text = html_table(sheet, 'a "<i>"', ["1 < 2"])
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "<caption>a &quot;&lt;i&gt;&quot;</caption>" in text
    assert "<div>1 &lt; 2</div>" in text


# --- several networks ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def three():
    return [analyze(load(f"zoo:{name}")) for name in ("alexnet", "vgg16", "lenet5")]


def test_networks_are_compared_with_the_first(three):
    lines = [line.cells for line in networks_sheet(three).lines]
    assert lines[0] == (
        *("AlexNet", "3x227x227", "60,965,224", "1.00x", "724,406,816", "1.00x", "8", "195x195"),
    )
    assert lines[2][3:6] == ("0.00098x", "326,520", "0.00045x")


def test_sorting_networks_keeps_what_they_are_compared_with(three):
    found = network_records(three, ("params", "rf"), "params")
    assert [record["network"] for record in found] == ["VGG16", "AlexNet", "LeNet5"]
    assert [record["params_ratio"] for record in found] == [2.26945, 1.0, 0.000984]
    assert found[0]["rf_y_pixels"] == 212


def test_the_ratio_of_something_unknown_is_unknown(lenet5):
    broken = report_of(arch("a: conv(6, 5)", "b: cnov(3)"))
    sheet = networks_sheet([lenet5, broken], ("params",))
    assert sheet.lines[1].cells == ("Net", ">= 156", "?")


def test_shared_weights_are_told_below_the_table():
    """Rows count 0 parameters there; the line says whose they are."""
    lines = ("a: conv(3, 1) -> relu", "b: conv(3, 1, weights=@a)", "c: conv(3, 1, weights=@b)")
    report = report_of(arch(*lines, x="3x8x8"))
    assert "shared weights: b and c use those of a.conv" in footer_lines(report)
    assert not any(line.startswith("shared") for line in footer_lines(report_of(arch(lines[0]))))
    many = [f"d{n}: conv(3, 1, weights=@a)" for n in range(5)]
    told = "shared weights: d0, d1, d2 and 2 others use those of a.conv"
    assert told in footer_lines(report_of(arch(lines[0], *many, x="3x8x8")))


def test_of_many_owners_a_few_are_told():
    twins = [f"a{n}: conv(3, 1)\n  b{n}: conv(3, 1, weights=@a{n})" for n in range(5)]
    text = " ".join(footer_lines(report_of(arch(*twins, x="3x8x8"))))
    assert "b0 uses those of a0; b1 uses those of a1; b2 uses those of a2; 2 owners more" in text
