"""Operators that change height and width without a learned window."""

from __future__ import annotations

from pydantic import Field

from archspec.ops.arithmetic import Expr, Term, Terms
from archspec.ops.base import (
    Io,
    Mode,
    Op,
    OpVector,
    Saved,
    Shape,
    ShapeError,
    Sight,
    Window,
    count,
    need_map,
    written,
)
from archspec.ops.fields import Interpolation, Margins, PadMode, Pair, Positive
from archspec.ops.sliding import fit_mode, sides


class Pad(Op):
    """Rows and columns around each map.

    Shape:
        CxHxW -> C x (H + top + bottom) x (W + left + right).
    Parameters:
        none.
    MACs:
        none.
    Source:
        elementary; `reflect` leaves out the edge itself, `replicate` repeats it.
    """

    name = "pad"
    role = "other"

    p: Margins = Field(description="how many rows and columns")
    mode: PadMode = Field(default="zero", description="what stands in the margins")

    def shape_terms(self, *inputs: Shape) -> Terms:
        """Height and width grow by the padding."""
        x = inputs[0]
        maps, height, width = need_map(self, x)
        fit_mode(self, self.mode, self.p, x)
        top, bottom, left, right = self.p
        return (
            Term("maps", Expr(maps)),
            Term("height", Expr(height) + top + bottom),
            Term("width", Expr(width) + left + right),
        )

    def saved(self, io: Io) -> Saved:
        """The map, where margins are made of it."""
        del io
        return Saved(inputs=self.mode in ("reflect", "replicate"))

    def window(self, x: Shape) -> Window:
        """One pixel wide: only where output 0 begins moves."""
        del x
        return Window((1, 1), pad=self.p)


class Crop(Op):
    """Each map without rows and columns at its edges.

    Shape:
        CxHxW -> C x (H - top - bottom) x (W - left - right).
    Parameters:
        none.
    MACs:
        none.
    Source:
        Ronneberger et al. 2015, sec. 2 (the crops of U-Net).
    """

    name = "crop"
    role = "other"
    view = True

    p: Margins = Field(description="how many rows and columns")

    def shape_terms(self, *inputs: Shape) -> Terms:
        """Height and width shrink; at least one pixel has to stay."""
        x = inputs[0]
        maps, height, width = need_map(self, x)
        top, bottom, left, right = self.p
        terms = (
            Term("maps", Expr(maps)),
            Term("height", Expr(height) - top - bottom),
            Term("width", Expr(width) - left - right),
        )
        for term in terms:
            if term.amount.value < 1:
                raise ShapeError(
                    "E310",
                    f"nothing is left of {written(x)}",
                    text=f"{term.amount} = {term.amount.value}",
                    got=written(x),
                    computed=term.amount.value,
                )
        return terms

    def between(self, io: Io) -> tuple[int, ...]:
        """With all rows again, where both rows and columns were cut off."""
        maps, height, width = io.output
        both = height < io.x[1] and width < io.x[2]
        return (maps * height * io.x[2],) if both else ()

    def window(self, x: Shape) -> Window:
        """One pixel wide: only where output 0 begins moves."""
        del x
        top, bottom, left, right = self.p
        return Window((1, 1), pad=(-top, -bottom, -left, -right))


class ZeroPadShortcut(Op):
    """Every stride-th pixel, and zero maps behind the others.

    Shape:
        CxHxW -> c x P x Q, P = floor((H - 1) / stride) + 1, Q likewise.
    Parameters:
        none.
    MACs:
        none.
    Source:
        He et al. 2015, sec. 3.3 (shortcut option A).
    """

    name = "zero_pad_shortcut"
    role = "other"

    c: Positive = Field(description="the number of output maps")
    stride: Pair = Field(description="the stride")

    def shape_terms(self, *inputs: Shape) -> Terms:
        """The maps asked for; height and width by the stride."""
        x = inputs[0]
        maps = need_map(self, x)[0]
        if self.c < maps:
            raise ShapeError(
                "E310",
                f"`zero_pad_shortcut` cannot leave out maps: {written(x)} has more than {self.c}",
                got=written(x),
            )
        return (Term("maps", Expr(self.c)), *sides(self, self.window(x), x))

    def between(self, io: Io) -> tuple[int, ...]:
        """Without the zero maps; then, where both rows and columns were left out, with all rows."""
        maps, (_, height, width) = io.x[0], io.output
        both = height < io.x[1] and width < io.x[2]
        return (maps * height * width, *((maps * height * io.x[2],) * both))

    def window(self, x: Shape) -> Window:
        """One pixel, with the stride."""
        del x
        return Window((1, 1), self.stride)

    def figure_label(self) -> str:
        """`zero pad 64`."""
        return f"zero pad {self.c}"


class Upsample(Op):
    """k times the rows and columns: pixels repeated, or interpolated (corners not aligned).

    Shape:
        CxHxW -> C x k*H x k*W.
    Parameters:
        none.
    MACs:
        none: repeated pixels cost nothing, interpolated ones four products and three additions.
    Source:
        Odena et al. 2016 (resize before a convolution).
    """

    name = "upsample"
    role = "other"

    k: Pair = Field(description="the factor")
    mode: Interpolation = Field(default="nearest", description="how pixels come about")

    def shape_terms(self, *inputs: Shape) -> Terms:
        """Height and width times the factor."""
        maps, height, width = need_map(self, inputs[0])
        return (
            Term("maps", Expr(maps)),
            Term("height", Expr(height) * self.k[0]),
            Term("width", Expr(width) * self.k[1]),
        )

    def ops(self, io: Io, mode: Mode) -> OpVector:
        """Four pixels are weighed and added for an interpolated one."""
        del mode
        if self.mode == "nearest":
            return OpVector()
        outputs = count(io.output)
        return OpVector(
            mul=(Term("weights", Expr(4) * outputs),), add=(Term("sums", Expr(3) * outputs),)
        )

    def sight(self, x: Shape) -> tuple[Sight, Sight]:
        """The repeated pixel, or the one or two between which an output lies."""
        del x
        reads = _repeated if self.mode == "nearest" else _between
        rows, columns = (Sight(factor, 1, reads, (factor,)) for factor in self.k)
        return rows, columns

    def figure_label(self) -> str:
        """`upsample 2x2`."""
        return f"upsample {written(self.k)}"


def _repeated(y: int, factor: int) -> tuple[int, int]:
    return y // factor, y // factor


def _between(y: int, factor: int) -> tuple[int, int]:
    """Output y lies at (y + 1/2) / factor - 1/2."""
    over = 2 * y + 1 - factor
    return over // (2 * factor), -(-over // (2 * factor))
