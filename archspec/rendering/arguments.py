"""Values and calls as a spec writes them, as short as they can be read back."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pydantic import ValidationError

from archspec.ops import WORDS, Size, Table
from archspec.schema import show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from fractions import Fraction

    from archspec.ops import Op


def call_text(op: Op, tables: Mapping[Table, str], more: str = "") -> str:
    """The call that makes an operator, without what follows by itself.

    >>> from archspec.ops import BY_NAME
    >>> call_text(BY_NAME["conv"](c=6, k=(5, 5), bias=True, pad=(2, 2, 2, 2)), {})
    'conv(6, 5, pad=2)'

    Args:
        op: the operator.
        tables: what its tables are called.
        more: a further argument as text.
    """
    given = _needed(op)
    words, positional = [], True
    for name, info in type(op).model_fields.items():
        leading = info.is_required() and info.json_schema_extra is None
        positional = positional and name in given and leading
        if name in given:
            text = _shortest(op, given, name, tables)
            words.append(text if positional else f"{name}={text}")
    words += [more] if more else []
    return f"{op.name}({', '.join(words)})" if words else op.name


def argument_text(op: Op, name: str) -> str:
    """One argument of an operator, as short as it can be read back.

    >>> from archspec.ops import BY_NAME
    >>> argument_text(BY_NAME["conv"](c=6, k=(5, 5), pad=(2, 2, 2, 2)), "pad")
    '2'
    """
    given = {field: getattr(op, field) for field in type(op).model_fields}
    return _shortest(op, given, name, {})


def _needed(op: Op) -> dict[str, object]:
    """The arguments without which it would be another operator."""
    given = {name: getattr(op, name) for name in type(op).model_fields}
    for name in reversed(list(given)):
        rest = {key: value for key, value in given.items() if key != name}
        if _makes(op, rest):
            given = rest
    return given


def _makes(op: Op, values: Mapping[str, object]) -> bool:
    """Whether the operator's class makes an equal one from these arguments."""
    try:
        return type(op)(**values) == op
    except ValidationError:
        return False


def _shortest(op: Op, given: Mapping[str, object], name: str, tables: Mapping[Table, str]) -> str:
    """The shortest way to write an argument that means the same."""
    value = given[name]
    for candidate in _shorter(value) if isinstance(value, tuple) else ():
        if _makes(op, {**given, name: candidate}):
            return value_text(candidate, tables)
    return value_text(value, tables)


def _shorter(sides: tuple[object, ...]) -> Iterator[object]:
    """`3` and `3x1` for what is kept as a list."""
    numbers = [side for side in sides if isinstance(side, int)]
    if not sides or len(numbers) < len(sides):
        return
    yield numbers[0]
    if len(numbers) == 2:
        yield Size(numbers)
    if len(numbers) == 4 and numbers[::2] == numbers[1::2]:
        yield Size(numbers[::2])
    if len(numbers) == 4:
        yield Size((numbers[0], numbers[2]))


def value_text(value: object, tables: Mapping[Table, str] | None = None) -> str:
    """Any value.

    >>> value_text((1, (True, "same"))), value_text("Table I")
    ('[1, [true, same]]', '"Table I"')
    """
    match value:
        case Table():
            return (tables or {}).get(value, value.name)
        case Size():
            return str(value)
        case tuple():
            return f"[{', '.join(value_text(item, tables) for item in value)}]"
        case str():
            return value if value in WORDS else quoted(value)
        case _:
            return show(value)


def quoted(text: str) -> str:
    """A text in quotes."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
    return f'"{"".join(escapes.get(char, char) for char in text)}"'


def cell_text(cell: Fraction, *, linked: bool) -> str:
    """A cell of a table: `X` and `.` where it says what is linked, else a decimal number."""
    if linked:
        return "X" if cell else "."
    return format(Decimal(cell.numerator) / Decimal(cell.denominator), "f")
