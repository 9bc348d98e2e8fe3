"""The table of pictures in docs/benchmarks.md: every network, the sizes of today, no slow one."""

import re
from pathlib import Path

from archspec.schema.sources import snake, zoo

DOCS = Path(__file__).resolve().parents[2] / "docs"
SIZE = re.compile(r'<svg[^>]*?width="(\d+)pt"\s+height="(\d+)pt"')


def rows():
    """The first cells of each row: network, size, seconds."""
    page = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
    table = page.partition("written by bench/pictures.py -->")[2]
    lines = table.partition("<!-- end of bench/pictures.py")[0].splitlines()
    return [line.split(" | ")[:3] for line in lines if " x " in line and line.startswith("| ")]


def test_every_network_has_a_row_with_the_size_of_its_picture():
    wanted = []
    for network in map(snake, zoo()):
        width, height = SIZE.search((DOCS / "gallery" / f"{network}.svg").read_text()).groups()
        wanted.append((f"| {network}", f"{int(width):,} x {int(height):,}"))
    assert [(name, size) for name, size, _ in rows()] == wanted


def test_no_picture_takes_three_seconds():
    assert max(float(seconds) for *_, seconds in rows()) < 3
