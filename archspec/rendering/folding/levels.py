"""How much a picture opens: the levels by name, and which of them fits a page."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from archspec.rendering.folding.catalog import Catalog, Template
from archspec.rendering.folding.cut import Cut, Opens, Part, cut
from archspec.rendering.folding.layers import Layer, parents
from archspec.rendering.folding.units import Unit, runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from archspec.graph import Graph
    from archspec.rendering.picture import Detail

MANY_OPERATORS = 100
BUDGET, SMALL_BUDGET = 40, 25  # boxes of a drawing; the second for nets of many operators


def opener(
    level: Detail,
    catalog: Catalog,
    items: Sequence[Unit | Layer],
    *,
    depth: int | None = None,
    expand: tuple[str, ...] = (),
) -> Opens:
    """Which units a level opens.

    Args:
        level: by name.
        catalog: knows the blocks.
        items: the units of the network.
        depth: opens that many levels of units instead.
        expand: paths of units opened in any case.
    """
    depths = dict(_depths(items, 0))

    def asked_for(path: str) -> bool:
        return any(f"{path}.".startswith(f"{p}.") or f"{p}.".startswith(f"{path}.") for p in expand)

    def opens(unit: Unit) -> bool:
        if asked_for(unit.path):
            return True
        if depth is not None:
            return depths[unit.path] < depth
        if level == "block":
            return unit.path not in catalog.of and _holds_block(unit, catalog)
        return level in ("layer", "op")

    return opens


def own_looks(
    items: Iterable[Unit | Layer], looks: Mapping[str, object], expand: Iterable[str]
) -> dict[str, object]:
    """Looks with one of its own for every opened instance that would be folded into another.

    The first of alike instances stands for all of them, so opening it opens the folded box.
    """
    wanted = {path for opened in expand for path in (opened, *parents(opened))}
    found = dict(looks)
    todo = [items] if wanted else []
    while todo:
        for run in runs(todo.pop(), looks):
            found.update((item.path, item.path) for item in run[1:] if item.path in wanted)
            todo += [item.items for item in run if isinstance(item, Unit)]
    return found


def _depths(items: Iterable[Unit | Layer], depth: int) -> Iterable[tuple[str, int]]:
    for item in items:
        if isinstance(item, Unit):
            yield item.path, depth
            yield from _depths(item.items, depth + 1)


def _holds_block(unit: Unit, catalog: Catalog) -> bool:
    inner = [item for item in unit.items if isinstance(item, Unit)]
    return any(item.path in catalog.of or _holds_block(item, catalog) for item in inner)


def by_node(made: Cut) -> Cut:
    """The same cut with every operator a box of its own."""
    parts = [
        Part(Layer(node.path, (node,)), part.count, part.frames)
        for part in made.parts
        for node in part.item.nodes
    ]
    home = {part.path: part for part in parts}
    return Cut(parts, home, made.turns, made.counts)


def chosen(graph: Graph, items: Sequence[Unit | Layer]) -> tuple[Detail, str]:
    """The finest of layer, template and stage whose largest drawing fits, and a note about it.

    A drawing of layers that shows a block twice is not taken where templates fit.
    """
    catalog = Catalog(graph, items, lettered=True)
    operators = sum(len(item.nodes) for item in items)
    budget = SMALL_BUDGET if operators > MANY_OPERATORS else BUDGET
    layers = cut(items, opener("layer", catalog, items), catalog.looks)
    overview = cut(items, opener("stage", catalog, items), catalog.looks)
    sizes = [len(template_cut(template.unit, catalog).parts) for template in templates(catalog)]
    fits = max((len(overview.parts), *sizes)) <= budget
    if len(layers.parts) <= budget and not (fits and _twice(layers, catalog)):
        return "layer", ""
    level: Detail = "template" if sizes and fits else "stage"
    blocks = f" + {_number(len(sizes), 'block')}" if level == "template" else ""
    stages = _number(len(overview.parts), "stage")
    return level, (
        f"{operators} operators drawn as {stages}{blocks} "
        "(--detail layer|op shows more, --expand PATH opens one)"
    )


def _number(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def templates(catalog: Catalog) -> list[Template]:
    """Every template, by letter."""
    return list(catalog.templates.values())


def template_cut(unit: Unit, catalog: Catalog) -> Cut:
    """The boxes of a template: its layers, and blocks inside it closed."""
    return cut(unit.items, lambda inner: inner.path not in catalog.of, catalog.looks)


def _twice(made: Cut, catalog: Catalog) -> bool:
    """Whether a cut draws a template in more than one place."""
    opened = {unit.path for part in made.parts for unit in part.frames}
    drawn = Counter(catalog.of[path].letter for path in opened if path in catalog.of)
    return any(count > 1 for count in drawn.values())
