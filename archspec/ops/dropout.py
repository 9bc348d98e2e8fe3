"""Operators that do nothing but in training, where they switch parts off at random."""

from __future__ import annotations

from pydantic import Field

from archspec.ops.arithmetic import Expr, Term
from archspec.ops.base import Io, Mode, Op, OpVector, Saved, count
from archspec.ops.fields import Probability


class _Noise(Op):
    """Sets something to 0 with probability p, scales the rest by 1/(1-p). Abstract."""

    role = "activation"
    in_place = True

    p: Probability = Field(description="the probability of 0")

    def ops(self, io: Io, mode: Mode) -> OpVector:
        """One product for each element, in training only."""
        if mode == "eval":
            return OpVector()
        return OpVector(mul=(Term("mask", Expr(count(io.output))),))

    def figure_label(self) -> str:
        """`dropout 0.4`."""
        return f"{self.name.replace('_', ' ')} {float(self.p):g}"


class Dropout(_Noise):
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

    name = "dropout"

    def saved(self, io: Io) -> Saved:
        """The mask."""
        return Saved(own=count(io.output) if self.p else 0)


class DropPath(_Noise):
    """In training each sample is set to 0 as a whole with probability p, else scaled by 1/(1-p).

    Shape:
        unchanged.
    Parameters:
        none.
    MACs:
        none: one product an element in training, nothing otherwise.
    Source:
        Huang et al. 2016, sec. 3 (stochastic depth); the inverted form.
    """

    name = "drop_path"

    def saved(self, io: Io) -> Saved:
        """A factor for each sample."""
        del io
        return Saved(own=1)
