"""The functions of expressions. They take numbers and lists of numbers, exactly."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from archspec.ops.fields import Cyclic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from archspec.schema.values import Value


def _nearest(number: Fraction) -> int:
    """Rounded to the nearest whole number, halves upwards."""
    return math.floor(number + Fraction(1, 2))


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "floor": math.floor,
    "ceil": math.ceil,
    "round": _nearest,
    "min": min,
    "max": max,
    "sum": sum,
    "len": len,
    "abs": abs,
}
CYCLIC = "cyclic"  # makes a connection table: `table=cyclic(1)`


def call(name: str, values: list[Value]) -> Fraction | Cyclic:
    """The value of a function. Raises TypeError or ValueError for what it cannot take.

    >>> call("floor", [Fraction(7, 2)])
    Fraction(3, 1)
    """
    if name == CYCLIC:
        (links,) = values
        if isinstance(links, bool) or not isinstance(links, int) or links < 1:
            raise ValueError(links)
        return Cyclic(links)
    return Fraction(FUNCTIONS[name](*map(_numbers, values)))


def _numbers(value: Value) -> Fraction | tuple[Fraction, ...]:
    items = value if isinstance(value, tuple) else (value,)
    numbers = tuple(
        Fraction(item)
        for item in items
        if isinstance(item, int | Fraction) and not isinstance(item, bool)
    )
    if len(numbers) != len(items):
        raise TypeError(value)
    return numbers if isinstance(value, tuple) else numbers[0]
