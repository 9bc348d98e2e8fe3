"""What a file defines, by name: values, blocks, archs, cites. Finds double names."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter
from typing import Any, Generic, TypeVar

from archspec.errors import ArchError, Diagnostic, Label, did_you_mean, suggested
from archspec.ops import BY_NAME, WORDS, Table
from archspec.schema.allows import Allow, allows_of
from archspec.schema.numerals import number
from archspec.schema.values import Scope, Value, evaluate
from archspec.source import Source
from archspec.syntax import ast, parse

_WORD = re.compile(r"\w+")
Node = TypeVar("Node", ast.Block, ast.Arch)


@dataclass(frozen=True, slots=True)
class Defined(Generic[Node]):
    """A block or arch with the file it was written for, whose names its body sees."""

    node: Node
    home: Definitions


@dataclass
class Definitions:
    """The definitions of one file, and the problems found while collecting them.

    Args:
        blocks: callable in this file: its own and imported ones.
        bases: archs that variants may name, its own and imported ones.
        archs: its own archs, in order.
        unread: names whose import failed; using them is not reported again.
        allows: the `# allow` comments of this file and those it imports.
    """

    blocks: dict[str, Defined[ast.Block]] = field(default_factory=dict)
    bases: dict[str, Defined[ast.Arch]] = field(default_factory=dict)
    archs: dict[str, ast.Arch] = field(default_factory=dict)
    cites: dict[str, ast.Cite] = field(default_factory=dict)
    lets: dict[str, ast.Let] = field(default_factory=dict)
    recipes: list[ast.Train] = field(default_factory=list)
    values: dict[str, Value] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    allows: list[Allow] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)

    @property
    def scope(self) -> Scope:
        """The values that every body sees."""
        return Scope(self.values, WORDS)


Opener = Callable[[ast.Import], Definitions]


def collect(file: ast.File, opener: Opener | None = None) -> Definitions:
    """The definitions of `file`. A name already taken is reported and its later use left out.

    Args:
        file: what the parser made of the text.
        opener: reads what is imported; without one, imports are errors. It raises ArchError.
    """
    found = Definitions(allows=list(allows_of(file)))
    names = _Names(found.problems)
    for item in file.definitions:
        if isinstance(item, ast.Train):
            found.recipes.append(item)
        elif isinstance(item, ast.Import):
            _import(item, found, names, opener)
        elif names.free(item.name, names.space(item)):
            _keep(item, found)
    found.problems += [_operator_name(n) for n in names.calls.values() if n.name in BY_NAME]
    found.problems += [_word(name) for name in names.values.values() if name.name in WORDS]
    for item in file.definitions:
        if isinstance(item, ast.Block | ast.Arch):
            found.problems += _parameters(item)
    found.problems += _evaluate_lets(found)
    return found


_Named = ast.Block | ast.Arch | ast.Table | ast.Let | ast.Cite


def _keep(item: _Named, found: Definitions) -> None:
    """Put a definition where it belongs."""
    name = item.name.name
    match item:
        case ast.Block():
            found.blocks[name] = Defined(item, found)
        case ast.Arch():
            found.archs[name] = item
            found.bases[name] = Defined(item, found)
        case ast.Table():
            found.values[name] = _table(item)
        case ast.Let():
            found.lets[name] = item
        case ast.Cite():
            found.cites[name] = item


@dataclass
class _Names:
    """Which names are taken: operators, blocks and archs share one name space, values another."""

    problems: list[Diagnostic]
    calls: dict[str, ast.Ident] = field(default_factory=dict)
    values: dict[str, ast.Ident] = field(default_factory=dict)
    cites: dict[str, ast.Ident] = field(default_factory=dict)

    def space(self, item: _Named) -> dict[str, ast.Ident]:
        """The name space of a definition."""
        if isinstance(item, ast.Cite):
            return self.cites
        return self.calls if isinstance(item, ast.Block | ast.Arch) else self.values

    def free(self, name: ast.Ident, taken: dict[str, ast.Ident]) -> bool:
        """Whether the name is free, which it then no longer is; otherwise report it."""
        return _free(name, taken, self.problems)


def written_value(name: str, text: str) -> Value | None:
    """The value of `let NAME = TEXT` on its own; None if it cannot be read.

    >>> written_value("classes", "10 * 100")
    1000
    """
    file = parse(Source(name, f"let {name} = {text}\n"))
    return None if file.diagnostics else collect(file).values.get(name)


def _import(item: ast.Import, found: Definitions, names: _Names, opener: Opener | None) -> None:
    """Take the wanted names from another file."""
    wanted = {entry.name.name: entry.alias or entry.name for entry in item.names}
    try:
        if opener is None:
            message = "there is no file that imports could be relative to"
            raise ArchError([Diagnostic("E211", message, item.file.span)])  # noqa: TRY301  # one way out
        other = opener(item)
    except ArchError as error:
        found.problems += error.diagnostics
        found.unread |= {alias.name for alias in wanted.values()}
        return
    found.allows += [allow for allow in other.allows if allow not in found.allows]
    for entry in item.names:
        _take(entry, other, found, names)


def _take(entry: ast.ImportName, other: Definitions, found: Definitions, names: _Names) -> None:
    """One wanted name, whatever it is the name of."""
    name, alias = entry.name.name, entry.alias or entry.name
    shelves: tuple[tuple[dict[str, Any], dict[str, Any], dict[str, ast.Ident]], ...] = (
        (other.blocks, found.blocks, names.calls),
        (other.bases, found.bases, names.calls),
        (other.values, found.values, names.values),
        (other.cites, found.cites, names.cites),
    )
    for theirs, ours, taken in shelves:
        if name in theirs:
            if names.free(alias, taken):
                ours[alias.name] = theirs[name]
            return
    found.unread.add(alias.name)
    if name not in other.unread:
        known = [known for theirs, _, _ in shelves for known in theirs]
        near = did_you_mean(name, known)
        advice = f"did you mean `{near[0]}`?" if near else f"it defines {', '.join(known)}"
        message = f"the imported file defines no `{name}`"
        fix = suggested(entry.name.span, near)
        found.problems.append(Diagnostic("E213", message, entry.name.span, help=advice, fix=fix))


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


def _table(table: ast.Table) -> Table:
    rows = tuple(tuple(_cell(cell.text) for cell in row.cells) for row in table.rows)
    return Table(table.name.name, rows)


def _cell(text: str) -> Fraction:
    if text in ("X", "."):
        return Fraction(text == "X")
    return Fraction(number(text.lstrip("+-"))) * (-1 if text.startswith("-") else 1)


def _evaluate_lets(found: Definitions) -> list[Diagnostic]:
    """Each in its turn, whatever their order: those that need others wait for them."""
    waiting = [(name, found.lets[name]) for name in _in_order(found.lets)]
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


def _in_order(lets: dict[str, ast.Let]) -> list[str]:
    """Each behind those whose names stand in it; then what waits for itself, as written."""
    sorter = TopologicalSorter[str]()
    for name, let in lets.items():
        words = dict.fromkeys(_WORD.findall(let.value.span.text))
        sorter.add(name, *(word for word in words if word in lets))
    order = dict[str, None]()
    with suppress(CycleError):  # those that are in no circle come all the same
        sorter.prepare()
    while ready := sorter.get_ready():
        order |= dict.fromkeys(ready)
        sorter.done(*ready)
    return [*order, *(name for name in lets if name not in order)]
