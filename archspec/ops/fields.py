"""Types of operator arguments: what a spec may write, brought to one form.

One form per idea (a stride is always a pair, padding always four numbers or `same`), so that
operators compute and never ask how something was written.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


class Size(tuple[int, ...]):
    """Sides written with `x`, as `5x5`; one class so that a list is not taken for a size."""

    __slots__ = ()

    def __str__(self) -> str:
        """As written."""
        return "x".join(map(str, self))


@dataclass(frozen=True)
class Table:
    """A named grid: what feeds what (1 or 0), or the numbers of a fixed kernel, by rows."""

    name: str
    rows: tuple[tuple[Fraction, ...], ...]

    @property
    def height(self) -> int:
        """Number of rows."""
        return len(self.rows)

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.rows[0])

    @property
    def is_connection(self) -> bool:
        """Whether it holds nothing but links and gaps."""
        return all(cell in (0, 1) for row in self.rows for cell in row)

    def column(self, index: int) -> tuple[int, ...]:
        """The rows linked to column `index`: the input maps one output map sees."""
        return tuple(i for i, row in enumerate(self.rows) if row[index])

    @property
    def links(self) -> int:
        """How many cells are linked."""
        return sum(bool(cell) for row in self.rows for cell in row)


@dataclass(frozen=True)
class Cyclic:
    """A connection table by rule: output map o sees the input maps o, o+1, ... o+k-1, cyclically.

    >>> Cyclic(2).over(3, 4).column(2)
    (0, 2)
    """

    k: int

    def over(self, maps: int, outputs: int) -> Table:
        """The table for that many input and output maps."""
        rows = tuple(
            tuple(Fraction(int((i - o) % maps < self.k)) for o in range(outputs))
            for i in range(maps)
        )
        return Table(self.name, rows)

    @property
    def name(self) -> str:
        """What the table is called."""
        return f"cyclic_{self.k}"

    def __str__(self) -> str:
        """As a spec writes it."""
        return f"cyclic({self.k})"


@dataclass(frozen=True)
class Init:
    """How weights start: the name of a rule, and its number if it has one.

    >>> str(Init("gaussian", Fraction(1, 100)))
    'gaussian(0.01)'
    """

    rule: str
    number: Fraction | None = None

    def __str__(self) -> str:
        """As a spec writes it."""
        if self.number is None:
            return self.rule
        decimal = f"{float(self.number):g}"
        return f"{self.rule}({decimal if Fraction(decimal) == self.number else self.number})"


def _pair(value: object) -> object:
    """`5` means 5x5; a size has to have two sides."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return (value, value)
    if isinstance(value, Size):
        return tuple(value)
    return value


def _pad(value: object) -> object:
    """As margins; `valid` is no padding."""
    return (0, 0, 0, 0) if value == "valid" else _margins(value)


def _margins(value: object) -> object:
    """`1`, `1x2` and `[top, bottom, left, right]` as four numbers."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value,) * 4
    if isinstance(value, Size) and len(value) == 2:
        return (value[0], value[0], value[1], value[1])
    return value


def _sides(value: object) -> object:
    """A lone number is the length of a vector; a shape has one side or three."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value,)
    return value if isinstance(value, tuple) and len(value) in (1, 3) else None


def _real(value: object) -> object:
    """Whole numbers are real numbers too."""
    return Fraction(value) if isinstance(value, int) and not isinstance(value, bool) else value


@dataclass(frozen=True)
class Words:
    """What an argument must be, in words for a message."""

    text: str


class Instance:
    """Marks a field that takes an object made and checked elsewhere, as it is."""

    def __get_pydantic_core_schema__(
        self, source: type[object], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Pydantic asks only for the class, and looks no deeper."""
        del handler
        return core_schema.is_instance_schema(source)


Positive = Annotated[int, Field(ge=1), Words("a whole number")]
Whole = Annotated[int, Field(ge=0), Words("a whole number")]
Pair = Annotated[
    tuple[Positive, Positive],
    BeforeValidator(_pair),
    Words("a whole number or a size such as 3x3"),
]
WholePair = Annotated[
    tuple[Whole, Whole],
    BeforeValidator(_pair),
    Words("a whole number or a size such as 1x0"),
]
Pad = Annotated[
    tuple[Whole, Whole, Whole, Whole] | Literal["same"],
    BeforeValidator(_pad),
    Words("a whole number, a size, [top, bottom, left, right], `same` or `valid`"),
]
Margins = Annotated[
    tuple[Whole, Whole, Whole, Whole],
    BeforeValidator(_margins),
    Words("a whole number, a size or [top, bottom, left, right]"),
]
Sides = Annotated[tuple[Positive, ...], BeforeValidator(_sides), Words("a shape CxHxW or a length")]
Real = Annotated[Fraction, BeforeValidator(_real), Words("a number")]
Probability = Annotated[Real, Field(ge=0, lt=1)]
Grid = Annotated[Table, Instance(), Words("the name of a table")]
Reals = Annotated[tuple[Real, ...], Field(min_length=1)]
Matrix = Annotated[tuple[Reals, ...], Field(min_length=1), Words("rows of numbers, [[…], […]]")]
BiasOrNumbers = Annotated[bool | Reals, Words("true, false or a list of numbers")]
Rule = Annotated[Cyclic, Instance(), Words("cyclic(k)")]
Start = Annotated[Init, Instance(), Words("a rule such as fan_in_uniform(2.4)")]
PadMode = Annotated[
    Literal["zero", "reflect", "replicate", "circular"],
    Words("`zero`, `reflect`, `replicate` or `circular`"),
]
Interpolation = Annotated[Literal["nearest", "bilinear"], Words("`nearest` or `bilinear`")]
End = Annotated[Whole | Literal["end"], Words("a whole number or `end`")]
WORDS = frozenset(  # bare words that arguments accept
    {"same", "valid", "zero", "reflect", "replicate", "circular", "nearest", "bilinear", "end"}
)
