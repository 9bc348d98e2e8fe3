"""Schedules against torch's classes of the same name, step by step."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch

from archspec.schema.choices import (
    Const,
    Cosine,
    Exp,
    MultiStep,
    Pieces,
    Poly,
    Schedule,
    Step,
)
from archspec.training.schedules import factor_of

torchs = torch.optim.lr_scheduler

pytestmark = pytest.mark.torch

LR, EPOCHS, EACH = 0.3, 12, 5
STEPS = EPOCHS * EACH


def rates_of_torch(make: object, *, by_epoch: bool) -> list[float]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=LR)
    schedule = make(optimizer)
    rates = []
    for step in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if not by_epoch or step % EACH == EACH - 1:
            schedule.step()
    return rates


CASES = [
    (Const(), True, lambda o: torchs.ConstantLR(o, factor=1.0)),
    (Step(every=3, gamma=Fraction(1, 2)), True, lambda o: torchs.StepLR(o, 3, 0.5)),
    (MultiStep(at=(2, 7)), True, lambda o: torchs.MultiStepLR(o, [2, 7], 0.1)),
    (Exp(gamma=Fraction(9, 10)), True, lambda o: torchs.ExponentialLR(o, 0.9)),
    (Poly(power=Fraction(2)), False, lambda o: torchs.PolynomialLR(o, STEPS, 2.0)),
    (
        Cosine(floor=Fraction(1, 10)),
        False,
        lambda o: torchs.CosineAnnealingLR(o, STEPS, eta_min=0.1 * LR),
    ),
]


@pytest.mark.parametrize(
    ("schedule", "by_epoch", "make"), CASES, ids=[case[0].name for case in CASES]
)
def test_the_rate_is_torchs(schedule: Schedule, by_epoch: bool, make: object):
    factor = factor_of(schedule, LR, EPOCHS, EACH)
    found = [LR * factor(step) for step in range(STEPS)]
    assert found == pytest.approx(rates_of_torch(make, by_epoch=by_epoch), rel=1e-12)


def test_pieces_state_the_rates_themselves():
    parts = ((2, Fraction(1, 2)), (3, Fraction(1, 5)))
    factor = factor_of(Pieces(parts=parts), LR, EPOCHS, EACH)
    rates = [LR * factor(epoch * EACH) for epoch in range(7)]
    assert rates == pytest.approx([0.5, 0.5, 0.2, 0.2, 0.2, 0.2, 0.2])


def test_warmup_rises_in_equal_steps_to_the_schedule():
    factor = factor_of(Const(warmup=Fraction(2)), LR, EPOCHS, EACH)
    assert [factor(step) for step in (0, 4, 9, 10)] == pytest.approx([0.1, 0.5, 1.0, 1.0])
    both = factor_of(Step(every=1, gamma=Fraction(1, 2), warmup=Fraction(2)), LR, EPOCHS, EACH)
    assert both(5) == pytest.approx(0.6 * 0.5)
