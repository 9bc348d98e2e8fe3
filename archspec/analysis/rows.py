"""The lines of a report: a network's nodes in groups, at four details.

Every node of the trunk but the inputs stands in exactly one row, whatever the detail, so that the
rows of a report add up to its totals. No number is computed here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

from archspec.schema import show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from fractions import Fraction

    from archspec.graph import Graph, Node
    from archspec.ops import Shape
    from archspec.schema import StatementSpec

Detail = Literal["stage", "block", "layer", "op"]
DETAILS: tuple[Detail, ...] = get_args(Detail)
By = Literal["stage", "op", "role"]
BYS: tuple[By, ...] = get_args(By)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a report: a statement of the arch, a part of one, or a single node.

    Args:
        path: what it is called.
        members: its nodes, in order.
        statement: the statement it is, or stands in; None for the input and for what is left.
        repeat: how many instances of a repeat it stands for.
        more: whether it gathers nodes of several places; it then has sums and nothing else.
    """

    path: str
    members: tuple[Node, ...]
    statement: StatementSpec | None
    repeat: int = 1
    more: bool = False

    @property
    def anchor(self) -> Node:
        """The node that gives it its character: the first that is no activation."""
        return next((node for node in self.members if not _follows(node)), self.members[0])

    @property
    def output(self) -> Shape | None:
        """The shape that leaves it; None where it is not known."""
        return self.members[-1].output


def trunk_rows(graph: Graph, detail: Detail) -> tuple[Row, ...]:
    """The rows of the trunk.

    Args:
        graph: the network.
        detail: `stage`, one a statement of the arch; `block`, where a statement that repeats
            something, or calls several blocks, is opened into what it repeats or calls, alike
            instances in one row; `layer`, a node with the activations and normalisations behind
            it (or before it, where they come first); `op`, one a node.
    """
    stages = tuple(_statements(graph, head=False))
    if detail == "stage":
        return stages
    if detail == "block":
        calls = frozenset(block.path for block in graph.spec.blocks)
        return tuple(row for stage in stages for row in _blocks(stage, calls))
    if detail == "layer":
        sizes = Counter(prefix for path in graph.nodes for prefix in _levels(path))
        return tuple(row for stage in stages for row in _layers(stage, sizes))
    owner = graph.owners
    inner = (node for node in graph.trunk if node.path in owner)
    return tuple(Row(node.path, (node,), owner[node.path]) for node in inner)


def gathered_rows(graph: Graph, by: By) -> tuple[Row, ...]:
    """The nodes of the trunk by what they have in common, in the order of the first of each.

    Args:
        graph: the network.
        by: `op` and `role`, those of the operators; `stage`, the tag of that name, or the
            statement itself where there is none.
    """
    found: dict[str, list[Node]] = {}
    for path, statement in graph.owners.items():
        node = graph[path]
        if node.spec.head:
            continue
        tag = statement.tags.get("stage", statement.path)
        names = {"stage": tag if isinstance(tag, str) else show(tag), "op": node.op.name}
        found.setdefault(names.get(by, node.op.role), []).append(node)
    return tuple(Row(name, tuple(nodes), None, more=True) for name, nodes in found.items())


def head_rows(graph: Graph) -> tuple[Row, ...]:
    """A row for every head."""
    return tuple(_statements(graph, head=True))


def ranked(
    rows: Iterable[Row], value: Callable[[Row], int | Fraction | None], top: int | None = None
) -> tuple[Row, ...]:
    """The rows with the largest value first, unknown ones last.

    Args:
        rows: of one report.
        value: what they are sorted by.
        top: how many are shown; one further row then stands for all others.
    """
    values = [(value(row), row) for row in rows]
    values.sort(key=lambda pair: (pair[0] is not None, pair[0] or 0), reverse=True)
    ordered = [row for _, row in values]
    rest = ordered[top:] if top is not None else []
    if not rest:
        return tuple(ordered)
    members = tuple(node for row in rest for node in row.members)
    return (*ordered[:top], Row(f"{len(rest)} more", members, None, more=True))


def _statements(graph: Graph, *, head: bool) -> Iterable[Row]:
    for item in graph.statements:
        if item.nodes and bool(item.head) == head:
            yield Row(item.path, tuple(graph[path] for path in item.nodes), item)


def _levels(path: str) -> Iterable[str]:
    """`a.b` and `a` of `a.b.c`."""
    while path := path.rpartition(".")[0]:
        yield path


# --- blocks -----------------------------------------------------------------------------------


def _blocks(stage: Row, calls: frozenset[str]) -> Sequence[Row]:
    """The block calls of a statement, or what it repeats; the statement itself if there is none."""
    base = stage.path if all(_inside(node.path, stage.path) for node in stage.members) else ""
    several = sum(path in calls for path in _parts(stage.members, base)) > 1
    if _repeats(stage.members, base) or (several and base not in calls):
        return _opened(stage, base)
    return (stage,)


def _opened(row: Row, base: str) -> Sequence[Row]:
    """What stands one level below, and below that where it repeats something."""
    found = list[Row]()
    for path, members in _parts(row.members, base).items():
        part = Row(path, members, row.statement)
        found += _opened(part, path) if _repeats(members, path) else (part,)
    return _folded(found)


def _parts(members: Iterable[Node], base: str) -> dict[str, tuple[Node, ...]]:
    """The nodes by the level right below `base` in which they stand."""
    parts: dict[str, list[Node]] = {}
    start = len(base) + 1 if base else 0
    for node in members:
        end = node.path.find(".", start)
        parts.setdefault(node.path if end < 0 else node.path[:end], []).append(node)
    return {path: tuple(nodes) for path, nodes in parts.items()}


def _inside(path: str, level: str) -> bool:
    return path.startswith(f"{level}.")


def _repeats(members: Iterable[Node], base: str) -> bool:
    """Whether there are instances of a repeat below `base`; only they have numbers as names."""
    return any(
        part.isdigit() for node in members for part in node.path[len(base) :].split(".") if part
    )


def _folded(rows: Iterable[Row]) -> list[Row]:
    """Neighbours that are instances of one repeat and alike, in one row."""
    found = list[Row]()
    first: Row | None = None  # of the row being put together
    for row in rows:
        if first and found and _alike(first, row):
            last = found[-1]
            members = (*last.members, *row.members)
            found[-1] = replace(last, members=members, repeat=last.repeat + 1)
        else:
            found.append(row)
            first = row
    return found


def _alike(one: Row, other: Row) -> bool:
    """Whether two instances of a repeat have the same operators in the same places."""
    levels = [row.path.rpartition(".") for row in (one, other)]
    same_level = levels[0][0] == levels[1][0] and all(name.isdigit() for _, _, name in levels)
    if not same_level or len(one.members) != len(other.members):
        return False
    return all(
        a.path[len(one.path) :] == b.path[len(other.path) :] and (a.op is b.op or a.op == b.op)
        for a, b in zip(one.members, other.members, strict=True)
    )


# --- layers -----------------------------------------------------------------------------------


def _layers(stage: Row, sizes: Counter[str]) -> Sequence[Row]:
    groups: list[list[Node]] = []
    for node in stage.members:
        if groups and _joins(node, groups[-1]):
            groups[-1].append(node)
        else:
            groups.append([node])
    rows = (Row("", tuple(group), stage.statement) for group in groups)
    return [replace(row, path=_level(row, sizes)) for row in rows]


def _follows(node: Node) -> bool:
    """Whether it belongs to the layer before it."""
    return node.op.role in ("activation", "norm")


def _joins(node: Node, group: list[Node]) -> bool:
    """Whether a node is part of the layer that ends with the last of `group`."""
    if node.inputs != (group[-1].path,):
        return False
    body, leading = _body(node), all(_follows(other) for other in group)
    if not _follows(node) or leading:
        return leading and body == _body(group[-1])
    anchor = next(other for other in group if not _follows(other))
    return not body or f"{_body(anchor)}.".startswith(f"{body}.")


def _body(node: Node) -> str:
    """The level it stands in."""
    return node.path.rpartition(".")[0]


def _level(row: Row, sizes: Counter[str]) -> str:
    """The highest level that holds nothing but this layer, from its anchor on; else the anchor."""
    path = row.anchor.path
    for level in _levels(path):
        if sizes[level] != sum(_inside(node.path, level) for node in row.members):
            break
        path = level
    return path
