"""From the tree of a file to one validated architecture.

Shapes are not known here; what depends on them is left to `graph.resolve`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archspec.errors import ArchError, Diagnostic, Diagnostics, did_you_mean
from archspec.schema.arguments import bind_parameters
from archspec.schema.definitions import Definitions, collect, not_yet
from archspec.schema.expand import Expansion
from archspec.schema.facts import cites_of, expectations_of, recipe_of
from archspec.schema.spec import ArchSpec
from archspec.schema.values import Argument, Scope, Value
from archspec.syntax import ast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def elaborate(
    file: ast.File, name: str | None = None, arguments: Mapping[str, Value] | None = None
) -> ArchSpec:
    """One architecture of `file`; what is wrong with it is in its diagnostics.

    Args:
        file: what the parser made of the text.
        name: which arch; by default the one named like the file, else the first.
        arguments: values for its parameters.

    Raises:
        ArchError: if the text has syntax errors, or no such architecture (E207).
    """
    if file.diagnostics:
        raise ArchError(file.diagnostics)
    definitions = collect(file)
    if definitions.problems and not definitions.archs:
        raise ArchError(definitions.problems)
    arch = choose(file, definitions.archs, name)
    scope, problems = _scope(arch, definitions, arguments or {})
    expansion = Expansion(definitions)
    if arch.base is None:
        expansion.body(arch, scope)
    else:
        expansion.problems.append(not_yet("a variant (`arch X = Y(…)`)", arch.base.span))
        expansion.unknown_input(arch)
    items = arch.body.items if arch.body and arch.base is None else ()
    expectations, wrong = expectations_of(
        items, scope, [node.path for node in expansion.nodes], definitions.cites
    )
    recipe, unusable = recipe_of(items, definitions)
    cites, unread = cites_of(definitions.cites, scope)
    return ArchSpec(
        name=arch.name.name,
        title=arch.title,
        doc=arch.doc,
        source=file.source,
        span=arch.name.span,
        nodes=tuple(expansion.nodes),
        statements=tuple(expansion.statements),
        declared=tuple(expansion.declared),
        expectations=expectations,
        cites=cites,
        recipe=recipe,
        others=tuple(other for other in definitions.archs if other != arch.name.name),
        diagnostics=grouped(
            (*definitions.problems, *problems, *expansion.problems, *wrong, *unusable, *unread)
        ),
    )


def fold(name: str) -> str:
    """A name without what is ignored when names are compared: case, `_` and `-`.

    >>> fold("LeNet-5") == fold("lenet_5")
    True
    """
    return name.lower().replace("_", "").replace("-", "")


def arch_names(file: ast.File) -> tuple[str, ...]:
    """The archs of a file, in order."""
    return tuple(item.name.name for item in file.definitions if isinstance(item, ast.Arch))


def choose(file: ast.File, archs: Mapping[str, ast.Arch], name: str | None) -> ast.Arch:
    """The arch called `name`, or the file's own. Raises ArchError (E207)."""
    if not archs:
        message = f"`{file.source.name}` defines no architecture"
        raise ArchError([Diagnostic("E207", message, help="add `arch Name { … }`")])
    stem = file.source.name.replace("\\", "/").rpartition("/")[2].removesuffix(".arch")
    by_fold = {fold(arch): node for arch, node in archs.items()}
    chosen = by_fold.get(fold(name or stem))
    if chosen is not None:
        return chosen
    if name is None:
        return next(iter(archs.values()))
    near = did_you_mean(name, archs)
    advice = f"did you mean `{near[0]}`?" if near else f"it has {', '.join(archs)}"
    message = f"`{file.source.name}` has no architecture `{name}`"
    raise ArchError([Diagnostic("E207", message, help=advice)])


def _scope(
    arch: ast.Arch, definitions: Definitions, arguments: Mapping[str, Value]
) -> tuple[Scope, Diagnostics]:
    """The names its body sees: the file's values and its own parameters."""
    scope = definitions.scope
    given = tuple(Argument(name, value, arch.name.span) for name, value in arguments.items())
    try:
        values = bind_parameters(arch, given, arch.name.span, scope)
    except ArchError as error:
        return scope, error.diagnostics
    return replace(scope, values={**scope.values, **values}), ()


def grouped(diagnostics: Iterable[Diagnostic]) -> Diagnostics:
    """One diagnostic for what block instances report of the same place; the first one leads."""
    leaders: dict[tuple[object, ...], Diagnostic] = {}
    for found in diagnostics:
        key = (found.code, found.message, found.primary or id(found))
        leader = leaders.setdefault(key, found)
        if leader is not found:
            path = found.path or (found.chain[0].path if found.chain else "")
            leaders[key] = replace(leader, instances=(*leader.instances, path))
    return tuple(leaders.values())
