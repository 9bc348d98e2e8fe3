"""Elementwise functions, and softmax."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import ClassVar, Literal

from pydantic import Field

from archspec.ops.arithmetic import Expr, Term, product
from archspec.ops.base import Io, Mode, Op, OpVector, Role, Saved, count
from archspec.ops.fields import Real

_Kept = Literal["nothing", "input", "output", "inside"]


class _Elementwise(Op):
    """A function of each element by itself. Abstract."""

    role: ClassVar[Role] = "activation"
    in_place = True
    each: ClassVar[Mapping[str, int]]  # operations for one element, by kind
    keeps: ClassVar[_Kept] = "nothing"  # for its slope

    def saved(self, io: Io) -> Saved:
        """What its slope is worked out from."""
        inside = count(io.output) if self.keeps == "inside" else 0
        return Saved(inputs=self.keeps == "input", output=self.keeps == "output", own=inside)

    def ops(self, io: Io, mode: Mode) -> OpVector:
        """The same few operations for each element."""
        del mode
        elements = count(io.output)
        return OpVector(
            **{
                kind: (Term("elements", Expr(times) * elements if times > 1 else Expr(elements)),)
                for kind, times in self.each.items()
            }
        )


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

    name = "relu"
    each: ClassVar[Mapping[str, int]] = {"cmp": 1}
    keeps = "output"


class Relu6(_Elementwise):
    """min(max(x, 0), 6).

    Shape:
        unchanged.
    Parameters:
        none.
    MACs:
        none: two comparisons an element.
    Source:
        Krizhevsky 2010, Convolutional Deep Belief Networks on CIFAR-10; Howard et al. 2017.
    """

    name = "relu6"
    each: ClassVar[Mapping[str, int]] = {"cmp": 2}
    keeps = "input"


class LeakyRelu(_Elementwise):
    """x where it is positive, else slope * x.

    Shape:
        unchanged.
    Parameters:
        none.
    MACs:
        none: one comparison and one product an element.
    Source:
        Maas et al. 2013, sec. 2.
    """

    name = "leaky_relu"
    each: ClassVar[Mapping[str, int]] = {"cmp": 1, "mul": 1}
    keeps = "input"

    slope: Real = Field(
        default=Fraction(1, 100), description="what negative numbers are multiplied by"
    )

    def figure_label(self) -> str:
        """`leaky relu`."""
        return "leaky relu"


class Elu(_Elementwise):
    """x where it is positive, else alpha * (exp(x) - 1).

    Shape:
        unchanged.
    Parameters:
        none.
    MACs:
        none: one comparison, special function, addition and product an element.
    Source:
        Clevert et al. 2016, eq. 15.
    """

    name = "elu"
    each: ClassVar[Mapping[str, int]] = {"cmp": 1, "special": 1, "add": 1, "mul": 1}
    keeps = "input"

    alpha: Real = Field(default=Fraction(1), description="how far negative numbers go down")


class Silu(_Elementwise):
    """x * sigmoid(x), also called swish.

    Shape:
        unchanged.
    Parameters:
        none.
    MACs:
        none: one special function and one product an element.
    Source:
        Hendrycks and Gimpel 2016; Ramachandran et al. 2017.
    """

    name = "silu"
    each: ClassVar[Mapping[str, int]] = {"special": 1, "mul": 1}
    keeps = "input"


class Hardsigmoid(_Elementwise):
    """min(max(x + 3, 0), 6) / 6, with the division as a product by 1/6.

    Shape:
        unchanged.
    Parameters:
        none.
    MACs:
        none: two comparisons, a product and an addition an element.
    Source:
        Howard et al. 2019, sec. 5.2.
    """

    name = "hardsigmoid"
    each: ClassVar[Mapping[str, int]] = {"cmp": 2, "mul": 1, "add": 1}
    keeps = "input"


class Hardswish(_Elementwise):
    """x * hardsigmoid(x).

    Shape:
        unchanged.
    Parameters:
        none.
    MACs:
        none: two comparisons, two products and an addition an element.
    Source:
        Howard et al. 2019, sec. 5.2.
    """

    name = "hardswish"
    each: ClassVar[Mapping[str, int]] = {"cmp": 2, "mul": 2, "add": 1}
    keeps = "input"


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

    name = "tanh"
    each: ClassVar[Mapping[str, int]] = {"special": 1}
    keeps = "output"


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

    name = "sigmoid"
    each: ClassVar[Mapping[str, int]] = {"special": 1}
    keeps = "output"


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

    name = "scaled_tanh"
    keeps = "inside"

    A: Real = Field(description="the height of the curve")
    S: Real = Field(description="what the input is multiplied by first")

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


class Step(_Elementwise):
    """1 where x is above 0, else 0; it has no gradient.

    Shape:
        unchanged.
    Parameters:
        none.
    MACs:
        none: one comparison an element.
    Source:
        Rosenblatt 1958 (a unit that fires above its threshold); 0 at 0 itself.
    """

    name = "step"
    each: ClassVar[Mapping[str, int]] = {"cmp": 1}
    differentiable = False


class Sign(_Elementwise):
    """1, 0 or -1; it has no gradient.

    Shape:
        unchanged.
    Parameters:
        none.
    MACs:
        none: two comparisons an element.
    Source:
        Widrow and Hoff 1960 (the quantizer of an adaptive unit).
    """

    name = "sign"
    each: ClassVar[Mapping[str, int]] = {"cmp": 2}


class Abs(_Elementwise):
    """The absolute value.

    Shape:
        unchanged.
    Parameters:
        none.
    MACs:
        none: one comparison an element.
    Source:
        Jarrett et al. 2009, sec. 2 (rectification).
    """

    name = "abs"
    each: ClassVar[Mapping[str, int]] = {"cmp": 1}
    keeps = "input"


class Scale(_Elementwise):
    """s * x with a fixed number s.

    Shape:
        unchanged.
    Parameters:
        none.
    MACs:
        none: one product an element.
    Source:
        Szegedy et al. 2016, Inception-v4, sec. 3.3 (scaling of residuals).
    """

    name = "scale"
    role = "other"
    each: ClassVar[Mapping[str, int]] = {"mul": 1}

    s: Real = Field(description="the factor")

    def figure_label(self) -> str:
        """`scale 0.1`."""
        return f"scale {float(self.s):g}"


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

    name = "softmax"
    role = "activation"

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

    def saved(self, io: Io) -> Saved:
        """The shares."""
        del io
        return Saved(output=True)
