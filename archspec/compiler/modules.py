"""What emitters make: the module of a node, as data. No torch, no text layout."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import singledispatch
from typing import TYPE_CHECKING

from archspec.compiler.expression import Call, Definition, Value, pair
from archspec.errors import ArchError, Diagnostic
from archspec.ops import Io, Op, count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archspec.graph import Node

# Keyword arguments that are left out because torch's own default is the same.
DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "nn.Conv2d": {
        "stride": "1",
        "padding": "0",
        "dilation": "1",
        "groups": "1",
        "bias": "True",
        "padding_mode": "zeros",
    },
    "nn.ConvTranspose2d": {
        "stride": "1",
        "padding": "0",
        "output_padding": "0",
        "groups": "1",
        "bias": "True",
        "dilation": "1",
    },
    "nn.Linear": {"bias": "True"},
    "nn.MaxPool2d": {"stride": "None", "padding": "0", "ceil_mode": "False"},
    "nn.AvgPool2d": {
        "stride": "None",
        "padding": "0",
        "ceil_mode": "False",
        "count_include_pad": "True",
    },
    "nn.BatchNorm2d": {"eps": "1e-05", "momentum": "0.1", "affine": "True"},
    "nn.BatchNorm1d": {"eps": "1e-05", "momentum": "0.1", "affine": "True"},
    "nn.Upsample": {"scale_factor": "None", "mode": "nearest"},
    "nn.LeakyReLU": {"negative_slope": "0.01"},
    "nn.ELU": {"alpha": "1.0"},
    "nn.ReLU": {"inplace": "False"},
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
        fan_out: likewise the number of units that read one input.
        bias: whether it has one.
    """

    call: Call
    fan_in: str = ""
    bias: bool = False
    fan_out: str = "1"


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


def call(function: str | Definition, *arguments: Value, like: str = "", **options: str) -> Call:
    """A call without the options that say what holds anyway, the others in torch's order.

    Args:
        function: what is called.
        arguments: the positional ones.
        like: the class of `DEFAULTS` whose defaults hold; by default the one called.
        options: the ones with a keyword.
    """
    known = DEFAULTS[like or str(function)]
    kept = tuple((key, options[key]) for key in known if options.get(key, known[key]) != known[key])
    return Call(function, arguments, kept)


def frozen(made: Call, op: Op) -> Call:
    """The call, with its parameters frozen if `op` does not learn."""
    if op.learns:
        return made
    return Call(made.function, made.arguments, made.options, ".requires_grad_(False)")


def fan_in(op: Op, io: Io) -> str:
    """How many inputs one unit has; the first connections an operator states are its inputs."""
    return str(op.connections(io)[0].amount.value // count(io.output))


def fan_out(op: Op, io: Io, inputs: int) -> str:
    """How many weights read one of so many inputs, at stride 1.

    Where a connection table links the maps it is the mean, and may be a fraction.
    """
    mean = Fraction(sum(term.amount.value for term in op.weights(io)), inputs)
    return str(mean.numerator) if mean.denominator == 1 else str(float(mean))


def even(pad: tuple[int, int, int, int]) -> bool:
    """Whether opposite sides are padded alike, which torch's modules can do themselves."""
    top, bottom, left, right = pad
    return top == bottom and left == right


def around(pad: tuple[int, int, int, int]) -> str:
    """The padding in the order of `F.pad`: left, right, top, bottom."""
    top, bottom, left, right = pad
    return str((left, right, top, bottom))


def padding(pad: tuple[int, int, int, int]) -> str:
    """Even padding as torch's modules take it."""
    return pair((pad[0], pad[2]))
