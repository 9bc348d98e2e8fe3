"""Whole runs: what they write, that they repeat, and how they end."""

from __future__ import annotations

import csv
import json
import os
import signal
import threading
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import load_file  # needs torch

import archspec
from archspec.errors import ArchError
from archspec.schema.choices import CrossEntropy, Gate, Mnist5k, Sgd
from archspec.training import TrainOptions, evaluate, open_run, plan_run, train  # needs torch
from archspec.training import run as module  # needs torch
from archspec.training.hardware import set_threads, torch_device  # as above
from archspec.training.session import open_session, trial_step  # as above

if TYPE_CHECKING:
    from pathlib import Path

    from archspec.graph import Graph
    from archspec.schema import TrainRecipe
    from archspec.training import Run

pytestmark = pytest.mark.torch


class Quiet:
    def __getattr__(self, name: str) -> object:
        return lambda *_: None


def options(runs: Path, **more: object) -> TrainOptions:
    return TrainOptions(runs=runs, threads=1, command="archspec train lenet5", **more)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def finished(lenet5: Graph, recipe: TrainRecipe, runs: Path) -> Run:
    return train(lenet5, recipe.model_copy(update={"epochs": 2}), options(runs), Quiet())


def test_a_run_leaves_everything_about_it(finished: Run, lenet5: Graph):
    names = {path.relative_to(finished.folder).as_posix() for path in finished.folder.rglob("*")}
    assert finished.folder.name == "lenet5-mnist5k-s0-001"
    assert names == {
        "spec",
        "spec/lenet5.arch",
        "model.py",
        "config.json",
        "metrics.csv",
        "best.safetensors",
        "last.safetensors",
        "curves.png",
        "report.json",
    }
    assert (finished.folder / "spec/lenet5.arch").read_text() == lenet5.spec.source.text
    assert (finished.folder / "model.py").read_text() == archspec.emit(lenet5)
    assert (finished.folder / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_metrics_csv_has_a_line_an_epoch(finished: Run):
    with (finished.folder / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert (
        list(rows[0])
        == (
            "epoch step samples lr train_loss train_top1 val_loss val_top1 val_top5 grad_norm "
            "seconds samples_per_s"
        ).split()
    )
    assert [(row["epoch"], row["step"], row["samples"]) for row in rows] == [
        ("1", "16", "4000"),
        ("2", "32", "8000"),
    ]
    assert [float(row["val_top1"]) for row in rows] == [row.val_top1 for row in finished.epochs]


def test_config_tells_where_each_value_comes_from(finished: Run):
    config = json.loads((finished.folder / "config.json").read_text())
    assert config["written"]["batch"] == {"value": "250", "origin": "default"}
    assert config["counts"] == {"parameters": 60000, "train": 4000, "test": 1000}
    assert (config["device"], config["threads"], config["steps"]) == ("cpu", 1, 32)
    assert "split 4,000 / 1,000 (100 a class, seed 0)" in config["data"]


def test_report_holds_the_last_epoch(finished: Run):
    report = json.loads((finished.folder / "report.json").read_text())
    assert report["final"]["hits"]["1"] == finished.final.hits[1]
    assert finished.final.top(1) == finished.epochs[-1].val_top1
    assert report["gate"] is None


def test_evaluating_a_run_gives_its_own_numbers(finished: Run):
    saved = open_run(finished.folder)
    graph = archspec.load(saved.target)
    assert saved.recipe.epochs == 2
    again = evaluate(graph, finished.folder / "last.safetensors", saved.recipe, threads=1)
    assert again == finished.final
    best = evaluate(graph, saved.weights, saved.recipe, threads=1)
    assert best.top(1) == finished.best.val_top1


def test_the_same_seed_gives_the_same_bits(
    finished: Run, lenet5: Graph, recipe: TrainRecipe, runs: Path
):
    torch.rand(5)
    torch.manual_seed(123)
    again = train(lenet5, recipe.model_copy(update={"epochs": 2}), options(runs), Quiet())
    assert again.folder.name == "lenet5-mnist5k-s0-002"
    one, other = (load_file(each.folder / "last.safetensors") for each in (finished, again))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert again.final == finished.final


def test_another_seed_gives_other_weights(
    finished: Run, lenet5: Graph, recipe: TrainRecipe, tmp_path: Path
):
    changed = recipe.model_copy(update={"seed": 1})
    other = train(lenet5, changed, options(tmp_path, out=tmp_path / "new"), Quiet())
    assert other.folder == tmp_path / "new"
    one, two = (load_file(each.folder / "last.safetensors") for each in (finished, other))
    assert not torch.equal(one["C1.conv.weight"], two["C1.conv.weight"])


def test_a_run_overwrites_nothing(finished: Run, lenet5: Graph, recipe: TrainRecipe, runs: Path):
    before = {path: path.stat().st_mtime_ns for path in finished.folder.rglob("*")}
    for taken in (finished.folder, finished.folder / "config.json"):
        with pytest.raises(ArchError) as caught:
            train(lenet5, recipe, options(runs, out=taken), Quiet())
        assert caught.value.diagnostics[0].code == "E006"
    assert before == {path: path.stat().st_mtime_ns for path in finished.folder.rglob("*")}


def test_a_folder_with_anything_in_it_is_taken(lenet5: Graph, recipe: TrainRecipe, tmp_path: Path):
    assert plan_run(lenet5, recipe, options(tmp_path, out=tmp_path)).folder == tmp_path
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ArchError) as caught:
        plan_run(lenet5, recipe, options(tmp_path, out=tmp_path))
    assert caught.value.diagnostics[0].code == "E006"


def test_a_run_leaves_the_process_as_it_was(lenet5: Graph, recipe: TrainRecipe, tmp_path: Path):
    state = torch.random.get_rng_state()
    torch.set_num_threads(2)
    train(lenet5, recipe, options(tmp_path, max_minutes=0), Quiet())
    assert torch.get_num_threads() == 2
    assert torch.equal(state, torch.random.get_rng_state())


def test_time_ends_a_run_after_an_epoch(lenet5: Graph, recipe: TrainRecipe, tmp_path: Path):
    long = recipe.model_copy(update={"epochs": 50})
    ended = train(lenet5, long, options(tmp_path, max_minutes=0), Quiet())
    assert (ended.ended, len(ended.epochs)) == ("time", 1)


def test_a_plan_writes_nothing(lenet5: Graph, recipe: TrainRecipe, tmp_path: Path):
    plan = plan_run(lenet5, recipe, options(tmp_path / "runs"))
    assert list(tmp_path.iterdir()) == []
    assert (plan.steps_per_epoch, plan.steps, plan.threads) == (16, 16, 1)
    assert plan.folder == tmp_path / "runs" / "lenet5-mnist5k-s0-001"
    assert plan.rates == ((1, 0.01),)
    assert plan.step_seconds is not None


def test_a_trial_step_leaves_the_network_alone(lenet5: Graph, recipe: TrainRecipe):
    session = open_session(lenet5, recipe, TrainOptions(threads=1))
    model = session.parts.model
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    trial_step(recipe, session.parts)()
    after = model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_gate_is_judged_on_the_last_epoch_and_its_own_data(finished: Run, recipe: TrainRecipe):
    def verdict(bar: float, origins: dict[str, str], data: str = "mnist5k") -> str:
        gate = Gate(value=Fraction(bar), data=data)
        judged = module.judge(
            recipe.model_copy(update={"gate": gate, "origins": origins}), finished.final
        )
        assert judged is not None
        return judged.verdict

    value = finished.final.top(1)
    assert verdict(value, {"lr": "net.arch:3", "seed": "--seed"}) == "held"
    assert verdict(value + 0.001, {}) == "missed"
    assert verdict(0.9, {"epochs": "--epochs"}) == "not judged"
    assert verdict(0.9, {}, data="mnist") == "not judged"
    assert module.judge(recipe, finished.final) is None


def test_a_loss_that_is_no_number_keeps_what_there_is(
    lenet5_modern: Graph, recipe: TrainRecipe, tmp_path: Path, listener: object
):
    wild = recipe.model_copy(
        update={"optimizer": Sgd(lr=Fraction(10**38)), "loss": CrossEntropy(), "init": None}
    )
    with pytest.raises(ArchError) as caught:
        train(lenet5_modern, wild, options(tmp_path, out=tmp_path / "wild"), listener)
    assert caught.value.diagnostics[0].code == "T001"
    (failure,) = json.loads((tmp_path / "wild" / "failure.json").read_text())
    assert failure["code"] == "T001"
    assert listener.names == ["start", "close"]


class InterruptsAfter:
    """Sends this process a signal when an epoch is told."""

    def __init__(self, number: int) -> None:
        self.number, self.heard = number, list[str]()

    def epoch(self, _row: object) -> None:
        os.kill(os.getpid(), self.number)

    def __getattr__(self, name: str) -> object:
        return lambda *_: self.heard.append(name)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_saves_then_stops(
    number: int, lenet5: Graph, recipe: TrainRecipe, tmp_path: Path
):
    handler = signal.getsignal(number)
    progress = InterruptsAfter(number)
    long = recipe.model_copy(update={"epochs": 50, "batch": "all"})
    with pytest.raises(KeyboardInterrupt):
        train(lenet5, long, options(tmp_path, out=tmp_path / "cut"), progress)
    assert (tmp_path / "cut" / "last.safetensors").is_file()
    assert progress.heard[-2:] == ["interrupted", "close"]
    assert signal.getsignal(number) == handler


def test_another_thread_can_train_without_signals(
    lenet5: Graph, recipe: TrainRecipe, tmp_path: Path
):
    made: list[Run] = []
    few = recipe.model_copy(update={"batch": "all"})
    worker = threading.Thread(
        target=lambda: made.append(train(lenet5, few, options(tmp_path), Quiet()))
    )
    worker.start()
    worker.join()
    assert made[0].epochs[0].step == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (Mnist5k(), ("gives 1x28x28 pictures", "takes 1x32x32", "write `pad=2`")),
        (Mnist5k(pad=3), ("1x34x34", "write `pad=2`")),
    ],
)
def test_pictures_that_do_not_fit_name_the_padding_that_does(
    data: Mnist5k, words: tuple[str, ...], lenet5: Graph, recipe: TrainRecipe, tmp_path: Path
):
    with pytest.raises(ArchError) as caught:
        plan_run(lenet5, recipe.model_copy(update={"data": data}), options(tmp_path))
    (found,) = caught.value.diagnostics
    assert found.code == "E602"
    assert all(word in f"{found.message} {found.help}" for word in words)


def test_a_folder_without_a_run_is_told(tmp_path: Path, finished: Run):
    for content, code in [(None, "E001"), ("{}", "E006"), ("[", "E006")]:
        if content is not None:
            (tmp_path / "config.json").write_text(content)
        with pytest.raises(ArchError) as caught:
            open_run(tmp_path)
        assert caught.value.diagnostics[0].code == code
    (tmp_path / "config.json").write_text((finished.folder / "config.json").read_text())
    with pytest.raises(ArchError) as caught:
        open_run(tmp_path)
    assert "no weights" in caught.value.diagnostics[0].message


def test_weights_of_another_network_do_not_fit(
    finished: Run, lenet5_modern: Graph, recipe: TrainRecipe
):
    plain = recipe.model_copy(update={"loss": CrossEntropy()})
    with pytest.raises(ArchError) as caught:
        evaluate(lenet5_modern, finished.best_weights, plain)
    assert {each.code for each in caught.value.diagnostics} == {"E702"}


def test_the_faster_number_of_threads_is_taken(monkeypatch: pytest.MonkeyPatch):
    import archspec.training.hardware as hardware

    torch.set_num_threads(2)
    monkeypatch.setattr(hardware, "seconds_of", lambda step: step())
    assert set_threads(None, lambda: {1: 0.5, 2: 0.9}[torch.get_num_threads()]) == 1
    torch.set_num_threads(2)
    assert set_threads(None, lambda: {1: 0.9, 2: 0.5}[torch.get_num_threads()]) == 2
    assert torch.get_num_threads() == 2
    assert set_threads(1, lambda: None) == torch.get_num_threads() == 1


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_that_is_not_there_is_told():
    assert torch_device("auto").type == "cpu"
    with pytest.raises(ArchError) as caught:
        torch_device("cuda")
    assert caught.value.diagnostics[0].code == "E602"


def test_the_line_that_repeats_a_run_names_the_threads(finished: Run):
    assert finished.command == "archspec train lenet5 --threads 1"
    assert replace(finished, command="x").best_weights.name == "best.safetensors"
