"""Korean in a PNG: with a font on the machine, without one, and with an installed Graphviz."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from sysconfig import get_path
from typing import TYPE_CHECKING

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from archspec.rendering import EngineOptions, draw, engine, png
from archspec.rendering.engine import FALLBACK, layout

if TYPE_CHECKING:
    from collections.abc import Callable

    from archspec.rendering import Picture

PURE = str(Path(get_path("scripts")) / FALLBACK)
NET = """arch Net "a net" {
  input image: 1x32x32
  C1: conv(6, 5x5)   [name="합성곱"]
  out: linear(10)
}
"""
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="fonts are put into ~/.fonts")


def bar(width: int):
    """A glyph: one black bar, or nothing."""
    pen = TTGlyphPen(None)
    if width:
        pen.moveTo((50, 0))
        for corner in ((50, 700), (width - 50, 700), (width - 50, 0)):
            pen.lineTo(corner)
        pen.closePath()
    return pen.glyph()


def font(file: Path, hangul: str):
    """A font of bars for ASCII and some Hangul, under a name that many machines know."""
    widths = {".notdef": 0, "narrow": 500, "wide": 1000}
    ascii_ = dict.fromkeys(range(33, 127), "narrow")
    name = {"familyName": "NanumGothic", "styleName": "Regular", "psName": "NanumGothic"}
    made = FontBuilder(1000, isTTF=True)
    made.setupGlyphOrder([*widths])
    made.setupCharacterMap({**ascii_, 32: ".notdef", **{ord(x): "wide" for x in hangul}})
    made.setupGlyf({glyph: bar(width) for glyph, width in widths.items()})
    made.setupHorizontalMetrics({glyph: (width, 0) for glyph, width in widths.items()})
    made.setupHorizontalHeader(ascent=800, descent=-200)
    made.setupNameTable(name)
    made.setupOS2()
    made.setupPost()
    file.parent.mkdir()
    made.save(file)


def without_korean(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(png, "FAMILIES", ("No Such Font",))


def size(data: bytes):
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    return [int.from_bytes(data[16:20]), int.from_bytes(data[20:24])]


def rendered(home: Path, text: str = NET):
    """The PNG that the command writes for a user with this home, and the codes it tells."""
    (home / "net.arch").write_text(text)
    command = [sys.executable, "-m", "archspec", "render", "net.arch", "-o", "net.png", "--json"]
    place = {"HOME": str(home), "XDG_DATA_HOME": str(home), "ARCHSPEC_DOT": PURE}
    path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        command, cwd=home, env={**os.environ, **place, **path}, capture_output=True, check=True
    )
    found = json.loads(done.stdout)["diagnostics"]
    return (home / "net.png").read_bytes(), [(d["code"], d["values"]) for d in found]


@on_linux
def test_a_font_of_the_machine_writes_korean(tmp_path: Path):
    font(tmp_path / ".fonts" / "bars.ttf", "합성곱")
    data, told = rendered(tmp_path)
    assert told == []
    latin, _ = rendered(tmp_path, NET.replace("합성곱", "x" * 6))
    assert size(data)[1] > size(latin)[1]  # the title has a line of its own
    assert data != layout_png(NET, tmp_path)


def layout_png(text: str, folder: Path):
    """What the engine makes of it by itself."""
    (folder / "net.arch").write_text(text)
    command = [sys.executable, "-m", "archspec", "render", "net.arch", "--to", "dot", "-o", "-"]
    dot = subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout
    return layout(dot.decode(), "png", EngineOptions(PURE)).data


@on_linux
def test_letters_that_no_font_has_are_told(tmp_path: Path):
    font(tmp_path / ".fonts" / "bars.ttf", "합성곱")
    rare = "\U0003134f"  # an ideograph that came with Unicode 15
    data, told = rendered(tmp_path, NET.replace("합성곱", f"합{rare}"))
    assert told in ([], [("W701", {"letters": rare})])  # a machine may have it
    assert size(data)


def test_without_a_font_the_engine_draws_and_a_warning_tells(
    draw_text: Callable[..., Picture], monkeypatch: pytest.MonkeyPatch
):
    without_korean(monkeypatch)
    picture = draw_text('  C1: conv(6, 5x5)  [name="합성곱"]')
    drawing = draw(picture, "png", EngineOptions(PURE))
    (problem,) = drawing.warnings
    assert (problem.code, problem.values) == ("W701", {"letters": "합성곱"})
    assert "write SVG" in problem.help
    assert (
        drawing.data == layout(draw(picture, "dot").data.decode(), "png", EngineOptions(PURE)).data
    )
    assert draw(picture, "svg", EngineOptions(PURE)).warnings == ()


def test_an_installed_graphviz_writes_korean_itself(
    draw_text: Callable[..., Picture], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    dot, whole = tmp_path / "dot", b"\x89PNG\r\n\x1a\nIEND\xaeB`\x82"
    octal = "".join(f"\\{byte:03o}" for byte in whole)
    page = '<svg width="90pt" height="40pt" xmlns="http://www.w3.org/2000/svg"></svg>'
    answers = f"case $* in *svg*) printf '{page}' ;; *) printf '{octal}' ;; esac"
    dot.write_text(f"#!/bin/sh\ncat >/dev/null\n{answers}\n")
    dot.chmod(0o755)
    monkeypatch.setattr(engine, "_foreign_png", None)
    drawing = draw(draw_text('  C1: conv(6, 5x5)  [name="합성곱"]'), "png", EngineOptions(str(dot)))
    assert (drawing.data, drawing.warnings) == (whole, ())


def test_letters_that_are_only_in_a_name_need_no_font(
    draw_text: Callable[..., Picture], monkeypatch: pytest.MonkeyPatch
):
    """Tooltips and ids are in the DOT text too."""
    without_korean(monkeypatch)
    picture = draw_text('  합성곱: conv(6, 5x5)  [name="C1"]')
    assert "합성곱" in draw(picture, "dot").data.decode()
    assert draw(picture, "png", EngineOptions(PURE)).warnings == ()
    assert draw(picture, "pdf", EngineOptions(PURE)).data.startswith(b"%PDF")


@pytest.mark.parametrize("dpi", [72, 100, 144, 300])
def test_the_size_is_that_of_the_engine(lenet5: Picture, dpi: int):
    svg = layout(draw(lenet5, "dot").data.decode(), "svg", EngineOptions(PURE)).data
    own = draw(lenet5, "png", EngineOptions(PURE, dpi=dpi)).data
    # The engine rounds the size of an SVG to whole points.
    assert size(png.to_png(svg, dpi)) == pytest.approx(size(own), abs=dpi / 72)


def test_latin_letters_are_left_to_the_engine(lenet5: Picture, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engine, "_foreign_png", None)
    assert draw(lenet5, "png", EngineOptions(PURE)).warnings == ()
