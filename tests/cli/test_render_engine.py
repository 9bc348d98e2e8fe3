"""`archspec render` with engines that fail: what it exits with, says and leaves behind."""

import json
import os
import subprocess
import sys

import pytest

from tests.cli.test_commands import RIGHT, ROOT, archspec

WHOLE = "<?xml version='1.0'?><svg width='1pt' height='1pt'></svg>"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "net.arch").write_text(RIGHT)
    return tmp_path


def rendered(folder, script, *more):
    """With an engine that is a shell script."""
    engine = folder / "engine"
    engine.write_text(f"#!/bin/sh\n{script}\n")
    engine.chmod(0o755)
    command = ("render", "net.arch", "-o", "net.svg", "--engine", str(engine), *more)
    return archspec(*command, folder=folder)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("sleep 60", "was stopped after 1 s"),
        (f'printf "{WHOLE}"; echo "syntax error" >&2; exit 1', "failed with exit code 1"),
        ("exit 0", "gave no whole SVG"),
        ('printf "<svg>"', "gave no whole SVG"),
        ('echo "cannot" >&2', "gave no whole SVG"),
        ("kill -SEGV $$", "failed with exit code -11"),
    ],
)
@pytest.mark.parametrize("old", ["", "the picture of yesterday"])
def test_an_engine_that_fails_changes_nothing(folder, script, said, old):
    picture = folder / "net.svg"
    if old:
        picture.write_text(old)
    done = rendered(folder, script, "--timeout", "1")
    assert done.returncode == 3
    assert f"error[E004]: `engine` {said}".encode() in done.stderr
    assert done.stdout == b""
    assert {path.name for path in folder.iterdir()} - {"net.svg"} == {"net.arch", "engine"}
    assert (picture.read_text() if picture.exists() else "") == old


def test_what_an_engine_says_is_a_note(folder):
    done = rendered(folder, f'cat >/dev/null; echo "too large, scaling" >&2; printf "{WHOLE}"')
    assert (done.returncode, done.stdout) == (0, b"net.svg\n")
    assert done.stderr == b"note: too large, scaling\n"


def test_a_machine_without_an_engine(folder):
    """Neither on the path nor beside the interpreter."""
    code = (
        "import sysconfig; sysconfig.get_path = lambda name: '/nowhere'\n"
        "from archspec.cli.main import main; main()"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": str(folder), "ARCHSPEC_DOT": ""}

    def run(*arguments):
        command = [sys.executable, "-c", code, "render", "net.arch", *arguments]
        return subprocess.run(command, cwd=folder, env=env, capture_output=True, check=False)

    done = run("--json")
    (problem,) = json.loads(done.stdout)["diagnostics"]
    assert (done.returncode, problem["code"]) == (3, "E003")
    for form in ("dot", "mmd", "json"):
        assert run("-o", f"net.{form}").returncode == 0
    made = {path.name for path in folder.iterdir()}
    assert made == {"net.arch", "net.dot", "net.mmd", "net.json"}
