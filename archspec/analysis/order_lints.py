"""Hints on numbers that stand in the order of other libraries: they are read as something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.errors import Diagnostic, Edit, Fix
from archspec.ops import written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archspec.errors import Diagnostics
    from archspec.graph import Graph, Node
    from archspec.source import Span

_LEAST_WIDTH = 6  # maps that a network is likely to ask for; wider than most kernels
_COLOURS = (1, 3, 4)  # maps of a picture: grey, colours, colours and opacity
_LEAST_SIDE = 8  # pixels of a picture


def order_lints(graph: Graph) -> Diagnostics:
    """W210 for calls that begin with what enters, W211 for inputs that end with their maps."""
    found: list[Diagnostic] = []
    if not graph.other_input:
        for node in graph.inputs:
            found += _maps_last(node)
    for node in graph.nodes.values():
        if node.op.name in ("conv", "conv_transpose"):
            found += _maps_first(graph, node)
        elif node.op.name == "bn":
            found += _maps_of_bn(node)
    return tuple(found)


def _maps_last(node: Node) -> Iterator[Diagnostic]:
    """W211: `224x224x3` is 224 maps of 224x3."""
    shape = node.output or ()
    if len(shape) != 3 or shape[0] != shape[1] or shape[2] not in _COLOURS:
        return
    if shape[0] < _LEAST_SIDE or not node.span.text.rstrip().endswith(written(shape)):
        return
    turned = written((shape[2], *shape[:2]))
    start = node.span.start + node.span.text.rindex(written(shape))
    place = type(node.span)(node.span.source, start, start + len(written(shape)))
    yield Diagnostic(
        "W211",
        f"{written(shape)} is read as {shape[0]} maps of {written(shape[1:])}: maps come first",
        place,
        help=f"write `{turned}` for a picture",
        fix=Fix((Edit(place, turned),), safe=False),
        path=node.path,
    )


def _maps_first(graph: Graph, node: Node) -> Iterator[Diagnostic]:
    """W210: `conv(3, 16, 3)` behind 3 maps makes 3 maps with a 16x16 kernel and stride 3.

    Kernels are mostly odd and seldom as wide as numbers of maps, which are mostly even.
    """
    numbers = [_number(node, name) for name in ("c", "k", "stride")]
    shape = graph[node.inputs[0]].output or ()
    first, second, third = numbers
    if not (first and second and third) or shape[:1] != (first,):
        return
    if second < _LEAST_WIDTH or second % 2 or not third % 2 or third >= second:
        return
    places = node.spec.arguments
    unwanted = type(node.span)(node.span.source, places["c"].start, places["k"].start)
    yield Diagnostic(
        "W210",
        f"`{node.op.name}` makes {first} maps with a {second}x{second} kernel and stride {third}: "
        f"the maps that enter are known, and are no argument",
        places["c"].to(places["stride"]),
        chain=node.spec.chain,
        help=f"write `{node.op.name}({second}, {third}x{third})` for {second} maps",
        fix=Fix((Edit(unwanted, ""),), safe=False),
        path=node.path,
    )


def _maps_of_bn(node: Node) -> Iterator[Diagnostic]:
    """W210: `bn(64)` adds 64 to every variance."""
    maps = _number(node, "eps")
    if maps:
        place = node.spec.arguments["eps"]
        yield Diagnostic(
            "W210",
            f"`bn` adds {maps} to the variances: the maps that enter are known, and are no "
            "argument",
            place,
            chain=node.spec.chain,
            help="write `bn`",
            path=node.path,
        )


def _number(node: Node, name: str) -> int:
    """An argument given as a mere number in its place; 0 without one."""
    place: Span | None = node.spec.arguments.get(name)
    return int(place.text) if place is not None and place.text.isdecimal() else 0
