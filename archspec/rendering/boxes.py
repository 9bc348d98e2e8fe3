"""What the boxes of a picture say: titles, rows, tooltips, errors. Folds nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from archspec.analysis import summary
from archspec.errors import has_errors
from archspec.rendering import labels
from archspec.rendering.figures import figure_text
from archspec.rendering.folding.layers import Layer
from archspec.rendering.folding.shared import tags_of
from archspec.rendering.folding.units import Unit
from archspec.rendering.heat import heat
from archspec.rendering.picture import Box
from archspec.schema import show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archspec.analysis import Report
    from archspec.errors import Diagnostic
    from archspec.graph import Graph, Node
    from archspec.rendering.folding.catalog import Catalog
    from archspec.rendering.folding.cut import Part
    from archspec.rendering.folding.selection import Selection
    from archspec.rendering.picture import PictureOptions
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
        options: what to show.
        drawn: the part of the network that the picture is of.
        sized: whether the numbers of a box are its shape, if the options do not say.
        weights: tags of operators that share weights, by path.
    """

    report: Report
    catalog: Catalog
    options: PictureOptions
    drawn: Selection
    sized: bool
    weights: Mapping[str, str]

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
        if part.path in self.drawn.doors:
            return self._door(part)
        template = self.catalog.first(item) if isinstance(item, Unit) else None
        what = self._what(item)
        tags = self._tags(part)
        whole = self._whole(part)
        fill, issue = str(tags.get("color", "")), first_issue(faults)
        color_by = self.options.color_by
        hot = None if color_by == "op" else heat(self.report, nodes, color_by)
        hidden = color_by if hot else ""  # its number stands with its share
        rows = [*self._rows(part, nodes, hidden), *([hot[1]] if hot else [])]
        rows += _fault_rows(faults, issue)
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
            href=self.catalog.frame(template) if template and self.catalog.lettered else "",
            issue=issue,
            shared=tags_of(nodes, self.weights, folded=isinstance(item, Unit)),
        )

    def _door(self, part: Part) -> Box:
        """The box of what enters a part of a network that is drawn alone."""
        source = part.item.nodes[-1]
        return Box(
            path=part.path,
            role="input",
            title=part.path.replace(".", ""),
            summary="",
            rows=(labels.shape_text(source.sure_output),),
            tooltip=f"what enters: the output of {source.path}",
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
        if around:
            return around.relative(part.path)[1:]
        owner = self.graph.owners.get(_main(part).path)
        if owner and "name" in owner.tags and part.path.startswith(f"{owner.path}."):
            return f"{owner.tags['name']}{part.path.removeprefix(owner.path)}"
        return part.path.removeprefix(f"{self.drawn.root}.")

    def _rows(self, part: Part, nodes: tuple[Node, ...], hidden: str) -> Iterator[str]:
        last, turns = part.item.nodes[-1], len(nodes) // len(part.item.nodes)
        shown = self.options.show or (("shape",) if self.sized else ("params",))
        head = next((h for h in self.graph.spec.heads if h.name == last.spec.head), None)
        if last.op.role == "input":
            shown = ("shape",)
        elif head is not None and not isinstance(part.item, Layer):
            only = ", train only" if head.phase == "train" else ""
            yield f"loss {show(head.loss_weight)}{only}"
            shown = self.options.show
        for what in shown:
            if what != hidden:
                yield figure_text(self.report, last, nodes, turns, what)

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
        owner = self.graph.owners.get(_main(part).path)
        span = owner.span if owner and self._whole(part) else nodes[0].span
        yield f"{PurePath(span.source.name).name}:{span.location.line}"

    def _exact(self, path: str, size: int) -> bool:
        """Whether the path names exactly these nodes."""
        try:
            return len(self.graph.members(path)) == size
        except KeyError:
            return False

    def _whole(self, part: Part) -> bool:
        """Whether nothing of the statement a part belongs to is elsewhere."""
        return {node.path for node in part.item.nodes} >= set(self._statement_nodes(part))

    def owner(self, node: Node) -> str:
        """The label of the statement of a node."""
        owner = self.graph.owners.get(node.path)
        return owner.path if owner else node.path

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
