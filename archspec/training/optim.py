"""Optimizers of a recipe as torch's, every argument that shapes the update written out."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from torch import optim

from archspec.schema.choices import (
    Adadelta,
    Adagrad,
    Adam,
    AdamW,
    Gd,
    Momentum,
    Nag,
    RmsProp,
    Sgd,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import nn

    from archspec.schema.choices import Optimizer


def torch_optimizer(choice: Optimizer, parameters: Iterable[nn.Parameter]) -> optim.Optimizer:
    """The torch optimizer that does what the recipe says.

    Momentum is torch's: v = mu v + g, w = w - lr v. The course's v = mu v + lr g is the same
    while lr stays. The weight Nesterov's method holds is the look-ahead point w - mu v.

    Args:
        choice: name and arguments.
        parameters: what to update; those without gradient stay as they are.
    """
    lr, decay = float(choice.lr), float(choice.weight_decay)
    match choice:
        case Gd():
            return _sgd(parameters, lr, decay)
        case Sgd():
            return _sgd(parameters, lr, decay, float(choice.momentum), nesterov=choice.nesterov)
        case Momentum():
            return _sgd(parameters, lr, decay, float(choice.mu))
        case Nag():
            return _sgd(parameters, lr, decay, float(choice.mu), nesterov=True)
        case Adagrad() | Adadelta() | RmsProp():
            return _by_squares(choice, parameters)
        case Adam() | AdamW():
            return (optim.AdamW if isinstance(choice, AdamW) else optim.Adam)(
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
    choice: Adagrad | Adadelta | RmsProp, parameters: Iterable[nn.Parameter]
) -> optim.Optimizer:
    lr, eps, decay = float(choice.lr), float(choice.eps), float(choice.weight_decay)
    match choice:
        case Adagrad():
            return optim.Adagrad(
                parameters,
                lr=lr,
                lr_decay=0,
                weight_decay=decay,
                initial_accumulator_value=0,
                eps=eps,
                fused=True,
            )
        case Adadelta():
            return optim.Adadelta(
                parameters, lr=lr, rho=float(choice.rho), eps=eps, weight_decay=decay
            )
        case RmsProp():
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
