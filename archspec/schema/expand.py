"""The walk through one arch: blocks, merges, repeats and choices become flat nodes with paths.

How paths are given is told in the language reference, "Paths"; `naming.py` keeps which are taken.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from archspec.errors import ArchError, Diagnostic, Frame
from archspec.ops import Input
from archspec.schema.arguments import bind_parameters
from archspec.schema.budget import Budget
from archspec.schema.calls import Calls
from archspec.schema.copies import Copies, varying
from archspec.schema.counting import bounds_of, is_true
from archspec.schema.naming import Collecting, Labels, Paths, Place
from archspec.schema.spec import (
    BlockSpec,
    Broken,
    DeclaredShape,
    HeadSpec,
    NodeSpec,
    StatementSpec,
    TagValue,
)
from archspec.schema.values import (
    Scope,
    arguments_of,
    evaluate,
    evaluate_or_defer,
)
from archspec.syntax import ast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archspec.schema.definitions import Defined, Definitions
    from archspec.source import Span

MAX_CALLS = 64  # block calls inside one another


class Expansion:
    """The walk; collects nodes and problems in order."""

    def __init__(self, home: Definitions) -> None:
        """Start with nothing; `arch` fills the lists."""
        self.home = home
        self.nodes: list[NodeSpec] = []
        self.statements: list[StatementSpec] = []
        self.blocks: list[BlockSpec] = []
        self.declared: list[DeclaredShape] = []
        self.heads: list[HeadSpec] = []
        self.outputs: tuple[str, ...] = ()
        self.problems: list[Diagnostic] = []
        self.paths = Paths()
        self.calls = Calls(self)
        self.budget = Budget()
        self.misplaced: set[Span] = set()  # merges that have been reported already

    # --- the arch -----------------------------------------------------------------------------

    def arch(self, arch: ast.Arch, home: Definitions, scope: Scope, *, as_written: bool) -> None:
        """The body of an arch: inputs, then statements, heads and outputs.

        Args:
            arch: with a body of its own.
            home: the file it was written in.
            scope: with the values of its parameters.
            as_written: whether these are its defaults.
        """
        items = arch.body.items if arch.body else ()
        place = Place(scope, home, Labels(items), as_written=as_written)
        inputs = [item for item in items if isinstance(item, ast.Input)]
        current = self._inputs(arch, inputs, place)
        flow = [item for item in items if isinstance(item, ast.Input | ast.Statement)]
        if isinstance(next(iter(flow), None), ast.Statement) and inputs:
            message = f"`{arch.name.name}` has a statement before its input"
            self._tell("E503", message, flow[0].span, place, "write it below the input")
        for item in items:
            if isinstance(item, ast.Statement):
                current = self._top(item, current, place)
            elif isinstance(item, ast.Head):
                self._head(item, current, place)
            elif isinstance(item, ast.Output):
                self._output(item, place)
        if inputs and not any(isinstance(item, ast.Statement) for item in items):
            message = f"`{arch.name.name}` has nothing after its input"
            advice = "add statements such as `conv(6, 5x5)`"
            self._tell("E502", message, arch.name.span, place, advice)
        self.outputs = self.outputs or ((current,) if current else ())

    def _inputs(self, arch: ast.Arch, inputs: Sequence[ast.Input], place: Place) -> str:
        """The path of the only input; "" where there are several, and `@name` has to choose."""
        if not inputs:
            message = f"`{arch.name.name}` does not start with an input"
            advice = "write `input 1x32x32` as its first line"
            items = arch.body.items if arch.body else ()
            first = next((item.span for item in items if isinstance(item, ast.Statement)), None)
            self._tell("E501", message, first or arch.name.span, place, advice)
            return self.unknown_input(arch, place)
        paths = [self._input(item, place, several=len(inputs) > 1) for item in inputs]
        return paths[0] if len(paths) == 1 else ""

    def unknown_input(self, arch: ast.Arch, place: Place) -> str:
        """Stands for an input that is not known: everything behind it stays silent."""
        word = ast.Ident("input", span=arch.name.span)
        call = ast.Call(word, (), span=word.span)
        return self.calls.add("input", Broken(written=""), (), call, place)

    def _input(self, item: ast.Input, place: Place, *, several: bool) -> str:
        word = ast.Ident("input", span=item.span)
        if several and item.name is None:
            message = "one of several inputs has no name"
            self._tell("E501", message, item.span, place, "write `input name: shape`")
        path = self.paths.free(word, place)
        with self.collecting(place):
            if item.name is not None:
                path = self.paths.labelled(item.name, place)
        shape = ast.Argument(None, item.shape, span=item.shape.span)
        call = ast.Call(word, (shape,), span=item.span)
        op = self.calls.op(call, Input, "", replace(place, doc=item.doc))
        with self.collecting(place):
            if item.name is not None:  # only now: its shape cannot ask for itself
                place.labels.add(item.name, path, path)
        return self.calls.add(path, op, (), call, replace(place, doc=item.doc))

    def _top(self, item: ast.Statement, current: str, place: Place) -> str:
        """A top-level statement: the nodes it adds, and its row."""
        before = len(self.nodes)
        output = self.statement(item, current, replace(place, doc=item.doc))
        members = tuple(node.path for node in self.nodes[before:])
        if members:
            self.statements.append(
                StatementSpec(
                    path=_row_path(item, members),
                    labelled=item.label is not None,
                    nodes=members,
                    span=item.span,
                    doc=item.doc,
                    tags=self._tags(item.tags, place),
                )
            )
        return output

    def _head(self, item: ast.Head, current: str, place: Place) -> None:
        """A side branch that the trunk does not continue."""
        before, path = len(self.nodes), item.name.name
        with self.collecting(place):
            path = self.paths.labelled(item.name, place)
        labels = Labels(item.body.items, place.labels, current)
        inner = replace(place, labels=labels, doc=item.doc, head=path)
        output = self.body(item.body.items, current, inner, path)
        with self.collecting(place):
            self.heads.append(self.calls.head(item, path, output, place))
            place.labels.add(item.name, output, path)
        members = tuple(node.path for node in self.nodes[before:])
        self.statements.append(
            StatementSpec(
                path=path,
                labelled=True,
                nodes=members,
                span=item.span,
                doc=item.doc,
                head=path,
            )
        )

    def _output(self, item: ast.Output, place: Place) -> None:
        with self.collecting(place):
            self.outputs = tuple(place.labels.path_of(ref) for ref in item.references)

    # --- bodies and statements ----------------------------------------------------------------

    def body(self, items: tuple[ast.Item, ...], current: str, place: Place, path: str) -> str:
        """A body that has been given a path; one that is a single link hands it on to it."""
        single = len(items) == 1 and isinstance(items[0], ast.Statement) and items[0].label is None
        for item in items:
            if not isinstance(item, ast.Statement):
                message = f"`{type(item).__name__.lower()}` belongs into an arch, not here"
                self._tell("E214", message, item.span, place)
            elif single:
                current = self._alone(item, current, place, path)
            else:
                current = self.statement(item, current, replace(place, prefix=path))
        return current

    def _alone(self, item: ast.Statement, current: str, place: Place, path: str) -> str:
        """The only statement of a body: its only link takes the body's path."""
        links, entry = self._start(item, current, place)
        current = entry
        if len(links) == 1:
            current = self.link(links[0], current, place, path)
        else:
            inner = replace(place, prefix=path)
            for link in links:
                current = self.link(link, current, inner)
        self._declare(item, entry, current, place)
        return current

    def statement(self, item: ast.Statement, current: str, place: Place) -> str:
        """One statement: each link takes the output of the one before."""
        links, entry = self._start(item, current, place)
        current = entry
        path, inner = "", place
        if item.label is not None:
            with self.collecting(place):
                path = self.paths.labelled(item.label, place)
            path = path or self.paths.free(item.label, place)
            if len(links) > 1:
                path, inner = "", replace(place, prefix=path)
        for link in links:
            current = self.link(link, current, inner, path)
        if item.label is not None and current:
            with self.collecting(place):
                place.labels.add(item.label, current, place.under(item.label.name))
        self._declare(item, entry, current, place)
        return current

    def _start(
        self, item: ast.Statement, current: str, place: Place
    ) -> tuple[tuple[ast.Link, ...], str]:
        """The links that are not a leading reference, and the tensor that enters the first."""
        first = item.links[0]
        if isinstance(first, ast.Reference):
            with self.collecting(place):
                return item.links[1:], place.labels.path_of(first)
            return item.links[1:], self._lost(item, place)
        for link in item.links[1:]:
            if isinstance(link, ast.Call) and self.calls.takes_references(link):
                message = f"`{link.span.text}` stands in the middle of a chain"
                self.misplaced.add(link.span)
                read = "".join(f" | {argument.span.text}" for argument in link.arguments)
                lanes = f"`{link.name.name} {{ | identity{read} }}`"
                self._tell("E214", message, link.span, place, f"write {lanes} there")
        merges = isinstance(first, ast.Call) and self.calls.takes_references(first)
        if not current and not merges:
            message = "several inputs: the first statement must start with one of them"
            advice = "write `@name -> …`"
            self._tell("E503", message, first.span, place, advice)
            return item.links, self._lost(item, place)
        return item.links, current

    def _lost(self, item: ast.Statement, place: Place) -> str:
        """A tensor that could not be found, so that what follows stays silent."""
        word = ast.Ident("unknown", span=item.span)
        call = ast.Call(word, (), span=item.links[0].span)
        return self.calls.add(self.paths.free(word, place), Broken(written=""), (), call, place)

    def _declare(self, item: ast.Statement, entry: str, path: str, place: Place) -> None:
        """Keep `=> shape`; a list may depend on parameters and on what enters the statement."""
        if item.shape is None or not path:
            return
        firm = place.as_written or isinstance(item.shape, ast.Sequence)
        with self.collecting(place):
            value = evaluate_or_defer(item.shape, place.at(entry))
            span = item.shape.span
            self.declared.append(
                DeclaredShape(path=path, value=value, firm=firm, span=span, chain=place.chain)
            )

    # --- links --------------------------------------------------------------------------------

    def link(self, link: ast.Link, current: str, place: Place, path: str = "") -> str:
        """One link; `path` is the one it has been given, "" if it names itself."""
        self.budget.spend(link, place)
        match link:
            case ast.Call():
                return self.calls.call(link, current, place, path)
            case ast.Reference():
                advice = "start a statement with it, or merge with lanes: `add { | … | @x }`"
                message = f"`@{link.name}` can only be the first link"
                self._tell("E214", message, link.span, place, advice)
                return current
            case ast.Group():
                return self._inline(link.body, current, place, path)
            case ast.If():
                return self._if(link, current, place, path)
            case ast.Repeat():
                return self._repeat(link, current, place, path)

    def _inline(self, body: ast.Body | None, current: str, place: Place, path: str) -> str:
        """A group or the chosen side of an `if`: no level of its own, unless it has a label."""
        if body is None:
            return current
        inner = replace(place, labels=Labels(body.items, place.labels, place.labels.entry))
        if path:
            return self.body(body.items, current, inner, path)
        for item in body.items:
            if isinstance(item, ast.Statement):
                current = self.statement(item, current, inner)
        return current

    def _if(self, link: ast.If, current: str, place: Place, path: str) -> str:
        with self.collecting(place):
            known = is_true(link.condition, place.at(current))
            chosen = link.then if known else link.otherwise
            return self._inline(chosen, current, place, path)
        return current

    def _repeat(self, link: ast.Repeat, current: str, place: Place, path: str) -> str:
        """Numbered instances, from 1; a second unlabelled repeat of a body gets a level."""
        bounds: tuple[int, int] | None = None
        with self.collecting(place):
            bounds = bounds_of(link, place.at(current))
        if bounds is None:
            return current
        self.budget.check(link, place)
        level = path or self._unlabelled_level(link, place)
        copies = Copies(self, varying(link))
        for number, value in enumerate(range(bounds[0], bounds[1] + 1), 1):
            name = f"{level}.{number}" if level else str(number)
            values = {link.variable.name: value} if link.variable else {}
            scope = replace(place.scope, values={**place.scope.values, **values})
            like = copies.likeness(scope)
            copied = copies.add(like, name, current)
            if copied is not None:
                self.budget.spend(link, place)  # a turn that adds nothing is a turn
                current = copied
                continue
            labels = Labels(link.body.items, place.labels, place.labels.entry)
            inner = replace(place, scope=scope, labels=labels)
            copies.start()
            entry, current = current, self.body(link.body.items, current, inner, name)
            if number > 1 and like is not None:  # the first may enter by a label
                copies.learn(like, name, entry, current)
        return current

    def _unlabelled_level(self, link: ast.Repeat, place: Place) -> str:
        word = ast.Ident("repeat", span=link.span)
        path = self.paths.free(word, place)
        return place.prefix if path == place.under("repeat") else path

    # --- blocks -------------------------------------------------------------------------------

    def block(
        self, call: ast.Call, block: Defined[ast.Block], current: str, place: Place, path: str
    ) -> str:
        """The body of a block, at the path of its call. Raises ArchError."""
        if any(block.node is open_ for open_ in place.inside):
            raise ArchError([Diagnostic("E208", f"`{call.name.name}` calls itself", call.span)])
        if len(place.chain) >= MAX_CALLS:
            message = f"more than {MAX_CALLS} blocks call one another"
            raise ArchError([Diagnostic("E005", message, call.span)])
        if not place.inside:
            self.budget.check(call, place)
        home, items = block.home, block.node.body.items
        given = arguments_of(call.arguments, place.at(current)) if call.arguments else ()
        values = bind_parameters(block.node, given, call.span, home.scope)
        name, doc = block.node.name.name, block.node.doc
        made = BlockSpec(path=path, name=name, values=dict[str, object](values), doc=doc)
        self.blocks.append(made)
        inner = replace(
            place,
            home=home,
            labels=Labels(items, None, current),
            scope=replace(home.scope, values={**home.values, **values}),
            as_written=not block.node.parameters or not call.arguments,
            inside=(block.node, *place.inside),
            chain=(Frame(call.span.text, path, call.span), *place.chain),
        )
        return self.body(items, current, inner, path)

    # --- problems -----------------------------------------------------------------------------

    def collecting(self, place: Place) -> Collecting:
        """Problems inside are kept, with the block calls that led there, and the walk goes on."""
        return Collecting(self.problems, place)

    def _tell(
        self, code: str, message: str, span: object, place: Place, advice: str | None = None
    ) -> None:
        with self.collecting(place):
            raise ArchError([Diagnostic(code, message, span, help=advice)])  # type: ignore[arg-type]  # a Span

    def _tags(self, tags: tuple[ast.Tag, ...], place: Place) -> dict[str, TagValue]:
        found: dict[str, TagValue] = {}
        for tag in tags:
            if isinstance(tag.value, ast.Name):
                found[tag.name.name] = tag.value.name
            elif tag.value is None:
                found[tag.name.name] = True
            else:
                with self.collecting(place):
                    value = evaluate(tag.value, place.scope)
                    if isinstance(value, str | int | Fraction):
                        found[tag.name.name] = value
        return found


def _row_path(item: ast.Statement, members: tuple[str, ...]) -> str:
    """A statement's label; without one its first block or operator, of a merge the merge."""
    if item.label is not None:
        return item.label.name
    first = next((link for link in item.links if not isinstance(link, ast.Reference)), None)
    plain = isinstance(first, ast.Call) and first.lanes is None
    return members[0].partition(".")[0] if plain else members[-1]
