from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from archspec.rendering.tree import bar, report_tree
from tests.helpers import arch, report_of

if TYPE_CHECKING:
    from archspec.analysis import Report


def rows(report: Report, *, ascii_only: bool = False):
    columns = [list(column.cells) for column in report_tree(report, ascii_only=ascii_only).columns]
    return list(zip(*columns, strict=True))


def test_lenet5(report: Report):
    found = [(name, what, shape, params) for name, what, shape, params, *_ in rows(report)]
    assert found == [
        ("LeNet5", "", "", "60,000"),
        ("├─ image", "input", "1@32x32", "0"),
        ("├─ C1", "5x5, 6, scaled tanh", "6@28x28", "156"),
        ("├─ S2", "subsample 2x2, scaled tanh", "6@14x14", "12"),
        ("├─ C3", "5x5, 16, table, scaled tanh", "16@10x10", "1,516"),
        ("├─ S4", "subsample 2x2, scaled tanh", "16@5x5", "32"),
        ("├─ C5", "5x5, 120, scaled tanh", "120@1x1", "48,120"),
        ("├─ F6", "linear 84, scaled tanh", "84", "10,164"),
        ("└─ out", "RBF 10 (fixed)", "10", "0"),
    ]


def test_alike_blocks_are_one_row_with_all_their_numbers(reports: dict[str, Report]):
    report = reports["resnet152"]
    by_name = {name.lstrip("├└─│ "): row for row in rows(report) if (name := row[0])}
    assert by_name["conv4_x"][1] == "Stage"
    row = next(r for r in rows(report) if r[1] == "Bottleneck(256, project=false) x35")
    params = sum(report.number(f"conv4_x.{turn}", "params") for turn in range(1, 36))
    assert row[3] == f"{params:,}"


@pytest.mark.parametrize("name", ["resnet152", "googlenet", "densenet121", "dpn92"])
def test_every_level_adds_up(reports: dict[str, Report], name: str):
    """The rows one step further in, below each row, have its number of parameters."""
    found = [(len(row[0]) - len(row[0].lstrip("├└─│ ")), row[3]) for row in rows(reports[name])]
    levels = [(depth // 3, int(params.replace(",", ""))) for depth, params in found]
    parents = 0
    for place, (depth, params) in enumerate(levels):
        below = []
        for other, number in levels[place + 1 :]:
            if other <= depth:
                break
            below += [number] if other == depth + 1 else []
        parents += bool(below)
        assert not below or sum(below) == params
    assert parents > 1


def test_numbers_known_in_part_are_bounds_and_have_no_share():
    report = report_of(arch("a: conv(16, 3, pad=1) -> relu", "b: conv(4, 30)", x="3x8x8"))
    found = {name.lstrip("├└─ "): numbers for name, _, _, *numbers in rows(report)}
    assert found["Net"] == [">= 448", ">= 27,648", "?"]
    assert found["a"] == ["448", "27,648", f"{bar(Fraction(1))} 100.0%"]
    assert found["b"] == ["?", "?", "?"]


def test_heads_stand_below_the_network_and_have_no_share_of_it():
    report = report_of(
        arch(
            "a: conv(4, 1)",
            'head extra(phase="train") { global_avgpool -> linear(3) }',
            "b: conv(2, 1)",
            x="1x4x4",
        )
    )
    found = {row[0].lstrip("├└─ "): row[3:] for row in rows(report)}
    assert list(found) == ["Net", "input", "a", "b", "heads", "extra", "global_avgpool", "linear"]
    assert found["Net"][:2] == (f"{report.number('', 'params')}", f"{report.number('', 'macs')}")
    assert [found[name] for name in ("heads", "extra", "linear")] == [("15", "12", "")] * 3
    shares = [found[name][2].split()[-1] for name in ("a", "b")]
    assert shares == ["33.3%", "66.7%"]


def test_it_can_be_ascii(reports: dict[str, Report]):
    assert all(cell.isascii() for row in rows(reports["dpn92"], ascii_only=True) for cell in row)


@pytest.mark.parametrize(
    ("share", "wide", "narrow"),
    [
        (Fraction(0), "", ""),
        (Fraction(1), "█" * 8, "#" * 8),
        (Fraction(1, 2), "█" * 4, "#" * 4),
        (Fraction(9, 64), "█▏", "#"),
    ],
)
def test_bars_are_as_long_as_their_share(share: Fraction, wide: str, narrow: str):
    assert bar(share) == wide.ljust(8)
    assert bar(share, ascii_only=True) == narrow.ljust(8)
