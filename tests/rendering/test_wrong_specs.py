"""What is drawn of a spec with errors, by kind of error, and how it looks."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from archspec.errors import ArchError
from archspec.rendering import PictureOptions, draw

if TYPE_CHECKING:
    from collections.abc import Callable

    from archspec.rendering import Picture

LEVELS = ("stage", "template", "block", "layer", "op")
SVG = "{http://www.w3.org/2000/svg}"


def named(picture: Picture):
    return {box.path.partition(".")[0]: box for box in picture.boxes}


def wrong_links(picture: Picture):
    return [(x.src, x.dst, x.label) for x in picture.links if x.issue]


def test_nothing_is_drawn_of_a_text_that_cannot_be_read(draw_text: Callable[..., Picture]):
    with pytest.raises(ArchError) as caught:
        draw_text("  a: conv(4, 3\n  b: relu")
    assert {problem.code[:2] for problem in caught.value.diagnostics} == {"E1"}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("cnov(6, 5x5)", "E201"),
        ("add(@a, @none)", "E202"),
        ("conv(6, 5x5, strde=2)", "E403"),
        ("conv(0, 5x5)", "E405"),
        ("conv(6 / 0, 5x5)", "E409"),
    ],
)
def test_a_statement_with_an_error_is_a_marked_box_without_a_shape(
    draw_text: Callable[..., Picture], level: str, statement: str, code: str
):
    body = f"  a: conv(4, 3)\n  b: {statement}\n  c: linear(3)"
    picture = draw_text(body, PictureOptions(detail=level, show=("shape",)))
    boxes = named(picture)
    assert (boxes["b"].rows, boxes["b"].issue) == (("?", f"! {code}"), code)
    assert (boxes["c"].rows, boxes["c"].issue) == (("?",), None)
    assert boxes["a"].rows == ("4x30x30",)
    assert picture.caption == "incomplete: 1 error"
    assert code in boxes["b"].tooltip


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("body", "label"),
    [
        ("  x: @a -> conv(4, 3)\n  b: concat(@a, @x)", "E301: 4x28x28, want 30x30"),
        ("  x: @a -> conv(6, 1)\n  b: add(@a, @x)", "E302: 6x30x30, want 4x30x30"),
        ("  x: conv(4, 3) => 4x9x9\n  b: relu", "E303: 4x28x28, want 4x9x9"),
        ("  x: conv(4, 3)\n  b: maxpool(50)", "E304: 4x28x28, window 50x50"),
        ("  x: linear(5)\n  b: conv(4, 3)", "E305: 5, want CxHxW"),
        ("  x: conv(6, 3)\n  b: conv(4, 3, groups=4)", "E307: 6x28x28"),
    ],
)
def test_a_shape_error_marks_its_link_with_both_shapes(
    draw_text: Callable[..., Picture], level: str, body: str, label: str
):
    text = f"  a: conv(4, 3)\n{body}\n  c: conv(2, 1)\n  d: relu"
    picture = draw_text(text, PictureOptions(detail=level))
    (link,) = [x for x in picture.links if x.issue]
    assert (link.src.partition(".")[0], link.dst.partition(".")[0]) == ("x", "b")
    assert (link.label, link.issue) == (label, label[:4])
    assert picture.caption == "incomplete: 1 error"


@pytest.mark.parametrize("level", LEVELS)
def test_behind_a_shape_error_everything_is_unknown(draw_text: Callable[..., Picture], level: str):
    """A sum of wrong inputs is taken for one of them, but a picture promises nothing of it."""
    body = "  a: conv(4, 3)\n  x: @a -> conv(4, 3)\n  b: add(@a, @x)\n  c: conv(2, 1)"
    figures = ("shape", "params", "macs", "memory", "rf")
    picture = draw_text(body, PictureOptions(detail=level, show=figures, edge_labels="all"))
    unknown = ("?", "? params", "? MACs", "? bytes", "rf ?")
    assert named(picture)["b"].rows == (*unknown, "! E302")
    assert named(picture)["c"].rows == unknown
    assert {x.label for x in picture.links if x.src.partition(".")[0] == "b"} == {"?"}


def test_every_lane_that_is_not_like_the_first_is_marked(draw_text: Callable[..., Picture]):
    body = "  a: conv(4, 3)\n  x: @a -> conv(4, 3)\n  y: @a -> conv(4, 5)\n  b: add(@a, @x, @y)"
    assert wrong_links(draw_text(body)) == [
        ("x", "b", "E302: 4x28x28, want 4x30x30"),
        ("y", "b", "E302: 4x26x26, want 4x30x30"),
    ]


def test_a_wrong_expectation_is_said_by_its_box(draw_text: Callable[..., Picture]):
    body = "  a: conv(4, 3)\n  expect { a.params == 41 from derived }"
    for level in ("stage", "template", "layer"):
        picture = draw_text(body, PictureOptions(detail=level))
        assert named(picture)["a"].rows[-1].startswith("! computed 40, expected 41")
        assert (named(picture)["a"].issue, picture.caption) == (None, "")


def test_one_that_no_box_is_about_stands_below_the_title(draw_text: Callable[..., Picture]):
    claims = "params == 41 from derived\n    s.params == 1 from derived"
    body = f"  s: conv(4, 3) -> conv(4, 3)\n  expect {{\n    {claims}\n  }}"
    picture = draw_text(body)
    assert "! params == 41 does not hold: computed 188, expected 41" in picture.caption
    assert "! s.params == 1 does not hold" in picture.caption
    part = draw_text(body, PictureOptions(only="s"))
    assert "s.params" in part.caption
    assert "! params" not in part.caption
    folded = draw_text(body, PictureOptions(detail="stage"))
    assert "s.params" not in folded.caption


@pytest.mark.parametrize("theme", ["light", "dark", "print", "high-contrast"])
def test_the_marks_are_more_than_a_colour(draw_text: Callable[..., Picture], theme: str):
    body = "  a: conv(4, 3)\n  b: cnov(3)\n  c: @a -> linear(5)\n  d: conv(4, 3)"
    root = ElementTree.fromstring(draw(draw_text(body), "svg", theme=theme).data)
    groups = {x.get("id"): x for x in root.iter(f"{SVG}g") if x.get("id")}
    link = groups["e:c:d:data"]
    (path,) = link.iter(f"{SVG}path")
    assert (path.get("stroke-width"), bool(path.get("stroke-dasharray"))) == ("3", True)
    assert "".join("".join(x.itertext()) for x in link.iter(f"{SVG}text")).strip()
    dashes = [x.get("stroke-dasharray") for x in groups["n:b"].iter(f"{SVG}polygon")]
    assert any(dashes), "the border is dotted"
    assert not any(x.get("stroke-dasharray") for x in groups["n:a"].iter(f"{SVG}polygon"))
