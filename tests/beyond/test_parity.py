"""The specs of this folder against torchvision and timm, as the zoo is in tests/zoo."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from archspec.analysis import analyze
from archspec.compiler import compile_graph
from archspec.graph import load
from tests.parity import Comparison, batch, copy_in_order, randomised, seeded, without_dropout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor, nn

pytestmark = pytest.mark.torch

HERE = Path(__file__).parent
ODD = (3, 71, 53)  # halves with a remainder at every stage
EIGHTHS = (3, 40, 24)  # scores come at an eighth of the size, and are enlarged by 8
LEAST = (3, 299, 299)  # where the auxiliary classifier's 5x5 kernel has 5x5 pixels

EXTRA: Mapping[str, Mapping[str, object]] = {
    "inception_v3": {"init_weights": False},  # unset, it warns
    "fcn_resnet50": {"weights_backbone": None, "aux_loss": True},
}


@dataclass(frozen=True)
class Twin:
    """A spec and the network it has to equal.

    Args:
        target: `FILE.arch:NAME`.
        name: what torchvision calls it, or timm where the name says so.
        input: what both are evaluated on.
    """

    target: str
    name: str
    input: tuple[int, int, int] = ODD

    def reference(self) -> nn.Module:
        """With its own initial weights, which are soon replaced."""
        if self.name.startswith("timm:"):
            import timm

            return timm.create_model(self.name.removeprefix("timm:"), pretrained=False)
        from torchvision import models

        return models.get_model(self.name, weights=None, **EXTRA.get(self.name, {}))


TWINS = (
    Twin("squeezenet.arch:SqueezeNet1_0", "squeezenet1_0"),
    Twin("squeezenet.arch:SqueezeNet1_1", "squeezenet1_1"),
    Twin("mobilenet_v1.arch:MobileNetV1", "timm:mobilenetv1_100"),
    Twin("mobilenet_v2.arch", "mobilenet_v2"),
    Twin("mobilenet_v3.arch:MobileNetV3Large", "mobilenet_v3_large"),
    Twin("mobilenet_v3.arch:MobileNetV3Small", "mobilenet_v3_small"),
    Twin("shufflenet_v2.arch:ShuffleNetV2_x0_5", "shufflenet_v2_x0_5"),
    Twin("shufflenet_v2.arch:ShuffleNetV2_x1_0", "shufflenet_v2_x1_0"),
    Twin("resnext.arch:ResNeXt50", "resnext50_32x4d"),
    Twin("resnext.arch:WideResNet50", "wide_resnet50_2"),
    Twin("inception_v3.arch", "inception_v3", (3, 91, 83)),  # the smallest side is 75
    Twin("efficientnet.arch", "efficientnet_b0"),
    Twin("fcn.arch:FCNResNet50", "fcn_resnet50", EIGHTHS),
)
WITH_HEADS = (
    Twin("inception_v3.arch", "inception_v3", LEAST),
    Twin("fcn.arch:FCNResNet50", "fcn_resnet50", EIGHTHS),
)


def outputs(found: Tensor | Mapping[str, Tensor] | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Of the trunk, then of the heads."""
    if isinstance(found, dict):
        found = tuple(found.values())
    return found if isinstance(found, tuple) else (found,)


def both(twin: Twin) -> tuple[nn.Module, nn.Module]:
    """The compiled spec and the reference, with the same random numbers in the same order."""
    import torch

    graph, reference = load(str(HERE / twin.target)), randomised(twin.reference())
    with torch.device("meta"):
        module = compile_graph(graph)
    copy_in_order(reference, module, assign=True)
    params = sum(item.numel() for item in reference.parameters())
    assert params == analyze(graph).number("", "params.all")
    return module, reference


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: twin.name)
def test_the_same_weights_give_the_same_scores(twin: Twin):
    import torch

    with seeded(), torch.inference_mode():
        module, reference = both(twin)
        images = batch(twin.input, 1)
        found, wanted = module.eval()(images), outputs(reference.eval()(images))[0]
    Comparison()(found, wanted)


@pytest.mark.parametrize("twin", WITH_HEADS, ids=lambda twin: twin.name)
def test_heads_give_the_same_in_training(twin: Twin):
    import torch

    with seeded(), torch.no_grad():
        module, reference = map(without_dropout, both(twin))
        images = batch(twin.input, 2)
        found, wanted = outputs(module.train()(images)), outputs(reference.train()(images))
    assert len(found) == 2
    for ours, theirs in zip(found, wanted, strict=True):
        Comparison()(ours, theirs)
