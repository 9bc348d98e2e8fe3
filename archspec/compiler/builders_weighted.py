"""What operators with kernels and matrices become."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.compiler import prelude, prelude_conv
from archspec.compiler.expression import Call, Definition, Value, pair
from archspec.compiler.modules import (
    Module,
    Place,
    around,
    build,
    call,
    even,
    fan_in,
    fan_out,
    frozen,
    padding,
)
from archspec.ops import Conv, ConvTranspose, Linear, Rbf, count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archspec.ops import Io

_TORCH_MODES = {"zero": "zeros"}  # what torch calls a way to pad, where that differs
_PADS_ITSELF = ("nn.Conv2d", prelude_conv.FLIPPED_CONV)  # in every mode, if evenly


@build.register(Conv)
def conv(op: Conv, place: Place) -> Module:
    """`nn.Conv2d`, or a class of the prelude; uneven padding comes before it."""
    base, arguments, more = _convolution(op, place.io)
    options = {"stride": pair(op.stride), "dilation": pair(op.dilation), **more}
    pad = op.window(place.io.x).pad
    mode = op.pad_mode if any(pad) else "zero"
    if even(pad) and (mode == "zero" or base in _PADS_ITSELF):
        options["padding"] = padding(pad)
        options["padding_mode"] = "zeros" if mode == "zero" else f'"{mode}"'
        made = call(base, *arguments, like="nn.Conv2d", **options)
    else:
        padded = prelude_conv.padded(base, mode)
        made = call(padded, around(pad), *arguments, like="nn.Conv2d", **options)
    if op.kernel is not None:
        return Module(made)
    fans = "{self}.fan_in()" if op.table is not None else fan_in(op, place.io)
    readers = fan_out(op, place.io, place.io.x[0] * (1 if op.share else count(place.io.output[1:])))
    return Module(frozen(made, op), fans, op.bias, readers)


def _convolution(op: Conv, io: Io) -> tuple[str | Definition, tuple[Value, ...], Mapping[str, str]]:
    """The class of a convolution, its positional arguments, and the options only it has."""
    maps, table = str(io.x[0]), op.links(io.x[0])
    bias, groups = {"bias": str(op.bias)}, {"groups": str(op.groups)}
    if op.kernel is not None:
        rows = tuple(row[::-1] for row in op.kernel.rows[::-1]) if op.flip else op.kernel.rows
        about = f"table {op.kernel.name}{', turned by 180 degrees' if op.flip else ''}"
        kernel = prelude_conv.matrix(op.kernel.name.upper(), about, rows)
        return prelude_conv.FIXED_CONV, (maps, str(op.c), kernel), groups
    if table is not None:
        base = prelude_conv.FLIPPED_TABLE_CONV if op.flip else prelude_conv.TABLE_CONV
        return base, (maps, str(op.k), prelude_conv.connections(table)), bias
    if not op.share:
        base = prelude_conv.FLIPPED_LOCAL_CONV if op.flip else prelude_conv.LOCAL_CONV
        return base, (maps, str(op.c), str(op.k), str(io.output[1:])), bias | groups
    plain = prelude_conv.FLIPPED_CONV if op.flip else "nn.Conv2d"
    return plain, (maps, str(op.c), pair(op.k)), bias | groups


@build.register(ConvTranspose)
def conv_transpose(op: ConvTranspose, place: Place) -> Module:
    """`nn.ConvTranspose2d`, or the prelude's class for edges that differ from side to side."""
    arguments = (str(place.io.x[0]), str(op.c), pair(op.k))
    options = {
        "stride": pair(op.stride),
        "output_padding": pair(op.out_pad),
        "groups": str(op.groups),
        "bias": str(op.bias),
        "dilation": pair(op.dilation),
    }
    if even(op.pad):
        options["padding"] = padding(op.pad)
        made = call("nn.ConvTranspose2d", *arguments, **options)
    else:
        cropped = prelude_conv.CROPPED_CONV_TRANSPOSE
        made = call(cropped, around(op.pad), *arguments, like="nn.ConvTranspose2d", **options)
    # An output sees every stride-th tap of its kernels: as many inputs on average.
    taps = count(op.k) * (place.io.x[0] // op.groups) // count(op.stride)
    readers = fan_out(op, place.io, place.io.x[0])
    return Module(frozen(made, op), str(max(taps, 1)), op.bias, readers)


@build.register(Linear)
def linear(op: Linear, place: Place) -> Module:
    """`nn.Linear`, or `FixedLinear` of the prelude."""
    if op.kernel is not None:
        arguments = [prelude_conv.matrix("KERNEL", "one row a unit", op.kernel)]
        if not isinstance(op.bias, bool):
            arguments.append(prelude_conv.vector("BIASES", "one a unit", op.bias))
        return Module(Call(prelude.FIXED_LINEAR, tuple(arguments)))
    made = call("nn.Linear", str(count(place.io.x)), str(op.n), bias=str(op.bias))
    readers = fan_out(op, place.io, count(place.io.x))
    return Module(frozen(made, op), fan_in(op, place.io), bool(op.bias), readers)


@build.register(Rbf)
def rbf(op: Rbf, place: Place) -> Module:
    """`Rbf` of the prelude, or `LearnedRbf`."""
    del place
    if isinstance(op.prototypes, str):
        width = ("width", str(prelude.DRAWINGS[op.prototypes][1]))
        codes = Call(prelude.BITMAPS, (prelude.drawings(op.prototypes, op.n),), (width,))
    else:
        codes = Call(prelude.MARKS, (prelude.marked_rows(op.prototypes, op.n),))
    return Module(Call(prelude.LEARNED_RBF if op.trainable else prelude.RBF, (codes,)))
