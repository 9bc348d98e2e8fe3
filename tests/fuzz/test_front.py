"""A few of every kind of input through the whole front; `tools/fuzz.py` feeds it thousands."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from archspec.source import Source
from archspec.syntax import parse
from archspec.syntax.format import format_source
from tests.fuzz.front import codes
from tests.fuzz.inputs import KINDS, SPECS, generated

if TYPE_CHECKING:
    from pathlib import Path

MANY = {"bytes": 100, "text": 200, "tokens": 200, "truncated": 300, "mutated": 100, "repeated": 40}
SECONDS = 2


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_raises_and_nothing_hangs(kind: str) -> None:
    found = set[str]()
    for path, data in KINDS[kind](MANY.get(kind, 150), 7):
        start = time.process_time()
        found.update(codes(data, path) or ["sound"])
        assert time.process_time() - start < SECONDS, data
    assert len(found) > 1 or kind == "bytes", "inputs that all end in the same place test little"


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_what_the_inputs_are_made_of_is_sound(path: Path) -> None:
    assert not [code for code in codes(path.read_bytes(), path) if code[0] in "EX"]


def test_a_printed_tree_says_the_same_after_formatting() -> None:
    """Trees that parse: their text, their text in canonical form, and both once more."""
    read = 0
    for _, data in generated(100, 3):
        file = parse(Source("a.arch", data.decode()))
        if file.diagnostics:
            continue
        read += 1
        text = format_source(file.source)
        assert parse(Source("a.arch", text)).definitions == file.definitions
        assert format_source(Source("a.arch", text)) == text
    assert read > 50
