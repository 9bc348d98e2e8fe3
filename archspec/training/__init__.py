"""From a graph and a recipe to trained weights and a folder that tells how they came about.

Importing this package imports no torch; `train`, `evaluate` and `plan_run` do when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archspec.training.progress import Progress, plan_lines, progress_on
from archspec.training.results import (
    Device,
    EpochRow,
    Evaluation,
    GateResult,
    Plan,
    Run,
    TrainOptions,
)
from archspec.training.saved import SavedRun, open_run

if TYPE_CHECKING:
    from archspec.training.run import evaluate, plan_run, train

_LATE = frozenset({"evaluate", "plan_run", "train"})  # in run.py, which needs torch

__all__ = [
    "Device",
    "EpochRow",
    "Evaluation",
    "GateResult",
    "Plan",
    "Progress",
    "Run",
    "SavedRun",
    "TrainOptions",
    "evaluate",
    "open_run",
    "plan_lines",
    "plan_run",
    "progress_on",
    "train",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401  # the types stand above, for the checker
    """Import a late name."""
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from archspec.training import run

    return getattr(run, name)
