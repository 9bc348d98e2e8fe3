"""Operators that join two or more inputs."""

from __future__ import annotations

from itertools import accumulate
from typing import ClassVar

from archspec.ops.arithmetic import Expr, Term, Terms
from archspec.ops.base import (
    Io,
    Mode,
    Op,
    OpVector,
    Role,
    Saved,
    Shape,
    ShapeError,
    count,
    same_shape,
    written,
)


class _Merge(Op):
    """Joins its inputs in order. Abstract."""

    role: ClassVar[Role] = "add"
    merges = True

    def nearest(self, *inputs: Shape) -> Shape | None:
        """The shape of the first input."""
        return inputs[0]

    def _need_two(self, inputs: tuple[Shape, ...]) -> None:
        if len(inputs) < 2:
            raise ShapeError("E402", f"`{self.name}` needs at least two inputs, got {len(inputs)}")

    def _differs(self, code: str, rule: str, inputs: tuple[Shape, ...], index: int) -> ShapeError:
        """What is raised for the input number `index`; `input` tells it to who marks the place."""
        first, other = written(inputs[0]), written(inputs[index])
        message = f"`{self.name}` inputs must {rule}: {first} and {other}"
        return ShapeError(code, message, input=index, first=first, other=other)

    def _steps(self, io: Io) -> Terms:
        """One operation for each element and each input behind the first."""
        joints, elements = len(io.inputs) - 1, count(io.output)
        amount = Expr(joints) * elements if joints > 1 else Expr(elements)
        return (Term("elements", amount),)


class _EqualMerge(_Merge):
    """Joins inputs of one shape element by element. Abstract."""

    def shape_terms(self, *inputs: Shape) -> Terms:
        """The shape they share."""
        self._need_two(inputs)
        for index, shape in enumerate(inputs):
            if shape != inputs[0]:
                raise self._differs("E302", "be equal", inputs, index)
        return same_shape(inputs[0])

    def ops(self, io: Io, mode: Mode) -> OpVector:
        """One addition for each element and each input behind the first."""
        del mode
        return OpVector(add=self._steps(io))


class Add(_EqualMerge):
    """The sum of its inputs.

    Shape:
        the one they share.
    Parameters:
        none.
    MACs:
        none: for m inputs m - 1 additions an element.
    Source:
        He et al. 2015, sec. 3.2 (shortcut connections).
    """

    name = "add"


class Sub(_EqualMerge):
    """The first input minus the others.

    Shape:
        the one they share.
    Parameters:
        none.
    MACs:
        none: for m inputs m - 1 additions an element.
    Source:
        elementary.
    """

    name = "sub"


class Mul(_Merge):
    """The product of its inputs; Cx1x1 is one factor for each map.

    Shape:
        CxHxW of the largest input; each input is CxHxW or Cx1x1, or all are vectors of one length.
    Parameters:
        none.
    MACs:
        none: for m inputs m - 1 products an output.
    Source:
        Hu et al. 2018, sec. 3.2 (squeeze and excitation).
    """

    name = "mul"

    def shape_terms(self, *inputs: Shape) -> Terms:
        """The largest shape."""
        self._need_two(inputs)
        largest = max(inputs, key=count)
        factors = (largest[0], 1, 1) if len(largest) == 3 else largest
        for index, shape in enumerate(inputs):
            if shape not in (largest, factors):
                # The one that is no odd one out stands first, so the pair shows the difference.
                pair = index or inputs.index(largest)
                raise self._differs("E302", "be equal, or Cx1x1", inputs, pair)
        return same_shape(largest)

    def saved(self, io: Io) -> Saved:
        """Each factor is the slope of the other; of several inputs the products so far are too."""
        return Saved(factors=tuple(accumulate(map(count, io.inputs[:-1]), max)))

    def ops(self, io: Io, mode: Mode) -> OpVector:
        """One product for each output and each input behind the first."""
        del mode
        return OpVector(mul=self._steps(io))


class Concat(_Merge):
    """Its inputs one behind the other: maps, or the units of vectors.

    Shape:
        (C1 + C2 + ...) x H x W, or the sum of the lengths.
    Parameters:
        none.
    MACs:
        none.
    Source:
        Szegedy et al. 2014, sec. 4 (filter concatenation).
    """

    name = "concat"
    role = "concat"

    def shape_terms(self, *inputs: Shape) -> Terms:
        """The sum of the maps or units; height and width have to agree."""
        self._need_two(inputs)
        for index, shape in enumerate(inputs):
            if shape[1:] != inputs[0][1:]:
                raise self._misfit(inputs, index)
        along = Expr(inputs[0][0])
        for shape in inputs[1:]:
            along = along + shape[0]
        first, *rest = same_shape(inputs[0])
        return (Term(first.label, along), *rest)

    def nearest(self, *inputs: Shape) -> Shape | None:
        """The sides of the first input, and the maps of all."""
        return (sum(shape[0] for shape in inputs), *inputs[0][1:])

    def _misfit(self, inputs: tuple[Shape, ...], index: int) -> ShapeError:
        if len(inputs[0]) != len(inputs[index]):
            return self._differs("E301", "all be maps or all be vectors", inputs, index)
        first, other = (written(shape[1:]) for shape in (inputs[0], inputs[index]))
        message = f"`concat` inputs must agree in height and width: {first} and {other}"
        return ShapeError("E301", message, input=index, first=first, other=other)
