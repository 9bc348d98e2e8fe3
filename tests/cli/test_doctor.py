"""`archspec doctor`: it looks at what it says it looks at."""

from __future__ import annotations

import json
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from archspec.cli import doctor
from tests.cli.test_commands import archspec

ROOT = Path(__file__).resolve().parents[2]


def findings(**env: str) -> dict[str, dict[str, object]]:
    answer = json.loads(archspec("doctor", "--json", env=env).stdout)
    return {finding["what"]: finding for finding in answer["data"]["findings"]}


def test_it_looks_for_every_declared_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [line.partition(">")[0].partition("~")[0] for line in project["dependencies"]]
    looked_at = doctor._packages()
    assert [finding.what for finding in looked_at] == names
    assert {"lark", "rich-click", "graphviz-pure"} <= set(names)
    assert [finding.what for finding in looked_at if not finding.ok] == []


def test_installed_it_asks_its_own_distribution(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "__file__", str(tmp_path / "archspec" / "cli" / "doctor.py"))
    monkeypatch.setattr(metadata, "requires", lambda name: [f"{name}-part>=1,<2", "no-such-part"])
    part, missing = doctor._packages()
    assert (part.what, part.ok) == ("archspec-nn-part", False)
    assert (missing.what, missing.found, missing.ok) == ("no-such-part", "not installed", False)


def test_without_a_distribution_it_says_so(tmp_path, monkeypatch):
    def refuse(name: str) -> list[str]:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(doctor, "__file__", str(tmp_path / "archspec" / "cli" / "doctor.py"))
    monkeypatch.setattr(metadata, "requires", refuse)
    (only,) = doctor._packages()
    assert (only.ok, only.advice) == (False, "pip install archspec-nn")


def test_a_cache_that_can_be_written(tmp_path):
    folder = tmp_path / "new" / "cache"
    found = findings(ARCHSPEC_CACHE_DIR=str(folder))["grammar cache"]
    assert (found["ok"], found["found"]) == (True, str(folder))
    assert [path.name for path in folder.iterdir() if not path.name.startswith("grammar-")] == []


@pytest.mark.parametrize("below", ["", "/deeper"])
def test_a_cache_that_cannot(tmp_path, below):
    (tmp_path / "file").write_text("")
    folder = f"{tmp_path / 'file'}{below}"
    done = archspec("doctor", env={"ARCHSPEC_CACHE_DIR": folder})
    assert done.returncode == 3
    assert f"{folder} cannot be written" in done.stdout.decode()
    assert "ARCHSPEC_CACHE_DIR" in done.stdout.decode()
    assert b"Traceback" not in done.stderr


def test_it_names_the_engine_and_its_version(tmp_path):
    engine = tmp_path / "dot"
    engine.write_text('#!/bin/sh\necho "dot - graphviz version 14.0.1 (20251006)" >&2\n')
    engine.chmod(0o755)
    found = findings(ARCHSPEC_DOT=str(engine))["layout engine"]
    assert (found["ok"], found["found"]) == (True, f"{engine}, graphviz 14.0.1")
    assert not findings(ARCHSPEC_DOT="no-such-engine")["layout engine"]["ok"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_line_for_completion_is_that_of_the_shell(shell, monkeypatch):
    monkeypatch.setenv("SHELL", f"/bin/{shell}")
    line = doctor._completion().found
    assert f"_ARCHSPEC_COMPLETE={shell}_source archspec" in line
    done = archspec(env={"_ARCHSPEC_COMPLETE": f"{shell}_source"})
    assert done.returncode == 0
    assert b"_archspec_completion" in done.stdout


def test_another_shell_has_no_line(monkeypatch):
    monkeypatch.setenv("SHELL", "")
    assert doctor._completion().found == "for bash, zsh and fish"
