"""The SVG of large networks: sizes, identity, references, nothing over anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from archspec.rendering import PictureOptions, build, draw

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from archspec.analysis import Report

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
NAMES = ("resnet152", "googlenet", "densenet121", "dpn92")
named = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def roots(reports: dict[str, Report]) -> dict[str, Element]:
    pictures = {name: build(reports[name].graph, reports[name]) for name in NAMES}
    return {name: ElementTree.fromstring(draw(p, "svg").data) for name, p in pictures.items()}


def groups(root: Element):
    return {element.get("id"): element for element in root.iter(f"{SVG}g") if element.get("id")}


def points(element: Element):
    for shape in element.iter(f"{SVG}polygon"):
        yield from (tuple(map(float, pair.split(","))) for pair in shape.get("points").split())


def edges_of(element: Element):
    xs, ys = zip(*points(element), strict=True)
    return min(xs), min(ys), max(xs), max(ys)


@named
def test_boxes_keep_their_text_and_do_not_overlap(roots: dict[str, Element], name: str):
    """Widths by a narrow estimate: four points a letter of ten."""
    boxes = {path: x for path, x in groups(roots[name]).items() if path.startswith("n:")}
    frames = [edges_of(box) for box in boxes.values()]
    assert len(frames) > 10
    for box, (left, top, right, bottom) in zip(boxes.values(), frames, strict=True):
        for text in box.iter(f"{SVG}text"):
            x, y = float(text.get("x")), float(text.get("y"))
            assert left < x
            assert x + len(text.text or "") * 4 < right
            assert top < y < bottom
    for i, a in enumerate(frames):
        for b in frames[:i]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


@named
def test_ids_are_unique_and_references_lead_to_frames(roots: dict[str, Element], name: str):
    ids = [element.get("id") for element in roots[name].iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    links = [link.get(HREF) for link in roots[name].iter(f"{SVG}a") if link.get(HREF)]
    assert links
    assert {link.removeprefix("#") for link in links} <= set(ids)


@named
def test_every_box_has_a_tooltip_and_a_class(roots: dict[str, Element], name: str):
    for path, box in groups(roots[name]).items():
        if path.startswith("n:"):
            assert box.get("class").startswith("node role-")
            (link,) = box.iter(f"{SVG}a")
            assert len(link.get("{http://www.w3.org/1999/xlink}title")) > 10


def test_kinds_of_links_look_different(roots: dict[str, Element]):
    def lines(name: str, kind: str):
        links = [x for x in groups(roots[name]).values() if x.get("class") == f"edge {kind}"]
        return [list(link.iter(f"{SVG}path")) for link in links]

    assert {len(paths) for paths in lines("densenet121", "dense")} == {3}  # two lines and a gap
    assert {paths[0].get("stroke-width") for paths in lines("resnet152", "skip")} == {"2.2"}
    assert all(paths[0].get("stroke-dasharray") for paths in lines("googlenet", "aux"))
    assert not any(paths[0].get("stroke-dasharray") for paths in lines("resnet152", "skip"))


def test_the_dark_theme_is_dark(reports: dict[str, Report]):
    picture = build(reports["resnet152"].graph, reports["resnet152"])
    root = ElementTree.fromstring(draw(picture, "svg", theme="dark").data)
    assert next(root.iter(f"{SVG}polygon")).get("fill") == "#14161a"


@pytest.mark.parametrize("coloring", ["params", "macs", "rf"])
def test_colours_by_a_number_say_the_number_too(reports: dict[str, Report], coloring: str):
    report = reports["resnet152"]
    picture = build(report.graph, report, PictureOptions(color_by=coloring))
    boxes = [box for box in picture.boxes if not box.path.startswith("t.")]
    assert all(box.heat is not None for box in boxes)
    word = {"params": "params, ", "macs": "MACs, ", "rf": "rf "}[coloring]
    assert all(any(word in row for row in box.rows) for box in boxes if box.role != "input")
    assert {key.value for key in picture.keys if key.kind == "heat"} == {
        str(box.heat) for box in boxes
    }
    assert {box.heat for box in picture.boxes if box.path.startswith("t.")} == {None}
    groups_ = groups(ElementTree.fromstring(draw(picture, "svg").data))
    assert "l:" in groups_
