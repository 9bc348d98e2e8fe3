"""The language reference is run: every spec in it, and every command with its answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from archspec.ops import OPS
from archspec.schema import find, signature
from tests.docs.blocks import ROOT, Block, blocks, exchanges, matches, run
from tests.helpers import check, diagnose

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "docs/language.md"
BLOCKS = blocks(PAGE)
TEXT = (ROOT / PAGE).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds every file of the page."""
    made = tmp_path_factory.mktemp("language")
    for block in specs("file"):
        (made / str(block.name)).write_text(block.body, encoding="utf-8")
    return made


def specs(kind: str) -> list[Block]:
    return [block for block in BLOCKS if block.kind == kind]


def test_every_block_is_a_spec_with_its_mark_or_a_command():
    assert {(block.language, block.kind) for block in BLOCKS} == {
        ("arch", "file"),
        ("arch", "wrong"),
        ("console", None),
    }
    names = [block.name for block in specs("file")]
    assert len(names) > 15
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("block", specs("file"), ids=lambda block: block.name)
def test_a_spec_of_the_page_is_right(block: Block, folder: Path):
    found = diagnose(find(str(folder / str(block.name))))
    assert [item for item in found if item.severity != "note"] == []


@pytest.mark.parametrize("block", specs("wrong"), ids=lambda block: block.name)
def test_a_wrong_spec_of_the_page_has_its_code(block: Block):
    assert [item.code for item in check(block.body)] == [block.name]


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.language == "console"])
def test_a_command_of_the_page_answers_as_shown(block: Block, folder: Path):
    for command, expected in exchanges(block.body):
        printed = run(command, folder)
        assert matches(expected, printed), f"$ {command}\n{printed}"


def test_the_contents_list_the_sections():
    prose = re.sub(r"^```.*?^```$", "", TEXT, flags=re.MULTILINE | re.DOTALL)
    sections = re.findall(r"^## (.*)$", prose, re.MULTILINE)
    listed = re.findall(r"^- \[(.*)\]\(#(.*)\)$", TEXT, re.MULTILINE)
    anchors = [re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in sections]
    assert listed == list(zip(sections, anchors, strict=True))


def test_the_table_of_operators_is_what_they_say_of_themselves():
    rows = [
        f"| `{signature(op.name, op)}` | {(op.__doc__ or '').splitlines()[0]} |"
        for op in OPS
        if op.name != "input"
    ]
    assert TEXT.partition("| operator | what it makes |\n|---|---|\n")[2].splitlines() == rows
