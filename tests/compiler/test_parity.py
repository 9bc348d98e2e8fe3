"""Reduced nets against torchvision: weights copied in order, float64, outputs and gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from compiler_nets import read
from graph_nets import BASIC, CBN, CR, INCEPTION, PRE

from archspec.compiler import compile_graph

if TYPE_CHECKING:
    from torch import Tensor, nn

    from archspec.graph import Graph

pytestmark = pytest.mark.torch

RESNET = CBN + BASIC + """
arch ResNet(depths=[2, 2, 2, 2], classes=10) {
  input 3x71x53
  conv1: cbn(64, 7, stride=2) -> relu
  pool1: maxpool(3, stride=2, pad=1)
  conv2_x: Stage( 64, depths[0], stride=1, project=false)
  conv3_x: Stage(128, depths[1], stride=2)
  conv4_x: Stage(256, depths[2], stride=2)
  conv5_x: Stage(512, depths[3], stride=2)
  gap: global_avgpool
  fc: linear(classes)
}
"""  # fmt: skip

DENSENET = PRE + """
block DenseLayer(k, widen) { concat { | identity | pre(widen*k, 1) -> pre(k, 3) } }
block DenseBlock(n, k) { repeat n { DenseLayer(k, 2) } }
block Transition(theta=0.5) { pre(floor(theta * in.c), 1) -> avgpool(2, stride=2) }
arch DenseNet(layers=[2, 3, 2], k=8) {
  input 3x69x53
  conv0: conv(16, 7, stride=2, pad=3, bias=false) -> bn -> relu
  pool0: maxpool(3, stride=2, pad=1)
  dense1: DenseBlock(layers[0], k)
  trans1: Transition
  dense2: DenseBlock(layers[1], k)
  trans2: Transition
  dense3: DenseBlock(layers[2], k)
  norm5: bn -> relu
  gap: global_avgpool
  classifier: linear(7)
}
"""  # fmt: skip

GOOGLENET = CR.replace("pad=pad) -> relu", "pad=pad, bias=false) -> bn(eps=1e-3) -> relu") + (
    INCEPTION.replace("cr(c5, 5, pad=2)", "cr(c5, 3, pad=1)")
) + """
block Aux {
  adaptive_avgpool(4x4)
  cr(128, 1)
  linear(1024) -> relu
  linear(classes)
}
arch GoogLeNetTV {
  input 3x101x89
  conv1: cr(64, 7, stride=2, pad=3)
  pool1: maxpool(3, stride=2, ceil=true)
  conv2: cr(64, 1)
  conv3: cr(192, 3, pad=1)
  pool2: maxpool(3, stride=2, ceil=true)
  i3a: Inception( 64,  96, 128, 16,  32,  32)
  i3b: Inception(128, 128, 192, 32,  96,  64)
  pool3: maxpool(3, stride=2, ceil=true)
  i4a: Inception(192,  96, 208, 16,  48,  64)
  i4b: Inception(160, 112, 224, 24,  64,  64)
  i4c: Inception(128, 128, 256, 24,  64,  64)
  i4d: Inception(112, 144, 288, 32,  64,  64)
  i4e: Inception(256, 160, 320, 32, 128, 128)
  pool4: maxpool(2, stride=2, ceil=true)
  i5a: Inception(256, 160, 320, 32, 128, 128)
  i5b: Inception(384, 192, 384, 48, 128, 128)
  head aux1(loss_weight=0.3, phase="train") { @i4a -> Aux }
  head aux2(loss_weight=0.3, phase="train") { @i4d -> Aux }
  gap: global_avgpool
  fc: linear(7)
}
""".replace("block Aux {", "block Aux() {").replace("linear(classes)", "linear(7)")  # fmt: skip


def twin(name: str) -> nn.Module:
    """The torchvision network of the same structure, dropout left out."""
    from torchvision import models
    from torchvision.models.resnet import BasicBlock

    if name == "resnet":
        return models.ResNet(BasicBlock, [2, 2, 2, 2], num_classes=10)
    if name == "densenet":
        return models.DenseNet(8, (2, 3, 2), 16, bn_size=2, num_classes=7)
    return models.GoogLeNet(num_classes=7, init_weights=False, dropout=0.0, dropout_aux=0.0)


NETS = {"resnet": RESNET, "densenet": DENSENET, "googlenet": GOOGLENET}


@pytest.fixture(scope="module", params=sorted(NETS))
def pair(request: pytest.FixtureRequest) -> tuple[Graph, nn.Module, nn.Module]:
    """The graph, the compiled network and its twin with the same numbers."""
    import torch

    graph = read(NETS[request.param])
    torch.manual_seed(0)
    reference = twin(request.param).double()
    for part in reference.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.weight.data.uniform_(0.5, 1.5)
            part.bias.data.normal_(0, 0.1)
            part.running_mean.normal_(0, 0.1)
            part.running_var.uniform_(0.5, 1.5)
    module = compile_graph(graph).double()
    ours, theirs = module.state_dict(), reference.state_dict()
    assert [tuple(x.shape) for x in ours.values()] == [tuple(x.shape) for x in theirs.values()]
    module.load_state_dict(dict(zip(ours, theirs.values(), strict=True)))
    return graph, module, reference


def batch(graph: Graph) -> Tensor:
    import torch

    made = torch.Generator().manual_seed(1)
    return torch.randn(2, *graph.input.io.output, generator=made, dtype=torch.float64)


def assert_close(found: Tensor, wanted: Tensor) -> None:
    """Within 1e-10 of the largest entry."""
    assert found.shape == wanted.shape
    assert (found - wanted).abs().max() <= 1e-10 * wanted.abs().max()


def test_evaluation_gives_the_reference_s_outputs(pair):
    graph, module, reference = pair
    assert_close(module.eval()(batch(graph)), reference.eval()(batch(graph)))


def test_a_training_step_gives_the_reference_s_outputs_gradients_and_statistics(pair):
    graph, module, reference = pair
    found, wanted = module.train()(batch(graph)), reference.train()(batch(graph))
    if isinstance(wanted, tuple):  # torchvision returns its heads last first
        wanted = (wanted[0], *wanted[:0:-1])
    found = found if isinstance(found, tuple) else (found,)
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    for one, other in zip(found, wanted, strict=True):
        assert_close(one, other)
    sum((item**2).sum() for item in found).backward()
    sum((item**2).sum() for item in wanted).backward()
    for one, other in zip(module.parameters(), reference.parameters(), strict=True):
        assert_close(one.grad, other.grad)
    for one, other in zip(module.buffers(), reference.buffers(), strict=True):
        assert_close(one.double(), other.double())
