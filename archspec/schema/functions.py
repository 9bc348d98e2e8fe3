"""The functions of expressions. They take numbers and lists of numbers, exactly."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from archspec.ops import Cyclic

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
MAX_BITS = 256  # of a numerator or denominator; a spec has no use for larger numbers
MAX_ITEMS = 10_000  # of a list, with those of the lists inside of it
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


def power(base: int | Fraction, exponent: int | Fraction) -> int | Fraction:
    """`base ** exponent`. Raises ValueError for an exponent that is no use."""
    if exponent.denominator != 1 or not -MAX_BITS <= exponent <= MAX_BITS:
        raise ValueError("the exponent must be a whole number up to 256")
    return Fraction(Fraction(base) ** exponent.numerator)


def length(value: Value) -> int:
    """How many values a list holds, those of its lists counted.

    >>> length((1, (2, 3)))
    3
    """
    return sum(map(length, value)) if isinstance(value, tuple) else 1


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
