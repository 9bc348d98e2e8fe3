"""The map of a course: its specs exist, and its commands answer."""

import re

import pytest

from tests.docs.blocks import ROOT, answer

TEXT = (ROOT / "docs" / "course.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\|[^|]*\| `([\w/.]+)` \| `(archspec [^`]+)` \|$", TEXT, re.MULTILINE)


def test_every_row_with_a_file_was_read():
    assert len(ROWS) == TEXT.count("| `archspec ") > 20


@pytest.mark.parametrize(("file", "command"), ROWS)
def test_a_file_exists_and_its_command_answers(file: str, command: str):
    assert (ROOT / file).is_file()
    assert answer(command, ROOT) != ""


def test_every_worked_example_file_has_its_row():
    files = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("specs/course/*.arch")}
    assert files
    assert files <= {file for file, _ in ROWS}
