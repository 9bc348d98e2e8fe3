"""A whole run: folder, epochs, weights, report. The only place that knows their order."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import torch

from archspec.compiler import emit, save_weights
from archspec.errors import ArchError, Diagnostic
from archspec.training import folder as files
from archspec.training.datasets import load_data
from archspec.training.hardware import kept_settings, seconds_of, torch_device
from archspec.training.interrupt import finish_step
from archspec.training.loop import check_finite
from archspec.training.metrics import measure
from archspec.training.results import Ended, EpochRow, GateResult, Plan, Run
from archspec.training.schedules import factor_of
from archspec.training.session import (
    check_fit,
    held_out,
    judged,
    open_session,
    started_by,
    trial_step,
)

if TYPE_CHECKING:
    from pathlib import Path

    from archspec.graph import Graph
    from archspec.schema import TrainRecipe
    from archspec.training.loop import Pass
    from archspec.training.progress import Progress
    from archspec.training.results import Device, Evaluation, TrainOptions
    from archspec.training.session import Session

BEST, LAST = "best.safetensors", "last.safetensors"


def train(graph: Graph, recipe: TrainRecipe, options: TrainOptions, progress: Progress) -> Run:
    """Train a network and keep everything about it in a folder.

    Args:
        graph: sound, with a single input and output.
        recipe: the effective one.
        options: how to carry it out.
        progress: told what happens; the only thing that shows anything.

    Raises:
        ArchError: E0xx for data and files, E602 where recipe and network do not fit, T001 if
            the loss is not finite, T002 if the memory does not suffice.
        KeyboardInterrupt: after Ctrl-C or SIGTERM, when the step is finished and saved.
    """
    folder = files.folder_of(graph, recipe, options)
    try:
        return _train(graph, recipe, options, progress, folder)
    except BrokenPipeError:  # nobody reads the progress any more: not a matter of files
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"`{error.filename or folder}` cannot be written: {reason}"
        raise ArchError([Diagnostic("E006", message)]) from error
    except RuntimeError as error:
        if not _is_out_of_memory(error):
            raise
        message = "training failed: the memory does not suffice"
        advice = f"take a smaller batch (`--batch`, now {recipe.batch}) or a smaller network"
        raise ArchError([Diagnostic("T002", message, help=advice)]) from error


def _is_out_of_memory(error: RuntimeError) -> bool:
    """Also on the processor, where torch has no class of its own for it."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def _train(
    graph: Graph,
    recipe: TrainRecipe,
    options: TrainOptions,
    progress: Progress,
    folder: Path,
) -> Run:
    with kept_settings():
        session = open_session(graph, recipe, options)
        plan = _plan(graph, recipe, session, folder)
        # The last digits of sums, and so the weights, depend on the number of threads.
        command = f"{options.command} --threads {session.threads}"
        files.create(plan, graph, emit(started_by(graph, recipe)))
        files.write_config(plan, graph, recipe, command)
        progress.start(plan)
        try:
            rows, final, ended = _epochs(session, recipe, plan, options, progress)
        except ArchError as error:
            with suppress(ArchError):  # a disk that is full already is what `error` tells
                files.write_failure(folder, error)
            raise
        finally:
            progress.close()
    gate = judge(recipe, final)
    files.write_report(folder, rows, final, gate, ended)
    _draw(graph, rows, folder)
    run = Run(folder, tuple(rows), final, gate, command, ended, session.dataset.judged)
    progress.end(run)
    return run


def _epochs(
    session: Session,
    recipe: TrainRecipe,
    plan: Plan,
    options: TrainOptions,
    progress: Progress,
) -> tuple[list[EpochRow], Evaluation, Ended]:
    """All epochs, each measured, logged and saved."""
    began = time.monotonic()
    parts, rows = session.parts, list[EpochRow]()
    with finish_step() as asked:
        for epoch in range(1, recipe.epochs + 1):
            done = parts.epoch(epoch, asked, partial(progress.step, epoch))
            _leave_if(asked(), session, plan, progress)
            final = _measured(session)
            check_finite(parts.model, final.loss, done.lr, f"the end of epoch {epoch}")
            row = _row(rows, done, final, plan.steps_per_epoch)
            rows.append(row)
            _keep(session, plan, row)
            progress.epoch(row)
            _leave_if(asked() and epoch < recipe.epochs, session, plan, progress)
            if _over(began, options.max_minutes) and epoch < recipe.epochs:
                return rows, final, "time"
    return rows, final, "done"


def _measured(session: Session) -> Evaluation:
    parts = session.parts
    return measure(parts.model, session.held_out, parts.loss, parts.scores)


def _leave_if(asked: bool, session: Session, plan: Plan, progress: Progress) -> None:  # noqa: FBT001  # reads as a sentence
    if asked:
        save_weights(session.parts.model, plan.folder / LAST)
        progress.interrupted(plan.folder / LAST)
        raise KeyboardInterrupt


def _keep(session: Session, plan: Plan, row: EpochRow) -> None:
    files.append_row(plan.folder, row)
    save_weights(session.parts.model, plan.folder / LAST)
    if row.best:
        save_weights(session.parts.model, plan.folder / BEST)


def _over(began: float, max_minutes: float | None) -> bool:
    return max_minutes is not None and time.monotonic() - began >= 60 * max_minutes


def _row(rows: list[EpochRow], done: Pass, final: Evaluation, steps: int) -> EpochRow:
    epoch = len(rows) + 1
    top1 = final.top(1)
    return EpochRow(
        epoch=epoch,
        step=epoch * steps,
        samples=epoch * done.samples,
        lr=done.lr,
        train_loss=done.loss,
        train_top1=done.hits / done.samples,
        val_loss=final.loss,
        val_top1=top1,
        val_top5=final.top(5) if 5 in final.hits else None,
        grad_norm=done.grad_norm,
        seconds=done.seconds,
        samples_per_s=done.samples / done.seconds,
        best=all((top1, -final.loss) > row.rank for row in rows),
    )


def judge(recipe: TrainRecipe, final: Evaluation) -> GateResult | None:
    """The recipe's gate against the last epoch; None if it has none.

    A gate promises what the recipe of the spec reaches. Where a flag changed the recipe (other
    than `--seed`), or the data is not the gate's, there is nothing to judge.
    """
    gate = recipe.gate
    if gate is None:
        return None
    flags = sorted({origin for origin in recipe.origins.values() if origin.startswith("--")})
    changed = [flag for flag in flags if flag != "--seed"]
    reason = f"{', '.join(changed)} changed the recipe" if changed else ""
    if gate.data is not None and gate.data != recipe.data.name:
        reason = f"it is about {gate.data}, this is {recipe.data.name}"
    return GateResult(float(gate.value), final.top(1), final.standard_error(), reason)


def plan_run(graph: Graph, recipe: TrainRecipe, options: TrainOptions) -> Plan:
    """What `train` would do, with the time of one real step. Writes nothing.

    Raises:
        ArchError: what `train` would raise before its first step.
    """
    folder = files.folder_of(graph, recipe, options)
    with kept_settings():
        session = open_session(graph, recipe, options)
        seconds = seconds_of(trial_step(recipe, session.parts))
        return replace(_plan(graph, recipe, session, folder), step_seconds=seconds)


def _plan(graph: Graph, recipe: TrainRecipe, session: Session, folder: Path) -> Plan:
    parts = session.parts
    steps = len(parts.train) * recipe.epochs
    parameters = sum(each.numel() for each in parts.model.parameters() if each.requires_grad)
    train, test = parts.train.samples, session.held_out.samples
    return Plan(
        target=f"{graph.spec.source.name}:{graph.name}",
        spec_hash=graph.spec.digest,
        recipe=recipe.written(),
        origins={key: recipe.origin(key) for key in recipe.written()},
        data=f"{session.dataset.name}, {session.dataset.split}",
        counts={"parameters": parameters, "train": train, "test": test},
        rates=_rates(recipe, len(parts.train)),
        steps_per_epoch=len(parts.train),
        steps=steps,
        device=session.device.type,
        threads=session.threads,
        folder=folder,
    )


def _rates(recipe: TrainRecipe, steps_per_epoch: int) -> tuple[tuple[int, float], ...]:
    """(step, rate) at the first step of every epoch where it differs, and at the last step."""
    if recipe.rule is not None:
        return ((1, float(recipe.rule.lr)),)
    lr = float(recipe.optimizer.lr)
    factor = factor_of(recipe.schedule, lr, recipe.epochs, steps_per_epoch)
    last = recipe.epochs * steps_per_epoch - 1
    rates: list[tuple[int, float]] = []
    for step in [*range(0, last, steps_per_epoch), last]:
        rate = lr * factor(step)
        if not rates or rate != rates[-1][1]:
            rates.append((step + 1, rate))
    return tuple(rates)


def evaluate(
    graph: Graph,
    weights: Path,
    recipe: TrainRecipe,
    device: Device = "auto",
    threads: int | None = None,
) -> Evaluation:
    """A network with saved weights on the held-out samples of the recipe's data.

    Args:
        graph: the network.
        weights: a safetensors file.
        recipe: names data and loss.
        device: where to compute.
        threads: of torch; None leaves its setting. Sums depend on it in their last digits.

    Raises:
        ArchError: E007 without the data, E602 where it does not fit, E0xx and E702 for weights.
    """
    where = torch_device(device)
    dataset = load_data(recipe.data)
    check_fit(graph, recipe, dataset)
    model, loss, scores = judged(graph, recipe, dataset, where, weights=weights)
    with kept_settings():
        torch.set_num_threads(threads or torch.get_num_threads())
        return measure(model, held_out(dataset, recipe, where), loss, scores)


def _draw(graph: Graph, rows: list[EpochRow], folder: Path) -> None:
    from archspec.training.plots import draw_curves

    draw_curves(rows, f"{graph.name}: {folder.name}", folder / "curves.png")
