"""What training makes small. Each is a mean over the samples of a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, assert_never

import torch
from torch import Tensor
from torch.nn import functional

from archspec.errors import ArchError, Diagnostic
from archspec.schema import choices

if TYPE_CHECKING:
    from collections.abc import Sequence

LossFunction = Callable[[Tensor, Tensor], Tensor]


def rbf_map(penalties: Tensor, labels: Tensor, j: float) -> Tensor:
    """Mean of y_c + log(exp(-j) + sum_i exp(-y_i)), c being the true class.

    The same number as cross-entropy on the logits -y with one more class, nobody's answer,
    whose logit is -j: it keeps all wrong classes above about j and lets no output collapse.

    Args:
        penalties: y, (n, classes), 0 or more; low means likely.
        labels: c, (n,), int64.
        j: more than 0; the smaller, the further wrong classes are pushed.

    Source: LeCun et al. 1998, eq. 9.

    >>> rbf_map(torch.tensor([[0.5, 3.0, 4.0]]), torch.tensor([0]), 0.1)
    tensor(0.9571)
    """
    own = penalties.gather(1, labels.unsqueeze(1)).squeeze(1)
    rubbish = torch.full_like(own, -j)
    return (own + torch.logaddexp(rubbish, torch.logsumexp(-penalties, 1))).mean()


def mse(outputs: Tensor, labels: Tensor) -> Tensor:
    """Mean squared difference of (n, classes) from 1 at the true class and 0 elsewhere."""
    target = functional.one_hot(labels, outputs.shape[1]).to(outputs.dtype)
    return functional.mse_loss(outputs, target)


def mse_from(targets: Sequence[float]) -> LossFunction:
    """Mean squared difference of (n, 1) from the target of the true class."""

    def loss(outputs: Tensor, labels: Tensor) -> Tensor:
        wanted = torch.tensor(targets, dtype=outputs.dtype, device=outputs.device)
        return functional.mse_loss(outputs, wanted[labels].unsqueeze(1))

    return loss


def outputs_of(returned: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """What a network returned: the main output first, then those of heads."""
    return returned if isinstance(returned, tuple) else (returned,)


def whole_loss(
    loss: LossFunction, outputs: Sequence[Tensor], labels: Tensor, weights: Sequence[float]
) -> Tensor:
    """The loss of the main output plus that of each head times its weight.

    >>> whole_loss(mse, [torch.ones(1, 1), torch.zeros(1, 1)], torch.tensor([0]), [0.3])
    tensor(0.3000)
    """
    main, *heads = outputs
    whole = loss(main, labels)
    for weight, output in zip(weights, heads, strict=True):
        whole = whole + weight * loss(output, labels)
    return whole


def loss_function(
    loss: choices.Loss, *, penalties: bool, targets: Sequence[float] | None = None
) -> LossFunction:
    """The recipe's loss as a function of (one network output, labels).

    Args:
        loss: its name and arguments.
        penalties: whether the output is low for likely classes, as that of `rbf`; then
            cross-entropy sees the negative, and `rbf_map` sees the negative of scores.
        targets: what a single output shall be for each class.

    Raises:
        ArchError: E602 for `mse` on penalties, which would pull the true class away, and for
            another loss where there is a single output.
    """
    if targets is not None:
        if isinstance(loss, choices.Mse):
            return mse_from(targets)
        message = f"`{loss.name}` wants an output for each class, but a truth table has one"
        raise ArchError([Diagnostic("E602", message, help="write `loss = mse`")])
    match loss:
        case choices.RbfMap():
            j, sign = float(loss.j), 1 if penalties else -1
            return lambda output, labels: rbf_map(sign * output, labels, j)
        case choices.CrossEntropy():
            smoothing, sign = float(loss.label_smoothing), -1 if penalties else 1
            return lambda output, labels: functional.cross_entropy(
                sign * output, labels, label_smoothing=smoothing
            )
        case choices.Mse():
            if penalties:
                message = "`mse` wants a high output for the true class, but `rbf` gives a low one"
                raise ArchError([Diagnostic("E602", message, help="write `loss = rbf_map`")])
            return mse
        case _:
            assert_never(loss)
