"""Optimizers of a recipe as torch's, every argument that shapes the update written out."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from torch import optim

from archspec.schema import choices

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import nn


def torch_optimizer(
    choice: choices.Optimizer, parameters: Iterable[nn.Parameter]
) -> optim.Optimizer:
    """The torch optimizer that does what the recipe says.

    Momentum is torch's: v = mu v + g, w = w - lr v. The course's v = mu v + lr g is the same
    while lr stays. The weight Nesterov's method holds is the look-ahead point w - mu v.

    Args:
        choice: name and arguments.
        parameters: what to update; those without gradient stay as they are.
    """
    lr, decay = float(choice.lr), float(choice.weight_decay)
    match choice:
        case choices.Gd():
            return _sgd(parameters, lr, decay)
        case choices.Sgd():
            return _sgd(parameters, lr, decay, float(choice.momentum), nesterov=choice.nesterov)
        case choices.Momentum():
            return _sgd(parameters, lr, decay, float(choice.mu))
        case choices.Nag():
            return _sgd(parameters, lr, decay, float(choice.mu), nesterov=True)
        case choices.Adagrad() | choices.Adadelta() | choices.RmsProp():
            return _by_squares(choice, parameters)
        case choices.Adam() | choices.AdamW():
            return (optim.AdamW if isinstance(choice, choices.AdamW) else optim.Adam)(
                parameters,
                lr=lr,
                betas=(float(choice.beta1), float(choice.beta2)),
                eps=float(choice.eps),
                weight_decay=decay,
                amsgrad=False,
                fused=True,
            )
        case _:
            assert_never(choice)


def _sgd(
    parameters: Iterable[nn.Parameter],
    lr: float,
    decay: float,
    momentum: float = 0.0,
    *,
    nesterov: bool = False,
) -> optim.Optimizer:
    return optim.SGD(
        parameters,
        lr=lr,
        momentum=momentum,
        dampening=0,
        weight_decay=decay,
        nesterov=nesterov,
        fused=True,
    )


def _by_squares(
    choice: choices.Adagrad | choices.Adadelta | choices.RmsProp, parameters: Iterable[nn.Parameter]
) -> optim.Optimizer:
    lr, eps, decay = float(choice.lr), float(choice.eps), float(choice.weight_decay)
    match choice:
        case choices.Adagrad():
            return optim.Adagrad(
                parameters,
                lr=lr,
                lr_decay=0,
                weight_decay=decay,
                initial_accumulator_value=0,
                eps=eps,
                fused=True,
            )
        case choices.Adadelta():
            return optim.Adadelta(
                parameters, lr=lr, rho=float(choice.rho), eps=eps, weight_decay=decay
            )
        case choices.RmsProp():
            return optim.RMSprop(
                parameters,
                lr=lr,
                alpha=float(choice.alpha),
                eps=eps,
                weight_decay=decay,
                momentum=0,
                centered=False,
            )
        case _:
            assert_never(choice)
