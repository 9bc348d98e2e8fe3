"""What a metric is: a name, a unit, and how a number comes about for one node.

One file of this package defines a few metrics as a tuple of these; `report.py` lists them all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from archspec.ops import Expr, Io, Mode, Shape, Terms, product

if TYPE_CHECKING:
    from archspec.graph import Node


@dataclass(frozen=True, slots=True)
class Setup:
    """What was asked for, as every report's header says.

    Args:
        batch: images at a time; operations and activations grow with it, parameters do not.
        mode: `eval` or `train`.
        dtype: of weights and activations.
        optimizer: whose numbers training keeps; "" for the recipe's, or momentum without one.
    """

    batch: int = 1
    mode: Mode = "eval"
    dtype: str = "float32"
    optimizer: str = ""


Derive = Callable[["Node", Io, Setup], Terms]


@dataclass(frozen=True, slots=True)
class Metric:
    """A number every node has, which adds up over groups of nodes.

    Args:
        name: what specs, reports and commands call it.
        unit: what it counts.
        derive: its labelled summands for one node of known shape; none is 0.
    """

    name: str
    unit: str
    derive: Derive


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with how much of it is known.

    Args:
        value: exact; a lower bound unless every node took part.
        known: nodes whose shape is known.
        nodes: nodes asked for.
    """

    value: int
    known: int
    nodes: int

    @property
    def status(self) -> Literal["complete", "partial", "unavailable"]:
        """How much of it is known, in a word."""
        if self.known == self.nodes:
            return "complete"
        return "partial" if self.known else "unavailable"


def elements(shape: Shape) -> Expr:
    """The elements of a tensor, as maps times positions."""
    return Expr(shape[0]) * product(*shape[1:]) if len(shape) > 1 else Expr(shape[0])
