"""What pools become."""

from __future__ import annotations

from operator import gt

from archspec.compiler import prelude
from archspec.compiler.expression import Call, pair
from archspec.compiler.modules import (
    Module,
    Place,
    around,
    build,
    call,
    cannot,
    even,
    fan_in,
    frozen,
    padding,
)
from archspec.ops import (
    AdaptiveAvgPool,
    AvgPool,
    GlobalAvgPool,
    GlobalMaxPool,
    L2Pool,
    MaxPool,
    Subsample,
)


@build.register(Subsample)
def subsample(op: Subsample, place: Place) -> Module:
    """`Subsample` of the prelude."""
    maps, stride = str(place.io.x[0]), "None" if op.stride == op.k else str(op.stride)
    made = call(prelude.SUBSAMPLE, maps, str(op.k), like="nn.MaxPool2d", stride=stride)
    return Module(frozen(made, op), fan_in(op, place.io), bias=True)


@build.register(MaxPool)
def maxpool(op: MaxPool, place: Place) -> Module:
    """`nn.MaxPool2d`, or the prelude's class for uneven padding."""
    window, options = op.window(place.io.x), _steps(op)
    if even(window.pad):
        more = {"padding": padding(window.pad), "ceil_mode": str(op.ceil)}
        return Module(call("nn.MaxPool2d", pair(op.k), **options, **more))
    edges = around(window.filled(place.io).pad)
    padded = prelude.PADDED_MAX_POOL
    return Module(call(padded, edges, pair(op.k), like="nn.MaxPool2d", **options))


@build.register(AvgPool)
def avgpool(op: AvgPool, place: Place) -> Module:
    """`nn.AvgPool2d`, or the prelude's class for uneven padding."""
    window, options = op.window(place.io.x), _steps(op)
    if not any(window.pad):
        return Module(call("nn.AvgPool2d", pair(op.k), **options, ceil_mode=str(op.ceil)))
    if even(window.pad):
        made = call(
            "nn.AvgPool2d",
            pair(op.k),
            **options,
            padding=padding(window.pad),
            ceil_mode=str(op.ceil),
        )
        counted = ("count_include_pad", str(op.count_pad))  # written even where it is the default
        return Module(Call(made.function, made.arguments, (*made.options, counted)))
    filled = window.filled(place.io)
    if op.count_pad and any(map(gt, filled.pad, window.pad)):
        message = "a mean over unequal padding that rounds up cannot be compiled"
        raise cannot(place, message, "leave out `count_pad` or `ceil`, or pad all sides alike")
    options["count_include_pad"] = str(op.count_pad)
    edges = around((window if op.count_pad else filled).pad)
    padded = prelude.PADDED_AVG_POOL
    return Module(call(padded, edges, pair(op.k), like="nn.AvgPool2d", **options))


@build.register(L2Pool)
def l2pool(op: L2Pool, place: Place) -> Module:
    """`L2Pool` of the prelude; zeros around add nothing to a sum of squares."""
    pad = op.window(place.io.x).filled(place.io).pad
    edges = (around(pad),) if any(pad) else ()
    return Module(Call(prelude.L2_POOL, (str(op.k), str(op.stride), *edges)))


@build.register(GlobalAvgPool)
def global_avgpool(op: GlobalAvgPool, place: Place) -> Module:
    """`GlobalAvgPool` of the prelude: a mean is faster than adaptive pooling."""
    del place
    return Module(Call(prelude.GLOBAL_AVG_POOL, (), _kept(op)))


@build.register(GlobalMaxPool)
def global_maxpool(op: GlobalMaxPool, place: Place) -> Module:
    """`GlobalMaxPool` of the prelude."""
    del place
    return Module(Call(prelude.GLOBAL_MAX_POOL, (), _kept(op)))


def _kept(op: GlobalAvgPool | GlobalMaxPool) -> tuple[tuple[str, str], ...]:
    return (("keep", "True"),) if op.keep else ()


@build.register(AdaptiveAvgPool)
def adaptive_avgpool(op: AdaptiveAvgPool, place: Place) -> Module:
    """`nn.AdaptiveAvgPool2d`."""
    del place
    return Module(Call("nn.AdaptiveAvgPool2d", (pair(op.size),)))


def _steps(op: MaxPool | AvgPool) -> dict[str, str]:
    """The stride; torch's default is the window itself."""
    return {"stride": "None" if op.stride == op.k else pair(op.stride)}
