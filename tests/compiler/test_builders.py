"""The emitters: one an operator, and what they leave out because torch does the same."""

from __future__ import annotations

import inspect
from typing import ClassVar

import pytest
from compiler_nets import net

import archspec.ops
from archspec.compiler import emit, prelude
from archspec.compiler.builders import DEFAULTS, FAMILIES, Place, build, expression
from archspec.errors import ArchError
from archspec.ops import CODE_SETS, OPS, Input, Io, Op, Slice


@pytest.mark.parametrize("op", [op for op in OPS if op is not Input])  # the input is no module
def test_every_operator_has_an_emitter_of_its_own_name(op: type[Op]):
    is_expression = op.merges or op is Slice
    emitter = (expression if is_expression else build).dispatch(op)
    assert emitter not in (build.dispatch(Op), expression.dispatch(Op))
    assert emitter.__name__ == op.name
    assert emitter.__module__ in {family.__name__ for family in FAMILIES}


def test_an_operator_without_emitter_is_e701_at_its_place():
    class Unheard(Op):
        name: ClassVar[str] = "unheard"

    node = net("first: relu", "second: tanh").nodes["second"]
    with pytest.raises(ArchError) as caught:
        build(Unheard(), Place(node, Io(((3,),), (3,))))
    (found,) = caught.value.diagnostics
    assert (found.code, found.path, found.primary) == ("E701", "second", node.span)
    assert "`unheard`" in found.message


@pytest.mark.torch
@pytest.mark.parametrize("name", DEFAULTS)
def test_the_frozen_defaults_are_those_of_torch(name: str):
    from torch import nn

    signature = inspect.signature(getattr(nn, name.removeprefix("nn.")))
    found = {key: str(signature.parameters[key].default) for key in DEFAULTS[name]}
    assert found == DEFAULTS[name]
    order = [key for key in signature.parameters if key in DEFAULTS[name]]
    assert order == list(DEFAULTS[name])


def test_every_named_code_set_has_its_drawings():
    assert prelude.DRAWINGS.keys() == CODE_SETS.keys()


@pytest.mark.parametrize(
    ("statement", "module"),
    [
        ("conv(3, 5)", "nn.Conv2d(2, 3, 5)"),
        ("conv(3, 5x3, stride=2, pad=1x2)", "nn.Conv2d(2, 3, (5, 3), stride=2, padding=(1, 2))"),
        ("conv(3, 3, pad=same)", "nn.Conv2d(2, 3, 3, padding=1)"),
        ("conv(3, 3, pad=same, stride=2)", "PaddedConv2d((0, 1, 0, 1), 2, 3, 3, stride=2)"),
        ("conv(4, 3, groups=2, dilation=1x2)", "nn.Conv2d(2, 4, 3, dilation=(1, 2), groups=2)"),
        ("conv(3, 1, bias=false)", "nn.Conv2d(2, 3, 1, bias=False)"),
        ("conv(3, 1, trainable=false)", "nn.Conv2d(2, 3, 1).requires_grad_(False)"),
        ("linear(5)", "nn.Linear(128, 5)"),
        ("linear(5, bias=false)", "nn.Linear(128, 5, bias=False)"),
        ("subsample(2)", "Subsample(2, (2, 2))"),
        ("subsample(2, stride=1)", "Subsample(2, (2, 2), stride=(1, 1))"),
        ("subsample(2, trainable=false)", "Subsample(2, (2, 2)).requires_grad_(False)"),
        ("maxpool(2)", "nn.MaxPool2d(2)"),
        ("maxpool(3, stride=2, ceil=true)", "nn.MaxPool2d(3, stride=2, ceil_mode=True)"),
        ("maxpool(3, stride=3, pad=1)", "nn.MaxPool2d(3, padding=1)"),
        ("maxpool(2, stride=1, pad=same)", "PaddedMaxPool2d((0, 1, 0, 1), 2, stride=1)"),
        ("avgpool(2)", "nn.AvgPool2d(2)"),
        ("avgpool(3, pad=1)", "nn.AvgPool2d(3, padding=1, count_include_pad=False)"),
        (
            "avgpool(3, pad=1, count_pad=true)",
            "nn.AvgPool2d(3, padding=1, count_include_pad=True)",
        ),
        (
            "avgpool(2, stride=1, pad=same)",
            "PaddedAvgPool2d((0, 1, 0, 1), 2, stride=1, count_include_pad=False)",
        ),
        (
            "avgpool(2, stride=1, pad=same, count_pad=true)",
            "PaddedAvgPool2d((0, 1, 0, 1), 2, stride=1)",
        ),
        (
            "maxpool(3, stride=2, pad=[1, 0, 1, 0], ceil=true)",
            "CeilPaddedMaxPool2d((1, 0, 1, 0), (3, 3), (2, 2))",
        ),
        (
            "maxpool(3, stride=2, pad=[0, 1, 0, 1], ceil=true)",
            "CeilPaddedMaxPool2d((0, 1, 0, 1), (3, 3), (2, 2))",
        ),
        ("relu", "nn.ReLU()"),
        ("tanh", "nn.Tanh()"),
        ("sigmoid", "nn.Sigmoid()"),
        ("softmax", "nn.Softmax(1)"),
        ("dropout(0.25)", "nn.Dropout(0.25)"),
        ("dropout(1/3)", "nn.Dropout(1 / 3)"),
        ("flatten", "nn.Flatten()"),
        ("scaled_tanh(A=1.7159, S=2/3)", "ScaledTanh()"),
    ],
)
def test_the_module_of_a_statement(statement: str, module: str):
    assert f"        self.it = {module}  # :4  " in emit(net(f"it: {statement}", x="2x8x8"))


def test_the_operators_are_those_of_the_package():
    assert archspec.ops.OPS is OPS
