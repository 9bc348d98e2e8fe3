"""The rest of the tutorial: two epochs, evaluation, the source and its use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.blocks import exchanges, matches, run
from tests.docs.tutorial import PAGES, edit, follow, halves

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.torch

MEASURED = ("archspec train", "archspec evaluate")  # their digits vary from machine to machine


def test_training_evaluation_and_the_source_answer_as_shown(tmp_path: Path):
    """In one language only: test_tutorial.py holds that both show the same blocks."""
    (tmp_path / "my.arch").touch()
    before, rest = halves(PAGES[0])
    follow(before, tmp_path)
    for block in rest:
        if block.language != "console":
            edit(block, tmp_path)
            continue
        for command, expected in exchanges(block.body):
            printed = run(command, tmp_path)
            shown = form if command.startswith(MEASURED) else str
            assert matches(shown(expected), shown(printed)), f"$ {command}\n{printed}"
    assert (tmp_path / "run" / "curves.png").is_file()


def form(text: str) -> str:
    """A text with one mark for every number."""
    return re.sub(r"\d+(?:[.,]\d+)*", "#", text)
