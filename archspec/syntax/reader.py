"""Runs the stages of parsing: layout, grammar, AST; goes on after a syntax error."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from lark.exceptions import UnexpectedInput

from archspec.errors import Diagnostic
from archspec.source import Source, Span
from archspec.syntax import ast
from archspec.syntax.branch import Branch, trees
from archspec.syntax.build import Page, definition
from archspec.syntax.docs import Docs
from archspec.syntax.expressions import span_of
from archspec.syntax.grammar import load_grammar
from archspec.syntax.scanner import MAX_NESTING, MAX_WORDS, lay_out
from archspec.syntax.syntax_errors import NO_BODY, OUTSIDE, explain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archspec.errors import Diagnostics
    from archspec.syntax.layout import Layout

# Operators without brackets nest too: `1 + 1 + 1`, `else if … else if`. Two calls a level.
MAX_DEPTH = 256
_MOST_ERRORS = 20


def read(source: Source) -> ast.File:
    """Parse a text of a bearable size; see `archspec.syntax.parse`."""
    layout = lay_out(source)
    docs = Docs(source, layout.comments)
    if layout.too_deep is not None:
        place = Span(source, layout.too_deep, layout.too_deep + 1)
        return ast.File(source, (), diagnostics=(_too_deep(place, MAX_NESTING),))
    if layout.too_long is not None:
        return ast.File(source, (), diagnostics=(_too_long(source, layout.too_long),))
    if not layout.text().strip() and not layout.faults:
        return ast.File(source, (), docs.rest(), (_empty(source),))
    tree, faults = _parse(layout)
    page = Page(source, docs)
    definitions, deep = [], []
    for child in trees(tree) if tree else []:
        if too_deep := _deeper_than_allowed(child, source):
            deep.append(_too_deep(too_deep, MAX_DEPTH))
        else:
            definitions.append(definition(page, child))
    diagnostics = _in_order([*layout.faults, *faults, *deep], page.faults)
    return ast.File(source, tuple(definitions), docs.rest(), diagnostics)


def _parse(layout: Layout) -> tuple[Branch | None, list[Diagnostic]]:
    """The tree of all that can be read, and what cannot: blank it and try again."""
    faults: list[Diagnostic] = []
    while len(faults) < _MOST_ERRORS:
        code = layout.text()
        try:
            return cast("Branch", load_grammar().parse(code)), faults
        except UnexpectedInput as error:
            diagnostic, culprit = explain(error, code, layout.source)
            faults.append(diagnostic)
            if not layout.blank_line(culprit):
                break
    return None, faults


def _deeper_than_allowed(tree: Branch, source: Source) -> Span | None:
    """The first node below `MAX_DEPTH` levels; without recursion, that is the point."""
    level = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for parent in level for child in trees(parent)]
        if not level:
            return None
    return span_of(level[0], source)


def _in_order(certain: list[Diagnostic], possible: list[Diagnostic]) -> Diagnostics:
    """All diagnostics by place, without those that only echo what was blanked."""
    places = [d.primary for d in certain if d.primary]
    echoless = [d for d in possible if not any(_covers(d.primary, place) for place in places)]
    return tuple(_once_a_run(sorted([*certain, *echoless], key=_place)))


def _once_a_run(found: list[Diagnostic]) -> Iterator[Diagnostic]:
    """Without what only follows, line by line, from a body that is not opened.

    Its statements then stand outside, and its end closes nothing.
    """
    last, bodiless = 0, False
    for diagnostic in found:
        place = diagnostic.primary
        if place is None:
            yield diagnostic
            continue
        between = range(last + 1, place.location.line)
        follows = last > 0 and not any(place.source.line(line).strip() for line in between)
        its_end = bodiless and diagnostic.code == "E103"
        if not follows or not (its_end or diagnostic.help == OUTSIDE):
            yield diagnostic
            bodiless = (diagnostic.help or "").endswith(NO_BODY)
        bodiless = bodiless and not its_end
        last = place.location.line


def _place(diagnostic: Diagnostic) -> tuple[int, str]:
    return diagnostic.primary.start if diagnostic.primary else 0, diagnostic.code


def _covers(outer: Span | None, inner: Span) -> bool:
    return outer is not None and outer.start <= inner.start <= outer.end


def _too_deep(place: Span, limit: int) -> Diagnostic:
    return Diagnostic(
        "E005",
        f"nested deeper than {limit} levels",
        place,
        help="move the inner part into a block or a `let`",
        values={"limit": limit},
    )


def _too_long(source: Source, offset: int) -> Diagnostic:
    return Diagnostic(
        "E005",
        f"`{source.name}` has more than {MAX_WORDS:,} words, numbers and marks",
        Span(source, offset, offset + 1),
        help="say what repeats with `repeat` or a block, or divide the file",
        values={"limit": MAX_WORDS},
    )


def _empty(source: Source) -> Diagnostic:
    return Diagnostic(
        "E113",
        "the file defines nothing",
        Span(source, 0, 0),
        help='start with `arch Name "title" { … }`',
    )
