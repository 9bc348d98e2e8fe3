"""Networks of history: their own rules on truth tables, and the numbers those must reach."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from torch.nn import functional

import archspec
from archspec.cli.main import main
from archspec.errors import ArchError
from archspec.schema.choices import Lms, Mnist5k, Perceptron, TruthTable
from archspec.training import TrainOptions, train  # needs torch
from archspec.training.session import open_session  # as above

if TYPE_CHECKING:
    from archspec.graph import Graph
    from archspec.schema import TrainRecipe
    from archspec.training.rules import RuleParts

pytestmark = pytest.mark.torch

HISTORY = Path(__file__).parents[2] / "specs" / "history"
FUNCTIONS = {
    "and": lambda a, b: a and b,
    "or": lambda a, b: a or b,
    "nand": lambda a, b: not (a and b),
    "xor": lambda a, b: a != b,
}


def graph_of(name: str) -> Graph:
    return archspec.load(str(HISTORY / f"{name}.arch"))


def spec_of(body: str, tmp_path: Path) -> Graph:
    path = tmp_path / "net.arch"
    path.write_text(f"arch Net {{\n{body}\n}}\n", encoding="utf-8")
    return archspec.load(str(path))


def opened(graph: Graph, **changed: object) -> tuple[RuleParts, TrainRecipe]:
    recipe = graph.spec.recipe.model_copy(update=changed)
    session = open_session(graph, recipe, TrainOptions(threads=1))
    return session.parts, recipe


def passes(parts: RuleParts, count: int) -> list[int]:
    """The wrong answers of each pass."""
    done = [parts.epoch(number, lambda: False, lambda *_: None) for number in range(1, count + 1)]
    return [each.samples - each.hits for each in done]


def weights(parts: RuleParts) -> tuple[list[float], float]:
    return parts.layer.weight[0].tolist(), parts.layer.bias.item()


# --- truth tables -----------------------------------------------------------------------------


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_truth_table_is_its_function_in_order(function: str):
    coding = (Fraction(-1), Fraction(1))
    parts, _ = opened(graph_of("adaline"), data=TruthTable(function=function, coding=coding))
    found = [(x.tolist()[0], parts.targets[label].item()) for x, label in parts.train.in_order()]
    wanted = [
        ([2 * a - 1, 2 * b - 1], 1 if FUNCTIONS[function](a, b) else -1)
        for a, b in product([0, 1], repeat=2)
    ]
    assert found == wanted


# --- the perceptron ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "errors", "end"),
    [
        ("and", [1, 3, 3, 2, 1, 0, 0], ([2, 1], -2)),
        ("or", [1, 2, 1, 0, 0], ([1, 1], 0)),
        ("nand", [2, 3, 3, 2, 1, 0, 0], ([-2, -1], 3)),
        ("xor", [2, 3, 4, 4, 4, 4, 4, 4], ([-1, 0], 1)),
    ],
)
def test_the_perceptron_errs_pass_by_pass_as_by_hand(function: str, errors: list[int], end: object):
    parts, _ = opened(graph_of("perceptron"), data=TruthTable(function=function))
    assert passes(parts, len(errors)) == errors
    assert weights(parts) == end


def test_xor_comes_back_to_the_same_weights_after_every_pass():
    parts, _ = opened(graph_of("perceptron"), data=TruthTable(function="xor"))
    passes(parts, 2)
    for _ in range(20):
        assert passes(parts, 1) == [4]
        assert weights(parts) == ([-1, 0], 1)


def test_the_rate_scales_the_perceptron_from_zero_and_changes_no_answer():
    parts, _ = opened(graph_of("perceptron"), rule=Perceptron(lr=Fraction(1, 4)))
    assert passes(parts, 6) == [1, 3, 3, 2, 1, 0]
    assert weights(parts) == ([0.5, 0.25], -0.5)


# --- Adaline ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "limit", "error"),
    [("and", (0.5, 0.5, -0.5), 0.25), ("or", (0.5, 0.5, 0.5), 0.25), ("xor", (0, 0, 0), 1)],
)
def test_lms_nears_the_least_squares_solution_as_its_rate_falls(
    function: str, limit: tuple[float, ...], error: float
):
    """One pattern after the other it stops a distance away that is proportional to the rate."""
    data = TruthTable(function=function, coding=(Fraction(-1), Fraction(1)))
    distances = []
    for lr in (Fraction(1, 50), Fraction(1, 100)):
        parts, _ = opened(graph_of("adaline"), data=data, rule=Lms(lr=lr))
        passes(parts, int(20 / (4 * lr)))  # what is left of the start: e^-20
        row, bias = weights(parts)
        far = torch.tensor([*row, bias]) - torch.tensor(limit)
        distances.append(far.norm().item())
        inputs = torch.cat([x for x, _ in parts.train.in_order()])
        wanted = torch.cat([parts.targets[label] for _, label in parts.train.in_order()])
        measured = functional.mse_loss(parts.model(inputs)[:, 0], wanted).item()
        # The patterns are orthogonal: the error grows by the squared distance. float32: 1e-6.
        assert measured == pytest.approx(error + distances[-1] ** 2, abs=1e-6)
    assert distances[0] < 0.05
    assert distances[0] / distances[1] == pytest.approx(2, abs=0.05)


@pytest.mark.parametrize("function", ["and", "or", "xor"])
def test_the_limit_is_what_least_squares_says(function: str):
    rows = torch.tensor([[a, b, 1.0] for a, b in product([-1.0, 1.0], repeat=2)])
    wanted = torch.tensor([2.0 * FUNCTIONS[function](a > 0, b > 0) - 1 for a, b, _ in rows])
    found = torch.linalg.lstsq(rows, wanted.unsqueeze(1)).solution[:, 0]
    limits = {"and": [0.5, 0.5, -0.5], "or": [0.5, 0.5, 0.5], "xor": [0, 0, 0]}
    torch.testing.assert_close(found, torch.tensor(limits[function]).float())


def test_lms_with_too_high_a_rate_is_stopped():
    parts, _ = opened(graph_of("adaline"), rule=Lms(lr=Fraction(10)))
    with pytest.raises(ArchError) as caught:
        passes(parts, 50)
    assert [each.code for each in caught.value.diagnostics] == ["T001"]


# --- networks of several layers ---------------------------------------------------------------

PATTERNS = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


def filled(name: str, values: dict[str, list[object]]) -> torch.nn.Module:
    model = archspec.compile(str(HISTORY / f"{name}.arch"))
    model.load_state_dict({key: torch.tensor(value) for key, value in values.items()})
    return model.double()


def test_the_mlp_with_weights_by_hand_is_xor():
    model = filled(
        "rumelhart_mlp",
        {
            "h.linear.weight": [[20.0, 20.0], [-20.0, -20.0]],
            "h.linear.bias": [-10.0, 30.0],
            "out.linear.weight": [[20.0, 20.0]],
            "out.linear.bias": [-30.0],
        },
    )
    found = [round(value, 6) for value in model(PATTERNS.double())[:, 0].tolist()]
    assert found == [0.000045, 0.999955, 0.999955, 0.000045]


def test_madaline_with_weights_by_hand_is_xor():
    model = filled(
        "madaline", {"h.linear.weight": [[1.0, -1], [-1, 1]], "h.linear.bias": [-1.0, -1]}
    )
    assert model(2 * PATTERNS.double() - 1)[:, 0].tolist() == [-1, 1, 1, -1]


def test_back_propagation_gives_the_slopes_of_the_loss():
    """Central differences in float64: they err by step^2 and by 1e-16 / step, so 1e-8 holds."""
    model = archspec.compile(str(HISTORY / "rumelhart_mlp.arch"), seed=3).double()
    wanted = torch.tensor([[0.0], [1.0], [1.0], [0.0]]).double()

    def loss() -> torch.Tensor:
        return functional.mse_loss(model(PATTERNS.double()), wanted)

    loss().backward()
    slopes = torch.cat([each.grad.flatten() for each in model.parameters()])
    step, measured = 1e-5, []
    for parameter in model.parameters():
        flat = parameter.data.view(-1)
        for index in range(len(flat)):
            flat[index] += step
            above = loss().item()
            flat[index] -= 2 * step
            measured.append((above - loss().item()) / (2 * step))
            flat[index] += step
    assert len(measured) == 9
    assert slopes.abs().min() > 1e-4
    torch.testing.assert_close(slopes, torch.tensor(measured).double(), rtol=0, atol=1e-8)


def test_back_propagation_learns_xor_by_the_recipe_of_the_spec(tmp_path: Path):
    graph = graph_of("rumelhart_mlp")

    class Quiet:
        def __getattr__(self, name: str) -> object:
            return lambda *_: None

    run = train(graph, graph.spec.recipe, TrainOptions(out=tmp_path / "r", threads=1), Quiet())
    assert run.final.hits == {1: 4}
    assert run.final.loss < 0.001
    assert run.gate.verdict == "held"


# --- what does not fit ------------------------------------------------------------------------

TRAIN = 'train {\n data = truth_table("and")\n rule = perceptron(lr=1)\n}'


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("input 2\nlinear(2)\nlinear(1) -> step\n", "is more than that"),
        ("input 2\nlinear(1) -> sigmoid\n", "is more than that"),
        ("input 2\nlinear(1, trainable=false) -> step\n", "is more than that"),
        ("input 2\nlinear(1)\n", "nothing behind the sum gives one"),
        ("input 2\nlinear(1) -> sign\n", "`sign` answers -1 or 1"),
    ],
)
def test_a_rule_wants_one_layer_and_its_answers(body: str, words: str, tmp_path: Path):
    graph = spec_of(body + TRAIN, tmp_path)
    with pytest.raises(ArchError) as caught:
        opened(graph)
    (found,) = caught.value.diagnostics
    assert found.code == "E604"
    assert words in found.message


@pytest.mark.parametrize(
    ("changed", "body", "words"),
    [
        ({}, "input 3\nlinear(1) -> step\n", "gives 2 inputs, but `Net` takes 3"),
        ({}, "input 2\nlinear(2) -> step\n", "one target value, but the output of `Net` is 2"),
        ({"data": Mnist5k()}, "input 2\nlinear(1) -> step\n", "1x28x28 pictures"),
    ],
)
def test_data_that_do_not_fit(changed: dict, body: str, words: str, tmp_path: Path):
    with pytest.raises(ArchError) as caught:
        opened(spec_of(body + TRAIN, tmp_path), **changed)
    assert [each.code for each in caught.value.diagnostics] == ["E602"]
    assert words in caught.value.diagnostics[0].message


def test_a_single_output_needs_a_loss_for_it(tmp_path: Path):
    graph = spec_of('input 2\nlinear(1)\ntrain { data = truth_table("and") }', tmp_path)
    with pytest.raises(ArchError, match="a truth table has one"):
        opened(graph)


def test_lms_needs_no_threshold(tmp_path: Path):
    body = "input 2\nlinear(1)\n" + TRAIN.replace("perceptron(lr=1)", "lms(lr=0.1)")
    parts, recipe = opened(spec_of(body, tmp_path))
    assert passes(parts, 100)[-1] == 0
    assert recipe.rule == Lms(lr=Fraction(1, 10))


def test_a_recipe_by_name_starts_the_weights_its_own_way(tmp_path: Path):
    fast = TRAIN.replace("train {", "train fast for Net {\n init = constant(3)")
    path = tmp_path / "net.arch"
    own = TRAIN.replace("train {", "train {\n init = zeros")
    path.write_text(f"arch Net {{\ninput 2\nlinear(1) -> step\n{own}\n}}\n{fast}\n")
    graph = archspec.load(str(path))
    for recipe, start in ((graph.spec.recipe, 0), (graph.spec.recipes["fast"], 3)):
        session = open_session(graph, recipe, TrainOptions(threads=1))
        assert weights(session.parts) == ([start, start], 0)


# --- from the command line --------------------------------------------------------------------


def command(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code


def test_train_and_evaluate_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    target = str(HISTORY / "perceptron.arch")
    assert command(["train", target, "--threads", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{target}:Perceptron  3 parameters  truth table of and, all 4 ")
    assert lines[6].startswith("epoch  6/10  loss 0.000  top-1 100.0 %  val 100.0 %")
    assert "last top-1 100.0 % at epoch 10, 4 of 4 patterns" in lines
    run = tmp_path / "runs" / "perceptron-truth_table-s0-001"
    config = json.loads((run / "config.json").read_text())
    assert config["written"]["rule"]["value"] == "perceptron(lr=1)"
    assert not {"optimizer", "loss", "batch"} & config["written"].keys()
    assert command(["evaluate", str(run)]) == 0
    assert "top-1 100.0 %  loss 0.000  4 patterns" in capsys.readouterr().out
    assert command(["train", target, "--threads", "1", "--data", 'truth_table("xor")', "-q"]) == 0
    assert "gate top-1 >= 100.0 %: not judged" in capsys.readouterr().out
    assert command(["train", target, "--dry-run", "--lr", "0.5"]) == 0
    assert "rule    perceptron(lr=0.5)" in capsys.readouterr().out


def test_evaluating_adaline_judges_the_sum(tmp_path: Path):
    graph = graph_of("adaline")
    out = tmp_path / "r"
    assert command(["train", str(HISTORY / "adaline.arch"), "--out", str(out), "-q"]) == 0
    rows = [line.split(",") for line in (out / "metrics.csv").read_text().splitlines()[1:]]
    saved = archspec.training.open_run(out)
    found = archspec.training.evaluate(graph, saved.weights, saved.recipe)
    assert found.hits == {1: 4}
    assert found.loss == min(float(row[6]) for row in rows)
    assert found.loss == pytest.approx(0.25, abs=0.01)


def test_a_rule_is_the_same_for_any_seed():
    ends = [weights(opened(graph_of("perceptron"), seed=seed)[0]) for seed in (0, 1)]
    assert ends == [([0, 0], 0)] * 2


def test_the_line_that_repeats_a_run_names_its_recipe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    spec = tmp_path / "unit.arch"
    spec.write_text(
        """arch Unit { input 2
linear(1) -> step }
train quick for Unit {
  data = truth_table("or")
  rule = perceptron
  epochs = 1
}
"""
    )
    with pytest.raises(SystemExit) as ended:
        main(["train", str(spec), "--recipe", "quick", "--out", str(tmp_path / "run")])
    assert ended.value.code == 0
    assert f"repeat: archspec train {spec} --recipe quick" in capsys.readouterr().out
