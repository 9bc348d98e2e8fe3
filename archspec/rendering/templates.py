"""The drawing of every template: its first use, in the letters of all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archspec.rendering.boxes import counted, faults_of
from archspec.rendering.folding.levels import template_cut, templates
from archspec.rendering.folding.shared import tags_of
from archspec.rendering.folding.units import Unit, sources_of
from archspec.rendering.links import links_of
from archspec.rendering.picture import Box, Frame, Link

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archspec.graph import Node
    from archspec.rendering.boxes import Words
    from archspec.rendering.folding.catalog import Catalog, Template
    from archspec.rendering.folding.cut import Cut, Part
    from archspec.rendering.folding.flows import Edge, Flow
    from archspec.rendering.folding.layers import Layer


@dataclass(frozen=True, slots=True)
class Drawn:
    """What templates add to a picture."""

    boxes: tuple[Box, ...] = ()
    links: tuple[Link, ...] = ()
    frames: tuple[Frame, ...] = ()


def drawn(catalog: Catalog, words: Words, flow: Mapping[Edge, Flow]) -> Drawn:
    """A frame for each template.

    Args:
        catalog: the templates.
        words: writes tooltips.
        flow: the meaning of edges that are not plain data.
    """
    each = [_Template(template, catalog, words, flow).drawn() for template in templates(catalog)]
    return Drawn(
        tuple(box for one in each for box in one.boxes),
        tuple(link for one in each for link in one.links),
        tuple(frame for one in each for frame in one.frames),
    )


@dataclass(frozen=True, slots=True)
class _Template:
    template: Template
    catalog: Catalog
    words: Words
    flow: Mapping[Edge, Flow]

    def drawn(self) -> Drawn:
        made = template_cut(self.template.unit, self.catalog)
        links = (*self._entering(made), *self._inner(made))
        boxes = _told_apart((*self._inputs(), *map(self._box, made.parts)), links)
        paths = tuple(box.path for box in boxes)
        frame = Frame(self._name(""), self.template.title, "template", paths)
        return Drawn(boxes, links, (frame,))

    def _name(self, path: str) -> str:
        """A path in the picture: `t.A.cbn.conv`."""
        return f"{self.catalog.frame(self.template)}{path}"

    def _inside(self, path: str) -> str:
        return self._name(self.template.unit.relative(path))

    def _sources(self) -> dict[str, str]:
        """The box of every tensor that enters, by the path of its operator."""
        sources = sources_of(self.template.unit.nodes)
        return {
            path: self._name(f".in{place + 1 if place else ''}")
            for place, path in enumerate(sources)
        }

    def _inputs(self) -> list[Box]:
        letter = self.template.enters
        summary = f"{letter} maps" if letter else ""
        return [
            Box(path, "input", path.rpartition(".")[2], summary, (), "what enters the block")
            for path in self._sources().values()
        ]

    def _box(self, part: Part) -> Box:
        item, label = part.item, self._label(part)
        uses = len(self.template.uses)
        use = f"drawn for {self.template.unit.path}, the first of {uses} uses"
        inner = self.catalog.of.get(item.path) if isinstance(item, Unit) else None
        faults = faults_of(part, item.nodes, self.words.report)
        box = Box(
            path=self._inside(part.path),
            role="block" if isinstance(item, Unit) else item.anchor.op.role,
            title="",
            summary=counted(label, part.count),
            rows=(),
            tooltip="\n".join((*self.words.tooltip(part, label, faults), use)),
            href=self.catalog.frame(inner) if inner else "",
            shared=self._shared(item),
        )
        shape_faults = [d for d in faults if d.code.startswith("E")]
        return replace(box, issue=shape_faults[0].code) if shape_faults else box

    def _shared(self, item: Unit | Layer) -> str:
        """The tags of weights that are the same in every use."""
        places = [self.template.unit.nodes.index(node) for node in item.nodes]
        folded, weights = isinstance(item, Unit), self.words.weights
        found = {
            tags_of([use.nodes[place] for place in places], weights, folded=folded)
            for use in self.template.uses
        }
        return found.pop() if len(found) == 1 else ""

    def _label(self, part: Part) -> str:
        if isinstance(part.item, Unit):
            return self.catalog.inner_use(part.item, self.template)
        words = [self.template.labels[node.path] for node in part.item.nodes]
        if part.item.nodes[0].op.name == "concat" and (widths := self._widths(part.item)):
            words[0] = f"{words[0]} {widths}"
        return ", ".join(words)

    def _widths(self, layer: Layer) -> str:
        """`c1+c3+c5+pp`, where the maps of every lane of a concatenation are known."""
        lanes = [self._width(path) for path in layer.nodes[0].inputs]
        return "+".join(lanes) if all(lanes) else ""

    def _width(self, path: str) -> str:
        """The maps that a lane brings; "" if it does not say."""
        inside = {node.path: node for node in self.template.unit.nodes}
        node = inside.get(path)
        while node is not None and not node.op.merges:
            if node.op.weighted:
                label = self.template.labels[node.path].split(", ")
                return label[1] if len(label) > 1 and "+" not in label[1] else ""
            if node.op.name == "slice":
                return ""
            node = inside.get(node.inputs[0])
        return ""

    def _entering(self, made: Cut) -> list[Link]:
        """Links from what enters."""
        names = self._sources()
        found: dict[tuple[str, str, str], int] = {}
        for node in self.template.unit.nodes:
            for path in node.inputs:
                if path in names and self._first_turn(made, node):
                    kind = self.flow.get((path, node.path), "data")
                    kind = "data" if kind == "aux" else kind
                    ends = (names[path], self._inside(made.home[node.path].path), kind)
                    found[ends] = found.get(ends, 0) + 1
        return [
            Link(*ends, "", count)
            for ends, count in found.items()
            if ends[2] == "data" or (*ends[:2], "data") not in found
        ]

    def _first_turn(self, made: Cut, node: Node) -> bool:
        return not any(made.turns.get(node.path, {}).values())

    def _inner(self, made: Cut) -> list[Link]:
        """Links between its boxes."""
        report = self.words.report
        faults = {part.path: faults_of(part, part.item.nodes, report) for part in made.parts}
        links = links_of(made, report.graph, self.flow, faults, "none")
        return [replace(x, src=self._inside(x.src), dst=self._inside(x.dst)) for x in links]


def _told_apart(boxes: tuple[Box, ...], links: Sequence[Link]) -> tuple[Box, ...]:
    """Where maps are both added and carried along, each slice says which its maps are."""
    if not {"skip", "dense"} <= {link.kind for link in links}:
        return boxes
    words = {"skip": "added", "dense": "carried"}
    said = {x.dst: words[x.kind] for x in links if x.kind in words}
    return tuple(
        replace(box, summary=f"{box.summary}, {said[box.path]}")
        if box.path in said and box.summary.startswith("slice")
        else box
        for box in boxes
    )
