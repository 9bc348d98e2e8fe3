"""Pictures of networks and the text of reports and diagnostics; owner of graphviz and rich.

Computes no number: a picture is a graph and its report, seen. Importing it imports neither
graphviz nor rich, and each of its names only when it is first used: a table needs no picture.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archspec.rendering.drawing import build
    from archspec.rendering.engine import (
        FORMATS,
        Drawing,
        EngineOptions,
        Format,
        draw,
        engine_version,
        find_engine,
        render,
    )
    from archspec.rendering.picture import Picture, PictureOptions

_HOME = {
    **dict.fromkeys(
        (
            "FORMATS",
            "Drawing",
            "EngineOptions",
            "Format",
            "draw",
            "engine_version",
            "find_engine",
            "render",
        ),
        "engine",
    ),
    **dict.fromkeys(("Picture", "PictureOptions"), "picture"),
    "build": "drawing",
}

__all__ = [
    "FORMATS",
    "Drawing",
    "EngineOptions",
    "Format",
    "Picture",
    "PictureOptions",
    "build",
    "draw",
    "engine_version",
    "find_engine",
    "render",
]


def __getattr__(name: str) -> object:
    """A public name, from the module it lives in (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    return value
