"""What a user installs: the wheel holds the zoo and the digits, and works on its own."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from archspec.errors import CODES

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (file,) = folder.glob("*.whl")
    return file


def test_its_name_is_the_distribution_not_the_import(wheel):
    assert wheel.name.startswith("archspec_nn-")


def test_it_holds_what_is_not_python(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    specs = (ROOT / "specs").rglob("*.arch")
    shipped = {f"archspec/{path.relative_to(ROOT).as_posix()}" for path in specs}
    assert {"archspec/specs/lenet5.arch", "archspec/specs/history/perceptron.arch"} <= shipped
    assert shipped <= names
    pages = {f"archspec/rendering/codes/{code}.md" for code in CODES}
    assert pages <= names
    assert "archspec/rendering/schemas/analyze.json" in names
    data = "archspec/training/data"
    assert {f"{data}/mnist5k.npz", f"{data}/NOTICE.md", "archspec/syntax/arch.lark"} <= names


def test_it_works_away_from_the_repository(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    done = subprocess.run(
        [sys.executable, "-m", "archspec", "analyze", "lenet5"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "340,908" in done.stdout


def test_every_install_hint_names_the_distribution():
    """`pip install archspec` would install somebody else's library."""
    files = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("archspec/**/*.py")]
    wrong = [
        path.name
        for path in files
        for line in path.read_text(encoding="utf-8").splitlines()
        if "pip install archspec" in line.replace("pip install archspec-nn", "")
    ]
    assert len(files) > 80
    assert wrong == []
