"""Generated code against two oracles: the interpreter (wiring), numpy loops (arithmetic)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from compiler_nets import MODERN, chains, lenet5, net
from hypothesis import given, settings
from numpy_oracle import compute

from archspec.compiler import compile_graph, interpret
from archspec.graph import load
from archspec.ops import Dropout, Input

if TYPE_CHECKING:
    from torch import Tensor, nn

    from archspec.graph import Graph, Node

pytestmark = pytest.mark.torch


def assert_same_as_interpreter(graph: Graph, *, train: bool) -> None:
    """Bit-equal outputs, and at every node the shape of the graph."""
    import torch

    module = compile_graph(graph, seed=0).train(train)
    x = torch.randn(3, *graph.input.io.output, generator=torch.Generator().manual_seed(1))
    kept = x.clone()
    torch.manual_seed(2)
    values = interpret(graph, module, x)
    torch.manual_seed(2)
    given_out = module(x)
    assert torch.equal(given_out, values[graph.output.path])
    assert {path: tuple(value.shape[1:]) for path, value in values.items()} == {
        path: node.io.output for path, node in graph.nodes.items()
    }
    assert torch.equal(x, kept)  # nothing writes into the input


def assert_same_as_numpy(graph: Graph) -> None:
    """Every node within 1e-10 of the loops, in float64."""
    import torch

    module = compile_graph(graph, seed=0).double().eval()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)  # zero biases would hide
        x = torch.randn(1, *graph.input.io.output, dtype=torch.float64)
        values = interpret(graph, module, x)
    for path, node in graph.nodes.items():
        if isinstance(node.op, Input | Dropout):
            continue
        part = module.get_submodule(path)
        weights = {name: item.detach().numpy() for name, item in part.named_parameters()}
        if "codes" in weights:
            weights = {}
            part.codes.data = part.codes.data.sign()
        before = values[node.inputs[0]]
        with torch.no_grad():
            after = interpret_one(part, node, before)
        expected = compute(node.op, before[0].numpy(), node.io, weights)
        np.testing.assert_allclose(after[0].numpy(), expected, rtol=1e-10, atol=1e-10)


def interpret_one(part: nn.Module, node: Node, x: Tensor):
    """One module on its own; a vector layer gets its map flattened."""
    takes_vector = node.op.name in ("linear", "rbf")
    return part((x.flatten(1) if takes_vector else x).clone())


@settings(max_examples=50, deadline=None)
@given(chains())
def test_random_chains_run_as_the_interpreter_does(graph: Graph):
    assert_same_as_interpreter(graph, train=False)
    assert_same_as_interpreter(graph, train=True)


@settings(max_examples=50, deadline=None)
@given(chains())
def test_random_chains_compute_what_numpy_loops_do(graph: Graph):
    assert_same_as_numpy(graph)


@pytest.mark.parametrize("train", [False, True])
def test_both_lenets_run_as_the_interpreter_does(train: bool):
    assert_same_as_interpreter(lenet5(), train=train)
    assert_same_as_interpreter(load(MODERN), train=train)


def test_lenet5_computes_what_numpy_loops_do():
    assert_same_as_numpy(lenet5())


@pytest.mark.parametrize(
    "statement",
    [
        "conv(3, 3, pad=same, stride=2)",
        "conv(3, 2x3, pad=[1, 0, 2, 1], dilation=2x1)",
        "conv(4, 3, groups=2, stride=1x2)",
        "conv(3, 2, table=t, pad=[0, 1, 1, 0], stride=2)",
        "conv(3, 3, table=t, dilation=2, bias=false)",
        "subsample(3, stride=2)",
        "subsample(2x3)",
        "maxpool(3, stride=2, pad=same)",
        "maxpool(3, stride=2, pad=[1, 0, 0, 1], ceil=true)",
        "maxpool(2, stride=2, pad=1, ceil=true)",
        "avgpool(3, stride=2, pad=1)",
        "avgpool(3, stride=2, pad=1, count_pad=true)",
        "avgpool(3, stride=2, pad=1, ceil=true)",
        "avgpool(3, stride=2, pad=1, ceil=true, count_pad=true)",
        "avgpool(3, stride=2, ceil=true)",
        "avgpool(2, stride=1, pad=same)",
        "avgpool(2, stride=1, pad=same, count_pad=true)",
        "avgpool(3, stride=2, pad=[1, 0, 0, 1], ceil=true)",
        "avgpool(2, stride=3, pad=[0, 1, 0, 1], count_pad=true)",
        "scaled_tanh(A=1.7159, S=2/3)",
        "softmax",
    ],
)
@pytest.mark.parametrize("size", ["2x8x8", "2x9x7"])
def test_each_form_of_an_operator_computes_what_numpy_loops_do(statement: str, size: str):
    table = "table t {\n  X . X\n  . X X\n}\n"
    assert_same_as_numpy(net(statement, x=size, above=table))


def test_an_in_place_relu_leaves_what_the_interpreter_recorded():
    import torch

    graph = net("conv(2, 3)", "relu")
    module = compile_graph(graph, seed=0)
    values = interpret(graph, module, torch.randn(1, 1, 8, 8))
    assert (values["conv"] < 0).any()
    assert torch.equal(values["relu"], values["conv"].clamp(min=0))
