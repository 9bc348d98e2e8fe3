"""Learning rates over a run, as pure functions of the step. Holds no state, imports no torch."""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, assert_never

from archspec.schema import choices

if TYPE_CHECKING:
    from collections.abc import Callable


def factor_of(
    schedule: choices.Schedule, lr: float, epochs: int, steps_per_epoch: int
) -> Callable[[int], float]:
    """`factor(step)`: what the optimizer's rate is multiplied by in step 0, 1, ...

    Args:
        schedule: name and arguments; their epochs count from the start of the run.
        lr: the optimizer's rate, which `pieces` replaces.
        epochs: of the whole run.
        steps_per_epoch: optimizer steps in one of them.

    >>> half = factor_of(choices.Cosine(), 0.1, epochs=10, steps_per_epoch=2)
    >>> half(0), half(10), half(20)
    (1.0, 0.5, 0.0)
    """
    warmup = float(schedule.warmup) * steps_per_epoch

    def factor(step: int) -> float:
        rise = min(1.0, (step + 1) / warmup) if warmup else 1.0
        epoch = step // steps_per_epoch
        done = min(1.0, step / (epochs * steps_per_epoch))
        return rise * _by_epoch(schedule, lr, epoch, done)

    return factor


def _by_epoch(schedule: choices.Schedule, lr: float, epoch: int, done: float) -> float:
    """The factor without warm-up; `done` is the share of the run that is over."""
    match schedule:
        case choices.Const():
            return 1.0
        case choices.Step() | choices.MultiStep() | choices.Exp():
            return float(schedule.gamma) ** _falls(schedule, epoch)
        case choices.Poly():
            return math.pow(1 - done, float(schedule.power))
        case choices.Cosine():
            floor = float(schedule.floor)
            return floor + (1 - floor) * (1 + math.cos(math.pi * done)) / 2
        case choices.Pieces():
            return _piece(schedule, epoch) / lr
        case _:
            assert_never(schedule)


def _falls(schedule: choices.Step | choices.MultiStep | choices.Exp, epoch: int) -> int:
    """How many times the rate was multiplied by gamma before this epoch (from 0)."""
    match schedule:
        case choices.Step():
            return epoch // schedule.every
        case choices.MultiStep():
            return bisect_right(sorted(schedule.at), epoch)
        case choices.Exp():
            return epoch
        case _:
            assert_never(schedule)


def _piece(schedule: choices.Pieces, epoch: int) -> float:
    ends = list(accumulate(length for length, _ in schedule.parts))
    index = min(bisect_right(ends, epoch), len(ends) - 1)
    return float(schedule.parts[index][1])
