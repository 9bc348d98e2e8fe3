"""The convolution that goes backwards: from a small map to a large one."""

from __future__ import annotations

from math import gcd
from typing import Self

from pydantic import Field, model_validator

from archspec.ops.arithmetic import Expr, Term, Terms, product
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
    need_groups,
    need_map,
    written,
)
from archspec.ops.fields import Margins, Pair, Positive, Start, WholePair
from archspec.ops.sliding import window_label


class ConvTranspose(Op):
    """Each input lays its kernel into the output, `stride` apart; what overlaps is added.

    Shape:
        CxHxW -> c x P x Q, P = (H-1)*stride - top - bottom + dilation*(k-1) + out_pad + 1,
        Q likewise.
    Parameters:
        k*k * C * (c/groups) weights and c biases.
    MACs:
        k*k * (c/groups) for each input element.
    Source:
        Zeiler et al. 2010, sec. 3; Long et al. 2015, sec. 3.3 (as a layer of a network).
    """

    name = "conv_transpose"
    role = "conv"
    weighted = True
    unit_layer = True

    c: Positive = Field(description="the number of output maps")
    k: Pair = Field(description="the kernel size")
    stride: Pair = Field(default=(1, 1), description="how far apart the kernels are laid")
    pad: Margins = Field(
        default=(0, 0, 0, 0), description="rows and columns cut from the edges of the output"
    )
    out_pad: WholePair = Field(
        default=(0, 0), description="rows and columns added at the bottom and right"
    )
    dilation: Pair = Field(default=(1, 1), description="how far the taps of the kernel are apart")
    groups: Positive = Field(
        default=1, description="parts the maps are divided into, each convolved alone"
    )
    bias: bool = Field(default=True, description="whether a number is added to each output map")
    trainable: bool = Field(default=True, description="whether training changes the kernels")
    init: Start | None = Field(default=None, description="how the kernels start")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.c % self.groups:
            raise ValueError(f"`groups={self.groups}` does not divide the {self.c} output maps")
        for extra, stride, dilation in zip(self.out_pad, self.stride, self.dilation, strict=True):
            if extra >= max(stride, dilation):
                raise ValueError(
                    f"`out_pad={extra}` must be less than the stride or the dilation, "
                    f"{max(stride, dilation)}"
                )
        return self

    @property
    def learns(self) -> bool:
        """Whether the kernels are trained."""
        return self.trainable

    def shape_terms(self, *inputs: Shape) -> Terms:
        """Maps, height and width of the output."""
        x = inputs[0]
        maps = need_map(self, x)[0]
        need_groups(self.groups, maps)
        height, width = (Term(("height", "width")[axis], self._side(axis, x)) for axis in (0, 1))
        for term in (height, width):
            if term.amount.value < 1:
                raise ShapeError(
                    "E304",
                    f"the padding leaves nothing of the output over {written(x)}",
                    text=f"{term.amount} = {term.amount.value}",
                    help="make the padding of `conv_transpose` narrower",
                    got=written(x),
                    computed=term.amount.value,
                )
        return (Term("maps", Expr(self.c)), height, width)

    def _side(self, axis: int, x: Shape) -> Expr:
        """The output side along `axis`, 0 for rows and 1 for columns."""
        near, far = self.pad[2 * axis], self.pad[2 * axis + 1]
        spread = (Expr(x[axis + 1]) - 1) * self.stride[axis]
        taps = (Expr(self.k[axis]) - 1) * self.dilation[axis]
        return spread - near - far + taps + self.out_pad[axis] + 1

    def weights(self, io: Io) -> Terms:
        """A kernel for every linked pair of maps."""
        return (Term("kernels", product(*self.k, self.c // self.groups) * io.x[0]),)

    def biases(self, io: Io) -> Terms:
        """One for each map."""
        del io
        return (Term("biases", Expr(self.c)),) if self.bias else ()

    def connections(self, io: Io) -> Terms:
        """Every weight once for each input position, every bias once for each output."""
        return (*self._products(io), *self._sums(io))

    def ops(self, io: Io, mode: Mode) -> OpVector:
        """A MAC for each weight and input position, an addition for each output with a bias."""
        del mode
        return OpVector(mac=self._products(io), add=self._sums(io))

    def _products(self, io: Io) -> Terms:
        return (Term("kernels", product(*self.k, self.c // self.groups) * product(*io.x)),)

    def _sums(self, io: Io) -> Terms:
        return (Term("biases", Expr(count(io.output))),) if self.bias else ()

    def sight(self, x: Shape) -> tuple[Sight, Sight]:
        """The inputs whose kernels reach an output; some outputs may lie in gaps between them."""
        del x
        return self._sight(0), self._sight(1)

    def _sight(self, axis: int) -> Sight:
        stride, dilation = self.stride[axis], self.dilation[axis]
        given = (self.k[axis], stride, self.pad[2 * axis], dilation)
        return Sight(stride, 1, _reached, given, apart=dilation // gcd(stride, dilation))

    def stored(self, io: Io) -> Shape:
        """With the edges that torch cuts off afterwards: those that differ from side to side."""
        maps, height, width = io.output
        top, bottom, left, right = self.pad
        even = top == bottom and left == right
        return io.output if even else (maps, height + top + bottom, width + left + right)

    def between(self, io: Io) -> tuple[int, ...]:
        """Of the output with its edges: first of its columns, then of its rows."""
        maps, height, _ = io.output
        _, rows, columns = whole = self.stored(io)
        both = rows > height and columns > io.output[2]
        return () if whole == io.output else (maps * height * columns,) * both + (count(whole),)

    def saved(self, io: Io) -> Saved:
        """The map."""
        del io
        return Saved(inputs=True)

    def figure_label(self) -> str:
        """`up 2x2/2, 64, g=32, d=2`."""
        words = [f"up {window_label(Window(self.k, self.stride))}", str(self.c)]
        words += [f"g={self.groups}"] * (self.groups > 1)
        words += [f"d={max(self.dilation)}"] * (max(self.dilation) > 1)
        return ", ".join(words)


def _reached(y: int, k: int, stride: int, near: int, dilation: int) -> tuple[int, int] | None:
    """The first and last input with a tap on output y: input i lays tap m on i*stride + m*dilation.

    So i*stride and y differ by a multiple of the dilation, of at most k - 1.
    """
    place = y + near
    common = gcd(stride, dilation)
    if place % common:
        return None
    apart = dilation // common
    one = place // common * pow(stride // common, -1, apart)  # it or apart more have a tap there
    last = place // stride
    last -= (last - one) % apart
    first = -((dilation * (k - 1) - place) // stride)
    first += (one - first) % apart
    return (first, last) if first <= last else None
