"""What arrives in the SVG, found by parsing it: engines write `-` as `&#45;`, so no text search."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from archspec.rendering import draw
from archspec.rendering.picture import Frame, Legend

if TYPE_CHECKING:
    from collections.abc import Callable
    from xml.etree.ElementTree import Element

    from archspec.rendering import Picture


SVG = "{http://www.w3.org/2000/svg}"
HOVER = "{http://www.w3.org/1999/xlink}title"
NASTY = (
    "a&b",
    "&amp;",
    "<b>",
    "<>",
    '"',
    "'",
    "->",
    r"\n",
    "\\",
    "{|}",
    "a:b",
    "100 %",
    "한글 층",
    "합성곱",
    "é",
    "two  spaces",
    "line\nend",
    " word" * 40,
    "x" * 200,
    "a,b" * 60,
    "Ünïcödé ñ",
)


def parse(picture: Picture):
    return ElementTree.fromstring(draw(picture, "svg").data)


def by_id(root: Element):
    return {element.get("id"): element for element in root.iter(f"{SVG}g") if element.get("id")}


def words(element: Element):
    """Its text without spaces: a line break of a picture is no part of it."""
    return "".join("".join("".join(x.itertext()).split()) for x in element.iter(f"{SVG}text"))


def hover(link: Element):
    """A tooltip; the engine keeps several spaces together by making some of them hard."""
    return link.get(HOVER).replace("\xa0", " ")


@pytest.fixture(scope="module")
def root(lenet5: Picture):
    return parse(lenet5)


def test_ids_are_unique_and_those_of_the_picture(root: Element, lenet5: Picture):
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    wanted = {f"n:{box.path}" for box in lenet5.boxes}
    wanted |= {f"e:{link.src}:{link.dst}:data" for link in lenet5.links}
    wanted |= {"c:s.features", "c:s.classifier", "l:C3", "e:C3:legend.C3:legend"}
    assert wanted == {name for name in ids if ":" in name and not name.startswith("a_")}


def test_classes_name_role_and_kind(root: Element):
    groups = by_id(root)
    assert groups["n:C1"].get("class") == "node role-conv"
    assert groups["e:C1:S2:data"].get("class") == "edge data"
    assert groups["l:C3"].get("class") == "node legend"
    assert groups["c:s.features"].get("class") == "cluster stage"


def test_boxes_and_links_say_what_the_picture_says(root: Element, lenet5: Picture):
    groups = by_id(root)
    for box in lenet5.boxes:
        said = "".join((box.title, box.summary, *box.rows))
        assert words(groups[f"n:{box.path}"]) == said.replace(" ", "")
    for link in lenet5.links:
        assert words(groups[f"e:{link.src}:{link.dst}:data"]) == link.label


def test_tooltips_arrive_line_by_line(root: Element, lenet5: Picture):
    for box in lenet5.boxes:
        (link,) = by_id(root)[f"n:{box.path}"].iter(f"{SVG}a")
        assert hover(link) == box.tooltip


def test_screen_readers_find_title_and_description(root: Element, lenet5: Picture):
    assert root.get("role") == "img"
    assert [child.tag for child in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert (root[0].text, root[1].text) == (lenet5.title, lenet5.description)


def test_fonts_include_a_korean_one(root: Element):
    assert not any(text.get("font-family") for text in root.iter(f"{SVG}text"))
    family = root.get("font-family")
    assert family.startswith("Helvetica")
    assert "Noto Sans CJK KR" in family


def frame_of(shape: Element):
    pairs = [point.split(",") for point in shape.get("points").split()]
    xs, ys = zip(*((float(x), float(y)) for x, y in pairs), strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def test_text_stands_inside_its_box_and_boxes_do_not_overlap(root: Element, lenet5: Picture):
    """Widths by a narrow estimate: four points a letter of ten."""
    groups = by_id(root)
    frames = []
    for path in [f"n:{box.path}" for box in lenet5.boxes] + ["l:C3"]:
        shapes = [frame_of(polygon) for polygon in groups[path].iter(f"{SVG}polygon")]
        left, top = min(s[0] for s in shapes), min(s[1] for s in shapes)
        right, bottom = max(s[2] for s in shapes), max(s[3] for s in shapes)
        frames.append((left, top, right, bottom))
        if path == "l:C3":
            continue
        for text in groups[path].iter(f"{SVG}text"):
            x, y = float(text.get("x")), float(text.get("y"))
            assert left < x
            assert x + len(text.text) * 4 < right
            assert top < y < bottom
    for i, a in enumerate(frames):
        for b in frames[:i]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


@pytest.mark.parametrize("text", NASTY)
def test_whatever_a_user_writes_comes_back_unchanged(lenet5: Picture, text: str):
    """As title, caption, box title, summary, row, tooltip, link label, frame and legend."""
    boxes = tuple(
        replace(box, title=text, summary=text, rows=(text,), tooltip=text) for box in lenet5.boxes
    )
    picture = replace(
        lenet5,
        title=text,
        description=text,
        caption=text,
        boxes=boxes,
        links=tuple(replace(link, label=text) for link in lenet5.links),
        frames=(Frame(text, text, "stage", ("C1", "S2", "C3")),),
        legends=(Legend("C3", text, (text,), ("0", "1"), ((True, False),)),),
    )
    drawing = draw(picture, "svg")
    root, plain = ElementTree.fromstring(drawing.data), "".join(text.split())
    groups = by_id(root)
    assert drawing.notes == ()
    assert (root[0].text, root[1].text) == (text, text)
    for box in boxes:
        assert words(groups[f"n:{box.path}"]) == plain * 3
        (link,) = groups[f"n:{box.path}"].iter(f"{SVG}a")
        assert hover(link) == text
    assert words(groups["e:C1:S2:data"]) == plain
    (frame,) = (group for group in groups.values() if group.get("class") == "cluster stage")
    assert words(frame) == plain
    assert words(groups["l:C3"]) == f"{plain}01{plain}x"


def test_wide_text_gets_room(lenet5: Picture):
    """Engines without a Korean font take a Hangul syllable for a space."""
    title = "합성곱신경망의첫째층"
    boxes = (lenet5.boxes[0], replace(lenet5.boxes[1], title=title), *lenet5.boxes[2:])
    box = by_id(parse(replace(lenet5, boxes=boxes)))["n:C1"]
    left, _, right, _ = frame_of(next(box.iter(f"{SVG}polygon")))
    assert right - left >= 10 * len(title)


def test_a_wide_title_has_a_line_of_its_own(lenet5: Picture):
    """Engines without a Korean font put what follows on the line too far to the left."""
    boxes = (lenet5.boxes[0], replace(lenet5.boxes[1], title="합성곱"), *lenet5.boxes[2:])
    box = by_id(parse(replace(lenet5, boxes=boxes)))["n:C1"]
    title, *others = box.iter(f"{SVG}text")
    assert title.text == "합성곱"
    assert title.get("y") not in {other.get("y") for other in others}


def test_errors_are_drawn_dotted_and_named(draw_text: Callable[..., Picture]):
    picture = draw_text("  C1: conv(6, 5x5)\n  C2: conv(6, 30x30)\n  out: linear(3)")
    groups = by_id(parse(picture))
    link = groups["e:C1:C2:data"]
    path = next(link.iter(f"{SVG}path"))
    assert link.get("class") == "edge data issue"
    assert path.get("stroke") == "#c00000"
    assert path.get("stroke-dasharray")
    assert path.get("stroke-width") == "3"
    assert words(link) == "E304:6x28x28,window30x30"
    assert groups["n:C2"].get("class") == "node role-conv issue"
    assert words(groups["n:C2"]).endswith("?params!E304")
    assert "?" in words(groups["e:C2:out:data"])
