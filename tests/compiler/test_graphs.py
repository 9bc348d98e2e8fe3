"""Networks with branches: names, shapes, counts, looks, and the same bits as the interpreter."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING

import pytest
from compiler_nets import INIT, read
from graph_nets import SPECS, graph, graphs
from hypothesis import given, settings
from test_emit import assert_tidy

from archspec.analysis import analyze
from archspec.compiler import check_source, compile_graph, emit, interpret

if TYPE_CHECKING:
    from torch import Tensor, nn

    from archspec.graph import Graph

pytestmark = pytest.mark.torch

NAMES = sorted(SPECS)


def batches(graph: Graph) -> list[Tensor]:
    """Three examples for each input, always the same."""
    import torch

    made = torch.Generator().manual_seed(1)
    return [torch.randn(3, *node.io.output, generator=made) for node in graph.inputs]


def outputs(module: nn.Module, graph: Graph, seed: int = 2) -> tuple[Tensor, ...]:
    """What a module returns, as a tuple."""
    import torch

    torch.manual_seed(seed)
    found = module(*batches(graph))
    return found if isinstance(found, tuple) else (found,)


@settings(max_examples=15, deadline=None)
@given(graphs())
def test_random_networks_are_tidy(net: Graph):
    assert_tidy(emit(net))


@pytest.mark.parametrize("name", NAMES)
def test_the_text_is_tidy_and_always_the_same(name: str):
    text = emit(graph(name))
    assert_tidy(text)
    assert text == emit(graph(name))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("train", [False, True])
def test_outputs_are_those_of_the_interpreter_bit_by_bit(name: str, train: bool):
    assert_same_as_interpreter(graph(name), train=train)


@settings(max_examples=30, deadline=None)
@given(graphs())
def test_random_networks_run_as_the_interpreter_does(net: Graph):
    assert_same_as_interpreter(net, train=False)
    assert_same_as_interpreter(net, train=True)
    assert_same_modules(net)


def assert_same_as_interpreter(net: Graph, *, train: bool) -> None:
    """Bit-equal outputs and running statistics; at every node the shape of the graph."""
    import torch

    module = compile_graph(net, seed=0).train(train)
    twin = copy.deepcopy(module)
    given, kept = batches(net), batches(net)
    torch.manual_seed(2)
    values = interpret(net, twin, *given)
    heads = [head.output for head in net.spec.heads if train or head.phase == "always"]
    wanted = [values[path] for path in (*net.spec.outputs, *heads)]
    found = outputs(module, net)
    assert len(found) == len(wanted)
    assert all(map(same, found, wanted))
    assert all(map(torch.equal, kept, given))  # nothing writes into an input
    shapes = {path: tuple(value.shape[1:]) for path, value in values.items()}
    assert shapes == {path: net[path].io.output for path in shapes}
    assert all(map(same, module.state_dict().values(), twin.state_dict().values()))


def same(one: Tensor, other: Tensor) -> bool:
    """Bit-equal; what is no number is equal to itself."""
    import torch

    return torch.equal(one.nan_to_num(7e7), other.nan_to_num(7e7))


@pytest.mark.parametrize("name", NAMES)
def test_gradients_are_those_of_the_interpreter(name: str):
    import torch

    net = graph(name)
    module = compile_graph(net, seed=0).double().train()
    twin = copy.deepcopy(module)
    x = [item.double() for item in batches(net)]
    torch.manual_seed(2)
    found = module(*x)
    torch.manual_seed(2)
    values = interpret(net, twin, *x)
    ends = (*net.spec.outputs, *(head.output for head in net.spec.heads))
    sum((item**2).sum() for item in (found if isinstance(found, tuple) else (found,))).backward()
    sum((values[path] ** 2).sum() for path in ends).backward()
    for one, other in zip(module.parameters(), twin.parameters(), strict=True):
        assert (one.grad is None) == (other.grad is None)
        if one.grad is not None:
            torch.testing.assert_close(one.grad, other.grad, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_modules_parameters_and_counts_are_the_graph_s(name: str):
    assert_same_modules(graph(name))


def assert_same_modules(net: Graph) -> None:
    """The modules are the nodes of the graph, in its order, and hold as many parameters."""
    module = compile_graph(net, seed=0)
    paths = [path for path, node in net.nodes.items() if node.inputs and is_module(node)]
    modules = dict(module.named_modules())
    assert [path for path in modules if path in net.nodes] == paths
    owners = [key.rpartition(".")[0] for key in module.state_dict()]
    stateful = [path for path in paths if list(modules[path].state_dict())]
    assert list(dict.fromkeys(owners)) == stateful
    assert sum(p.numel() for p in module.parameters()) == analyze(net).number("", "params.all")


def is_module(node) -> bool:
    return node.op.name not in ("add", "sub", "mul", "concat", "slice") and not node.spec.shares


@pytest.mark.parametrize("name", NAMES)
def test_a_fresh_process_finds_every_shape_and_count(name: str):
    net = graph(name)
    found = check_source(net)
    assert found.diagnostics == ()
    assert found.shapes


@pytest.mark.parametrize("name", NAMES)
def test_copies_and_pickles_are_equal(name: str):
    import torch

    net = graph(name)
    module = compile_graph(net, seed=0).eval()
    for twin in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert all(map(torch.equal, outputs(module, net), outputs(twin, net)))


@pytest.mark.parametrize("name", ["residual", "shared", "repeats"])
def test_the_recipe_initialises_the_modules_of_every_level(name: str):
    text = SPECS[name].rstrip().removesuffix("}") + f"  {INIT}\n}}\n"
    net = read(text)
    assert_tidy(emit(net))
    module = compile_graph(net, seed=0)
    for path, node in net.nodes.items():
        if node.op.name in ("conv", "linear") and not node.spec.shares:
            weight = module.get_submodule(path).weight
            bound = 2.4 / weight[0].numel()
            assert 0.5 * bound < weight.abs().max() <= bound


@pytest.mark.parametrize("name", ["heads", "outputs", "repeats", "shared"])
def test_torch_compile_takes_each_mode_as_one_graph(name: str):
    import torch

    net = graph(name)
    module = compile_graph(net, seed=0)
    for train in (False, True):
        twin = copy.deepcopy(module).train(train)
        fast = torch.compile(twin, fullgraph=True, backend="eager")
        found, wanted = outputs(fast, net), outputs(copy.deepcopy(module).train(train), net)
        assert all(map(torch.equal, found, wanted))
