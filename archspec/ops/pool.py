"""Operators that summarise windows of each map by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from archspec.ops.arithmetic import Expr, Term, Terms, product
from archspec.ops.base import (
    Inward,
    Io,
    Mode,
    Op,
    OpVector,
    Saved,
    Shape,
    Window,
    count,
    need_map,
    written,
)
from archspec.ops.fields import Pad, Pair
from archspec.ops.sliding import margined, padded, padded_apart, sides, window_label


class _Pool(Op):
    """A window of size `k`, by default without overlap. Abstract."""

    role = "pool"
    word: ClassVar[str]  # in a picture

    k: Pair = Field(description="the window size")
    stride: Pair = Field(  # set by the validator below
        description="how far the window moves", json_schema_extra={"default": "k"}
    )

    @model_validator(mode="before")
    @classmethod
    def _stride_is_size(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {"stride": values["k"], **values} if "k" in values else {"stride": 1, **values}

    def shape_terms(self, *inputs: Shape) -> Terms:
        """As many maps as before; height and width by the window."""
        x = inputs[0]
        maps = need_map(self, x)[0]
        return (Term("maps", Expr(maps)), *sides(self, self.window(x), x))

    def window(self, x: Shape) -> Window:
        """The window over a map of shape `x`."""
        del x
        return Window(self.k, self.stride)

    def figure_label(self) -> str:
        """`max 3x3/2`; a stride equal to the window is not written."""
        window = Window(self.k, (1, 1) if self.stride == self.k else self.stride)
        return f"{self.word} {window_label(window)}"


class Subsample(_Pool):
    """LeNet's sub-sampling: the sum of a window times one coefficient plus one bias a map.

    Shape:
        CxHxW -> C x P x Q, P = floor((H - k) / stride) + 1, Q likewise.
    Parameters:
        C coefficients and C biases.
    MACs:
        none: a sum of k*k values, one product and one addition an output.
    Source:
        LeCun et al. 1998, sec. II.B (layers S2 and S4).
    """

    name = "subsample"
    word = "subsample"
    unit_layer = True

    trainable: bool = Field(
        default=True, description="whether training changes coefficients and biases"
    )

    @property
    def learns(self) -> bool:
        """Whether coefficients and biases are trained."""
        return self.trainable

    def weights(self, io: Io) -> Terms:
        """One for each map."""
        return (Term("coefficients", Expr(io.x[0])),)

    def biases(self, io: Io) -> Terms:
        """One for each map."""
        return (Term("biases", Expr(io.x[0])),)

    @property
    def counts_connections(self) -> bool:
        """Always."""
        return True

    def connections(self, io: Io) -> Terms:
        """The window's inputs and one bias for each output."""
        outputs = count(io.output)
        return (
            Term("inputs", product(*self.k) * outputs),
            Term("biases", Expr(outputs)),
        )

    def ops(self, io: Io, mode: Mode) -> OpVector:
        """k*k - 1 additions for the sum and one for the bias; one product."""
        del mode
        outputs = Expr(count(io.output))
        return OpVector(
            add=(Term("sums and biases", product(*self.k) * outputs),),
            mul=(Term("coefficients", outputs),),
        )

    def saved(self, io: Io) -> Saved:
        """The sums; for what is before it the map, and the coefficients as they are multiplied."""
        sums = count(io.output) if self.learns else 0
        return Saved(own=sums, inward=Inward(inputs=True, once=io.x[0]))


class _PaddedPool(_Pool):
    """A pool that may pad and round up. Abstract."""

    pad: Pad = Field(default=(0, 0, 0, 0), description="rows and columns around the map")
    ceil: bool = Field(default=False, description="whether a last window may hang over the edge")

    @model_validator(mode="after")
    def _pad_at_most_half(self) -> Self:
        if self.pad == "same":
            return self
        limits = (self.k[0] // 2, self.k[0] // 2, self.k[1] // 2, self.k[1] // 2)
        if any(pad > limit for pad, limit in zip(self.pad, limits, strict=True)):
            raise ValueError(
                f"`pad={max(self.pad)}` is more than half of the {written(self.k)} window"
            )
        return self

    def window(self, x: Shape) -> Window:
        """The window over a map of shape `x`, with its padding."""
        return padded(Window(self.k, self.stride, ceil=self.ceil), self.pad, x)

    def saved(self, io: Io) -> Saved:
        """The map, with its margins where they are added before."""
        window = self.window(io.x)
        if not padded_apart(window, io.x):
            return Saved(inputs=True)
        return Saved(own=margined(io.x, window.filled(io).pad))

    def between(self, io: Io) -> tuple[int, ...]:
        """Of the map with its margins, where they are added before."""
        kept = self.saved(io)
        return (kept.own,) if kept.own else ()


class MaxPool(_PaddedPool):
    """The largest value of each window.

    Shape:
        CxHxW -> C x P x Q, P = floor((H + top + bottom - k) / stride) + 1, Q likewise; with
        `ceil` rounded up, except for a window that would start behind the near padding.
    Parameters:
        none.
    MACs:
        none: k*k - 1 comparisons an output.
    Source:
        Ranzato et al. 2007, sec. 2; overlapping windows: Krizhevsky et al. 2012, sec. 3.4.
    """

    name = "maxpool"
    word = "max"

    def ops(self, io: Io, mode: Mode) -> OpVector:
        """k*k - 1 comparisons for each output."""
        del mode
        return OpVector(cmp=(Term("maxima", (product(*self.k) - 1) * count(io.output)),))

    def saved(self, io: Io) -> Saved:
        """The map, and where in it each output comes from, as a 64-bit number."""
        return replace(super().saved(io), bytes=8 * count(io.output))


class L2Pool(_PaddedPool):
    """The square root of the sum of squares of each window.

    Shape:
        as maxpool.
    Parameters:
        none.
    MACs:
        none: k*k products, k*k - 1 additions and a special function an output.
    Source:
        Le et al. 2012, Building High-level Features, sec. 3 (L2 pooling).
    """

    name = "l2pool"
    word = "L2"

    def ops(self, io: Io, mode: Mode) -> OpVector:
        """The squares, their sum and its root, for each output."""
        del mode
        outputs = Expr(count(io.output))
        return OpVector(
            mul=(Term("squares", product(*self.k) * outputs),),
            add=(Term("sums", (product(*self.k) - 1) * outputs),),
            special=(Term("roots", outputs),),
        )

    def saved(self, io: Io) -> Saved:
        """The map, its squares with their margins, the roots, and which of them are not 0."""
        outputs = count(io.output)
        squares = margined(io.x, self.window(io.x).filled(io).pad)
        return Saved(inputs=True, own=squares + outputs, bytes=outputs)


class AvgPool(_PaddedPool):
    """The mean of each window; padding counts as input only with `count_pad`.

    Shape:
        as maxpool.
    Parameters:
        none.
    MACs:
        none: k*k - 1 additions and one division an output.
    Source:
        LeCun et al. 1990, sec. 3 (averaging layers H2 and H4).
    """

    name = "avgpool"
    word = "avg"

    count_pad: bool = Field(default=False, description="whether padding counts as input")

    def ops(self, io: Io, mode: Mode) -> OpVector:
        """k*k - 1 additions and a division for each output."""
        del mode
        outputs = Expr(count(io.output))
        return OpVector(
            add=(Term("sums", (product(*self.k) - 1) * outputs),), div=(Term("means", outputs),)
        )

    def saved(self, io: Io) -> Saved:
        """The map; where it is padded before, also how much of each window is no padding."""
        kept = super().saved(io)
        if self.count_pad or not kept.own:
            return kept
        return replace(kept, shared=count(io.output[1:]))

    def between(self, io: Io) -> tuple[int, ...]:
        """Before the map with its margins the sums, where their divisors differ."""
        divided = (count(io.output),) if self.saved(io).shared else ()
        return (*divided, *super().between(io))
