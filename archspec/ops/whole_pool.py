"""Pools whose output has a size of its own, whatever the map's."""

from __future__ import annotations

from math import gcd
from typing import ClassVar

from pydantic import Field

from archspec.ops.arithmetic import Expr, Term, Terms, product
from archspec.ops.base import (
    Io,
    Mode,
    Op,
    OpVector,
    Saved,
    Shape,
    Sight,
    Window,
    count,
    need_map,
    same_shape,
    written,
)
from archspec.ops.fields import Pair


class _GlobalPool(Op):
    """One number for each map. Abstract."""

    role = "pool"
    whole_input = True
    word: ClassVar[str]  # in a picture

    keep: bool = Field(default=False, description="whether the output stays a map of 1x1")

    def shape_terms(self, *inputs: Shape) -> Terms:
        """As many units as maps; with `keep` maps of one pixel."""
        maps = need_map(self, inputs[0])[0]
        return same_shape((maps, 1, 1) if self.keep else (maps,))

    def _joined(self, io: Io) -> Expr:
        """How many elements are joined to another one."""
        return product(*io.x) - io.x[0]

    def figure_label(self) -> str:
        """`global avg`."""
        return f"global {self.word}"


class GlobalAvgPool(_GlobalPool):
    """The mean of each map.

    Shape:
        CxHxW -> C, with `keep` Cx1x1.
    Parameters:
        none.
    MACs:
        none: C*H*W - C additions and C divisions.
    Source:
        Lin et al. 2014, sec. 3.2.
    """

    name = "global_avgpool"
    word = "avg"

    def ops(self, io: Io, mode: Mode) -> OpVector:
        """The sum of each map and its quotient."""
        del mode
        return OpVector(add=(Term("sums", self._joined(io)),), div=(Term("means", Expr(io.x[0])),))


class GlobalMaxPool(_GlobalPool):
    """The largest value of each map.

    Shape:
        CxHxW -> C, with `keep` Cx1x1.
    Parameters:
        none.
    MACs:
        none: C*H*W - C comparisons.
    Source:
        Oquab et al. 2015, sec. 3.
    """

    name = "global_maxpool"
    word = "max"

    def saved(self, io: Io) -> Saved:
        """The map and its largest values."""
        del io
        return Saved(inputs=True, output=True)

    def ops(self, io: Io, mode: Mode) -> OpVector:
        """A comparison for each element but one of each map."""
        del mode
        return OpVector(cmp=(Term("maxima", self._joined(io)),))


class AdaptiveAvgPool(Op):
    """Means of windows that divide the map as evenly as it goes.

    Shape:
        CxHxW -> C x size.
    Parameters:
        none.
    MACs:
        none: as if no two windows overlapped: inputs - outputs additions, a division an output.
    Source:
        He et al. 2014, sec. 2.2 (bins of a fixed number); the windows are those of torch.
    """

    name = "adaptive_avgpool"
    role = "pool"

    size: Pair = Field(description="the output's height and width")

    def shape_terms(self, *inputs: Shape) -> Terms:
        """As many maps as before, of the size asked for."""
        return same_shape((need_map(self, inputs[0])[0], *self.size))

    def ops(self, io: Io, mode: Mode) -> OpVector:
        """The sum of each window and its quotient."""
        del mode
        inputs, outputs = count(io.x), count(io.output)
        sums = (Term("sums", product(*io.x) - outputs),) if inputs > outputs else ()
        return OpVector(add=sums, div=(Term("means", Expr(outputs)),))

    def saved(self, io: Io) -> Saved:
        """The map; for a single output its mean is enough."""
        del io
        return Saved(inputs=self.size != (1, 1))

    def window(self, x: Shape) -> Window:
        """The window if all are alike, else one that holds each of them."""
        stride = (max(x[1] // self.size[0], 1), max(x[2] // self.size[1], 1))
        kernel = tuple(
            max(side - (outputs - 1) * step, 1)
            for side, outputs, step in zip(x[1:], self.size, stride, strict=True)
        )
        return Window((kernel[0], kernel[1]), stride)

    def sight(self, x: Shape) -> tuple[Sight, Sight] | None:
        """Where windows differ: output y reads from floor(y*H/P) to below ceil((y + 1)*H/P)."""
        if not (x[1] % self.size[0] or x[2] % self.size[1]):
            return None
        rows, columns = (
            Sight(
                outputs // gcd(side, outputs), side // gcd(side, outputs), _shared, (side, outputs)
            )
            for side, outputs in zip(x[1:], self.size, strict=True)
        )
        return rows, columns

    def figure_label(self) -> str:
        """`adaptive avg 7x7`."""
        return f"adaptive avg {written(self.size)}"


def _shared(y: int, side: int, outputs: int) -> tuple[int, int]:
    return y * side // outputs, -(-(y + 1) * side // outputs) - 1
