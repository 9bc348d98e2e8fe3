"""Hints on merges: what their lanes see of the input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.analysis.axis import pair_text
from archspec.analysis.receptive import differing, lanes
from archspec.errors import Diagnostic, Label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archspec.analysis.receptive import ReceptiveField
    from archspec.graph import Graph, Node


def lane_lints(graph: Graph, fields: Mapping[str, ReceptiveField]) -> Iterator[Diagnostic]:
    """W504: neighbours in one lane lie further apart in the input than those in another one.

    Maps of one size then show different parts of the input at the same place. Not where the field
    of a lane is unknown already, nor for vectors, whose units have no place.
    """
    if len({entry.output[1:] for entry in graph.inputs if entry.output}) > 1:
        return  # pixels of inputs of other sizes are not comparable
    for node in graph.nodes.values():
        if not fields[node.path].reason or len(node.inputs) < 2 or not _makes_map(node):
            continue
        sources = lanes(node, fields)
        jumps = {source: jump for source in sources if (jump := fields[source].jump)}
        if len(jumps) == len(sources) and len(set(jumps.values())) > 1:
            first, other = differing(jumps)
            told = [f"`{path}` {pair_text(*jumps[path])}" for path in (first, other)]
            yield Diagnostic(
                "W504",
                f"the lanes of `{node.path}` have different jumps: {', '.join(told)}",
                node.span,
                text="the receptive field is unknown from here on",
                labels=tuple(
                    Label(_maker(graph, path, fields).span, _far(fields[path]))
                    for path in (first, other)
                ),
                chain=node.spec.chain,
                help="give the lanes the same strides in all",
                path=node.path,
                values={"jumps": [pair_text(*jumps[path]) for path in (first, other)]},
            )


def _makes_map(node: Node) -> bool:
    return node.io is not None and len(node.io.output) == 3


def _far(field: ReceptiveField) -> str:
    """`neighbours are 2 pixels of the input apart`."""
    assert field.jump is not None, "the caller asks for boxes"
    pixels = pair_text(*field.jump)
    return f"neighbours are {pixels} pixel{'s' * (pixels != '1')} of the input apart"


def _maker(graph: Graph, path: str, fields: Mapping[str, ReceptiveField]) -> Node:
    """The node of a lane that gave it its jump; its last one if the lane does not change it."""
    node = last = graph[path]
    while len(node.inputs) == 1 and fields[node.inputs[0]].jump == fields[path].jump:
        node = graph[node.inputs[0]]
        if len(graph.readers(node.path)) > 1 or not node.inputs:
            return last
    return node
