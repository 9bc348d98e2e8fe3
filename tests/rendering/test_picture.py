from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from archspec.analysis import analyze
from archspec.graph import build as build_graph
from archspec.graph import resolve
from archspec.rendering import PictureOptions, build
from archspec.rendering.dot import to_dot
from archspec.rendering.picture import Frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from archspec.analysis import Report
    from archspec.rendering import Picture


def paths(picture: Picture):
    return [box.path for box in picture.boxes]


def test_lenet5_is_eight_boxes_side_by_side(lenet5: Picture):
    assert paths(lenet5) == ["image", "C1", "S2", "C3", "S4", "C5", "F6", "out"]
    assert (lenet5.direction, lenet5.level, lenet5.caption) == ("LR", "layer", "")
    assert lenet5.title == "LeNet-5 (1998)"
    assert lenet5.description == "LeNet5: input 1x32x32, 60,000 params; 8 boxes, one a layer"


def test_lenet5_boxes_say_operator_and_parameters(lenet5: Picture):
    rows = [(box.title, box.summary, *box.rows, box.role) for box in lenet5.boxes]
    assert rows == [
        ("image", "input", "1x32x32", "input"),
        ("C1", "5x5, 6, scaled tanh", "156 params", "conv"),
        ("S2", "subsample 2x2, scaled tanh", "12 params", "pool"),
        ("C3", "5x5, 16, table, scaled tanh", "1,516 params", "conv"),
        ("S4", "subsample 2x2, scaled tanh", "32 params", "pool"),
        ("C5", "5x5, 120, scaled tanh", "48,120 params", "conv"),
        ("F6", "linear 84, scaled tanh", "10,164 params", "dense"),
        ("out", "RBF 10 (fixed)", "0 params", "dense"),
    ]


def test_the_boxes_add_up_to_the_total_of_the_report(lenet5: Picture, report: Report):
    numbers = [box.rows[0].removesuffix(" params") for box in lenet5.boxes if box.role != "input"]
    assert sum(int(number.replace(",", "")) for number in numbers) == report.number("", "params")


def test_lenet5_links_carry_the_shapes(lenet5: Picture):
    found = [(link.src, link.dst, link.kind, link.label, link.issue) for link in lenet5.links]
    assert found == [
        ("image", "C1", "data", "1x32x32", None),
        ("C1", "S2", "data", "6x28x28", None),
        ("S2", "C3", "data", "6x14x14", None),
        ("C3", "S4", "data", "16x10x10", None),
        ("S4", "C5", "data", "16x5x5", None),
        ("C5", "F6", "data", "120x1x1", None),
        ("F6", "out", "data", "84", None),
    ]


def test_every_link_ends_at_boxes_and_paths_are_unique(lenet5: Picture):
    assert len(set(paths(lenet5))) == len(lenet5.boxes)
    assert {end for link in lenet5.links for end in (link.src, link.dst)} <= set(paths(lenet5))


def test_the_connection_table_is_the_legend_of_c3(lenet5: Picture):
    (legend,) = lenet5.legends
    assert legend.box == "C3"
    assert legend.heading == "C3: which S2 maps (rows) feed which C3 maps (columns): 60 of 96"
    assert (legend.rows, legend.columns) == (tuple("012345"), tuple(map(str, range(16))))
    assert [len(row) for row in legend.cells] == [16] * 6
    assert sum(cell for row in legend.cells for cell in row) == 60
    first_row = "".join("X" if cell else "." for cell in legend.cells[0])
    assert first_row == "X...XXX..XXXX.XX"


def test_tooltips_are_the_lines_of_explain(lenet5: Picture):
    c3 = lenet5.boxes[3].tooltip.splitlines()
    assert c3[0] == "C3  5x5, 16, table, scaled tanh"
    assert "params 1,516 = 60 * 5*5 + 16" in c3


def test_frames_follow_the_stage_tag(lenet5: Picture):
    assert lenet5.frames == (
        Frame("s.features", "features", "stage", ("C1", "S2", "C3", "S4", "C5")),
        Frame("s.classifier", "classifier", "stage", ("F6", "out")),
    )


@pytest.mark.parametrize(
    ("maps", "seen", "drawn"),
    [
        (16, 6, False),  # every map sees every other: nothing to read
        (16, 5, True),
        (48, 1, True),
        (49, 1, False),  # wider than half a slide
    ],
)
def test_a_connection_table_is_drawn_if_it_tells_something_and_can_be_read(
    draw_text: Callable[..., Picture], maps: int, seen: int, drawn: bool
):
    text = f"  C1: conv(6, 5x5)\n  C3: conv({maps}, 5x5, table=cyclic({seen}))"
    picture = draw_text(text)
    assert [legend.box for legend in picture.legends] == ["C3"] * drawn
    assert picture.boxes[-1].summary == f"5x5, {maps}, table"


def test_the_legend_can_be_left_out(report: Report):
    assert build(report.graph, report, PictureOptions(legend=False)).legends == ()


def test_the_direction_can_be_asked_for(report: Report):
    assert build(report.graph, report, PictureOptions(direction="TB")).direction == "TB"


def test_a_chain_of_more_than_eight_boxes_goes_on_in_further_lines(
    draw_text: Callable[..., Picture],
):
    eight, nine, many = (draw_text("\n".join(["  conv(1, 1)"] * n)) for n in (7, 8, 22))
    assert (len(eight.boxes), eight.direction, eight.breaks) == (8, "LR", ())
    assert (len(nine.boxes), nine.direction, nine.breaks) == (9, "LR", ("conv_5",))
    assert (len(many.boxes), many.breaks) == (23, ("conv_8", "conv_16"))


def test_a_chain_goes_down_where_it_is_asked_to(draw_text: Callable[..., Picture]):
    body = "\n".join(["  conv(1, 1)"] * 12)
    down = draw_text(body, PictureOptions(direction="TB"))
    assert (down.direction, down.breaks) == ("TB", ())


def test_links_can_go_without_labels(draw_text: Callable[..., Picture]):
    body = "  C1: conv(6, 5x5) -> relu\n  R: dropout(0.4)\n  C2: conv(6, 5x5)"
    all_ = draw_text(body, PictureOptions(edge_labels="all"))
    changes = draw_text(body, PictureOptions(edge_labels="changes"))
    none = draw_text(body, PictureOptions(edge_labels="none"))
    assert [link.label for link in all_.links] == ["1x32x32", "6x28x28", "6x28x28"]
    assert [link.label for link in changes.links] == ["1x32x32", "6x28x28", ""]
    assert [link.label for link in none.links] == ["", "", ""]


def test_a_layer_is_one_anchor_with_what_follows_it(draw_text: Callable[..., Picture]):
    picture = draw_text("  f: conv(6, 5x5) -> relu -> maxpool(2) -> tanh -> flatten -> linear(3)")
    found = [(box.path, box.summary) for box in picture.boxes[1:]]
    assert found == [
        ("f.conv", "5x5, 6, relu"),
        ("f.maxpool", "max 2x2, tanh"),
        ("f.flatten", "flatten"),
        ("f.linear", "linear 3"),
    ]


def test_activations_before_the_first_anchor_join_it(draw_text: Callable[..., Picture]):
    picture = draw_text("  f: relu -> conv(6, 5x5) -> tanh")
    assert [(b.path, b.summary, b.role) for b in picture.boxes[1:]] == [
        ("f", "relu, 5x5, 6, tanh", "conv")
    ]


def test_an_unlabelled_layer_is_called_after_its_anchor(draw_text: Callable[..., Picture]):
    picture = draw_text("  relu -> conv(6, 5x5) -> tanh\n  out: linear(3)")
    box = picture.boxes[1]
    assert (box.path, box.summary, box.rows) == ("conv", "relu, 5x5, 6, tanh", ("156 params",))
    assert "shape 6x28x28" in box.tooltip


def test_a_layer_never_crosses_a_statement(draw_text: Callable[..., Picture]):
    picture = draw_text("  C1: conv(6, 5x5)\n  A: relu")
    assert paths(picture) == ["image", "C1", "A"]


def test_a_value_that_is_read_twice_ends_its_layer(report: Report):
    """S2 and its activation part where something else reads S2 too."""
    spec = report.graph.spec
    nodes = [
        node.model_copy(update={"inputs": ("S2.subsample",)}) if node.path == "C3.conv" else node
        for node in spec.nodes
    ]
    graph = resolve(build_graph(spec.model_copy(update={"nodes": tuple(nodes)})))
    picture = build(graph, analyze(graph))
    assert paths(picture)[2:5] == ["S2.subsample", "S2.squash", "C3"]
    ends = [(link.src, link.dst) for link in picture.links]
    assert {("S2.subsample", "S2.squash"), ("S2.subsample", "C3")} <= set(ends)
    assert picture.direction == "TB"


def test_tags_rename_and_colour(draw_text: Callable[..., Picture]):
    box = draw_text('  C1: conv(6, 5x5) -> relu  [name="3a", color="#eef"]').boxes[1]
    assert (box.path, box.title, box.fill) == ("C1", "3a", "#eef")


def test_a_name_for_a_statement_of_two_layers_is_not_given_to_one(
    draw_text: Callable[..., Picture],
):
    picture = draw_text('  C: conv(6, 5x5) -> conv(6, 5x5)  [name="3a", color="blue"]')
    assert [(box.title, box.fill) for box in picture.boxes[1:]] == [
        ("3a.conv", None),
        ("3a.conv_2", None),
    ]


TAGGED = """  C: repeat 2 {
    conv(6, 3, pad=1) -> relu -> conv(6, 3, pad=1) -> relu
  }  [name="3a", color="#111", stage=first]
  D: conv(2, 1)  [color="#ffd", stage=first]
  E: conv(2, 1)  [stage="the rest"]"""


@pytest.mark.parametrize("level", ["stage", "template", "block"])
def test_tags_hold_at_every_folded_level(draw_text: Callable[..., Picture], level: str):
    picture = draw_text(TAGGED, PictureOptions(detail=level))
    assert [(box.title, box.fill) for box in picture.boxes[1:]] == [
        ("3a", "#111"),
        ("D", "#ffd"),
        ("E", None),
    ]
    stages = {frame.title: frame.boxes for frame in picture.frames}
    assert stages == {"first": ("C", "D"), "the rest": ("E",)}


@pytest.mark.parametrize("level", ["layer", "op"])
def test_tags_hold_at_every_open_level(draw_text: Callable[..., Picture], level: str):
    picture = draw_text(TAGGED, PictureOptions(detail=level))
    inner = [box for box in picture.boxes if box.path.startswith("C.")]
    assert {box.fill for box in inner} == {"#111"}
    titles = {frame.id: (frame.title, frame.kind, frame.parent) for frame in picture.frames}
    assert titles["C"] == ("3a", "unit", "s.first")
    assert titles["s.the rest"] == ("the rest", "stage", "")


def test_text_on_the_authors_colour_is_black_or_white_by_contrast(
    draw_text: Callable[..., Picture],
):
    dot = to_dot(draw_text(TAGGED, PictureOptions(detail="stage")))
    cells = dict(re.findall(r'<td bgcolor="(#\w+)"><font color="(#\w+)">', dot))
    assert (cells["#111111"], cells["#FFFFDD"]) == ("#FFFFFF", "#000000")


# --- pictures of wrong specs ---------------------------------------------------------------------


def test_a_window_that_does_not_fit_marks_its_link_and_hides_what_follows(
    draw_text: Callable[..., Picture],
):
    picture = draw_text("  C1: conv(6, 5x5)\n  C2: conv(6, 30x30) -> relu\n  out: linear(3)")
    assert picture.caption == "incomplete: 1 error"
    assert [(link.label, link.issue) for link in picture.links] == [
        ("1x32x32", None),
        ("E304: 6x28x28, window 30x30", "E304"),
        ("?", None),
    ]
    assert [(box.rows, box.issue) for box in picture.boxes[2:]] == [
        (("? params", "! E304"), "E304"),
        (("? params",), None),
    ]


def test_a_wrong_declared_shape_marks_the_link_that_leaves(draw_text: Callable[..., Picture]):
    picture = draw_text("  C1: conv(6, 5x5) -> relu => 6x32x32\n  out: linear(3)")
    assert [(link.label, link.issue) for link in picture.links] == [
        ("1x32x32", None),
        ("E303: 6x28x28, want 6x32x32", "E303"),
    ]
    assert [box.issue for box in picture.boxes] == [None, "E303", None]


def test_an_unknown_operator_is_a_marked_box(draw_text: Callable[..., Picture]):
    picture = draw_text("  C1: cnov(6, 5x5)\n  out: linear(3)\n  fc: linear(2)")
    assert [(box.path, box.issue) for box in picture.boxes][1] == ("C1", "E201")
    assert [link.issue for link in picture.links] == [None, None, None]
    assert picture.caption == "incomplete: 1 error"


def test_a_failed_expectation_is_a_row_and_the_picture_is_complete(
    draw_text: Callable[..., Picture],
):
    picture = draw_text("  C1: conv(6, 5x5)\n  expect { C1.params == 155 from derived }")
    box = picture.boxes[1]
    assert box.rows[0] == "156 params"
    assert box.rows[1].startswith("! computed 156, expected 155")
    assert (box.issue, picture.caption) == (None, "")


def test_two_errors_are_two(draw_text: Callable[..., Picture]):
    picture = draw_text("  C1: cnov(6, 5x5)\n  C2: cvno(3)")
    assert picture.caption == "incomplete: 2 errors"


RESIDUAL = """block Res(w, pad=1) {
  add {
    | conv(w, 3, pad=1) -> relu -> conv(w, 3, pad=pad)
    | identity
  }
  relu
}
block Stage(w, n) {
  repeat n { Res(w) }
  Res(w, pad=0)
}
"""
STAGES = "  stem: conv(16, 3, pad=1)\n  a: Stage(16, 4)\n  b: Stage(16, 3)\n  out: linear(3)"


def test_a_shape_error_inside_a_fold_opens_it(draw_text: Callable[..., Picture]):
    """The sum gets 16x30x30 and 16x32x32; the link that is not like the first says both."""
    picture = draw_text(STAGES, PictureOptions(detail="stage"), before=RESIDUAL)
    assert paths(picture) == [
        *("image", "stem", "a.1.conv", "a.1.conv_2", "a.1.add"),
        *("a.Res.conv", "a.Res.conv_2", "a.Res.add", "b", "out"),
    ]
    (wrong,) = [x for x in picture.links if x.issue]
    assert (wrong.src, wrong.dst) == ("a.1.add", "a.Res.add")
    assert (wrong.label, wrong.issue) == ("E302: 16x32x32, want 16x30x30", "E302")
    assert [box.path for box in picture.boxes if box.issue] == ["a.Res.add"]
    assert [box.rows for box in picture.boxes if box.path in ("b", "out")] == [("?",), ("?",)]
    assert picture.caption == "incomplete: 1 error"


def test_an_error_is_drawn_at_every_level(draw_text: Callable[..., Picture]):
    for detail in ("auto", "template", "block", "layer", "op"):
        picture = draw_text(STAGES, PictureOptions(detail=detail), before=RESIDUAL)
        wrong = {(x.src, x.dst) for x in picture.links if x.issue and not x.src.startswith("t.")}
        assert [dst for _, dst in wrong] == ["a.Res.add"]
