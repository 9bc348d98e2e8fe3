"""Ratios of two things measured side by side; a number alone says little on a shared machine."""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True)
class Process:
    """What a whole process took: wall seconds and peak resident MiB."""

    seconds: float
    mebibytes: float


def run_process(command: Sequence[str]) -> Process:
    """Run a command to its end, its output thrown away. Raises if it fails."""
    began = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{command} exits with {child.returncode}")
    per_mebibyte = 2**20 if sys.platform == "darwin" else 2**10  # bytes there, KiB elsewhere
    return Process(seconds, usage.ru_maxrss / per_mebibyte)


def alternate_processes(
    a: Sequence[str], b: Sequence[str], rounds: int = 9
) -> tuple[list[Process], list[Process]]:
    """Both commands in the order A B B A, after one warm-up each."""
    run_process(a), run_process(b)
    found: tuple[list[Process], list[Process]] = ([], [])
    for number in range(rounds):
        for which in (0, 1) if number % 2 == 0 else (1, 0):
            found[which].append(run_process((a, b)[which]))
    return found


def alternate(
    a: Callable[[], object], b: Callable[[], object], rounds: int = 9
) -> tuple[float, float]:
    """Median seconds of both, in the order A B B A, garbage collector off, one warm-up each."""
    a(), b()
    found: tuple[list[float], list[float]] = ([], [])
    gc.disable()
    try:
        for number in range(rounds):
            for which in (0, 1) if number % 2 == 0 else (1, 0):
                began = time.perf_counter()
                (a, b)[which]()
                found[which].append(time.perf_counter() - began)
    finally:
        gc.enable()
    return statistics.median(found[0]), statistics.median(found[1])


@dataclass(frozen=True)
class Row:
    """One line of the result.

    Args:
        name: what was compared with what.
        value: the ratio, or the difference in seconds, or MiB.
        unit: of `value`.
        bar: what it may be at most; None where nothing was promised.
        detail: the two sides.
    """

    name: str
    value: float
    unit: str
    bar: float | None
    detail: str

    @property
    def verdict(self) -> str:
        """Whether the bar was kept."""
        if self.bar is None:
            return ""
        return "ok" if self.value <= self.bar else "MISSED"
