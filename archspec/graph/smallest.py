"""The smallest input of a network whose windows do not fit the one it declares."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archspec.graph.resolve import resolve

if TYPE_CHECKING:
    from archspec.graph.graph import Graph

LARGEST = 2048  # lines of an input that are tried
MOST_NODES = 20_000  # of a network that is resolved a dozen times


def with_smallest_input(graph: Graph, built: Graph) -> Graph:
    """The resolved `graph`, where E304 names the smallest square input that fits.

    Unchanged where there are other errors too, or no single square input.

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
    """By halving: what fits one size fits a larger one."""
    fits = LARGEST
    if too_small >= fits or not _fits(built, maps, fits):
        return None
    while fits - too_small > 1:
        middle = (fits + too_small) // 2
        if _fits(built, maps, middle):
            fits = middle
        else:
            too_small = middle
    return fits


def _fits(built: Graph, maps: int, size: int) -> bool:
    found = resolve(built, (maps, size, size)).diagnostics
    return all(each.code != "E304" for each in found)
