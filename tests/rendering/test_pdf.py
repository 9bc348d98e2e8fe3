from __future__ import annotations

import re
from base64 import a85decode
from pathlib import Path
from sysconfig import get_path
from typing import TYPE_CHECKING
from zlib import decompress

import pytest

from archspec.errors import ArchError
from archspec.rendering import EngineOptions, draw
from archspec.rendering.engine import FALLBACK

if TYPE_CHECKING:
    from collections.abc import Callable

    from archspec.rendering import Picture


@pytest.fixture(scope="module")
def pure():
    """The engine that everyone has, and that writes no PDF."""
    return EngineOptions(str(Path(get_path("scripts")) / FALLBACK))


def page(data: bytes):
    """What is drawn, uncompressed."""
    (stream,) = re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL)
    return decompress(a85decode(b"<~" + stream.strip(), adobe=True)).decode("latin-1")


def test_a_page_of_the_size_of_the_picture_with_its_words(lenet5: Picture, pure: EngineOptions):
    data = draw(lenet5, "pdf", pure).data
    assert data.startswith(b"%PDF-")
    assert data.rstrip().endswith(b"%%EOF")
    assert b"/MediaBox [ 0 0 1320 328 ]" in data
    said = page(data)
    for word in ("LeNet-5", "C3", "1,516 params", "16x10x10"):
        assert re.search(rf"\( *{word}", said)


def test_the_same_picture_gives_the_same_bytes(lenet5: Picture, pure: EngineOptions):
    assert draw(lenet5, "pdf", pure).data == draw(lenet5, "pdf", pure).data


def test_letters_without_a_font_are_an_error(
    draw_text: Callable[..., Picture], pure: EngineOptions
):
    with pytest.raises(ArchError, match="2 letters") as caught:
        draw(draw_text('  C1: conv(6, 5x5)  [name="한글"]'), "pdf", pure)
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.values["letters"]) == ("E004", "한글")
    assert "install Graphviz" in problem.help
