"""`check_source` finds what a generated text gets wrong."""

from __future__ import annotations

import pytest
from compiler_nets import lenet5, net
from graph_nets import graph

from archspec.compiler import check, check_source, emit
from archspec.compiler.check import check_text
from archspec.errors import ArchError

pytestmark = pytest.mark.torch

GRAPH = net(
    "a: conv(2, 3, trainable=false) -> relu -> dropout(0.5)",
    "b: linear(3) -> softmax",
    "c: rbf(1, prototypes=t)",
    above="table t {\n  X . X\n}\n",
)


def test_lenet5_is_as_its_graph_says():
    graph = lenet5()
    found = check_source(graph)
    assert found.diagnostics == ()
    assert found.parameters == 60_000
    assert found.shapes["S2.squash"] == (6, 14, 14)
    assert list(found.shapes) == [path for path in graph.nodes if path != graph.input.path]


def test_frozen_parameters_and_codes_are_counted_as_fixed():
    found = check_source(GRAPH, "Other")
    assert found.diagnostics == ()
    assert found.parameters == 72 * 3 + 3


@pytest.mark.parametrize(
    ("old", "new", "paths"),
    [
        ("nn.Conv2d(1, 2, 3)", "nn.Conv2d(1, 2, 3, padding=1)", None),
        (".requires_grad_(False)", "", ["", "a.conv"]),
        ("nn.Conv2d(1, 2, 3)", "nn.Conv2d(1, 2, 3, bias=False)", ["", "a.conv"]),
        ("nn.Linear(72, 3)", "nn.Linear(72, 3, bias=False)", ["", "b.linear"]),
        ("nn.Softmax(1)", "nn.Flatten(0)", ["b.softmax"]),
    ],
)
def test_a_difference_is_named_with_its_node(old: str, new: str, paths: list[str] | None):
    text = emit(GRAPH)
    assert old in text
    if paths is None:
        with pytest.raises(ArchError, match="E701 the generated text does not run"):
            check_text(GRAPH, text.replace(old, new), "Net")
        return
    if new == "nn.Flatten(0)":
        text = text.replace("self.c(x)", "self.c(x.view(-1, 3))")
    found = check_text(GRAPH, text.replace(old, new), "Net")
    assert {item.path or "" for item in found.diagnostics} == set(paths)
    assert {item.code for item in found.diagnostics} == {"E701"}


def test_a_text_that_differs_in_training_only_is_found():
    text = emit(GRAPH).replace("return self.c(x)", "return self.c(x)[: 1 if self.training else 2]")
    assert check_text(GRAPH, text, "Net").diagnostics == ()  # the batch is not compared
    text = emit(GRAPH).replace(
        "return self.c(x)", "return self.c(x)[:, : 0 if self.training else 1]"
    )
    (found,) = check_text(GRAPH, text, "Net").diagnostics
    assert "output in train mode" in found.message


def test_every_output_is_compared():
    net = graph("outputs")
    text = emit(net).replace("return d, c, b", "return d, c")
    found = check_text(net, text, "Several").diagnostics
    assert [item.path for item in found] == ["output 3", "output 3"]


def test_a_level_that_ends_in_a_merge_is_compared():
    net = graph("lanes")
    text = emit(net).replace("return add + bn  # :12", "return (add + bn)[..., 1:]")
    found = check_text(net, text, "Lanes")
    assert {item.path for item in found.diagnostics} == {None, "mixed", "out"}


def test_a_text_that_imports_archspec_does_not_run():
    with pytest.raises(ArchError, match="archspec"):
        check_text(GRAPH, "import archspec\n" + emit(GRAPH), "Net")


def test_a_text_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(check, "SECONDS", 0.01)
    with pytest.raises(ArchError, match="it ran for more than"):
        check_source(GRAPH)


def test_the_probe_sees_shapes_and_scalars_and_leaves_no_hook():
    import torch
    from torch import nn

    from archspec.compiler import probe

    module = nn.Sequential(nn.Linear(3, 2).requires_grad_(False), nn.Linear(2, 1))
    module.register_buffer("table", torch.tensor([1, 2]))
    module.register_buffer("codes", torch.ones(5))
    assert probe.shapes(module, ["0", "1"], torch.ones(4, 3)) == {"0": [2], "1": [1], "": [1]}
    assert probe.scalars(module) == [3, 8 + 5]
    assert not any(part._forward_hooks for part in module.modules())
