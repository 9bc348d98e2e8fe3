"""What a file defines and never uses. Looks at names only, and evaluates nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archspec.errors import Diagnostic
from archspec.syntax import ast, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archspec.errors import Diagnostics


@dataclass
class _Uses:
    """The names that occur, by name space."""

    calls: set[str] = field(default_factory=set)
    values: set[str] = field(default_factory=set)
    cites: set[str] = field(default_factory=set)


def unused(file: ast.File) -> Diagnostics:
    """W401 for what a file with an arch defines or imports; a library's users are elsewhere."""
    uses, found = _Uses(cites=_origin(file)), list[Diagnostic]()
    for item in file.definitions:
        if not isinstance(item, ast.Block | ast.Arch):
            _collect([item], uses)
            continue
        _collect((parameter.default for parameter in item.parameters), uses)
        own = {parameter.name.name: parameter.name for parameter in item.parameters}
        inside = _Uses(uses.calls, set(), uses.cites)
        _collect([item.body, item.base if isinstance(item, ast.Arch) else None], inside)
        uses.values |= inside.values - set(own)
        of = f"of `{item.name.name}`"
        found += [_never(own[p], f"parameter `{p}` {of}") for p in own if p not in inside.values]
    found += [hint for item in file.definitions for hint in _definition(item, uses)]
    return tuple(found)


def _origin(file: ast.File) -> set[str]:
    """The first publication: it says where the networks come from, whatever number it gives."""
    cites = (item for item in file.definitions if isinstance(item, ast.Cite))
    papers = [cite for cite in cites if any(each.key.name == "authors" for each in cite.entries)]
    return {cite.name.name for cite in papers[:1]}


def _collect(roots: Iterable[ast.Node | None], uses: _Uses) -> None:
    """Add the names that occur in the trees."""
    for node in walk.below(roots):
        match node:
            case ast.Name():
                uses.values.add(node.name)
            case ast.Call():
                uses.calls.add(node.name.name)
            case ast.Apply():
                uses.calls.add(node.function.name)
            case ast.Expectation(cite=ast.Ident(name=source)):
                uses.cites.add(source)


def _definition(item: ast.Definition, uses: _Uses) -> Iterator[Diagnostic]:
    match item:
        case ast.Block() if item.name.name not in uses.calls:
            yield _never(item.name, f"block `{item.name.name}`")
        case ast.Table() if item.name.name not in uses.values:
            yield _never(item.name, f"table `{item.name.name}`")
        case ast.Let() if item.name.name not in uses.values:
            yield _never(item.name, f"value `{item.name.name}`")
        case ast.Cite() if item.name.name not in uses.cites:
            yield _never(item.name, f"source `{item.name.name}`")
        case ast.Import():
            names = (entry.alias or entry.name for entry in item.names)
            known = uses.calls | uses.values | uses.cites  # what it is, only its own file knows
            yield from (_never(n, f"imported `{n.name}`") for n in names if n.name not in known)


def _never(name: ast.Ident, what: str) -> Diagnostic:
    return Diagnostic("W401", f"{what} is never used", name.span, help="use it, or remove it")
