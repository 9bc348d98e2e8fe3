"""Expressions of a spec, evaluated exactly: integers and fractions, never floats, never `eval`."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, NoReturn, Protocol

from archspec.errors import ArchError, Diagnostic, did_you_mean, suggested
from archspec.ops import Cyclic, Init, Size, Table
from archspec.schema import functions
from archspec.schema.numerals import is_too_long, number, whole
from archspec.syntax import ast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archspec.errors import Fix
    from archspec.source import Span


@dataclass(frozen=True, slots=True)
class Argument:
    """An evaluated argument and where it stands."""

    name: str | None
    value: Value
    span: Span
    name_span: Span | None = None


@dataclass(frozen=True, slots=True)
class CallValue:
    """A call that names a thing of a recipe, as `sgd(lr=0.01)`; a bare word has no arguments."""

    name: str
    arguments: tuple[Argument, ...] = ()
    span: Span = field(kw_only=True, compare=False, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Deferred:
    """An expression that asks for the shape of a tensor: evaluated when shapes are known.

    Args:
        expression: as written.
        scope: what its names meant there, the tensors bound.
    """

    expression: ast.Expression
    scope: Scope

    def resolve(self, shapes: ShapeOf) -> Value:
        """The value, given the shape of every tensor. Raises ArchError; ShapeUnknown."""
        return evaluate(self.expression, replace(self.scope, shapes=shapes))


Value = (
    bool
    | int
    | Fraction
    | str
    | Size
    | tuple["Value", ...]
    | Table
    | Cyclic
    | Init
    | CallValue
    | Deferred
)
ShapeOf = Callable[[str], "tuple[int, ...] | None"]


class ShapeUnknownError(Exception):
    """A value asks for a shape that is not known yet, or never will be.

    Args:
        span: the place that asks.
    """

    def __init__(self, span: Span) -> None:
        """Keep the place."""
        super().__init__(span)
        self.span = span


class Tensors(Protocol):
    """Finds tensors by what a spec calls them."""

    def path_of(self, reference: ast.Reference) -> str:
        """The path of `@name`. Raises ArchError."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean.

    Args:
        values: parameters, `let` values and tables by name.
        words: names that stand for themselves (`same`, `nearest`).
        calls: whether unknown names and calls become CallValues (in a recipe).
        tensors: finds `@name`; None where there is no tensor.
        incoming: path of the tensor that `in` means.
        shapes: by path, once they are known.
    """

    values: Mapping[str, Value]
    words: frozenset[str] = frozenset()
    calls: bool = False
    tensors: Tensors | None = None
    incoming: str = ""
    shapes: ShapeOf | None = None


def fail(code: str, message: str, span: Span, *, fix: Fix | None = None, **more: str) -> NoReturn:
    """Raise an ArchError with one diagnostic."""
    raise ArchError([Diagnostic(code, message, span, fix=fix, **more)])  # type: ignore[arg-type]  # text, help


def evaluate(expression: ast.Expression, scope: Scope) -> Value:
    """The value of an expression. Raises ArchError with the place of what cannot be evaluated."""
    match expression:
        case ast.Number() | ast.Boolean() | ast.Text() | ast.Size():
            return _literal(expression)
        case ast.Name():
            return _name(expression, scope)
        case ast.Sequence():
            return _list(expression, scope)
        case ast.Apply():
            return _apply(expression, scope)
        case ast.Attribute():
            return _side(expression, scope)
        case ast.Reference():
            message = f"`{expression.span.text}` is a tensor, not a value"
            advice = f"for its sizes write `{expression.span.text}.c`, `.h` or `.w`"
            fail("E404", message, expression.span, help=advice)
        case _:
            return _operation(expression, scope)


def _list(expression: ast.Sequence, scope: Scope) -> tuple[Value, ...]:
    items = tuple(evaluate(item, scope) for item in expression.items)
    if functions.length(items) > functions.MAX_ITEMS:
        fail("E005", f"the list has more than {functions.MAX_ITEMS:,} items", expression.span)
    return items


def _literal(expression: ast.Number | ast.Boolean | ast.Text | ast.Size) -> Value:
    match expression:
        case ast.Number():
            return _number(expression)
        case ast.Size():
            return Size(expression.sides)
        case _:
            return expression.value


def _number(expression: ast.Number) -> int | Fraction:
    if is_too_long(expression.text):
        fail("E409", "the number is too large or too long", expression.span)
    return number(expression.text)


_SIDES = ("c", "h", "w")


def _side(expression: ast.Attribute, scope: Scope) -> int:
    """`in.c`, `@x.h`: one side of a tensor, of a vector only `c`."""
    tensor, side = expression.value, expression.name
    if side.name not in _SIDES:
        message = f"a tensor has `c`, `h` and `w`, not `{side.name}`"
        fail("E205", message, side.span)
    if scope.tensors is None:
        _no_tensor(expression)
    if isinstance(tensor, ast.Reference):
        path = scope.tensors.path_of(tensor)
    elif isinstance(tensor, ast.Name) and tensor.name == "in":
        path = scope.incoming
    else:
        fail("E404", f"`{tensor.span.text}` is not a tensor", tensor.span, help="write `in.c`")
    if not path:  # before an input nothing comes in
        _no_tensor(expression)
    shape = scope.shapes(path) if scope.shapes else None
    if shape is None:
        raise ShapeUnknownError(expression.span)
    if _SIDES.index(side.name) >= len(shape):
        fail("E305", f"`{tensor.span.text}` is a vector: it has only `c`", expression.span)
    return shape[_SIDES.index(side.name)]


def _no_tensor(expression: ast.Attribute) -> NoReturn:
    fail("E309", f"`{expression.span.text}` means no tensor here", expression.span)


def _name(expression: ast.Name, scope: Scope) -> Value:
    if expression.name in scope.values:
        value = scope.values[expression.name]
        if not isinstance(value, Deferred):
            return value
        if scope.shapes is None:
            raise ShapeUnknownError(value.expression.span)
        return value.resolve(scope.shapes)
    if expression.name in scope.words:
        return expression.name
    if scope.calls:
        return CallValue(expression.name, span=expression.span)
    near = did_you_mean(expression.name, [*scope.values, *scope.words])
    fail(
        "E202",
        f"unknown name `{expression.name}`",
        expression.span,
        help=f"did you mean `{near[0]}`?" if near else "define it with `let`, or as a parameter",
        fix=suggested(expression.span, near),
    )


def arguments_of(arguments: tuple[ast.Argument, ...], scope: Scope) -> tuple[Argument, ...]:
    """The arguments of a call, evaluated as far as shapes are known."""
    return tuple(
        Argument(
            argument.name.name if argument.name else None,
            evaluate_or_defer(argument.value, scope),
            argument.value.span,
            argument.name.span if argument.name else None,
        )
        for argument in arguments
    )


def known_arguments(arguments: tuple[Argument, ...], shapes: ShapeOf) -> tuple[Argument, ...]:
    """The same arguments with what waited for shapes. Raises ArchError; ShapeUnknownError."""
    return tuple(
        replace(argument, value=argument.value.resolve(shapes))
        if isinstance(argument.value, Deferred)
        else argument
        for argument in arguments
    )


def evaluate_or_defer(expression: ast.Expression, scope: Scope) -> Value:
    """The value, or the promise of one if it depends on a shape."""
    try:
        return evaluate(expression, scope)
    except ShapeUnknownError:
        return Deferred(expression, scope)


def _apply(expression: ast.Apply, scope: Scope) -> Value:
    name, known = expression.function.name, (*functions.FUNCTIONS, functions.CYCLIC)
    if name not in known and scope.calls:
        return CallValue(name, arguments_of(expression.arguments, scope), span=expression.span)
    if name not in known:
        near = did_you_mean(name, known)
        fail(
            "E202",
            f"unknown function `{name}`",
            expression.function.span,
            help=f"did you mean `{near[0]}`?" if near else f"there are {', '.join(known)}",
            fix=suggested(expression.function.span, near),
        )
    named = next((each.name for each in expression.arguments if each.name), None)
    if named is not None:
        fail("E409", f"`{name}` cannot take these arguments", expression.span)
    values = [evaluate(argument.value, scope) for argument in expression.arguments]
    try:
        result = functions.call(name, values)
    except (TypeError, ValueError):
        fail("E409", f"`{name}` cannot take these arguments", expression.span)
    return result if isinstance(result, Cyclic) else whole(result)


_Rational = int | Fraction


def _quotient(dividend: _Rational, divisor: _Rational) -> _Rational:
    return Fraction(dividend) / divisor


_ARITHMETIC: Mapping[str, Callable[[_Rational, _Rational], _Rational]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _quotient,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": functions.power,
}
_COMPARISON: Mapping[str, Callable[[_Rational, _Rational], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _operation(
    expression: ast.Unary | ast.Binary | ast.Conditional | ast.Subscript, scope: Scope
) -> Value:
    match expression:
        case ast.Conditional():
            chosen = expression.then if truth(expression.condition, scope) else expression.otherwise
            return evaluate(chosen, scope)
        case ast.Unary(operator="not"):
            return not truth(expression.operand, scope)
        case ast.Unary():
            value = _rational(expression.operand, scope)
            return whole(-value if expression.operator == "-" else value)
        case ast.Subscript():
            return _subscript(expression, scope)
        case ast.Binary():
            return _binary(expression, scope)


def _binary(expression: ast.Binary, scope: Scope) -> Value:
    symbol, left, right = expression.operator, expression.left, expression.right
    if symbol in ("and", "or"):
        first = truth(left, scope)
        return truth(right, scope) if first == (symbol == "and") else first
    if symbol in ("==", "!="):
        return (evaluate(left, scope) == evaluate(right, scope)) == (symbol == "==")
    a, b = _rational(left, scope), _rational(right, scope)
    if symbol in _COMPARISON:
        return _COMPARISON[symbol](a, b)
    try:
        result = _ARITHMETIC[symbol](a, b)
    except ZeroDivisionError:
        fail("E409", f"`{expression.span.text}` divides by zero", expression.span)
    except ValueError as error:
        fail("E409", f"`{expression.span.text}`: {error}", expression.span)
    if max(result.numerator.bit_length(), result.denominator.bit_length()) > functions.MAX_BITS:
        fail("E409", f"`{expression.span.text}` is too large a number", expression.span)
    return whole(result)


def _subscript(expression: ast.Subscript, scope: Scope) -> Value:
    items, index = evaluate(expression.value, scope), evaluate(expression.index, scope)
    if not isinstance(items, tuple):
        fail("E409", f"`{expression.value.span.text}` is not a list", expression.value.span)
    if not isinstance(index, int) or not -len(items) <= index < len(items):
        span = expression.index.span
        fail("E409", f"`{span.text}` is not an index of a list of {len(items)}", span)
    return items[index]


def truth(expression: ast.Expression, scope: Scope) -> bool:
    """The value of a condition. Raises ArchError (E409) if it is not true or false."""
    value = evaluate(expression, scope)
    if not isinstance(value, bool):
        fail("E409", f"`{expression.span.text}` is neither true nor false", expression.span)
    return value


def _rational(expression: ast.Expression, scope: Scope) -> _Rational:
    value = evaluate(expression, scope)
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        fail("E409", f"`{expression.span.text}` is not a number", expression.span)
    return value


def as_shape(value: Value, span: Span) -> tuple[int, ...]:
    """A size, a list or a single number as a shape. Raises ArchError (E404)."""
    sides = (value,) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(sides, tuple):
        fail("E404", f"`{span.text}` is not a shape", span, help="write CxHxW, or a length")
    whole_sides = tuple(side for side in sides if isinstance(side, int) and side > 0)
    if len(whole_sides) != len(sides) or len(sides) not in (1, 3):
        fail("E404", f"`{span.text}` is not a shape", span, help="write CxHxW, or a length")
    return whole_sides
