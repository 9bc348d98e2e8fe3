"""Convolution: shared or local kernels, learned or fixed, all maps linked or by a table."""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import Any

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
    ShapeError,
    Window,
    count,
    need_groups,
    need_map,
    written,
)
from archspec.ops.fields import Cyclic, Grid, Pad, PadMode, Pair, Positive, Rule, Start, Table
from archspec.ops.sliding import fit_mode, padded, padded_apart, sides, window_label


class Conv(Op):
    """Cross-correlation with kernels; a table says which maps are linked.

    `flip` turns each kernel by 180 degrees (true convolution). A fixed `kernel` is the same for
    every linked pair of maps, and has no bias. Without `share` each position has its own kernels
    and biases.

    Shape:
        CxHxW -> c x P x Q, P = floor((H + top + bottom - dilation*(k-1) - 1) / stride) + 1,
        Q likewise.
    Parameters:
        k*k * (C/groups) * c weights (with a table: k*k a link) and c biases; without `share`
        as many for each of the P*Q positions.
    MACs:
        weights of one position * P*Q; padding counts as input.
    Source:
        LeCun et al. 1998, sec. II.A and II.B (local receptive fields, shared weights, Table I);
        groups: Krizhevsky et al. 2012, sec. 3.5; dilation: Yu and Koltun 2016, sec. 2.
    """

    name = "conv"
    role = "conv"
    weighted = True
    unit_layer = True

    c: Positive = Field(description="the number of output maps")
    k: Pair = Field(description="the kernel size")
    stride: Pair = Field(default=(1, 1), description="how far the kernel moves")
    pad: Pad = Field(
        default=(0, 0, 0, 0),
        description="rows and columns around the map; `same` keeps its size at stride 1",
    )
    dilation: Pair = Field(default=(1, 1), description="how far the taps of the kernel are apart")
    groups: Positive = Field(
        default=1, description="parts the maps are divided into, each convolved alone"
    )
    bias: bool = Field(default=True, description="whether a number is added to each output map")
    pad_mode: PadMode = Field(default="zero", description="what stands in the padding")
    table: Grid | Rule | None = Field(
        default=None, description="which input maps feed which output maps"
    )
    kernel: Grid | None = Field(default=None, description="a fixed kernel instead of learned ones")
    share: bool = Field(default=True, description="whether all positions use the same kernels")
    trainable: bool = Field(default=True, description="whether training changes the kernels")
    init: Start | None = Field(default=None, description="how the kernels start")
    flip: bool = Field(default=False, description="whether kernels are turned by 180 degrees")

    @model_validator(mode="before")
    @classmethod
    def _fixed_kernel(cls, values: dict[str, Any]) -> dict[str, Any]:
        fixed = {"bias": False, "trainable": False} if values.get("kernel") is not None else {}
        return {**fixed, **values}

    @model_validator(mode="after")
    def _agree(self) -> Conv:
        if self.c % self.groups:
            raise ValueError(f"`groups={self.groups}` does not divide the {self.c} output maps")
        if self.table is not None and self.groups != 1:
            raise ValueError("`table` and `groups` both say which maps are linked: give one")
        if isinstance(self.table, Table) and not self.table.is_connection:
            raise ValueError(f"table `{self.table.name}` holds numbers; links are X and .")
        if self.table is not None and not self.share:
            raise ValueError("a `table` needs shared kernels: leave out `share=false`")
        return self

    @model_validator(mode="after")
    def _kernel_agrees(self) -> Conv:
        if self.kernel is None:
            return self
        if (self.kernel.height, self.kernel.width) != self.k:
            raise ValueError(
                f"table `{self.kernel.name}` is {self.kernel.height}x{self.kernel.width}, "
                f"the kernel {written(self.k)}"
            )
        for given, word in (
            (self.trainable, "trainable=true"),
            (self.bias, "bias=true"),
            (not self.share, "share=false"),
            (self.table is not None, "table"),
            (self.init is not None, "init"),
        ):
            if given:
                raise ValueError(f"a fixed `kernel` excludes `{word}`")
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
        self._check_table(maps)
        window = self.window(x)
        fit_mode(self, self.pad_mode, window.pad, x)
        return (Term("maps", Expr(self.c)), *sides(self, window, x))

    def links(self, maps: int) -> Table | None:
        """Which of `maps` input maps feed which output maps; None where all do."""
        return self.table.over(maps, self.c) if isinstance(self.table, Cyclic) else self.table

    def _check_table(self, maps: int) -> None:
        table = self.table
        if table is None or isinstance(table, Cyclic):  # a rule fits any number of maps
            return
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
        kernels = self._kernels(io.x[0])
        return kernels if self.share else _at_every_position(kernels, io)

    def _kernels(self, maps: int) -> Terms:
        """The weights at one position."""
        (kh, kw), table = self.k, self.table
        if table is None:
            return (Term("kernels", product(kh, kw, maps // self.groups) * self.c),)
        if isinstance(table, Cyclic):  # without the table itself, which may be huge
            fans = [(min(table.k, maps), self.c)]
        else:
            fans = sorted(Counter(len(table.column(o)) for o in range(self.c)).items())
        total = sum(fan * outputs for fan, outputs in fans)
        links = " + ".join(f"{outputs}*{fan}" for fan, outputs in fans)
        note = f"{total} = {links} links of table {table.name}"
        return (Term("kernels", Expr(total) * product(kh, kw), note),)

    def biases(self, io: Io) -> Terms:
        """One for each map; for each output without `share`."""
        return self._biases() if self.share else _at_every_position(self._biases(), io)

    def _biases(self) -> Terms:
        """The biases at one position."""
        return (Term("biases", Expr(self.c)),) if self.bias else ()

    @property
    def counts_connections(self) -> bool:
        """With a table."""
        return self.table is not None

    def connections(self, io: Io) -> Terms:
        """Every weight and bias once for each position."""
        return _at_every_position((*self._kernels(io.x[0]), *self._biases()), io)

    def ops(self, io: Io, mode: Mode) -> OpVector:
        """A MAC for each weight and position, an addition for each output with a bias."""
        del mode
        add = (Term("biases", Expr(count(io.output))),) if self.bias else ()
        return OpVector(mac=_at_every_position(self._kernels(io.x[0]), io), add=add)

    def saved(self, io: Io) -> Saved:
        """The map, with its margins where they are added before, and what kernels are made of."""
        window, weights = self.window(io.x), prod(self.k) * (io.x[0] // self.groups) * self.c
        mirrored = any(window.pad) and self.pad_mode in ("reflect", "replicate")
        if not self.share:
            patches = prod(self.k) * io.x[0] * count(io.output[1:])
            entering = padded_apart(window, io.x, self.pad_mode) or count(io.x)
            patches = max(patches, entering) if self.learns else 0  # torch's buffer is no smaller
            reordered = self.flip or self.groups > 1  # before they are multiplied
            copied = weights * count(io.output[1:]) if reordered else 0
            return Saved(own=patches, inward=Inward(inputs=mirrored, once=copied))
        apart = padded_apart(window, io.x, self.pad_mode)
        made = self.table is not None or (self.flip and self.kernel is None)
        kernels = weights if made else 0
        return Saved(inputs=not apart, own=apart, once=kernels, inward=Inward(inputs=mirrored))

    def between(self, io: Io) -> tuple[int, ...]:
        """Of the map with its margins, where they are added before; without `share` of patches."""
        apart = padded_apart(self.window(io.x), io.x, self.pad_mode)
        patches = () if self.share else (prod(self.k) * io.x[0] * count(io.output[1:]),)
        return (*patches, *((apart,) if apart else ()))

    def figure_label(self) -> str:
        """`5x5/2, 64, g=32, d=2, table, fixed, local`."""
        words = [window_label(Window(self.k, self.stride)), str(self.c)]
        if self.groups > 1:
            words.append(f"g={self.groups}")
        if max(self.dilation) > 1:
            words.append(f"d={max(self.dilation)}")
        words += ["table"] * (self.table is not None)
        words += ["fixed"] * (self.kernel is not None)
        words += ["local"] * (not self.share)
        return ", ".join(words)


def _at_every_position(terms: Terms, io: Io) -> Terms:
    positions = product(*io.output[1:])
    return tuple(Term(term.label, term.amount * positions, term.note) for term in terms)
