"""Operators whose every output sees the whole input."""

from __future__ import annotations

from typing import Any, Self

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
    count,
    written,
)
from archspec.ops.codes import CODE_SETS, CodeSet, code_set
from archspec.ops.fields import BiasOrNumbers, Grid, Matrix, Positive, Start


class Linear(Op):
    """A matrix times the input vector; a map is flattened first.

    `kernel` gives the matrix as fixed numbers, one row a unit, and `bias` then the fixed biases.

    Shape:
        I or CxHxW (I = C*H*W) -> n.
    Parameters:
        I*n weights and n biases.
    MACs:
        I*n.
    Source:
        Rosenblatt 1958 (one unit); LeCun et al. 1998, sec. II.B (layer F6).
    """

    name = "linear"
    role = "dense"
    weighted = True
    unit_layer = True
    whole_input = True

    n: Positive = Field(description="the number of units")
    bias: BiasOrNumbers = Field(
        default=True,
        description="whether a number is added to each unit, or the numbers themselves",
    )
    kernel: Matrix | None = Field(
        default=None, description="a fixed matrix instead of a learned one, a row for each unit"
    )
    trainable: bool = Field(default=True, description="whether training changes the matrix")
    init: Start | None = Field(default=None, description="how the matrix starts")

    @model_validator(mode="before")
    @classmethod
    def _fixed_kernel(cls, values: dict[str, Any]) -> dict[str, Any]:
        fixed = {"bias": False, "trainable": False} if values.get("kernel") is not None else {}
        return {**fixed, **values}

    @model_validator(mode="after")
    def _kernel_agrees(self) -> Self:
        if self.kernel is None:
            if not isinstance(self.bias, bool):
                raise ValueError("a list of biases goes with a fixed `kernel` only")
            return self
        if self.trainable or self.bias is True or self.init is not None:
            word = "trainable" if self.trainable else "bias=true" if self.bias is True else "init"
            raise ValueError(f"a fixed `kernel` excludes `{word}`")
        if len({len(row) for row in self.kernel}) != 1:
            raise ValueError("the rows of `kernel` are not of one length")
        biases = len(self.bias) if self.bias else self.n
        if not len(self.kernel) == biases == self.n:
            raise ValueError(
                f"{self.n} units need {self.n} rows in `kernel` and as many biases, "
                f"got {len(self.kernel)} and {biases}"
            )
        return self

    @property
    def learns(self) -> bool:
        """Whether the matrix is trained."""
        return self.trainable

    def shape_terms(self, *inputs: Shape) -> Terms:
        """The number of units."""
        units = count(inputs[0])
        if self.kernel is not None and len(self.kernel[0]) != units:
            raise ShapeError(
                "E310",
                f"the rows of `kernel` have {len(self.kernel[0])} numbers, the input "
                f"{written(inputs[0])} has {units} elements",
                got=written(inputs[0]),
            )
        return (Term("units", Expr(self.n)),)

    def weights(self, io: Io) -> Terms:
        """One for each pair of input and unit."""
        return (Term("weights", product(*io.x) * self.n),)

    def biases(self, io: Io) -> Terms:
        """One for each unit."""
        del io
        return (Term("biases", Expr(self.n)),) if self.bias else ()

    def connections(self, io: Io) -> Terms:
        """As many as parameters."""
        return (*self.weights(io), *self.biases(io))

    def ops(self, io: Io, mode: Mode) -> OpVector:
        """A MAC for each weight, an addition for each bias."""
        del mode
        return OpVector(mac=self.weights(io), add=self.biases(io))

    def saved(self, io: Io) -> Saved:
        """Its input, for the gradient of the matrix."""
        del io
        return Saved(inputs=self.learns)

    def figure_label(self) -> str:
        """`linear 84`."""
        return f"linear {self.n}" if self.kernel is None else f"linear {self.n} (fixed)"


class Rbf(Op):
    """The squared distance of the input to one code for each class.

    Shape:
        I -> n; a map is flattened first.
    Parameters:
        I*n codes, fixed unless `trainable`.
    MACs:
        I*n (a difference and a multiply-accumulate for each).
    Source:
        LeCun et al. 1998, sec. II.B, eq. 7 (Euclidean radial basis functions, 7x12 bitmaps).
    """

    name = "rbf"
    role = "dense"
    unit_layer = True
    whole_input = True

    n: Positive = Field(description="the number of classes")
    prototypes: str | Grid = Field(description="a set of codes by name, or a table")
    trainable: bool = Field(default=False, description="whether training changes the codes")

    @property
    def learns(self) -> bool:
        """Whether the codes are trained."""
        return self.trainable

    @property
    def codes(self) -> CodeSet:
        """The codes as -1 and +1. Raises ShapeError (E308) if there is no such set."""
        if isinstance(self.prototypes, str) and self.prototypes not in CODE_SETS:
            known = ", ".join(f'"{name}"' for name in CODE_SETS)
            raise ShapeError(
                "E308", f'no codes are called "{self.prototypes}"', help=f"use {known}"
            )
        return code_set(self.prototypes)

    def shape_terms(self, *inputs: Shape) -> Terms:
        """The number of classes, once the codes fit."""
        codes, units = self.codes, count(inputs[0])
        if codes.length != units:
            raise ShapeError(
                "E308",
                f"the codes `{codes.name}` have {codes.length} elements, the input "
                f"{written(inputs[0])} has {units}",
                help=f"put `linear({codes.length})` before `rbf`",
            )
        if codes.size < self.n:
            raise ShapeError(
                "E308", f"the codes `{codes.name}` are for {codes.size} classes, not {self.n}"
            )
        return (Term("units", Expr(self.n)),)

    def weights(self, io: Io) -> Terms:
        """One code element for each pair of input and class."""
        return (Term("codes", product(*io.x) * self.n),)

    @property
    def counts_connections(self) -> bool:
        """Always."""
        return True

    def connections(self, io: Io) -> Terms:
        """One for each code element."""
        return self.weights(io)

    def ops(self, io: Io, mode: Mode) -> OpVector:
        """A difference and a MAC for each code element."""
        del mode
        return OpVector(
            mac=self.weights(io), add=(Term("differences", self.weights(io)[0].amount),)
        )

    def saved(self, io: Io) -> Saved:
        """The differences from every code."""
        return Saved(own=count(io.x) * self.n)

    def figure_label(self) -> str:
        """`RBF 10 (fixed)`."""
        return f"RBF {self.n}" if self.trainable else f"RBF {self.n} (fixed)"
