"""What each operator computes, written with loops over numpy arrays in float64.

Nothing of torch's arithmetic is used: every product of a window is a product here.
"""

from __future__ import annotations

from functools import singledispatch
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from archspec.ops import (
    Abs,
    AdaptiveAvgPool,
    AvgPool,
    Bn,
    Conv,
    ConvTranspose,
    Crop,
    Dropout,
    DropPath,
    Elu,
    Flatten,
    GlobalAvgPool,
    GlobalMaxPool,
    Hardsigmoid,
    Hardswish,
    Io,
    L2Pool,
    LeakyRelu,
    Linear,
    Lrn,
    MaxPool,
    Op,
    Pad,
    Rbf,
    Relu,
    Relu6,
    Scale,
    ScaledTanh,
    Shuffle,
    Sigmoid,
    Sign,
    Silu,
    Softmax,
    Step,
    Subsample,
    Tanh,
    Upsample,
    ZeroPadShortcut,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

Array = np.ndarray


@singledispatch
def compute(op: Op, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    """The output of one operator for one image, `x` without a batch."""
    raise NotImplementedError(op.name)


def edges(size: int, kernel: int, stride: int, pad: object) -> int:
    """The near padding along one axis; `same` puts the smaller half there."""
    if pad != "same":
        return int(pad)
    outputs = (size + stride - 1) // stride
    return max(0, (outputs - 1) * stride + kernel - size) // 2


def near(op: Op, x: Array) -> tuple[int, int]:
    """Rows above and columns left of the map."""
    dilation = getattr(op, "dilation", (1, 1))
    pads = ("same", "same") if op.pad == "same" else (op.pad[0], op.pad[2])
    spans = [d * (k - 1) + 1 for d, k in zip(dilation, op.k, strict=True)]
    return tuple(
        edges(x.shape[axis + 1], spans[axis], op.stride[axis], pads[axis]) for axis in (0, 1)
    )


def taps(op: Op, x: Array, row: int, column: int) -> Iterator[tuple[int, int, int, int]]:
    """Kernel and map coordinates of one window, also those outside of the map."""
    top, left = near(op, x) if hasattr(op, "pad") else (0, 0)
    dh, dw = getattr(op, "dilation", (1, 1))
    for i, j in product(range(op.k[0]), range(op.k[1])):
        yield i, j, row * op.stride[0] + i * dh - top, column * op.stride[1] + j * dw - left


def inside(x: Array, r: int, c: int) -> bool:
    return 0 <= r < x.shape[1] and 0 <= c < x.shape[2]


MODES = {"zero": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


@compute.register
def conv(op: Conv, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    out = np.zeros(io.output)
    (top, left), far = near(op, x), op.window(io.x).pad[1::2]
    wide = np.pad(x, ((0, 0), (top, far[0]), (left, far[1])), MODES[op.pad_mode])
    for o, row, column in np.ndindex(*io.output):
        value = 0.0
        for m, kernel in linked(op, x, weights, (o, row, column)):
            for i, j, r, c in taps(op, x, row, column):
                turned = (op.k[0] - 1 - i, op.k[1] - 1 - j) if op.flip else (i, j)
                value += kernel[turned] * wide[m, r + top, c + left]
        if op.bias:
            value += weights["bias"][o] if op.share else weights["bias"][o, row, column]
        out[o, row, column] = value
    return out


def linked(
    op: Conv, x: Array, weights: dict[str, Array], place: tuple[int, int, int]
) -> Iterator[tuple[int, Array]]:
    """The input maps an output sees, with their kernels."""
    o, row, column = place
    table = op.links(len(x))
    if table is not None:
        edge = sum(len(table.column(other)) for other in range(o))
        for number, m in enumerate(table.column(o)):
            yield m, weights["weight"][edge + number]
        return
    per_group, outputs = len(x) // op.groups, op.c // op.groups
    for m in range(per_group):
        source = o // outputs * per_group + m
        if op.kernel is not None:
            yield source, np.array(op.kernel.rows, dtype=float)
        elif op.share:
            yield source, weights["weight"][o, m]
        else:
            yield source, weights["weight"][o, m, :, :, row, column]


@compute.register
def conv_transpose(op: ConvTranspose, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    out = np.zeros(io.output)
    per_group, outputs = len(x) // op.groups, op.c // op.groups
    for m, row, column in np.ndindex(*x.shape):
        for o, i, j in product(range(outputs), range(op.k[0]), range(op.k[1])):
            r = row * op.stride[0] + i * op.dilation[0] - op.pad[0]
            c = column * op.stride[1] + j * op.dilation[1] - op.pad[2]
            if inside(out, r, c):
                target = m // per_group * outputs + o
                out[target, r, c] += x[m, row, column] * weights["weight"][m, o, i, j]
    return out + (weights["bias"][:, None, None] if op.bias else 0.0)


@compute.register
def subsample(op: Subsample, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    out = np.zeros(io.output)
    for m, row, column in np.ndindex(*io.output):
        total = sum(x[m, r, c] for _, _, r, c in taps(op, x, row, column))
        out[m, row, column] = total * weights["weight"][m, 0, 0] + weights["bias"][m, 0, 0]
    return out


@compute.register
def maxpool(op: MaxPool, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    out = np.zeros(io.output)
    for m, row, column in np.ndindex(*io.output):
        seen = [x[m, r, c] for _, _, r, c in taps(op, x, row, column) if inside(x, r, c)]
        out[m, row, column] = max(seen)
    return out


@compute.register
def avgpool(op: AvgPool, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    out = np.zeros(io.output)
    pad = op.window(io.x).pad
    for m, row, column in np.ndindex(*io.output):
        total, counted = 0.0, 0
        for _, _, r, c in taps(op, x, row, column):
            padded = -pad[0] <= r < x.shape[1] + pad[1] and -pad[2] <= c < x.shape[2] + pad[3]
            total += x[m, r, c] if inside(x, r, c) else 0.0
            counted += inside(x, r, c) or (op.count_pad and padded)
        out[m, row, column] = total / counted
    return out


@compute.register
def linear(op: Linear, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    flat = [x[index] for index in np.ndindex(*x.shape)]
    fixed = op.kernel is not None
    matrix = [list(map(float, row)) for row in op.kernel] if fixed else weights["weight"]
    rows = [sum(w * v for w, v in zip(row, flat, strict=True)) for row in matrix]
    if not op.bias:
        return np.array(rows)
    return np.array(rows) + (list(map(float, op.bias)) if fixed else weights["bias"])


@compute.register
def rbf(op: Rbf, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    flat = [x[index] for index in np.ndindex(*x.shape)]
    codes = op.codes.codes[: op.n]
    return np.array([sum((v - c) ** 2 for v, c in zip(flat, code, strict=True)) for code in codes])


@compute.register
def softmax(op: Softmax, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    powers = np.exp(x - x.max(0))  # of large outputs they would overflow
    return powers / powers.sum(0)


@compute.register
def scaled_tanh(op: ScaledTanh, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    scaled = float(op.S) * x
    shrunk = np.exp(-2 * np.abs(scaled))
    return float(op.A) * np.sign(scaled) * (1 - shrunk) / (1 + shrunk)


@compute.register
def relu(op: Relu, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    return np.where(x > 0, x, 0.0)


@compute.register
def tanh(op: Tanh, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    return np.tanh(x)


@compute.register
def sigmoid(op: Sigmoid, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    return 1 / (1 + np.exp(np.minimum(-x, 700)))


@compute.register
def flatten(op: Flatten, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    return np.array([x[index] for index in np.ndindex(*x.shape)])


@compute.register
def l2pool(op: L2Pool, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    out = np.zeros(io.output)
    for m, row, column in np.ndindex(*io.output):
        seen = [x[m, r, c] for _, _, r, c in taps(op, x, row, column) if inside(x, r, c)]
        out[m, row, column] = sum(value * value for value in seen) ** 0.5
    return out


@compute.register
def global_avgpool(op: GlobalAvgPool, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    return np.array([page.sum() / page.size for page in x]).reshape(io.output)


@compute.register
def global_maxpool(op: GlobalMaxPool, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    return np.array([page.max() for page in x]).reshape(io.output)


@compute.register
def adaptive_avgpool(op: AdaptiveAvgPool, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    out = np.zeros(io.output)
    for m, row, column in np.ndindex(*io.output):
        (top, bottom), (left, right) = (
            (at * side // parts, -(-(at + 1) * side // parts))
            for at, side, parts in zip((row, column), x.shape[1:], op.size, strict=True)
        )
        out[m, row, column] = x[m, top:bottom, left:right].mean()
    return out


@compute.register
def bn(op: Bn, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    def each(name: str, default: float) -> Array:
        values = np.array(weights.get(name, np.full(len(x), default)))
        return values.reshape(-1, *[1] * (x.ndim - 1))

    spread = np.sqrt(each("running_var", 1.0) + float(op.eps))
    return (x - each("running_mean", 0.0)) / spread * each("weight", 1.0) + each("bias", 0.0)


@compute.register
def lrn(op: Lrn, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    out = np.zeros(io.output)
    for m, row, column in np.ndindex(*io.output):
        around = range(max(0, m - op.n // 2), min(len(x), m + (op.n - 1) // 2 + 1))
        squares = sum(x[other, row, column] ** 2 for other in around)
        scale = float(op.k) + float(op.alpha) * squares
        out[m, row, column] = x[m, row, column] / scale ** float(op.beta)
    return out


@compute.register
def pad(op: Pad, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    return np.pad(x, ((0, 0), op.p[:2], op.p[2:]), MODES[op.mode])


@compute.register
def crop(op: Crop, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    top, bottom, left, right = op.p
    return x[:, top : x.shape[1] - bottom, left : x.shape[2] - right]


@compute.register
def zero_pad_shortcut(op: ZeroPadShortcut, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    out = np.zeros(io.output)
    for m, row, column in product(range(len(x)), *map(range, io.output[1:])):
        out[m, row, column] = x[m, row * op.stride[0], column * op.stride[1]]
    return out


@compute.register
def upsample(op: Upsample, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    out = np.zeros(io.output)
    for m, row, column in np.ndindex(*io.output):
        if op.mode == "nearest":
            out[m, row, column] = x[m, row // op.k[0], column // op.k[1]]
            continue
        rows = between(row, op.k[0], x.shape[1])
        columns = between(column, op.k[1], x.shape[2])
        out[m, row, column] = sum(
            share * part * x[m, r, c] for (r, share), (c, part) in product(rows, columns)
        )
    return out


def between(at: int, factor: int, size: int) -> list[tuple[int, float]]:
    """The two pixels an interpolated one lies between, with their shares."""
    place = max((at + 0.5) / factor - 0.5, 0.0)
    first = int(place)
    return [(first, 1 - (place - first)), (min(first + 1, size - 1), place - first)]


@compute.register
def shuffle(op: Shuffle, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    each = len(x) // op.groups
    return np.array([x[group * each + m] for m in range(each) for group in range(op.groups)])


@compute.register
def relu6(op: Relu6, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    return np.where(x > 6, 6.0, np.where(x > 0, x, 0.0))


@compute.register
def leaky_relu(op: LeakyRelu, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    return np.where(x > 0, x, float(op.slope) * x)


@compute.register
def elu(op: Elu, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    return np.where(x > 0, x, float(op.alpha) * (np.exp(x) - 1))


@compute.register
def silu(op: Silu, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    return x / (1 + np.exp(-x))


@compute.register
def hardsigmoid(op: Hardsigmoid, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    return np.minimum(np.maximum(x + 3, 0), 6) / 6


@compute.register
def hardswish(op: Hardswish, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    return x * np.minimum(np.maximum(x + 3, 0), 6) / 6


@compute.register
def step(op: Step, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    return np.where(x > 0, 1.0, 0.0)


@compute.register
def sign(op: Sign, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    return np.where(x > 0, 1.0, np.where(x < 0, -1.0, 0.0))


@compute.register(Abs)
def absolute(op: Abs, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    return np.where(x < 0, -x, x)


@compute.register
def scale(op: Scale, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    return float(op.s) * x


@compute.register(Dropout)
@compute.register(DropPath)
def nothing(op: Dropout | DropPath, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    return x
