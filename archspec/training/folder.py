"""The run folder: what is written where. Computes nothing."""

from __future__ import annotations

import csv
import dataclasses
import json
import platform
from pathlib import Path
from typing import TYPE_CHECKING

import torch

import archspec
from archspec.errors import ArchError, Diagnostic
from archspec.files import write
from archspec.graph import load
from archspec.training.results import EpochRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archspec.graph import Graph
    from archspec.schema import TrainRecipe
    from archspec.training.results import Evaluation, GateResult, Plan, TrainOptions

COLUMNS = tuple(field.name for field in dataclasses.fields(EpochRow) if field.name != "best")


def spec_name(graph: Graph) -> str:
    """What the copy of the spec is called."""
    name = Path(graph.spec.source.name).name
    return name if name.endswith(".arch") else f"{graph.name.lower()}.arch"


def folder_of(graph: Graph, recipe: TrainRecipe, options: TrainOptions) -> Path:
    """Where the run goes: `--out`, else `runs/lenet5-mnist5k-s0-001` with the next free number.

    Raises:
        ArchError: E006 if `--out` names a file or a folder that is not empty.
    """
    if options.out is None:
        stem = f"{graph.name.lower()}-{recipe.data.name}-s{recipe.seed}"
        taken = [path.name.rpartition("-")[2] for path in options.runs.glob(f"{stem}-*")]
        number = max((int(end) for end in taken if end.isdigit()), default=0) + 1
        return options.runs / f"{stem}-{number:03}"
    if options.out.is_file() or (options.out.is_dir() and any(options.out.iterdir())):
        message = f"`{options.out}` exists already, and a run overwrites nothing"
        raise ArchError([Diagnostic("E006", message, help="choose another `--out`")])
    return options.out


def create(plan: Plan, graph: Graph, source: str) -> None:
    """Make the folder with the spec, all it imports, and the generated module.

    Raises:
        ArchError: E006 if it cannot be written, or if the copy would not find its imports.
    """
    copy = plan.folder / "spec"
    texts = {spec_name(graph): graph.spec.source.text}
    for file in graph.spec.imported:
        if texts.setdefault(file.place, file.source.text) != file.source.text:
            raise _cannot_copy(plan, f"two files are called `{file.place}`")
    try:
        for place, text in texts.items():
            (copy / place).parent.mkdir(parents=True, exist_ok=True)
            _write(copy / place, text)
    except OSError as error:
        message = f"`{plan.folder}` cannot be written: {error.strerror}"
        raise ArchError([Diagnostic("E006", message)]) from error
    _write(plan.folder / "model.py", source)
    if graph.spec.imported:
        _check_copy(plan, graph)


def _check_copy(plan: Plan, graph: Graph) -> None:
    """Whether the copy is made of the same texts, so that the folder alone repeats the run."""
    try:
        again = load(f"{plan.folder / 'spec' / spec_name(graph)}:{graph.name}")
    except ArchError as error:
        raise _cannot_copy(plan, error.diagnostics[0].message) from error
    if again.spec.digest != graph.spec.digest:
        raise _cannot_copy(plan, "an import finds another file there")


def _cannot_copy(plan: Plan, reason: str) -> ArchError:
    """Why the folder would not repeat the run."""
    message = f"the copy of the spec in `{plan.folder}` would not be the same: {reason}"
    advice = "import from the folder of the spec, as `./name.arch`"
    return ArchError([Diagnostic("E006", message, help=advice)])


def write_config(plan: Plan, graph: Graph, recipe: TrainRecipe, command: str) -> None:
    """config.json: what was asked for, where each value comes from, and on what it ran."""
    _write_json(
        plan.folder / "config.json",
        {
            "schema": "archspec.run/1",
            "spec": spec_name(graph),
            "arch": graph.name,
            "spec_sha256": plan.spec_hash,
            "written": {
                key: {"value": value, "origin": plan.origins[key]}
                for key, value in plan.recipe.items()
            },
            "recipe": recipe.to_json(),
            "data": plan.data,
            "counts": plan.counts,
            "steps_per_epoch": plan.steps_per_epoch,
            "steps": plan.steps,
            "device": plan.device,
            "threads": plan.threads,
            "versions": {
                "archspec": archspec.__version__,
                "python": platform.python_version(),
                "torch": torch.__version__,
            },
            "machine": platform.machine(),
            "command": command,
        },
    )


def append_row(folder: Path, row: EpochRow) -> None:
    """One more line of metrics.csv, with the header before the first."""
    path = folder / "metrics.csv"
    fresh = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if fresh:
            writer.writerow(COLUMNS)
        writer.writerow([getattr(row, name) for name in COLUMNS])


def write_report(
    folder: Path,
    rows: Sequence[EpochRow],
    final: Evaluation,
    gate: GateResult | None,
    ended: str,
) -> None:
    """report.json: the last epoch's numbers, the best epoch, the gate."""
    best = max(rows, key=lambda row: row.rank)
    _write_json(
        folder / "report.json",
        {
            "schema": "archspec.report/1",
            "ended": ended,
            "final": {**dataclasses.asdict(final), "standard_error": final.standard_error()},
            "recall": final.recall,
            "best": {"epoch": best.epoch, "val_top1": best.val_top1},
            "gate": gate and {**dataclasses.asdict(gate), "verdict": gate.verdict},
        },
    )


def write_failure(folder: Path, error: ArchError) -> None:
    """failure.json: why training stopped."""
    _write_json(
        folder / "failure.json",
        [
            {"code": each.code, "message": each.message, "values": dict(each.values)}
            for each in error.diagnostics
        ],
    )


def _write_json(path: Path, content: Mapping[str, object] | Sequence[object]) -> None:
    _write(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _write(path: Path, text: str) -> None:
    write(text.encode(), path)
