"""A tree of a spec as text: the inverse of the parser, in the plainest layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.syntax import ast

if TYPE_CHECKING:
    from collections.abc import Iterable


def printed(node: object) -> str:
    """The text of a file."""
    assert isinstance(node, ast.File)
    return "".join(f"{_definition(item)}\n" for item in node.definitions)


def expression(node: ast.Expression) -> str:  # noqa: C901, PLR0911  # one case a node
    """The text of a value; every operator with its sides in brackets of its own."""
    match node:
        case ast.Number():
            return node.text
        case ast.Boolean():
            return str(node.value).lower()
        case ast.Text():
            return _text(node.value)
        case ast.Size():
            return "x".join(map(str, node.sides))
        case ast.Name():
            return node.name
        case ast.Reference():
            return f"@{node.name}"
        case ast.Sequence():
            return f"[{_joined(map(expression, node.items))}]"
        case ast.Apply():
            return f"{node.function.name}({_arguments(node.arguments)})"
        case _:
            return f"({_operation(node)})"


def _operation(
    node: ast.Unary | ast.Binary | ast.Conditional | ast.Subscript | ast.Attribute,
) -> str:
    match node:
        case ast.Unary():
            return f"{node.operator} {expression(node.operand)}"
        case ast.Binary():
            return f"{expression(node.left)} {node.operator} {expression(node.right)}"
        case ast.Conditional():
            sides = expression(node.then), expression(node.condition), expression(node.otherwise)
            return "{} if {} else {}".format(*sides)
        case ast.Subscript():
            return f"{expression(node.value)}[{expression(node.index)}]"
        case ast.Attribute():
            return f"{expression(node.value)}.{node.name.name}"


def _text(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _joined(parts: Iterable[str]) -> str:
    return ", ".join(parts)


def _arguments(arguments: Iterable[ast.Argument]) -> str:
    return _joined(
        (f"{item.name.name}=" if item.name else "") + expression(item.value) for item in arguments
    )


def _link(node: ast.Link) -> str:
    match node:
        case ast.Call():
            lanes = "".join(f"\n| {_statement(lane)}" for lane in node.lanes or ())
            brackets = f"({_arguments(node.arguments)})" if node.arguments else ""
            return f"{node.name.name}{brackets}" + (f" {{{lanes}\n}}" if node.lanes else "")
        case ast.Reference():
            return f"@{node.name}"
        case ast.Group():
            return _body(node.body)
        case ast.Repeat():
            over = f"{node.variable.name} in " if node.variable else ""
            first = f"{expression(node.first)}.." if node.first else ""
            return f"repeat {over}{first}{expression(node.last)} {_body(node.body)}"
        case ast.If():
            otherwise = f" else {_body(node.otherwise)}" if node.otherwise else ""
            return f"if {expression(node.condition)} {_body(node.then)}{otherwise}"


def _statement(node: ast.Statement) -> str:
    label = f"{node.label.name}: " if node.label else ""
    shape = f" => {expression(node.shape)}" if node.shape else ""
    tags = _joined(
        tag.name.name + (f"={expression(tag.value)}" if tag.value else "") for tag in node.tags
    )
    return f"{label}{' -> '.join(map(_link, node.links))}{shape}" + (f" [{tags}]" if tags else "")


def _body(node: ast.Body) -> str:
    return "{\n" + "".join(f"{_item(item)}\n" for item in node.items) + "}"


def _item(node: ast.Item) -> str:
    match node:
        case ast.Statement():
            return _statement(node)
        case ast.Input():
            return "input " + (f"{node.name.name}: " if node.name else "") + expression(node.shape)
        case ast.Output():
            return f"output {_joined(map(_link, node.references))}"
        case ast.Head():
            return f"head {node.name.name}({_arguments(node.arguments)}) {_body(node.body)}"
        case ast.Expect():
            return "expect {\n" + "".join(f"{_claim(item)}\n" for item in node.expectations) + "}"
        case ast.Train():
            return f"train {_entries(node.entries)}"


def _claim(node: ast.Expectation) -> str:
    target = ".".join(word.name for word in node.target)
    within = f" within {node.within.text}%" if node.within else ""
    source = f" from {node.cite.name}" if node.cite else ""
    source += f" {_text(node.place)}" if node.cite and node.place is not None else ""
    note = f" note {_text(node.note)}" if node.note is not None else ""
    disputed = f" disputed {_text(node.disputed)}" if node.disputed is not None else ""
    claim = f"{target} {node.comparison} {expression(node.value)}"
    return f"{claim}{within}{source}{note}{disputed}"


def _entries(entries: Iterable[ast.Entry]) -> str:
    return "{\n" + "".join(f"{e.key.name} = {expression(e.value)}\n" for e in entries) + "}"


def _parameters(parameters: Iterable[ast.Parameter]) -> str:
    return _joined(
        item.name.name + (f"={expression(item.default)}" if item.default else "")
        for item in parameters
    )


def _definition(node: ast.Definition) -> str:  # noqa: PLR0911  # one case a node
    match node:
        case ast.Import():
            names = (n.name.name + (f" as {n.alias.name}" if n.alias else "") for n in node.names)
            return f"from {_text(node.file.value)} import {_joined(names)}"
        case ast.Cite():
            return f"cite {node.name.name} {_entries(node.entries)}"
        case ast.Let():
            return f"let {node.name.name} = {expression(node.value)}"
        case ast.Table():
            rows = "\n".join(" ".join(cell.text for cell in row.cells) for row in node.rows)
            return f"table {node.name.name} {{\n{rows}\n}}"
        case ast.Block():
            return f"block {node.name.name}({_parameters(node.parameters)}) {_body(node.body)}"
        case ast.Arch():
            return _arch(node)
        case ast.Train():
            assert node.name
            assert node.arch
            return f"train {node.name.name} for {node.arch.name} {_entries(node.entries)}"


def _arch(node: ast.Arch) -> str:
    title = f" {_text(node.title)}" if node.title else ""
    parameters = f"({_parameters(node.parameters)})" if node.parameters else ""
    base = f" = {expression(node.base)}" if node.base else ""
    body = f" {_body(node.body)}" if node.body else ""
    return f"arch {node.name.name}{parameters}{title}{base}{body}"
