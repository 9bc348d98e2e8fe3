"""The networks of the zoo that exist elsewhere, and how their twins are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archspec.graph import load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import nn

    from archspec.graph import Graph
    from archspec.schema.values import Value

Shape = tuple[int, int, int]

SMALL = (3, 64, 64)
ODD = (3, 231, 197)  # halves with a remainder at every stage
NARROW = (3, 67, 53)
FIXED = (3, 224, 224)  # the linear layers fit the last map of the declared input
FIXED_ODD = (3, 231, 239)  # with the same last map

NARROW_FC = 64  # maps of the hidden linear layers of VGG in a step, for 4096

V1_5 = "v1.5: the stride stands in the 3x3"
CONV_CLASSIFIER = "its classifier is a 1x1 convolution: reshaped"
SAME_POOL = "its 7x7 pooling in front of the linear layers is the identity at 224"


@dataclass(frozen=True)
class Reference:
    """A network of a library that a spec has to equal.

    Args:
        zoo: the name of the spec.
        library: `torchvision` or `timm`.
        name: the library's own name of it.
        inputs: what both are evaluated on, in full.
        step: what both are trained on for a step; two images.
        smaller: what makes a shorter network of the same kind for the step, where the whole one
            takes long: arguments of the spec's family, and of the library's function.
        flat: inputs of the first linear layer in the step, where the library fixes them for 224;
            the hidden linear layers are narrow then.
        deviation: how the library writes the same function another way.
    """

    zoo: str
    library: str
    name: str
    inputs: tuple[Shape, ...] = (SMALL,)
    step: Shape = NARROW
    smaller: tuple[Mapping[str, Value], Mapping[str, object]] | None = None
    flat: int = 0
    deviation: str = ""

    def full(self) -> tuple[Graph, nn.Module]:
        """The spec, and the reference with its own initial weights."""
        return load(self.zoo), self._make()

    def for_step(self) -> tuple[Graph, nn.Module]:
        """The same to be trained: where that takes long a smaller member of the family."""
        if self.smaller:
            ours, theirs = self.smaller
            return load("dpn", **ours), self._make(**theirs)
        if not self.flat:
            return load(self.zoo), self._make()
        return load(self.zoo, input_shape=self.step, fc=NARROW_FC), self._with_narrow_classifier()

    def _with_narrow_classifier(self) -> nn.Module:
        """Made without numbers first: those of the wide layers would take most of the time."""
        import torch
        from torch import nn

        with torch.device("meta"):
            reference = self._make()
            layers = reference.classifier
            reference.avgpool = nn.Identity()
            layers[0], layers[3] = nn.Linear(self.flat, NARROW_FC), nn.Linear(NARROW_FC, NARROW_FC)
            layers[6] = nn.Linear(NARROW_FC, layers[6].out_features)
        reference = reference.to_empty(device="cpu")
        for part in reference.modules():
            if isinstance(part, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(part.weight)
            elif isinstance(part, nn.BatchNorm2d):
                part.reset_running_stats()
        return reference

    def _make(self, **arguments: object) -> nn.Module:
        if self.library == "timm":
            import timm

            return timm.create_model(self.name, pretrained=False, **arguments)
        from torchvision import models

        if self.name.startswith(("googlenet", "vgg")):
            arguments["init_weights"] = False  # unset, one warns and the other takes long
        return models.get_model(self.name, weights=None, **arguments)


def _large_dpn(name: str, n: tuple[int, ...], **ours: Value) -> Reference:
    """The first units of each stage stand for all in the step."""
    smaller = ({"n": n, **ours}, {"k_sec": n})
    return Reference(name, "timm", name, smaller=smaller, deviation=CONV_CLASSIFIER)


def _vgg(zoo: str, name: str) -> Reference:
    return Reference(zoo, "torchvision", name, (FIXED_ODD,), flat=512 * 2 * 1, deviation=SAME_POOL)


REFERENCES = (
    Reference("resnet18", "torchvision", "resnet18", (SMALL, ODD)),
    Reference("resnet34", "torchvision", "resnet34"),
    Reference("resnet50_v1_5", "torchvision", "resnet50", (SMALL, ODD), deviation=V1_5),
    Reference("resnet101_v1_5", "torchvision", "resnet101", deviation=V1_5),
    Reference("resnet152_v1_5", "torchvision", "resnet152", deviation=V1_5),
    Reference("densenet121", "torchvision", "densenet121", (SMALL, ODD)),
    Reference("densenet169", "torchvision", "densenet169"),
    Reference("densenet201", "torchvision", "densenet201"),
    Reference("densenet161", "torchvision", "densenet161"),
    Reference("dpn68", "timm", "dpn68", (SMALL, ODD), deviation=CONV_CLASSIFIER),
    Reference("dpn92", "timm", "dpn92", (SMALL, ODD), deviation=CONV_CLASSIFIER),
    _large_dpn("dpn98", (2, 1, 2, 1), inc=(16, 32, 32, 128), r=160, g=40, init=96),
    _large_dpn("dpn131", (1, 2, 1, 1), inc=(16, 32, 32, 128), r=160, g=40, init=128),
    _large_dpn("dpn107", (1, 1, 2, 1), inc=(20, 64, 64, 128), r=200, g=50, init=128),
    Reference("alexnet_owt", "torchvision", "alexnet", (FIXED, FIXED_ODD), FIXED),
    _vgg("vgg11", "vgg11"),
    _vgg("vgg13", "vgg13"),
    _vgg("vgg16", "vgg16"),
    _vgg("vgg19", "vgg19"),
    _vgg("vgg11_bn", "vgg11_bn"),
    _vgg("vgg13_bn", "vgg13_bn"),
    _vgg("vgg16_bn", "vgg16_bn"),
    _vgg("vgg19_bn", "vgg19_bn"),
    Reference(
        "googlenet_tv",
        "torchvision",
        "googlenet",
        (SMALL, ODD),
        deviation="it returns its heads last first",
    ),
)
