"""Properties of the picture of any network, at any level, with any options."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archspec.analysis import analyze
from archspec.graph import read_graph
from archspec.rendering import PictureOptions, build
from archspec.rendering.dot import to_dot
from archspec.rendering.folding.units import Unit, unit_tree
from archspec.rendering.mermaid import to_mermaid
from archspec.rendering.picture import FIGURES
from archspec.schema import Target
from archspec.source import Source
from tests.strategies import wired

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archspec.analysis import Report
    from archspec.rendering import Picture
    from archspec.rendering.folding.layers import Layer
    from tests.strategies import Wired

LEVELS = ("auto", "stage", "template", "block", "layer", "op")
many = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def report_of(text: str) -> Report:
    graph = read_graph(Target(Source("net.arch", text), None))
    assert not [d for d in graph.diagnostics if d.severity == "error"]
    return analyze(graph)


def units(items: Iterable[Unit | Layer]):
    for item in items:
        if isinstance(item, Unit):
            yield item.path
            yield from units(item.items)


def check(picture: Picture):
    """Paths are unique, links end at boxes and go forward, frames hold boxes of their own."""
    order = {box.path: place for place, box in enumerate(picture.boxes)}
    assert len(order) == len(picture.boxes)
    assert all(order[x.src] < order[x.dst] for x in picture.links)
    ends = [(x.src, x.dst, x.kind) for x in picture.links]
    assert len(set(ends)) == len(ends)
    framed = [path for frame in picture.frames for path in frame.boxes]
    assert len(set(framed)) == len(framed)
    assert set(framed) <= set(order)
    assert {frame.parent for frame in picture.frames} <= {"", *(f.id for f in picture.frames)}
    for theme in ("light", "print"):
        assert to_dot(picture, theme).startswith("digraph")
        assert to_mermaid(picture, theme).startswith("---")


@many
@given(
    network=wired(),
    unroll=st.booleans(),
    dense_edges=st.booleans(),
    heads=st.booleans(),
    show=st.sets(st.sampled_from(FIGURES)).map(tuple),
)
def test_any_network_is_drawn_at_every_level(
    network: Wired, *, unroll: bool, dense_edges: bool, heads: bool, show: tuple[str, ...]
):
    report = report_of(network.text())
    options = PictureOptions(unroll=unroll, dense_edges=dense_edges, heads=heads, show=show)
    for level in LEVELS:
        picture = build(report.graph, report, replace(options, detail=level))
        check(picture)
        assert heads or not any(x.kind == "aux" for x in picture.links)
        assert all("?" not in row for box in picture.boxes for row in box.rows)
    for depth in range(3):
        check(build(report.graph, report, replace(options, depth=depth)))


@many
@given(network=wired(), data=st.data())
def test_any_part_can_be_drawn_alone_or_opened(network: Wired, data: st.DataObject):
    report = report_of(network.text())
    path = data.draw(st.sampled_from([*units(unit_tree(report.graph)), *report.graph.nodes]))
    macs = sum(report.numbers["macs"][node.path] or 0 for node in report.graph.members(path))
    for level in LEVELS:
        options = PictureOptions(only=path, detail=level, show=("macs",))
        picture = build(report.graph, report, options)
        check(picture)
        rows = [row for box in picture.boxes for row in box.rows if "MAC" in row]
        assert sum(int(row.split()[0].replace(",", "")) for row in rows) == macs
    opened = data.draw(st.sampled_from([*units(unit_tree(report.graph))]))
    check(build(report.graph, report, PictureOptions(detail="stage", expand=(opened,))))


def shape(picture: Picture, names: dict[str, str]):
    """What a picture has, its labels aside."""

    def renamed(path: str) -> str:
        head, dot, rest = path.partition(".")
        return f"{names.get(head) or head.rstrip('_')}{dot}{rest}"

    return (
        [
            (renamed(x.path), x.role, x.rows, x.summary, x.shared, renamed(x.href))
            for x in picture.boxes
        ],
        [(renamed(x.src), renamed(x.dst), x.kind, x.label, x.count) for x in picture.links],
        [([renamed(path) for path in f.boxes], f.kind) for f in picture.frames],
        (picture.level, picture.direction, len(picture.breaks)),
    )


@many
@given(
    network=wired(),
    level=st.sampled_from(LEVELS),
    labels=st.permutations(["conv1", "t", "legend", "합성곱", "s", "in2", "overview"]),
)
def test_new_labels_change_no_structure(network: Wired, level: str, labels: list[str]):
    """Folds come from blocks and repeats, so nothing may depend on what a label looks like."""
    size = len(network.statements)
    first, second = report_of(network.text()), report_of(network.text(tuple(labels[:size])))
    names = dict(zip(labels, (f"s{place}" for place in range(size)), strict=False))
    options = PictureOptions(detail=level)
    pictures = (build(report.graph, report, options) for report in (first, second))
    before, after = pictures
    assert shape(before, {}) == shape(after, names)
