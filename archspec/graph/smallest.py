"""The smallest input of a network whose windows do not fit the one it declares."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archspec.graph.resolve import resolve

if TYPE_CHECKING:
    from archspec.graph.graph import Graph

LARGEST = 2048  # lines of an input that are tried
MOST_NODES = 20_000  # of a network that is resolved a dozen times
MOST_STEPS = 64  # from where all windows fit to where merges do too


def with_smallest_input(graph: Graph, built: Graph) -> Graph:
    """The resolved `graph`, where E304 names the smallest square input it builds at.

    Heads are part of the network here, as in what `analyze` says of the input. Unchanged where
    there are other errors too, or no single square input.

    Args:
        graph: as resolved.
        built: the same before that.
    """
    errors = [found for found in graph.diagnostics if found.severity == "error"]
    shape = graph.input.output if len(graph.inputs) == 1 else None
    if not errors or any(found.code != "E304" for found in errors) or len(built.nodes) > MOST_NODES:
        return graph
    if shape is None or len(shape) < 3 or shape[1] != shape[2]:
        return graph
    smallest = _smallest(built, shape[0], shape[1])
    if smallest is None:
        return graph
    note = f"the smallest input of this network is {smallest}x{smallest}"
    noted = (
        replace(found, notes=(*found.notes, note)) if found.code == "E304" else found
        for found in graph.diagnostics
    )
    return replace(graph, diagnostics=tuple(noted))


def _smallest(built: Graph, maps: int, too_small: int) -> int | None:
    """By halving: windows that fit one size fit a larger one. Merges may need a few pixels more."""
    fits = LARGEST
    if too_small >= fits or not _fits(built, maps, fits):
        return None
    while fits - too_small > 1:
        middle = (fits + too_small) // 2
        if _fits(built, maps, middle):
            fits = middle
        else:
            too_small = middle
    sizes = range(fits, fits + MOST_STEPS)
    return next((size for size in sizes if not _errors(built, maps, size)), None)


def _fits(built: Graph, maps: int, size: int) -> bool:
    return "E304" not in _errors(built, maps, size)


def _errors(built: Graph, maps: int, size: int) -> set[str]:
    found = resolve(built, (maps, size, size)).diagnostics
    return {each.code for each in found if each.severity == "error"}
