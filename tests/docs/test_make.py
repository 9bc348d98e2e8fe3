"""The two commands of the README: what they run, and that the demo reaches its end."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.torch

ROOT = Path(__file__).resolve().parents[2]


def make(*arguments: str) -> str:
    done = subprocess.run(
        ["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_demo_leaves_what_it_promises(tmp_path):
    """With this environment instead of a new one, and two epochs instead of all."""
    scripts = Path(sys.executable).parent
    said = make(
        "-o", ".venv/.ready", "demo", f"BIN={scripts}", f"DEMO={tmp_path}", "EPOCHS=--epochs 2"
    )
    made = {path.name for path in tmp_path.iterdir() if path.is_file()}
    assert made == {"lenet5.svg", "lenet5.png", "lenet5.py"}
    (run,) = (path for path in tmp_path.iterdir() if path.is_dir())
    assert {"best.safetensors", "curves.png", "metrics.csv"} <= {p.name for p in run.iterdir()}
    assert "340,908" in said
    assert f"{tmp_path}/lenet5.svg" in said


def test_help_lists_every_target():
    targets = re.findall(
        r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    wanted = "help demo test check cover fmt golden readme gallery bench fuzz clean"
    assert set(targets) == set(wanted.split())
    assert [target for target in targets if f"make {target}" not in make("help")] == []


def test_ci_runs_the_whole_gate():
    """`.ci/run` calls `make test`, and that runs every tool of the gate."""
    assert "\nmake test\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = make("-n", "test")
    for tool in (
        "ruff check",
        "ruff format --check",
        "lint-imports",
        "deptry",
        "codespell",
        "mypy",
    ):
        assert tool in commands
    assert commands.count("pytest") == 2
