"""The tree a spec parses to: what was written, where, and nothing it means.

Every node is a frozen dataclass with the span it came from; spans do not take part in
comparison, so two texts that say the same compare equal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archspec.syntax.node import Ident as Ident  # noqa: PLC0414  # a node like those below
from archspec.syntax.node import Node as Node  # noqa: PLC0414  # and what they all are

if TYPE_CHECKING:
    from archspec.errors import Diagnostics
    from archspec.source import Source


# --- expressions -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Number(Node):
    """A number as written: `1_516`, `60k`, `159Ki`, `1e-4`, `0.1`."""

    text: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Boolean(Node):
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Text(Node):
    """A quoted text, without its quotes and with its escapes resolved."""

    value: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Size(Node):
    """`5x5`, `3x224x224`."""

    sides: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Name(Node):
    """A value's name, or the word `in` in `in.c`."""

    name: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Reference(Node):
    """`@C1`; `@in` has the name `in`. An expression and a link."""

    name: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Sequence(Node):
    """`[a, b]`."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Unary(Node):
    """`-x`, `+x`, `not x`."""

    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Binary(Node):
    """`a + b` and every other operator with two sides, `and` and `or` too."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Conditional(Node):
    """`a if c else b`."""

    condition: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Subscript(Node):
    """`depths[0]`."""

    value: Expression
    index: Expression


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Attribute(Node):
    """`in.c`, `@x.h`."""

    value: Expression
    name: Ident


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Argument(Node):
    """`value` or `name=value` in a call."""

    name: Ident | None
    value: Expression


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Apply(Node):
    """`floor(x)`, `mnist5k(pad=2)`: a call inside an expression."""

    function: Ident
    arguments: tuple[Argument, ...]


Expression = (
    Number
    | Boolean
    | Text
    | Size
    | Name
    | Reference
    | Sequence
    | Unary
    | Binary
    | Conditional
    | Subscript
    | Attribute
    | Apply
)


# --- links and statements ------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Call(Node):
    """An operator or block call; `lanes` is None without `{ | … }` behind it."""

    name: Ident
    arguments: tuple[Argument, ...]
    lanes: tuple[Statement, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Group(Node):
    """`{ … }` as a link."""

    body: Body


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Repeat(Node):
    """`repeat n { … }` (no variable, `first` is None) or `repeat i in first..last { … }`."""

    variable: Ident | None
    first: Expression | None
    last: Expression
    body: Body


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class If(Node):
    """`if c { … } else { … }`; `otherwise` is None without `else`; `else if` nests."""

    condition: Expression
    then: Body
    otherwise: Body | None


Link = Call | Reference | Group | Repeat | If


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Tag(Node):
    """`stage=features`, or a bare `freeze` (value None)."""

    name: Ident
    value: Expression | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Statement(Node):
    """`label: link -> link => shape [tags]`; also one lane of a merge."""

    label: Ident | None
    links: tuple[Link, ...]
    shape: Size | Number | Sequence | None = None
    tags: tuple[Tag, ...] = ()
    doc: str = ""


# --- what else stands in a body ---------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Input(Node):
    """`input image: 1x32x32`; the shape of a vector is a Number, of parameters a Sequence."""

    name: Ident | None
    shape: Expression
    doc: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Output(Node):
    """`output @a, @b`."""

    references: tuple[Reference, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Head(Node):
    """`head aux1(loss_weight=0.3) { … }`."""

    name: Ident
    arguments: tuple[Argument, ...]
    body: Body
    doc: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Expectation(Node):
    """`C1.params == 156 within 1% from lecun98 "place" note "…" disputed "…"`.

    `target`: the dotted words before the comparison, metric included; `cite` may be `derived`.
    """

    target: tuple[Ident, ...]
    comparison: str
    value: Expression
    within: Number | None = None  # percent
    cite: Ident | None = None
    place: str | None = None
    note: str | None = None
    disputed: str | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Expect(Node):
    """`expect { … }`."""

    expectations: tuple[Expectation, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Entry(Node):
    """`key = value` in a cite or train section."""

    key: Ident
    value: Expression


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Train(Node):
    """`train { … }` in an arch; at top level with the recipe's and the arch's name."""

    entries: tuple[Entry, ...]
    name: Ident | None = None
    arch: Ident | None = None


Item = Statement | Input | Output | Head | Expect | Train


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Body(Node):
    """What stands between braces, in order."""

    items: tuple[Item, ...]


# --- top level ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Parameter(Node):
    """`n` or `n=default` in a definition."""

    name: Ident
    default: Expression | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ImportName(Node):
    """`A` or `A as B`."""

    name: Ident
    alias: Ident | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Import(Node):
    """`from "./file.arch" import A, B as C`."""

    file: Text
    names: tuple[ImportName, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Cite(Node):
    """`cite lecun98 { title = "…" }`."""

    name: Ident
    entries: tuple[Entry, ...]
    doc: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Let(Node):
    """`let k = 32`."""

    name: Ident
    value: Expression


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Cell(Node):
    """One entry of a table as written: `X`, `.`, `1`, `0`, `-0.5`."""

    text: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Row(Node):
    """One line of a table."""

    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Table(Node):
    """`table name { … }`."""

    name: Ident
    rows: tuple[Row, ...]
    doc: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Block(Node):
    """`block name(parameters) { … }`."""

    name: Ident
    parameters: tuple[Parameter, ...]
    body: Body
    doc: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Arch(Node):
    """`arch name(parameters) "title" { … }`, or `arch name = base(arguments) { … }`.

    `base` is None for the first form; `body` is None for a variant without braces.
    """

    name: Ident
    parameters: tuple[Parameter, ...]
    title: str
    base: Apply | None
    body: Body | None
    doc: str = ""


Definition = Import | Cite | Let | Table | Block | Arch | Train


@dataclass(frozen=True, slots=True)
class File:
    """A whole spec file; `diagnostics` tells what could not be read."""

    source: Source = field(compare=False, repr=False)
    definitions: tuple[Definition, ...]
    comments: tuple[Ident, ...] = ()  # every `#` comment with its `#`, in order, for the formatter
    diagnostics: Diagnostics = field(default=(), compare=False)
