"""One part alone, no heads, single instances of a repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from archspec.errors import ArchError
from archspec.rendering import PictureOptions, build, draw
from archspec.rendering.dot import to_dot

if TYPE_CHECKING:
    from collections.abc import Callable

    from archspec.analysis import Report
    from archspec.rendering import Picture


def picture_of(report: Report, **options: object):
    return build(report.graph, report, PictureOptions(**options))


def paths(picture: Picture):
    return [box.path for box in picture.boxes]


def ends(picture: Picture):
    return [(link.src, link.dst, link.kind) for link in picture.links]


def test_a_block_alone_has_what_enters_in_front_of_it(reports: dict[str, Report]):
    picture = picture_of(reports["resnet152"], only="conv4_x.3")
    conv1, conv2, conv3, add = (
        f"conv4_x.3.{x}" for x in ("cbn.conv", "cbn_2.conv", "cbn_3", "add")
    )
    assert paths(picture) == ["in", conv1, conv2, conv3, add]
    assert ends(picture) == [
        ("in", conv1, "data"),
        (conv1, conv2, "data"),
        (conv2, conv3, "data"),
        (conv3, add, "data"),
        ("in", add, "skip"),
    ]
    door = picture.boxes[0]
    assert (door.title, door.rows, door.role) == ("in", ("1024x14x14",), "input")
    assert "conv4_x.2" in door.tooltip
    assert [box.title for box in picture.boxes[1:]] == ["cbn.conv", "cbn_2.conv", "cbn_3", "add"]
    assert (picture.title, picture.level) == ("ResNet-152: conv4_x.3", "layer")


def test_a_part_has_its_own_budget_and_letters(reports: dict[str, Report]):
    whole = picture_of(reports["googlenet"], only="i4b")
    assert (whole.level, whole.frames) == ("layer", ())
    dense = picture_of(reports["densenet121"], only="dense4", detail="template")
    assert [frame.title for frame in dense.frames] == ["overview", "A = DenseLayer"]


def test_every_kind_of_path_can_be_drawn_alone(reports: dict[str, Report]):
    report = reports["googlenet"]
    aux = picture_of(report, only="aux1")
    assert {path.partition(".")[0] for path in paths(aux)} == {"in", "aux1"}
    assert aux.links[0].kind == "aux"
    conv = next(node.path for node in report.graph.nodes.values() if node.op.name == "conv")
    assert paths(picture_of(report, only=conv)) == ["in", conv]
    first = report.graph.input.path
    assert paths(picture_of(report, only=first)) == [first]


def test_operators_of_a_group_are_cut_out_of_their_layers(draw_text: Callable[..., Picture]):
    before = "block two(c) { conv(c, 3) -> bn }\nblock B(c) { two(c)\n relu\n conv(c, 3) }"
    picture = draw_text("  b: B(4)", PictureOptions(only="b.two"), before)
    assert [box.summary for box in picture.boxes] == ["", "3x3, 4, BN"]


def test_several_tensors_that_enter_are_numbered(draw_text: Callable[..., Picture]):
    body = "  a: conv(4, 1)\n  b: conv(4, 1)\n  s: add(@a, @b)\n  in2: relu\n  c: conv(2, 1)"
    picture = draw_text(body, PictureOptions(only="s"))
    assert [(box.path, box.title) for box in picture.boxes][:2] == [("in", "in"), ("in.2", "in2")]
    assert {link.src for link in picture.links} == {"in", "in.2"}


def test_what_enters_is_not_told_to_come_from_each_other(draw_text: Callable[..., Picture]):
    """b reads a, and both enter the sum."""
    body = "  a: conv(4, 1)\n  b: dropout(0.5)\n  sum: add(@b, @a)"
    picture = draw_text(body, PictureOptions(only="sum"))
    assert ends(picture) == [("in", "sum", "data"), ("in.2", "sum", "data")]


@pytest.mark.parametrize(
    ("options", "message", "near"),
    [
        ({"only": "conv4_y"}, "`conv4_y` is no part of the picture", "conv4_x"),
        ({"only": "conv4_x.99"}, "`conv4_x.99` is no part of the picture", "conv4_x."),
        ({"expand": ("conv4_z",)}, "`conv4_z` is no unit that could be opened", "conv4_x"),
    ],
)
def test_an_unknown_path_is_told_with_a_near_one(
    reports: dict[str, Report], options: dict[str, object], message: str, near: str
):
    with pytest.raises(ArchError) as caught:
        picture_of(reports["resnet152"], **options)
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.message) == ("E202", message)
    assert near in str(problem.help)


def test_a_connection_table_stays_with_its_layer(report: Report, draw_text: Callable[..., Picture]):
    (legend,) = build(report.graph, report, PictureOptions(only="C3")).legends
    assert legend.heading.startswith("C3: which S2 maps (rows) feed")
    body, before = (
        "  a: conv(2, 3)\n  b: conv(2, 3, table=t)\n  c: relu",
        "table t {\n  X .\n  . X\n}",
    )
    assert len(draw_text(body, None, before).legends) == 1
    assert draw_text(body, PictureOptions(only="c"), before).legends == ()


def test_heads_can_be_left_out(reports: dict[str, Report]):
    report = reports["googlenet"]
    every, trunk = picture_of(report), picture_of(report, heads=False)
    assert {"aux1", "aux2"} <= set(paths(every))
    assert set(paths(every)) - set(paths(trunk)) >= {"aux1", "aux2"}
    assert not any("aux" in (link.kind, link.dst[:3]) for link in trunk.links)
    assert [f.title[:1] for f in trunk.frames if f.kind == "template"] == ["A"]
    with pytest.raises(ArchError, match="aux1"):
        picture_of(report, heads=False, only="aux1")


def test_unrolled_every_instance_is_drawn(reports: dict[str, Report]):
    folded = picture_of(reports["resnet152"], only="conv3_x", detail="layer")
    unrolled = picture_of(reports["resnet152"], only="conv3_x", unroll=True)
    assert (len(folded.boxes), len(unrolled.boxes)) == (1 + 5 + 4, 1 + 5 + 7 * 4)
    assert unrolled.level == "layer"
    assert sum(link.kind == "skip" for link in unrolled.links) == 8 + 1  # the first has two edges
    assert not any(" x" in frame.title for frame in unrolled.frames)


def test_one_instance_is_opened_and_its_neighbours_stay_folded(reports: dict[str, Report]):
    picture = picture_of(reports["resnet152"], detail="stage", expand=("conv4_x.3",))
    mine = [box for box in picture.boxes if box.path.startswith("conv4_x")]
    assert [box.path for box in mine] == [
        *("conv4_x.Bottleneck", "conv4_x.1"),
        *(f"conv4_x.3.{name}" for name in ("cbn.conv", "cbn_2.conv", "cbn_3", "add")),
        "conv4_x.4",
    ]
    assert [box.summary[-3:] for box in (mine[1], mine[-1])] == [" x2", "x32"]
    assert ("conv4_x.1", "conv4_x.3.add", "skip") in ends(picture)


def test_a_block_that_is_not_drawn_is_not_promised(reports: dict[str, Report]):
    picture = picture_of(reports["resnet152"], detail="stage", expand=("conv4_x.3",))
    assert "several layers in one box" in [key.text for key in picture.keys]
    assert "layers, or block: see its drawing" in [
        k.text for k in picture_of(reports["dpn92"]).keys
    ]


def test_labels_like_the_names_of_the_picture_collide_with_none(
    draw_text: Callable[..., Picture],
):
    """`t.A`, `overview`, `s.first` and `legend` are names of frames and keys, too."""
    before = "block Foo(n) { A: add { | conv(n, 1) | identity } }"
    labels = ("legend", "t", "s", "overview", "C")
    body = "\n".join(f"  {label}: Foo(4)  [stage=A]" for label in labels)
    picture = draw_text(
        "  a: conv(4, 1)\n" + body, PictureOptions(detail="template", expand=labels[:4]), before
    )
    ids = [frame.id for frame in picture.frames]
    assert len(set(ids)) == len(ids)
    assert {"overview", "overview_", "s", "s_.A", "t", "t_.A"} <= set(ids)
    box = next(box for box in picture.boxes if box.path == "C")
    assert box.href == "t_.A"
    root = ElementTree.fromstring(draw(picture, "svg").data)
    found = [x.get("id") for x in root.iter("{http://www.w3.org/2000/svg}g") if x.get("id")]
    assert len(set(found)) == len(found)
    assert {f"n:{box.path}" for box in picture.boxes} <= set(found)
    folded = draw_text("  a: conv(4, 1)\n" + body, PictureOptions(detail="template"), before)
    assert "\tlegend_ [label" in to_dot(folded)


def test_what_enters_a_stage_stands_outside_of_it(reports: dict[str, Report]):
    picture = picture_of(reports["lenet5"], only="C3", color_by="rf")
    inside = [path for frame in picture.frames for path in frame.boxes]
    assert "in" not in inside
    assert picture.boxes[0].path == "in"
