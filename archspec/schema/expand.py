"""The walk through one arch: blocks expanded, arguments checked, paths given.

The path rule of the language ("Paths" in its reference) lives here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from archspec.errors import ArchError, Diagnostic, Frame, did_you_mean
from archspec.ops import BY_NAME, Input, Op
from archspec.schema.arguments import bind, bind_parameters
from archspec.schema.definitions import Definitions, defined_twice, not_yet
from archspec.schema.reserved import why_reserved
from archspec.schema.spec import Broken, DeclaredShape, NodeSpec, StatementSpec, TagValue
from archspec.schema.values import Scope, arguments_of, as_shape, evaluate
from archspec.syntax import ast

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_CALLS = 64  # block calls inside one another
MAX_NODES = 100_000

# Operators of the language that this version does not have yet.
PLANNED_OPERATORS = frozenset(
    """
    global_avgpool global_maxpool adaptive_avgpool l2pool bn lrn relu6 leaky_relu elu silu
    hardswish hardsigmoid step sign abs add sub mul concat slice identity pad crop scale
    shuffle drop_path zero_pad_shortcut upsample conv_transpose
    """.split()
)
_PLANNED_LINKS: dict[type[ast.Link], str] = {
    ast.Reference: "a reference (`@name`)",
    ast.Group: "a group (`{ … }`)",
    ast.Repeat: "`repeat`",
    ast.If: "`if`",
}


def _word(item: ast.Item) -> str:
    """The word a statement of this kind starts with."""
    return type(item).__name__.lower()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a body is being expanded.

    Args:
        scope: what names mean there.
        prefix: path of the enclosing level, "" at the top.
        statement: path of the top-level statement.
        chain: the block calls around it, innermost first.
        doc: the statement's `##` text.
        within: the names of the blocks around it.
    """

    scope: Scope
    prefix: str = ""
    statement: str = ""
    chain: tuple[Frame, ...] = ()
    doc: str = ""
    within: frozenset[str] = frozenset()

    def under(self, name: str) -> str:
        """The path of `name` at this level."""
        return f"{self.prefix}.{name}" if self.prefix else name


class Expansion:
    """The walk through one arch; collects nodes and problems in order."""

    def __init__(self, definitions: Definitions) -> None:
        """Start with nothing; `body` fills the lists."""
        self.definitions = definitions
        self.nodes: list[NodeSpec] = []
        self.statements: list[StatementSpec] = []
        self.declared: list[DeclaredShape] = []
        self.problems: list[Diagnostic] = []
        self._names: dict[str, ast.Ident] = {}  # path -> what gave it its name
        self._next: dict[str, int] = {}  # path -> the number its next namesake tries first

    def body(self, arch: ast.Arch, scope: Scope) -> None:
        """The arch's own body: one input, then statements."""
        flow = (ast.Input, ast.Statement, ast.Head, ast.Output)
        items = [item for item in (arch.body.items if arch.body else ()) if isinstance(item, flow)]
        entry = next((item for item in items if isinstance(item, ast.Input)), None)
        if entry is None or items[0] is not entry:
            self._misplaced_input(arch, items, entry)
        current = self._input(entry, Place(scope)) if entry else self.unknown_input(arch)
        for item in items:
            if isinstance(item, ast.Statement):
                current = self._statement(item, current, Place(scope))
            elif item is not entry:
                what = "a second input" if isinstance(item, ast.Input) else f"`{_word(item)}`"
                self.problems.append(not_yet(what, item.span))
        if entry and not self.statements:
            message = f"`{arch.name.name}` has nothing after its input"
            advice = "add statements such as `conv(6, 5x5)`"
            self.problems.append(Diagnostic("E502", message, arch.name.span, help=advice))

    def _misplaced_input(
        self, arch: ast.Arch, items: Sequence[ast.Item], entry: ast.Input | None
    ) -> None:
        name, span = arch.name.name, items[0].span if items else arch.name.span
        if entry is None:
            code, message = "E501", f"`{name}` does not start with an input"
            advice = "write `input 1x32x32` as its first line"
        else:
            code, message = "E503", f"`{name}` has a statement before its input"
            advice = "write it below the input"
        self.problems.append(Diagnostic(code, message, span, help=advice))

    def unknown_input(self, arch: ast.Arch) -> str:
        """Stands for an input that is not known: everything behind it stays silent."""
        self.nodes.append(
            NodeSpec(
                path="input",
                op=Broken(written=""),
                inputs=(),
                statement="input",
                span=arch.name.span,
            )
        )
        return "input"

    def _input(self, item: ast.Input, place: Place) -> str:
        word = ast.Ident("input", span=item.span)
        shape = ast.Argument(None, item.shape, span=item.shape.span)
        path = self._named(item.name or word, place)
        op = self._op(ast.Call(word, (shape,), span=item.span), Input, place)
        self.nodes.append(
            NodeSpec(path=path, op=op, inputs=(), statement=path, span=item.span, doc=item.doc)
        )
        return path

    def _statement(self, item: ast.Statement, current: str, place: Place) -> str:
        """A top-level statement: the nodes it adds, its row, its declared shape."""
        before = len(self.nodes)
        path, output = self._links(item, current, replace(place, doc=item.doc))
        members = tuple(node.path for node in self.nodes[before:])
        tags = self._tags(item.tags, place)
        self.statements.append(
            StatementSpec(path=path, nodes=members, span=item.span, doc=item.doc, tags=tags)
        )
        return output

    def _links(self, item: ast.Statement, current: str, place: Place) -> tuple[str, str]:
        """One statement: each link takes the output of the one before. Its path, and its output."""
        label = item.label
        if label is not None and len(item.links) > 1:
            level = self._named(label, place)
            place = replace(place, prefix=level, statement=place.statement or level)
        first = place.prefix if label is not None and len(item.links) > 1 else ""
        for link in item.links:
            call = _as_call(link)
            if label is not None and len(item.links) == 1:
                path = self._named(label, place)
            else:
                path = self._free(call.name, place)
            first = first or path
            inner = replace(place, statement=place.statement or first)
            if isinstance(link, ast.Call):
                current = self._call(call, path, current, inner)
            else:
                self._problem(not_yet(_PLANNED_LINKS[type(link)], link.span), place=place)
                current = self._add(path, Broken(written=""), current, call, inner)
        self._declare(item, current, place)
        return first, current

    def _declare(self, item: ast.Statement, path: str, place: Place) -> None:
        if item.shape is None:
            return
        try:
            shape = as_shape(evaluate(item.shape, place.scope), item.shape.span)
        except ArchError as error:
            self._problem(*error.diagnostics, place=place)
            return
        self.declared.append(
            DeclaredShape(path=path, shape=shape, span=item.shape.span, chain=place.chain)
        )

    # --- calls --------------------------------------------------------------------------------

    def _call(self, call: ast.Call, path: str, current: str, place: Place) -> str:
        """An operator adds a node, a block its body; anything else a broken node."""
        name = call.name.name
        if name in self.definitions.blocks:
            return self._block(call, self.definitions.blocks[name], path, current, place)
        if call.lanes is not None or name in PLANNED_OPERATORS:
            what = f"`{name}`" if name in PLANNED_OPERATORS else f"`{name}` with lanes"
            self._problem(not_yet(what, call.name.span), place=place)
            return self._add(path, Broken(written=call.span.text), current, call, place)
        if name not in BY_NAME or name == "input":
            if name not in self.definitions.imported:
                self._problem(self._unknown(call), place=place)
            return self._add(path, Broken(written=call.span.text), current, call, place)
        op = self._op(call, BY_NAME[name], place)
        return self._add(path, op, current, call, place)

    def _op(self, call: ast.Call, model: type[Op], place: Place) -> Op:
        """The operator with its arguments checked, or what stands for a wrong one."""
        try:
            arguments = arguments_of(call.arguments, place.scope)
            return bind(call.name.name, model, arguments, call.span)
        except ArchError as error:
            self._problem(*error.diagnostics, place=place)
            return Broken(written=call.span.text)

    def _add(self, path: str, op: Op, current: str, call: ast.Call, place: Place) -> str:
        if len(self.nodes) >= MAX_NODES:
            message = f"the network has more than {MAX_NODES:,} nodes"
            raise ArchError([Diagnostic("E005", message, call.span, chain=place.chain)])
        fields = list(type(op).model_fields)
        spans = {
            argument.name.name if argument.name else fields[position]: argument.span
            for position, argument in enumerate(call.arguments)
            if argument.name or position < len(fields)
        }
        self.nodes.append(
            NodeSpec(
                path=path,
                op=op,
                inputs=(current,),
                statement=place.statement,
                span=call.span,
                arguments=spans,
                chain=place.chain,
                doc=place.doc,
            )
        )
        return path

    def _unknown(self, call: ast.Call) -> Diagnostic:
        known = {*BY_NAME, *self.definitions.blocks} - {"input"}
        near = did_you_mean(call.name.name, known)
        return Diagnostic(
            "E201",
            f"unknown operator or block `{call.name.name}`",
            call.name.span,
            text="no operator has this name, and no block is defined or imported under it",
            help=f"did you mean `{near[0]}`?" if near else None,
            values={"name": call.name.name},
        )

    def _block(
        self, call: ast.Call, block: ast.Block, path: str, current: str, place: Place
    ) -> str:
        """The body of a block; one that is a single link lends it the block's own path."""
        if call.name.name in place.within:
            message = f"`{call.name.name}` calls itself"
            self._problem(Diagnostic("E208", message, call.span), place=place)
            return self._add(path, Broken(written=call.span.text), current, call, place)
        if len(place.chain) >= MAX_CALLS:
            message = f"more than {MAX_CALLS} blocks call one another"
            self._problem(Diagnostic("E005", message, call.span), place=place)
            return self._add(path, Broken(written=call.span.text), current, call, place)
        try:
            given = arguments_of(call.arguments, place.scope)
            values = bind_parameters(block, given, call.span, self.definitions.scope)
        except ArchError as error:
            self._problem(*error.diagnostics, place=place)
            return self._add(path, Broken(written=call.span.text), current, call, place)
        inner = replace(
            place,
            prefix=path,
            scope=replace(place.scope, values={**self.definitions.values, **values}),
            within=place.within | {call.name.name},
            chain=(Frame(call.span.text, path, call.span), *place.chain),
        )
        return self._block_body(block, current, inner)

    def _block_body(self, block: ast.Block, current: str, place: Place) -> str:
        items = block.body.items
        single = len(items) == 1 and isinstance(items[0], ast.Statement) and items[0].label is None
        for item in items:
            if not isinstance(item, ast.Statement):
                what = f"`{_word(item)}` in a block"
                self._problem(not_yet(what, item.span), place=place)
            elif single and len(item.links) == 1 and isinstance(item.links[0], ast.Call):
                current = self._call(item.links[0], place.prefix, current, place)
                self._declare(item, current, place)
            else:
                current = self._links(item, current, place)[1]
        return current

    # --- names --------------------------------------------------------------------------------

    def _named(self, name: ast.Ident, place: Place) -> str:
        """The path of a label; one already taken is E203."""
        path = place.under(name.name)
        first = self._names.setdefault(path, name)
        if first is not name:
            self._problem(defined_twice(name, first), place=place)
            return self._free(name, place)
        self._check_reserved(name, place)
        return path

    def _free(self, name: ast.Ident, place: Place) -> str:
        """The path of an unlabelled link: the second of a name at one level gets `_2`."""
        self._check_reserved(name, place)
        first = path = place.under(name.name)
        number = self._next.get(first, 1)
        while path in self._names:
            number += 1
            path = f"{first}_{number}"
        self._next[first] = number
        self._names[path] = name
        return path

    def _check_reserved(self, name: ast.Ident, place: Place) -> None:
        why = why_reserved(name.name)
        if why:
            message = f"`{name.name}` cannot name a node: {why}"
            advice = f"write for example `{name.name}_`"
            self._problem(Diagnostic("E206", message, name.span, help=advice), place=place)

    def _problem(self, *problems: Diagnostic, place: Place) -> None:
        """Keep what was found, with the block calls that led there."""
        self.problems += [replace(problem, chain=place.chain) for problem in problems]

    def _tags(self, tags: tuple[ast.Tag, ...], place: Place) -> dict[str, TagValue]:
        found: dict[str, TagValue] = {}
        for tag in tags:
            if isinstance(tag.value, ast.Name):
                found[tag.name.name] = tag.value.name
            elif tag.value is None:
                found[tag.name.name] = True
            else:
                try:
                    value = evaluate(tag.value, place.scope)
                except ArchError as error:
                    self._problem(*error.diagnostics, place=place)
                    continue
                if isinstance(value, str | int | Fraction):
                    found[tag.name.name] = value
        return found


def _as_call(link: ast.Link) -> ast.Call:
    """A link as a call; what is not supported yet as one without a meaning, to keep its place."""
    if isinstance(link, ast.Call):
        return link
    return ast.Call(ast.Ident("unsupported", span=link.span), (), span=link.span)
