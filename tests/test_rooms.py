"""A room (a package below archspec/) imports from another room's package, not from its inside.

Neither linter in use says so as simply. A contract of import-linter sees files, not names: it would
forbid `choices`, which archspec.schema hands out whole, with the rest, and ours look past what is
imported for the type checker only. A ban on names (ruff's TID251) would list each inner file, and
except each room from its own list.
"""

import ast
import importlib
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path

import pytest

import archspec

HOUSE = Path(archspec.__file__).parent
# What stands beside the rooms, as `__init__.py` and `__main__.py`, is none: it names their homes.
ROOMS = tuple(sorted(init.parent.name for init in HOUSE.glob("*/__init__.py")))
LATE = ("compiler", "rendering", "syntax", "training")  # load names when they are asked for
NEED_TORCH = ("compiler", "training")


def imports(tree: ast.Module, package: str) -> Iterator[tuple[str, str]]:
    """Every import of a file in `package`: the module, and the name taken from it or "".

    What the house or a whole room is imported for are the names behind its dots.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                whole = alias.name == "archspec"
                names = behind(alias.asname or alias.name, tree) if whole else ("",)
                yield from ((alias.name, name) for name in names)
        elif isinstance(node, ast.ImportFrom):
            module = resolve_name("." * node.level + (node.module or ""), package)
            for alias in node.names:
                if module == "archspec" and alias.name in ROOMS:
                    names = behind(alias.asname or alias.name, tree)
                    yield from ((f"archspec.{alias.name}", name) for name in names)
                else:
                    yield module, alias.name


def behind(name: str, tree: ast.Module) -> Iterator[str]:
    """What stands behind `name.` in a file."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=found)) if found == name:
                yield node.attr


def handed_out(room: str) -> tuple[str, ...]:
    return tuple(getattr(importlib.import_module(f"archspec.{room}"), "__all__", ()))


def reaches_inside(room: str, module: str, name: str) -> bool:
    """Whether code of `room` that imports this takes what another room does not hand out."""
    house, _, inside = module.partition(".")
    other, _, file = inside.partition(".")
    if house != "archspec" or other == room:
        return False
    if not other:
        return name in ROOMS  # `import archspec` for `archspec.schema.…`
    return other in ROOMS and (bool(file) or name not in handed_out(other))


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_from_packages(room: str):
    files = sorted((HOUSE / room).rglob("*.py"))
    found = list[str]()
    for file in files:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        package = ".".join(file.parent.relative_to(HOUSE.parent).parts)
        for module, name in imports(tree, package):
            if reaches_inside(room, module, name):
                found.append(f"{file.relative_to(HOUSE)}: {name or '*'} of {module}")
    assert files
    assert found == []


@pytest.mark.parametrize(
    ("line", "inside"),
    [
        ("from archspec.schema import ArchSpec", False),
        ("from archspec.schema import choices", False),  # handed out as a whole
        ("from archspec.schema import values", True),
        ("from archspec.schema.values import Value", True),
        ("from archspec.schema import *", True),
        ("import archspec.schema.values", True),
        ("import archspec.schema", True),
        ("import archspec; archspec.schema.ArchSpec", True),
        ("import archspec; archspec.__version__", False),
        ("from archspec import schema; schema.values", True),
        ("from archspec import schema as it; it.ArchSpec", False),
        ("from ..schema.values import Value", True),
        ("from ..schema import ArchSpec", False),
        ("from .labels import layer_name", False),
        ("from archspec.rendering.labels import layer_name", False),  # its own
        ("from archspec.errors import ArchError", False),  # a file, not a room
        ("from archspec import __version__", False),
        ("from pathlib import Path", False),
    ],
)
def test_what_reaches_inside(line: str, inside: bool):
    (found,) = imports(ast.parse(line), "archspec.rendering")
    assert reaches_inside("rendering", *found) == inside


def late_names(room: str) -> dict[str, str]:
    """The names a room imports for the type checker only, and the modules they come from."""
    tree = ast.parse((HOUSE / room / "__init__.py").read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    return {name: module for module, name in imports(ast.Module(block.body), "")}


@pytest.mark.parametrize(
    "room", [pytest.param(r, marks=[pytest.mark.torch] * (r in NEED_TORCH)) for r in LATE]
)
def test_late_names_are_those_the_type_checker_sees(room: str):
    package = importlib.import_module(f"archspec.{room}")
    names = late_names(room)
    assert names
    for name, module in names.items():
        home = importlib.import_module(module)
        whole = importlib.import_module(f"{module}.{name}") if home is package else None
        assert name in package.__all__
        assert getattr(package, name) is (whole or getattr(home, name))


@pytest.mark.parametrize("room", LATE)
def test_no_late_name_is_that_of_a_file(room: str):
    """The file would take the name's place in the package as soon as it is loaded."""
    files = {path.stem for path in (HOUSE / room).iterdir()}
    taken = files & {name for name, home in late_names(room).items() if home != f"archspec.{room}"}
    assert taken == set()


def test_late_rooms_are_all():
    with_getattr = [
        room
        for room in ROOMS
        if "def __getattr__(" in (HOUSE / room / "__init__.py").read_text(encoding="utf-8")
    ]
    assert with_getattr == list(LATE)
