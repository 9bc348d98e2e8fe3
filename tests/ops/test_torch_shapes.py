"""Output shapes and parameter counts against torch's layers, on the meta device."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from torch import nn
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

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


@settings(max_examples=100, deadline=None)
@given(sliding(), st.integers(0, 3), st.integers(0, 2), st.sampled_from([1, 2, 4]), st.booleans())
def test_conv_transpose(
    drawn: tuple[Shape, dict[str, Any]], pad: int, out_pad: int, groups: int, bias: bool
):
    from torch import nn

    x, arguments = drawn
    del arguments["pad"]
    try:
        op = BY_NAME["conv_transpose"](
            c=8, pad=pad, out_pad=out_pad, groups=groups, bias=bias, **arguments
        )
    except ValidationError as problem:
        assert "out_pad" in str(problem)  # noqa: PT017 - both ways out are right
        return
    module = nn.ConvTranspose2d(
        4, 8, op.k, op.stride, pad, out_pad, groups, bias=bias, dilation=op.dilation
    ).to("meta")
    shape, theirs = our_shape(op, x), torch_shape(module, x)
    assert shape == (theirs if theirs and all(theirs) else None)  # torch makes empty maps
    if shape:
        io = Io((x,), shape)
        parameters = sum(parameter.numel() for parameter in module.parameters())
        assert total(op.weights(io)) + total(op.biases(io)) == parameters


@settings(max_examples=100, deadline=None)
@given(
    st.tuples(st.just(2), st.integers(1, 8), st.integers(1, 8)),
    st.tuples(*[st.integers(0, 9)] * 4),
    st.sampled_from(["zero", "reflect", "replicate", "circular"]),
)
def test_pad(x: Shape, pad: tuple[int, int, int, int], mode: str):
    import torch
    from torch.nn import functional

    top, bottom, left, right = pad
    words = {"zero": "constant"}
    try:
        data = torch.empty((1, *x), device="meta")
        theirs = functional.pad(data, (left, right, top, bottom), words.get(mode, mode)).shape[1:]
    except RuntimeError:
        with pytest.raises(ShapeError):
            BY_NAME["pad"](p=pad, mode=mode).output(x)
    else:
        assert BY_NAME["pad"](p=pad, mode=mode).output(x) == tuple(theirs)


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.just(6), st.integers(1, 9), st.integers(1, 9)),
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
    st.sampled_from(["nearest", "bilinear"]),
)
def test_resizing(x: Shape, pair: tuple[int, int], mode: str):
    from torch import nn

    size = BY_NAME["adaptive_avgpool"](size=pair)
    assert size.output(x) == torch_shape(nn.AdaptiveAvgPool2d(pair), x)
    larger = BY_NAME["upsample"](k=pair, mode=mode)
    assert larger.output(x) == torch_shape(nn.Upsample(scale_factor=pair, mode=mode), x)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(*[st.integers(1, 2)] * 3), min_size=2, max_size=3), st.data())
def test_merges(shapes: list[Shape], data: st.DataObject):
    import operator
    from functools import reduce

    import torch

    name = data.draw(st.sampled_from(["add", "sub", "mul", "concat"]))
    tensors = [torch.empty((1, *shape), device="meta") for shape in shapes]
    sign = {"add": operator.add, "sub": operator.sub, "mul": operator.mul}.get(name)
    try:
        theirs = reduce(sign, tensors) if sign else torch.cat(tensors, 1)
        ours = BY_NAME[name]().output(*shapes)
    except (RuntimeError, ShapeError):
        return
    assert ours == tuple(theirs.shape[1:])


def test_merges_refuse_what_torch_refuses():
    import torch

    for shapes in ([(2, 3, 3), (2, 2, 3)], [(2, 3, 3), (3, 3, 3)], [(2, 3, 3), (3, 1, 1)]):
        first, other = (torch.empty((1, *shape), device="meta") for shape in shapes)
        for name in ("add", "sub", "mul"):
            with pytest.raises(ShapeError):
                BY_NAME[name]().output(*shapes)
        with pytest.raises(RuntimeError):
            first * other


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 8), st.integers(0, 8), st.one_of(st.integers(0, 9), st.just("end")))
def test_slices(maps: int, start: int, stop: object):
    import torch

    x = (maps, 2, 3)
    theirs = torch.empty((1, *x), device="meta")[:, start : None if stop == "end" else stop]
    try:
        ours = BY_NAME["slice"](a=start, b=stop).output(x)
    except (ValidationError, ShapeError):
        assert theirs.shape[1] == 0 or (stop != "end" and stop > maps)
    else:
        assert ours == tuple(theirs.shape[1:])


@pytest.mark.parametrize(
    ("name", "arguments", "layer"),
    [
        ("relu6", {}, "ReLU6"),
        ("leaky_relu", {}, "LeakyReLU"),
        ("elu", {}, "ELU"),
        ("silu", {}, "SiLU"),
        ("hardswish", {}, "Hardswish"),
        ("hardsigmoid", {}, "Hardsigmoid"),
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
