"""From a graph to the modules of its class: who is nested in whom, under which names.

Names are spec paths: `C1.conv` is the module `conv` in the chain `C1`. No text, no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from archspec.compiler import prelude
from archspec.compiler.builders import Module, Place, build
from archspec.compiler.expression import Call, Value
from archspec.errors import ArchError, Diagnostic, has_errors
from archspec.ops import Conv, Input, Linear, Rbf, Relu, Shape, Subsample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archspec.graph.graph import Graph, Node

_FLATTENING = (Linear, Rbf)  # take a map as one vector
# Their backward does not need their own output, so a ReLU may write over it.
_OVERWRITABLE = (Conv, Linear, Subsample)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A node with its module."""

    node: Node
    module: Module
    flattens: bool
    output: Shape

    @property
    def path(self) -> str:
        """The node's path."""
        return self.node.path


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of the class: a module, or a chain of modules under its name."""

    name: str
    leaves: tuple[Leaf, ...]
    value: Value

    @property
    def flattens(self) -> bool:
        """Whether the vector its first module takes is still a map."""
        return self.leaves[0].flattens


def attributes(graph: Graph) -> tuple[Attribute, ...]:
    """The modules of a network in the order of its spec.

    Raises:
        ArchError: the graph's own errors; E701 for what has no emitter.
    """
    if has_errors(graph.diagnostics):
        raise ArchError(graph.diagnostics)
    leaves = [_leaf(graph, node) for node in _chain(graph)]
    groups = groupby(leaves, key=lambda leaf: leaf.path.partition(".")[0])
    return tuple(_attribute(name, tuple(members)) for name, members in groups)


def _chain(graph: Graph) -> tuple[Node, ...]:
    """The nodes behind the input. Raises ArchError (E701) if they are no chain."""
    for before, node in pairwise(graph.nodes.values()):
        if node.inputs != (before.path,):
            message = f"`{node.path}` does not follow `{before.path}`: only chains compile so far"
            raise ArchError([Diagnostic("E701", message, node.span, path=node.path)])
    return tuple(node for node in graph.nodes.values() if not isinstance(node.op, Input))


def _leaf(graph: Graph, node: Node) -> Leaf:
    assert node.io is not None, "a graph without errors knows its shapes"
    producer = graph[node.inputs[0]]
    # In a chain nothing else reads what the producer gave.
    overwrite = isinstance(node.op, Relu) and isinstance(producer.op, _OVERWRITABLE)
    flattens = isinstance(node.op, _FLATTENING) and len(node.io.x) > 1
    module = build(node.op, Place(node, node.io, overwrite))
    return Leaf(node, module, flattens, node.io.output)


def _attribute(name: str, leaves: tuple[Leaf, ...]) -> Attribute:
    if leaves[0].path == name:
        return Attribute(name, leaves, leaves[0].module.call)
    return Attribute(name, leaves, _nested(leaves, depth=1, at_start=True))


def _nested(leaves: Sequence[Leaf], depth: int, *, at_start: bool) -> Call:
    """`chain(conv=..., squash=...)`; the paths of `leaves` agree in `depth` segments.

    A map is flattened in `forward` where an attribute starts, elsewhere by a module in the chain.
    """

    def segment(leaf: Leaf) -> str:
        return leaf.path.split(".")[depth]

    keys = {segment(leaf) for leaf in leaves}
    links: list[tuple[str, Value]] = []
    for key, group in groupby(leaves, key=segment):
        members = tuple(group)
        if not at_start and members[0].flattens:
            links.append((_free("flatten", keys), Call("nn.Flatten")))
        first_is_module = members[0].path.count(".") == depth
        links.append(
            (
                key,
                members[0].module.call
                if first_is_module
                else _nested(members, depth + 1, at_start=True),
            )
        )
        at_start = False
    return Call(prelude.CHAIN, (), tuple(links))


def _free(name: str, taken: set[str]) -> str:
    """`name`, or `name_2` and so on if it is taken; the result is taken afterwards."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    taken.add(free)
    return free
