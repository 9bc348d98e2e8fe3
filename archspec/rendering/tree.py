"""A report as a tree for terminals: the folds of the pictures, with shapes, numbers and bars."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from archspec.analysis import Quantity
from archspec.rendering import labels
from archspec.rendering.boxes import counted
from archspec.rendering.cells import bounded, maps_at_size
from archspec.rendering.folding.catalog import Catalog
from archspec.rendering.folding.layers import Layer
from archspec.rendering.folding.units import Unit, runs, unit_tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.table import Table

    from archspec.analysis import Report
    from archspec.graph import Node

BAR = 8  # cells of a whole bar
EIGHTHS = " ▏▎▍▌▋▊▉"


@dataclass(frozen=True, slots=True)
class Guides:
    """The characters a tree is drawn with: of the middle, the last, and what is below them."""

    middle: str
    last: str
    below: str
    blank: str


LINES = Guides("├─ ", "└─ ", "│  ", "   ")
ASCII = Guides("|- ", "`- ", "|  ", "   ")


def report_tree(report: Report, *, ascii_only: bool = False) -> Table:
    """Every statement with what is in it; blocks of a repeat that are alike are one row.

    Numbers are those of all turns of a repeat, so that every level adds up. Heads are no part of
    the network's numbers and stand below it.

    Args:
        report: the numbers.
        ascii_only: for terminals without other characters.
    """
    from rich.table import Table

    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    made.add_column("layer", no_wrap=True)
    made.add_column("what", overflow="fold")
    made.add_column("maps@size", no_wrap=True)
    for header in ("params", "MACs"):
        made.add_column(header, justify="right", no_wrap=True)
    made.add_column("share of MACs", no_wrap=True)
    for row in _Tree(report, ASCII if ascii_only else LINES).rows():
        made.add_row(*row)
    return made


class _Tree:
    """The rows of a tree."""

    def __init__(self, report: Report, guides: Guides) -> None:
        self.report, self.guides = report, guides
        self.items = unit_tree(report.graph)
        self.catalog = Catalog(report.graph, self.items, lettered=False)
        self.total = report.quantity("", "macs").value

    def rows(self) -> Iterator[tuple[str, ...]]:
        """The network and everything in it, then its heads."""
        heads = tuple(item for item in self.items if item.nodes[0].spec.head)
        trunk = tuple(item for item in self.items if item not in heads)
        for name, items in ((self.report.graph.name, trunk), ("heads", heads)):
            if items:
                nodes = tuple(node for item in items for node in item.nodes)
                yield (name, "", "", *self._numbers(nodes))
                yield from self._inside([items], "", "")

    def _inside(
        self, turns: Sequence[Sequence[Unit | Layer]], parent: str, indent: str
    ) -> Iterator[tuple[str, ...]]:
        """The rows of some items; of a repeat drawn once, the items of every turn."""
        place, groups = 0, runs(turns[0], self.catalog.looks)
        for group in groups:
            alike = [item for turn in turns for item in turn[place : place + len(group)]]
            place += len(group)
            last, first = group is groups[-1], group[0]
            name = first.path.removeprefix(f"{parent}.") if parent else first.path
            yield (
                f"{indent}{self.guides.last if last else self.guides.middle}{name}",
                counted(self._what(first), len(group)),
                maps_at_size(alike[-1].nodes[-1].output),
                *self._numbers(tuple(node for item in alike for node in item.nodes)),
            )
            below = indent + (self.guides.blank if last else self.guides.below)
            if self._opened(first):
                yield from self._inside([self._opened(x) for x in alike], first.path, below)

    def _opened(self, item: Unit | Layer) -> tuple[Unit | Layer, ...]:
        """What is shown below an item; a single layer is the item itself."""
        if isinstance(item, Layer) or (len(item.items) == 1 and isinstance(item.items[0], Layer)):
            return ()
        return item.items

    def _what(self, item: Unit | Layer) -> str:
        if isinstance(item, Layer):
            return labels.layer_summary(item.nodes)
        if item.path in self.catalog.of:
            return self.catalog.use(item)
        if not self._opened(item):
            return self.catalog.composition(item)
        return item.block.name if item.block else ""

    def _numbers(self, nodes: tuple[Node, ...]) -> tuple[str, str, str]:
        params, macs = (self._sum(nodes, metric) for metric in ("params", "macs"))
        if nodes[0].spec.head:
            return bounded(params), bounded(macs), ""
        share = Fraction(macs.value, self.total) if self.total else Fraction(0)
        text = f"{bar(share, ascii_only=self.guides is ASCII)} {float(share):6.1%}"
        if macs.status != "complete":
            text = "?"
        return bounded(params), bounded(macs), text if macs.value or text == "?" else ""

    def _sum(self, nodes: tuple[Node, ...], metric: str) -> Quantity:
        values = [self.report.numbers[metric][node.path] for node in nodes]
        known = [value for value in values if value is not None]
        return Quantity(sum(known), len(known), len(values))


def bar(share: Fraction, *, ascii_only: bool = False) -> str:
    """A share as a bar of 8 cells, to an eighth of a cell.

    >>> bar(Fraction(1, 2), ascii_only=True)
    '####    '
    """
    if ascii_only:
        return ("#" * round(share * BAR)).ljust(BAR)
    whole, rest = divmod(round(share * BAR * 8), 8)
    return ("█" * whole + (EIGHTHS[rest] if rest else "")).ljust(BAR)
