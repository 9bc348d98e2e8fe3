"""How weights may start: one closed set, for a recipe and for a single operator.

Biases start at 0 in every case. The text that does it is made in `archspec.compiler`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from archspec.errors import ArchError, Diagnostic, did_you_mean
from archspec.ops import Init, Real
from archspec.schema.arguments import bind
from archspec.schema.choices import Choice, Rate
from archspec.schema.values import Argument, CallValue, evaluate

if TYPE_CHECKING:
    from archspec.schema.values import Scope
    from archspec.syntax import ast


class Start(Choice):
    """Abstract: at most one number besides the name."""

    @property
    def init(self) -> Init:
        """As operators and the compiler know it."""
        return Init(self.name, next((value for _, value in self), None))


class Zeros(Start):
    """Weights 0."""

    name = "zeros"


class Constant(Start):
    """All weights the same."""

    name = "constant"
    value: Real


class Uniform(Start):
    """Weights uniform in +-bound."""

    name = "uniform"
    bound: Rate


class Gaussian(Start):
    """Weights normal around 0."""

    name = "gaussian"
    std: Rate


class FanInUniform(Start):
    """Weights uniform in +-gain / fan-in, the number of inputs of a unit."""

    name = "fan_in_uniform"
    gain: Rate


class Kaiming(Start):
    """Weights normal around 0 with variance 2 / fan-in."""

    name = "kaiming"


class Xavier(Start):
    """Weights uniform with variance 2 / (fan-in + fan-out)."""

    name = "xavier"


Starting = Zeros | Constant | Uniform | Gaussian | FanInUniform | Kaiming | Xavier


def start_argument(argument: ast.Argument, scope: Scope) -> Argument:
    """`init=gaussian(0.01)` of an operator, with an `Init` as its value; any other value as it is.

    Raises:
        ArchError: E406 for a name that is none of `Starting`, E40x for its arguments.
    """
    value, span = evaluate(argument.value, replace(scope, calls=True)), argument.value.span
    name_span = argument.name.span if argument.name else None
    if not isinstance(value, CallValue):
        return Argument("init", value, span, name_span)
    known = {choice.name: choice for choice in get_args(Starting)}
    if value.name not in known:
        near = did_you_mean(value.name, known)
        advice = f"did you mean `{near[0]}`?" if near else None
        message = f"`init` must be one of {', '.join(known)}, got `{value.name}`"
        raise ArchError([Diagnostic("E406", message, span, help=advice)])
    made = bind(value.name, known[value.name], value.arguments, value.span)
    return Argument("init", made.init, span, name_span)
