"""Elementwise functions, and softmax."""

from __future__ import annotations

from typing import ClassVar

from archspec.ops.arithmetic import Expr, Term, product
from archspec.ops.base import Io, Mode, Op, OpVector, Role, count
from archspec.ops.fields import Probability, Real


class _Elementwise(Op):
    """A function of each element by itself. Abstract."""

    role: ClassVar[Role] = "activation"
    in_place: ClassVar[bool] = True


class Relu(_Elementwise):
    """max(x, 0).

    Shape:
        unchanged.
    Parameters:
        none.
    MACs:
        none: one comparison an element.
    Source:
        Nair and Hinton 2010; Krizhevsky et al. 2012, sec. 3.1.
    """

    name: ClassVar[str] = "relu"

    def ops(self, io: Io, mode: Mode) -> OpVector:
        """One comparison for each element."""
        del mode
        return OpVector(cmp=(Term("elements", Expr(count(io.output))),))


class Tanh(_Elementwise):
    """The hyperbolic tangent.

    Shape:
        unchanged.
    Parameters:
        none.
    MACs:
        none: one special function an element.
    Source:
        LeCun et al. 1998, sec. II.B.
    """

    name: ClassVar[str] = "tanh"

    def ops(self, io: Io, mode: Mode) -> OpVector:
        """One special function for each element."""
        del mode
        return OpVector(special=(Term("elements", Expr(count(io.output))),))


class Sigmoid(_Elementwise):
    """1 / (1 + exp(-x)).

    Shape:
        unchanged.
    Parameters:
        none.
    MACs:
        none: one special function an element.
    Source:
        Rumelhart et al. 1986, eq. 2.
    """

    name: ClassVar[str] = "sigmoid"

    def ops(self, io: Io, mode: Mode) -> OpVector:
        """One special function for each element."""
        del mode
        return OpVector(special=(Term("elements", Expr(count(io.output))),))


class ScaledTanh(_Elementwise):
    """A * tanh(S * x).

    Shape:
        unchanged.
    Parameters:
        none.
    MACs:
        none: one special function and two products an element.
    Source:
        LeCun et al. 1998, sec. II.B, eq. 6 (A = 1.7159) and appendix A (S = 2/3).
    """

    name: ClassVar[str] = "scaled_tanh"

    A: Real
    S: Real

    def ops(self, io: Io, mode: Mode) -> OpVector:
        """One special function and two products for each element."""
        del mode
        elements = count(io.output)
        return OpVector(
            mul=(Term("A and S", Expr(2) * elements),), special=(Term("elements", Expr(elements)),)
        )

    def figure_label(self) -> str:
        """`scaled tanh`."""
        return "scaled tanh"


class Softmax(Op):
    """exp(x) over its sum, along the maps of each position or the units of a vector.

    Shape:
        unchanged.
    Parameters:
        none.
    MACs:
        none: for K classes K - 1 comparisons, 2K - 1 additions, K special functions, K divisions.
    Source:
        Bridle 1990.
    """

    name: ClassVar[str] = "softmax"
    role: ClassVar[Role] = "activation"

    def ops(self, io: Io, mode: Mode) -> OpVector:
        """The largest is found and subtracted first, then the sum is taken."""
        del mode
        classes, rows = io.output[0], product(*io.output[1:]) if len(io.output) > 1 else Expr(1)
        elements = Expr(count(io.output))
        return OpVector(
            cmp=(Term("largest", (Expr(classes) - 1) * rows),),
            add=(Term("differences and sum", (Expr(2) * classes - 1) * rows),),
            special=(Term("exponentials", elements),),
            div=(Term("shares", elements),),
        )


class Dropout(_Elementwise):
    """In training each element is set to 0 with probability p, the others scaled by 1/(1-p).

    Shape:
        unchanged.
    Parameters:
        none.
    MACs:
        none: one product an element in training, nothing otherwise.
    Source:
        Srivastava et al. 2014, sec. 10 (the inverted form).
    """

    name: ClassVar[str] = "dropout"

    p: Probability

    def ops(self, io: Io, mode: Mode) -> OpVector:
        """One product for each element, in training only."""
        if mode == "eval":
            return OpVector()
        return OpVector(mul=(Term("mask", Expr(count(io.output))),))

    def figure_label(self) -> str:
        """`dropout 0.4`."""
        return f"dropout {float(self.p):g}"
