"""Fenced blocks of a Markdown file, and what their commands print."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from archspec.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(
    r"(?:<!-- (?P<kind>file|part of|wrong): (?P<name>\S+) -->\n)?"
    r"^```(?P<language>\w+)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A fenced block; `kind` and `name` say what to do with a spec."""

    language: str
    body: str
    kind: str | None
    name: str | None


def blocks(page: str) -> list[Block]:
    text = (ROOT / page).read_text(encoding="utf-8")
    found = [Block(m["language"], m["body"], m["kind"], m["name"]) for m in FENCE.finditer(text)]
    assert len(found) == text.count("\n```") / 2, "a fence was not understood"
    return found


def exchanges(body: str) -> list[tuple[str, str]]:
    """Each command with what it answers."""
    first, *parts = re.split(r"^\$ ", body, flags=re.MULTILINE)
    assert not first, "a console block starts with a command"
    return [tuple(part.split("\n", 1)) for part in parts]


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


def answer(command: str, folder: Path) -> str:
    """What `archspec …` prints, run in this process: for pages with many commands."""
    program, *arguments = shlex.split(command)
    assert program == "archspec", f"run() is for other programs: {command}"
    printed, notes = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(notes),
        pytest.raises(SystemExit) as ended,
    ):
        main(arguments)
    gc.enable()  # the command switches it off, as it ends soon
    if ended.value.code not in (0, 1) or "Traceback" in notes.getvalue():
        pytest.fail(f"$ {command}\n{notes.getvalue()}")
    return printed.getvalue()


def environment() -> dict[str, str]:
    """The user's, with this Python's scripts first and without colour."""
    scripts = str(Path(sys.executable).parent)
    return {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}


def matches(expected: str, printed: str) -> bool:
    """Equal, where three dots stand for the rest of a line, and on their own for whole lines."""
    pattern = re.escape(expected).replace(re.escape("\n...\n"), "\n(?s:.*)")
    return re.fullmatch(pattern.replace(re.escape("..."), "[^\n]*"), printed) is not None
