"""How weights start: an operator's own `init`, the recipe's, torch's; and what each one draws."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import TYPE_CHECKING, get_args

import pytest
import torch

import archspec
from archspec.compiler.starts import RULES  # needs no torch
from archspec.schema.starts import Starting
from tests.helpers import check

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.torch


def model_of(body: str, folder: Path, train: str = "") -> torch.nn.Module:
    path = folder / "net.arch"
    path.write_text(f"arch Net {{\n  {body}\n{train}}}\n", encoding="utf-8")
    return archspec.compile(str(path), seed=0)


def text_of(body: str, folder: Path, train: str = "") -> str:
    path = folder / "net.arch"
    path.write_text(f"arch Net {{\n  {body}\n{train}}}\n", encoding="utf-8")
    return archspec.emit(archspec.load(str(path)))


def test_every_start_of_a_spec_has_its_text():
    assert tuple(choice.name for choice in get_args(Starting)) == RULES


# Fan-in 200 of the linear layer, 8 * 3 * 3 = 72 of the convolution; fan-out 400 and 16 * 9 = 144.
BOUNDS = {
    "zeros": (0, 0),
    "constant(0.5)": (0.5, 0.5),
    "uniform(0.1)": (0.1, 0.1),
    "fan_in_uniform(2.4)": (2.4 / 200, 2.4 / 72),
    "xavier": (math.sqrt(6 / 600), math.sqrt(6 / 216)),
}
DEVIATIONS = {"gaussian(0.01)": (0.01, 0.01), "kaiming": (math.sqrt(2 / 200), math.sqrt(2 / 72))}
BODY = "input 8x5x5\n  c: conv(16, 3, init=INIT)\n  l: linear(400, init=INIT)"
LINEAR = "input 200\n  l: linear(400, init=INIT)"


def started(init: str, folder: Path) -> tuple[torch.Tensor, torch.Tensor]:
    dense = model_of(LINEAR.replace("INIT", init), folder).l
    conv = model_of(BODY.replace("INIT", init), folder).c
    assert not dense.bias.any()
    assert not conv.bias.any()
    return dense.weight.detach().flatten(), conv.weight.detach().flatten()


@pytest.mark.parametrize("init", BOUNDS)
def test_the_largest_weight_is_at_the_bound(init: str, tmp_path: Path):
    """Of 80,000 and 1,152 uniform numbers the largest misses the bound by less than 1 %."""
    for weights, bound in zip(started(init, tmp_path), BOUNDS[init], strict=True):
        assert weights.abs().max() <= bound * (1 + 1e-6)
        assert weights.abs().max() >= 0.99 * bound


@pytest.mark.parametrize("init", DEVIATIONS)
def test_the_deviation_is_as_said(init: str, tmp_path: Path):
    """The deviation of n normal numbers errs by 1 / sqrt(2 n): 5 times that holds for seed 0."""
    for weights, wanted in zip(started(init, tmp_path), DEVIATIONS[init], strict=True):
        error = 5 / math.sqrt(2 * len(weights))
        assert weights.std().item() == pytest.approx(wanted, rel=error)
        assert weights.abs().max() > 2.5 * wanted


@pytest.mark.parametrize("rule", ["kaiming", "xavier", "fan_in_uniform(1)"])
@pytest.mark.parametrize(
    "call",
    [
        "conv(4, 3, table=cyclic(2)",
        "conv(4, 3, share=false",
        "conv(4, 3, groups=2",
        "conv_transpose(4, 3",
        "conv(4, 3, bias=false",
    ],
)
def test_every_layer_with_weights_can_be_started(rule: str, call: str, tmp_path: Path):
    model = model_of(f"input 4x6x6\n  c: {call}, init={rule})", tmp_path)
    assert model.c.weight.isfinite().all()
    assert model.c.weight.std() > 0


def test_a_table_starts_each_kernel_by_its_own_fan_in(tmp_path: Path):
    """Output 0 sees one map, output 1 both: bounds 1 / 900 and 1 / 1800."""
    table = "table t {\n  X X\n  . X\n}\n"
    path = tmp_path / "net.arch"
    path.write_text(
        f"{table}arch Net {{\n  input 2x30x30\n"
        "  c: conv(2, 30, table=t, init=fan_in_uniform(1))\n}\n"
    )
    kernels = archspec.compile(str(path), seed=0).c.weight.detach().abs().amax((1, 2))
    bounds = torch.tensor([1 / 900, 1 / 1800, 1 / 1800])
    assert (kernels <= bounds).all()
    assert (kernels > 0.98 * bounds).all()


TRAIN = "  train {\n    data = mnist5k\n    init = zeros\n  }\n"
THREE = "input 1x28x28\n  a: linear(5, init=constant(2))\n  b: linear(5)\n  c: linear(5)"


def test_an_operator_comes_before_the_recipe(tmp_path: Path):
    model = model_of(THREE, tmp_path, TRAIN)
    assert model.a.weight.unique().tolist() == [2]
    assert not model.b.weight.any()
    assert not model.c.weight.any()
    lines = text_of(THREE, tmp_path, TRAIN).splitlines()
    first = lines.index("    def reset_parameters(self) -> None:  # init = zeros")
    assert lines[first + 1 : first + 9] == [
        "        self.a.weight.fill_(2.0)",
        "        self.a.bias.zero_()",
        "        for layer in (",
        "            self.b,",
        "            self.c,",
        "        ):",
        "            layer.weight.zero_()",
        "            layer.bias.zero_()",
    ]


def test_a_long_path_gives_no_long_line(tmp_path: Path):
    label = "a_rather_long_label_of_a_layer_in_the_middle"
    text = text_of(f"input 9\n  {label}: linear(4, init=xavier) -> relu -> linear(3)", tmp_path)
    assert max(map(len, text.splitlines())) <= 100
    assert "for layer, fan_in, fan_out in (" in text


def test_the_text_is_formatted(tmp_path: Path):
    body = """input 4x6x6
  a: conv(4, 3, table=cyclic(2), init=xavier)
  b: conv(4, 3, bias=false, init=kaiming) -> conv(4, 1, init=kaiming)
  c: linear(5, init=constant(1/3))
  d: linear(5, init=constant(-2))"""
    text = text_of(body, tmp_path)
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length=100", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    assert done.stdout == text


def test_without_a_recipe_the_others_start_as_torch_does(tmp_path: Path):
    torch.manual_seed(0)
    plain = model_of(THREE.replace(", init=constant(2)", ""), tmp_path)
    model = model_of(THREE, tmp_path)
    assert torch.equal(model.b.weight, plain.b.weight)
    assert model.a.weight.unique().tolist() == [2]
    assert "# init" not in text_of(THREE, tmp_path)


def test_a_block_may_give_the_number(tmp_path: Path):
    path = tmp_path / "net.arch"
    path.write_text(
        "block unit(std) { linear(200, init=gaussian(std)) -> relu }\n"
        "arch Net {\n  input 200\n  one: unit(0.01)\n  two: unit(1)\n}\n"
    )
    model = archspec.compile(str(path), seed=0)
    assert model.one.linear.weight.std().item() == pytest.approx(0.01, rel=0.02)
    assert model.two.linear.weight.std().item() == pytest.approx(1, rel=0.02)


@pytest.mark.parametrize(
    ("call", "code", "words"),
    [
        ("linear(2, init=gauss(1))", "E406", "one of zeros, constant"),
        ("linear(2, init=gaussian)", "E402", "needs `std`"),
        ("linear(2, init=gaussian(-1))", "E405", "more than 0"),
        ("linear(2, init=0.1)", "E404", "a rule such as"),
        ("relu(init=zeros)", "E403", "no argument `init`"),
        ("linear(2, kernel=[[1, 1], [1, 1]], init=zeros)", "E407", "excludes `init`"),
        ("linear(2, weights=@a, init=zeros)", "E407", "where the weights are"),
    ],
)
def test_mistakes_are_told(call: str, code: str, words: str):
    found = check(f"arch Net {{\n  input 2\n  a: linear(2)\n  {call}\n}}\n")
    assert [each.code for each in found] == [code]
    assert words in f"{found[0].message} {found[0].help}"


def test_the_flat_spec_keeps_the_start(tmp_path: Path):
    from archspec.ops import BY_NAME, Init
    from archspec.rendering.arguments import call_text

    op = BY_NAME["linear"](n=5, init=Init("kaiming"))
    assert call_text(op, {}) == "linear(5, init=kaiming)"
