"""`archspec diff` as a user types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ONE = "arch A(n=2) {\n  input 1x8x8\n  c: conv(n, 3)\n}\n"


def archspec(*arguments: str, folder: Path, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "archspec", *arguments],
        input=text,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two specs that differ in a kernel, one that moved, and a broken one."""
    (tmp_path / "one.arch").write_text(ONE)
    (tmp_path / "two.arch").write_text(ONE.replace("n, 3", "n, 5"))
    (tmp_path / "moved.arch").write_text(ONE.replace("c:", "d:"))
    (tmp_path / "broken.arch").write_text(ONE.replace("conv", "cnov"))
    wrong = ONE.replace("}", "  expect { params == 21 from derived }\n}")
    (tmp_path / "wrong.arch").write_text(wrong)
    return tmp_path


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("one.arch one.arch", 0),
        ("one.arch two.arch", 0),
        ("one.arch one.arch --exit-code", 0),
        ("one.arch two.arch --exit-code", 1),
        ("one.arch moved.arch --exit-code", 1),
        ("one.arch wrong.arch", 0),
        ("one.arch broken.arch", 1),
        ("one.arch missing.arch", 3),
        ("broken.arch missing.arch", 3),
        ("one.arch", 2),
        ("- -", 2),
        ("one.arch two.arch --detail layer", 2),
        ("one.arch two.arch --set n", 2),
    ],
)
def test_exit_code(folder: Path, line: str, code: int):
    done = archspec("diff", *line.split(), folder=folder)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert "\x1b[" not in done.stdout + done.stderr, "colour in a pipe"


def test_what_people_read(folder: Path):
    done = archspec("diff", "one.arch", "two.arch", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert [" ".join(line.split()) for line in done.stdout.splitlines()[:4]] == [
        "A (one.arch) -> A (two.arch)",
        "c conv k 3 -> 5",
        "params 20 -> 52 (+160.0%)",
        "MACs 648 -> 800 (+23.5%)",
    ]


def test_options_are_for_both(folder: Path):
    done = archspec(
        *"diff one.arch two.arch --set n=4 --input 1x9x9 --detail op".split(), folder=folder
    )
    assert " c  conv k 3 -> 5; output 4x7x7 -> 4x5x5" in done.stdout


def test_standard_input_may_be_one_of_them(folder: Path):
    done = archspec("diff", "-", "one.arch", folder=folder, text=ONE)
    assert done.stdout.splitlines() == ["A (<stdin>) -> A (one.arch)", " no difference"]


def test_colour_where_asked(folder: Path):
    done = archspec("diff", "lenet5", "lenet5_modern", "--color", "always", folder=folder)
    assert "\x1b[31m" in done.stdout


def test_json_and_markdown(folder: Path):
    answer = json.loads(archspec("diff", "one.arch", "two.arch", "--json", folder=folder).stdout)
    keys = "schema tool command targets status exit_code diagnostics data"
    assert " ".join(answer) == keys
    assert answer["schema"] == "archspec.diff/1"
    assert [item["file"] for item in answer["targets"]] == ["one.arch", "two.arch"]
    assert answer["data"]["totals"]["params"] == {"unit": "params", "old": 20, "new": 52}
    broken = archspec("diff", "one.arch", "broken.arch", "--json", folder=folder)
    assert json.loads(broken.stdout)["diagnostics"][0]["code"] == "E201"
    md = archspec("diff", "one.arch", "two.arch", "--format", "md", folder=folder).stdout
    assert md.startswith("## A (one.arch) -> A (two.arch)\n\n| where | change | same in |\n")


def test_no_heavy_import(folder: Path):
    code = (
        "import sys\nfrom archspec.cli.main import _run\n_run(['diff', 'one.arch', 'two.arch'])\n"
        "assert not {'torch', 'numpy', 'torchvision'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
