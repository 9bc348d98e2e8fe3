"""Spec text to a tree of what was written.

Absent on purpose: operator names, values of expressions, files and imports - a tree says
what stands where, and what it means is told by the packages above.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from archspec.syntax import ast, walk
from archspec.syntax.parser import parse

if TYPE_CHECKING:
    from archspec.syntax.format import format_source
    from archspec.syntax.grammar import cache_folder

# Where the names live that few of the verbs ask for.
_LATE = {"cache_folder": "grammar", "format_source": "format"}

__all__ = ["ast", "cache_folder", "format_source", "parse", "walk"]


def __getattr__(name: str) -> object:
    """Import a late name (PEP 562)."""
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_LATE[name]}"), name)
    return value
