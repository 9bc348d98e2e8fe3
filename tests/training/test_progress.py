"""What a run shows: clean lines in a file, one live line on a terminal, events for programs."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from archspec.training import Evaluation, GateResult, Plan, Run, plan_lines, progress_on
from archspec.training import progress as module
from archspec.training.results import EpochRow

FOLDER = Path("runs") / "lenet5-mnist5k-s0-001"
PLAN = Plan(
    target="lenet5.arch:LeNet5",
    spec_hash="1f3a9c2e" * 8,
    recipe={"data": "mnist5k(pad=2)", "optimizer": "sgd(lr=0.01)"},
    origins={"data": "lenet5.arch:43", "optimizer": "--optimizer"},
    data="mnist5k, fixed split",
    counts={"parameters": 60000, "train": 4000, "test": 1000},
    rates=((1, 0.01), (64, 0.001)),
    steps_per_epoch=63,
    steps=126,
    device="cpu",
    threads=1,
    folder=FOLDER,
    step_seconds=0.004,
)


def row(epoch: int, top1: float, *, best: bool) -> EpochRow:
    return EpochRow(
        epoch, 63 * epoch, 4000 * epoch, 0.01, 0.412, 0.951, 0.4, top1, 0.99, 1.0, 1.4, 2857.0, best
    )


RUN = Run(
    folder=FOLDER,
    epochs=(row(1, 0.97, best=True), row(2, 0.963, best=False)),
    final=Evaluation(0.4, 1000, {1: 963, 5: 990}, ()),
    gate=GateResult(0.955, 0.963, 0.006),
    command="archspec train lenet5 --epochs 2 --threads 1",
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def show(stream: io.StringIO, **options: object) -> str:
    shown = progress_on(stream, **options)
    shown.start(PLAN)
    shown.step(1, 30, 0.5)
    for each in RUN.epochs:
        shown.epoch(each)
    shown.close()
    shown.end(RUN)
    return stream.getvalue()


EXPECTED = f"""\
lenet5.arch:LeNet5  60,000 parameters  mnist5k, fixed split  cpu, 1 thread
epoch 1/2  loss 0.412  top-1 95.1 %  val 97.0 %  1.4 s  best
epoch 2/2  loss 0.412  top-1 95.1 %  val 96.3 %  1.4 s
last top-1 96.3 % +- 0.6 at epoch 2, 963 of 1,000 held-out images
best top-1 97.0 % at epoch 1: {FOLDER / "best.safetensors"}
gate top-1 >= 95.5 %: held
repeat: archspec train lenet5 --epochs 2 --threads 1
"""


def test_in_a_file_plain_lines_and_no_control_characters():
    text = show(io.StringIO())
    assert text == EXPECTED
    assert all(char == "\n" or char.isprintable() for char in text)


def test_quiet_leaves_the_answer():
    assert show(io.StringIO(), quiet=True) == "".join(EXPECTED.splitlines(keepends=True)[-4:])


def test_on_a_terminal_the_same_lines_and_a_bar():
    text = show(Terminal())
    assert all(line in text for line in EXPECTED.splitlines())
    assert "\x1b[" in text


def test_a_long_epoch_is_told_each_half_minute(monkeypatch: pytest.MonkeyPatch):
    clock = iter([0.0, 0.0, 29.0, 31.0, 31.0, 40.0])
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    stream = io.StringIO()
    shown = progress_on(stream)
    shown.start(PLAN)
    for step in (10, 20, 30):
        shown.step(2, step, 0.25)
    assert stream.getvalue().splitlines()[1:] == ["epoch 2/2  step 20/63  loss 0.250"]


def test_events_are_one_json_object_a_line():
    lines = [json.loads(line) for line in show(io.StringIO(), log_format="jsonl").splitlines()]
    assert [line["event"] for line in lines] == ["start", "step", "epoch", "epoch", "end"]
    assert lines[-1]["gate"]["verdict"] == "held"
    assert lines[2]["val_top1"] == 0.97


def test_a_gate_that_was_missed_or_not_judged_says_so():
    missed = Run(FOLDER, RUN.epochs, RUN.final, GateResult(0.97, 0.963, 0.006), "", "time")
    assert "gate top-1 >= 97.0 %: missed" in module.end_lines(missed)
    assert "stopped early: the time was over" in module.end_lines(missed)
    other = Run(FOLDER, RUN.epochs, RUN.final, GateResult(0.97, 0.9, 0.01, "--lr changed"), "")
    assert "gate top-1 >= 97.0 %: not judged (--lr changed)" in module.end_lines(other)


@pytest.mark.parametrize("kind", ["human", "jsonl"])
@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_an_interruption_tells_where_the_weights_are(kind: str, stream: type[io.StringIO]):
    out = stream()
    progress_on(out, kind).interrupted(Path("last.safetensors"))
    assert "last.safetensors" in out.getvalue()


def test_a_plan_in_words():
    assert (
        "\n".join(plan_lines(PLAN))
        == f"""\
lenet5.arch:LeNet5  spec 1f3a9c2e  60,000 parameters
data    mnist5k, fixed split
recipe
  data       mnist5k(pad=2)   (lenet5.arch:43)
  optimizer  sgd(lr=0.01)   (--optimizer)
rate    0.01 from step 1, 0.001 from step 64
steps   63 an epoch, 126 in all
device  cpu, 1 thread
folder  {FOLDER}
time    4.00 ms a step, about 1 s in all"""
    )
