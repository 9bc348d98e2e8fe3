"""Operators that compute nothing: the input, and changes of shape."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from archspec.ops.arithmetic import Term, Terms, product
from archspec.ops.base import Op, Role, Shape, same_shape
from archspec.ops.fields import Sides


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

    name: ClassVar[str] = "input"
    role: ClassVar[Role] = "input"

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

    name: ClassVar[str] = "flatten"
    role: ClassVar[Role] = "other"
    view: ClassVar[bool] = True

    def shape_terms(self, *inputs: Shape) -> Terms:
        """All elements."""
        return (Term("units", product(*inputs[0])),)
