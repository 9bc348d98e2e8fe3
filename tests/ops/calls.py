"""From a call as a spec writes it to its operator, without a graph around it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from archspec.ops import BY_NAME, Cyclic, Init, Table
from archspec.ops.fields import WORDS
from archspec.schema.arguments import assign
from archspec.schema.values import CallValue, Scope, arguments_of
from archspec.source import Source
from archspec.syntax import parse

if TYPE_CHECKING:
    from archspec.ops import Op


def grid(name: str, *rows: str) -> Table:
    """A table of numbers, a row a text."""
    return Table(name, tuple(tuple(map(Fraction, row.split())) for row in rows))


TABLES = {
    "t": grid("t", "1 0 1 1", "0 1 1 1", "0 0 0 1"),
    "s": grid("s", "1 2 1", "0 0 0", "-1 -2 -1/2"),
}


def op_of(text: str) -> Op:
    """The operator of a call such as `conv(4, 3, table=t)`."""
    file = parse(Source("call.arch", f"arch Net {{\n  input 1\n  {text}\n}}\n"))
    (arch,) = file.definitions
    call = next(item.links[0] for item in arch.body.items if hasattr(item, "links"))
    name = text.partition("(")[0]
    arguments = arguments_of(call.arguments, Scope(TABLES, WORDS, calls=True))
    given, problems = assign(name, list(BY_NAME[name].model_fields), arguments, "")
    assert not problems, problems
    return BY_NAME[name](**{key: converted(argument.value) for key, argument in given.items()})


def converted(value: object) -> object:
    """Rules are written as calls."""
    if not isinstance(value, CallValue):
        return value
    (argument,) = value.arguments
    if value.name == "cyclic":
        return Cyclic(argument.value)
    return Init(value.name, Fraction(argument.value))
