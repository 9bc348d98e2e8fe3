"""The page on widespread statements is run: every command answers as shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.blocks import ROOT, Block, answer, blocks, exchanges, matches

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "docs/errata.md"
BLOCKS = blocks(PAGE)
TEXT = (ROOT / PAGE).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The specs and tests of the repository, and the files of the page."""
    made = tmp_path_factory.mktemp("errata")
    for name in ("specs", "tests"):
        (made / name).symlink_to(ROOT / name)
    for block in BLOCKS:
        if block.kind == "file":
            (made / str(block.name)).write_text(block.body, encoding="utf-8")
    return made


def shown() -> list[tuple[str, str]]:
    return [pair for b in BLOCKS if b.language == "console" for pair in exchanges(b.body)]


@pytest.mark.parametrize(("command", "expected"), shown(), ids=lambda text: text[:60])
def test_a_command_of_the_page_answers_as_shown(command: str, expected: str, folder: Path):
    printed = answer(command, folder)
    assert matches(expected, printed), f"$ {command}\n{printed}"


def test_every_block_is_a_command_or_a_file_that_one_uses():
    def known(block: Block) -> bool:
        return block.language == "console" or (block.language, block.kind) == ("arch", "file")

    assert all(known(block) for block in BLOCKS)
    commands = " ".join(command for command, _ in shown())
    assert [b.name for b in BLOCKS if b.kind == "file" and str(b.name) not in commands] == []
    assert len(shown()) > 25


def test_all_33_statements_are_there_once():
    numbers = [int(number) for number in re.findall(r"^\*\*E(\d+)\.\*\*", TEXT, re.MULTILINE)]
    assert sorted(numbers) == list(range(1, 34))


def test_the_files_and_tests_it_names_exist():
    named = re.findall(r"`((?:specs|tests)/[\w/.]+)`", TEXT)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []
    functions = (ROOT / "tests/course/test_properties.py").read_text(encoding="utf-8")
    tests = re.findall(r"`(test_\w+)`", TEXT)
    assert tests
    assert [name for name in tests if f"def {name}_" not in functions] == []


def test_the_contents_list_the_sections():
    sections = re.findall(r"^## (.*)$", TEXT, re.MULTILINE)
    listed = re.findall(r"^- \[(.*)\]\(#(.*)\)$", TEXT, re.MULTILINE)
    anchors = [re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in sections]
    assert listed == list(zip(sections, anchors, strict=True))
