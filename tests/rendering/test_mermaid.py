from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from archspec.rendering import PictureOptions, build
from archspec.rendering.mermaid import to_mermaid

if TYPE_CHECKING:
    from collections.abc import Callable

    from archspec.analysis import Report
    from archspec.rendering import Picture

GOLDENS = Path(__file__).parent / "goldens"


def test_lenet5(lenet5: Picture, golden: Callable[[Path, str], None]):
    golden(GOLDENS / "lenet5.mmd", to_mermaid(lenet5))


def test_every_box_and_link_is_there_once(reports: dict[str, Report]):
    report = reports["googlenet"]
    picture = build(report.graph, report)
    text = to_mermaid(picture, "dark")
    assert len(re.findall(r'^ *n\d+\["', text, re.MULTILINE)) == len(picture.boxes)
    assert len(re.findall(r"^  n\d+ (-->|==>|-\.->)", text, re.MULTILINE)) == len(picture.links)
    assert text.count("subgraph ") == len(picture.frames) == 3
    assert len(re.findall(r"^ *end$", text, re.MULTILINE)) == 3
    assert "-.->" in text


def test_skips_are_thick_and_named(reports: dict[str, Report]):
    report = reports["resnet152"]
    lines = to_mermaid(build(report.graph, report)).splitlines()
    assert sum('==>|"skip"|' in line for line in lines) == 3


@pytest.mark.parametrize(
    ("written", "safe"),
    [
        ('a "b"', "a #quot;b#quot;"),
        ("<b>", "&lt;b&gt;"),
        ("a#b", "a#35;b"),
        ("[x]{y}|z", "#91;x#93;#123;y#125;#124;z"),
        ("end", "end"),
        ("합성곱", "합성곱"),
    ],
)
def test_what_a_user_writes_is_no_markup(
    draw_text: Callable[..., Picture], written: str, safe: str
):
    name = written.replace('"', '\\"')
    picture = draw_text(f'  C1: conv(6, 5x5)  [name="{name}"]')
    if '"' in written:
        assert f'"{safe}' in to_mermaid(picture).replace("\\#quot;", "#quot;")
    else:
        assert f'n1["{safe}  5x5, 6<br/>156 params"]' in to_mermaid(picture)


def test_an_error_is_marked(draw_text: Callable[..., Picture]):
    text = to_mermaid(draw_text("  C1: conv(6, 5x5)\n  C2: conv(6, 30x30)"))
    assert 'n1 --x|"E304: 6x28x28, window 30x30"| n2' in text
    assert "  class n2 wrong" in text


def test_colours_by_a_number_are_classes(report: Report):
    picture = build(report.graph, report, PictureOptions(color_by="params"))
    assert "classDef heat6 fill:#08519C,color:#FFFFFF" in to_mermaid(picture)


@pytest.mark.parametrize("name", ["resnet152", "googlenet", "densenet121", "dpn92"])
def test_large_networks(reports: dict[str, Report], name: str, golden: Callable[[Path, str], None]):
    report = reports[name]
    golden(GOLDENS / f"{name}.mmd", to_mermaid(build(report.graph, report)))
