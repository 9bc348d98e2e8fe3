"""Each distinct block once, in letters, and what the overview says of its uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archspec.rendering import PictureOptions, build

if TYPE_CHECKING:
    from collections.abc import Callable

    from archspec.analysis import Report
    from archspec.rendering import Picture


def template(report: Report) -> Picture:
    return build(report.graph, report, PictureOptions(detail="template"))


def titles(picture: Picture):
    return [frame.title for frame in picture.frames if frame.kind == "template"]


def said(picture: Picture, letter: str):
    return [box.summary for box in picture.boxes if box.path.startswith(f"t.{letter}.")]


def uses(picture: Picture):
    return {box.title: box.summary for box in picture.boxes if box.href and box.title}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (
            "resnet152",
            ["A = Bottleneck(w, stride, project=true)", "B = Bottleneck(w, project=false)"],
        ),
        ("googlenet", ["A = Inception(c1, r3, c3, r5, c5, pp)", "B = AuxHead"]),
        ("densenet121", ["A = DenseLayer", "B = Transition"]),
        (
            "dpn92",
            [
                "A = DualPath(r, bw, inc, stride, project=true)",
                "B = DualPath(r, bw, inc, project=false)",
            ],
        ),
        ("lenet5", []),
    ],
)
def test_each_distinct_block_is_drawn_once(
    reports: dict[str, Report], name: str, wanted: list[str]
):
    assert titles(template(reports[name])) == wanted


def test_labels_are_formulas_in_the_parameters(reports: dict[str, Report]):
    assert said(template(reports["resnet152"]), "A") == [
        "",
        "1x1/stride, w, BN, relu",
        "3x3, w, BN, relu",
        "1x1, 4w, BN",
        "1x1/stride, 4w, BN",
        "add, relu",
    ]


def test_what_is_the_same_in_every_use_is_a_number(reports: dict[str, Report]):
    assert said(template(reports["densenet121"]), "A") == [
        "",
        "BN, relu, 1x1, 128",
        "BN, relu, 3x3, 32",
        "concat",
    ]


def test_a_tooltip_says_once_what_all_operators_of_a_layer_share(reports: dict[str, Report]):
    picture = template(reports["resnet152"])
    lines = picture.boxes[-3].tooltip.splitlines()
    assert lines[0].endswith("3x3, w, BN, relu")
    assert len(lines) == len(set(lines))
    assert [line.partition(" ")[0] for line in lines[1:-2]] == [
        *("shape", "params", "connections", "macs", "rf", "params"),
    ]


def test_maps_that_enter_have_a_letter_where_a_label_needs_one(reports: dict[str, Report]):
    assert said(template(reports["densenet121"]), "B") == [
        "c maps",
        "BN, relu, 1x1, 0.5c",
        "avg 2x2",
    ]


def test_an_inception_says_its_lanes_and_their_sum(reports: dict[str, Report]):
    labels = said(template(reports["googlenet"]), "A")
    assert labels[-1] == "concat c1+c3+c5+pp"
    assert labels[1:4] == ["1x1, c1, relu", "1x1, r3, relu", "3x3, c3, relu"]


def test_the_overview_has_the_arguments_of_every_use(reports: dict[str, Report]):
    """Table 1 of the paper."""
    assert uses(template(reports["googlenet"])) == {
        "i3a": "A(64, 96, 128, 16, 32, 32)",
        "i3b": "A(128, 128, 192, 32, 96, 64)",
        "i4a": "A(192, 96, 208, 16, 48, 64)",
        "aux1": "B",
        "i4b": "A(160, 112, 224, 24, 64, 64)",
        "i4c": "A(128, 128, 256, 24, 64, 64)",
        "i4d": "A(112, 144, 288, 32, 64, 64)",
        "aux2": "B",
        "i4e": "A(256, 160, 320, 32, 128, 128)",
        "i5a": "A(256, 160, 320, 32, 128, 128)",
        "i5b": "A(384, 192, 384, 48, 128, 128)",
    }


def test_a_sequence_is_said_as_text(reports: dict[str, Report]):
    found = {box.path: box.summary for box in template(reports["resnet152"]).boxes}
    assert found["conv4_x"] == "A(256, /2) + B(256) x35"
    found = {box.path: box.summary for box in template(reports["dpn92"]).boxes}
    assert found["stem"] == "7x7/2, 64, BN, relu -> max 3x3/2"


def test_dual_paths_tell_what_is_added_and_what_is_carried(reports: dict[str, Report]):
    picture = template(reports["dpn92"])
    assert {"skip", "dense"} <= {x.kind for x in picture.links if x.src.startswith("t.B")}
    slices = [text for text in said(picture, "B") if text.startswith("slice")]
    assert sorted(slices) == [
        "slice 0:bw",
        "slice 0:bw, added",
        "slice bw:end",
        "slice bw:end, carried",
    ]


def test_every_formula_gives_the_value_of_every_use(reports: dict[str, Report]):
    """Read back: `4w` with w = 64, 128, 256, 512 are the maps of the last convolution."""
    graph = reports["resnet152"].graph
    for stage, w in (("conv2_x", 64), ("conv3_x", 128), ("conv4_x", 256), ("conv5_x", 512)):
        assert graph[f"{stage}.Bottleneck.cbn_3.conv"].op.c == 4 * w


def test_a_value_without_a_formula_is_a_range(draw_text: Callable[..., Picture]):
    """Each use has another width, which no parameter gives."""
    body = "  a: twice(8, 1)\n  b: twice(8, 2)\n  c: twice(8, 3)"
    text = "block twice(c, i) { conv(c * (2 if i > 1 else 1), 3) -> conv(c * i, 3) }"
    picture = draw_text(body, PictureOptions(detail="template"), before=text)
    assert titles(picture) == ["A = twice(i)"]
    assert said(picture, "A") == ["", "3x3, 8..16", "3x3, 8i"]


def test_a_short_chain_inside_a_block_is_drawn_in_its_place(draw_text: Callable[..., Picture]):
    text = """block pair(c) { conv(c, 3, pad=1) -> relu -> conv(c, 3, pad=1) }
block res(w) { add { | identity | pair(w) -> conv(2*w, 1) } }
"""
    body = "  first: conv(4, 1)\n  a: res(2)\n  b: conv(8, 1)\n  c: res(4)\n  d: pair(7)"
    picture = draw_text(body, PictureOptions(detail="template"), before=text)
    assert titles(picture) == ["A = res(w)", "B = pair"]
    assert said(picture, "A") == ["", "3x3, w, relu", "3x3, w", "1x1, 2w", "add"]
    assert said(picture, "B") == ["", "3x3, 7, relu", "3x3, 7"]
    assert uses(picture) == {"a": "A(2)", "c": "A(4)", "d": "B"}


def test_a_fork_inside_a_block_has_a_drawing_of_its_own(draw_text: Callable[..., Picture]):
    text = """block gate(c) { mul { | identity | global_avgpool(keep=true) -> conv(c, 1) } }
block res(w) { add { | identity | conv(2*w, 3, pad=1) -> gate(2*w) } }
"""
    body = "  first: conv(4, 1)\n  a: res(2)\n  b: conv(8, 1)\n  c: res(4)"
    picture = draw_text(body, PictureOptions(detail="template"), before=text)
    assert titles(picture) == ["A = res(w)", "B = gate(c)"]
    assert said(picture, "A") == ["", "3x3, 2w", "B(2w)", "add"]
    inner = next(box for box in picture.boxes if box.summary == "B(2w)")
    assert (inner.role, inner.href) == ("block", "t.B")


def test_a_chain_behind_a_merge_of_what_stands_outside_is_text(draw_text: Callable[..., Picture]):
    text = "block convs(c) { conv(c, 3, pad=1) -> relu -> conv(c, 3, pad=1) }"
    body = (
        "  d1: convs(4)\n  d2: maxpool(2) -> convs(8)\n  u: conv_transpose(4, 2, stride=2)\n"
        "  m: concat(@d1, @u) -> convs(4)\n  n: add(@m, @u)"
    )
    picture = draw_text(body, PictureOptions(detail="template"), before=text)
    assert titles(picture) == ["A = convs(c)"]
    assert {box.title: box.summary for box in picture.boxes if box.title in ("m", "n")} == {
        "m": "concat -> A(4)",
        "n": "add",
    }
    into_m = {link.src for link in picture.links if link.dst == "m"}
    assert into_m == {"d1", "u"}


def test_a_choice_of_the_author_is_followed(draw_text: Callable[..., Picture]):
    text = "block two(w, s, late) { conv(w, 3, stride=1 if late else s) -> relu -> conv(w, 3) }"
    body = "  a: two(2, 1, false)\n  b: two(4, 2, false)"
    picture = draw_text(body, PictureOptions(detail="template"), before=text)
    assert said(picture, "A") == ["", "3x3/s, w, relu", "3x3, w"]


def test_a_repeat_that_varies_a_lot_says_from_where_to_where(draw_text: Callable[..., Picture]):
    text = "block two(w) { conv(w, 1) -> relu -> conv(3, 1) }"
    body = "  a: repeat i in 1..5 { two(8*i) }\n  b: repeat i in 1..3 { two(8 if i == 1 else 16) }"
    found = {
        box.path: box.summary
        for box in draw_text(body, PictureOptions(detail="template"), before=text).boxes
    }
    assert found["a"] == "A(8..40) x5"
    assert found["b"] == "A(8) + A(16) x2"


def test_a_repeat_inside_a_block_is_times_n(draw_text: Callable[..., Picture]):
    text = "block stage(n, c) { repeat n { conv(c, 3, pad=1) -> relu } maxpool(2) }\n"
    text = text.replace("} maxpool", "}\n  maxpool")
    body = "  a: stage(2, 8)\n  b: stage(2, 16)\n  c: stage(3, 16)"
    picture = draw_text(body, PictureOptions(detail="template"), before=text)
    assert titles(picture) == ["A = stage(c, n=2)", "B = stage(n=3)"]
    assert said(picture, "A") == ["", "3x3, c, relu x2", "max 2x2"]
    assert said(picture, "B") == ["", "3x3, 16, relu x3", "max 2x2"]
    ends = [(x.src, x.dst) for x in picture.links if x.src.startswith("t.A")]
    assert ends == [("t.A.in", "t.A.1"), ("t.A.1", "t.A.maxpool")]


def test_a_box_refers_to_the_frame_of_its_template(reports: dict[str, Report]):
    picture = template(reports["googlenet"])
    frames = {frame.id for frame in picture.frames}
    assert {box.href for box in picture.boxes if box.href} <= frames
    assert [box.href for box in picture.boxes if box.path == "i3a"] == ["t.A"]


def test_keys_list_only_what_occurs(reports: dict[str, Report]):
    kinds = {key.value for key in template(reports["densenet121"]).keys if key.kind == "link"}
    assert kinds == {"dense"}
    assert template(reports["lenet5"]).keys == ()


def folded(picture: Picture):
    return [key.text for key in picture.keys if key.value == "block"]


def test_the_key_promises_no_drawing_that_is_not_there(reports: dict[str, Report]):
    """GoogLeNet's second convolution is folded into words, its modules have a drawing."""
    assert folded(template(reports["resnet152"])) == ["block: see its drawing"]
    assert folded(template(reports["googlenet"])) == ["layers, or block: see its drawing"]
    report = reports["googlenet"]
    stage = build(report.graph, report, PictureOptions(detail="stage"))
    assert folded(stage) == ["several layers in one box"]
