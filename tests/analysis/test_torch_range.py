"""The range of inputs against compiled modules, which are called with every side there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from archspec.analysis import input_ranges
from archspec.compiler import compile_graph
from tests.analysis.sides import CASES, STATEMENTS, TRIED, alone, networks, told, with_side
from tests.helpers import graph_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import nn

    from archspec.graph import Graph
    from archspec.ops import Mode, Shape

pytestmark = pytest.mark.torch


def module_of(graph: Graph) -> nn.Module:
    import torch

    with torch.device("meta"):
        return compile_graph(graph).to("meta").eval()


def takes(module: nn.Module, shapes: list[Shape]) -> bool:
    """Whether a forward pass of two images goes through, and means what the spec does.

    Torch repeats a map of one row in a sum, and slices may leave nothing: these are misfits.
    """
    import torch
    from torch.overrides import TorchFunctionMode

    class Strict(TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None) -> object:
            sides = [item.shape[2:] for item in args if getattr(item, "ndim", 0) == 4]
            if func.__name__.strip("_") in ("add", "sub", "mul") and len({*sides}) > 1:
                others = {*sides} - {torch.Size((1, 1))} if "mul" in func.__name__ else {*sides}
                if len(others) > 1:
                    raise RuntimeError("one map is repeated")
            result = func(*args, **(kwargs or {}))
            if isinstance(result, torch.Tensor) and 0 in result.shape:
                raise RuntimeError("nothing is left")
            return result

    try:
        with torch.no_grad(), Strict():
            module(*(torch.empty(2, *shape, device="meta") for shape in shapes))
    except RuntimeError:
        return False
    return True


def runs(graph: Graph, module: nn.Module) -> Iterator[tuple[str, int, list[int]]]:
    """The sides that are taken, by input and axis, while all else is as declared."""
    for number, entry in enumerate(graph.inputs):
        for axis in range(len(entry.output or ()) - 1):
            shapes = [node.output or () for node in graph.inputs]
            found = []
            for side in TRIED:
                shapes[number] = with_side(entry, axis, side)
                if takes(module, shapes):
                    found.append(side)
            yield entry.path, axis, found


def agree(graph: Graph, mode: Mode = "eval") -> None:
    ranges = input_ranges(graph, "run", mode)
    for path, axis, found in runs(graph, module_of(graph).train(mode == "train")):
        sides = (ranges[path].height, ranges[path].width)[axis]
        assert told(sides) == found, (path, axis)


@pytest.mark.parametrize(("statement", "end"), CASES)
def test_every_operator_runs_where_it_is_said_to(statement: str, end: str):
    agree(alone(statement, end))


@pytest.mark.parametrize("statement", STATEMENTS)
def test_every_operator_before_a_dense_layer(statement: str):
    """Which is as wide as the declared input made it."""
    agree(alone(statement, "linear(3)"))


@settings(max_examples=25, deadline=None)
@given(networks())
def test_all_sides_of_random_networks(graph: Graph | None):
    if graph:
        agree(graph)


def test_heads_run_in_training_only():
    graph = graph_of("""arch Net {
  input 3x16x16
  c: conv(2, 3, pad=1)
  head aux(loss_weight=0.3, phase="train") { avgpool(5, stride=3) -> linear(4) }
  global_avgpool
}
""")
    agree(graph)
    agree(graph, "train")


def test_several_inputs_one_after_the_other():
    agree(
        graph_of("""arch Net {
  input left: 3x21x19
  input right: 3x9x8
  input more: 2
  a: @left -> conv(2, 3, stride=2)
  b: @right -> conv(2, 3, pad=[1, 1, 1, 2])
  @a -> conv(1, 2, stride=2) -> linear(3)
  output @a, @b, @more
}
""")
    )


def test_a_batch_norm_in_training_needs_two_values_of_a_map():
    """As the documents say; no range of sides tells it."""
    import torch

    module = compile_graph(graph_of("arch Net { input 1x4x4\n maxpool(4) -> bn }")).train()
    with pytest.raises(ValueError, match="more than 1 value"):
        module(torch.zeros(1, 1, 4, 4))
    assert module(torch.zeros(2, 1, 4, 4)).shape == (2, 1, 1, 1)
    assert module(torch.zeros(1, 1, 8, 4)).shape == (1, 1, 2, 1)
