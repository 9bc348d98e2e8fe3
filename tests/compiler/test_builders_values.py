"""What the emitted leaves compute, in float64: against loops over numpy, and against torch."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy_oracle import compute

from archspec.compiler.builders import Module, Place, build
from archspec.compiler.expression import IMPORTS, definitions, flat
from archspec.ops import BY_NAME, Input, Io, Op, Slice, total

if TYPE_CHECKING:
    from torch import Tensor, nn

    from archspec.ops import Shape

ROWS = Path(__file__).parents[1] / "ops"
sys.path.insert(0, str(ROWS))
from calls import op_of  # noqa: E402 - of the tests of operators, found by the line above

pytestmark = pytest.mark.torch


def placed(op: Op, *inputs: Shape) -> Place:
    """The operator over inputs of these shapes."""
    return Place(SimpleNamespace(span=None, path="it"), Io(inputs, op.output(*inputs)))


def run(made: Module) -> nn.Module:
    """The module of an emitter, from its text."""
    used = dict.fromkeys(definitions(made.call))
    names = {definition: definition.name for definition in used}
    parts = [item.text.replace("{name}", names[item]) for item in used]
    text = "\n\n".join((*IMPORTS.values(), *parts, f"it = {flat(made.call, names)}"))
    space: dict[str, Any] = {}
    exec(compile(text, "leaf", "exec"), space)
    return space["it"]


def leaf(op: Op, x: Shape) -> nn.Module:
    """The module of an operator in float64, its numbers drawn anew, in evaluation mode."""
    import torch

    module = run(build(op, placed(op, x))).double().eval()
    drawn = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, item in module.named_parameters():
            if name != "codes":
                item.copy_(torch.rand(item.shape, generator=drawn, dtype=torch.float64) * 2 - 1)
        for name, item in module.named_buffers():
            if name.startswith("running"):
                item.copy_(torch.rand(item.shape, generator=drawn, dtype=torch.float64) + 0.5)
    return module


def image(x: Shape) -> Tensor:
    import torch

    return torch.randn(2, *x, generator=torch.Generator().manual_seed(1), dtype=torch.float64) * 3


def rows() -> list[tuple[str, Shape]]:
    """Every call of the rows of operators with one input."""
    lines = [line for line in (ROWS / "rows.csv").read_text().splitlines() if line[0] != "#"]
    found = [(row["call"], row["input"]) for row in csv.DictReader(lines, delimiter=";")]
    return [(call, tuple(map(int, x.split("x")))) for call, x in found if " " not in x]


MORE = [
    *(
        (f"conv({c}, {k}, pad={pad}, pad_mode={mode}{more})", (4, 6, 7))
        for mode in ("reflect", "replicate", "circular")
        for c, k, pad, more in (
            (2, "3", "1", ""),
            (2, "3x2", "[2, 1, 0, 1]", ", stride=2"),
            (4, "3", "same", ", stride=2, groups=2, flip=true"),
            (3, "2", "1", ", table=cyclic(3)"),
            (4, "2", "1x2", ", share=false, groups=2"),
            (1, "3", "1", ", kernel=s, flip=true"),
        )
    ),
    ("conv(3, 3x2, flip=true, stride=2x1, dilation=1x2, bias=false)", (2, 7, 6)),
    ("conv(3, 2, flip=true, table=cyclic(2), pad=[0, 1, 1, 0])", (4, 5, 6)),
    ("conv(2, 3x2, flip=true, share=false, stride=2, pad=1, dilation=1x2)", (3, 7, 6)),
    ("conv(2, 3, share=false, pad=[0, 1, 2, 0])", (3, 5, 4)),
    ("conv(6, 3, kernel=s, groups=3, pad=same, stride=2)", (3, 8, 7)),
    ("conv(2, 3, kernel=s, dilation=2, pad=2)", (2, 5, 6)),
    ("conv_transpose(4, 3x2, stride=2x3, pad=1x0, out_pad=1x2, dilation=2x1, groups=2)", (2, 4, 3)),
    ("conv_transpose(3, 3, stride=2, pad=[0, 1, 2, 0], out_pad=1)", (2, 4, 3)),
    ("conv_transpose(2, 4, stride=2, pad=1, bias=false)", (3, 3, 4)),
    ("l2pool(3, stride=2, pad=[1, 0, 0, 1])", (2, 7, 8)),
    ("l2pool(2, stride=1, pad=same)", (2, 5, 5)),
    ("l2pool(3, stride=2, ceil=true)", (2, 6, 8)),
    ("l2pool(3x2, stride=4x3, pad=[1, 0, 1, 1], ceil=true)", (2, 8, 9)),
    ("maxpool(3, stride=2, pad=[0, 1, 1, 0], ceil=true)", (2, 8, 7)),
    ("maxpool(1, stride=3, pad=same, ceil=true)", (2, 8, 7)),
    ("avgpool(3, stride=2, pad=[1, 0, 0, 1], ceil=true)", (2, 6, 7)),
    ("avgpool(3, stride=2, pad=[1, 0, 0, 1], ceil=true, count_pad=true)", (2, 6, 7)),
    ("avgpool(2, stride=4, pad=[0, 1, 1, 0], ceil=true, count_pad=true)", (2, 8, 9)),
    ("adaptive_avgpool(3x4)", (2, 7, 9)),
    ("adaptive_avgpool(5)", (2, 3, 7)),
    ("lrn(4, alpha=0.5, beta=0.75, k=1)", (7, 3, 2)),
    ("lrn(9, alpha=0.5)", (3, 3, 2)),
    ("lrn(1, beta=1)", (3, 3, 2)),
    ("bn(eps=0.01)", (3, 4, 2)),
    ("bn", (7,)),
    *((f"pad([1, 0, 2, 3], mode={mode})", (2, 5, 4)) for mode in ("zero", "replicate", "circular")),
    ("pad(2, mode=circular)", (2, 5, 4)),
    ("pad(2, mode=reflect)", (2, 5, 4)),
    ("upsample(3x1, mode=bilinear)", (2, 4, 3)),
    ("shuffle(2)", (6, 2, 3)),
    ("zero_pad_shortcut(5, 2x3)", (3, 5, 7)),
    ("zero_pad_shortcut(3, 1)", (3, 5, 7)),
    ("relu6", (40,)),
    ("linear(3, kernel=[[1, 2], [0.5, -1], [0, 1]])", (2, 1, 1)),
    ("slice(0, end)", (3, 2, 2)),
]
CALLS = [*rows(), *MORE]


@pytest.mark.parametrize(("call", "x"), CALLS, ids=str)
def test_a_leaf_computes_what_numpy_loops_do(call: str, x: Shape):
    import torch

    op = op_of(call)
    if isinstance(op, Slice):
        return
    module, data = leaf(op, x), image(x)
    io = Io((x,), op.output(x))
    weights = {name: item.detach().numpy() for name, item in module.named_parameters()}
    weights |= {name: item.numpy() for name, item in module.named_buffers()}
    flattened = op.name in ("linear", "rbf")
    with torch.no_grad():
        given = module((data.flatten(1) if flattened else data).clone())
    assert given.dtype == torch.float64
    for number in range(2):
        expected = compute(op, data[number].numpy(), io, weights)
        assert expected.shape == io.output
        np.testing.assert_allclose(given[number].numpy(), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(("call", "x"), CALLS, ids=str)
def test_a_leaf_holds_the_scalars_the_operator_counts(call: str, x: Shape):
    op = op_of(call)
    if isinstance(op, Slice):
        return
    place = placed(op, x)
    module = run(build(op, place))
    counted = total(op.weights(place.io)) + total(op.biases(place.io))
    learned = sum(item.numel() for item in module.parameters() if item.requires_grad)
    floats = [item for item in module.buffers() if item.is_floating_point()]
    held = sum(item.numel() for item in (*module.parameters(), *floats))
    assert learned == (counted if op.learns else 0)
    assert held == counted + total(op.buffers(place.io))
    assert set(module.state_dict()) <= {name for name, _ in module.named_parameters()} | {
        "running_mean",
        "running_var",
        "num_batches_tracked",
    }


def test_every_operator_that_is_a_module_has_a_row_here():
    modules = {op.name for op in BY_NAME.values() if not (op.merges or op in (Input, Slice))}
    assert {call.partition("(")[0] for call, _ in rows()} - {"slice"} == modules


@pytest.mark.parametrize(
    ("call", "x", "text"),
    [
        (
            "conv(3, 3, pad=1, pad_mode=reflect)",
            "2x8x8",
            'nn.Conv2d(2, 3, 3, padding=1, padding_mode="reflect")',
        ),
        ("conv(3, 3, pad_mode=reflect)", "2x8x8", "nn.Conv2d(2, 3, 3)"),
        (
            "conv(3, 3, pad=[0, 1, 0, 1], pad_mode=circular)",
            "2x8x8",
            "CircularPaddedConv2d((0, 1, 0, 1), 2, 3, 3)",
        ),
        ("conv(3, 3, flip=true, pad=1)", "2x8x8", "FlippedConv2d(2, 3, 3, padding=1)"),
        (
            "conv(3, 3, table=cyclic(2), stride=2)",
            "3x8x8",
            "TableConv(3, (3, 3), CYCLIC_2, stride=2)",
        ),
        (
            "conv(3, 3, table=cyclic(2), flip=true)",
            "3x8x8",
            "FlippedTableConv(3, (3, 3), CYCLIC_2)",
        ),
        (
            "conv(3, 3, table=cyclic(2), pad=1, pad_mode=replicate)",
            "3x8x8",
            "ReplicatePaddedTableConv((1, 1, 1, 1), 3, (3, 3), CYCLIC_2)",
        ),
        (
            "conv(3, 3, kernel=s, groups=3, pad=1)",
            "3x8x8",
            "FixedConv2d(3, 3, S, padding=1, groups=3)",
        ),
        ("conv(3, 3, share=false, pad=1)", "2x8x6", "LocalConv2d(2, 3, (3, 3), (8, 6), padding=1)"),
        (
            "conv(4, 3, share=false, groups=2, bias=false, trainable=false)",
            "2x8x6",
            "LocalConv2d(2, 4, (3, 3), (6, 4), groups=2, bias=False).requires_grad_(False)",
        ),
        ("conv_transpose(4, 2, stride=2)", "3x4x4", "nn.ConvTranspose2d(3, 4, 2, stride=2)"),
        (
            "conv_transpose(4, 3, stride=2, pad=1, out_pad=1, bias=false)",
            "3x4x4",
            "nn.ConvTranspose2d(3, 4, 3, stride=2, padding=1, output_padding=1, bias=False)",
        ),
        (
            "conv_transpose(4, 3, pad=[1, 0, 0, 0])",
            "3x4x4",
            "CroppedConvTranspose2d((0, 0, 1, 0), 3, 4, 3)",
        ),
        (
            "linear(2, kernel=[[1, 1], [1, -1]], bias=[-0.5, 1.5])",
            "2",
            "FixedLinear(KERNEL, BIASES)",
        ),
        ("linear(1, kernel=[[1, 1]])", "2", "FixedLinear(KERNEL)"),
        ("bn", "3x4x4", "nn.BatchNorm2d(3)"),
        (
            "bn(eps=0.001, momentum=0.01, affine=false)",
            "3",
            "nn.BatchNorm1d(3, eps=0.001, momentum=0.01, affine=False)",
        ),
        ("lrn(5)", "3x4x4", "Lrn(5, 0.0001, 0.75, 2.0)"),
        ("global_avgpool", "3x4x4", "GlobalAvgPool()"),
        ("global_maxpool(keep=true)", "3x4x4", "GlobalMaxPool(keep=True)"),
        ("adaptive_avgpool(7)", "3x8x8", "nn.AdaptiveAvgPool2d(7)"),
        ("l2pool(2)", "3x8x8", "L2Pool((2, 2), (2, 2))"),
        ("l2pool(3, stride=2, pad=1)", "3x8x8", "L2Pool((3, 3), (2, 2), (1, 1, 1, 1))"),
        ("l2pool(2, ceil=true)", "3x8x8", "CeilL2Pool((2, 2), (2, 2))"),
        (
            "avgpool(3, stride=2, pad=[0, 1, 0, 0], ceil=true)",
            "3x8x8",
            "CeilPaddedAvgPool2d((0, 0, 0, 1), (3, 3), (2, 2), count_include_pad=False)",
        ),
        ("leaky_relu", "3", "nn.LeakyReLU()"),
        ("leaky_relu(slope=0.2)", "3", "nn.LeakyReLU(negative_slope=0.2)"),
        ("elu", "3", "nn.ELU()"),
        ("elu(alpha=1/3)", "3", "nn.ELU(alpha=1 / 3)"),
        ("scale(0.1)", "3", "Scale(0.1)"),
        ("drop_path(0.2)", "3", "DropPath(0.2)"),
        ("pad(2)", "3x4x4", "nn.ZeroPad2d(2)"),
        ("pad(1x2, mode=reflect)", "3x4x4", "nn.ReflectionPad2d((2, 2, 1, 1))"),
        ("crop([1, 0, 2, 0])", "3x4x4", "Crop(2, 0, 1, 0)"),
        ("zero_pad_shortcut(4, 2)", "3x4x4", "ZeroPadShortcut(4, (2, 2))"),
        ("upsample(2)", "3x4x4", "nn.Upsample(scale_factor=2)"),
        (
            "upsample(2x3, mode=bilinear)",
            "3x4x4",
            'nn.Upsample(scale_factor=(2, 3), mode="bilinear")',
        ),
        ("shuffle(3)", "3x4x4", "nn.ChannelShuffle(3)"),
    ],
)
def test_the_text_of_a_leaf(call: str, x: str, text: str):
    made = build(op_of(call), placed(op_of(call), tuple(map(int, x.split("x"))))).call
    assert flat(made, {item: item.name for item in definitions(made)}) == text


def test_the_classes_and_constants_of_leaves_are_tidy():
    found = {}
    for call, x in CALLS:
        op = op_of(call)
        if not isinstance(op, Slice):
            made = build(op, placed(op, x))
            found |= {item.name: item for item in definitions(made.call)}
    texts = [item.text.replace("{name}", name).rstrip() for name, item in found.items()]
    imports = "\n".join(IMPORTS[key] for key in ("torch", "Tensor", "F"))
    text = "\n\n\n".join((imports, *texts)) + "\n"
    ruff = [sys.executable, "-m", "ruff"]
    options = ["--isolated", "--line-length=100", "-"]
    for command in (["format", "--diff"], ["check", "--select=E,F,W"]):
        done = subprocess.run(
            [*ruff, *command, *options], input=text, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


def test_fixed_numbers_are_constants_one_row_a_line():
    def constants(call: str, *x: int) -> list[str]:
        made = build(op_of(call), placed(op_of(call), x)).call
        return [item.text for item in definitions(made) if item.kind == "constant"]

    (upright,) = constants("conv(1, 3, kernel=s)", 1, 3, 3)
    assert upright.splitlines() == [
        "{name} = (  # table s",
        "    (1.0, 2.0, 1.0),",
        "    (0.0, 0.0, 0.0),",
        "    (-1.0, -2.0, -0.5),",
        ")",
    ]
    (turned,) = constants("conv(1, 3, kernel=s, flip=true)", 1, 3, 3)
    assert turned.startswith(
        "{name} = (  # table s, turned by 180 degrees\n    (-0.5, -2.0, -1.0),\n"
    )
    assert constants("linear(2, kernel=[[1], [1/3]], bias=[-0.5, 2])", 1) == [
        "{name} = (  # one row a unit\n    (1.0,),\n    (1 / 3,),\n)\n",
        "{name} = (  # one a unit\n    -0.5,\n    2.0,\n)\n",
    ]
    (long,) = constants(f"linear(1, kernel=[[{', '.join(['0.123456'] * 20)}]])", 20)
    assert long.startswith("# fmt: off\n")
    assert max(map(len, long.splitlines())) <= 100


@pytest.mark.parametrize(
    ("call", "x", "fan_in", "bias"),
    [
        ("conv(4, 3, groups=2)", (4, 8, 8), "18", True),
        ("conv(4, 3, share=false, bias=false)", (4, 8, 8), "36", False),
        ("conv(4, 3, table=cyclic(2))", (4, 8, 8), "{self}.fan_in()", True),
        ("conv(4, 3, kernel=s)", (4, 8, 8), "", False),
        ("conv_transpose(4, 4, stride=2)", (6, 8, 8), "24", True),
        ("conv_transpose(4, 2, stride=3, groups=2)", (2, 8, 8), "1", True),
        ("linear(4)", (6, 2, 2), "24", True),
        ("linear(1, kernel=[[1, 1]])", (2,), "", False),
        ("bn", (6, 2, 2), "", False),
    ],
)
def test_what_an_initialisation_is_told(call: str, x: Shape, fan_in: str, bias: bool):
    made = build(op_of(call), placed(op_of(call), x))
    assert (made.fan_in, made.bias) == (fan_in, bias)


# --- against torch's own layers ----------------------------------------------------------------


@pytest.mark.parametrize("size", range(1, 8))
@pytest.mark.parametrize("beta", ["0.75", "0.5", "1"])
def test_lrn_is_the_one_of_torch_with_n_times_alpha(size: int, beta: str):
    import torch
    from torch.nn import functional

    data = image((5, 4, 3)).requires_grad_()
    module = leaf(op_of(f"lrn({size}, alpha=0.3, beta={beta}, k=1.5)"), (5, 4, 3))
    theirs = functional.local_response_norm(data, size, size * 0.3, float(beta), 1.5)
    given = module(data)
    torch.testing.assert_close(given, theirs, rtol=1e-10, atol=1e-10)
    (ours_slope,) = torch.autograd.grad(given.sum(), data, retain_graph=True)
    (their_slope,) = torch.autograd.grad(theirs.sum(), data)
    torch.testing.assert_close(ours_slope, their_slope, rtol=1e-10, atol=1e-10)


def test_l2pool_is_the_one_of_torch_and_has_a_slope_at_zero():
    import torch
    from torch import nn

    data = image((2, 6, 6))
    theirs = nn.LPPool2d(2, 3, 2)(data)
    module = leaf(op_of("l2pool(3, stride=2)"), (2, 6, 6))
    torch.testing.assert_close(module(data), theirs, rtol=1e-10, atol=1e-10)
    dark = torch.zeros(1, 2, 6, 6, dtype=torch.float64, requires_grad=True)
    module(dark).sum().backward()
    assert dark.grad is not None
    assert not dark.grad.any()


def test_drop_path_drops_whole_samples_in_training():
    import torch

    module = run(build(op_of("drop_path(0.25)"), placed(op_of("drop_path(0.25)"), (2, 3, 3))))
    x = torch.ones(4_000, 2, 3, 3)
    torch.manual_seed(0)
    given = module.train()(x)
    kept = given[:, 0, 0, 0] > 0
    assert torch.equal(given, (kept / 0.75).view(-1, 1, 1, 1).expand_as(x))
    assert abs(kept.double().mean().item() - 0.75) < 0.03  # four standard errors
    assert module.eval()(x) is x


def test_a_local_convolution_with_equal_kernels_is_a_convolution():
    import torch

    x = (3, 6, 5)
    shared, local = op_of("conv(4, 3, pad=1)"), op_of("conv(4, 3, pad=1, share=false)")
    ours, theirs = leaf(local, x), leaf(shared, x)
    with torch.no_grad():
        ours.weight.copy_(theirs.weight[..., None, None].expand_as(ours.weight))
        ours.bias.copy_(theirs.bias[:, None, None].expand_as(ours.bias))
        torch.testing.assert_close(ours(image(x)), theirs(image(x)), rtol=1e-10, atol=1e-10)
