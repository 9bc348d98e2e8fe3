"""The oracle: the graph run node by node with the module's own parts.

It shares no line with the `forward` that `emit` writes, so that equal results prove wiring and
names. Training and evaluation never use it.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import torch  # this module is imported when a network is to be run, not before
from torch import Tensor, nn  # as above

from archspec.compiler.sharing import same_module
from archspec.compiler.tree import needed, owner_of, results
from archspec.ops import Add, Concat, Conv, Input, Linear, Mul, Op, Rbf, Slice, Sub

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from archspec.graph import Graph, Node

_ARITHMETIC: Mapping[type[Op], Callable[[Tensor, Tensor], Tensor]] = {
    Add: torch.add,
    Sub: torch.sub,
    Mul: torch.mul,
}


def interpret(graph: Graph, module: nn.Module, *inputs: Tensor) -> dict[str, Tensor]:
    """What every node gives that an output or a head rests on, in the order of the data.

    >>> import archspec, torch
    >>> graph = archspec.load("zoo:lenet5")
    >>> interpret(graph, archspec.compile(graph), torch.zeros(1, 1, 32, 32))["S2.squash"].shape
    torch.Size([1, 6, 14, 14])

    Args:
        graph: the network that `module` was compiled from.
        module: its compiled form, in training or evaluation mode.
        inputs: a batch for each input, (N, maps, height, width) or (N, units).
    """
    values = dict(zip((node.path for node in graph.inputs), inputs, strict=True))
    wanted = needed(graph, results(graph, training=True))
    for path, node in graph.nodes.items():
        if path in wanted and not isinstance(node.op, Input):
            values[path] = _output(graph, module, node, [values[name] for name in node.inputs])
    return values


def _output(graph: Graph, module: nn.Module, node: Node, inputs: Sequence[Tensor]) -> Tensor:
    op, value = node.op, inputs[0]
    if type(op) in _ARITHMETIC:
        return reduce(_ARITHMETIC[type(op)], inputs)
    if isinstance(op, Concat):
        return torch.cat(list(inputs), dim=1)
    if isinstance(op, Slice):
        assert node.io is not None, "a graph without errors knows its shapes"
        return value.narrow(1, op.a, node.io.output[0])
    if isinstance(op, Linear | Rbf):
        value = value.flatten(1)
    owner = graph[owner_of(graph, node) or node.path]
    part = module.get_submodule(owner.path)
    if not same_module(node, owner):
        return _functional(node, part, value)
    # An in-place activation may write into its input, and that value is kept.
    result: Tensor = part(value.clone() if op.in_place else value)
    return result


def _functional(node: Node, owner: nn.Module, value: Tensor) -> Tensor:
    """A convolution or matrix with the weights of a module that does it otherwise."""
    weight, op = owner.get_parameter("weight"), node.op
    bias = owner.get_parameter("bias") if getattr(op, "bias", False) else None
    if not isinstance(op, Conv):
        return nn.functional.linear(value, weight, bias)
    assert node.io is not None, "a graph without errors knows its shapes"
    top, _, left, _ = op.window(node.io.x).pad
    return nn.functional.conv2d(value, weight, bias, op.stride, (top, left), op.dilation, op.groups)
