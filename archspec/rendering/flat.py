"""A network as a flat spec: blocks, repeats, conditions and parameters gone, one line a node.

It is a spec like any other: analyzed, it has the same nodes in the same order with the same
numbers. Only the paths differ, since labels have no dots: `conv3_x.2.add` is `conv3_x_2_add`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archspec.ops import Table, written
from archspec.rendering.arguments import call_text, cell_text, quoted, value_text
from archspec.rendering.recipe_text import recipe_text
from archspec.schema import show, why_reserved
from archspec.source import Source
from archspec.syntax import format_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archspec.graph import Graph, Node
    from archspec.schema import ExpectationSpec, HeadSpec

_WORDS = frozenset("head input output expect train repeat if in else".split())
_NUMBER = re.compile(r"[-+]?\d[\w.]*([eE][-+]\d+)?")


def flat_source(graph: Graph, path: str = "") -> str:
    """The text of a flat spec.

    Args:
        graph: resolved, without errors.
        path: a node or group to write alone, with inputs in place of what enters it; "" is
            the whole network.

    Raises:
        KeyError: if there is no such node or group.
    """
    text = "\n".join(_Flat(graph, path).lines())
    return format_source(Source(f"{graph.name}.arch", text))


class _Flat:
    """Writes one graph, or the part of it below a path."""

    def __init__(self, graph: Graph, path: str) -> None:
        self.graph = graph
        self.path = path
        members = graph.members(path) if path else graph.nodes.values()
        self.nodes = {node.path: node for node in members}
        entering = (source for node in self.nodes.values() for source in node.inputs)
        outside = dict.fromkeys(source for source in entering if source not in self.nodes)
        self.inputs = [node for node in self.nodes.values() if not node.inputs]
        self.inputs += [graph[source] for source in outside]
        self.tables = _table_names(self.nodes.values())
        self.labels = self._labels()
        self.named: set[str] = set()  # inputs that need their name

    # --- names --------------------------------------------------------------------------------

    def head_of(self, node: Node) -> str:
        """The head a node is written in; a part of a network has none."""
        return "" if self.path else node.spec.head

    def _labels(self) -> dict[str, str]:
        """A label for every node; those of heads must differ from the trunk's as well."""
        heads = {head.name for head in self.graph.spec.heads}
        labels: dict[str, str] = {}
        nodes = {node.path: node for node in (*self.inputs, *self.nodes.values())}.values()
        for node in sorted(nodes, key=lambda node: bool(self.head_of(node))):
            head = self.head_of(node)
            wanted = node.path.removeprefix(f"{head}.") if head else node.path
            wanted = "image" if wanted == "input" else wanted
            near = {
                label
                for other, label in labels.items()
                if self.head_of(self.graph[other]) in ("", head)
            }
            labels[node.path] = _identifier(wanted, near | heads)
        return labels

    def reference(self, path: str, head: str) -> str:
        """How a statement in `head` calls the output of a node: a head's by the head's name."""
        other = self.head_of(self.graph[path])
        self.named.add(path)
        return f"@{other if other and other != head else self.labels[path]}"

    def new_path(self, path: str) -> str:
        """The path a node has in the flat spec; "" for one that is not in it."""
        if path not in self.nodes:
            return ""
        head = self.head_of(self.nodes[path])
        if not head:
            return self.labels[path]
        return head if len(self._members(head)) == 1 else f"{head}.{self.labels[path]}"

    # --- the file -----------------------------------------------------------------------------

    def lines(self) -> Iterator[str]:
        """Every line, without layout."""
        spec = self.graph.spec
        part = f", only {self.path}" if self.path else ""
        yield f"# {spec.name} of {spec.source.name}, expanded{part}"
        yield ""
        cited = {claim.cite for claim in spec.expectations if self._survives(claim)}
        for cite in (cite for cite in spec.cites if cite.name in cited):
            entries = (f"{key} = {value_text(value)}" for key, value in cite.entries.items())
            yield from (f"cite {cite.name} {{", *entries, "}", "")
        for table, name in self.tables.items():
            rows = (
                " ".join(cell_text(cell, linked=table.is_connection) for cell in row)
                for row in table.rows
            )
            yield from (f"table {name} {{", *rows, "}", "")
        yield from _doc(spec.doc)
        title = f" {quoted(spec.title)}" if spec.title else ""
        name = f"{spec.name}_{_identifier(self.path, set())}" if self.path else spec.name
        yield f"arch {name}{title} {{"
        yield from self._body()
        yield "}"

    def _body(self) -> Iterator[str]:
        statements = list(self._statements())
        yield from map(self._input, self.inputs)
        yield ""
        yield from statements
        yield from self._expectations()
        if not self.path:
            yield from recipe_text(self.graph)

    def _input(self, node: Node) -> str:
        bare = len(self.inputs) == 1 and node.path not in self.named and node.path == "input"
        name = "" if bare else f"{self.labels[node.path]}: "
        return f"input {name}{written(node.output or ())}"

    # --- statements ---------------------------------------------------------------------------

    def _statements(self) -> Iterator[str]:
        current = self.inputs[0].path if len(self.inputs) == 1 else ""
        done: set[str] = set()
        for node in self.nodes.values():
            head = self.head_of(node)
            if head and head not in done:
                done.add(head)
                yield from self._head(head, current)
            if node not in self.inputs and not head:
                yield from self._statement(node, current)
                current = node.path
        outputs = self.graph.spec.outputs
        if not self.path and outputs != (current,):
            yield f"output {', '.join(self.reference(path, '') for path in outputs)}"

    def _head(self, name: str, current: str) -> Iterator[str]:
        spec = next(head for head in self.graph.spec.heads if head.name == name)
        members = self._members(name)
        yield f"head {name}{_head_arguments(spec)} {{"
        for node in members:
            yield from self._statement(node, current, labelled=len(members) > 1)
            current = node.path
        if current != spec.output:
            yield self.reference(spec.output, name)
        yield "}"

    def _members(self, head: str) -> list[Node]:
        return [node for node in self.nodes.values() if self.head_of(node) == head]

    def _statement(self, node: Node, current: str, *, labelled: bool = True) -> Iterator[str]:
        owner = self.graph.owners[node.path]
        if owner.nodes[0] == node.path and not owner.head:
            yield from _doc(owner.doc)
        label = f"{self.labels[node.path]}: " if labelled else ""
        shape = f" => {written(node.output)}" if node.output else ""
        tags = ", ".join(_tag(key, value) for key, value in owner.tags.items())
        yield f"{label}{self._link(node, current)}{shape}{f' [{tags}]' if tags else ''}"

    def _link(self, node: Node, current: str) -> str:
        head = self.head_of(node)
        references = [self.reference(path, head) for path in node.inputs if path != current]
        if node.op.merges:
            every = (self.reference(path, head) for path in node.inputs)
            return f"{node.op.name}({', '.join(every)})"
        shared = node.spec.shares if node.spec.shares in self.nodes else ""
        more = f"weights={self.reference(shared, head)}" if shared else ""
        call = call_text(node.op, self.tables, more)
        return f"{references[0]} -> {call}" if references else call

    # --- claims -------------------------------------------------------------------------------

    def _expectations(self) -> Iterator[str]:
        lines = [line for claim in self.graph.spec.expectations for line in self._claim(claim)]
        if lines:
            yield from ("", "expect {", *lines, "}")

    def _survives(self, claim: ExpectationSpec) -> bool:
        """Whether it is about a node, or all of a network that is written as a whole."""
        return bool(self.new_path(claim.path)) or not (claim.path or self.path)

    def _claim(self, claim: ExpectationSpec) -> Iterator[str]:
        new = self.new_path(claim.path)
        if self._survives(claim):
            yield _claim_text(claim, f"{new}.{claim.metric}" if new else claim.metric)
        elif not self.path:
            text = " ".join(claim.span.text.split())
            yield f"# dropped, since `{claim.path}` is no single node: {text}"


# --- texts


def _identifier(path: str, taken: set[str]) -> str:
    """A label made from a path that is not taken and may be used."""
    stem = path.replace(".", "_")
    if stem[:1].isdigit():
        stem = f"n{stem}"
    if stem in _WORDS or why_reserved(stem):
        stem = f"{stem}_"
    label, number = stem, 1
    while label in taken:
        number += 1
        label = f"{stem}_{number}"
    return label


def _table_names(nodes: Iterable[Node]) -> dict[Table, str]:
    """Every table that operators use, and a name no other has."""
    names: dict[Table, str] = {}
    for node in nodes:
        for field in type(node.op).model_fields:
            value = getattr(node.op, field)
            if isinstance(value, Table) and value not in names:
                names[value] = _identifier(value.name, set(names.values()))
    return names


def _doc(text: str) -> Iterator[str]:
    return (f"## {line}".rstrip() for line in text.split("\n") if text)


def _head_arguments(head: HeadSpec) -> str:
    return f'(loss_weight={show(head.loss_weight)}, phase="{head.phase}")'


def _tag(name: str, value: object) -> str:
    if value is True:
        return name
    plain = isinstance(value, str) and re.fullmatch(r"[^\W\d]\w*", value)
    return f"{name}={value if plain else value_text(value)}"


def _claim_text(claim: ExpectationSpec, target: str) -> str:
    """A claim with its value worked out; digits that `~=` rounds to stay as written."""
    if isinstance(claim.value, tuple):
        sides = all(isinstance(side, int) and side > 0 for side in claim.value)
        value = ("x" if sides else ", ").join(map(str, claim.value))
        value = value if sides else f"[{value}]"
    else:
        plain = _NUMBER.fullmatch(claim.written) is not None
        value = claim.written if plain else show(claim.value)
    words = [target, claim.comparison, value]
    words += [f"within {show(claim.within)}%"] if claim.within is not None else []
    words += [f"from {claim.cite}"] if claim.cite else []
    words += [quoted(claim.place)] if claim.place is not None else []
    words += [f"note {quoted(claim.note)}"] if claim.note is not None else []
    words += [f"disputed {quoted(claim.disputed)}"] if claim.disputed is not None else []
    return " ".join(words)
