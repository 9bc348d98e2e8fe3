"""Inputs and arguments an operator cannot take: code, sentence, data."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

import pytest
from calls import op_of
from pydantic import ValidationError

from archspec.errors import CODES
from archspec.ops import BY_NAME, Cyclic, Shape, ShapeError


def refused(call: str, *inputs: Shape) -> ShapeError:
    with pytest.raises(ShapeError) as caught:
        op_of(call).output(*inputs)
    assert caught.value.code in CODES
    return caught.value


@pytest.mark.parametrize(
    ("call", "inputs", "code", "message", "index"),
    [
        (
            "add",
            [(512, 28, 28), (512, 56, 56)],
            "E302",
            "`add` inputs must be equal: 512x28x28 and 512x56x56",
            1,
        ),
        ("add", [(3,), (3,), (4,)], "E302", "`add` inputs must be equal: 3 and 4", 2),
        (
            "sub",
            [(1, 2, 2), (2,)],
            "E302",
            "`sub` inputs must be equal: 1x2x2 and 2",
            1,
        ),
        (
            "mul",
            [(64, 28, 28), (32, 1, 1)],
            "E302",
            "`mul` inputs must be equal, or Cx1x1: 64x28x28 and 32x1x1",
            1,
        ),
        (
            "mul",
            [(32, 1, 1), (64, 28, 28)],
            "E302",
            "`mul` inputs must be equal, or Cx1x1: 32x1x1 and 64x28x28",
            1,
        ),
        (
            "mul",
            [(64, 28, 28), (64,)],
            "E302",
            "`mul` inputs must be equal, or Cx1x1: 64x28x28 and 64",
            1,
        ),
        ("mul", [(4,), (1,)], "E302", "`mul` inputs must be equal, or Cx1x1: 4 and 1", 1),
        (
            "concat",
            [(64, 28, 28), (128, 26, 26)],
            "E301",
            "`concat` inputs must agree in height and width: 28x28 and 26x26",
            1,
        ),
        (
            "concat",
            [(64, 28, 28), (1, 28, 28), (84,)],
            "E301",
            "`concat` inputs must all be maps or all be vectors: 64x28x28 and 84",
            2,
        ),
    ],
)
def test_merges(call: str, inputs: list[Shape], code: str, message: str, index: int):
    problem = refused(call, *inputs)
    assert (problem.code, problem.message, problem.details["input"]) == (code, message, index)
    assert str(problem.details["first"]) in message
    assert str(problem.details["other"]) in message


@pytest.mark.parametrize("name", ["add", "sub", "mul", "concat"])
@pytest.mark.parametrize("inputs", [(), ((3, 4, 5),)], ids=len)
def test_a_merge_needs_two_inputs(name: str, inputs: tuple[Shape, ...]):
    problem = refused(name, *inputs)
    expected = f"`{name}` needs at least two inputs, got {len(inputs)}"
    assert (problem.code, problem.message) == ("E402", expected)


@pytest.mark.parametrize(
    ("call", "x", "code", "message"),
    [
        ("slice(0, 80)", (64, 8, 8), "E310", "`slice(0, 80)` lies outside of 64x8x8"),
        ("slice(64, end)", (64, 8, 8), "E310", "`slice(64, end)` lies outside of 64x8x8"),
        ("slice(4, 9)", (8,), "E310", "`slice(4, 9)` lies outside of 8"),
        ("crop(4)", (3, 9, 8), "E310", "nothing is left of 3x9x8"),
        ("crop([0, 0, 3, 6])", (3, 9, 8), "E310", "nothing is left of 3x9x8"),
        (
            "zero_pad_shortcut(2, 2)",
            (3, 9, 8),
            "E310",
            "`zero_pad_shortcut` cannot leave out maps: 3x9x8 has more than 2",
        ),
        (
            "pad(4, mode=reflect)",
            (1, 9, 4),
            "E310",
            "`pad` cannot pad 1x9x4 by 4: `reflect` reaches at most 3",
        ),
        (
            "pad(5, mode=circular)",
            (1, 4, 9),
            "E310",
            "`pad` cannot pad 1x4x9 by 5: `circular` reaches at most 4",
        ),
        (
            "conv(1, 9, pad=4, pad_mode=reflect)",
            (1, 4, 9),
            "E310",
            "`conv` cannot pad 1x4x9 by 4: `reflect` reaches at most 3",
        ),
        (
            "linear(1, kernel=[[1, 2]])",
            (3,),
            "E310",
            "the rows of `kernel` have 2 numbers, the input 3 has 3 elements",
        ),
        ("shuffle(2)", (3, 4, 4), "E307", "`groups=2` does not divide the 3 input maps"),
        (
            "conv_transpose(2, 3, groups=2)",
            (3, 4, 4),
            "E307",
            "`groups=2` does not divide the 3 input maps",
        ),
        (
            "conv_transpose(2, 3, pad=2)",
            (3, 2, 9),
            "E304",
            "the padding leaves nothing of the output over 3x2x9",
        ),
        ("conv(4, 3, table=t)", (2, 4, 4), "E306", ""),
    ],
)
def test_what_does_not_fit(call: str, x: Shape, code: str, message: str):
    problem = refused(call, x)
    assert problem.code == code
    assert problem.message == message or not message


@pytest.mark.parametrize(
    "call",
    [
        *("conv(1, 1)", "conv_transpose(1, 1)", "lrn(3)", "shuffle(1)", "pad(1)", "crop(0)"),
        *("upsample(2)", "zero_pad_shortcut(9, 1)", "adaptive_avgpool(1)", "l2pool(1)"),
        *("global_avgpool", "global_maxpool"),
    ],
)
def test_what_needs_a_map(call: str):
    problem = refused(call, (8,))
    name = call.partition("(")[0]
    assert problem.code == "E305"
    assert problem.message == f"`{name}` needs a map (CxHxW), got the vector 8"


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("conv(2, 3, table=cyclic(2), share=false)", "a `table` needs shared kernels"),
        ("conv(2, 3, table=s)", "table `s` holds numbers"),
        ("conv(2, 2, kernel=s)", "table `s` is 3x3, the kernel 2x2"),
        ("conv(2, 3, kernel=s, bias=true)", "a fixed `kernel` excludes `bias=true`"),
        ("conv(2, 3, kernel=s, trainable=true)", "a fixed `kernel` excludes `trainable=true`"),
        ("conv(2, 3, kernel=s, share=false)", "a fixed `kernel` excludes `share=false`"),
        ("conv(2, 3, kernel=s, table=cyclic(1))", "a fixed `kernel` excludes `table`"),
        ("conv(2, 3, kernel=s, init=fan_in_uniform(1))", "a fixed `kernel` excludes `init`"),
        ("conv_transpose(3, 2, groups=2)", "`groups=2` does not divide the 3 output maps"),
        ("conv_transpose(3, 2, out_pad=1)", "`out_pad=1` must be less than the stride"),
        ("conv_transpose(3, 2, stride=2, out_pad=0x2)", "`out_pad=2` must be less than"),
        ("linear(2, bias=[1, 2])", "a list of biases goes with a fixed `kernel` only"),
        ("linear(1, kernel=[[1]], trainable=true)", "a fixed `kernel` excludes `trainable`"),
        ("linear(1, kernel=[[1]], bias=true)", "a fixed `kernel` excludes `bias=true`"),
        ("linear(1, kernel=[[1]], init=fan_in_uniform(1))", "a fixed `kernel` excludes `init`"),
        ("linear(2, kernel=[[1], [1, 2]])", "not of one length"),
        ("linear(2, kernel=[[1]])", "2 units need 2 rows in `kernel`"),
        ("linear(1, kernel=[[1]], bias=[1, 2])", "as many biases, got 1 and 2"),
        ("slice(3, 3)", "`slice` needs a second number above the first, got 3, 3"),
        ("bn(eps=0)", "greater than 0"),
        ("bn(momentum=1.5)", "less than or equal to 1"),
        ("drop_path(1)", "less than 1"),
        ("pad(same)", ""),
        ("upsample(2, mode=zero)", ""),
        ("conv(1, 3, pad_mode=nearest)", ""),
    ],
)
def test_arguments_that_do_not_agree(call: str, sentence: str):
    with pytest.raises(ValidationError) as caught:
        op_of(call)
    assert sentence in str(caught.value)


def test_a_cyclic_table_goes_round():
    table = Cyclic(3).over(4, 5)
    assert [table.column(o) for o in range(5)] == [
        (0, 1, 2),
        (1, 2, 3),
        (0, 2, 3),
        (0, 1, 3),
        (0, 1, 2),
    ]
    assert Cyclic(9).over(2, 2).links == 4


@pytest.mark.parametrize(
    ("call", "label"),
    [
        ("conv(64, 5, stride=2, groups=32, dilation=2)", "5x5/2, 64, g=32, d=2"),
        ("conv(4, 3, table=t)", "3x3, 4, table"),
        ("conv(4, 3, kernel=s)", "3x3, 4, fixed"),
        ("conv(4, 3, share=false)", "3x3, 4, local"),
        ("conv_transpose(4, 2, stride=2, groups=2, dilation=3)", "up 2x2/2, 4, g=2, d=3"),
        ("linear(1, kernel=[[1]])", "linear 1 (fixed)"),
        ("l2pool(2)", "L2 2x2"),
        ("global_avgpool", "global avg"),
        ("global_maxpool(keep=true)", "global max"),
        ("adaptive_avgpool(7)", "adaptive avg 7x7"),
        ("bn", "BN"),
        ("lrn(5)", "LRN 5"),
        ("leaky_relu", "leaky relu"),
        ("scale(0.1)", "scale 0.1"),
        ("dropout(0.4)", "dropout 0.4"),
        ("drop_path(0.2)", "drop path 0.2"),
        ("slice(0, 64)", "slice 0:64"),
        ("slice(64, end)", "slice 64:end"),
        ("shuffle(2)", "shuffle 2"),
        ("upsample(2)", "upsample 2x2"),
        ("zero_pad_shortcut(64, 2)", "zero pad 64"),
        ("concat", "concat"),
    ],
)
def test_what_a_picture_says(call: str, label: str):
    assert op_of(call).figure_label() == label


# --- what outputs see where no window says it ---------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        "conv_transpose(1, 2, stride=2)",
        "conv_transpose(1, 3, stride=2, pad=1)",
        "conv_transpose(1, 4, stride=2, pad=1)",
        "conv_transpose(1, 3)",
        "conv_transpose(1, 2, stride=3)",
        "conv_transpose(1, 3x5, stride=2, pad=2x1, dilation=2)",
    ],
)
def test_sight_of_a_transposed_convolution(call: str):
    op = op_of(call)
    for axis, sight in enumerate(op.sight((1, 9, 9))):
        stride, near = op.stride[axis], op.pad[2 * axis]
        taps = [op.dilation[axis] * tap for tap in range(op.k[axis])]
        for y in range(-4, 12):  # input i lays taps from i*stride - near on
            seen = [i for i in range(-20, 40) if y + near - i * stride in taps]
            ends = (seen[0], seen[-1]) if seen else None
            assert sight.taps(y) == ends
            later = sight.taps(y + sight.period)
            assert later == (ends and tuple(end + sight.step for end in ends))
            apart = {other - one for one, other in pairwise(seen)}
            assert apart <= {sight.apart}
        assert sight.jump * stride == 1


@pytest.mark.parametrize("factor", [1, 2, 3, 4])
def test_sight_of_interpolated_pixels(factor: int):
    (sight, _) = op_of(f"upsample({factor}, mode=bilinear)").sight((1, 9, 9))
    (nearest, _) = op_of(f"upsample({factor})").sight((1, 9, 9))
    for y in range(3 * factor):
        place = (2 * y + 1 - factor) / (2 * factor)
        assert sight.taps(y) == (floor(place), ceil(place))
        assert nearest.taps(y) == (y // factor, y // factor)
    assert (sight.period, sight.step, sight.jump) == (factor, 1, Fraction(1, factor))


@pytest.mark.parametrize(("side", "size"), [(8, 3), (14, 4), (3, 5), (6, 4)])
def test_sight_of_an_adaptive_pool(side: int, size: int):
    rows, columns = BY_NAME["adaptive_avgpool"](size=(size, 1)).sight((1, side, 4))
    for y in range(size):
        assert rows.taps(y) == (y * side // size, -(-(y + 1) * side // size) - 1)
        repeated = y + rows.period
        if repeated < size:
            assert rows.taps(repeated) == tuple(end + rows.step for end in rows.taps(y))
    assert (rows.jump, columns.taps(0)) == (Fraction(side, size), (0, 3))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 9, 12])
def test_the_window_of_an_adaptive_pool_holds_each_of_its_windows(size: int):
    for side in range(size, 20):
        op, x = BY_NAME["adaptive_avgpool"](size=size), (1, side, side)
        window = op.window(x)
        (kernel, _), (step, _) = window.kernel, window.stride
        exact = True
        for out in range(size):
            first, stop = out * side // size, -(-(out + 1) * side // size)
            assert out * step <= first
            assert stop <= out * step + kernel
            exact &= (first, stop) == (out * step, out * step + kernel)
        assert exact or op.sight(x) is not None
