"""What each operator computes, written with loops over numpy arrays in float64.

Nothing of torch's arithmetic is used: every product of a window is a product here.
"""

from __future__ import annotations

from functools import singledispatch
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from archspec.ops import (
    AvgPool,
    Conv,
    Flatten,
    Io,
    Linear,
    MaxPool,
    Op,
    Rbf,
    Relu,
    ScaledTanh,
    Sigmoid,
    Softmax,
    Subsample,
    Tanh,
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


@compute.register
def conv(op: Conv, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    out = np.zeros(io.output)
    kernels = linked(op, x, weights["weight"])
    for o, row, column in np.ndindex(*io.output):
        value = weights["bias"][o] if op.bias else 0.0
        for m, kernel in kernels[o]:
            for i, j, r, c in taps(op, x, row, column):
                value += kernel[i, j] * x[m, r, c] if inside(x, r, c) else 0.0
        out[o, row, column] = value
    return out


def linked(op: Conv, x: Array, weight: Array) -> list[list[tuple[int, Array]]]:
    """For each output map the input maps it sees, with their kernels."""
    if op.table is not None:
        edge = iter(weight)
        sees = [[m for m in range(len(x)) if op.table.rows[m][o]] for o in range(op.c)]
        return [[(m, next(edge)) for m in maps] for maps in sees]
    per_group, outputs = len(x) // op.groups, op.c // op.groups
    return [
        [(o // outputs * per_group + m, weight[o, m]) for m in range(per_group)]
        for o in range(op.c)
    ]


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
    rows = [sum(w * v for w, v in zip(row, flat, strict=True)) for row in weights["weight"]]
    return np.array(rows) + (weights["bias"] if op.bias else 0.0)


@compute.register
def rbf(op: Rbf, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    flat = [x[index] for index in np.ndindex(*x.shape)]
    codes = op.codes.codes[: op.n]
    return np.array([sum((v - c) ** 2 for v, c in zip(flat, code, strict=True)) for code in codes])


@compute.register
def softmax(op: Softmax, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    return np.exp(x) / np.exp(x).sum(0)


@compute.register
def scaled_tanh(op: ScaledTanh, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    grown = np.exp(2 * float(op.S) * x)
    return float(op.A) * (grown - 1) / (grown + 1)


@compute.register
def relu(op: Relu, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    return np.where(x > 0, x, 0.0)


@compute.register
def tanh(op: Tanh, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    return np.tanh(x)


@compute.register
def sigmoid(op: Sigmoid, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    return 1 / (1 + np.exp(-x))


@compute.register
def flatten(op: Flatten, x: Array, io: Io, weights: dict[str, Array]) -> Array:
    return np.array([x[index] for index in np.ndindex(*x.shape)])
