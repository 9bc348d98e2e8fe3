"""The tutorial is followed to the letter, in both languages, up to the training."""

from __future__ import annotations

import re
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from archspec.rendering.engine import FALLBACK
from tests.docs.blocks import ROOT, blocks
from tests.docs.tutorial import PAGES, follow, halves

if TYPE_CHECKING:
    from collections.abc import Callable

PICTURE = ROOT / "docs" / "tutorial.svg"


@pytest.fixture(autouse=True)
def _own_engine(monkeypatch: pytest.MonkeyPatch):
    """Draws the same picture on every machine, with Graphviz or without."""
    monkeypatch.setenv("ARCHSPEC_DOT", str(Path(sysconfig.get_path("scripts")) / FALLBACK))


@pytest.mark.parametrize("page", PAGES)
def test_every_step_before_the_training_answers_as_shown(
    page: str, tmp_path: Path, golden: Callable[[Path, str], None]
):
    (tmp_path / "my.arch").touch()  # "Make a new folder and in it an empty file"
    assert follow(halves(page)[0], tmp_path) == 13
    golden(PICTURE, (tmp_path / "MyNet.svg").read_text(encoding="utf-8"))


def test_both_languages_show_the_same_blocks():
    english, korean = map(blocks, PAGES)
    assert english == korean
    assert {block.language for block in english} == {"arch", "console", "diff", "python"}


@pytest.mark.parametrize("page", PAGES)
def test_nine_steps_a_picture_and_links_that_lead_somewhere(page: str):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert re.findall(r"^## (\d)\. ", text, re.MULTILINE) == list("123456789")
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    assert PICTURE.name in links
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []


def test_the_picture_is_not_heavy():
    assert PICTURE.stat().st_size < 50_000
