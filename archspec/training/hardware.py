"""Which device and how many threads a run takes."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from archspec.errors import ArchError, Diagnostic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from archspec.training.results import Device

_TRIAL_SECONDS = 0.25


def torch_device(wanted: Device) -> torch.device:
    """The device a run computes on.

    Raises:
        ArchError: E602 if CUDA is asked for and torch finds none.
    """
    found = torch.cuda.is_available()
    if wanted == "cuda" and not found:
        message = "`--device cuda`: torch finds no CUDA device on this machine"
        raise ArchError([Diagnostic("E602", message, help="leave `--device` out")])
    return torch.device("cuda" if found and wanted != "cpu" else "cpu")


@contextmanager
def kept_settings() -> Iterator[None]:
    """Within, threads and random state may be changed; afterwards they are as before."""
    threads = torch.get_num_threads()
    try:
        with torch.random.fork_rng():
            yield
    finally:
        torch.set_num_threads(threads)


def set_threads(wanted: int | None, step: Callable[[], object]) -> int:
    """Make torch use `wanted` threads; None: one or all cores, whichever takes `step` the faster.

    Small nets lose more by handing work around than they gain by sharing it.

    Args:
        wanted: the user's choice.
        step: one training step on a copy; called for about a second at most.

    Returns:
        The number that is now set.
    """
    if wanted is not None:
        torch.set_num_threads(wanted)
        return wanted
    every = torch.get_num_threads()
    seconds: dict[int, float] = {}
    for threads in {1, every}:
        torch.set_num_threads(threads)
        step()
        seconds[threads] = seconds_of(step)
    chosen = min(seconds, key=lambda threads: (seconds[threads], threads))
    torch.set_num_threads(chosen)
    return chosen


def seconds_of(step: Callable[[], object]) -> float:
    """The shortest of the calls that fit into a quarter of a second."""
    began = time.perf_counter()
    best = float("inf")
    while time.perf_counter() - began < _TRIAL_SECONDS:
        start = time.perf_counter()
        step()
        best = min(best, time.perf_counter() - start)
    return best
