"""What the operators are that a forward pass writes as expressions, and what these compute."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from archspec.compiler.builders import expression
from archspec.ops import Io

if TYPE_CHECKING:
    from torch import Tensor

    from archspec.ops import Shape

sys.path.insert(0, str(Path(__file__).parents[1] / "ops"))
from calls import op_of

pytestmark = pytest.mark.torch


def image(x: Shape) -> Tensor:
    import torch

    return torch.randn(2, *x, generator=torch.Generator().manual_seed(1), dtype=torch.float64) * 3


@pytest.mark.parametrize(
    ("call", "inputs", "text"),
    [
        ("add", [(3, 4, 5)] * 3, "a + b + c"),
        ("sub", [(7,)] * 2, "a - b"),
        ("sub", [(7,)] * 3, "a - b - c"),
        ("mul", [(3, 4, 5), (3, 1, 1)], "a * b"),
        ("mul", [(3, 1, 1), (3, 4, 5)], "a * b"),
        ("concat", [(3, 4, 5), (2, 4, 5)], "torch.cat((a, b), 1)"),
        ("concat", [(3,), (2,), (1,)], "torch.cat((a, b, c), 1)"),
        ("slice(0, 2)", [(3, 4, 5)], "a[:, :2]"),
        ("slice(1, end)", [(3, 4, 5)], "a[:, 1:]"),
        ("slice(1, 3)", [(4,)], "a[:, 1:3]"),
        ("slice(0, end)", [(4,)], "a[:, :]"),
    ],
)
def test_an_expression_and_its_value(call: str, inputs: list[Shape], text: str):
    import torch

    op, data = op_of(call), [image(x).add(number) for number, x in enumerate(inputs)]
    io = Io(tuple(inputs), op.output(*inputs))
    names = ["a", "b", "c"][: len(inputs)]
    assert expression(op, names, io) == text
    given = eval(text, {"torch": torch, **dict(zip(names, data, strict=True))})
    arrays = [item.numpy() for item in data]
    expected = {
        "add": lambda: sum(arrays),
        "sub": lambda: arrays[0] - sum(arrays[1:]),
        "mul": lambda: np.prod(np.broadcast_arrays(*arrays), axis=0),
        "concat": lambda: np.concatenate(arrays, 1),
        "slice": lambda: arrays[0][:, op.a : op.stop(io.x)],
    }[op.name]()
    assert tuple(given.shape[1:]) == io.output
    np.testing.assert_allclose(given.numpy(), expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize(
    ("call", "inputs", "text"),
    [
        ("mul", ["a + b", "c"], "(a + b) * c"),
        ("sub", ["a - b", "c - d"], "a - b - (c - d)"),
        ("slice(0, 2)", ["a + b"], "(a + b)[:, :2]"),
        ("add", ["a - b", "c * d"], "a - b + c * d"),
    ],
)
def test_expressions_in_expressions_hold_together(call: str, inputs: list[str], text: str):
    op = op_of(call)
    shapes = ((3, 4, 5),) * len(inputs)
    assert expression(op, inputs, Io(shapes, op.output(*shapes))) == text


def test_a_module_is_no_expression():
    with pytest.raises(TypeError, match="`relu`"):
        expression(op_of("relu"), ["a"], Io(((3,),), (3,)))
