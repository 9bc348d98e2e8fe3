"""Which numbers stand in a box, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archspec.rendering import PictureOptions, build
from archspec.rendering.dot import to_dot
from archspec.rendering.picture import FIGURES

if TYPE_CHECKING:
    from collections.abc import Callable

    from archspec.analysis import Report
    from archspec.rendering import Picture


def rows(picture: Picture):
    return {box.path: box.rows for box in picture.boxes}


def test_every_figure_has_its_unit(report: Report):
    found = rows(build(report.graph, report, PictureOptions(show=FIGURES)))
    assert found["image"] == ("1x32x32",)
    assert found["C3"] == (
        *("16x10x10", "1,516 params", "150,000 MACs"),
        f"{4 * 1600:,} bytes",  # of float32
        "rf 14x14",
    )
    assert found["out"][-1] == "rf all"


def test_figures_stand_in_the_order_given(report: Report):
    picture = build(report.graph, report, PictureOptions(show=("rf", "shape")))
    assert rows(picture)["C1"] == ("rf 5x5", "6x28x28")


@pytest.mark.parametrize("level", ["stage", "template", "block", "layer", "op"])
def test_macs_of_the_overview_add_up_at_every_level(reports: dict[str, Report], level: str):
    for report in reports.values():
        options = PictureOptions(detail=level, show=("macs",), heads=False)
        boxes = [x for x in build(report.graph, report, options).boxes if x.path[:2] != "t."]
        lines = [row for box in boxes if box.role != "input" for row in box.rows]
        numbers = [int(line.split()[0].replace(",", "")) for line in lines]
        assert sum(numbers) == report.number("", "macs")


def test_turns_of_a_repeat_are_told(reports: dict[str, Report]):
    report = reports["resnet152"]
    found = rows(build(report.graph, report, PictureOptions(detail="layer", show=("macs", "rf"))))
    assert sum(" in " in row[0] for row in found.values() if row) > 0
    assert not any(" in " in row[1] for row in found.values() if row[1:])


def test_what_is_not_known_is_a_question_mark(draw_text: Callable[..., Picture]):
    picture = draw_text("  C2: conv(6, 50x50)\n  out: linear(3)", PictureOptions(show=FIGURES))
    assert rows(picture)["out"] == ("?", "? params", "? MACs", "? bytes", "rf ?")


def test_an_unknown_number_is_told_in_its_colouring_too(draw_text: Callable[..., Picture]):
    options = PictureOptions(color_by="params")
    picture = draw_text("  C2: conv(6, 50x50)\n  out: linear(3)", options)
    assert rows(picture)["out"] == ("? params",)


def test_the_number_of_the_colour_is_not_said_twice(report: Report):
    options = PictureOptions(show=("shape", "params"), color_by="params")
    assert rows(build(report.graph, report, options))["C1"] == ("6x28x28", "156 params, 0.3%")


def test_a_head_keeps_its_loss(reports: dict[str, Report]):
    report = reports["googlenet"]
    found = rows(build(report.graph, report, PictureOptions(show=("params",))))
    assert found["aux1"][0] == "loss 0.3, train only"
    assert found["aux1"][1].endswith(" params")


def test_all_numbers_of_a_box_are_in_one_cell(report: Report):
    picture = build(report.graph, report, PictureOptions(show=FIGURES))
    one = build(report.graph, report, PictureOptions(show=("rf",)))
    assert to_dot(picture).count("<td") == to_dot(one).count("<td")
    assert "16x10x10<br/>1,516 params<br/>150,000 MACs<br/>6,400 bytes<br/>rf 14x14" in to_dot(
        picture
    )
