"""From the tree of a file to one validated architecture.

Shapes are not known here; what depends on them is left to `graph.resolve`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archspec.errors import ArchError, Diagnostic, Diagnostics, did_you_mean, has_errors, suggested
from archspec.schema.arguments import bind_parameters
from archspec.schema.expand import Expansion
from archspec.schema.facts import cites_of, expectations_of, named_recipes, recipe_of
from archspec.schema.imports import Imports
from archspec.schema.sources import fold
from archspec.schema.spec import ArchSpec, ImportedSpec
from archspec.schema.unused import unused
from archspec.schema.values import Argument, Scope, Value, arguments_of
from archspec.syntax import ast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from archspec.schema.definitions import Definitions


def elaborate(
    file: ast.File,
    name: str | None = None,
    arguments: Mapping[str, Value] | None = None,
    folders: tuple[Path, ...] = (),
) -> ArchSpec:
    """One architecture of `file`; what is wrong with it is in its diagnostics.

    Args:
        file: what the parser made of the text.
        name: which arch; by default the one named like the file, else the first.
        arguments: values for its parameters, also in place of what a variant gives.
        folders: where imports may lie besides the file's own folder and the zoo.

    Raises:
        ArchError: if the text has syntax errors, or no such architecture (E207).
    """
    if file.diagnostics:
        raise ArchError(file.diagnostics)
    imports = Imports.of(file, folders)
    definitions = imports.definitions(file)
    if definitions.problems and not definitions.archs:
        raise ArchError(definitions.problems)
    arch = choose(file, definitions.archs, name)
    root = _root(arch, definitions, arguments or {})
    expansion = Expansion(root.home)
    expansion.arch(root.arch, root.home, root.scope, as_written=root.as_written)
    own = arch.body.items if arch.body else ()
    paths = [node.path for node in expansion.nodes]
    expectations, wrong = expectations_of(own, root.scope, paths, definitions.cites)
    bodies = (own, *root.inherited)
    trained = next((body for body in bodies if any(isinstance(i, ast.Train) for i in body)), ())
    recipe, unusable = recipe_of(trained, definitions)
    recipes, unusable_too = named_recipes(arch.name.name, definitions)
    cites, unread = cites_of(definitions.cites, root.scope)
    found = (*definitions.problems, *root.problems, *_beyond(root, expansion.problems))
    found = (*found, *wrong, *unusable, *unusable_too, *unread)
    idle = () if has_errors(found) else unused(file)
    return ArchSpec(
        name=arch.name.name,
        title=arch.title or root.arch.title,
        doc=arch.doc or root.arch.doc,
        source=file.source,
        span=arch.name.span,
        nodes=tuple(expansion.nodes),
        statements=tuple(expansion.statements),
        blocks=tuple(expansion.blocks),
        heads=tuple(expansion.heads),
        outputs=expansion.outputs,
        declared=tuple(item for item in expansion.declared if item.firm or not arguments),
        expectations=expectations,
        cites=cites,
        recipe=recipe,
        recipes=recipes,
        others=tuple(other for other in definitions.archs if other != arch.name.name),
        allows=tuple(definitions.allows),
        altered=bool(arguments),
        imported=tuple(ImportedSpec(place=place, source=text) for place, text in imports.texts),
        diagnostics=grouped((*found, *idle)),
    )


@dataclass(frozen=True, slots=True)
class _Root:
    """The arch with a body that a variant goes back to.

    Args:
        inherited: the bodies of the bases, nearest first, whose recipe holds if there is no other.
        as_written: whether all parameters have their defaults.
    """

    arch: ast.Arch
    home: Definitions
    scope: Scope
    as_written: bool
    inherited: tuple[tuple[ast.Item, ...], ...] = ()
    problems: Diagnostics = ()


def _root(arch: ast.Arch, home: Definitions, arguments: Mapping[str, Value]) -> _Root:
    """Follow `arch X = Y(…)` to the arch with the body. Raises ArchError (E207, E208)."""
    instead = tuple(Argument(name, value, arch.name.span) for name, value in arguments.items())
    given: tuple[Argument, ...] = ()
    place, seen, inherited = arch.name.span, [arch], list[tuple[ast.Item, ...]]()
    problems: Diagnostics = ()
    while arch.base is not None:
        base = home.bases.get(arch.base.function.name)
        if base is None:
            raise ArchError([_no_base(arch.base, home)])
        if base.node in seen:
            message = f"`{arch.name.name}` is a variant of itself"
            raise ArchError([Diagnostic("E208", message, arch.base.span)])
        try:
            given = (*arguments_of(arch.base.arguments, home.scope), *given)
        except ArchError as error:
            problems = error.diagnostics
        place, arch, home = arch.base.span, base.node, base.home
        seen.append(arch)
        inherited.append(arch.body.items if arch.body else ())
    try:
        values = bind_parameters(arch, given, place, home.scope, instead)
    except ArchError as error:
        variants = _variants(arch, home) if len(seen) == 1 else None
        found = (replace(each, help=variants or each.help) for each in error.diagnostics)
        values, problems = {}, (*problems, *found)
    scope = replace(home.scope, values={**home.values, **values})
    as_written = not (given or instead)
    return _Root(arch, home, scope, as_written, tuple(inherited), problems)


def _beyond(root: _Root, problems: Iterable[Diagnostic]) -> Diagnostics:
    """Problems of the body that are no echo of parameters without a value."""
    unset = {each.name.name for each in root.arch.parameters} if root.problems else set[str]()
    return tuple(
        found
        for found in problems
        if found.code != "E202" or found.primary is None or found.primary.text not in unset
    )


def _variants(arch: ast.Arch, home: Definitions) -> str | None:
    """What to name instead of an arch with parameters that nothing sets."""
    name = arch.name.name
    named = [other for other, node in home.archs.items() if _base_of(node) == name]
    return f"it exists through its variants: {', '.join(named)}" if named else None


def _base_of(arch: ast.Arch) -> str:
    return arch.base.function.name if arch.base else ""


def _no_base(base: ast.Apply, home: Definitions) -> Diagnostic:
    near = did_you_mean(base.function.name, home.bases)
    advice = f"did you mean `{near[0]}`?" if near else None
    message = f"no architecture is called `{base.function.name}`"
    span = base.function.span
    return Diagnostic("E207", message, span, help=advice, fix=suggested(span, near))


def check_definitions(file: ast.File, folders: tuple[Path, ...] = ()) -> None:
    """Check what a file defines without elaborating an arch of it.

    Raises:
        ArchError: with every syntax error, or every problem of names, values and imports.
    """
    problems = file.diagnostics or Imports.of(file, folders).definitions(file).problems
    if problems:
        raise ArchError(problems)


def arch_names(file: ast.File) -> tuple[str, ...]:
    """The archs of a file, in order, without those that exist only through their variants."""
    archs = (item for item in file.definitions if isinstance(item, ast.Arch))
    return tuple(arch.name.name for arch in archs if not _is_open(arch))


def _is_open(arch: ast.Arch) -> bool:
    """Whether a parameter has to be set, which only a variant does."""
    return arch.base is None and any(each.default is None for each in arch.parameters)


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
        first = next(iter(archs.values()))
        return next((arch for arch in archs.values() if not _is_open(arch)), first)
    near = did_you_mean(name, archs)
    advice = f"did you mean `{near[0]}`?" if near else f"it has {', '.join(archs)}"
    message = f"`{file.source.name}` has no architecture `{name}`"
    raise ArchError([Diagnostic("E207", message, help=advice)])


def grouped(diagnostics: Iterable[Diagnostic]) -> Diagnostics:
    """One diagnostic for what block instances report of the same place; the first one leads.

    Their numbers may differ from instance to instance; the first one's are shown.
    """
    groups: dict[tuple[object, ...], list[Diagnostic]] = {}
    for found in diagnostics:
        groups.setdefault((found.code, found.primary or found.message), []).append(found)
    return tuple(group[0] if len(group) == 1 else _led(group) for group in groups.values())


def _led(group: list[Diagnostic]) -> Diagnostic:
    """The first of several, with the paths of the others."""
    leader, *others = group
    paths = [each.path or (each.chain[0].path if each.chain else "") for each in others]
    told = [path for each in group for path in each.instances]
    return replace(leader, instances=(*told, *filter(None, paths)))
