"""Every distinct block of a network once, with its uses, and how a box names what it folds."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

from archspec.rendering.folding.layers import Layer
from archspec.rendering.folding.symbols import ENTERS, Letters, letters_in_order
from archspec.rendering.folding.units import Unit, is_chain, structure
from archspec.rendering.labels import free_name, layer_summary
from archspec.schema import show

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archspec.graph import Graph, Node
    from archspec.rendering.folding.units import Structure

MANY = 2  # different uses in one repeat that are told one by one
SHORT = 4  # layers of a block inside a block that are drawn in place
_TOKEN = 10**9  # stands for a value in a label; larger than any attribute


@dataclass(eq=False)
class Template:
    """A block as drawn once.

    Args:
        letter: its name in the picture.
        name: the block's, or the path of a statement that is no block.
        uses: its instances, in order.
        graph: the network.
        fixed: arguments that tell it from other templates of the same block.
    """

    letter: str
    name: str
    graph: Graph
    uses: list[Unit] = field(default_factory=list)
    fixed: dict[str, str] = field(default_factory=dict)

    @property
    def unit(self) -> Unit:
        """The use that is drawn."""
        return self.uses[0]

    @cached_property
    def letters(self) -> Letters:
        """Its parameters; call when all uses are known."""
        return Letters(self.graph, self.uses)

    @cached_property
    def labels(self) -> dict[str, str]:
        """The label of every operator of the first use, by path."""
        return {node.path: self._label(node, row) for node, row in self._rows()}

    def _rows(self) -> Iterable[tuple[Node, tuple[Node, ...]]]:
        others = zip(*(unit.nodes for unit in self.uses), strict=True)
        return zip(self.unit.nodes, others, strict=True)

    def _label(self, node: Node, row: tuple[Node, ...]) -> str:
        """The operator's own label, with formulas in place of values that differ.

        Operators know how to write themselves, so each such value goes in as a number that
        cannot occur, and comes out of the text as the formula.
        """
        if len({each.op.figure_label() for each in row}) == 1:
            return node.op.figure_label()
        found: dict[str, tuple[str, list[int]]] = {}
        changes: dict[str, object] = {}
        for name in type(node.op).model_fields:
            values = [getattr(each.op, name) for each in row]
            sides = [side for side in map(_side, values) if side is not None]
            if len(set(values)) == 1 or len(sides) < len(values):
                continue
            token = _TOKEN + len(found)
            found[str(token)] = (name, sides)
            pair = isinstance(values[0], tuple)
            changes[name] = (token,) * len(values[0]) if pair else token
        text = node.op.model_copy(update=changes).figure_label()
        for written, (name, sides) in found.items():
            if written in text:
                text = text.replace(written, self.letters.formula(node, name, sides))
        return text

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The letters that its labels mention, in the order of the call."""
        assert self.labels is not None, "labels mention letters"
        return letters_in_order(self.letters.values, self.letters.mentioned)

    @property
    def enters(self) -> str:
        """The letter of the maps that enter, where a label mentions it."""
        named = ENTERS in self.letters.mentioned and ENTERS not in self.letters.values
        return ENTERS if self.labels and named else ""

    @property
    def title(self) -> str:
        """`A = Bottleneck(w, stride, project=true)`."""
        words = [*self.parameters, *(f"{name}={value}" for name, value in self.fixed.items())]
        return f"{self.letter} = {self.name}({', '.join(words)})" if words else self.short

    @property
    def short(self) -> str:
        """`A = Bottleneck`."""
        return f"{self.letter} = {self.name}"

    def values(self, unit: Unit) -> tuple[str, ...]:
        """What one use gives for the letters: `64`, `/2`; a stride of 1 is not written."""
        place = next(i for i, use in enumerate(self.uses) if use.path == unit.path)
        known = ((name, self.letters.values[name][place]) for name in self.parameters)
        return tuple(_given(name, show(value) or "?") for name, value in known)


def _side(value: object) -> int | None:
    """A whole number, or both sides of a square."""
    if isinstance(value, tuple) and value and all(side == value[0] for side in value):
        value = value[0]
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _given(name: str, value: str) -> str:
    if name != "stride":
        return value
    return "" if value == "1" else f"/{value}"


class Catalog:
    """The templates of a network, and the words for its units."""

    def __init__(self, graph: Graph, items: Sequence[Unit | Layer], *, lettered: bool) -> None:
        """Find every distinct block, in order of appearance.

        Args:
            graph: the network.
            items: its units.
            lettered: whether templates are drawn, so that their letters mean something.
        """
        self.graph, self.lettered = graph, lettered
        self.prefix = free_name("t", graph.nodes)
        self.templates: dict[tuple[str, Structure], Template] = {}
        self.of: dict[str, Template] = {}
        self.looks: dict[str, object] = {}
        self._walk(items, inside=False)
        self._tell_apart()

    def _walk(self, items: Iterable[Unit | Layer], *, inside: bool) -> None:
        """Every unit; `inside` a block, a short chain is drawn where it stands."""
        for item in items:
            if isinstance(item, Layer):
                continue
            built = structure(item)
            self.looks[item.path] = (built, tuple(node.op.figure_label() for node in item.nodes))
            short = inside and is_chain(item.items) and len(item.items) <= SHORT
            if is_motif(item) and not short:
                name = item.block.name if item.block else item.path
                key = (name, built)
                if key not in self.templates:
                    self.templates[key] = Template(_letter(len(self.templates)), name, self.graph)
                self.templates[key].uses.append(item)
                self.of[item.path] = self.templates[key]
            self._walk(item.items, inside=inside or item.path in self.of)

    def _tell_apart(self) -> None:
        """Templates of one block say which of its constant arguments differ."""
        by_name: dict[str, list[Template]] = {}
        for template in self.templates.values():
            by_name.setdefault(template.name, []).append(template)
        for group in by_name.values():
            for name in group[0].letters.values if len(group) > 1 else ():
                rows = [set(template.letters.values[name]) for template in group]
                if all(len(row) == 1 for row in rows) and len(set().union(*rows)) > 1:
                    for template, row in zip(group, rows, strict=True):
                        template.fixed[name] = show(next(iter(row)))

    def frame(self, template: Template) -> str:
        """The id of the frame that a template is drawn in: `t.A`."""
        return f"{self.prefix}.{template.letter}"

    def first(self, unit: Unit) -> Template | None:
        """The template of a unit, or the first one in it."""
        if unit.path in self.of:
            return self.of[unit.path]
        inner = (self.first(item) for item in unit.items if isinstance(item, Unit))
        return next((template for template in inner if template), None)

    # --- words --------------------------------------------------------------------------------

    def use(self, unit: Unit) -> str:
        """A use of a template: `A(64, /2)`, or `Bottleneck(64, /2)` where none is drawn."""
        template = self.of[unit.path]
        return self._called(template, template.values(unit))

    def _called(self, template: Template, values: Iterable[str]) -> str:
        """A template with arguments; without letters also what tells it from others of a name."""
        given = [value for value in values if value]
        if not self.lettered:
            given += [f"{name}={value}" for name, value in template.fixed.items()]
        word = template.letter if self.lettered else template.name
        return f"{word}({', '.join(given)})" if given else word

    def inner_use(self, unit: Unit, outer: Template) -> str:
        """A use inside another template, in that one's letters."""
        template = self.of[unit.path]
        inside = [use for use in template.uses if _within(use, outer.uses)]
        every = len(inside) // len(outer.uses)
        alike = [use for use in inside if _tail(use, outer.uses) == outer.unit.relative(unit.path)]
        words = []
        for name in template.parameters:
            places = [i for i, use in enumerate(template.uses) if use in alike]
            values = [template.letters.values[name][place] for place in places]
            same = len(set(values)) == 1 or not every
            word = show(values[0]) if same else outer.letters.argument(unit, name, values)
            words.append(_given(name, word))
        return self._called(template, words)

    def composition(self, unit: Unit) -> str:
        """What is in a box, in order: `A(64) + B(64) x2`, `3x3, 64, relu x2 -> max 2x2`."""
        if unit.path in self.of:
            return self.use(unit)
        pieces = self._pieces(unit.items)
        folded = all(isinstance(item, Unit) and item.path in self.of for item in unit.items)
        return (" + " if folded else " -> ").join(pieces)

    def _pieces(self, items: Sequence[Unit | Layer]) -> list[str]:
        """A text for neighbours that say the same, or for a repeat that says too many things."""
        alike = [list(group) for _, group in groupby(items, key=self._said)]
        found: list[str] = []
        for repeat, groups in groupby(alike, key=lambda group: self._repeat(group[0])):
            several = list(groups)
            if repeat and len(several) > MANY:
                several = [[item for group in several for item in group]]
            found += map(self._piece, several)
        return found

    def _said(self, item: Unit | Layer) -> tuple[str, str]:
        letter = self.of[item.path].letter if item.path in self.of else ""
        return letter, self._text(item)

    def _repeat(self, item: Unit | Layer) -> tuple[str, str] | None:
        """The repeat of a use, with its template; None for anything else."""
        if isinstance(item, Layer) or not item.repeat or item.path not in self.of:
            return None
        return self.of[item.path].letter, item.repeat

    def _piece(self, group: list[Unit | Layer]) -> str:
        text = self._text(group[0])
        first, last = group[0], group[-1]
        if isinstance(first, Unit) and isinstance(last, Unit) and first.path in self.of:
            template = self.of[first.path]
            ends = zip(template.values(first), template.values(last), strict=True)
            text = self._called(template, [a if a == b else f"{a}..{b}" for a, b in ends])
        return f"{text} x{len(group)}" if len(group) > 1 else text

    def _text(self, item: Unit | Layer) -> str:
        if isinstance(item, Layer):
            return layer_summary(item.nodes)
        several = item.path not in self.of and len(item.items) > 1
        return f"({self.composition(item)})" if several else self.composition(item)


def is_motif(unit: Unit) -> bool:
    """Whether a unit is worth a drawing of its own: a block with layers, or anything that forks."""
    if not is_chain(unit.items):
        return True
    return unit.block is not None and any(isinstance(item, Layer) for item in unit.items)


def _within(unit: Unit, outer: Iterable[Unit]) -> bool:
    return any(unit.path.startswith(f"{each.path}.") for each in outer)


def _tail(unit: Unit, outer: Iterable[Unit]) -> str:
    return next(each.relative(unit.path) for each in outer if unit.path.startswith(f"{each.path}."))


def _letter(number: int) -> str:
    """A to Z, then A2 to Z2."""
    turn, place = divmod(number, 26)
    return chr(ord("A") + place) + (str(turn + 1) if turn else "")
