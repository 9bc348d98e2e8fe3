"""What every box, link and frame of an SVG is called, and what it tells when pointed at."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from archspec.analysis import explain
from archspec.rendering import PictureOptions, build, draw

if TYPE_CHECKING:
    from archspec.analysis import Report

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
NAMES = ("lenet5", "resnet152", "googlenet", "densenet121", "dpn92")
LEVELS = ("stage", "template", "block", "layer")


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", NAMES)
def test_every_part_has_its_id_and_class(reports: dict[str, Report], name: str, level: str):
    report = reports[name]
    picture = build(report.graph, report, PictureOptions(detail=level))
    root = ElementTree.fromstring(draw(picture, "svg").data)
    groups = {x.get("id"): x for x in root.iter(f"{SVG}g") if x.get("id")}
    for box in picture.boxes:
        words = groups[f"n:{box.path}"].get("class").split()
        assert words == ["node", f"role-{box.role}", *["fold"] * bool(box.href)]
    for link in picture.links:
        words = groups[f"e:{link.src}:{link.dst}:{link.kind}"].get("class").split()
        assert words == ["edge", link.kind]
    for frame in picture.frames:
        assert groups[f"c:{frame.id}"].get("class").split() == ["cluster", frame.kind]
    assert (root[0].text, root[1].text) == (picture.title, picture.description)


@pytest.mark.parametrize("name", ["resnet152", "googlenet", "densenet121", "dpn92"])
def test_a_box_of_the_overview_leads_to_its_drawing(reports: dict[str, Report], name: str):
    report = reports[name]
    picture = build(report.graph, report)
    root = ElementTree.fromstring(draw(picture, "svg").data)
    groups = {x.get("id"): x for x in root.iter(f"{SVG}g") if x.get("id")}
    folded = [box for box in picture.boxes if box.href]
    assert folded
    for box in folded:
        (anchor,) = groups[f"n:{box.path}"].iter(f"{SVG}a")
        assert anchor.get(HREF) == f"#c:{box.href}"
        assert f"c:{box.href}" in groups
    templates = {frame.id for frame in picture.frames if frame.kind == "template"}
    assert {box.href for box in folded} <= templates


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", NAMES)
def test_a_tooltip_says_what_explain_says(reports: dict[str, Report], name: str, level: str):
    report, checked = reports[name], 0
    for box in build(report.graph, report, PictureOptions(detail=level)).boxes:
        lines = box.tooltip.splitlines()
        assert lines
        if box.path[:2] == "t." or sum(x.startswith("shape ") for x in lines) != 1:
            continue  # a template, or operators that no path has together
        checked += 1
        for metric in ("shape", "params", "macs", "rf"):
            derived = explain(report, box.path, metric)
            mine = [line for line in lines if line.startswith(f"{metric} ")]
            if derived.value and report.graph.members(box.path)[0].inputs:
                assert mine
                assert mine[0].startswith(f"{metric} {derived.shown}")
    assert checked > 5


def test_a_tooltip_names_the_line_of_the_statement(reports: dict[str, Report]):
    report = reports["resnet152"]
    lines = {item.path: item.span.location.line for item in report.graph.statements}
    for box in build(report.graph, report, PictureOptions(detail="stage")).boxes[1:]:
        assert box.tooltip.splitlines()[-1] == f"resnet.arch:{lines[box.path]}"
    assert len(set(lines.values())) == len(lines)
