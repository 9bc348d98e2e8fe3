"""Convolution, with or without a connection table."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

from pydantic import Field, model_validator

from archspec.ops.arithmetic import Expr, Term, Terms, product
from archspec.ops.base import (
    Io,
    Mode,
    Op,
    OpVector,
    Role,
    Shape,
    ShapeError,
    Window,
    count,
    need_map,
)
from archspec.ops.fields import Grid, Pad, Pair, Positive
from archspec.ops.sliding import padded, sides, window_label


class Conv(Op):
    """Cross-correlation with learned kernels; a table says which maps are linked.

    Shape:
        CxHxW -> c x P x Q, P = floor((H + top + bottom - dilation*(k-1) - 1) / stride) + 1,
        Q likewise.
    Parameters:
        k*k * (C/groups) * c weights (with a table: k*k a link) and c biases.
    MACs:
        weights * P*Q; padding counts as input.
    Source:
        LeCun et al. 1998, sec. II.A and II.B (local receptive fields, shared weights, Table I);
        groups: Krizhevsky et al. 2012, sec. 3.5; dilation: Yu and Koltun 2016, sec. 2.
    """

    name: ClassVar[str] = "conv"
    role: ClassVar[Role] = "conv"
    weighted: ClassVar[bool] = True
    unit_layer: ClassVar[bool] = True

    c: Positive = Field(description="the number of output maps")
    k: Pair = Field(description="the kernel size")
    stride: Pair = (1, 1)
    pad: Pad = (0, 0, 0, 0)
    dilation: Pair = (1, 1)
    groups: Positive = 1
    bias: bool = True
    table: Grid | None = None
    trainable: bool = True

    @model_validator(mode="after")
    def _agree(self) -> Conv:
        if self.c % self.groups:
            raise ValueError(f"`groups={self.groups}` does not divide the {self.c} output maps")
        if self.table is not None and self.groups != 1:
            raise ValueError("`table` and `groups` both say which maps are linked: give one")
        if self.table is not None and not self.table.is_connection:
            raise ValueError(f"table `{self.table.name}` holds numbers; links are X and .")
        return self

    @property
    def learns(self) -> bool:
        """Whether the kernels are trained."""
        return self.trainable

    def shape_terms(self, *inputs: Shape) -> Terms:
        """Maps, height and width of the output."""
        x = inputs[0]
        maps = need_map(self, x)[0]
        if maps % self.groups:
            raise ShapeError(
                "E307", f"`groups={self.groups}` does not divide the {maps} input maps", maps=maps
            )
        if self.table is not None:
            self._check_table(self.table, maps)
        return (Term("maps", Expr(self.c)), *sides(self, self.window(x), x))

    def _check_table(self, table: Grid, maps: int) -> None:
        have, want = (table.height, table.width), (maps, self.c)
        if have == want:
            return
        advice = f"give `{table.name}` {maps} rows of {self.c} cells"
        if have == want[::-1]:
            advice = f"its transpose fits: write the rows of `{table.name}` as columns"
        raise ShapeError(
            "E306",
            f"table `{table.name}` is {have[0]}x{have[1]}, but {maps} input maps (rows) and "
            f"{self.c} output maps (columns) need {want[0]}x{want[1]}",
            help=advice,
            table=table.name,
        )

    def window(self, x: Shape) -> Window:
        """The kernel's window over a map of shape `x`."""
        return padded(Window(self.k, self.stride, dilation=self.dilation), self.pad, x)

    def weights(self, io: Io) -> Terms:
        """A kernel for every linked pair of maps."""
        kh, kw = self.k
        if self.table is None:
            return (Term("kernels", product(kh, kw, io.x[0] // self.groups) * self.c),)
        fans = sorted(Counter(len(self.table.column(o)) for o in range(self.c)).items())
        links = " + ".join(f"{maps}*{fan}" for fan, maps in fans)
        note = f"{self.table.links} = {links} links of table {self.table.name}"
        return (Term("kernels", Expr(self.table.links) * product(kh, kw), note),)

    def biases(self, io: Io) -> Terms:
        """One for each map."""
        del io
        return (Term("biases", Expr(self.c)),) if self.bias else ()

    @property
    def counts_connections(self) -> bool:
        """With a table."""
        return self.table is not None

    def connections(self, io: Io) -> Terms:
        """Every weight and bias once for each position."""
        return _at_every_position((*self.weights(io), *self.biases(io)), io)

    def ops(self, io: Io, mode: Mode) -> OpVector:
        """A MAC for each weight and position, an addition for each output with a bias."""
        del mode
        add = (Term("biases", Expr(count(io.output))),) if self.bias else ()
        return OpVector(mac=_at_every_position(self.weights(io), io), add=add)

    def figure_label(self) -> str:
        """`5x5/2, 64, g=32, d=2, table`."""
        words = [window_label(Window(self.k, self.stride)), str(self.c)]
        if self.groups > 1:
            words.append(f"g={self.groups}")
        if max(self.dilation) > 1:
            words.append(f"d={max(self.dilation)}")
        if self.table is not None:
            words.append("table")
        return ", ".join(words)


def _at_every_position(terms: Terms, io: Io) -> Terms:
    positions = product(*io.output[1:])
    return tuple(Term(term.label, term.amount * positions, term.note) for term in terms)
