"""What a file defines, by name: values, blocks, archs, cites. Finds double names."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from archspec.errors import ArchError, Diagnostic, Label
from archspec.ops import BY_NAME, Table
from archspec.ops.fields import WORDS
from archspec.schema.values import Scope, Value, evaluate, number
from archspec.syntax import ast

if TYPE_CHECKING:
    from archspec.source import Span


@dataclass
class Definitions:
    """The definitions of one file, and the problems found while collecting them."""

    blocks: dict[str, ast.Block] = field(default_factory=dict)
    archs: dict[str, ast.Arch] = field(default_factory=dict)
    cites: dict[str, ast.Cite] = field(default_factory=dict)
    tables: dict[str, ast.Table] = field(default_factory=dict)
    lets: dict[str, ast.Let] = field(default_factory=dict)
    recipes: list[ast.Train] = field(default_factory=list)
    values: dict[str, Value] = field(default_factory=dict)
    imported: set[str] = field(default_factory=set)
    problems: list[Diagnostic] = field(default_factory=list)

    @property
    def scope(self) -> Scope:
        """The values that every body sees."""
        return Scope(self.values, WORDS)


def collect(file: ast.File) -> Definitions:
    """The definitions of `file`. A name already taken is reported and its later use left out."""
    found = Definitions()
    calls = dict[str, ast.Ident]()  # operators, blocks and archs share one name space,
    values = dict[str, ast.Ident]()  # `let` and tables another, cites a third
    cites = dict[str, ast.Ident]()
    shelves: dict[type[ast.Definition], tuple[dict[str, ast.Ident], dict[str, Any]]] = {
        ast.Block: (calls, found.blocks),
        ast.Arch: (calls, found.archs),
        ast.Table: (values, found.tables),
        ast.Let: (values, found.lets),
        ast.Cite: (cites, found.cites),
    }
    for definition in file.definitions:
        if isinstance(definition, ast.Train):
            found.recipes.append(definition)
        elif isinstance(definition, ast.Import):
            found.problems.append(not_yet("`from … import`", definition.span))
            found.imported |= {(item.alias or item.name).name for item in definition.names}
        else:
            taken, shelf = shelves[type(definition)]
            if _free(definition.name, taken, found.problems):
                shelf[definition.name.name] = definition
    found.problems += [_operator_name(name) for name in calls.values() if name.name in BY_NAME]
    found.problems += [_word(name) for name in values.values() if name.name in WORDS]
    found.problems += [p for block in found.blocks.values() for p in _parameters(block)]
    found.problems += [p for arch in found.archs.values() for p in _parameters(arch)]
    found.values |= {name: _table(table) for name, table in found.tables.items()}
    found.problems += _evaluate_lets(found)
    return found


def _free(name: ast.Ident, taken: dict[str, ast.Ident], problems: list[Diagnostic]) -> bool:
    """Whether the name is free, which it then no longer is; otherwise report it."""
    first = taken.setdefault(name.name, name)
    if first is name:
        return True
    problems.append(defined_twice(name, first))
    return False


def defined_twice(name: ast.Ident, first: ast.Ident) -> Diagnostic:
    """E203 with both places."""
    labels = (Label(first.span, "first here"),)
    return Diagnostic("E203", f"`{name.name}` is defined twice", name.span, labels=labels)


def _parameters(definition: ast.Block | ast.Arch) -> list[Diagnostic]:
    """Parameters of one name, or of the name of a word."""
    taken, problems = dict[str, ast.Ident](), list[Diagnostic]()
    for parameter in definition.parameters:
        if _free(parameter.name, taken, problems) and parameter.name.name in WORDS:
            problems.append(_word(parameter.name))
    return problems


def _word(name: ast.Ident) -> Diagnostic:
    message = f"`{name.name}` is a word that arguments use"
    return Diagnostic("E203", message, name.span, help="choose another name")


def _operator_name(name: ast.Ident) -> Diagnostic:
    message = f"`{name.name}` is already an operator"
    return Diagnostic("E203", message, name.span, help="choose another name")


def not_yet(what: str, span: Span) -> Diagnostic:
    """E299: the language has it, this version does not."""
    return Diagnostic("E299", f"{what} is not supported yet", span)


def _table(table: ast.Table) -> Table:
    rows = tuple(tuple(_cell(cell.text) for cell in row.cells) for row in table.rows)
    return Table(table.name.name, rows)


def _cell(text: str) -> Fraction:
    if text in ("X", "."):
        return Fraction(text == "X")
    return Fraction(number(text.lstrip("+-"))) * (-1 if text.startswith("-") else 1)


def _evaluate_lets(found: Definitions) -> list[Diagnostic]:
    """Each in its turn, whatever their order: those that need others wait for them."""
    waiting = list(found.lets.items())
    while waiting:
        stuck, problems = list[tuple[str, ast.Let]](), list[Diagnostic]()
        for name, let in waiting:
            try:
                found.values[name] = evaluate(let.value, found.scope)
            except ArchError as error:
                stuck.append((name, let))
                problems += error.diagnostics
        if len(stuck) == len(waiting):
            waited_for = {name for name, _ in stuck}
            own = [p for p in problems if not p.primary or p.primary.text not in waited_for]
            return own or problems  # all wait for one another if none has a problem of its own
        waiting = stuck
    return []
