"""The causes of a difference for people to read: what several places share is told once.

Changes are gathered by the level they stand in, levels with the same changes are told together,
and two levels that always occur side by side become one.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archspec.analysis.alignment import content

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from archspec.analysis.diff import Change, Diff


@dataclass(frozen=True, slots=True)
class Part:
    """One change of a cause.

    Args:
        name: its path from the place on; "" if it is the place itself.
        changes: one for each place, alike but for their paths and numbers.
    """

    name: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """What was changed, in one place or in several alike.

    Args:
        places: paths of levels or nodes, in order.
        parts: at least one.
    """

    places: tuple[str, ...]
    parts: tuple[Part, ...]


def causes(difference: Diff) -> tuple[Cause, ...]:
    """Every change that is no effect, in order, each in exactly one cause."""
    places: dict[str, list[tuple[str, Change]]] = defaultdict(list)
    for change in difference.changes:
        if change.kind != "effect":
            place, name = _place(change.path)
            places[place].append((name, change))
    alike: dict[Hashable, list[str]] = defaultdict(list)
    for place, named in places.items():
        alike[tuple(_key(place, name, change) for name, change in named)].append(place)
    return tuple(_merged([_cause(paths, places) for paths in alike.values()]))


def _place(path: str) -> tuple[str, str]:
    """The level a change is told at, and its name there; a turn of a repeat is one of its own."""
    above, _, name = path.rpartition(".")
    return (above, name) if above and not name.isdigit() else (path, "")


def _cause(paths: list[str], places: Mapping[str, list[tuple[str, Change]]]) -> Cause:
    several = zip(*(places[path] for path in paths), strict=True)
    parts = (Part(named[0][0], tuple(change for _, change in named)) for named in several)
    return Cause(tuple(paths), tuple(parts))


def _key(place: str, name: str, change: Change) -> Hashable:
    """Equal for the same change in another place."""
    if change.kind != "changed":
        renamed = change.old_path.rpartition(".")[2] if change.kind == "moved" else ""
        return name, change.kind, change.content, renamed
    old, new = change.old[0].op, change.new[0].op
    arguments = tuple((item.name, str(item.old), str(item.new)) for item in change.arguments)
    replaced = () if old.name == new.name else (str(content(old)), str(content(new)))
    reads = tuple(_inside(place, paths) for paths in change.inputs)
    return name, old.name, new.name, replaced, arguments, reads


def _inside(place: str, paths: Iterable[str]) -> tuple[str, ...]:
    """Paths below a place from there on, others whole."""
    return tuple(path.removeprefix(f"{place}.") for path in paths)


def _merged(found: list[Cause]) -> list[Cause]:
    """Causes whose places are neighbours one by one, as one cause of what encloses them."""
    while True:
        together: dict[Hashable, list[Cause]] = defaultdict(list)
        for number, cause in enumerate(found):
            above = tuple(place.rpartition(".")[0] for place in cause.places)
            alone = not all(above) or len(set(above)) < len(above)
            together[number if alone else above].append(cause)
        merged = [_one(several) for several in together.values()]
        if len(merged) == len(found):
            return found
        found = merged


def _one(several: list[Cause]) -> Cause:
    """Neighbouring causes as one; a single cause stays as it is."""
    if len(several) == 1:
        return several[0]
    above = tuple(place.rpartition(".")[0] for place in several[0].places)
    parts = [
        replace(part, name=".".join(filter(None, (cause.places[0].rpartition(".")[2], part.name))))
        for cause in several
        for part in cause.parts
    ]
    return Cause(above, tuple(parts))
