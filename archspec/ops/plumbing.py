"""Operators that compute nothing: the input, and what moves elements or leaves some out."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from archspec.ops.arithmetic import Expr, Term, Terms, product
from archspec.ops.base import (
    Op,
    Shape,
    ShapeError,
    need_groups,
    need_map,
    same_shape,
    written,
)
from archspec.ops.fields import End, Positive, Sides, Whole


class Input(Op):
    """What enters the network, one image or vector at a time.

    Shape:
        the declared one.
    Parameters:
        none.
    MACs:
        none.
    Source:
        the spec's `input` statement.
    """

    name = "input"
    role = "input"

    shape: Sides = Field(description="CxHxW, or the length of a vector")

    def shape_terms(self, *inputs: Shape) -> Terms:
        """The declared sides."""
        del inputs
        return same_shape(self.shape)


class Flatten(Op):
    """A map as a vector: maps, then rows, then columns.

    Shape:
        CxHxW -> C*H*W.
    Parameters:
        none.
    MACs:
        none.
    Source:
        row-major order, as torch.flatten.
    """

    name = "flatten"
    role = "other"
    view = True

    def shape_terms(self, *inputs: Shape) -> Terms:
        """All elements."""
        return (Term("units", product(*inputs[0])),)


class Slice(Op):
    """Some of the maps, or of the units of a vector: from `a` to before `b`.

    Shape:
        CxHxW -> (b - a) x H x W; `end` is C.
    Parameters:
        none.
    MACs:
        none.
    Source:
        Chen et al. 2017, Dual Path Networks, sec. 3.3 (the split of a tensor into two paths).
    """

    name = "slice"
    role = "concat"
    view = True

    a: Whole = Field(description="the first map")
    b: End = Field(description="the map behind the last, or `end`")

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.b != "end" and self.b <= self.a:
            raise ValueError(
                f"`slice` needs a second number above the first, got {self.a}, {self.b}"
            )
        return self

    def stop(self, x: Shape) -> int:
        """The map behind the last one, of an input of shape `x`."""
        return x[0] if self.b == "end" else self.b

    def shape_terms(self, *inputs: Shape) -> Terms:
        """The maps that stay; height and width as before."""
        x = inputs[0]
        first, *rest = same_shape(x)
        stop = self.stop(x)
        if self.a >= stop or stop > x[0]:
            raise ShapeError(
                "E310",
                f"`slice({self.a}, {self.b})` lies outside of {written(x)}",
                help=f"it has {first.label} 0 to {x[0] - 1}",
                got=written(x),
            )
        return (Term(first.label, Expr(stop) - self.a if self.a else Expr(stop)), *rest)

    def figure_label(self) -> str:
        """`slice 0:64`."""
        return f"slice {self.a}:{self.b}"


class Shuffle(Op):
    """The maps of each group dealt out in turn: the first of every group, then the second, ...

    Shape:
        unchanged.
    Parameters:
        none.
    MACs:
        none.
    Source:
        Zhang et al. 2018, ShuffleNet, sec. 3.1.
    """

    name = "shuffle"
    role = "other"

    groups: Positive = Field(description="the number of groups")

    def shape_terms(self, *inputs: Shape) -> Terms:
        """As it enters."""
        x = inputs[0]
        maps = need_map(self, x)[0]
        need_groups(self.groups, maps)
        return same_shape(x)

    def figure_label(self) -> str:
        """`shuffle 2`."""
        return f"shuffle {self.groups}"
