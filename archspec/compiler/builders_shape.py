"""What changes of shape and order become."""

from __future__ import annotations

from archspec.compiler import prelude
from archspec.compiler.expression import Call, pair
from archspec.compiler.modules import Module, Place, around, build, call
from archspec.ops import Crop, Flatten, Pad, Shuffle, Upsample, ZeroPadShortcut

_PADS = {
    "zero": "nn.ZeroPad2d",
    "reflect": "nn.ReflectionPad2d",
    "replicate": "nn.ReplicationPad2d",
    "circular": "nn.CircularPad2d",
}


@build.register(Flatten)
def flatten(op: Flatten, place: Place) -> Module:
    """`nn.Flatten`."""
    del op, place
    return Module(Call("nn.Flatten"))


@build.register(Pad)
def pad(op: Pad, place: Place) -> Module:
    """The padding of torch in that mode."""
    del place
    alike = len(set(op.p)) == 1
    return Module(Call(_PADS[op.mode], (str(op.p[0]) if alike else around(op.p),)))


@build.register(Crop)
def crop(op: Crop, place: Place) -> Module:
    """`Crop` of the prelude: left, right, top, bottom."""
    del place
    top, bottom, left, right = map(str, op.p)
    return Module(Call(prelude.CROP, (left, right, top, bottom)))


@build.register(ZeroPadShortcut)
def zero_pad_shortcut(op: ZeroPadShortcut, place: Place) -> Module:
    """`ZeroPadShortcut` of the prelude."""
    del place
    return Module(Call(prelude.ZERO_PAD_SHORTCUT, (str(op.c), str(op.stride))))


@build.register(Upsample)
def upsample(op: Upsample, place: Place) -> Module:
    """`nn.Upsample`; its bilinear mode does not align corners."""
    del place
    mode = op.mode if op.mode == "nearest" else f'"{op.mode}"'
    return Module(call("nn.Upsample", scale_factor=pair(op.k), mode=mode))


@build.register(Shuffle)
def shuffle(op: Shuffle, place: Place) -> Module:
    """`nn.ChannelShuffle`."""
    del place
    return Module(Call("nn.ChannelShuffle", (str(op.groups),)))
