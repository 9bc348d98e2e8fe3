"""How weights may start: one closed set, for a recipe and for a single operator.

Biases start at 0 in every case. The text that does it is made in `archspec.compiler`.
"""

from __future__ import annotations

from typing import ClassVar

from archspec.ops.fields import Init, Real
from archspec.schema.choices import Choice, Rate


class Start(Choice):
    """Abstract: at most one number besides the name."""

    @property
    def init(self) -> Init:
        """As operators and the compiler know it."""
        return Init(self.name, next((value for _, value in self), None))


class Zeros(Start):
    """Weights 0."""

    name: ClassVar[str] = "zeros"


class Constant(Start):
    """All weights the same."""

    name: ClassVar[str] = "constant"
    value: Real


class Uniform(Start):
    """Weights uniform in +-bound."""

    name: ClassVar[str] = "uniform"
    bound: Rate


class Gaussian(Start):
    """Weights normal around 0."""

    name: ClassVar[str] = "gaussian"
    std: Rate


class FanInUniform(Start):
    """Weights uniform in +-gain / fan-in, the number of inputs of a unit."""

    name: ClassVar[str] = "fan_in_uniform"
    gain: Rate


class Kaiming(Start):
    """Weights normal around 0 with variance 2 / fan-in."""

    name: ClassVar[str] = "kaiming"


class Xavier(Start):
    """Weights uniform with variance 2 / (fan-in + fan-out)."""

    name: ClassVar[str] = "xavier"


Starting = Zeros | Constant | Uniform | Gaussian | FanInUniform | Kaiming | Xavier
