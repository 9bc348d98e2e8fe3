"""Both READMEs are run: every command, every spec, every piece of Python in them."""

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.torch

ROOT = Path(__file__).resolve().parents[2]
READMES = ("README.md", "README.ko.md")
FENCE = re.compile(
    r"(?:<!-- (?P<kind>file|part of): (?P<name>\S+) -->\n)?"
    r"^```(?P<language>\w+)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
SHELL_SHOWN = {"make demo", "make test"}  # run by test_make.py and by whoever runs this


@dataclass(frozen=True)
class Block:
    """A fenced block; `kind` and `name` say what to do with a spec."""

    language: str
    body: str
    kind: str | None
    name: str | None


def blocks(readme: str) -> list[Block]:
    text = (ROOT / readme).read_text(encoding="utf-8")
    found = [Block(m["language"], m["body"], m["kind"], m["name"]) for m in FENCE.finditer(text)]
    assert len(found) == text.count("\n```") / 2, "a fence was not understood"
    return found


def environment() -> dict[str, str]:
    """The user's, with this Python's scripts first and without colour."""
    scripts = str(Path(sys.executable).parent)
    return {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}


def run(command: str, folder: Path) -> str:
    """What a command prints; notes on stderr do not belong to the answer."""
    done = subprocess.run(
        shlex.split(command),
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1) or "Traceback" in done.stderr:
        pytest.fail(f"$ {command}\n{done.stderr}")
    return done.stdout


def matches(expected: str, printed: str) -> bool:
    """Equal, where three dots stand for the rest of a line, and on their own for whole lines."""
    pattern = re.escape(expected).replace(re.escape("\n...\n"), "\n(?s:.*)")
    return re.fullmatch(pattern.replace(re.escape("..."), "[^\n]*"), printed) is not None


@pytest.mark.parametrize("readme", READMES)
def test_every_block_of_the_readme_runs_and_answers_as_shown(readme, tmp_path):
    languages = set()
    for block in blocks(readme):
        languages.add(block.language)
        if block.language == "arch":
            use_spec(block, tmp_path)
        elif block.language == "console":
            for command, expected in exchanges(block.body):
                printed = run(command, tmp_path)
                assert matches(expected, printed), f"$ {command}\n{printed}"
        elif block.language == "python":
            script = tmp_path / "example.py"
            script.write_text(block.body, encoding="utf-8")
            assert run(f"python {script.name}", tmp_path) == ""
        else:
            shown = {line.partition("#")[0].strip() for line in block.body.splitlines()}
            assert (block.language, shown) == ("sh", SHELL_SHOWN)
    assert languages == {"arch", "console", "python", "sh"}


def use_spec(block: Block, folder: Path) -> None:
    assert block.name is not None, "a spec says where it belongs"
    if block.kind == "file":
        (folder / block.name).write_text(block.body, encoding="utf-8")
    else:
        assert block.body in (ROOT / block.name).read_text(encoding="utf-8")


def exchanges(body: str) -> list[tuple[str, str]]:
    """Each command with what it answers."""
    first, *parts = re.split(r"^\$ ", body, flags=re.MULTILINE)
    assert not first, "a console block starts with a command"
    return [tuple(part.split("\n", 1)) for part in parts]


def test_both_readmes_show_the_same_blocks():
    shown = [
        [(b.language, b.body) for b in blocks(readme) if b.language != "sh"] for readme in READMES
    ]
    assert shown[0] == shown[1]


def test_the_first_screen_is_in_its_order():
    """A sentence, eight lines of spec, its table, the picture, an explanation, two commands."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    places = [
        text.index(mark)
        for mark in (
            "archspec counts",
            "arch Digits",
            "layer  maps@size",
            "lenet5.svg)",
            "$ archspec explain lenet5 C3.params",
            "make demo",
        )
    ]
    assert places == sorted(places)
    spec = blocks("README.md")[0].body
    assert len(spec.splitlines()) == 8
    assert not re.search(r"cite|expect|train", spec)


def test_local_links_lead_somewhere():
    for readme in READMES:
        text = (ROOT / readme).read_text(encoding="utf-8")
        links = re.findall(r"\]\(([^)#:]+)\)", text)
        assert links, "the pattern found nothing"
        assert [link for link in links if not (ROOT / link).exists()] == []
