"""What a run shows while it goes: one line, many lines, or events. The one writer to a console."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TextIO

    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from archspec.training.results import EpochRow, Plan, Run

LINE_SECONDS = 30.0  # between two lines of one epoch where nothing can be rewritten


class Progress(Protocol):
    """What `train` tells. `close` comes after the last epoch, also after a failure."""

    def start(self, plan: Plan) -> None:
        """The run begins."""

    def step(self, epoch: int, step: int, loss: float) -> None:
        """Some steps of an epoch are done; at most once a second."""

    def epoch(self, row: EpochRow) -> None:
        """An epoch is done."""

    def interrupted(self, weights: Path) -> None:
        """Ctrl-C: the weights are saved there."""

    def close(self) -> None:
        """No more steps come."""

    def end(self, run: Run) -> None:
        """The run is complete."""


def progress_on(
    stream: TextIO, log_format: Literal["human", "jsonl"] = "human", *, quiet: bool = False
) -> Progress:
    """The fitting one: events, a live line on a terminal, else plain lines; quiet: the end only."""
    if log_format == "jsonl":
        return JsonLines(stream)
    if quiet or not stream.isatty():
        return Lines(stream, quiet=quiet)
    return LiveLine(stream)


def epoch_line(row: EpochRow, epochs: int) -> str:
    """An epoch in one line.

    >>> from archspec.training.results import EpochRow
    >>> row = EpochRow(3, 189, 12000, 0.01, 0.412, 0.951, 0.4, 0.963, 0.99, 1.0, 1.4, 2857.0, True)
    >>> epoch_line(row, 20)
    'epoch  3/20  loss 0.412  top-1 95.1 %  val 96.3 %  1.4 s  best'
    """
    line = (
        f"epoch {row.epoch:{len(str(epochs))}}/{epochs}  loss {row.train_loss:.3f}  "
        f"top-1 {row.train_top1:.1%}  val {row.val_top1:.1%}  {row.seconds:.1f} s"
    ).replace("%", " %")
    return f"{line}  best" if row.best else line


def end_lines(run: Run) -> tuple[str, ...]:
    """The result, the gate, where the weights are, how to repeat it."""
    final, best, last = run.final, run.best, run.epochs[-1]
    sampled = run.judged != "patterns"
    error = f" +- {100 * final.standard_error():.1f}" if sampled else ""
    lines = [
        (
            f"last top-1 {100 * final.top(1):.1f} %{error} at epoch {last.epoch}, "
            f"{final.hits[1]:,} of {final.samples:,} {run.judged}"
        ),
        f"best top-1 {100 * best.val_top1:.1f} % at epoch {best.epoch}: {run.best_weights}",
    ]
    if run.gate is not None:
        why = f" ({run.gate.not_judged})" if run.gate.not_judged else ""
        lines.append(f"gate top-1 >= {100 * run.gate.bar:.1f} %: {run.gate.verdict}{why}")
    if run.ended == "time":
        lines.append("stopped early: the time was over")
    return (*lines, f"repeat: {run.command}")


def plan_lines(plan: Plan) -> tuple[str, ...]:
    """A plan as text, for `--dry-run`."""
    width = max(map(len, plan.recipe))
    rows = [
        f"  {key:{width}}  {value}   ({plan.origins[key]})" for key, value in plan.recipe.items()
    ]
    rates = ", ".join(f"{rate:g} from step {step:,}" for step, rate in plan.rates[:8])
    more = f", {len(plan.rates) - 8} more" if len(plan.rates) > 8 else ""
    lines = [
        f"{plan.target}  spec {plan.spec_hash[:8]}  {plan.counts['parameters']:,} parameters",
        f"data    {plan.data}",
        "recipe",
        *rows,
        f"rate    {rates}{more}",
        f"steps   {plan.steps_per_epoch:,} an epoch, {plan.steps:,} in all",
        f"device  {plan.device}, {threads(plan.threads)}",
        f"folder  {plan.folder}",
    ]
    if plan.step_seconds is not None:
        total = plan.step_seconds * plan.steps
        lines.append(
            f"time    {1000 * plan.step_seconds:.2f} ms a step, about {total:.0f} s in all"
        )
    return tuple(lines)


def threads(count: int) -> str:
    """`1 thread`, `2 threads`."""
    return f"{count} thread{'s' * (count != 1)}"


def start_line(plan: Plan) -> str:
    """What is trained, on what, and where."""
    return (
        f"{plan.target}  {plan.counts['parameters']:,} parameters  {plan.data}  "
        f"{plan.device}, {threads(plan.threads)}"
    )


class Lines:
    """Plain lines: one an epoch, and one each half minute within a long epoch."""

    def __init__(self, stream: TextIO, *, quiet: bool = False) -> None:
        self._stream, self._quiet = stream, quiet
        self._epochs = self._steps = 0
        self._told = time.monotonic()

    def start(self, plan: Plan) -> None:
        """Say what begins."""
        self._epochs, self._steps = plan.steps // plan.steps_per_epoch, plan.steps_per_epoch
        self._write(start_line(plan))

    def step(self, epoch: int, step: int, loss: float) -> None:
        """A line if the last one is long ago."""
        if time.monotonic() - self._told >= LINE_SECONDS:
            self._write(
                f"epoch {epoch}/{self._epochs}  step {step:,}/{self._steps:,}  loss {loss:.3f}"
            )

    def epoch(self, row: EpochRow) -> None:
        """Its line."""
        self._write(epoch_line(row, self._epochs))

    def interrupted(self, weights: Path) -> None:
        """Say where the weights are."""
        self._write(f"interrupted: weights in {weights}")

    def close(self) -> None:
        """Nothing is open."""

    def end(self, run: Run) -> None:
        """The last lines, also when quiet."""
        for line in end_lines(run):
            print(line, file=self._stream)  # the console's owner
        self._stream.flush()

    def _write(self, line: str) -> None:
        self._told = time.monotonic()
        if not self._quiet:
            print(line, file=self._stream, flush=True)  # the console's owner


class LiveLine:
    """One line that is rewritten, and a permanent line an epoch; for terminals."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console

        self._console = Console(file=stream, highlight=False)
        self._live: RichProgress | None = None
        self._task: TaskID | None = None
        self._epochs = self._steps = 0

    def start(self, plan: Plan) -> None:
        """Open the line."""
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._epochs, self._steps = plan.steps // plan.steps_per_epoch, plan.steps_per_epoch
        self._print(start_line(plan))
        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        self._live = Progress(*columns, console=self._console, auto_refresh=False, transient=True)
        self._task = self._live.add_task(f"epoch 1/{self._epochs}", total=plan.steps)
        self._live.start()

    def step(self, epoch: int, step: int, loss: float) -> None:
        """Move the bar."""
        done = (epoch - 1) * self._steps + step
        self._move(done, f"epoch {epoch}/{self._epochs}  loss {loss:.3f}")

    def epoch(self, row: EpochRow) -> None:
        """Its line above the bar."""
        self._print(epoch_line(row, self._epochs))
        following = min(row.epoch + 1, self._epochs)
        self._move(row.step, f"epoch {following}/{self._epochs}  loss {row.train_loss:.3f}")

    def interrupted(self, weights: Path) -> None:
        """Say where the weights are."""
        self._print(f"interrupted: weights in {weights}")

    def close(self) -> None:
        """Take the bar away."""
        if self._live is not None:
            self._live.stop()

    def end(self, run: Run) -> None:
        """The last lines."""
        for line in end_lines(run):
            self._print(line)

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, soft_wrap=True)

    def _move(self, done: int, text: str) -> None:
        if self._live is not None and self._task is not None:
            self._live.update(self._task, completed=done, description=text, refresh=True)


class JsonLines:
    """One JSON object a line: start, step, epoch, interrupted, end."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def start(self, plan: Plan) -> None:
        """The plan."""
        self._event("start", **asdict(plan))

    def step(self, epoch: int, step: int, loss: float) -> None:
        """Where it is."""
        self._event("step", epoch=epoch, step=step, loss=loss)

    def epoch(self, row: EpochRow) -> None:
        """The row of metrics.csv."""
        self._event("epoch", **asdict(row))

    def interrupted(self, weights: Path) -> None:
        """Where the weights are."""
        self._event("interrupted", weights=str(weights))

    def close(self) -> None:
        """Nothing is open."""

    def end(self, run: Run) -> None:
        """The result."""
        gate = run.gate and {**asdict(run.gate), "verdict": run.gate.verdict}
        self._event(
            "end",
            folder=str(run.folder),
            ended=run.ended,
            final=asdict(run.final),
            best_epoch=run.best.epoch,
            weights=str(run.best_weights),
            gate=gate,
            command=run.command,
        )

    def _event(self, event: str, **content: object) -> None:
        line = json.dumps({"event": event, **content}, default=str)
        print(line, file=self._stream, flush=True)  # the console's owner
