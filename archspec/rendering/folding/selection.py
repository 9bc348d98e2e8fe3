"""Which part of a network is drawn: all of it, all but its heads, or what is under one path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archspec.errors import ArchError, Diagnostic, did_you_mean
from archspec.rendering.folding.cut import Cut, Part
from archspec.rendering.folding.layers import Layer, parents
from archspec.rendering.folding.units import Unit, sources_of, unit_tree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from archspec.graph import Graph
    from archspec.rendering.picture import PictureOptions

ENTERS = "in"  # a word of the language, so no label is like it


@dataclass(frozen=True, slots=True)
class Selection:
    """What is drawn.

    Args:
        items: units and layers, in order.
        entering: layers that stand for what enters from outside, none for a whole network.
        root: the path that was asked for; "" for a whole network.
    """

    items: tuple[Unit | Layer, ...]
    entering: tuple[Layer, ...] = ()
    root: str = ""

    def enter(self, made: Cut) -> None:
        """Put what enters in front of a cut of the items."""
        parts = [Part(layer) for layer in self.entering]
        made.parts[:0] = parts
        made.home.update((part.item.nodes[0].path, part) for part in parts)
        made.entering.update(part.item.nodes[0].path for part in parts)

    @property
    def doors(self) -> frozenset[str]:
        """The paths of what enters."""
        return frozenset(layer.path for layer in self.entering)


def selected(graph: Graph, options: PictureOptions) -> Selection:
    """What the options `heads`, `only` and `expand` are about.

    Raises:
        ArchError: there is no such path (E202).
    """
    items = unit_tree(graph)
    if not options.heads:
        items = tuple(item for item in items if not item.nodes[0].spec.head)
    found = _only(graph, items, options.only) if options.only else Selection(items)
    openable = list(_units(found.items))
    for path in options.expand:
        _check(path, [unit.path for unit in openable], "no unit that could be opened")
    return found


def _only(graph: Graph, items: Sequence[Unit | Layer], root: str) -> Selection:
    """What is in a unit, or under any other path."""
    drawn = dict.fromkeys(node.path for item in items for node in item.nodes)
    units = {unit.path: unit for unit in _units(items)}
    known = dict.fromkeys((*units, *(p for path in drawn for p in (path, *parents(path)))))
    _check(root, known, "no part of the picture")
    if root in units:
        chosen = units[root].items
    else:
        below = f"{root}."
        chosen = tuple(_within(items, {x for x in drawn if x == root or x.startswith(below)}))
    nodes = [node for item in chosen for node in item.nodes]
    entering = tuple(
        Layer(f"{ENTERS}.{place + 1}" if place else ENTERS, (graph[path],))
        for place, path in enumerate(sources_of(nodes))
    )
    return Selection(chosen, entering, root)


def _within(items: Iterable[Unit | Layer], paths: Collection[str]) -> Iterator[Unit | Layer]:
    """The largest units of these operators, and layers cut down to them."""
    for item in items:
        inside = tuple(node for node in item.nodes if node.path in paths)
        if len(inside) == len(item.nodes):
            yield item
        elif inside and isinstance(item, Unit):
            yield from _within(item.items, paths)
        elif inside:
            yield Layer(item.path if inside[1:] else inside[0].path, inside)


def _units(items: Iterable[Unit | Layer]) -> Iterator[Unit]:
    for item in items:
        if isinstance(item, Unit):
            yield item
            yield from _units(item.items)


def _check(path: str, known: Collection[str], what: str) -> None:
    """Refuse a path that is not known."""
    if path in known:
        return
    near = did_you_mean(path, known)
    first = ", ".join(list(known)[:8])
    help_ = f"did you mean `{near[0]}`?" if near else f"there are {first}" if first else ""
    raise ArchError([Diagnostic("E202", f"`{path}` is {what}", help=help_ or None)])
