"""Pictures that are too large: refused, told, or made to fit."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from archspec.errors import ArchError
from archspec.rendering import EngineOptions, PictureOptions, build, draw, limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from archspec.analysis import Report
    from archspec.rendering import Picture

MANY_BOXES = "  repeat 750 { conv(1, 1) -> relu }"
MANY_LINKS = (
    "  a: relu\n"
    + "\n".join(f"  x{i}: add(@a, @{f'x{i - 1}' if i else 'a'})" for i in range(4))
    + "\n"
)


def long_chain(picture: Picture, boxes: int, **changes: object):
    """The same first box over and over, one below the other."""
    first = picture.boxes[1]
    copies = tuple(replace(first, path=f"b{i}") for i in range(boxes))
    links = tuple(replace(picture.links[0], src=f"b{i}", dst=f"b{i + 1}") for i in range(boxes - 1))
    cleared = {"frames": (), "legends": (), "breaks": (), "keys": ()}
    return replace(picture, boxes=copies, links=links, **cleared, **changes)


def test_more_boxes_than_the_limit_are_refused_but_for_force(draw_text: Callable[..., Picture]):
    with pytest.raises(ArchError) as caught:
        draw_text(MANY_BOXES, PictureOptions(detail="op"))
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.values) == ("E005", {"number": 1501, "limit": 1500})
    assert "--force" in str(problem.help)
    assert "--detail stage" in str(problem.help)
    forced = draw_text(MANY_BOXES, PictureOptions(detail="op", force=True))
    assert len(forced.boxes) == 1501
    assert len(draw_text(MANY_BOXES, PictureOptions(detail="layer")).boxes) == 2


def test_more_links_than_the_limit_are_refused(monkeypatch, draw_text: Callable[..., Picture]):
    monkeypatch.setattr(limits, "MOST_LINKS", 8)
    assert len(draw_text(MANY_LINKS).links) == 8
    with pytest.raises(ArchError, match="the picture has 9 links, more than 8"):
        draw_text(MANY_LINKS + "  y: relu")
    assert len(draw_text(MANY_LINKS + "  y: relu", PictureOptions(force=True)).links) == 9


def test_many_boxes_or_links_are_worth_a_note(lenet5: Picture):
    assert limits.size_note(lenet5) == ""
    assert limits.size_note(long_chain(lenet5, 300)) == ""
    note = limits.size_note(long_chain(lenet5, 301, level="op"))
    assert note == "301 boxes and 300 links: `--detail layer` draws fewer"
    many = replace(lenet5, links=lenet5.links * 43)
    assert limits.size_note(many).startswith("8 boxes and 301 links")


@pytest.mark.parametrize(
    ("level", "option"),
    [
        ("op", "--detail layer"),
        ("layer", "--detail template"),
        ("block", "--detail template"),
        ("template", "--detail stage"),
        ("stage", "--only PATH"),
    ],
)
def test_the_note_names_what_draws_less(lenet5: Picture, level: str, option: str):
    assert f"`{option}`" in limits.size_note(long_chain(lenet5, 301, level=level))


def test_a_page_far_from_square_is_told(lenet5: Picture):
    down = long_chain(lenet5, 40, direction="TB")
    (note,) = draw(down, "svg").notes
    assert note.endswith("times as high as wide: `--detail template` draws less")
    assert draw(down, "png").notes == (note,)
    right = long_chain(lenet5, 40, direction="LR")
    assert "times as wide as high" in draw(right, "svg").notes[0]


def test_proportions_in_between_are_fine(lenet5: Picture):
    down = long_chain(lenet5, 40, direction="TB")
    right = replace(down, direction="LR")
    assert limits.shape_note(down, (100, 600)) == ""
    assert limits.shape_note(down, (100, 601)) != ""
    assert limits.shape_note(down, (900, 100)) == ""
    assert limits.shape_note(right, (800, 100)) == ""
    assert limits.shape_note(right, (801, 100)) != ""
    assert limits.shape_note(lenet5, (8000, 100)) == "", "eight boxes are as short as can be"


def size_of(png: bytes):
    return struct.unpack(">II", png[16:24])


def test_a_png_keeps_to_its_limits(monkeypatch, lenet5: Picture):
    """144 dots an inch are two a point, 1320 x 328 points."""
    plain = draw(lenet5, "png")
    assert plain.notes == ()
    width, height = size_of(plain.data)
    monkeypatch.setattr(limits, "LONGEST_SIDE", width // 2)
    (note,) = draw(lenet5, "png").notes
    assert note.endswith("dots per inch instead of 144, as many as a PNG has room for")
    smaller = size_of(draw(lenet5, "png").data)
    assert width // 2 - 40 < smaller[0] <= width // 2
    assert smaller[1] <= height // 2
    monkeypatch.setattr(limits, "LONGEST_SIDE", width // 4)
    with pytest.raises(ArchError) as caught:
        draw(lenet5, "png")
    (problem,) = caught.value.diagnostics
    assert problem.code == "E005"
    assert "SVG" in str(problem.help)
    assert ElementTree.fromstring(draw(lenet5, "svg").data).tag.endswith("svg")


def test_few_dots_may_be_asked_for(lenet5: Picture):
    assert draw(lenet5, "png", EngineOptions(dpi=24)).notes == ()


@pytest.mark.parametrize(
    ("page", "asked", "given"),
    [
        ((7200, 7200), 144, 100),  # 100 million pixels
        ((24_000, 100), 144, 48),  # 16,000 a side
        ((500, 500), 1200, 1200),
    ],
)
def test_dots_per_inch_that_fit(page: tuple[int, int], asked: int, given: int):
    assert limits.fitting_dpi(page, asked) == given


def test_fewer_than_48_dots_are_refused():
    with pytest.raises(ArchError, match="24,001 x 100 points has room for 47"):
        limits.fitting_dpi((24_001, 100), 144)


def test_labels_are_wrapped_and_never_cut(report: Report):
    """Also titles of the picture and of frames, which no box limits."""
    spec = report.graph.spec
    long = " ".join(["long"] * 40)
    graph = replace(report.graph, spec=spec.model_copy(update={"title": long}))
    picture = build(graph, replace(report, graph=graph))
    picture = replace(picture, links=(replace(picture.links[0], label=long), *picture.links[1:]))
    frame = replace(picture.frames[0], title=long.replace(" ", ", "))
    root = ElementTree.fromstring(
        draw(replace(picture, frames=(frame, picture.frames[1])), "svg").data
    )
    lines = [(text.text or "").strip() for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert sum(line.count("long") for line in lines) == 120
    assert max(map(len, lines)) <= 60
