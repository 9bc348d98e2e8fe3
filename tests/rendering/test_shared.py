"""Operators that use the same weights have the same tag."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

from archspec.rendering import PictureOptions, draw
from archspec.rendering.mermaid import to_mermaid

if TYPE_CHECKING:
    from collections.abc import Callable

    from archspec.rendering import Picture

TWINS = """  a: conv(8, 3, pad=1) -> relu
  b: conv(8, 3, pad=1) -> relu
  c: conv(8, 3, pad=1, weights=@b) -> relu
  d: conv(4, 1)
  e: @c -> conv(4, 1, weights=@d)
  f: @c -> conv(4, 1, weights=@e)
  out: concat(@d, @e, @f)"""


def tags(picture: Picture):
    return {box.path: box.shared for box in picture.boxes}


def test_boxes_of_the_same_weights_have_the_same_tag(draw_text: Callable[..., Picture]):
    wanted = {
        "image": "",
        "a": "",
        "b": "w1",
        "c": "w1",
        "d": "w2",
        "e": "w2",
        "f": "w2",
        "out": "",
    }
    assert tags(draw_text(TWINS)) == wanted
    assert tags(draw_text(TWINS, PictureOptions(detail="stage"))) == wanted


def test_at_the_level_of_operators_only_the_operator_has_it(draw_text: Callable[..., Picture]):
    found = tags(draw_text(TWINS, PictureOptions(detail="op")))
    assert {path for path, tag in found.items() if tag == "w1"} == {"b.conv", "c.conv"}


def test_no_link_is_added(draw_text: Callable[..., Picture]):
    ends = [(link.src, link.dst) for link in draw_text(TWINS).links]
    assert ("d", "e") not in ends
    assert len(ends) == 9


BLOCK = """block Twice(c) {
  z: relu
  x: conv(c, 1)
  y: @z -> conv(c, 1, weights=@x)
  add(@x, @y)
}
"""


def test_what_a_folded_box_shares_with_itself_goes_without_saying(
    draw_text: Callable[..., Picture],
):
    body = "  s: conv(4, 1)\n  v: Twice(4)\n  u: Twice(4)"
    picture = draw_text(body, PictureOptions(detail="template"), BLOCK)
    assert [box.shared for box in picture.boxes if box.path in ("v", "u")] == ["", ""]
    inside = [box.shared for box in picture.boxes if box.path.startswith("t.A.")]
    assert inside == [""] * 5, "each use has weights of its own"
    one = draw_text("  s: conv(4, 1)\n  v: Twice(4)", PictureOptions(detail="template"), BLOCK)
    assert [box.shared for box in one.boxes if box.path.startswith("t.A.")] == [
        "",
        "",
        "w1",
        "w1",
        "",
    ]


def test_the_tag_is_a_superscript_behind_the_summary(draw_text: Callable[..., Picture]):
    picture = draw_text(TWINS)
    root = ElementTree.fromstring(draw(picture, "svg").data)
    raised = [
        (text.text or "").replace("\xa0", " ").strip()
        for text in root.iter("{http://www.w3.org/2000/svg}text")
        if text.get("baseline-shift") == "super"
    ]
    assert sorted(raised) == ["(w1)", "(w1)", "(w2)", "(w2)", "(w2)"]
    assert 'n2["b  3x3, 8, relu  (w1)' in to_mermaid(picture)
