"""Lark trees of definitions and statements to AST nodes; checks what a grammar cannot."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archspec.source import Span
from archspec.syntax import ast
from archspec.syntax import tree_errors as errors
from archspec.syntax.branch import tokens, trees
from archspec.syntax.expressions import (
    apply,
    arguments,
    expression,
    ident,
    number,
    reference,
    span_of,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lark import Token

    from archspec.errors import Diagnostic
    from archspec.source import Source
    from archspec.syntax.branch import Branch
    from archspec.syntax.docs import Docs


@dataclass(frozen=True, slots=True)
class Page:
    """The text that nodes are built for; `faults` collects what is wrong with them."""

    source: Source
    docs: Docs
    faults: list[Diagnostic] = field(default_factory=list)


def definition(page: Page, tree: Branch) -> ast.Definition:
    """Anything at top level."""
    return _DEFINITIONS[tree.data](page, tree)


# --- small parts


def _span(page: Page, node: Branch | Token) -> Span:
    return span_of(node, page.source)


def _doc(page: Page, tree: Branch) -> str:
    return page.docs.above(_span(page, tree).start)


def _declared(page: Page, token: Token, *, starts_line: bool = False) -> ast.Ident:
    """A name that is given here; `starts_line` if statements may begin with it."""
    name = ident(token, page.source)
    if fault := errors.reserved(name, starts_line=starts_line):
        page.faults.append(fault)
    return name


def _named(page: Page, tree: Branch) -> ast.Ident:
    return _declared(page, tokens(tree)[0])


def _filled(page: Page, tree: Branch, what: str, *, is_empty: bool) -> None:
    if is_empty:
        page.faults.append(errors.empty(_span(page, tree), what))


def _optional(page: Page, tree: Branch) -> ast.Expression | None:
    """The only expression of a tree, if it has one."""
    return expression(trees(tree)[0], page.source) if trees(tree) else None


# --- top level


def _import(page: Page, tree: Branch) -> ast.Import:
    file, *names = trees(tree)
    pairs = tuple(_import_name(page, name) for name in names)
    return ast.Import(text(file, page.source), pairs, span=_span(page, tree))


def _import_name(page: Page, tree: Branch) -> ast.ImportName:
    name, *alias = tokens(tree)
    renamed = _declared(page, alias[0], starts_line=True) if alias else None
    return ast.ImportName(ident(name, page.source), renamed, span=_span(page, tree))


def _cite(page: Page, tree: Branch) -> ast.Cite:
    name = _named(page, tree)
    if fault := errors.reserved_cite(name):
        page.faults.append(fault)
    entries = _entries(page, trees(tree)[0])
    return ast.Cite(name, entries, _doc(page, tree), span=_span(page, tree))


def _let(page: Page, tree: Branch) -> ast.Let:
    value = expression(trees(tree)[0], page.source)
    return ast.Let(_named(page, tree), value, span=_span(page, tree))


def _table(page: Page, tree: Branch) -> ast.Table:
    name = _named(page, tree)
    rows = tuple(_row(page, row) for row in trees(tree))
    _filled(page, tree, f"table `{name.name}`", is_empty=not rows)
    if fault := errors.uneven(name.name, rows):
        page.faults.append(fault)
    return ast.Table(name, rows, _doc(page, tree), span=_span(page, tree))


def _row(page: Page, tree: Branch) -> ast.Row:
    cells = tuple(ast.Cell(str(cell), span=_span(page, cell)) for cell in tokens(tree))
    return ast.Row(cells, span=_span(page, tree))


def _block(page: Page, tree: Branch) -> ast.Block:
    name = _declared(page, tokens(tree)[0], starts_line=True)
    parameters, body = _parameters(page, tree), trees(tree)[-1]
    content = _body(page, body, f"block `{name.name}`")
    return ast.Block(name, parameters, content, _doc(page, tree), span=_span(page, tree))


def _parameters(page: Page, tree: Branch) -> tuple[ast.Parameter, ...]:
    found = [child for child in trees(tree) if child.data == "parameters"]
    return tuple(_parameter(page, child) for part in found for child in trees(part))


def _parameter(page: Page, tree: Branch) -> ast.Parameter:
    return ast.Parameter(_named(page, tree), _optional(page, tree), span=_span(page, tree))


def _arch(page: Page, tree: Branch) -> ast.Arch:
    return ast.Arch(
        name=_declared(page, tokens(tree)[0], starts_line=True),
        parameters=_parameters(page, tree),
        title=_title(page, tree),
        base=None,
        body=_body(page, trees(tree)[-1], ""),
        doc=_doc(page, tree),
        span=_span(page, tree),
    )


def _variant(page: Page, tree: Branch) -> ast.Arch:
    parts = {child.data: child for child in trees(tree)}
    return ast.Arch(
        name=_declared(page, tokens(tree)[0], starts_line=True),
        parameters=(),
        title=_title(page, tree),
        base=apply(parts["base"], page.source),
        body=_body(page, parts["body"], "") if "body" in parts else None,
        doc=_doc(page, tree),
        span=_span(page, tree),
    )


def _title(page: Page, tree: Branch) -> str:
    titles = [text(child, page.source) for child in trees(tree) if child.data == "text"]
    return titles[0].value if titles else ""


def _recipe(page: Page, tree: Branch) -> ast.Train:
    name, arch = (ident(token, page.source) for token in tokens(tree))
    return ast.Train(_entries(page, trees(tree)[0]), name, arch, span=_span(page, tree))


def _entries(page: Page, tree: Branch) -> tuple[ast.Entry, ...]:
    return tuple(_entry(page, child) for child in trees(tree))


def _entry(page: Page, tree: Branch) -> ast.Entry:
    value = expression(trees(tree)[0], page.source)
    return ast.Entry(ident(tokens(tree)[0], page.source), value, span=_span(page, tree))


# --- bodies


def _body(page: Page, tree: Branch, what: str) -> ast.Body:
    """What stands between braces; `what` names it if it must not be empty."""
    if what:
        _filled(page, tree, what, is_empty=not tree.children)
    items = tuple(_ITEMS[child.data](page, child) for child in trees(tree))
    return ast.Body(items, span=_span(page, tree))


def _input(page: Page, tree: Branch) -> ast.Input:
    name = _declared(page, tokens(tree)[0], starts_line=True) if tokens(tree) else None
    shape = expression(trees(tree)[0], page.source)
    return ast.Input(name, shape, _doc(page, tree), span=_span(page, tree))


def _output(page: Page, tree: Branch) -> ast.Output:
    names = tuple(reference(child, page.source) for child in trees(tree))
    return ast.Output(names, span=_span(page, tree))


def _head(page: Page, tree: Branch) -> ast.Head:
    name = _declared(page, tokens(tree)[0], starts_line=True)
    *given, body = trees(tree)
    values = arguments(given[0], page.source) if given else ()
    content = _body(page, body, f"head `{name.name}`")
    return ast.Head(name, values, content, _doc(page, tree), span=_span(page, tree))


def _train(page: Page, tree: Branch) -> ast.Train:
    return ast.Train(_entries(page, trees(tree)[0]), span=_span(page, tree))


def _expect(page: Page, tree: Branch) -> ast.Expect:
    lines = tuple(_expectation(page, child) for child in trees(tree))
    return ast.Expect(lines, span=_span(page, tree))


def _expectation(page: Page, tree: Branch) -> ast.Expectation:
    path, comparison = tokens(tree)
    value, *clauses = trees(tree)
    parts = {child.data: child for child in clauses}
    within, origin = parts.get("within"), parts.get("origin")
    return ast.Expectation(
        target=_path(page, path),
        comparison=str(comparison),
        value=expression(value, page.source),
        within=number(trees(within)[0], page.source) if within else None,
        cite=ident(tokens(origin)[0], page.source) if origin else None,
        place=_text_in(page, origin),
        note=_text_in(page, parts.get("note")),
        disputed=_text_in(page, parts.get("disputed")),
        span=_span(page, tree),
    )


def _path(page: Page, path: Token) -> tuple[ast.Ident, ...]:
    start = _span(page, path).start
    return tuple(
        ast.Ident(word[0], span=Span(page.source, start + word.start(), start + word.end()))
        for word in re.finditer(r"\w+", path)
    )


def _text_in(page: Page, tree: Branch | None) -> str | None:
    inner = trees(tree) if tree else []
    return text(inner[0], page.source).value if inner else None


# --- statements


def _statement(page: Page, tree: Branch) -> ast.Statement:
    label: ast.Ident | None = None
    links: list[ast.Link] = []
    shape: ast.Expression | None = None
    tags: tuple[ast.Tag, ...] = ()
    for child in trees(tree):
        if child.data == "label":
            label = _declared(page, tokens(child)[0], starts_line=True)
        elif child.data in _LINKS:
            links.append(_LINKS[child.data](page, child))
        elif child.data == "tags":
            tags = tuple(_tag(page, tag) for tag in trees(child))
        else:
            shape = expression(child, page.source)
    assert shape is None or isinstance(shape, ast.Size | ast.Number | ast.Sequence)
    doc = _doc(page, tree)
    return ast.Statement(label, tuple(links), shape, tags, doc, span=_span(page, tree))


def _tag(page: Page, tree: Branch) -> ast.Tag:
    name = ident(tokens(tree)[0], page.source)
    return ast.Tag(name, _optional(page, tree), span=_span(page, tree))


def _call(page: Page, tree: Branch) -> ast.Call:
    name = ident(tokens(tree)[0], page.source)
    parts = {child.data: child for child in trees(tree)}
    values = arguments(parts["arguments"], page.source) if "arguments" in parts else ()
    lanes = _lanes(page, parts["lanes"], name.name) if "lanes" in parts else None
    return ast.Call(name, values, lanes, span=_span(page, tree))


def _lanes(page: Page, tree: Branch, merge: str) -> tuple[ast.Statement, ...]:
    _filled(page, tree, f"`{merge}`", is_empty=not tree.children)
    for lane in trees(tree):
        _filled(page, lane, "lane", is_empty=not lane.children)
    return tuple(_statement(page, each) for lane in trees(tree) for each in trees(lane))


def _group(page: Page, tree: Branch) -> ast.Group:
    return ast.Group(_body(page, trees(tree)[0], "group"), span=_span(page, tree))


def _reference(page: Page, tree: Branch) -> ast.Reference:
    return reference(tree, page.source)


def _repeat(page: Page, tree: Branch) -> ast.Repeat:
    *bounds, body = trees(tree)
    values = [expression(child, page.source) for child in bounds]
    variable = _named(page, tree) if tokens(tree) else None
    first = values[0] if variable else None
    content = _body(page, body, "repeat")
    return ast.Repeat(variable, first, values[-1], content, span=_span(page, tree))


def _if(page: Page, tree: Branch) -> ast.If:
    condition, then, *rest = trees(tree)
    otherwise = _else(page, trees(rest[0])[0]) if rest else None
    return ast.If(
        expression(condition, page.source),
        _body(page, then, "if"),
        otherwise,
        span=_span(page, tree),
    )


def _else(page: Page, tree: Branch) -> ast.Body:
    if tree.data == "body":
        return _body(page, tree, "else")
    link = _if(page, tree)
    statement = ast.Statement(None, (link,), span=link.span)
    return ast.Body((statement,), span=link.span)


_DEFINITIONS: Mapping[str, Callable[[Page, Branch], ast.Definition]] = {
    "import_": _import,
    "cite": _cite,
    "let": _let,
    "table": _table,
    "block": _block,
    "arch": _arch,
    "variant": _variant,
    "recipe": _recipe,
}
_ITEMS: Mapping[str, Callable[[Page, Branch], ast.Item]] = {
    "statement": _statement,
    "input": _input,
    "output": _output,
    "head": _head,
    "expect": _expect,
    "train": _train,
}
_LINKS: Mapping[str, Callable[[Page, Branch], ast.Link]] = {
    "call": _call,
    "reference": _reference,
    "group": _group,
    "repeat": _repeat,
    "count": _repeat,
    "if_": _if,
}
