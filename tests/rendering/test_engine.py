"""The engine: found or not, well or not, and what is left on the disk."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from archspec.errors import ArchError
from archspec.rendering import EngineOptions, draw, engine, engine_version, find_engine, render
from archspec.rendering.dot import to_dot
from archspec.rendering.engine import FALLBACK, layout

if TYPE_CHECKING:
    from collections.abc import Callable

    from archspec.analysis import Report
    from archspec.rendering import Picture
    from archspec.rendering.engine import ImageFormat

    Fake = Callable[[str], EngineOptions]


PNG = b"\x89PNG\r\n\x1a\n"
GOOD = "<?xml version='1.0'?><svg></svg>"


@pytest.fixture
def fake(tmp_path: Path):
    """An engine that is a shell script."""

    def make(script: str, name: str = "fake-dot"):
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return EngineOptions(program=str(path), timeout=5)

    return make


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """A machine without any engine."""
    monkeypatch.delenv("ARCHSPEC_DOT", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path / name))
    return tmp_path


def program(path: Path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


# --- finding -------------------------------------------------------------------------------------


def test_engines_are_found_in_the_order_of_the_manual(bare: Path, monkeypatch: pytest.MonkeyPatch):
    scripts = program(bare / "scripts" / FALLBACK)
    assert find_engine() == scripts
    beside = program(bare / FALLBACK)
    assert find_engine() == beside
    dot = program(bare / "dot")
    assert find_engine() == dot
    wanted = program(bare / "mine" / "dot")
    monkeypatch.setenv("ARCHSPEC_DOT", str(wanted))
    assert find_engine() == wanted
    assert find_engine(str(scripts)) == scripts


def test_without_an_engine_the_error_names_both_ways_out(bare: Path):
    with pytest.raises(ArchError) as caught:
        find_engine()
    (problem,) = caught.value.diagnostics
    assert problem.code == "E003"
    assert problem.message == "no layout engine is installed"
    assert "install Graphviz" in problem.help
    assert f"pip install {FALLBACK}" in problem.help
    assert problem.notes == ("the formats `dot`, `mermaid` and `json` need no engine",)


def test_without_an_engine_dot_and_json_work(bare: Path, report: Report):
    assert render(report.graph, report, "dot").startswith(b"digraph LeNet5 {")
    assert render(report.graph, report, "json").startswith(b"{")
    assert render(report.graph, report, "mermaid").startswith(b"---")
    with pytest.raises(ArchError):
        render(report.graph, report, "svg")


@pytest.mark.parametrize("origin", ["--engine", "ARCHSPEC_DOT"])
def test_an_engine_that_was_asked_for_is_not_replaced(origin: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ARCHSPEC_DOT", "no-such-dot")
    with pytest.raises(ArchError) as caught:
        find_engine("no-such-dot" if origin == "--engine" else None)
    assert caught.value.diagnostics[0].code == "E003"
    assert f"`no-such-dot`, given by {origin}," in caught.value.diagnostics[0].message


# --- formats an engine lacks ----------------------------------------------------------------------


@pytest.mark.parametrize(("to", "head"), [("png", PNG), ("pdf", b"%PDF")])
def test_an_engine_without_a_format_is_asked_for_svg(fake: Fake, lenet5: Picture, to, head):
    """As a Graphviz that was built without cairo."""
    real = find_engine(FALLBACK)
    refusal = """echo 'Format: "x" not recognized. Use one of: dot svg' >&2; exit 1"""
    drawing = draw(lenet5, to, fake(f'case "$1" in -Tsvg) exec {real} -Tsvg;; *) {refusal};; esac'))
    assert drawing.data.startswith(head)


# --- running -------------------------------------------------------------------------------------


def failure(options: EngineOptions, to: ImageFormat = "svg"):
    with pytest.raises(ArchError) as caught:
        layout("digraph { a }", to, options)
    (problem,) = caught.value.diagnostics
    assert problem.code == "E004"
    return problem


def test_an_engine_that_fails_after_half_a_file(fake: Fake):
    problem = failure(fake(f'printf "{GOOD}"; echo "syntax error" >&2; exit 1'))
    assert problem.message == "`fake-dot` failed with exit code 1"
    assert problem.notes == ("syntax error",)


@pytest.mark.parametrize("output", ["", "<?xml version='1.0'?><svg>", "no picture</svg>"])
def test_an_engine_that_is_content_with_half_a_file(fake: Fake, output: str):
    assert failure(fake(f'printf "{output}"')).message == "`fake-dot` gave no whole SVG"


def test_a_cut_png_is_none(fake: Fake):
    half = "".join(f"\\{byte:03o}" for byte in PNG)
    assert failure(fake(f'printf "{half}"'), "png").message == "`fake-dot` gave no whole PNG"


def test_an_engine_that_only_complains(fake: Fake):
    problem = failure(fake('echo "cannot" >&2'))
    assert problem.notes == ("cannot",)


def test_an_engine_that_hangs_is_stopped_with_its_children(fake: Fake):
    options = EngineOptions(program=fake("echo thinking >&2; sleep 60 & wait").program, timeout=0.3)
    start = time.monotonic()
    problem = failure(options)
    assert time.monotonic() - start < 5
    assert problem.message == "`fake-dot` was stopped after 0.3 s"
    assert "`--detail stage`" in problem.help
    assert problem.notes == ("thinking",)


def test_a_program_that_is_no_program(tmp_path: Path):
    path = tmp_path / "text"
    path.write_text("neither shell nor binary")
    path.chmod(0o755)
    assert "cannot be run" in failure(EngineOptions(program=str(path))).message


def test_an_engine_that_ignores_what_it_is_given(fake: Fake):
    """It ends before it has read its input."""
    assert failure(fake("exec <&-; exit 3")).message == "`fake-dot` failed with exit code 3"


def test_what_an_engine_says_is_passed_on_except_for_what_we_know(fake: Fake):
    known = "Warning: no value for width of non-ASCII character 237. Falling back"
    script = f'cat >/dev/null; echo "{known}" >&2; echo "too large, scaling" >&2; printf "{GOOD}"'
    drawing = layout("digraph { a }", "svg", fake(script))
    assert drawing.data == GOOD.encode()
    assert drawing.notes == ("too large, scaling",)


def test_the_dot_text_reaches_the_engine_as_utf8(fake: Fake):
    script = f'grep -q "합성곱" && printf "{GOOD}"'
    assert layout('digraph { "합성곱" }', "svg", fake(script)).data == GOOD.encode()


@pytest.mark.parametrize(
    ("script", "version"),
    [
        ('echo "dot - graphviz version 14.0.1 (20251006.0113)" >&2', "graphviz 14.0.1"),
        ('echo "x - graphviz-pure version 0.2.2 (Rust port)"', "graphviz-pure 0.2.2"),
        ('echo "graphviz version 14.0.1"; exit 1', "unknown"),
        ("echo hello", "unknown"),
        ("sleep 60", "unknown"),
    ],
)
def test_engines_tell_their_version_as_they_like(
    fake: Fake, monkeypatch: pytest.MonkeyPatch, script: str, version: str
):
    monkeypatch.setattr(engine, "VERSION_SECONDS", 0.5)
    assert engine_version(Path(fake(script).program)) == version


def test_a_picture_says_who_laid_it_out(lenet5: Picture):
    assert draw(lenet5, "svg").engine == find_engine()
    assert draw(lenet5, "json").engine is None


# --- formats -------------------------------------------------------------------------------------


def test_dot_is_the_text_itself(lenet5: Picture):
    assert draw(lenet5, "dot").data.decode() == to_dot(lenet5)


def test_a_png_is_whole_and_as_large_as_asked(lenet5: Picture):
    def size(dpi: int):
        data = draw(lenet5, "png", EngineOptions(dpi=dpi)).data
        assert data.startswith(PNG)
        return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])

    small, large = size(72), size(144)
    assert draw(lenet5, "png").data[16:24] == b"".join(n.to_bytes(4) for n in large)
    assert large == pytest.approx([2 * side for side in small], abs=2)


# --- start-up ------------------------------------------------------------------------------------


def test_importing_the_package_imports_no_heavy_library():
    heavy = "{'rich', 'graphviz', 'torch', 'numpy', 'matplotlib', 'PIL'}"
    code = f"import sys, archspec.rendering; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
