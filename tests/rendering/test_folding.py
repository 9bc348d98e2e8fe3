"""Every level of every network: what is a box, and that no edge and no skip is ever lost."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.analysis import analyze
from archspec.errors import ArchError
from archspec.graph import read_graph
from archspec.rendering import PictureOptions, build
from archspec.rendering.dot import to_dot
from archspec.rendering.drawing import members_of
from archspec.rendering.folding.catalog import Catalog
from archspec.rendering.folding.cut import cut
from archspec.rendering.folding.flows import flows
from archspec.rendering.folding.levels import by_node, opener
from archspec.rendering.folding.units import Unit, unit_tree
from archspec.rendering.links import links_of
from archspec.schema import Target
from archspec.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from archspec.analysis import Report
    from archspec.rendering import Picture
    from archspec.rendering.picture import Detail

NAMES = ("lenet5", "resnet152", "googlenet", "densenet121", "dpn92")
LEVELS: tuple[Detail, ...] = ("stage", "template", "block", "layer", "op")


def picture_of(report: Report, **options: object):
    return build(report.graph, report, PictureOptions(**options))


def overview(picture: Picture):
    return [box for box in picture.boxes if not box.path.startswith("t.")]


def kinds(picture: Picture):
    return Counter(link.kind for link in picture.links)


# --- the levels ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "level", "boxes"),
    [
        ("lenet5", "layer", 8),
        ("resnet152", "template", 9),
        ("googlenet", "template", 20),
        ("densenet121", "template", 11),
        ("dpn92", "template", 8),
    ],
)
def test_the_level_is_chosen_by_a_budget_of_boxes(
    reports: dict[str, Report], name: str, level: str, boxes: int
):
    picture = picture_of(reports[name])
    assert (picture.level, len(overview(picture))) == (level, boxes)


def test_the_choice_is_told_with_how_to_change_it(reports: dict[str, Report]):
    assert picture_of(reports["resnet152"]).note == (
        "515 operators drawn as 9 stages + 2 blocks "
        "(--detail layer|op shows more, --expand PATH opens one)"
    )
    assert picture_of(reports["lenet5"]).note == ""
    assert picture_of(reports["resnet152"], detail="stage").note == ""


@pytest.mark.parametrize(
    ("level", "boxes"), [("stage", 9), ("template", 9), ("block", 13), ("layer", 41), ("op", 515)]
)
def test_resnet_at_every_level(reports: dict[str, Report], level: Detail, boxes: int):
    """Block: 5 single statements, 4 stages of a projecting and a repeated block."""
    assert len(overview(picture_of(reports["resnet152"], detail=level))) == boxes


def test_alike_neighbours_of_a_repeat_are_one_box(reports: dict[str, Report]):
    picture = picture_of(reports["resnet152"], detail="block")
    found = {box.path: box.summary for box in picture.boxes}
    assert found["conv4_x.Bottleneck"] == "Bottleneck(256, /2, project=true)"
    assert found["conv4_x.1"] == "Bottleneck(256, project=false) x35"


def test_times_n_add_up_to_the_instances(reports: dict[str, Report]):
    picture = picture_of(reports["resnet152"], detail="block")
    blocks = [box.summary for box in picture.boxes if "Bottleneck" in box.summary]
    times = [int(text.rpartition(" x")[2]) if " x" in text else 1 for text in blocks]
    assert sum(times) == sum(b.name == "Bottleneck" for b in reports["resnet152"].graph.spec.blocks)


def test_depth_opens_levels_of_blocks(reports: dict[str, Report]):
    sizes = [len(picture_of(reports["resnet152"], depth=depth).boxes) for depth in range(4)]
    assert sizes == [9, 13, 41, 41]


def test_one_unit_can_be_opened_in_place(reports: dict[str, Report]):
    picture = picture_of(reports["resnet152"], detail="stage", expand=("conv4_x.1",))
    paths = [box.path for box in picture.boxes]
    assert paths == [
        *("input", "conv1", "pool1", "conv2_x", "conv3_x", "conv4_x.Bottleneck"),
        *("conv4_x.1.cbn.conv", "conv4_x.1.cbn_2.conv", "conv4_x.1.cbn_3", "conv4_x.1.add"),
        *("conv5_x", "gap", "fc"),
    ]
    frames = [(frame.id, frame.title, frame.parent) for frame in picture.frames]
    assert frames == [
        ("conv4_x", "conv4_x: Stage", ""),
        ("conv4_x.1", "1: Bottleneck(256, project=false) x35", "conv4_x"),
    ]


def test_a_box_of_a_repeat_says_for_how_many_turns_its_number_is(reports: dict[str, Report]):
    report = reports["resnet152"]
    picture = picture_of(report, detail="layer")
    rows = {box.path: box.rows for box in picture.boxes}
    one = report.number("conv4_x.1.cbn_2", "params")
    assert rows["conv4_x.1.cbn_2.conv"] == (f"{35 * one:,} params in 35 turns",)
    assert rows["conv4_x.Bottleneck.cbn_2.conv"] == ("590,336 params",)


def test_a_path_to_open_that_is_not_there_is_told(reports: dict[str, Report]):
    with pytest.raises(ArchError, match="conv9_x") as error:
        picture_of(reports["resnet152"], expand=("conv9_x",))
    assert error.value.diagnostics[0].code == "E202"
    assert "did you mean `conv" in str(error.value.diagnostics[0].help)


def test_an_unlabelled_dropout_joins_what_follows_and_a_norm_what_precedes(
    draw_text: Callable[..., Picture],
):
    body = "  c: conv(6, 5x5)\n  lrn(5)\n  dropout(0.4)\n  out: linear(3)\n  relu"
    assert [(box.path, box.summary) for box in draw_text(body).boxes[1:]] == [
        ("c", "5x5, 6, LRN 5"),
        ("out", "dropout 0.4, linear 3, relu"),
    ]


def test_norms_behind_a_dropout_go_with_it(draw_text: Callable[..., Picture]):
    body = "  bn\n  dropout(0.1)\n  c: conv(6, 5x5)\n  bn\n  dropout(0.4)\n  relu\n  out: linear(3)"
    assert [(box.path, box.summary) for box in draw_text(body).boxes[1:]] == [
        ("c", "BN, dropout 0.1, 5x5, 6, BN"),
        ("out", "dropout 0.4, relu, linear 3"),
    ]


# --- nothing is lost -----------------------------------------------------------------------------


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", NAMES)
def test_every_operator_is_in_one_box_and_every_link_ends_at_boxes(
    reports: dict[str, Report], name: str, level: Detail
):
    report = reports[name]
    picture = picture_of(report, detail=level)
    paths = [box.path for box in picture.boxes]
    assert len(set(paths)) == len(paths)
    assert {end for link in picture.links for end in (link.src, link.dst)} <= set(paths)
    framed = [path for frame in picture.frames for path in frame.boxes]
    assert len(set(framed)) == len(framed)
    assert set(framed) <= set(paths)


def all_cuts(report: Report):
    """Every level, and every unit opened alone."""
    items = unit_tree(report.graph)
    catalog = Catalog(report.graph, items, lettered=False)
    for level in LEVELS:
        made = cut(items, opener(level, catalog, items), catalog.looks, folds=level != "op")
        yield by_node(made) if level == "op" else made
    for item in items:
        if isinstance(item, Unit):
            opens = opener("stage", catalog, items, expand=(item.path,))
            yield cut(items, opens, catalog.looks)


@pytest.mark.parametrize("name", NAMES)
def test_no_edge_is_lost_in_any_fold_state(reports: dict[str, Report], name: str):
    """Each edge is inside a box, between turns of one repeat, or a link of its kind.

    A skip may be a data link only if the same tensor enters the same box as data, where the
    sum is inside.
    """
    graph = reports[name].graph
    flow, states = flows(graph), 0
    for made in all_cuts(reports[name]):
        states += 1
        links = links_of(made, graph, flow, {}, "none")
        ends = {(link.src, link.dst, link.kind) for link in links}
        assert sum(map(len, members_of(made, graph).values())) == len(graph.nodes)
        for path, node in graph.nodes.items():
            for source in node.inputs:
                src, dst = made.home[source], made.home[path]
                if src is dst or not made.links(source, path):
                    continue
                kind = flow.get((source, path), "data")
                as_data = any(
                    made.home[other] is dst
                    and made.links(source, other)
                    and (source, other) not in flow
                    for other in graph.readers(source)
                )
                assert (src.path, dst.path, kind) in ends or (
                    as_data and (src.path, dst.path, "data") in ends
                )
    assert states > 8


@pytest.mark.parametrize("name", NAMES)
def test_only_links_between_turns_of_a_repeat_are_left_out(reports: dict[str, Report], name: str):
    """Those edges go from one turn to the next one, never further."""
    graph = reports[name].graph
    for made in all_cuts(reports[name]):
        for path, node in graph.nodes.items():
            for source in node.inputs:
                if made.home[source] is made.home[path] or made.links(source, path):
                    continue
                turns, others = made.turns[source], made.turns[path]
                steps = [others[r] - turn for r, turn in turns.items() if r in others]
                assert 1 in steps


@pytest.mark.parametrize(("name", "skips"), [("resnet152", 50), ("dpn92", 30)])
def test_every_block_has_its_skip_at_the_level_of_operators(
    reports: dict[str, Report], name: str, skips: int
):
    """50 and 30 blocks; each sum has exactly one lane that ends in a skip."""
    graph = reports[name].graph
    sums = {
        link.dst for link in picture_of(reports[name], detail="op").links if link.kind == "skip"
    }
    adds = {path for path, node in graph.nodes.items() if node.op.name == "add"}
    assert len(adds) == skips
    assert adds <= sums


def test_a_skip_that_crosses_folds_is_seen(draw_text: Callable[..., Picture]):
    body = """
  a: conv(6, 3x3, pad=1) -> relu
  b: conv(6, 3x3, pad=1) -> relu -> conv(6, 3x3, pad=1)
  c: add(@a, @b)
  out: linear(3)"""
    for level in LEVELS:
        picture = draw_text(body, PictureOptions(detail=level))
        skips = [(x.src.split(".")[0], x.dst) for x in picture.links if x.kind == "skip"]
        assert skips[0] == ("a", "c")
        assert [end for end in skips if end[0] != "t"] == [("a", "c")]


def test_equal_lanes_of_a_sum_are_no_skips(draw_text: Callable[..., Picture]):
    picture = draw_text("  x: add { | conv(6, 3x3) | conv(6, 3x3) }\n  out: linear(3)")
    assert set(kinds(picture)) == {"data"}


def test_the_projection_of_a_block_is_its_skip(reports: dict[str, Report]):
    """Both of its links: into the projection and out of it."""
    picture = picture_of(reports["resnet152"])
    links = [(x.src, x.dst) for x in picture.links if x.kind == "skip" and "t.A" in x.src]
    assert links == [("t.A.in", "t.A.proj"), ("t.A.proj", "t.A.add")]


@pytest.mark.parametrize(("name", "dense"), [("densenet121", 58), ("dpn92", 60), ("googlenet", 0)])
def test_maps_that_a_concatenation_carries_along(reports: dict[str, Report], name: str, dense: int):
    """58 layers; 30 blocks with a link into the slice and one out of it; lanes of an inception
    have layers of their own."""
    assert kinds(picture_of(reports[name], detail="op"))["dense"] == dense


def test_side_branches_are_dashed_and_say_their_loss(reports: dict[str, Report]):
    picture = picture_of(reports["googlenet"])
    ends = [(x.src, x.dst) for x in picture.links if x.kind == "aux"]
    assert ends == [("i4a", "aux1"), ("i4d", "aux2")]
    rows = [box.rows for box in picture.boxes if box.path in ("aux1", "aux2")]
    assert rows == [("loss 0.3, train only",)] * 2


@pytest.mark.parametrize("level", ["stage", "block", "layer", "op"])
@pytest.mark.parametrize("name", NAMES)
def test_boxes_add_up_to_the_total_of_the_report(
    reports: dict[str, Report], name: str, level: Detail
):
    report = reports[name]
    picture = picture_of(report, detail=level, color_by="params")
    rows = [row for box in picture.boxes for row in box.rows if "param" in row]
    total = sum(int(row.split(" ")[0].replace(",", "")) for row in rows)
    assert total == sum(report.numbers["params"].values())


# --- any network ---------------------------------------------------------------------------------


@st.composite
def bodies(draw: st.DrawFn, depth: int = 0):
    """Statements that keep the shape, so that any of them can follow or join any other."""
    kinds = ["conv", "norm", "drop", "block"] + (["add", "concat", "repeat"] if depth < 2 else [])
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(kinds))
        inner = " -> ".join(draw(bodies(depth + 1))) if kind in ("add", "concat", "repeat") else ""
        lines.append(
            {
                "conv": "conv(4, 3, pad=1)",
                "norm": "bn",
                "drop": "dropout(0.5)",
                "block": f"unit({draw(st.integers(1, 2))})",
                "add": f"add {{ | identity | {inner} }}",
                "concat": f"concat {{ | {inner} | conv(4, 1) }} -> conv(4, 1)",
                "repeat": f"repeat {draw(st.integers(1, 3))} {{ {inner} }}",
            }[kind]
        )
    return lines


UNIT = "block unit(n) { conv(4, 1) -> relu -> repeat n { conv(4, 3, pad=1) } -> conv(4, 1) }"


@settings(max_examples=60, deadline=None)
@given(lines=bodies(), labelled=st.booleans())
def test_any_network_is_drawn_at_every_level_without_losing_an_edge(
    lines: list[str], *, labelled: bool
):
    label = (lambda place: f"s{place}: ") if labelled else (lambda _: "")
    body = "\n".join(f"  {label(place)}{line}" for place, line in enumerate(lines))
    text = f"{UNIT}\narch Net {{\n  input 4x8x8\n{body}\n}}\n"
    graph = read_graph(Target(Source("net.arch", text), None))
    report = analyze(graph)
    assert not [d for d in graph.diagnostics if d.severity == "error"]
    flow = flows(graph)
    for made in all_cuts(report):
        ends = {(x.src, x.dst) for x in links_of(made, graph, flow, {}, "none")}
        for path, node in graph.nodes.items():
            for source in node.inputs:
                src, dst = made.home[source], made.home[path]
                inside = src is dst or not made.links(source, path)
                assert inside or (src.path, dst.path) in ends
    for level in LEVELS:
        picture = picture_of(report, detail=level)
        found = [box.path for box in picture.boxes]
        assert len(set(found)) == len(found)
        assert all(found.index(x.src) < found.index(x.dst) for x in picture.links)
        assert to_dot(picture).startswith("digraph")
