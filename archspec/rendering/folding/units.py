"""The tree of what can be folded: statements, blocks, instances of a repeat, down to layers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from archspec.rendering.folding.layers import ANCHORS, FOLLOWERS, Layer, layers_of, parents

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from archspec.graph import Graph, Node
    from archspec.schema import BlockSpec, StatementSpec

Structure = tuple[tuple[str, str, tuple[int | str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of the source that can be one box.

    Args:
        path: its name everywhere.
        nodes: all operators in it, in topological order.
        items: what is in it, in order.
        block: the block call it is; None for another statement or instance.
        repeat: the level whose numbered instance it is, such as `conv2_x.`; "" for others.
        statement: the statement it is; None inside one.
    """

    path: str
    nodes: tuple[Node, ...]
    items: tuple[Unit | Layer, ...]
    block: BlockSpec | None = None
    repeat: str = ""
    statement: StatementSpec | None = None

    def relative(self, path: str) -> str:
        """A path inside the unit, without the unit's own."""
        return path.removeprefix(self.path)


def unit_tree(graph: Graph) -> tuple[Unit | Layer, ...]:
    """The inputs as layers, every statement as a unit, in topological order."""
    return _Tree(graph).items("")


class _Tree:
    """The fold paths of every node, from its statement inwards."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.order = {path: place for place, path in enumerate(graph.nodes)}
        self.blocks = {block.path: block for block in graph.spec.blocks}
        self.statements = {_name(item): item for item in graph.statements}
        below: dict[str, list[Node]] = {}
        for path, node in graph.nodes.items():
            for parent in (path, *parents(path)):
                below.setdefault(parent, []).append(node)
        self.helpers = {path for path in self.blocks if is_helper(below.get(path, ()))}
        self.drawn_in = {x.nodes[0]: self._drawn_in(x) for x in graph.statements if x.nodes}
        self.levels = {path: self._levels(path) for path in graph.nodes}
        self.members: dict[str, list[Node]] = {}
        for path, levels in self.levels.items():
            for level in levels:
                self.members.setdefault(level, []).append(graph[path])
        homes = {path: levels[-1] if levels else path for path, levels in self.levels.items()}
        self.layers: dict[str, list[Layer]] = {}
        self.children: dict[str, dict[str, None]] = {}
        own = {
            node.path: path
            for path in self.helpers
            if any(node.op.role in ANCHORS for node in below.get(path, ()))
            for node in below[path]
        }
        for layer in layers_of(graph, homes, own):
            levels = self.levels[layer.nodes[0].path]
            self.layers.setdefault(levels[-1] if levels else "", []).append(layer)
            for outer, inner in zip(("", *levels), levels, strict=False):
                self.children.setdefault(outer, {})[inner] = None

    def _levels(self, path: str) -> tuple[str, ...]:
        """The units around a node, outermost first: its statement is one in any case."""
        owner = self.graph.owners.get(path)
        if owner is None:
            return ()
        inner = [parent for parent in parents(path) if self._folds(parent)]
        name = _name(self.drawn_in[owner.nodes[0]])
        return (name, *(f"{p}." for p in reversed(inner) if f"{p}." != name))

    def _folds(self, path: str) -> bool:
        block = path in self.blocks and path not in self.helpers
        return block or path.rpartition(".")[2].isdigit()

    def _drawn_in(self, item: StatementSpec) -> StatementSpec:
        """The statement in whose box it is drawn.

        An unlabelled one of norms and activations belongs to the one before it; dropout, and
        what follows it, to the one behind.
        """
        steps = (self._behind, self._before) if self._drops(item) else (self._before, self._behind)
        for step in steps:
            other: StatementSpec | None = item
            while other is not None and self._follows(other):
                dropped = step == self._before and other is not item and self._drops(other)
                other = None if dropped else step(other)
            if other is not None and other.head == item.head:
                return other
        return item

    def _follows(self, item: StatementSpec) -> bool:
        """Whether a statement has no name and no layer of its own."""
        return not item.labelled and all(
            self.graph[path].op.role in FOLLOWERS for path in item.nodes
        )

    def _drops(self, item: StatementSpec) -> bool:
        return self.graph[item.nodes[0]].op.name == "dropout"

    def _before(self, item: StatementSpec) -> StatementSpec | None:
        source = self.graph[item.nodes[0]].inputs[0]
        alone = len(self.graph.readers(source)) == 1
        return self.graph.owners.get(source) if alone else None

    def _behind(self, item: StatementSpec) -> StatementSpec | None:
        readers = self.graph.readers(item.nodes[-1])
        alone = len(readers) == 1 and len(self.graph[readers[0]].inputs) == 1
        other = self.graph.owners.get(readers[0]) if alone else None
        return other if other and other.nodes[0] == readers[0] else None

    def items(self, level: str) -> tuple[Unit | Layer, ...]:
        """The units and layers directly in a level, in order."""
        found: list[Unit | Layer] = [*self.layers.get(level, ())]
        found += [self._unit(inner) for inner in self.children.get(level, ())]
        return tuple(sorted(found, key=lambda item: self.order[item.nodes[0].path]))

    def _unit(self, level: str) -> Unit:
        path = level.rstrip("./")
        statement = self.statements.get(level)
        head, _, last = path.rpartition(".")
        return Unit(
            path=path,
            nodes=tuple(self.members[level]),
            items=self.items(level),
            block=None if path in self.helpers or level.endswith("/") else self.blocks.get(path),
            repeat=f"{head}." if last.isdigit() and statement is None else "",
            statement=statement,
        )


def _name(item: StatementSpec) -> str:
    """The key of a statement's level: with a dot at its end if its nodes lie under its path."""
    prefix = f"{item.path}."
    inside = all(path.startswith(prefix) or path == item.path for path in item.nodes)
    return prefix if inside else f"{item.path}/"


def is_helper(nodes: Sequence[Node]) -> bool:
    """Whether nodes are a chain that makes one layer: norms and activations around one other."""
    others = sum(node.op.role not in FOLLOWERS for node in nodes)
    steps = pairwise(nodes)
    return (
        others <= 1
        and all(after.inputs == (before.path,) for before, after in steps)
        and not any(node.op.merges for node in nodes)
    )


def structure(unit: Unit) -> Structure:
    """What its instances have in common: operators by relative path, and how they are linked."""
    inside = {node.path for node in unit.nodes}
    outside: dict[str, int] = {}
    rows = []
    for node in unit.nodes:
        sources = tuple(
            unit.relative(path) if path in inside else outside.setdefault(path, len(outside))
            for path in node.inputs
        )
        rows.append((unit.relative(node.path), node.op.name, sources))
    return tuple(rows)


def is_chain(items: Iterable[Unit | Layer]) -> bool:
    """Whether each item reads only the one before it; the first may merge what comes from outside.

    So `concat(@a, @b) -> conv(…)` is one, and a merge of lanes is none: its lanes stand before it.
    """
    before: set[str] | None = None
    for item in items:
        inside = {node.path for node in item.nodes}
        sources = {path for node in item.nodes for path in node.inputs if path not in inside}
        merges = isinstance(item, Layer) and len(item.nodes[0].inputs) > 1
        if before is not None and (merges or not sources <= before):
            return False
        before = inside
    return True


def sources_of(nodes: Iterable[Node]) -> tuple[str, ...]:
    """Paths outside of some nodes that they read, in order."""
    members = list(nodes)
    inside = {node.path for node in members}
    found = (path for node in members for path in node.inputs if path not in inside)
    return tuple(dict.fromkeys(found))


def runs(items: Iterable[Unit | Layer], look: Mapping[str, object]) -> list[list[Unit | Layer]]:
    """Neighbours of one repeat with the same look, by path, together; others alone."""
    found: list[list[Unit | Layer]] = []
    for item in items:
        last = found[-1][-1] if found else None
        if (
            isinstance(item, Unit)
            and isinstance(last, Unit)
            and item.repeat
            and item.repeat == last.repeat
            and look[item.path] == look[last.path]
        ):
            found[-1].append(item)
        else:
            found.append([item])
    return found
