from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from archspec.rendering import PictureOptions, build, heat

if TYPE_CHECKING:
    from archspec.analysis import Report


@pytest.mark.parametrize(
    ("percent", "step"),
    [(0, 0), (0.5, 1), (1, 2), (1.9, 2), (2, 3), (5, 4), (10, 5), (19.9, 5), (20, 6), (100, 6)],
)
def test_steps_of_a_share(percent: float, step: int):
    assert heat.step_of_share(Fraction(str(percent)) / 100) == step


def test_lenet5_by_parameters(report: Report):
    """By hand: 156, 12, 1,516, 32, 48,120, 10,164 and 0 of 60,000."""
    picture = build(report.graph, report, PictureOptions(color_by="params"))
    found = [(box.path, box.heat, box.rows[-1]) for box in picture.boxes[1:]]
    assert found == [
        ("C1", 1, "156 params, 0.3%"),
        ("S2", 1, "12 params, 0.0%"),
        ("C3", 3, "1,516 params, 2.5%"),
        ("S4", 1, "32 params, 0.1%"),
        ("C5", 6, "48,120 params, 80.2%"),
        ("F6", 5, "10,164 params, 16.9%"),
        ("out", 0, "0 params, 0.0%"),
    ]


def test_lenet5_by_what_it_sees(report: Report):
    """Fields of 1, 5, 6, 14, 16 and 32 of 32 pixels, in sevenths."""
    picture = build(report.graph, report, PictureOptions(color_by="rf"))
    assert [box.heat for box in picture.boxes] == [0, 1, 1, 3, 3, 6, 6, 6]


def test_lenet5_by_memory(report: Report):
    """Outputs that need storage, 4 bytes each: 8,094 of them, squash over its input."""
    picture = build(report.graph, report, PictureOptions(color_by="memory"))
    found = [box.rows[-1] for box in picture.boxes[1:]]
    assert found == [
        "18,816 bytes, 58.1%",
        "4,704 bytes, 14.5%",
        "6,400 bytes, 19.8%",
        "1,600 bytes, 4.9%",
        "480 bytes, 1.5%",
        "336 bytes, 1.0%",
        "40 bytes, 0.1%",
    ]
