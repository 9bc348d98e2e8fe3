"""How classes and functions of a generated file are laid out, and which functions are worth it."""

from __future__ import annotations

from itertools import chain
from textwrap import wrap
from typing import TYPE_CHECKING

from archspec.compiler.classes import Class, Classes, Function
from archspec.compiler.expression import COLUMNS, TAKEN, Call, Definition, Names, lines
from archspec.compiler.groups import Groups

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archspec.compiler.tree import Level
    from archspec.graph import Graph

MAX_PARAMETERS = 6  # of a function: a call with more numbers is no easier to read than a chain
MAX_FUNCTIONS = 16  # of a network: each is tried, which takes time; none of the zoo has more than 4


def shortest(graph: Graph, root: Level) -> Classes:
    """The definitions of a network, with a function for each block that makes the file shorter.

    A function costs its own lines and saves some at each call. Functions may call each other, so
    the order in which they are judged matters: both orders are, inner and outer ones first.

    Raises:
        ArchError: E701 for what cannot be compiled.
    """
    groups = Groups(graph, root)
    often = sorted(groups.functions, key=lambda group: len(group.levels), reverse=True)
    every = Classes(groups, frozenset(group.path for group in often[MAX_FUNCTIONS:]))
    functions = [made for made in every.made.values() if isinstance(made, Function)]
    many = {made.path for made in functions if len(made.arguments) > MAX_PARAMETERS}
    paths = [made.path for made in functions if made.path not in many]
    few = Classes(groups, every.written_out | many) if many else every
    orders = (paths, paths[::-1]) if len(paths) > 1 else (paths,)
    return min((_pruned(few, groups, order) for order in orders), key=_length)


def _pruned(made: Classes, groups: Groups, paths: Sequence[str]) -> Classes:
    """Without the functions that do not make the file shorter, judged in this order."""
    length = _length(made)
    for path in paths:
        other = Classes(groups, made.written_out | {path})
        if _length(other) <= length:
            made, length = other, _length(other)
    return made


def _length(made: Classes) -> int:
    """The lines of all definitions and of the network's constructor."""
    names = names_of(made)
    texts = [
        ("", "", *definition_lines(made.made[key], name, names))
        for key, name in names.items()
        if key in made.made
    ]
    return sum(map(len, texts)) + len(list(constructor(made.root, names)))


def names_of(made: Classes) -> Names:
    """A name for each definition of the file, in order of first use.

    The second of a name gets `_2`, as does one that an argument would hide.
    """
    used = dict.fromkeys(made.root.definition.needs)
    hidden = {name for key in used if key in made.made for name, _ in made.made[key].arguments}
    names: dict[Definition, str] = {}
    for definition in used:
        count, name = 1, definition.name
        while name in TAKEN or name in hidden or name in names.values():
            count += 1
            name = f"{definition.name}_{count}"
        names[definition] = name
    return names


def definition_lines(made: Class | Function, name: str, names: Names) -> Iterator[str]:
    """The lines of a class or function."""
    return _class(made, name, names) if isinstance(made, Class) else _function(made, name, names)


def _class(made: Class, name: str, names: Names) -> Iterator[str]:
    """The class of a level."""
    yield f"class {name}(nn.Module):"
    if made.doc:
        yield from _docstring(made.doc)
        yield ""
    yield from constructor(made, names)
    yield ""
    yield from made.forward


def _function(made: Function, name: str, names: Names) -> Iterator[str]:
    """The function of a chain."""
    yield from _head(name, made)
    yield from _docstring(made.doc) if made.doc else ()
    yield from lines("    return ", made.body, "", names, made.comment)


def _head(name: str, made: Function) -> Iterator[str]:
    """The first line of a function; too long, its arguments stand below, together if they fit."""
    defaults = dict(made.definition.defaults)
    arguments = [
        f"{argument}: {kind}" + (f" = {defaults[argument]}" if argument in defaults else "")
        for argument, kind in made.arguments
    ]
    start, listed, end = f"def {name}(", ", ".join(arguments), ") -> nn.Sequential:"
    if len(start + listed + end) <= COLUMNS:
        yield start + listed + end
        return
    yield start
    if len(listed) + 4 <= COLUMNS:
        yield f"    {listed}"
    else:
        yield from (f"    {argument}," for argument in arguments)
    yield end


def _docstring(doc: str) -> Iterator[str]:
    """The docstring of a class or function."""
    *before, last = opening(doc, COLUMNS - 7)
    yield from (f"    {line}".rstrip() for line in before)
    yield from _closed(f"    {last}", several=bool(before))


def _closed(line: str, *, several: bool) -> Iterator[str]:
    """The last line of a docstring with its quotes, which stand alone below several."""
    if several or len(line) + 3 > COLUMNS or line.endswith('"'):
        yield line
        yield '    """'
    else:
        yield f'{line}"""'


def constructor(made: Class, names: Names) -> Iterator[str]:
    """The constructor of a class."""
    arguments = ["self", *(f"{name}: {kind}" for name, kind in made.arguments)]
    line = f"    def __init__({', '.join(arguments)}) -> None:"
    if len(line) <= COLUMNS:
        yield line
    else:
        yield "    def __init__("
        yield from (f"        {argument}," for argument in arguments)
        yield "    ) -> None:"
    yield "        super().__init__()"
    yield from (f"        self.{name} = {value}" for name, value in made.numbers.items())
    for item in made.attributes:
        if item.name.isidentifier():
            yield from lines(f"        self.{item.name} = ", item.value, "", names, item.comment)
        else:
            added = Call("self.add_module", (f'"{item.name}"', item.value))
            yield from lines("        ", added, "", names, item.comment)


def opening(about: str, room: int = COLUMNS - 3) -> Iterator[str]:
    """The quotes and the first lines of a docstring."""
    about = about.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    first, *rest = chain.from_iterable(fitting(line, room) for line in about.splitlines())
    yield f'""" {first}' if first.startswith('"') else f'"""{first}'
    yield from rest


def fitting(line: str, room: int = COLUMNS - 3) -> Sequence[str]:
    """The line, or several if it is too long beside the quotes."""
    line = line.rstrip()
    return wrap(line, room) if len(line) > room else (line,)
