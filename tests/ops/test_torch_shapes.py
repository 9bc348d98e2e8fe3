"""Output shapes and parameter counts against torch's layers, on the meta device."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from torch import nn
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.ops import BY_NAME, Io, Op, Shape, ShapeError, total
from tests.strategies import sliding

pytestmark = pytest.mark.torch


def torch_shape(
    module: nn.Module, x: Shape, pad: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> Shape | None:
    """What torch makes of an input of shape `x` with these pads; None where it refuses."""
    import torch
    from torch.nn import functional

    top, bottom, left, right = pad
    try:
        data = functional.pad(torch.empty((1, *x), device="meta"), (left, right, top, bottom))
        return tuple(module(data).shape[1:])
    except RuntimeError:
        return None


def our_shape(op: Op, x: Shape) -> Shape | None:
    try:
        return op.output(x)
    except ShapeError as problem:
        assert problem.code == "E304"  # noqa: PT017 - torch says no as well, compared below
        return None


@settings(max_examples=100, deadline=None)
@given(sliding(), st.sampled_from([1, 2, 4]), st.booleans())
def test_conv(drawn: tuple[Shape, dict[str, Any]], groups: int, bias: bool):
    from torch import nn

    x, arguments = drawn
    op = BY_NAME["conv"](c=8, groups=groups, bias=bias, **arguments)
    module = nn.Conv2d(
        4, 8, op.k, op.stride, 0, op.dilation, groups, bias=bias, padding_mode="zeros"
    ).to("meta")
    shape = our_shape(op, x)
    assert shape == torch_shape(module, x, op.window(x).pad)
    if shape:
        io = Io((x,), shape)
        parameters = sum(parameter.numel() for parameter in module.parameters())
        assert total(op.weights(io)) + total(op.biases(io)) == parameters


@pytest.mark.filterwarnings("ignore:Using padding='same'")  # torch's word on speed
@settings(max_examples=60, deadline=None)
@given(sliding())
def test_same_equals_torch_where_torch_has_it(drawn: tuple[Shape, dict[str, Any]]):
    from torch import nn

    x, arguments = drawn
    del arguments["pad"], arguments["stride"]  # torch refuses strides with `same`
    op = BY_NAME["conv"](c=8, pad="same", **arguments)
    module = nn.Conv2d(4, 8, op.k, padding="same", dilation=op.dilation).to("meta")
    assert op.output(x) == torch_shape(module, x) == (8, *x[1:])


@settings(max_examples=100, deadline=None)
@given(
    st.tuples(st.just(2), st.integers(1, 15), st.integers(1, 15)),
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
    st.booleans(),
    st.data(),
)
def test_pools(
    x: Shape, k: tuple[int, int], stride: tuple[int, int], ceil: bool, data: st.DataObject
):
    from torch import nn

    pad = tuple(data.draw(st.integers(0, side // 2)) for side in k)
    arguments = {"k": k, "stride": stride, "pad": (pad[0], pad[0], pad[1], pad[1]), "ceil": ceil}
    theirs = torch_shape(nn.MaxPool2d(k, stride, pad, ceil_mode=ceil), x)
    assert our_shape(BY_NAME["maxpool"](**arguments), x) == theirs
    assert our_shape(BY_NAME["avgpool"](**arguments), x) == theirs
    assert torch_shape(nn.AvgPool2d(k, stride, pad, ceil_mode=ceil), x) == theirs


@pytest.mark.parametrize("x", [(7,), (2, 3, 4)], ids=str)
@pytest.mark.parametrize("bias", [True, False])
def test_linear(x: Shape, bias: bool):
    from torch import nn

    op = BY_NAME["linear"](n=5, bias=bias)
    features = total(op.weights(Io((x,), (5,)))) // 5
    module = nn.Sequential(nn.Flatten(), nn.Linear(features, 5, bias=bias)).to("meta")
    assert torch_shape_of_any(module, x) == op.output(x)
    io = Io((x,), (5,))
    parameters = sum(parameter.numel() for parameter in module.parameters())
    assert total(op.weights(io)) + total(op.biases(io)) == parameters


def torch_shape_of_any(module: nn.Module, x: Shape) -> Shape:
    import torch

    return tuple(module(torch.empty((1, *x), device="meta")).shape[1:])


@pytest.mark.parametrize(
    ("name", "arguments", "layer"),
    [
        ("relu", {}, "ReLU"),
        ("tanh", {}, "Tanh"),
        ("sigmoid", {}, "Sigmoid"),
        ("flatten", {}, "Flatten"),
        ("softmax", {}, "Softmax2d"),
        ("dropout", {"p": Fraction(1, 2)}, "Dropout"),
    ],
)
def test_layers_without_parameters(name: str, arguments: dict[str, Any], layer: str):
    from torch import nn

    x = (3, 4, 5)
    assert BY_NAME[name](**arguments).output(x) == torch_shape_of_any(getattr(nn, layer)(), x)
