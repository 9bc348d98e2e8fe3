"""What functions of single elements, normalisation and dropout become."""

from __future__ import annotations

from archspec.compiler import prelude
from archspec.compiler.expression import Call, number
from archspec.compiler.modules import Module, Place, build, call
from archspec.ops import (
    Abs,
    Bn,
    Dropout,
    DropPath,
    Elu,
    Hardsigmoid,
    Hardswish,
    LeakyRelu,
    Lrn,
    Relu,
    Relu6,
    Scale,
    ScaledTanh,
    Sigmoid,
    Sign,
    Silu,
    Softmax,
    Step,
    Tanh,
)


@build.register(Relu)
def relu(op: Relu, place: Place) -> Module:
    """`nn.ReLU`, in place where that cannot hurt."""
    del op
    return Module(call("nn.ReLU", inplace=str(place.overwrite)))


@build.register(Relu6)
def relu6(op: Relu6, place: Place) -> Module:
    """`nn.ReLU6`."""
    del op, place
    return Module(Call("nn.ReLU6"))


@build.register(LeakyRelu)
def leaky_relu(op: LeakyRelu, place: Place) -> Module:
    """`nn.LeakyReLU`."""
    del place
    return Module(call("nn.LeakyReLU", negative_slope=number(op.slope)))


@build.register(Elu)
def elu(op: Elu, place: Place) -> Module:
    """`nn.ELU`."""
    del place
    return Module(call("nn.ELU", alpha=number(op.alpha)))


@build.register(Silu)
def silu(op: Silu, place: Place) -> Module:
    """`nn.SiLU`."""
    del op, place
    return Module(Call("nn.SiLU"))


@build.register(Hardswish)
def hardswish(op: Hardswish, place: Place) -> Module:
    """`nn.Hardswish`."""
    del op, place
    return Module(Call("nn.Hardswish"))


@build.register(Hardsigmoid)
def hardsigmoid(op: Hardsigmoid, place: Place) -> Module:
    """`nn.Hardsigmoid`."""
    del op, place
    return Module(Call("nn.Hardsigmoid"))


@build.register(Tanh)
def tanh(op: Tanh, place: Place) -> Module:
    """`nn.Tanh`."""
    del op, place
    return Module(Call("nn.Tanh"))


@build.register(ScaledTanh)
def scaled_tanh(op: ScaledTanh, place: Place) -> Module:
    """`ScaledTanh` of the prelude, with the two numbers in it."""
    del place
    return Module(Call(prelude.scaled_tanh(op.A, op.S)))


@build.register(Sigmoid)
def sigmoid(op: Sigmoid, place: Place) -> Module:
    """`nn.Sigmoid`."""
    del op, place
    return Module(Call("nn.Sigmoid"))


@build.register(Step)
def step(op: Step, place: Place) -> Module:
    """`Step` of the prelude."""
    del op, place
    return Module(Call(prelude.STEP))


@build.register(Sign)
def sign(op: Sign, place: Place) -> Module:
    """`Sign` of the prelude."""
    del op, place
    return Module(Call(prelude.SIGN))


@build.register(Abs)
def abs(op: Abs, place: Place) -> Module:  # noqa: A001 - an emitter is called like its operator
    """`Abs` of the prelude."""
    del op, place
    return Module(Call(prelude.ABS))


@build.register(Scale)
def scale(op: Scale, place: Place) -> Module:
    """`Scale` of the prelude."""
    del place
    return Module(Call(prelude.SCALE, (number(op.s),)))


@build.register(Softmax)
def softmax(op: Softmax, place: Place) -> Module:
    """`nn.Softmax` over the maps or units."""
    del op, place
    return Module(Call("nn.Softmax", ("1",)))


@build.register(Bn)
def bn(op: Bn, place: Place) -> Module:
    """`nn.BatchNorm2d`, of a vector `nn.BatchNorm1d`."""
    return Module(
        call(
            "nn.BatchNorm2d" if len(place.io.x) == 3 else "nn.BatchNorm1d",
            str(place.io.x[0]),
            eps=number(op.eps),
            momentum=number(op.momentum),
            affine=str(op.affine),
        )
    )


@build.register(Lrn)
def lrn(op: Lrn, place: Place) -> Module:
    """`Lrn` of the prelude."""
    del place
    numbers = map(number, (op.alpha, op.beta, op.k))
    return Module(Call(prelude.LRN, (str(op.n), *numbers)))


@build.register(Dropout)
def dropout(op: Dropout, place: Place) -> Module:
    """`nn.Dropout`."""
    del place
    return Module(Call("nn.Dropout", (number(op.p),)))


@build.register(DropPath)
def drop_path(op: DropPath, place: Place) -> Module:
    """`DropPath` of the prelude."""
    del place
    return Module(Call(prelude.DROP_PATH, (number(op.p),)))
