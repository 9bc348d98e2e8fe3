"""What training takes and returns, as frozen values. No torch here, and nothing is computed."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Literal

Device = Literal["auto", "cpu", "cuda"]
Ended = Literal["done", "time"]


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """How a run is carried out; what is trained stands in the recipe.

    Args:
        out: the run's folder; None takes the next free number in `runs`.
        runs: where numbered folders go.
        device: `auto` is CUDA where torch finds it, else the processor.
        threads: of torch; None tries one and all cores and takes the faster.
        max_minutes: stop after the epoch in which this time is over.
        command: what the user typed, for the line that repeats the run.
    """

    out: Path | None = None
    runs: Path = Path("runs")
    device: Device = "auto"
    threads: int | None = None
    max_minutes: float | None = None
    command: str = "archspec train"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a network does on a set of pictures.

    Args:
        loss: mean over the samples.
        samples: how many there were.
        hits: by k, how many had the true class among the k best.
        confusion: `confusion[true][answer]` counts samples.
    """

    loss: float
    samples: int
    hits: dict[int, int]
    confusion: tuple[tuple[int, ...], ...]

    def top(self, k: int) -> float:
        """The share of samples with the true class among the `k` best.

        >>> Evaluation(0.1, 1000, {1: 963}, ()).top(1)
        0.963
        """
        return self.hits[k] / self.samples

    def standard_error(self, k: int = 1) -> float:
        """sqrt(p (1 - p) / n) of `top(k)`: what another sample of this size might change.

        >>> round(Evaluation(0.1, 1000, {1: 970}, ()).standard_error(), 4)
        0.0054
        """
        share = self.top(k)
        return sqrt(share * (1 - share) / self.samples)

    @property
    def recall(self) -> tuple[float | None, ...]:
        """By class, the share that was recognised; None for a class without samples."""
        return tuple(
            row[index] / sum(row) if sum(row) else None for index, row in enumerate(self.confusion)
        )

    @property
    def confused(self) -> tuple[tuple[int, int, int], ...]:
        """(true class, answer, samples) of the wrong answers, most frequent first."""
        pairs = [
            (true, answer, count)
            for true, row in enumerate(self.confusion)
            for answer, count in enumerate(row)
            if answer != true and count
        ]
        return tuple(sorted(pairs, key=lambda pair: (-pair[2], pair[0], pair[1])))


@dataclass(frozen=True, slots=True)
class EpochRow:
    """One line of metrics.csv.

    Args:
        step: optimizer steps done so far; `samples` likewise.
        lr: of the epoch's last step.
        train_loss: mean over the epoch, while the weights were changing; `train_top1` likewise.
        val_loss: of the held-out samples at the end of the epoch; `val_top1`, `val_top5` likewise.
        grad_norm: of the epoch's last step, before clipping.
        seconds: of training, without validation.
        best: whether it is better than all before: `val_top1` is higher, or as high and
            `val_loss` lower.
    """

    epoch: int
    step: int
    samples: int
    lr: float
    train_loss: float
    train_top1: float
    val_loss: float
    val_top1: float
    val_top5: float | None
    grad_norm: float
    seconds: float
    samples_per_s: float
    best: bool

    @property
    def rank(self) -> tuple[float, float]:
        """What epochs are compared by, the higher the better."""
        return self.val_top1, -self.val_loss


@dataclass(frozen=True, slots=True)
class GateResult:
    """Whether the result the recipe promises was reached.

    Args:
        bar: the least share of right answers.
        value: that of the last epoch.
        standard_error: of `value`.
        not_judged: why the gate does not apply, or "".
    """

    bar: float
    value: float
    standard_error: float
    not_judged: str = ""

    @property
    def verdict(self) -> Literal["held", "missed", "not judged"]:
        """In a word."""
        if self.not_judged:
            return "not judged"
        return "held" if self.value >= self.bar else "missed"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will do, found without doing it.

    Args:
        target: `lenet5.arch:LeNet5`.
        spec_hash: SHA-256 of the spec's text and that of its imports, hexadecimal.
        recipe: key -> value as a spec writes it; `origins` says where it comes from.
        data: the set and its split in words.
        counts: parameters to train and samples by name.
        rates: (step, learning rate) at the start, at each change, at the end.
        steps_per_epoch: the last batch of an epoch may be smaller.
        step_seconds: time of one real step; None until it was measured.
    """

    target: str
    spec_hash: str
    recipe: dict[str, str]
    origins: dict[str, str]
    data: str
    counts: dict[str, int]
    rates: tuple[tuple[int, float], ...]
    steps_per_epoch: int
    steps: int
    device: str
    threads: int
    folder: Path
    step_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run.

    Args:
        epochs: one row an epoch.
        final: the last epoch's weights on the held-out samples.
        gate: None if the recipe has none.
        command: repeats the run.
        ended: `time` if `max_minutes` cut it short.
        judged: what `final` is about, in words; `patterns` are all there are, not a sample.
    """

    folder: Path
    epochs: tuple[EpochRow, ...]
    final: Evaluation
    gate: GateResult | None
    command: str
    ended: Ended = "done"
    judged: str = "held-out images"

    @property
    def best(self) -> EpochRow:
        """The epoch with the highest share of right answers; of equal ones the lowest loss."""
        return max(self.epochs, key=lambda row: row.rank)

    @property
    def best_weights(self) -> Path:
        """Where the weights of `best` are."""
        return self.folder / "best.safetensors"
