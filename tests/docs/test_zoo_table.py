"""The READMEs show the zoo as it is, and the tool that puts it there works."""

import shutil
import subprocess
import sys

import pytest

from archspec.analysis import zoo_entries
from archspec.rendering import zoo_list
from tests.docs.blocks import ROOT

READMES = ("README.md", "README.ko.md")
TOOL = ROOT / "tools" / "zoo_readme.py"


def rewrite(*pages, check=True):
    command = [sys.executable, str(TOOL), *map(str, pages)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=check)


@pytest.fixture(scope="module")
def table():
    return zoo_list.markdown(zoo_list.by_year(zoo_entries()))


@pytest.mark.parametrize("readme", READMES)
def test_the_table_is_what_the_command_prints(readme, table):
    """`make readme` mends it."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    (shown,) = (part.partition("<!-- end of archspec zoo -->")[0] for part in marked(text))
    assert shown == f"\n\n{table}\n\n"
    assert "| `lenet5` |" in shown


def marked(text: str) -> list[str]:
    return text.split("<!-- archspec zoo --format md: written by `make readme` -->")[1:]


def test_the_tool_mends_a_stale_table_and_nothing_else(tmp_path):
    stale = []
    for readme in READMES:
        text = (ROOT / readme).read_text(encoding="utf-8")
        stale.append(tmp_path / readme)
        stale[-1].write_text(text.replace("| `lenet5` |", "| `lenet4` |\n| `lenet5` |"))
    assert rewrite(*stale).stdout.splitlines() == [f"rewrote {page}" for page in stale]
    for readme, page in zip(READMES, stale, strict=True):
        assert page.read_bytes() == (ROOT / readme).read_bytes()
    assert rewrite(*stale).stdout == ""


def test_a_page_without_marks_is_refused_and_kept(tmp_path):
    page = shutil.copy(ROOT / "LICENSE", tmp_path / "page.md")
    assert "a page has one" in rewrite(page, check=False).stderr
    assert page.read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_make_readme_runs_it_on_both():
    done = subprocess.run(
        ["make", "-n", "-o", ".venv/.ready", "readme"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "tools/zoo_readme.py README.md README.ko.md" in done.stdout
