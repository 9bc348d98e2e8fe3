"""Small slips in a spec, made on its tree: each a text that differs in one place."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise
from typing import TYPE_CHECKING

from archspec.syntax import ast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archspec.source import Span

NAMED = ("drop pad", "swap stride", "transpose table", "5 to 3")  # each has to be caught
_WINDOWS = ("conv", "conv_transpose", "maxpool", "avgpool", "l2pool", "subsample")


@dataclass(frozen=True)
class Mutant:
    """A spec with one slip.

    Args:
        kind: what was done.
        place: line and column.
        was: the text there.
        text: the whole file.
    """

    kind: str
    place: str
    was: str
    text: str


def mutants(file: ast.File) -> Iterator[Mutant]:
    """Every mutant of a file, kind by kind as they stand in the text."""
    for item in file.definitions:
        if isinstance(item, ast.Table):
            yield from _table(item)
        if isinstance(item, ast.Block | ast.Arch):
            for node in _nodes(item):
                yield from _of_node(node)


def _nodes(node: ast.Node) -> Iterator[ast.Node]:
    """A node and all below it but expectations and recipes, in order."""
    if isinstance(node, ast.Expect | ast.Train):
        return
    yield node
    for each in fields(node):
        value = getattr(node, each.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, ast.Node):
                yield from _nodes(part)


def _of_node(node: ast.Node) -> Iterator[Mutant]:
    if isinstance(node, ast.Call | ast.Apply):
        yield from _arguments(node.arguments)
    if isinstance(node, ast.Call):
        yield from _call(node)
    elif isinstance(node, ast.Statement):
        yield from _statement(node)
    elif isinstance(node, ast.Repeat):
        for new in _neighbours(node.last):
            yield _at(node.last.span, new, "repeat by one")


def _call(call: ast.Call) -> Iterator[Mutant]:
    """What the arguments of an operator mean by their place."""
    plain = [item.value for item in call.arguments if item.name is None]
    windowed = call.name.name in _WINDOWS
    kernel = int(call.name.name.startswith("conv"))
    if windowed and len(plain) > kernel:
        yield from _kernel(plain[kernel])
    if plain and call.name.name in ("conv", "linear", "conv_transpose", "rbf"):
        for new in _neighbours(plain[0]):
            yield _at(plain[0].span, new, "channels by one")
    for left, right in pairwise(plain):
        if left != right:
            span = left.span.to(right.span)
            between = span.source.text[left.span.end : right.span.start]
            yield _at(span, f"{right.span.text}{between}{left.span.text}", "swap neighbours")


def _kernel(value: ast.Expression) -> Iterator[Mutant]:
    swaps = {"5": ("3", "5 to 3"), "5x5": ("3x3", "5 to 3")}
    swaps |= {"3": ("5", "3 to 5"), "3x3": ("5x5", "3 to 5")}
    if value.span.text in swaps:
        yield _at(value.span, *swaps[value.span.text])


def _arguments(arguments: tuple[ast.Argument, ...]) -> Iterator[Mutant]:
    for argument in arguments:
        name, value = argument.name.name if argument.name else "", argument.value
        if name == "pad":
            yield _without(argument, "drop pad")
            for new in _neighbours(value):
                yield _at(value.span, new, "pad by one")
        elif name == "stride":
            if value.span.text in ("1", "2"):
                yield _at(value.span, "2" if value.span.text == "1" else "1", "swap stride")
            yield _without(argument, "drop stride")
        elif name in ("groups", "bias"):
            yield _without(argument, f"drop {name}")


def _statement(item: ast.Statement) -> Iterator[Mutant]:
    """A statement without one link that is not its first."""
    for before, link in pairwise(item.links):
        if isinstance(link, ast.Call) and link.lanes is None:
            source, end = link.span.source, link.span.end
            text = source.text[: before.span.end] + source.text[end:]
            kind = f"drop {link.name.name}" if link.name.name in ("relu", "bn") else "drop link"
            yield Mutant(kind, _place(link.span), link.span.text, text)


def _table(table: ast.Table) -> Iterator[Mutant]:
    """Rows for columns; a table that is its own transpose has no such slip."""
    cells = [tuple(cell.text for cell in row.cells) for row in table.rows]
    columns = list(zip(*cells, strict=True))
    if columns == cells:
        return
    rows = "\n".join(map(" ".join, columns))
    span = table.rows[0].span.to(table.rows[-1].span)
    yield _at(span, rows, "transpose table")


def _neighbours(value: ast.Expression) -> Iterator[str]:
    """One more and one less than a written number."""
    if isinstance(value, ast.Number) and value.text.isdigit():
        yield str(int(value.text) + 1)
        if int(value.text) > 1:
            yield str(int(value.text) - 1)


def _without(argument: ast.Argument, kind: str) -> Mutant:
    """The call without this argument, and without the comma before or behind it."""
    span = argument.span
    text, start, end = span.source.text, span.start, span.end
    before = text[:start].rstrip()
    if before.endswith(","):
        start = len(before) - 1
    else:
        behind = text[end:].lstrip()
        end = len(text) - len(behind.removeprefix(",").lstrip())
    return Mutant(kind, _place(span), span.text, text[:start] + text[end:])


def _at(span: Span, new: str, kind: str) -> Mutant:
    text = span.source.text
    return Mutant(kind, _place(span), span.text, text[: span.start] + new + text[span.end :])


def _place(span: Span) -> str:
    return f"{span.location.line}:{span.location.column}"
