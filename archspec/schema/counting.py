"""Conditions and counts, on which topology depends: they may not ask for a shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.errors import ArchError, Diagnostic, Label
from archspec.schema.values import ShapeUnknownError, evaluate, truth

if TYPE_CHECKING:
    from archspec.schema.values import Scope
    from archspec.syntax import ast

MAX_REPEAT = 200_000  # turns of one repeat; a network has no more nodes


def is_true(condition: ast.Expression, scope: Scope) -> bool:
    """A condition, which may not depend on shapes. Raises ArchError (E309)."""
    try:
        return truth(condition, scope)
    except ShapeUnknownError as error:
        raise ArchError([_topology(condition, error)]) from None


def bounds_of(link: ast.Repeat, scope: Scope) -> tuple[int, int]:
    """First and last value of the variable. Raises ArchError (E405, E309, E005)."""
    first = 1 if link.first is None else _count(link.first, scope)
    last = _count(link.last, scope)
    if link.first is None and last < 0:
        message = f"`repeat {link.last.span.text}` is a negative number of times: {last}"
        raise ArchError([Diagnostic("E405", message, link.last.span)])
    if last - first >= MAX_REPEAT:
        message = f"{last - first + 1:,} repetitions are more than {MAX_REPEAT:,}"
        raise ArchError([Diagnostic("E005", message, link.last.span)])
    return first, last


def _count(expression: ast.Expression, scope: Scope) -> int:
    try:
        value = evaluate(expression, scope)
    except ShapeUnknownError as error:
        raise ArchError([_topology(expression, error)]) from None
    if isinstance(value, bool) or not isinstance(value, int):
        message = f"`{expression.span.text}` is not a whole number of times"
        raise ArchError([Diagnostic("E404", message, expression.span)])
    return value


def _topology(expression: ast.Expression, error: ShapeUnknownError) -> Diagnostic:
    """E309: what is built cannot depend on the shapes of what is built."""
    labels = () if error.span == expression.span else (Label(error.span, "asks for a shape"),)
    return Diagnostic(
        "E309",
        f"`{expression.span.text}` depends on the shape of a tensor; "
        "repeats and conditions depend on parameters only",
        expression.span,
        labels=labels,
        help="pass the number as a parameter",
    )
