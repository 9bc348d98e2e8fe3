"""A run folder read again, for `evaluate RUN`. Builds nothing and needs no torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archspec.errors import ArchError, Diagnostic
from archspec.schema import TrainRecipe

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class SavedRun:
    """What a run folder says about itself.

    Args:
        target: `FILE.arch:NAME` of the copy inside the folder.
        recipe: the effective one, with origins.
        weights: of the best epoch, else the last ones saved.
        threads: of torch in that run; sums depend on it in their last digits.
    """

    folder: Path
    target: str
    recipe: TrainRecipe
    weights: Path
    threads: int


def open_run(folder: Path) -> SavedRun:
    """Read the folder of a run.

    Raises:
        ArchError: E001 if it holds no run or no weights, E006 if its config.json is damaged.
    """
    path = folder / "config.json"
    if not path.is_file():
        raise ArchError([Diagnostic("E001", f"`{folder}` holds no run: no config.json in it")])
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        recipe = TrainRecipe.from_json(config["recipe"])
        spec, name = folder / "spec" / config["spec"], str(config["arch"])
        threads = max(1, int(config["threads"]))
    except (ValueError, KeyError, TypeError) as error:
        message = f"`{path}` is not the config.json of a run"
        raise ArchError([Diagnostic("E006", message)]) from error
    for weights in (folder / "best.safetensors", folder / "last.safetensors"):
        if weights.is_file():
            return SavedRun(folder, f"{spec}:{name}", recipe, weights, threads)
    raise ArchError([Diagnostic("E001", f"`{folder}` holds no weights")])
