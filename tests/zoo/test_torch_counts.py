"""Every network of the zoo as torch counts it, on the meta device, where nothing is computed.

Shapes by hooks on the modules, parameters and buffers by their elements, MACs by torch's own
counter, forward and backward, and the bytes of the storages that autograd keeps: all exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from archspec.analysis import Report, Setup, analyze
from archspec.compiler import compile_graph
from archspec.graph import load
from archspec.ops import Bn, Conv, Rbf
from archspec.schema import zoo

if TYPE_CHECKING:
    from torch import Tensor, nn

    from archspec.graph import Graph, Node

pytestmark = pytest.mark.torch

BATCH = 2
# Families, whose variants with all defaults are compared: DPN is DPN92, VGG is VGG16.
FAMILIES = {"DPN", "DenseNet", "DenseNetCifar", "PreActResNet", "ResNet", "ResNetCifar", "VGG"}
NETWORKS = sorted(zoo().keys() - FAMILIES)
# Torch's counter is wrong in the backward pass of grouped convolutions.
GROUPED = {"AlexNet", "AlexNetTanh", "DPN68", "DPN92", "DPN98", "DPN107", "DPN131"}


@dataclass(frozen=True)
class Step:
    """What torch saw of one training step.

    Args:
        shapes: of the output of every module that is a node, for one image.
        forward: floating point operations.
        backward: the same; 0 where no gradient comes back.
        kept: bytes autograd keeps, each storage once, without parameters and buffers.
    """

    shapes: dict[str, tuple[int, ...]]
    forward: int
    backward: int
    kept: int


def on_meta(graph: Graph) -> nn.Module:
    import torch

    with torch.device("meta"):
        return compile_graph(graph).to("meta")


def run(graph: Graph, module: nn.Module, *, heads: bool) -> Step:
    """A step in training mode, with the heads of that phase or without them."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    module.train()
    module.training = heads  # of the module itself only; what is in it stays in training mode
    shapes: dict[str, tuple[int, ...]] = {}
    for path in graph.nodes.keys() & dict(module.named_modules()).keys():
        module.get_submodule(path).register_forward_hook(
            lambda _, __, output, path=path: shapes.update({path: tuple(output.shape[1:])})
        )
    owned = {t.untyped_storage()._cdata for t in (*module.parameters(), *module.buffers())}
    kept: dict[int, torch.UntypedStorage] = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in owned:
            kept[storage._cdata] = storage  # held, so that no address is used twice
        return tensor

    images = [torch.empty(BATCH, *node.io.output, device="meta") for node in graph.inputs]
    classes = torch.zeros(BATCH, dtype=torch.int64, device="meta")
    with FlopCounterMode(display=False) as counter:
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            found = module(*images)
            scores = found[0] if isinstance(found, tuple) else found
            loss = torch.nn.functional.cross_entropy(scores.flatten(1), classes)
        forward = counter.get_total_flops()
        if loss.requires_grad:
            loss.backward()
    backward = counter.get_total_flops() - forward
    return Step(shapes, forward, backward, sum(item.nbytes() for item in kept.values()))


def products(report: Report, metric: str) -> int:
    """MACs of the trunk that are products of matrices in torch.

    A kernel with a connection table is multiplied in full, its missing links are zeros; the
    distances of an rbf layer are differences and squares.
    """
    macs = 0
    for node in report.graph.trunk:
        own, op = report.number(node.path, metric), node.op
        if links(node):
            own = own * node.io.x[0] * op.c // links(node)
        macs += 0 if isinstance(op, Rbf) else own
    return macs


def links(node: Node) -> int:
    """Of a connection table; their places are a buffer of the module."""
    table = node.op.links(node.io.x[0]) if isinstance(node.op, Conv) else None
    return table.links if table else 0


@pytest.mark.parametrize("name", NETWORKS)
def test_a_step(name: str):
    graph = load(f"zoo:{name}")
    report, module = analyze(graph, Setup(batch=BATCH)), on_meta(graph)
    step = run(graph, module, heads=False)

    nodes = tuple(graph.nodes.values())
    expected = {path: graph[path].output for path in step.shapes}
    assert step.shapes == expected
    silent = {node.path for node in graph.trunk if node.op.weights(node.io)} - step.shapes.keys()
    assert silent == set(), "every layer with weights was seen"

    learned = sum(item.numel() for item in module.parameters() if item.requires_grad)
    assert learned == sum(report.number(node.path, "params") for node in nodes)
    rest = sum(item.numel() for item in (*module.parameters(), *module.buffers())) - learned
    ours = sum(
        report.number(n.path, "params.fixed") + report.number(n.path, "buffers") for n in nodes
    )
    assert rest == ours + sum(isinstance(n.op, Bn) + links(n) for n in nodes)

    assert step.forward == 2 * products(report, "macs")
    groups = (node.op.groups for node in graph.trunk if isinstance(node.op, Conv))
    assert (name in GROUPED) == any(number > 1 for number in groups)
    assert (step.backward > 0) == (name != "Perceptron"), "it ends in a step"
    if step.backward and name not in GROUPED:
        assert step.forward + step.backward == 2 * products(report, "macs.train")
    assert step.kept == report.memory.saved


@pytest.mark.parametrize("name", ["googlenet", "googlenet_tv"])
def test_heads_of_training(name: str):
    graph = load(f"zoo:{name}")
    step = run(graph, on_meta(graph), heads=True)
    inside = {node.path for node in graph.nodes.values() if node.spec.head} & step.shapes.keys()
    assert len(inside) > 10
    assert all(step.shapes[path] == graph[path].output for path in inside)
    report = analyze(graph, Setup(batch=BATCH))
    assert step.forward == 2 * report.number("", "macs.all")
    kept = report.numbers["saved"]
    of_heads = sum(kept[node.path] for node in graph.nodes.values() if node.spec.head)
    assert step.kept == report.memory.saved + of_heads > report.memory.saved
