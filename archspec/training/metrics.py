"""A network on held-out samples. Hits are counted as integers on the device, read once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from archspec.training.losses import outputs_of
from archspec.training.results import Evaluation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn

    from archspec.training.loaders import TensorLoader
    from archspec.training.losses import LossFunction

TOP = (1, 5)
Scores = Callable[[Tensor], Tensor]  # a network's output as (n, classes), the highest its answer


def has_penalties(model: nn.Module) -> bool:
    """Whether the network's answer is its lowest output, as after `rbf`."""
    return getattr(model, "predict", "argmax") == "argmin"


def scores_of(model: nn.Module, targets: Sequence[float] | None = None) -> Scores:
    """How to read the output of a network.

    Args:
        model: tells whether its lowest output is the answer.
        targets: the two values a single output shall have; above their middle it names the
            second class.

    >>> scores_of(torch.nn.Identity(), (-1, 1))(torch.tensor([[-0.2], [0.0], [0.3]])).argmax(1)
    tensor([0, 0, 1])
    """
    if targets is not None:
        middle = sum(targets) / len(targets)
        return lambda output: functional.one_hot((output[:, 0] > middle).long(), 2)
    return torch.neg if has_penalties(model) else lambda output: output


@torch.no_grad()
def measure(
    model: nn.Module, loader: TensorLoader, loss: LossFunction, scores: Scores
) -> Evaluation:
    """Loss, hits and confusions over one pass in order; leaves the model in eval mode.

    Heads have no part in it. Top-k is left out where k is not below the number of classes.
    """
    model.eval()
    total = torch.zeros((), dtype=torch.float64, device=loader.labels.device)
    ranked = []
    for images, labels in loader.in_order():
        output = outputs_of(model(images))[0]
        total += loss(output, labels).double() * len(labels)
        rated = scores(output)
        ranked.append(rated.topk(min(max(TOP), rated.shape[1])))
    classes = rated.shape[1]
    best = torch.cat([part.indices for part in ranked])
    right = best == loader.labels.unsqueeze(1)
    pairs = torch.bincount(loader.labels * classes + best[:, 0], minlength=classes**2)
    return Evaluation(
        loss=total.item() / loader.samples,
        samples=loader.samples,
        hits={k: int(right[:, :k].sum()) for k in TOP if k == 1 or k < classes},
        confusion=tuple(map(tuple, pairs.view(classes, classes).tolist())),
    )
