"""The `train` section of a network, as its author wrote it where that still means the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archspec.syntax import ast, parse

if TYPE_CHECKING:
    from archspec.graph import Graph


def recipe_text(graph: Graph) -> tuple[str, ...]:
    """The lines of the section; nothing without one.

    The text of the spec, comments included. Where it uses `let` values, or stands in another
    file, it is written anew from what it means.
    """
    recipe = graph.spec.recipe
    if recipe is None:
        return ()
    file = parse(graph.spec.source)
    text = _written(file, graph.name)
    used = set(re.findall(r"\w+", text))
    if text and not used & _values(file):
        return ("", text)
    lines = (f"{key} = {value}" for key, value in recipe.written().items() if value != "none")
    return ("", "train {", *lines, "}")


def _written(file: ast.File, name: str) -> str:
    """The section of an arch or of the nearest of its bases that has one; "" if there is none."""
    archs = {item.name.name: item for item in file.definitions if isinstance(item, ast.Arch)}
    arch = archs.get(name)
    while arch is not None:
        for item in arch.body.items if arch.body else ():
            if isinstance(item, ast.Train):
                return item.span.text
        arch = archs.get(arch.base.function.name) if arch.base else None
    return ""


def _values(file: ast.File) -> set[str]:
    """The names of values that a section of this file may use."""
    names: set[str] = set()
    for item in file.definitions:
        if isinstance(item, ast.Let | ast.Table):
            names.add(item.name.name)
        elif isinstance(item, ast.Import):
            names |= {(entry.alias or entry.name).name for entry in item.names}
    return names
