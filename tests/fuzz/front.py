"""One text through the whole front: read, parse, elaborate, shapes, analysis, every rendering."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from archspec.analysis import analyze, idle_allows
from archspec.errors import ArchError, Diagnostic, in_order
from archspec.graph import read_graphs
from archspec.rendering import diagnostics as renderers
from archspec.schema import Target
from archspec.schema.sources import decode

if TYPE_CHECKING:
    from pathlib import Path


def codes(data: bytes, path: Path | None = None) -> tuple[str, ...]:
    """The codes of what is found in the bytes of a spec; an exception here is a bug.

    Args:
        data: the file's content.
        path: where it pretends to lie, for its imports.
    """
    try:
        target = Target(decode(data, "fuzz.arch", path), None)
        reports = tuple(map(analyze, read_graphs(target)))
    except ArchError as error:
        found = list[Diagnostic](error.diagnostics)
    else:
        found = [*idle_allows(reports)]
        found += [item for report in reports for item in report.diagnostics]
    found = list(in_order(found))
    shown = (
        renderers.human(found),
        renderers.short(found),
        renderers.github(found),
        json.dumps(list(map(renderers.as_json, found))),
    )
    assert all(shown) or not found
    return tuple(item.code for item in found)
