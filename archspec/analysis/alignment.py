"""Which node of one network is which node of another. Compares no number.

Paths are trees: a level holds nodes and further levels. Two trees are walked together from the
top, and the children of two levels that are the same are told apart in four rounds, each for
those the rounds before left over:

1. labels that authors wrote: the same label is the same thing, whatever it is now;
2. the same operators with the same arguments, in order;
3. names that follow from the operator and its number (`relu_2`), which an insertion shifts;
4. the same operators with other arguments, in order.

Rounds 2 and 4 take a longest common subsequence of siblings.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Literal

from archspec.ops import Op, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from archspec.graph import Graph, Node

# Cells of the table that finds a longest common subsequence; above it a common one is enough.
MAX_CELLS = 250_000

_NUMBERED = re.compile(r"_\d+$")


@dataclass(eq=False, slots=True)
class Level:
    """A node, or what several nodes have in common: a statement, a block call, a turn of a repeat.

    Args:
        name: the last part of its path.
        path: its whole path.
        node: the node it is; None for a group.
        children: by name, in order; none for a node.
        numbered: whether its name follows from what it is, so that a label may have another.
        content: equal for levels of the same operators with the same arguments.
        kinds: equal for levels of the same operators.
    """

    name: str
    path: str
    node: Node | None = None
    children: dict[str, Level] = field(default_factory=dict)
    numbered: bool = False
    content: int = 0
    kinds: int = 0

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes in it, in order."""
        if self.node is not None:
            return (self.node,)
        return tuple(node for child in self.children.values() for node in child.nodes)


@dataclass(frozen=True, slots=True)
class Match:
    """One level of one or of both networks.

    Args:
        kind: `same` is a node of both, `moved` a level of both under another name.
        old: None for what was added.
        new: None for what was removed.
    """

    kind: Literal["same", "moved", "added", "removed"]
    old: Level | None
    new: Level | None


def align(old: Graph, new: Graph) -> tuple[Match, ...]:
    """What became of every node, in the order of the new network.

    A group that was added or removed is one match; so is a group under another name, before
    the matches of its nodes.
    """
    numbers = _Numbers()
    return tuple(_children(numbers.tree(old), numbers.tree(new)))


def content(op: Op) -> dict[str, object]:
    """The arguments that make an operator what it is: tables by their cells, not their names.

    The input has none; its shape is part of the setup.
    """
    if op.role == "input":
        return {}
    return {name: _plain(value) for name, value in dict(op).items()}


def _plain(value: object) -> object:
    return value.rows if isinstance(value, Table) else value


# --- trees ----------------------------------------------------------------------------------------


class _Numbers:
    """Gives equal numbers to equal things, so that whole trees are compared by one number."""

    def __init__(self) -> None:
        self._known: dict[Hashable, int] = {}
        self._ops: dict[int, tuple[int, int]] = {}  # by id: instances of a block share operators

    def tree(self, graph: Graph) -> Level:
        """The paths of a graph as a tree."""
        top = Level("", "")
        blocks = {(block.path, block.name) for block in graph.spec.blocks}
        for path, node in graph.nodes.items():
            level = top
            for name in path.split("."):
                if name not in level.children:
                    below = f"{level.path}.{name}" if level.path else name
                    level.children[name] = made = Level(name, below)
                    made.numbered = (below, _NUMBERED.sub("", name)) in blocks
                level = level.children[name]
            level.node = node
            level.numbered = level.numbered or _NUMBERED.sub("", level.name) == node.op.name
        self._fill(top)
        return top

    def _fill(self, level: Level) -> None:
        """Number a level and what lies below it."""
        if level.node is not None:
            level.content, level.kinds = self._of_op(level.node.op)
            return
        for child in level.children.values():
            self._fill(child)
        children = level.children.values()
        level.content = self._of(("content", *(child.content for child in children)))
        level.kinds = self._of(("kinds", *(child.kinds for child in children)))

    def _of_op(self, op: Op) -> tuple[int, int]:
        if id(op) not in self._ops:
            values = (op.name, tuple(content(op).values()))
            self._ops[id(op)] = (self._of(values), self._of(op.name))
        return self._ops[id(op)]

    def _of(self, thing: Hashable) -> int:
        return self._known.setdefault(thing, len(self._known))


# --- walking both ---------------------------------------------------------------------------------


def _children(old: Level, new: Level) -> Iterator[Match]:
    """What became of the children of two levels that are the same."""
    olds, news = list(old.children.values()), list(new.children.values())
    pairs = _partners(olds, news)
    partners = {id(a): b for a, b in pairs}
    before = {id(b): a for a, b in pairs}
    gone: dict[int, list[Level]] = defaultdict(list)  # by the new level they stood behind
    last = 0
    for a in olds:
        if id(a) in partners:
            last = id(partners[id(a)])
        else:
            gone[last].append(a)
    yield from (Match("removed", a, None) for a in gone[0])
    for b in news:
        yield from _both(before[id(b)], b) if id(b) in before else (Match("added", None, b),)
        yield from (Match("removed", a, None) for a in gone[id(b)])


def _both(old: Level, new: Level) -> Iterator[Match]:
    """What became of two levels that are the same."""
    moved = old.name != new.name
    if old.node is not None and new.node is not None:
        yield Match("moved" if moved else "same", old, new)
    elif old.node is None and new.node is None:
        if moved:
            yield Match("moved", old, new)
        yield from _children(old, new)
    else:
        yield from _opened(old, new)


def _opened(old: Level, new: Level) -> Iterator[Match]:
    """What became of a node that is a group now, or the other way round: `C1` and `C1.conv`.

    The node is the first of the group that fits it best, under another name.
    """
    single, group = (old, new) if old.node else (new, old)
    members = list(group.children.values())
    alike = [level for level in members if level.content == single.content]
    alike += [level for level in members if level.kinds == single.kinds]
    if not alike:
        yield from (Match("removed", old, None), Match("added", None, new))
        return
    for level in members:
        if level is alike[0]:
            yield Match("moved", old, level) if single is old else Match("moved", level, new)
        else:
            yield Match("added", None, level) if single is old else Match("removed", level, None)


# --- matching siblings ----------------------------------------------------------------------------

_Pair = tuple[Level, Level]


def _partners(old: list[Level], new: list[Level]) -> list[_Pair]:
    """The children of two levels that are the same, by the four rounds."""
    pairs = _by_name(old, new, numbered=False)
    for matched in (_by_content, _by_name, _by_kinds):
        if len(pairs) == min(len(old), len(new)):
            break
        pairs += matched(old, new, pairs)
    return pairs


def _by_name(
    old: list[Level], new: list[Level], known: Iterable[_Pair] = (), *, numbered: bool = True
) -> list[_Pair]:
    """Those of one name; only those whose authors chose it unless `numbered`."""
    taken = {id(level) for pair in known for level in pair}

    def takes_part(level: Level) -> bool:
        return id(level) not in taken and (numbered or not level.numbered)

    named = {level.name: level for level in old if takes_part(level)}
    return [(named[b.name], b) for b in new if b.name in named and takes_part(b)]


def _by_content(old: list[Level], new: list[Level], known: list[_Pair]) -> list[_Pair]:
    return [
        pair for gap in _gaps(old, new, known) for pair in _in_order(*gap, attrgetter("content"))
    ]


def _by_kinds(old: list[Level], new: list[Level], known: list[_Pair]) -> list[_Pair]:
    return [pair for gap in _gaps(old, new, known) for pair in _in_order(*gap, attrgetter("kinds"))]


def _gaps(
    old: list[Level], new: list[Level], known: list[_Pair]
) -> Iterable[tuple[list[Level], list[Level]]]:
    """Those without a partner, by the pair they stand behind on both sides."""
    number = {id(level): place for place, pair in enumerate(known) for level in pair}
    gaps: dict[int, tuple[list[Level], list[Level]]] = defaultdict(lambda: ([], []))
    for side, levels in enumerate((old, new)):
        last = -1
        for level in levels:
            last = number.get(id(level), last)
            if id(level) not in number:
                gaps[last][side].append(level)
    return gaps.values()


def _in_order(old: list[Level], new: list[Level], key: Callable[[Level], int]) -> list[_Pair]:
    """A common subsequence, the same whichever of the two networks comes first."""
    if [level.name for level in new] < [level.name for level in old]:
        return [(a, b) for b, a in _common(new, old, key)]
    return _common(old, new, key)


def _common(one: list[Level], two: list[Level], key: Callable[[Level], int]) -> list[_Pair]:
    """A longest common subsequence, or of very many siblings a long one.

    Equal ends are taken as they are: those with equal names always, others if there are many.
    """

    def alike(a: Level, b: Level) -> bool:
        return key(a) == key(b)

    def the_same(a: Level, b: Level) -> bool:
        return a.name == b.name and alike(a, b)

    pairs, one, two = _trimmed(one, two, the_same)
    if len(one) * len(two) > MAX_CELLS:
        more, one, two = _trimmed(one, two, alike)
        pairs += more
    find = _longest if len(one) * len(two) <= MAX_CELLS else _some
    return pairs + find(one, two, key)


def _trimmed(
    one: list[Level], two: list[Level], equal: Callable[[Level, Level], bool]
) -> tuple[list[_Pair], list[Level], list[Level]]:
    """The pairs of equal ends, and what is left of both between them."""
    shorter = min(len(one), len(two))
    start = next((i for i in range(shorter) if not equal(one[i], two[i])), shorter)
    left = shorter - start
    end = next((i for i in range(left) if not equal(one[-1 - i], two[-1 - i])), left)
    ends = (*range(start), *range(-end, 0))
    pairs = [(one[i], two[i]) for i in ends]
    return pairs, one[start : len(one) - end], two[start : len(two) - end]


def _longest(one: list[Level], two: list[Level], key: Callable[[Level], int]) -> list[_Pair]:
    """A longest common subsequence; of several one with many equal names."""
    match = min(len(one), len(two)) + 1  # more than all equal names together

    def worth(a: Level, b: Level) -> int:
        return match + (a.name == b.name) if key(a) == key(b) else 0

    best = [[0] * (len(two) + 1) for _ in range(len(one) + 1)]  # from here to the ends
    for i in reversed(range(len(one))):
        row, below = best[i], best[i + 1]
        for j in reversed(range(len(two))):
            gain = worth(one[i], two[j])
            row[j] = max(row[j + 1], below[j], below[j + 1] + gain if gain else 0)
    found, i, j = list[_Pair](), 0, 0
    while i < len(one) and j < len(two):
        gain = worth(one[i], two[j])
        if gain and best[i][j] == best[i + 1][j + 1] + gain:
            found.append((one[i], two[j]))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return found


def _some(one: list[Level], two: list[Level], key: Callable[[Level], int]) -> list[_Pair]:
    """A common subsequence in one pass: each of `one` with the next of `two` that is left."""
    places: dict[int, list[int]] = defaultdict(list)
    for place, level in enumerate(two):
        places[key(level)].append(place)
    found, after = list[_Pair](), 0
    for level in one:
        fitting = places[key(level)]
        place = bisect_left(fitting, after)
        if place < len(fitting):
            after = fitting[place] + 1
            found.append((level, two[fitting[place]]))
    return found
