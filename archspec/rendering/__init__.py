"""Pictures of networks and the text of diagnostics; the only owner of graphviz and rich.

Computes no number: a picture is a graph and its report, seen. Importing it imports neither
graphviz nor rich.
"""

from archspec.rendering.engine import (
    FORMATS,
    Drawing,
    EngineOptions,
    Format,
    draw,
    find_engine,
    render,
    write,
)
from archspec.rendering.picture import Picture, PictureOptions, build

__all__ = [
    "FORMATS",
    "Drawing",
    "EngineOptions",
    "Format",
    "Picture",
    "PictureOptions",
    "build",
    "draw",
    "find_engine",
    "render",
    "write",
]
