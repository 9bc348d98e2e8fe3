"""Slips of the hand in shipped specs: each ends in an error or in an expectation that fails."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from archspec.schema import Target
from archspec.source import Source
from tests.helpers import diagnose

if TYPE_CHECKING:
    from collections.abc import Iterator

SPECS = Path(__file__).resolve().parents[2] / "specs"
# What is written -> what a slip makes of it. Numbers of recipes are no part of a network.
SLIPS = {
    r"(?<!mnist5k\()\bpad=[1-9]\b": "pad=0",
    r"\bpad=k // 2": "pad=0",
    r"\bstride=2\b": "stride=1",
    r"\b5x5\b": "3x3",
    r"(?<=, )5(?=[,)])": "3",
    r"\bgroups=(?!1\b)\w+": "groups=1",
    r", bias=false": "",
    r"\bstride=1 if v1_5 else stride\b": "stride=stride if v1_5 else 1",
    r"\bmaxpool\(3, stride=2": "maxpool(2, stride=2",
}
FRAGMENTS = ("preact.arch",)  # blocks that others import, no network


def mutants(text: str) -> Iterator[tuple[int, str]]:
    """The text with one slip each, and the line it is in; comments and expectations are left."""
    for pattern, slip in SLIPS.items():
        for found in re.finditer(pattern, text):
            before = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
            if not re.search(r'[#"]|expect', before):
                line = text.count("\n", 0, found.start()) + 1
                yield line, f"{text[: found.start()]}{slip}{text[found.end() :]}"


def transposed(text: str) -> str:
    """The connection table of LeNet-5, rows for columns; each map then reads other ones."""
    rows = re.search(r"table c3_table[^{]*\{\n(.*?)\}", text, re.DOTALL)
    assert rows
    cells = [line.split() for line in rows[1].splitlines() if line.strip()]
    turned = "\n".join(" ".join(column) for column in zip(*cells, strict=True))
    return text.replace(rows[1], f"{turned}\n")


def survivors(file: Path, texts: Iterator[tuple[int, str]]) -> tuple[int, list[int]]:
    """How many mutants there are, and the lines of those that nothing tells from the original."""
    number, unseen = 0, []
    for line, text in texts:
        number += 1
        found = diagnose(Target(Source(str(file), text), None))
        if not any(item.severity == "error" for item in found):
            unseen.append(line)
    return number, unseen


FILES = sorted(file for file in SPECS.glob("*.arch") if file.name not in FRAGMENTS)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_slip_does_not_pass(file: Path):
    _, unseen = survivors(file, mutants(file.read_text(encoding="utf-8")))
    assert unseen == []


def test_a_transposed_table_does_not_pass():
    file = SPECS / "lenet5.arch"
    text = file.read_text(encoding="utf-8")
    assert survivors(file, iter([(0, text)])) == (1, [0]), "the original does"
    assert survivors(file, iter([(0, transposed(text))])) == (1, [])


def test_the_slips_are_found():
    texts = (file.read_text(encoding="utf-8") for file in FILES)
    assert sum(1 for text in texts for _ in mutants(text)) >= 80
    every = "\n".join(file.read_text(encoding="utf-8") for file in FILES)
    assert all(re.search(pattern, every) for pattern in SLIPS)
