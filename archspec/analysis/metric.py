"""What a metric is: a name, a unit, and how a number comes about for one node.

One file of this package defines a few metrics as a tuple of these; `report.py` lists them all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from archspec.ops import Expr, Io, Mode, Shape, Terms, product

if TYPE_CHECKING:
    from archspec.graph import Node


DTYPES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2}  # bytes of an element
OPTIMIZER_SLOTS = {  # elements of state a parameter
    "gd": 0,
    "sgd": 0,
    "momentum": 1,
    "nag": 1,
    "adagrad": 1,
    "rmsprop": 1,
    "adadelta": 2,
    "adam": 2,
    "adamw": 2,
}


@dataclass(frozen=True, slots=True)
class Setup:
    """What was asked for, as every report's header says.

    Args:
        batch: images at a time; operations and activations grow with it, parameters do not.
        mode: `eval` or `train`.
        dtype: of activations and their gradients, one of `DTYPES`. Half precision means autocast:
            parameters, buffers, gradients of parameters and optimizer state stay float32. A
            float64 module has all of them in float64.
        optimizer: one of `OPTIMIZER_SLOTS`, whose state training keeps; "" for the recipe's, or
            momentum without one.

    Raises:
        ValueError: for anything else.
    """

    batch: int = 1
    mode: Mode = "eval"
    dtype: str = "float32"
    optimizer: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no setting."""
        if not isinstance(self.batch, int) or self.batch < 1:
            message = f"batch has to be a whole number of at least 1, not {self.batch!r}"
            raise ValueError(message)
        _one_of("mode", self.mode, get_args(Mode))
        _one_of("dtype", self.dtype, DTYPES)
        if self.optimizer:
            _one_of("optimizer", self.optimizer, OPTIMIZER_SLOTS)

    @property
    def width(self) -> int:
        """Bytes of an element of an activation or of its gradient."""
        return DTYPES[self.dtype]

    @property
    def param_width(self) -> int:
        """Bytes of an element of a parameter, of its gradient and state, or of a buffer."""
        return max(self.width, DTYPES["float32"])


def _one_of(name: str, value: str, choices: Collection[str]) -> None:
    if value not in choices:
        message = f"{name} has to be one of {', '.join(choices)}, not {value!r}"
        raise ValueError(message)


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
