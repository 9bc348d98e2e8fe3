"""What each operator becomes: one emitter an operator, as data. No torch, no text layout."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from operator import gt
from typing import TYPE_CHECKING

from archspec.compiler import prelude
from archspec.compiler.expression import Call, Definition, Value, number, pair
from archspec.errors import ArchError, Diagnostic
from archspec.ops import (
    AvgPool,
    Conv,
    Dropout,
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
    Window,
    count,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archspec.graph.graph import Node

# Keyword arguments that are left out because torch's own default is the same.
DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "nn.Conv2d": {
        "stride": "1",
        "padding": "0",
        "dilation": "1",
        "groups": "1",
        "bias": "True",
    },
    "nn.Linear": {"bias": "True"},
    "nn.MaxPool2d": {"stride": "None", "padding": "0", "ceil_mode": "False"},
    "nn.AvgPool2d": {
        "stride": "None",
        "padding": "0",
        "ceil_mode": "False",
        "count_include_pad": "True",
    },
    "nn.ReLU": {"inplace": "False"},
}
# The emitted classes take the defaults of what they derive from or hand their options to.
_OWN_DEFAULTS: Mapping[Definition, Mapping[str, str]] = {
    prelude.PADDED_CONV: DEFAULTS["nn.Conv2d"],
    prelude.TABLE_CONV: DEFAULTS["nn.Conv2d"],
    prelude.PADDED_TABLE_CONV: DEFAULTS["nn.Conv2d"],
    prelude.PADDED_MAX_POOL: DEFAULTS["nn.MaxPool2d"],
    prelude.PADDED_AVG_POOL: DEFAULTS["nn.AvgPool2d"],
    prelude.SUBSAMPLE: {"stride": "None"},
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an operator stands, as far as its module depends on it.

    Args:
        node: the operator in the graph.
        io: the shapes around it.
        overwrite: whether an elementwise operator may write into its input.
    """

    node: Node
    io: Io
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Module:
    """The module of one node.

    Args:
        call: what constructs it.
        fan_in: an expression for the inputs of one unit, with `{self}` for the module; ""
            where there is no weight to initialise.
        bias: whether it has one.
    """

    call: Call
    fan_in: str = ""
    bias: bool = False


@singledispatch
def build(op: Op, place: Place) -> Module:
    """The module an operator becomes.

    Raises:
        ArchError: E701 if there is no emitter for `op`, or none for these arguments.
    """
    raise cannot(place, f"`{op.name}` cannot be compiled yet")


def cannot(place: Place, message: str, advice: str | None = None) -> ArchError:
    """What is raised where an operator has no form in torch."""
    node = place.node
    return ArchError([Diagnostic("E701", message, node.span, path=node.path, help=advice)])


def _call(function: str | Definition, *arguments: Value, **options: str) -> Call:
    """A call without the options that say what holds anyway."""
    known = DEFAULTS[function] if isinstance(function, str) else _OWN_DEFAULTS[function]
    kept = tuple((key, text) for key, text in options.items() if text != known[key])
    return Call(function, arguments, kept)


def _frozen(call: Call, op: Op) -> Call:
    """The call, with its parameters frozen if `op` does not learn."""
    if op.learns:
        return call
    return Call(call.function, call.arguments, call.options, ".requires_grad_(False)")


def _fan_in(op: Op, io: Io) -> str:
    """How many inputs one unit has; the first connections an operator states are its inputs."""
    return str(op.connections(io)[0].amount.value // count(io.output))


def _even(window: Window) -> bool:
    """Whether opposite sides are padded alike, which torch's modules can do themselves."""
    top, bottom, left, right = window.pad
    return top == bottom and left == right


def _around(window: Window) -> str:
    """The padding in the order of `F.pad`: left, right, top, bottom."""
    top, bottom, left, right = window.pad
    return str((left, right, top, bottom))


def _padding(window: Window) -> str:
    return pair((window.pad[0], window.pad[2]))


@build.register
def conv(op: Conv, place: Place) -> Module:
    """`nn.Conv2d`, or the prelude's classes for a table and for uneven padding."""
    window = op.window(place.io.x)
    options = {"stride": pair(op.stride), "dilation": pair(op.dilation), "bias": str(op.bias)}
    arguments: tuple[Value, ...]
    plain: str | Definition = "nn.Conv2d"
    padded, fan_in = prelude.PADDED_CONV, _fan_in(op, place.io)
    if op.table is None:
        arguments = (str(place.io.x[0]), str(op.c), pair(op.k))
        options["groups"] = str(op.groups)
    else:
        arguments = (str(place.io.x[0]), str(op.k), prelude.connections(op.table))
        plain, padded, fan_in = prelude.TABLE_CONV, prelude.PADDED_TABLE_CONV, "{self}.fan_in()"
    if _even(window):
        call = _call(plain, *arguments, **_sorted(options | {"padding": _padding(window)}))
    else:
        call = _call(padded, _around(window), *arguments, **_sorted(options))
    return Module(_frozen(call, op), fan_in, op.bias)


def _sorted(options: Mapping[str, str]) -> dict[str, str]:
    """Options in the order of torch's signature."""
    order = list(DEFAULTS["nn.Conv2d"])
    return dict(sorted(options.items(), key=lambda item: order.index(item[0])))


@build.register
def subsample(op: Subsample, place: Place) -> Module:
    """`Subsample` of the prelude."""
    maps, stride = str(place.io.x[0]), "None" if op.stride == op.k else str(op.stride)
    call = _call(prelude.SUBSAMPLE, maps, str(op.k), stride=stride)
    return Module(_frozen(call, op), _fan_in(op, place.io), bias=True)


@build.register
def linear(op: Linear, place: Place) -> Module:
    """`nn.Linear`."""
    call = _call("nn.Linear", str(count(place.io.x)), str(op.n), bias=str(op.bias))
    return Module(_frozen(call, op), _fan_in(op, place.io), op.bias)


@build.register
def rbf(op: Rbf, place: Place) -> Module:
    """`Rbf` of the prelude, or `LearnedRbf`."""
    del place
    if isinstance(op.prototypes, str):
        width = ("width", str(prelude.DRAWINGS[op.prototypes][1]))
        codes = Call(prelude.BITMAPS, (prelude.drawings(op.prototypes, op.n),), (width,))
    else:
        codes = Call(prelude.MARKS, (prelude.marked_rows(op.prototypes, op.n),))
    return Module(Call(prelude.LEARNED_RBF if op.trainable else prelude.RBF, (codes,)))


@build.register
def maxpool(op: MaxPool, place: Place) -> Module:
    """`nn.MaxPool2d`, or the prelude's class for uneven padding."""
    window, options = op.window(place.io.x), _steps(op)
    if _even(window):
        more = {"padding": _padding(window), "ceil_mode": str(op.ceil)}
        return Module(_call("nn.MaxPool2d", pair(op.k), **options, **more))
    return Module(
        _call(prelude.PADDED_MAX_POOL, _around(_filled(window, place.io)), pair(op.k), **options)
    )


@build.register
def avgpool(op: AvgPool, place: Place) -> Module:
    """`nn.AvgPool2d`, or the prelude's class for uneven padding."""
    window, options = op.window(place.io.x), _steps(op)
    if not any(window.pad):
        return Module(_call("nn.AvgPool2d", pair(op.k), **options, ceil_mode=str(op.ceil)))
    if _even(window):
        call = _call(
            "nn.AvgPool2d", pair(op.k), **options, padding=_padding(window), ceil_mode=str(op.ceil)
        )
        counted = ("count_include_pad", str(op.count_pad))  # written even where it is the default
        return Module(Call(call.function, call.arguments, (*call.options, counted)))
    filled = _filled(window, place.io)
    if op.count_pad and any(map(gt, filled.pad, window.pad)):
        message = "a mean over unequal padding that rounds up cannot be compiled"
        raise cannot(place, message, "leave out `count_pad` or `ceil`, or pad all sides alike")
    options["count_include_pad"] = str(op.count_pad)
    around = _around(window if op.count_pad else filled)
    return Module(_call(prelude.PADDED_AVG_POOL, around, pair(op.k), **options))


def _steps(op: MaxPool | AvgPool) -> dict[str, str]:
    """The stride; torch's default is the window itself."""
    return {"stride": "None" if op.stride == op.k else pair(op.stride)}


def _filled(window: Window, io: Io) -> Window:
    """The window with far padding as wide as its last position needs.

    So a pool that rounds up becomes one that rounds down; without `ceil` nothing changes.
    """
    if not window.ceil:
        return window
    far = []
    for axis in (0, 1):
        reach = (io.output[axis + 1] - 1) * window.stride[axis] + window.extent[axis]
        far.append(max(reach - io.x[axis + 1] - window.pad[2 * axis], 0))
    pad = (window.pad[0], far[0], window.pad[2], far[1])
    return Window(window.kernel, window.stride, pad, window.dilation, ceil=False)


@build.register
def relu(op: Relu, place: Place) -> Module:
    """`nn.ReLU`, in place where that cannot hurt."""
    del op
    return Module(_call("nn.ReLU", inplace=str(place.overwrite)))


@build.register
def tanh(op: Tanh, place: Place) -> Module:
    """`nn.Tanh`."""
    del op, place
    return Module(Call("nn.Tanh"))


@build.register
def scaled_tanh(op: ScaledTanh, place: Place) -> Module:
    """`ScaledTanh` of the prelude, with the two numbers in it."""
    del place
    return Module(Call(prelude.scaled_tanh(op.A, op.S)))


@build.register
def sigmoid(op: Sigmoid, place: Place) -> Module:
    """`nn.Sigmoid`."""
    del op, place
    return Module(Call("nn.Sigmoid"))


@build.register
def softmax(op: Softmax, place: Place) -> Module:
    """`nn.Softmax` over the maps or units."""
    del op, place
    return Module(Call("nn.Softmax", ("1",)))


@build.register
def dropout(op: Dropout, place: Place) -> Module:
    """`nn.Dropout`."""
    del place
    return Module(Call("nn.Dropout", (number(op.p),)))


@build.register
def flatten(op: Flatten, place: Place) -> Module:
    """`nn.Flatten`."""
    del op, place
    return Module(Call("nn.Flatten"))
