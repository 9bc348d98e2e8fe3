"""Operators that bring values to a common range."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

from pydantic import Field

from archspec.ops.arithmetic import Expr, Term, Terms
from archspec.ops.base import (
    Io,
    Mode,
    Op,
    OpVector,
    Saved,
    Shape,
    count,
    need_map,
    same_shape,
)
from archspec.ops.fields import Positive, Real


class Bn(Op):
    """Batch normalisation: each map to mean 0 and variance 1, then a learned scale and shift.

    Shape:
        unchanged; a vector is normalised unit by unit.
    Parameters:
        C scales and C shifts with `affine`; C running means and C running variances as buffers.
    MACs:
        none: one product and one addition an element in evaluation; two products and three
        additions an element and C special functions in training.
    Source:
        Ioffe and Szegedy 2015, alg. 1 and 2.
    """

    name = "bn"
    role = "norm"
    in_place = True

    eps: Annotated[Real, Field(gt=0)] = Field(
        default=Fraction(1, 100_000), description="added to the variance before the root"
    )
    momentum: Annotated[Real, Field(ge=0, le=1)] = Field(
        default=Fraction(1, 10), description="the share of a batch in the running statistics"
    )
    affine: bool = Field(default=True, description="whether a learned scale and shift follow")

    def weights(self, io: Io) -> Terms:
        """One for each map."""
        return (Term("scales", Expr(io.x[0])),) if self.affine else ()

    def biases(self, io: Io) -> Terms:
        """One for each map."""
        return (Term("shifts", Expr(io.x[0])),) if self.affine else ()

    def buffers(self, io: Io) -> Terms:
        """A mean and a variance for each map."""
        return (Term("means and variances", Expr(2) * io.x[0]),)

    def ops(self, io: Io, mode: Mode) -> OpVector:
        """A scale and a shift; in training also the statistics."""
        elements = count(io.output)
        if mode == "eval":
            each = Expr(elements)
            return OpVector(mul=(Term("scales", each),), add=(Term("shifts", each),))
        return OpVector(
            mul=(Term("squares and scales", Expr(2) * elements),),
            add=(Term("means, variances and shifts", Expr(3) * elements),),
            special=(Term("square roots", Expr(io.x[0])),),
        )

    def saved(self, io: Io) -> Saved:
        """Its input, and the mean and the deviation of each map."""
        return Saved(inputs=True, once=2 * io.x[0])

    def figure_label(self) -> str:
        """`BN`."""
        return "BN"


class Lrn(Op):
    """Local response normalisation: x / (k + alpha * the sum of a*a over n maps around) ** beta.

    Shape:
        unchanged; a map only.
    Parameters:
        none.
    MACs:
        none: two products, n additions, a special function and a division an element; missing
        neighbours count.
    Source:
        Krizhevsky et al. 2012, sec. 3.3: alpha is not divided by n.
    """

    name = "lrn"
    role = "norm"

    n: Positive = Field(description="the number of neighbouring maps")
    alpha: Real = Field(
        default=Fraction(1, 10_000),
        description="what the sum of squares is multiplied by; torch's alpha is n times it",
    )
    beta: Real = Field(default=Fraction(3, 4), description="the power")
    k: Real = Field(default=Fraction(2), description="added to the weighted squares")

    def shape_terms(self, *inputs: Shape) -> Terms:
        """As they enter."""
        return same_shape(need_map(self, inputs[0]))

    def ops(self, io: Io, mode: Mode) -> OpVector:
        """A square, the sum with k, alpha, the power and the quotient, for each element."""
        del mode
        elements = count(io.output)
        return OpVector(
            mul=(Term("squares and alpha", Expr(2) * elements),),
            add=(Term("sums and k", Expr(self.n) * elements),),
            special=(Term("powers", Expr(elements)),),
            div=(Term("quotients", Expr(elements)),),
        )

    def saved(self, io: Io) -> Saved:
        """Its input, the factor, and what the power is worked out from: two roots, or its base."""
        return Saved(inputs=True, own=(3 if self.beta == Fraction(3, 4) else 2) * count(io.output))

    def figure_label(self) -> str:
        """`LRN 5`."""
        return f"LRN {self.n}"
