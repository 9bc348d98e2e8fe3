"""Every optimizer against its formula, written by hand in float64, for 30 steps."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest
import torch

from archspec.schema import choices
from archspec.schema.choices import (
    Adadelta,
    Adagrad,
    Adam,
    AdamW,
    Gd,
    Momentum,
    Nag,
    Optimizer,
    RmsProp,
    Sgd,
)
from archspec.training.optim import torch_optimizer  # after the check for torch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.torch

STEPS, LR, DECAY = 30, Fraction(1, 20), Fraction(1, 100)
Array = np.ndarray
START = np.array([1.5, -2.0, 0.3, 4.0])


def slope(w: Array) -> Array:
    """The gradient of a bowl that is not the same in any two directions, plus a wave."""
    return np.array([1.0, 0.3, 5.0, 0.1]) * w + np.cos(w)


def by_torch(choice: Optimizer) -> list[Array]:
    weight = torch.nn.Parameter(torch.tensor(START))
    optimizer = torch_optimizer(choice, [weight])
    path = []
    for _ in range(STEPS):
        weight.grad = torch.from_numpy(slope(weight.detach().numpy()))
        optimizer.step()
        path.append(weight.detach().numpy().copy())
    return path


def plain(w: Array) -> Iterator[Array]:
    while True:
        w = w - float(LR) * (slope(w) + float(DECAY) * w)
        yield w


def heavy_ball(w: Array) -> Iterator[Array]:
    """As the course writes it, with the rate inside the velocity."""
    v = np.zeros_like(w)
    while True:
        v = 0.9 * v + float(LR) * slope(w)
        w = w - v
        yield w


def nesterov(w: Array) -> Iterator[Array]:
    """The course's: the gradient at the point ahead. Yields that point, which torch stores."""
    v = np.zeros_like(w)
    while True:
        v = 0.8 * v + float(LR) * slope(w - 0.8 * v)
        w = w - v
        yield w - 0.8 * v


def adagrad(w: Array) -> Iterator[Array]:
    s = np.zeros_like(w)
    while True:
        g = slope(w)
        s = s + g * g
        w = w - float(LR) * g / (np.sqrt(s) + 1e-10)
        yield w


def adadelta(w: Array) -> Iterator[Array]:
    s, u = np.zeros_like(w), np.zeros_like(w)
    while True:
        g = slope(w)
        s = 0.95 * s + 0.05 * g * g
        d = np.sqrt(u + 1e-6) / np.sqrt(s + 1e-6) * g
        u = 0.95 * u + 0.05 * d * d
        w = w - d
        yield w


def rmsprop(w: Array) -> Iterator[Array]:
    s = np.zeros_like(w)
    while True:
        g = slope(w)
        s = 0.9 * s + 0.1 * g * g
        w = w - float(LR) * g / (np.sqrt(s) + 1e-8)
        yield w


def adam(w: Array, shrink: float = 0.0, l2: float = 0.0) -> Iterator[Array]:
    m, s, t = np.zeros_like(w), np.zeros_like(w), 0
    while True:
        t += 1
        g = slope(w) + l2 * w
        w = w * (1 - float(LR) * shrink)
        m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g * g
        w = w - float(LR) * (m / (1 - 0.9**t)) / (np.sqrt(s / (1 - 0.999**t)) + 1e-8)
        yield w


CASES: list[tuple[Optimizer, Callable[[Array], Iterator[Array]]]] = [
    (Gd(lr=LR, weight_decay=DECAY), plain),
    (Sgd(lr=LR, weight_decay=DECAY), plain),
    (Momentum(lr=LR), heavy_ball),
    (Sgd(lr=LR, momentum=Fraction(9, 10)), heavy_ball),
    (Nag(lr=LR, mu=Fraction(8, 10)), nesterov),
    (Sgd(lr=LR, momentum=Fraction(8, 10), nesterov=True), nesterov),
    (Adagrad(lr=LR), adagrad),
    (Adadelta(), adadelta),
    (RmsProp(lr=LR), rmsprop),
    (Adam(lr=LR, weight_decay=DECAY), lambda w: adam(w, l2=0.01)),
    (AdamW(lr=LR), lambda w: adam(w, shrink=0.01)),
]


@pytest.mark.parametrize(
    ("choice", "formula"), CASES, ids=[f"{i}-{c.name}" for i, (c, _) in enumerate(CASES)]
)
def test_thirty_steps_by_the_formula(
    choice: Optimizer, formula: Callable[[Array], Iterator[Array]]
):
    by_hand = formula(START.copy())
    for found, expected in zip(by_torch(choice), by_hand, strict=False):
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13)


def test_every_optimizer_has_a_formula():
    assert {type(choice) for choice, _ in CASES} == set(get_args(choices.Optimizer))
