"""A network made by functions is the one that is written out: names, order, start, output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from graph_nets import graph as graph_of

from archspec.compiler import check_source, compile_graph, emit, layout
from archspec.graph import load

if TYPE_CHECKING:
    from torch import nn

    from archspec.graph import Graph

pytestmark = pytest.mark.torch

OWN = ("functions", "residual", "dual", "heads", "inception", "dense")


def both(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> tuple[nn.Module, nn.Module]:
    """The module as it is emitted, and from a text without functions."""
    text, module = emit(graph), compile_graph(graph, seed=0)
    with monkeypatch.context() as patch:
        patch.setattr(layout, "MAX_PARAMETERS", -1)  # no function takes so few
        assert emit(graph).count("\ndef ") < text.count("\ndef ")
        return module, compile_graph(graph, seed=0)


@pytest.mark.parametrize("name", [*OWN, "zoo:resnet20", "zoo:vgg16_small", "zoo:densenet40_12"])
def test_paths_order_and_start_are_those_of_the_written_out_text(
    name: str, monkeypatch: pytest.MonkeyPatch
):
    graph = load(name) if name.startswith("zoo:") else graph_of(name)
    module, written_out = both(graph, monkeypatch)
    described = [(path, repr(part)) for path, part in module.named_modules() if path]
    assert described == [(path, repr(part)) for path, part in written_out.named_modules() if path]
    state, other = module.state_dict(), written_out.state_dict()
    assert list(state) == list(other)
    assert all(torch.equal(state[key], other[key]) for key in state)
    x = torch.randn(2, *graph.input.output, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(module.eval()(x), written_out.eval()(x), rtol=0, atol=0)


def test_keys_are_paths_of_the_spec():
    with torch.device("meta"):
        state = compile_graph("zoo:googlenet_tv").state_dict()
    assert state["i3a.b3.unit_2.conv.weight"].shape == (128, 96, 3, 3)
    assert next(iter(state)) == "conv1.conv.weight"


def test_a_text_with_functions_passes_the_check():
    found = check_source(graph_of("functions"))
    assert found.diagnostics == ()
