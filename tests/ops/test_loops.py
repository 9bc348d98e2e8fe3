"""Operators against loops that really multiply, add and compare on tiny shapes, and count.

The loops know nothing of the formulas: they slide windows, visit padding like any other value,
and note which weight met which output.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.ops import BY_NAME, OP_KINDS, Io, Op, Shape, ShapeError, Size, Table, total
from tests.strategies import sliding, tables


@dataclass
class Run:
    """What a loop did."""

    done: Counter[str] = field(default_factory=Counter)
    weights: set[object] = field(default_factory=set)
    biases: set[object] = field(default_factory=set)
    meetings: int = 0  # of a weight or bias with an output: connections
    output: dict[tuple[int, ...], int] = field(default_factory=dict)

    def mac(self, sum_: int, weight: object) -> int:
        self.done["mac"] += 1
        return self.use(weight) + sum_

    def use(self, weight: object) -> int:
        self.weights.add(weight)
        self.meetings += 1
        return 1

    def bias(self, sum_: int, bias: object) -> int:
        self.biases.add(bias)
        self.meetings += 1
        self.done["add"] += 1
        return sum_ + 1

    @property
    def shape(self) -> Shape:
        return tuple(max(side) + 1 for side in zip(*self.output, strict=True))


def starts(size: int, extent: int, stride: int, pads: tuple[int, int], *, ceil: bool) -> range:
    """Where windows of `extent` begin: step by step, as long as they fit.

    Rounding up, one more that hangs over the end by less than a stride, if it begins before
    the far padding.
    """
    near, far = pads
    found = [at for at in range(-near, size + far, stride) if at + extent <= size + far]
    following = found[-1] + stride if found else -near
    over = following + extent - size - far
    if ceil and 0 < over < stride and following < size:
        found.append(following)
    return range(found[0], found[-1] + 1, stride) if found else range(0)


def windows(op: Op, x: Shape, *, ceil: bool = False) -> tuple[range, range]:
    window = op.window(x)
    axes = []
    for axis in (0, 1):
        pads = window.pad[2 * axis], window.pad[2 * axis + 1]
        extent, stride = window.extent[axis], window.stride[axis]
        axes.append(starts(x[axis + 1], extent, stride, pads, ceil=ceil))
    return axes[0], axes[1]


def run_conv(op: Op, x: Shape) -> Run:
    run, (rows, columns) = Run(), windows(op, x)
    fan = x[0] // op.groups
    for o, (p, _), (q, _) in product(range(op.c), enumerate(rows), enumerate(columns)):
        group = o // (op.c // op.groups)
        maps = range(group * fan, group * fan + fan)
        linked = maps if op.table is None else [i for i in maps if op.table.rows[i][o]]
        sum_ = 0
        for i, r, c in product(linked, range(op.k[0]), range(op.k[1])):
            sum_ = run.mac(sum_, (o, i, r, c))
        run.output[o, p, q] = run.bias(sum_, o) if op.bias else sum_
    return run


def run_local(op: Op, x: Shape) -> Run:
    """Kernels and biases of its own at each position."""
    run, (rows, columns) = Run(), windows(op, x)
    fan = x[0] // op.groups
    for o, (p, _), (q, _) in product(range(op.c), enumerate(rows), enumerate(columns)):
        sum_ = 0
        for i, r, c in product(range(fan), range(op.k[0]), range(op.k[1])):
            sum_ = run.mac(sum_, (o, i, r, c, p, q))
        run.output[o, p, q] = run.bias(sum_, (o, p, q)) if op.bias else sum_
    return run


def run_conv_transpose(op: Op, x: Shape) -> Run:
    """Each input lays its kernel into the output; what falls into the padding counts too."""
    run, per_group = Run(), op.c // op.groups
    for m, _, _, o, r, c in product(*map(range, x), range(per_group), *map(range, op.k)):
        run.mac(0, (m, o, r, c))
    ends = []
    for axis in (0, 1):
        last = (x[axis + 1] - 1) * op.stride[axis] + op.dilation[axis] * (op.k[axis] - 1)
        places = range(last + op.out_pad[axis] + 1)
        near, far = op.pad[2 * axis], op.pad[2 * axis + 1]
        ends.append(len(places[near : len(places) - far]))
    for o, p, q in product(range(op.c), range(ends[0]), range(ends[1])):
        run.output[o, p, q] = run.bias(0, o) if op.bias else 0
    return run


def run_subsample(op: Op, x: Shape) -> Run:
    run, (rows, columns) = Run(), windows(op, x)
    for o, (p, _), (q, _) in product(range(x[0]), enumerate(rows), enumerate(columns)):
        sum_ = 1
        for _ in range(op.k[0] * op.k[1] - 1):
            sum_ += 1
            run.done["add"] += 1
        run.weights.add(o)
        run.meetings += sum_  # every input of the sum goes through the coefficient
        run.done["mul"] += 1
        run.output[o, p, q] = run.bias(sum_, o)
    return run


def run_pool(op: Op, x: Shape) -> Run:
    run, (rows, columns) = Run(), windows(op, x, ceil=op.ceil)
    kind = {"maxpool": "cmp", "avgpool": "add", "l2pool": "add"}[op.name]
    squares = op.k[0] * op.k[1] if op.name == "l2pool" else 0
    for o, (p, _), (q, _) in product(range(x[0]), enumerate(rows), enumerate(columns)):
        for _ in range(op.k[0] * op.k[1] - 1):
            run.done[kind] += 1
        run.done["div"] += op.name == "avgpool"
        run.done["mul"] += squares
        run.done["special"] += op.name == "l2pool"
        run.output[o, p, q] = 1
    return run


def run_dense(op: Op, x: Shape) -> Run:
    run = Run()
    for o in range(op.n):
        sum_ = 0
        for place in product(*map(range, x)):
            run.done["add"] += op.name == "rbf"  # the difference that is squared
            sum_ = run.mac(sum_, (o, place))
        run.output[(o,)] = run.bias(sum_, o) if op.name == "linear" and op.bias else sum_
    return run


LOOPS = {
    "conv": run_conv,
    "subsample": run_subsample,
    "conv_transpose": run_conv_transpose,
    "maxpool": run_pool,
    "l2pool": run_pool,
    "avgpool": run_pool,
    "linear": run_dense,
    "rbf": run_dense,
}


def compare(op: Op, x: Shape) -> None:
    """Shape, weights, biases, connections and every operation, to the last one."""
    run = (LOOPS[op.name] if getattr(op, "share", True) else run_local)(op, x)
    io = Io((x,), op.output(x))
    assert run.shape == io.output
    assert len(run.weights) == total(op.weights(io))
    assert len(run.biases) == total(op.biases(io))
    if op.role != "pool" or op.unit_layer:
        assert run.meetings == total(op.connections(io))
    counted = {kind: total(op.ops(io, "eval").of(kind)) for kind in OP_KINDS}
    assert counted == {kind: run.done[kind] for kind in OP_KINDS}


@settings(max_examples=80, deadline=None)
@given(sliding(), st.sampled_from([1, 2, 4]), st.booleans())
def test_conv(drawn: tuple[Shape, dict[str, Any]], groups: int, bias: bool):
    x, arguments = drawn
    op = BY_NAME["conv"](c=4, groups=groups, bias=bias, **arguments)
    try:
        op.output(x)
    except ShapeError as problem:
        assert problem.code == "E304"  # noqa: PT017 - both ways out are right
        assert 0 in map(len, windows(op, x))
        return
    compare(op, x)


@settings(max_examples=30, deadline=None)
@given(sliding(), st.sampled_from([1, 2, 4]), st.booleans())
def test_local_conv(drawn: tuple[Shape, dict[str, Any]], groups: int, bias: bool):
    (_, height, width), arguments = drawn
    x = (4, min(height, 6), min(width, 6))
    op = BY_NAME["conv"](c=4, groups=groups, bias=bias, share=False, **arguments)
    if all(map(len, windows(op, x))):
        compare(op, x)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("k", [1, 3, Size((2, 4))], ids=str)
@pytest.mark.parametrize("pad", [0, 1, (0, 1, 1, 0)], ids=str)
def test_conv_transpose(groups: int, bias: bool, k: object, pad: object):
    arguments = {"k": k, "pad": pad, "groups": groups, "bias": bias, "stride": 3, "out_pad": 2}
    compare(BY_NAME["conv_transpose"](c=4, dilation=2, **arguments), (2, 4, 5))


@settings(max_examples=30, deadline=None)
@given(tables(3, 4), st.booleans(), st.integers(1, 3))
def test_table_conv(table: Table, bias: bool, stride: int):
    compare(BY_NAME["conv"](c=4, k=2, stride=stride, table=table, bias=bias), (3, 4, 5))


@settings(max_examples=80, deadline=None)
@given(sliding(), st.sampled_from(["maxpool", "avgpool", "l2pool"]), st.booleans())
def test_pools(drawn: tuple[Shape, dict[str, Any]], name: str, ceil: bool):
    x, arguments = drawn
    del arguments["dilation"]
    pad = arguments["pad"]
    if pad not in ("same", "valid"):  # at most half the window
        arguments["pad"] = min(arguments["k"]) // 2 if isinstance(arguments["k"], Size) else 0
    op = BY_NAME[name](ceil=ceil, **arguments)
    rows, columns = windows(op, x, ceil=ceil)
    if rows and columns:
        compare(op, x)
    else:
        with pytest.raises(ShapeError):
            op.output(x)


@settings(max_examples=30, deadline=None)
@given(sliding())
def test_subsample(drawn: tuple[Shape, dict[str, Any]]):
    x, arguments = drawn
    op = BY_NAME["subsample"](k=arguments["k"], stride=arguments["stride"])
    rows, columns = windows(op, x)
    if rows and columns:
        compare(op, x)
    else:
        with pytest.raises(ShapeError):
            op.output(x)


@pytest.mark.parametrize("x", [(7,), (2, 3, 4)], ids=str)
@pytest.mark.parametrize("bias", [True, False])
def test_linear(x: Shape, bias: bool):
    compare(BY_NAME["linear"](n=5, bias=bias), x)


@pytest.mark.parametrize("x", [(4,), (1, 2, 2)], ids=str)
def test_rbf(x: Shape):
    codes = Table("codes", tuple((Fraction(1), Fraction(0)) * 2 for _ in range(3)))
    compare(BY_NAME["rbf"](n=3, prototypes=codes), x)
