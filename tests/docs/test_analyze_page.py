"""The page about reports is run: what it shows is what the commands print."""

from __future__ import annotations

import pytest

from archspec.analysis import VIEWS
from archspec.cli.gates import GATES
from archspec.rendering.columns import NAMES
from tests.docs.blocks import ROOT, blocks, exchanges, matches, run

PAGE = "docs/analyze.md"
COMMANDS = [
    each for block in blocks(PAGE) if block.language == "console" for each in exchanges(block.body)
]


@pytest.mark.parametrize(("command", "expected"), COMMANDS, ids=[line for line, _ in COMMANDS])
def test_a_command_prints_what_is_shown(command: str, expected: str, tmp_path):
    assert matches(expected, printed := run(command, tmp_path)), printed


def test_the_python_runs(tmp_path):
    examples = [block.body for block in blocks(PAGE) if block.language == "python"]
    assert len(examples) == 2
    for number, body in enumerate(examples):
        (tmp_path / f"example{number}.py").write_text(body, encoding="utf-8")
        assert run(f"python example{number}.py", tmp_path) == ""


def test_every_column_view_and_gate_is_named():
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    names = [name for name in NAMES if name != "path"]
    gates = [f"--{way}-{metric}" for way, metric, _ in GATES]
    missing = [
        word for word in (*names, *gates, *(view.name for view in VIEWS)) if f"`{word}`" not in text
    ]
    assert missing == []
