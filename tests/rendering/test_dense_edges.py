"""The all-to-all links of dense blocks. A block of L layers has L(L+1)/2: 1 + 2 + ... + L."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archspec.errors import ArchError
from archspec.rendering import PictureOptions, build

if TYPE_CHECKING:
    from archspec.analysis import Report


def picture_of(report: Report, **options: object):
    return build(report.graph, report, PictureOptions(dense_edges=True, **options))


@pytest.mark.parametrize(("block", "layers"), [("dense1", 6), ("dense2", 12), ("dense4", 16)])
def test_every_block_is_linked_to_every_later_one(
    reports: dict[str, Report], block: str, layers: int
):
    picture = picture_of(reports["densenet121"], only=block, detail="block")
    boxes = [box.path for box in picture.boxes]
    assert len(boxes) == layers + 1
    wanted = {(a, b) for i, a in enumerate(boxes) for b in boxes[i + 1 :]}
    assert {(link.src, link.dst) for link in picture.links} == wanted
    assert len(picture.links) == layers * (layers + 1) // 2


def test_the_arcs_are_told_from_the_chain(reports: dict[str, Report]):
    picture = picture_of(reports["densenet121"], only="dense1", detail="block")
    kinds = {(link.src, link.dst): link.kind for link in picture.links}
    chain = ["in", *(f"dense1.{turn}" for turn in range(1, 7))]
    for here, ends in enumerate(chain):
        for there in range(here + 1, 7):
            assert kinds[ends, chain[there]] == ("data" if there == here + 1 else "dense")


def test_among_layers_what_each_adds_goes_to_every_later_layer(reports: dict[str, Report]):
    plain = build(
        reports["densenet121"].graph,
        reports["densenet121"],
        PictureOptions(only="dense1", unroll=True),
    )
    picture = picture_of(reports["densenet121"], only="dense1")
    new = {(x.src, x.dst) for x in picture.links} - {(x.src, x.dst) for x in plain.links}
    adds = ["in", *(f"dense1.{turn}.pre_2" for turn in range(1, 7))]
    reads = [f"dense1.{turn}.pre" for turn in range(1, 7)]
    assert new == {(a, b) for i, a in enumerate(adds) for b in reads[i:]} - {("in", reads[0])}
    assert picture.level == "layer"


def test_too_many_arcs_are_refused_even_by_force(reports: dict[str, Report]):
    with pytest.raises(ArchError) as caught:
        picture_of(reports["densenet121"], force=True)
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.values) == ("E005", {"number": 531, "limit": 300})
    assert "--only PATH" in str(problem.help)
    assert sum(x.kind == "dense" for x in picture_of(reports["densenet121"], only="dense3").links)


@pytest.mark.parametrize("name", ["resnet152", "googlenet", "dpn92"])
def test_other_networks_get_none_and_are_told_so(reports: dict[str, Report], name: str):
    plain = build(reports[name].graph, reports[name], PictureOptions(detail="op"))
    picture = picture_of(reports[name], detail="op")
    assert picture.links == plain.links
    assert "--dense-edges adds nothing" in picture.note


def test_closed_blocks_have_no_arcs(reports: dict[str, Report]):
    picture = picture_of(reports["densenet121"], detail="stage")
    assert [link.kind for link in picture.links] == ["data"] * len(picture.links)
    assert "--dense-edges adds nothing" in picture.note
