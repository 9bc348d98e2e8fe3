"""A network on held-out samples. Hits are counted as integers on the device, read once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from archspec.training.results import Evaluation

if TYPE_CHECKING:
    from torch import Tensor, nn

    from archspec.training.loaders import TensorLoader
    from archspec.training.losses import LossFunction

TOP = (1, 5)


def has_penalties(model: nn.Module) -> bool:
    """Whether the network's answer is its lowest output, as after `rbf`."""
    return getattr(model, "predict", "argmax") == "argmin"


def answers(output: Tensor, *, penalties: bool) -> Tensor:
    """The class each row of (n, classes) names, (n,)."""
    return output.argmin(1) if penalties else output.argmax(1)


@torch.no_grad()
def measure(
    model: nn.Module, loader: TensorLoader, loss: LossFunction, *, penalties: bool
) -> Evaluation:
    """Loss, hits and confusions over one pass in order; leaves the model in eval mode.

    Top-k is left out where k is not below the number of classes.
    """
    model.eval()
    total = torch.zeros((), dtype=torch.float64, device=loader.labels.device)
    ranked = []
    for images, labels in loader.in_order():
        output = model(images)
        total += loss(output, labels).double() * len(labels)
        ranked.append((-output if penalties else output).topk(min(max(TOP), output.shape[1])))
    classes = output.shape[1]
    best = torch.cat([part.indices for part in ranked])
    right = best == loader.labels.unsqueeze(1)
    pairs = torch.bincount(loader.labels * classes + best[:, 0], minlength=classes**2)
    return Evaluation(
        loss=total.item() / loader.samples,
        samples=loader.samples,
        hits={k: int(right[:, :k].sum()) for k in TOP if k == 1 or k < classes},
        confusion=tuple(map(tuple, pairs.view(classes, classes).tolist())),
    )
