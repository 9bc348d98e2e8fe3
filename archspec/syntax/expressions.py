"""Lark trees of expressions to AST nodes; no name is looked up, no number computed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from archspec.source import Source, Span
from archspec.syntax import ast
from archspec.syntax.branch import Branch, tokens, trees

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lark import Token

_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


def span_of(node: Branch | Token, source: Source) -> Span:
    """Where a tree or token stands; closing braces that are missing stand at the end."""
    if isinstance(node, Branch):
        start, end = node.start, node.end
    else:
        start, end = cast("int", node.start_pos), cast("int", node.end_pos)
    last = len(source.text)
    return Span(source, start, end) if end <= last else Span(source, min(start, last), last)


def ident(token: Token, source: Source) -> ast.Ident:
    """A name from its token."""
    return ast.Ident(str(token), span=span_of(token, source))


def expression(tree: Branch, source: Source) -> ast.Expression:
    """Any expression."""
    return _EXPRESSIONS[tree.data](tree, source)


def number(tree: Branch, source: Source) -> ast.Number:
    """A number as written."""
    return ast.Number(str(tree.children[0]), span=span_of(tree, source))


def text(tree: Branch, source: Source) -> ast.Text:
    """A quoted text; a backslash before any other character stands for itself."""
    inner = str(tree.children[0])[1:-1]
    value = _ESCAPE.sub(lambda match: _ESCAPES.get(match[1], match[0]), inner)
    return ast.Text(value, span=span_of(tree, source))


def reference(tree: Branch, source: Source) -> ast.Reference:
    """`@name`."""
    return ast.Reference(str(tree.children[0]), span=span_of(tree, source))


def apply(tree: Branch, source: Source) -> ast.Apply:
    """`name(arguments)`, or a family's base without arguments."""
    function = ident(tokens(tree)[0], source)
    values = arguments(trees(tree)[0], source) if trees(tree) else ()
    return ast.Apply(function, values, span=span_of(tree, source))


def arguments(tree: Branch, source: Source) -> tuple[ast.Argument, ...]:
    """What stands between the parentheses of a call."""
    return tuple(_argument(child, source) for child in trees(tree))


def _argument(tree: Branch, source: Source) -> ast.Argument:
    name = ident(tokens(tree)[0], source) if tokens(tree) else None
    value = expression(trees(tree)[0], source)
    return ast.Argument(name, value, span=span_of(tree, source))


def _boolean(tree: Branch, source: Source) -> ast.Boolean:
    return ast.Boolean(tree.children[0] == "true", span=span_of(tree, source))


def _size(tree: Branch, source: Source) -> ast.Size:
    sides = re.split("[x×]", str(tree.children[0]))
    return ast.Size(tuple(map(int, sides)), span=span_of(tree, source))


def _name(tree: Branch, source: Source) -> ast.Name:
    return ast.Name(str(tree.children[0]), span=span_of(tree, source))


def _enclosed(tree: Branch, source: Source) -> ast.Expression:
    return expression(trees(tree)[0], source)


def _sequence(tree: Branch, source: Source) -> ast.Sequence:
    items = tuple(expression(item, source) for item in trees(tree))
    return ast.Sequence(items, span=span_of(tree, source))


def _unary(tree: Branch, source: Source) -> ast.Unary:
    operator = str(tokens(tree)[0])
    return ast.Unary(operator, expression(trees(tree)[0], source), span=span_of(tree, source))


def _binary(tree: Branch, source: Source) -> ast.Binary:
    left, right = trees(tree)
    operator = str(tokens(tree)[0])
    return ast.Binary(
        operator, expression(left, source), expression(right, source), span=span_of(tree, source)
    )


def _conditional(tree: Branch, source: Source) -> ast.Conditional:
    then, condition, otherwise = trees(tree)
    return ast.Conditional(
        expression(condition, source),
        expression(then, source),
        expression(otherwise, source),
        span=span_of(tree, source),
    )


def _subscript(tree: Branch, source: Source) -> ast.Subscript:
    value, index = trees(tree)
    return ast.Subscript(
        expression(value, source), expression(index, source), span=span_of(tree, source)
    )


def _attribute(tree: Branch, source: Source) -> ast.Attribute:
    value = expression(trees(tree)[0], source)
    return ast.Attribute(value, ident(tokens(tree)[0], source), span=span_of(tree, source))


_EXPRESSIONS: Mapping[str, Callable[[Branch, Source], ast.Expression]] = {
    "number": number,
    "size": _size,
    "text": text,
    "boolean": _boolean,
    "name": _name,
    "reference": reference,
    "enclosed": _enclosed,
    "sequence": _sequence,
    "apply": apply,
    "unary": _unary,
    "binary": _binary,
    "conditional": _conditional,
    "subscript": _subscript,
    "attribute": _attribute,
}
