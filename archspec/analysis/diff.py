"""What differs between two networks: what was changed, and what follows from it.

A change is a cause if the operator, its arguments or what it reads differ, an effect if only its
numbers do. Nothing is printed; `causes.py` tells the causes that several places share once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, get_args

from archspec.analysis.alignment import align, content
from archspec.analysis.input_range import InputRange, input_range
from archspec.analysis.numbers import UNITS
from archspec.analysis.side_rules import Question
from archspec.schema import Sides, show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archspec.analysis.alignment import Match
    from archspec.analysis.report import Report
    from archspec.graph import Graph, Node

Kind = Literal["added", "removed", "moved", "changed", "effect"]
Value = int | str | Sides | None


@dataclass(frozen=True, slots=True)
class Setting:
    """Something outside the nodes that differs: an input, the batch, a line of the recipe.

    Args:
        name: `input`, `batch`, `train.epochs`, ….
        old: None where there is none; a shape as a tuple.
        new: the same.
    """

    name: str
    old: Value
    new: Value


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of an operator that differs; both as the operator keeps them."""

    name: str
    old: object
    new: object


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a node that differs: `output`, `params`, `connections`, `macs` or `rf`.

    Both are None where they are not known; `rf` is (rows, columns).
    """

    metric: str
    old: Value
    new: Value


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a node, or of a group that is in one network only or under another name.

    Args:
        kind: `effect` if nothing but its numbers changed.
        old_path: "" for what was added.
        new_path: "" for what was removed.
        old: the nodes in the old network.
        new: the nodes in the new network.
        arguments: those that differ, where the operator is the same.
        inputs: paths of what it no longer reads and of what it reads instead.
        numbers: those that differ; none for groups.
        content: equal for changes that put in or take out the same.
    """

    kind: Kind
    old_path: str
    new_path: str
    old: tuple[Node, ...]
    new: tuple[Node, ...]
    arguments: tuple[Argument, ...] = ()
    inputs: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    numbers: tuple[Number, ...] = ()
    content: int = 0

    @property
    def path(self) -> str:
        """Where it is: in the new network if it is there."""
        return self.new_path or self.old_path


@dataclass(frozen=True, slots=True)
class Total:
    """A number of the whole network in both; None where it is not known."""

    metric: str
    unit: str
    old: Value | InputRange
    new: Value | InputRange


@dataclass(frozen=True, eq=False)
class Diff:
    """Two networks compared.

    Args:
        old: the report of the first.
        new: the report of the second.
        settings: differences outside the nodes.
        changes: causes and effects, in the order of the new network.
        totals: of both networks, whether they differ or not.
    """

    old: Report
    new: Report
    settings: tuple[Setting, ...]
    changes: tuple[Change, ...]
    totals: tuple[Total, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is no difference at all, not even of a label."""
        return not self.settings and not self.changes


def diff(old: Report, new: Report) -> Diff:
    """What differs between two networks; swapped, everything is mirrored.

    Args:
        old: the report of a sound graph.
        new: the same.
    """
    matches = align(old.graph, new.graph)
    pairs = {
        match.old.node.path: match.new.node.path
        for match in matches
        if match.old and match.new and match.old.node and match.new.node
    }
    old_origins = _origins(old.graph, pairs)
    new_origins = _origins(new.graph, {path: path for path in pairs.values()})
    differ = _Comparison(old, new, pairs, old_origins, new_origins)
    return Diff(
        old,
        new,
        tuple(differ.settings()),
        tuple(change for match in matches for change in differ.changes(match)),
        tuple(_totals(old, new)),
    )


def _origins(graph: Graph, paths: Mapping[str, str]) -> dict[str, str]:
    """For every node the last one at or before it that both networks have, by its new path.

    So a reader behind something that was put in or taken out still reads the same.
    """
    place: dict[str, int] = {"": -1}
    origins: dict[str, str] = {}
    for number, (path, node) in enumerate(graph.nodes.items()):
        before = (origins[source] for source in node.inputs)
        origins[path] = paths.get(path) or max(before, key=place.__getitem__, default="")
        place.setdefault(origins[path], number)
    return origins


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Two reports, and how the paths of the one lead to the other.

    Args:
        pairs: old path -> new path of every node that both have.
        old_origins: old path -> new path of what stands there or before it.
        new_origins: new path -> the same.
    """

    old: Report
    new: Report
    pairs: Mapping[str, str]
    old_origins: Mapping[str, str]
    new_origins: Mapping[str, str]

    # --- outside the nodes ----------------------------------------------------------------------

    def settings(self) -> Iterator[Setting]:
        """What differs outside the nodes."""
        for name, old, new in (*self._inputs(), *self._setup(), *self._heads(), *self._recipe()):
            if old != new:
                yield Setting(name, old, new)
        old_graph, new_graph = self.old.graph, self.new.graph
        old_outputs = [self.old_origins[path] for path in old_graph.spec.outputs]
        if old_outputs != [self.new_origins[path] for path in new_graph.spec.outputs]:
            olds, news = (", ".join(graph.spec.outputs) for graph in (old_graph, new_graph))
            yield Setting("output", olds, news)

    def _inputs(self) -> Iterator[tuple[str, Value, Value]]:
        """The shapes of the inputs both have; others are nodes that were added or removed."""
        for node in self.old.graph.inputs:
            if node.path in self.pairs:
                new = self.new.graph[self.pairs[node.path]]
                alone = len(self.old.graph.inputs) == len(self.new.graph.inputs) == 1
                yield "input" if alone else f"input {new.path}", node.output, new.output

    def _setup(self) -> Iterator[tuple[str, Value, Value]]:
        for name in ("batch", "mode", "dtype"):
            yield name, getattr(self.old.setup, name), getattr(self.new.setup, name)

    def _heads(self) -> Iterator[tuple[str, Value, Value]]:
        """What heads of both count and when they run."""
        olds, news = ({h.name: h for h in r.graph.spec.heads} for r in (self.old, self.new))
        both = {
            self.old.graph[a].spec.head: self.new.graph[b].spec.head for a, b in self.pairs.items()
        }
        for name, new_name in both.items():
            if name and new_name:
                old, new = olds[name], news[new_name]
                weights = (show(old.loss_weight), show(new.loss_weight))
                yield f"head {old.name} loss_weight", *weights
                yield f"head {old.name} phase", old.phase, new.phase

    def _recipe(self) -> Iterator[tuple[str, Value, Value]]:
        recipes = (self.old.graph.spec.recipe, self.new.graph.spec.recipe)
        if None in recipes:
            old, new = ("recipe" if recipe else None for recipe in recipes)
            yield "train", old, new
        olds, news = (recipe.written() if recipe else {} for recipe in recipes)
        for key in (key for key in olds if key in news):
            yield f"train.{key}", olds[key], news[key]

    # --- nodes ----------------------------------------------------------------------------------

    def changes(self, match: Match) -> Iterator[Change]:
        """What became of a level; a node under another name may be changed as well."""
        old, new = match.old, match.new
        if match.kind != "same":
            yield Change(
                match.kind,
                old.path if old else "",
                new.path if new else "",
                old.nodes if old else (),
                new.nodes if new else (),
                content=next(level.content for level in (new, old) if level),
            )
        if old and new and old.node and new.node:
            yield from self._of_node(old.node, new.node)

    def _of_node(self, old: Node, new: Node) -> Iterator[Change]:
        arguments = tuple(self._arguments(old, new))
        inputs = self._reads(old, new)
        numbers = () if new.op.role == "input" else tuple(self._numbers(old, new))
        cause = old.op.name != new.op.name or arguments or any(inputs)
        if cause or numbers:
            kind: Kind = "changed" if cause else "effect"
            yield Change(kind, old.path, new.path, (old,), (new,), arguments, inputs, numbers)

    def _arguments(self, old: Node, new: Node) -> Iterator[Argument]:
        olds, news = content(old.op), content(new.op)
        if old.op.name == new.op.name:
            for name in olds:
                if olds[name] != news[name]:
                    yield Argument(name, getattr(old.op, name), getattr(new.op, name))
        old_owner, new_owner = old.spec.shares or None, new.spec.shares or None
        if bool(old_owner) != bool(new_owner) or (
            old_owner and self.pairs.get(old_owner) != new_owner
        ):
            yield Argument("weights", old_owner, new_owner)

    def _reads(self, old: Node, new: Node) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The inputs of both, where they differ by more than what was put in or taken out."""
        before = [self.old_origins[path] for path in old.inputs]
        if before == [self.new_origins[path] for path in new.inputs]:
            return (), ()
        known = {self.pairs.get(path) for path in old.inputs}
        gone = tuple(path for path in old.inputs if self.pairs.get(path) not in new.inputs)
        come = tuple(path for path in new.inputs if path not in known)
        return (gone, come) if gone or come else (old.inputs, new.inputs)  # another order

    def _numbers(self, old: Node, new: Node) -> Iterator[Number]:
        values: tuple[tuple[str, Value, Value], ...] = (
            ("output", old.output, new.output),
            *(
                (metric, self.old.numbers[metric][old.path], self.new.numbers[metric][new.path])
                for metric in ("params", "connections", "macs")
            ),
            ("rf", self.old.fields[old.path].size, self.new.fields[new.path].size),
        )
        for metric, before, after in values:
            if before != after:
                yield Number(metric, before, after)


# --- the whole networks ---------------------------------------------------------------------------

# What adds up, with the parts that only training uses in `params.all`.
SUMS = ("params", "params.all", "macs", "macs.train", "flops", "connections")
# Of the network as a whole: for memory, what inference needs and what a training step keeps.
WHOLE = (("depth", "layers"), ("rf", "pixels"), ("memory", "bytes"), ("memory.saved", "bytes"))


def _totals(old: Report, new: Report) -> Iterator[Total]:
    nodes = (*old.graph.nodes.values(), *new.graph.nodes.values())
    early = any(node.op.counts_connections for node in nodes)
    for metric in SUMS:
        if metric != "connections" or early:
            yield Total(metric, UNITS[metric], old.number("", metric), new.number("", metric))
    for metric, unit in WHOLE:
        yield Total(metric, unit, _whole(old, metric), _whole(new, metric))
    for question in get_args(Question):
        ranges = (input_range(each.graph, question, each.setup.mode) for each in (old, new))
        yield Total(f"input.{question}", "pixels", *map(_sides, ranges))


def _sides(found: InputRange | None) -> InputRange | None:
    """Without the nodes that bind, which may have other names."""
    if found is None:
        return None
    axes = (replace(axis, binds_below="", binds_above="") for axis in (found.height, found.width))
    return InputRange(*axes)


def _whole(report: Report, metric: str) -> Value:
    value = report.value("", metric)
    assert not isinstance(value, Fraction), "a depth or a field is no ratio"
    return value
