"""What the boxes of a picture say: titles, rows, tooltips, errors. Folds nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from archspec.analysis import summary
from archspec.errors import has_errors
from archspec.rendering import labels
from archspec.rendering.folding.layers import Layer
from archspec.rendering.folding.units import Unit
from archspec.rendering.heat import heat
from archspec.rendering.picture import Box
from archspec.schema.arguments import show

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from archspec.analysis import Report
    from archspec.errors import Diagnostic
    from archspec.graph import Graph, Node
    from archspec.rendering.folding.catalog import Catalog
    from archspec.rendering.folding.cut import Part
    from archspec.rendering.picture import Coloring
    from archspec.source import Span

ROOM = 160  # characters of a line of a tooltip
COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}")
Faults = tuple["Diagnostic", ...]


@dataclass(frozen=True, slots=True)
class Words:
    """Writes the boxes of one picture.

    Args:
        report: the numbers.
        catalog: the templates, and the words for units.
        sized: whether the second row is the shape; else it is the parameters.
        coloring: what fills mean.
    """

    report: Report
    catalog: Catalog
    sized: bool
    coloring: Coloring = "op"

    @property
    def graph(self) -> Graph:
        """The network."""
        return self.report.graph

    def box(self, part: Part, nodes: tuple[Node, ...], faults: Faults) -> Box:
        """The box of a part.

        Args:
            part: what it is.
            nodes: all operators it stands for, of every turn of a repeat.
            faults: the errors in it.
        """
        item = part.item
        template = self.catalog.first(item) if isinstance(item, Unit) else None
        what = self._what(item)
        tags = self._tags(part)
        whole = {node.path for node in item.nodes} >= set(self._statement_nodes(part))
        fill, issue = str(tags.get("color", "")), first_issue(faults)
        hot = None if self.coloring == "op" else heat(self.report, nodes, self.coloring)
        rows = [*self._rows(part, nodes), *([hot[1]] if hot else []), *_fault_rows(faults, issue)]
        return Box(
            path=part.path,
            role=item.anchor.op.role if isinstance(item, Layer) else "block",
            title=str(tags["name"]) if whole and "name" in tags else self._title(part),
            summary=""
            if what == part.path
            else what + (f" x{part.count}" if part.count > 1 else ""),
            rows=tuple(dict.fromkeys(rows)),
            tooltip="\n".join(self.tooltip(part, what, faults)),
            fill=fill if COLOR.fullmatch(fill) else None,
            heat=hot[0] if hot else None,
            href=f"t.{template.letter}" if template and self.catalog.lettered else "",
            issue=issue,
        )

    def _what(self, item: Unit | Layer) -> str:
        """What is in it, on one line."""
        if isinstance(item, Layer):
            return labels.layer_summary(item.nodes)
        return self.catalog.composition(item)

    def _title(self, part: Part) -> str:
        """The path, without the part that the title of the frame around it says."""
        around = next(
            (u for u in reversed(part.frames) if part.path.startswith(f"{u.path}.")), None
        )
        return around.relative(part.path)[1:] if around else part.path

    def _rows(self, part: Part, nodes: tuple[Node, ...]) -> Iterator[str]:
        last = part.item.nodes[-1]
        head = next((h for h in self.graph.spec.heads if h.name == last.spec.head), None)
        if last.op.role == "input":
            yield labels.shape_text(last.sure_output)
        elif head is not None and not isinstance(part.item, Layer):
            only = ", train only" if head.phase == "train" else ""
            yield f"loss {show(head.loss_weight)}{only}"
        elif self.sized:
            yield labels.shape_text(self._output(part))
        elif self.coloring != "params":
            turns = len(nodes) // len(part.item.nodes)
            yield self._params(nodes) + (f" in {turns} turns" if turns > 1 else "")

    def _output(self, part: Part) -> tuple[int, ...] | None:
        """What leaves the part, of the last turn of a repeat."""
        return part.item.nodes[-1].sure_output

    def _params(self, nodes: Iterable[Node]) -> str:
        numbers = [self.report.number(node.path, "params") for node in nodes]
        known = [number for number in numbers if number is not None]
        return labels.params_text(sum(known) if len(known) == len(numbers) else None)

    def tooltip(self, part: Part, what: str, faults: Faults) -> Iterator[str]:
        """What is in the box, its errors, its numbers with their arithmetic as `explain` has it."""
        yield f"{part.path}  {what}"
        yield from (f"{fault.code}: {fault.message}" for fault in faults)
        nodes = part.item.nodes
        if self._exact(part.path, len(nodes)):
            yield from map(_short, summary(self.report, part.path))
        elif isinstance(part.item, Layer):
            # A norm or an activation has the shape and the field of its layer: said once.
            yield from dict.fromkeys(x for n in nodes for x in summary(self.report, n.path))
        span = nodes[0].span
        yield f"{PurePath(span.source.name).name}:{span.location.line}"

    def _exact(self, path: str, size: int) -> bool:
        """Whether the path names exactly these nodes."""
        try:
            return len(self.graph.members(path)) == size
        except KeyError:
            return False

    def _statement_nodes(self, part: Part) -> tuple[str, ...]:
        """Paths of all nodes of the statement a part belongs to."""
        owner = self.graph.owners.get(_main(part).path)
        return owner.nodes if owner else ()

    def _tags(self, part: Part) -> Mapping[str, object]:
        """What the source says in brackets behind the part's statement."""
        owner = self.graph.owners.get(_main(part).path)
        return owner.tags if owner else {}

    def stage(self, part: Part) -> str | None:
        """The value of the author's tag `stage`."""
        stage = self._tags(part).get("stage")
        return None if stage is None else str(stage)


def _short(line: str) -> str:
    """A number without an arithmetic that no tooltip has room for."""
    return line if len(line) <= ROOM else " = ".join(line.split(" = ")[:1])


def counted(text: str, count: int) -> str:
    """`3x3, 64, relu x2`.

    >>> counted("add", 1), counted("add", 2)
    ('add', 'add x2')
    """
    return f"{text} x{count}" if count > 1 else text


def _main(part: Part) -> Node:
    """The node whose statement it is."""
    return part.item.anchor if isinstance(part.item, Layer) else part.item.nodes[-1]


def faults_of(part: Part, nodes: tuple[Node, ...], report: Report) -> Faults:
    """The errors in a part."""
    return tuple(d for d in report.diagnostics if has_errors([d]) and _has(part, nodes, d))


def _has(part: Part, nodes: tuple[Node, ...], problem: Diagnostic) -> bool:
    """Whether a diagnostic is about this part: by its path, else by its place."""
    if problem.path is not None:
        inside = not isinstance(part.item, Layer) and problem.path.startswith(f"{part.path}.")
        return inside or problem.path == part.path or any(problem.path == x.path for x in nodes)
    return any(_stands_in(problem.primary, node.span) for node in nodes)


def _stands_in(inner: Span | None, outer: Span) -> bool:
    if inner is None or inner.source is not outer.source:
        return False
    return outer.start <= inner.start < outer.end


def is_expectation(diagnostic: Diagnostic) -> bool:
    """Whether the network is fine and only a number is not the expected one."""
    return diagnostic.code.startswith("X")


def first_issue(faults: Faults) -> str | None:
    """The code of the first error that is no expectation."""
    return next((fault.code for fault in faults if not is_expectation(fault)), None)


def _fault_rows(faults: Faults, issue: str | None) -> Iterator[str]:
    yield from (f"! {d.text or d.message}" for d in faults if is_expectation(d))
    yield from [f"! {issue}"] if issue else []
