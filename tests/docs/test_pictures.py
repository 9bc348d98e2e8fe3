"""The page about pictures is run, and its tables are those of the code."""

import re

from archspec.rendering.picture import DETAILS
from tests.docs.blocks import ROOT, blocks, exchanges, matches, run

PAGE = "docs/pictures.md"


def test_every_command_answers_as_shown(tmp_path):
    seen = 0
    for block in blocks(PAGE):
        if block.language == "arch":
            (tmp_path / block.name).write_text(block.body, encoding="utf-8")
            continue
        for command, expected in exchanges(block.body):
            printed = run(command, tmp_path)
            assert matches(expected, printed), f"$ {command}\n{printed}"
            seen += 1
    assert seen >= 6


def test_every_level_is_in_the_table():
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    assert tuple(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == DETAILS


def test_local_links_lead_somewhere():
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    assert links
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
