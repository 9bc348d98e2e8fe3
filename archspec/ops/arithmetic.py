"""Exact integers that remember how they were worked out.

`archspec explain` prints the arithmetic of the very object that holds the number, so a formula
on the screen cannot differ from the one that was computed. Integers only, and nothing lazy.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_ATOM, _PRODUCT, _SUM = 3, 2, 1  # how tightly a written expression holds together


@dataclass(frozen=True, slots=True)
class Expr:
    """An integer with the sum, product or quotient it came from.

    >>> rows = (Expr(32) + 0 - 5) // 1 + 1
    >>> rows.value, str(rows)
    (28, 'floor((32 + 0 - 5) / 1) + 1')
    """

    value: int
    symbol: str = ""  # "" for a plain number, else one of + - * tight floor ceil
    left: Expr | None = None
    right: Expr | None = None

    def __add__(self, other: Expr | int) -> Expr:
        right = lift(other)
        return Expr(self.value + right.value, "+", self, right)

    def __sub__(self, other: Expr | int) -> Expr:
        right = lift(other)
        return Expr(self.value - right.value, "-", self, right)

    def __mul__(self, other: Expr | int) -> Expr:
        right = lift(other)
        return Expr(self.value * right.value, "*", self, right)

    def __floordiv__(self, other: Expr | int) -> Expr:
        right = lift(other)
        return Expr(self.value // right.value, "floor", self, right)

    def ceildiv(self, other: Expr | int) -> Expr:
        """The quotient rounded up."""
        right = lift(other)
        return Expr(-(-self.value // right.value), "ceil", self, right)

    @property
    def is_number(self) -> bool:
        """Whether there is nothing to work out."""
        return self.left is None

    def __str__(self) -> str:
        """The arithmetic in usual notation, with thousands separators."""
        return _write(self)[0]


def _write(expr: Expr) -> tuple[str, int]:
    """The text of an expression, and how tightly it holds together."""
    if expr.left is None or expr.right is None:
        return f"{expr.value:,}", _ATOM if expr.value >= 0 else _SUM
    (left, left_holds), (right, right_holds) = _write(expr.left), _write(expr.right)
    if expr.symbol in ("+", "-"):
        right = _held(right, right_holds, _SUM if expr.symbol == "+" else _PRODUCT)
        return f"{left} {expr.symbol} {right}", _SUM
    left = _held(left, left_holds, _PRODUCT)
    if expr.symbol in ("floor", "ceil"):
        return f"{expr.symbol}({left} / {_held(right, right_holds, _ATOM)})", _ATOM
    times = "*" if expr.symbol == "tight" else " * "
    return f"{left}{times}{_held(right, right_holds, _PRODUCT)}", _PRODUCT


def _held(text: str, holds: int, needed: int) -> str:
    """The text in parentheses if it would fall apart where it goes."""
    return text if holds >= needed else f"({text})"


def lift(number: Expr | int) -> Expr:
    """A plain number as an expression."""
    return number if isinstance(number, Expr) else Expr(number)


def product(*factors: int) -> Expr:
    """A product written closely, for things that belong together such as `5*5`.

    >>> str(product(5, 5, 1) * 6)
    '5*5*1 * 6'
    """
    return reduce(
        lambda left, right: Expr(left.value * right.value, "tight", left, right), map(lift, factors)
    )


@dataclass(frozen=True, slots=True)
class Term:
    """One labelled summand of a number.

    Args:
        label: what it counts, such as `kernels` or `biases`.
        amount: how many, with the arithmetic.
        note: where a factor of it comes from.
    """

    label: str
    amount: Expr
    note: str = ""


Terms = tuple[Term, ...]


def total(terms: Iterable[Term]) -> int:
    """The sum the terms stand for; nothing sums to 0."""
    return sum(term.amount.value for term in terms)
