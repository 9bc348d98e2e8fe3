"""What operators become that are expressions of tensors: merges and slices."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from archspec.ops import Add, Concat, Io, Mul, Op, Slice, Sub

if TYPE_CHECKING:
    from collections.abc import Sequence


@singledispatch
def expression(op: Op, names: Sequence[str], io: Io) -> str:
    """The text of what an operator makes of its inputs.

    >>> expression(Concat(), ["a", "b"], Io(((2, 1, 1), (3, 1, 1)), (5, 1, 1)))
    'torch.cat((a, b), 1)'

    Args:
        op: a merge or a slice.
        names: texts for its inputs, in order; sums in them are put in parentheses where needed.
        io: the shapes around it.
    """
    del names, io
    raise TypeError(f"`{op.name}` becomes a module, not an expression")


def _factor(text: str) -> str:
    """A text that holds together in a product, a difference and before an index."""
    return f"({text})" if any(sign in text for sign in (" + ", " - ", " * ")) else text


@expression.register(Add)
def add(op: Add, names: Sequence[str], io: Io) -> str:
    """`a + b`, in lane order, so that sums are reproducible."""
    del op, io
    return " + ".join(names)


@expression.register(Sub)
def sub(op: Sub, names: Sequence[str], io: Io) -> str:
    """`a - b`."""
    del op, io
    first, *others = names
    return " - ".join((first, *map(_factor, others)))


@expression.register(Mul)
def mul(op: Mul, names: Sequence[str], io: Io) -> str:
    """`a * b`; torch repeats Cx1x1 by itself."""
    del op, io
    return " * ".join(map(_factor, names))


@expression.register(Concat)
def concat(op: Concat, names: Sequence[str], io: Io) -> str:
    """`torch.cat((a, b), 1)`, in lane order."""
    del op, io
    return f"torch.cat(({', '.join(names)}), 1)"


@expression.register(Slice)
def slice(op: Slice, names: Sequence[str], io: Io) -> str:  # noqa: A001 - called like its operator
    """`x[:, 0:64]`, with the bounds left out that hold anyway."""
    (name,) = names
    first = str(op.a) if op.a else ""
    stop = "" if op.stop(io.x) == io.x[0] else str(op.stop(io.x))
    return f"{_factor(name)}[:, {first}:{stop}]"
