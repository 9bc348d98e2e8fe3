"""The oracle: the graph run node by node with the module's own parts.

It shares no line with the `forward` that `emit` writes, so that equal results prove wiring and
names. Training and evaluation never use it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.ops import Input, Linear, Rbf

if TYPE_CHECKING:
    from torch import Tensor, nn

    from archspec.graph import Graph


def interpret(graph: Graph, module: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """What every node gives, by path in the order of the data.

    >>> import archspec, torch
    >>> graph = archspec.load("zoo:lenet5")
    >>> interpret(graph, archspec.compile(graph), torch.zeros(1, 1, 32, 32))["S2.squash"].shape
    torch.Size([1, 6, 14, 14])

    Args:
        graph: the network that `module` was compiled from.
        module: its compiled form, in training or evaluation mode.
        x: a batch, (N, maps, height, width) or (N, units).
    """
    values: dict[str, Tensor] = {}
    for path, node in graph.nodes.items():
        if isinstance(node.op, Input):
            values[path] = x
            continue
        (value,) = (values[source] for source in node.inputs)
        if isinstance(node.op, Linear | Rbf):
            value = value.flatten(1)
        # An in-place activation may write into its input, and that value is kept.
        values[path] = module.get_submodule(path)(value.clone() if node.op.in_place else value)
    return values
