"""Bounds of a map's side as a function of the input's: a strip between two parallel lines.

Strides and roundings keep every side within a strip, so that a few fractions tell which sides of
the input are worth trying, and after how many pixels the answers repeat.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import inf, lcm
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Number = Fraction | float  # a float only where it is infinite


@dataclass(frozen=True, slots=True)
class Strip:
    """A side is at least `slope` * the input's + `low`, and at most that + `high`.

    Args:
        slope: outputs a pixel of the input, exact and not negative.
        low: of what is added.
        high: of what is added; `low` for a constant.
        period: pixels of the input after which the same roundings come back.
    """

    slope: Fraction
    low: Fraction
    high: Fraction
    period: int = 1

    @classmethod
    def constant(cls, side: int) -> Strip:
        """A side that does not depend on the input's."""
        return cls(Fraction(0), Fraction(side), Fraction(side))

    @property
    def value(self) -> int | None:
        """The side, if it is a constant."""
        return None if self.slope else int(self.low)

    def at(self, factor: Fraction, low: Fraction, high: Fraction) -> Strip:
        """The strip of `factor` * side + something from `low` to `high`."""
        slope = self.slope * factor
        period = lcm(self.period, slope.denominator)
        return Strip(slope, self.low * factor + low, self.high * factor + high, period)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a node, or a network, asks of the input's side.

    Args:
        low: no side below fits.
        high: no side above fits.
        regular: from here on what fits repeats after `period` pixels.
        period: 1 where nothing depends on a remainder.
    """

    low: Number = 0
    high: Number = inf
    regular: Number = 0
    period: int = 1

    def __and__(self, other: Limits) -> Limits:
        """What both ask."""
        return Limits(
            max(self.low, other.low),
            min(self.high, other.high),
            max(self.regular, other.regular),
            lcm(self.period, other.period),
        )

    def __or__(self, other: Limits) -> Limits:
        """Where either can hold."""
        return Limits(min(self.low, other.low), max(self.high, other.high))


ENTRY = Strip(Fraction(1), Fraction(0), Fraction(0))  # of the input itself
FREE = Limits()


def reaching(strip: Strip, least: int, enough: int) -> Limits:
    """Where a side that is no constant can be `least`; from where on it surely is `enough`."""
    low = (least - strip.high) / strip.slope
    return Limits(low, regular=(enough - strip.low) / strip.slope)


def being(strip: Strip, side: int) -> Limits:
    """Where a side can be just so large."""
    return meeting(strip, Strip.constant(side))


def meeting(one: Strip, other: Strip) -> Limits:
    """Where two sides can be equal."""
    if one.slope == other.slope:
        return Limits(period=lcm(one.period, other.period))
    steep, flat = (one, other) if one.slope > other.slope else (other, one)
    slope = steep.slope - flat.slope
    return Limits((flat.low - steep.high) / slope, (flat.high - steep.low) / slope)


def together(limits: Iterable[Limits]) -> Limits:
    """What all of them ask."""
    found = FREE
    for each in limits:
        found &= each
    return found
