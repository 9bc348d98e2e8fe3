"""What to say about mistakes a grammar lets pass: reserved names, empty bodies, uneven rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.errors import Diagnostic, Label

if TYPE_CHECKING:
    from archspec.source import Span
    from archspec.syntax import ast

VALUE_WORDS = frozenset({"in", "true", "false", "not", "and", "or", "if", "else"})
LINE_WORDS = frozenset({"head", "output", "input", "expect", "train", "repeat", "if"})


def reserved(name: ast.Ident, *, starts_line: bool) -> Diagnostic | None:
    """E110 if a name could never be used: it always means something else."""
    if name.name not in VALUE_WORDS and not (starts_line and name.name in LINE_WORDS):
        return None
    return reserved_word(name.span)


def reserved_word(span: Span) -> Diagnostic:
    """E110: a word of the language stands where a name should."""
    word = span.text
    return Diagnostic(
        "E110",
        f"`{word}` is a word of the language and cannot be a name",
        span,
        help=f"choose another name, such as `{word}_`",
    )


def reserved_cite(name: ast.Ident) -> Diagnostic | None:
    """E110 if a cite takes the word that means "worked out here"."""
    return reserved_word(name.span) if name.name == "derived" else None


def empty(span: Span, what: str) -> Diagnostic:
    """E114: nothing between braces, or after the bar of a lane."""
    return Diagnostic(
        "E114",
        f"{what} is empty" if "`" in what else f"this {what} is empty",
        span,
        help="write `identity` to pass the data on unchanged",
    )


def uneven(table: str, rows: tuple[ast.Row, ...]) -> Diagnostic | None:
    """E115 for the first row that is not as wide as the first one."""
    for index, row in enumerate(rows):
        width, first = len(row.cells), len(rows[0].cells)
        if width != first:
            return Diagnostic(
                "E115",
                f"row {index + 1} of table `{table}` has {width} entries, row 1 has {first}",
                row.span,
                f"{width} entries",
                labels=(Label(rows[0].span, f"{first} entries"),),
                values={"row": index + 1, "width": width, "expected": first},
            )
    return None
