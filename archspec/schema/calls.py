"""Calls: which operator, block or merge a name means, with its arguments checked."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from archspec.errors import ArchError, Diagnostic, suggested
from archspec.ops import BY_NAME, Op, Real, Words
from archspec.schema.arguments import bind, choices
from archspec.schema.habits import near_operators
from archspec.schema.naming import Labels, Place, TooManyNodesError, check_reserved
from archspec.schema.spec import Broken, HeadSpec, NodeSpec, Pending
from archspec.schema.starts import start_argument
from archspec.schema.values import Argument, Deferred, Scope, Value, arguments_of
from archspec.syntax import ast

if TYPE_CHECKING:
    from archspec.schema.expand import Expansion
    from archspec.source import Span

MAX_NODES = 200_000
WIRING = "identity"  # hands its input on: no node, no module


class _HeadArguments(BaseModel):
    """What `head name(…)` takes."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    loss_weight: Annotated[Real, Field(ge=0)] = Fraction(1)
    phase: Annotated[Literal["train", "always"], Words('"train" or "always"')] = "always"


class Calls:
    """Adds the nodes of calls to an expansion."""

    def __init__(self, expansion: Expansion) -> None:
        """Work for `expansion`, whose nodes, paths and problems these calls add to."""
        self.expansion = expansion
        self.known: dict[tuple[Span, tuple[tuple[type, Value], ...]], Op] = {}

    def call(self, call: ast.Call, current: str, place: Place, path: str) -> str:
        """Any call; `path` is the one it has been given, "" if it names itself."""
        name = call.name.name
        if name == WIRING and name not in place.home.blocks:
            return current
        if self._merges(name):
            return self._merge(call, current, place, path)
        if not path:
            with self.expansion.collecting(place):
                known = place.home.blocks.get(name)
                own = known.node if known and known.home is place.home else None
                check_reserved(call.name, own)
            path = self.expansion.paths.free(call.name, place)
        with self.expansion.collecting(place):
            if name in place.home.blocks:
                block = place.home.blocks[name]
                return self.expansion.block(call, block, current, place, path)
            if name not in BY_NAME or name == "input":
                raise ArchError([] if name in place.home.unread else [self._unknown(call, place)])
            if call.lanes is not None:
                message = f"`{name}` takes one input, and no lanes"
                raise ArchError([Diagnostic("E214", message, call.name.span)])
            shares, call = self._shared(call, place)
            op = self.op(call, BY_NAME[name], current, place)
            return self.add(path, op, (current,), call, place, shares)
        return self.add(path, Broken(written=call.span.text), (current,), call, place)

    def op(self, call: ast.Call, model: type[Op], current: str, place: Place) -> Op:
        """The operator with its arguments checked, one that waits for shapes, or a broken one."""
        with self.expansion.collecting(place):
            scope = place.at(current) if call.arguments else place.scope
            arguments = self._arguments(call, model, scope)
            if any(isinstance(argument.value, Deferred) for argument in arguments):
                return Pending(word=call.name.name, model=model, waiting=arguments, span=call.span)
            return self._bound(call, model, arguments)
        return Broken(written=call.span.text)

    def _arguments(self, call: ast.Call, model: type[Op], scope: Scope) -> tuple[Argument, ...]:
        """What is given, in order. Raises ArchError."""
        return tuple(_argument(argument, model, scope) for argument in call.arguments)

    def _bound(self, call: ast.Call, model: type[Op], arguments: tuple[Argument, ...]) -> Op:
        """One operator for all instances of a block that call it with the same values."""
        values = tuple((type(argument.value), argument.value) for argument in arguments)
        key = (call.span, values)  # with their types: 1 is not true
        if key not in self.known:
            self.known[key] = bind(call.name.name, model, arguments, call.span)
        return self.known[key]

    def add(
        self,
        path: str,
        op: Op,
        inputs: tuple[str, ...],
        call: ast.Call,
        place: Place,
        shares: str = "",
    ) -> str:
        """A node; its path. Raises TooManyNodesError."""
        if len(self.expansion.nodes) >= MAX_NODES:
            message = f"the network has more than {MAX_NODES:,} nodes"
            raise TooManyNodesError([Diagnostic("E005", message, call.span, chain=place.chain)])
        model = op.model if isinstance(op, Pending) else type(op)
        fields = list(model.model_fields) if call.arguments else []
        spans = {
            argument.name.name if argument.name else fields[position]: argument.span
            for position, argument in enumerate(call.arguments)
            if argument.name or position < len(fields)
        }
        self.expansion.nodes.append(
            NodeSpec(
                path=path,
                op=op,
                inputs=inputs,
                shares=shares,
                head=place.head,
                span=call.span,
                arguments=spans,
                chain=place.chain,
                doc=place.doc,
            )
        )
        return path

    def head(self, item: ast.Head, path: str, output: str, place: Place) -> HeadSpec:
        """What a head says of itself. Raises ArchError (E40x)."""
        given = arguments_of(item.arguments, place.scope)
        made = bind("head", _HeadArguments, given, item.name.span)
        return HeadSpec(
            name=path,
            output=output,
            loss_weight=made.loss_weight,
            phase=made.phase,
            span=item.span,
        )

    # --- merges -------------------------------------------------------------------------------

    def _merges(self, name: str) -> bool:
        return name in BY_NAME and BY_NAME[name].merges

    def takes_references(self, call: ast.Call) -> bool:
        """Whether it is a merge of references, such as `concat(@a, @b)`."""
        if not call.arguments or not self._merges(call.name.name):
            return False
        return all(isinstance(argument.value, ast.Reference) for argument in call.arguments)

    def _merge(self, call: ast.Call, current: str, place: Place, path: str) -> str:
        if call.lanes is None:
            return self._merge_references(call, current, place, path)
        inner = replace(place, prefix=path) if path else place
        inputs = tuple(self._lane(lane, current, inner) for lane in call.lanes)
        node = self.expansion.paths.free(call.name, inner)
        op = self.op(call, BY_NAME[call.name.name], current, inner)
        if len(inputs) < 2:
            self._too_few(call, place)
            op = Broken(written=call.span.text)
        marked = ast.Call(call.name, call.arguments, span=call.name.span)  # without its lanes
        return self.add(node, op, inputs, marked, inner)

    def _lane(self, lane: ast.Statement, current: str, place: Place) -> str:
        labels = Labels((lane,), place.labels, current)
        return self.expansion.statement(lane, current, replace(place, labels=labels))

    def _merge_references(self, call: ast.Call, current: str, place: Place, path: str) -> str:
        node = path or self.expansion.paths.free(call.name, place)
        bare = ast.Call(call.name, (), span=call.span)
        with self.expansion.collecting(place):
            references = [a.value for a in call.arguments if isinstance(a.value, ast.Reference)]
            inputs = tuple(place.labels.path_of(reference) for reference in references)
            if len(references) != len(call.arguments) or len(inputs) < 2:
                if call.span not in self.expansion.misplaced:
                    self._too_few(call, place)
            else:
                op = self.op(bare, BY_NAME[call.name.name], current, place)
                return self.add(node, op, inputs, bare, place)
        return self.add(node, Broken(written=call.span.text), (current,), bare, place)

    def _too_few(self, call: ast.Call, place: Place) -> None:
        name = call.name.name
        advice = f"write `{name} {{ | … | … }}`, or `{name}(@a, @b)`"
        message = f"`{name}` needs at least two inputs"
        with self.expansion.collecting(place):
            raise ArchError([Diagnostic("E402", message, call.span, help=advice)])

    # --- sharing ------------------------------------------------------------------------------

    def _shared(self, call: ast.Call, place: Place) -> tuple[str, ast.Call]:
        """The node whose weights a call uses, "" for its own, and the call without saying so."""
        for argument in call.arguments:
            value = argument.value
            named = argument.name is not None and argument.name.name == "weights"
            if named and isinstance(value, ast.Reference):
                rest = tuple(other for other in call.arguments if other is not argument)
                self._check_start(rest)
                owner = self._owner(value, call.name.name, place)
                return owner, ast.Call(call.name, rest, call.lanes, span=call.span)
        return "", call

    def _check_start(self, arguments: tuple[ast.Argument, ...]) -> None:
        """What uses another's weights cannot start them. Raises ArchError (E407)."""
        for argument in arguments:
            if argument.name is not None and argument.name.name == "init":
                message = "`init` belongs where the weights are, not where they are shared"
                raise ArchError([Diagnostic("E407", message, argument.name.span)])

    def _owner(self, reference: ast.Reference, name: str, place: Place) -> str:
        """The only node of that operator under a label. Raises ArchError (E216)."""
        output = place.labels.path_of(reference)
        group = place.labels.level_of(reference)
        found = [
            node.path
            for node in self.expansion.nodes
            if node.op.name == name and (node.path == output or node.path.startswith(f"{group}."))
        ]
        if len(found) != 1:
            message = f"`@{reference.name}` holds {len(found) or 'no'} `{name}` to share with"
            raise ArchError([Diagnostic("E216", message, reference.span)])
        return found[0]

    def _unknown(self, call: ast.Call, place: Place) -> Diagnostic:
        known = {*BY_NAME, *place.home.blocks, WIRING} - {"input"}
        near = near_operators(call.name.name, known)
        return Diagnostic(
            "E201",
            f"unknown operator or block `{call.name.name}`",
            call.name.span,
            text="no operator has this name, and no block is defined or imported under it",
            help=f"did you mean `{near[0]}`?" if near else None,
            fix=suggested(call.name.span, near),
            values={"name": call.name.name},
        )


def _argument(argument: ast.Argument, model: type[Op], scope: Scope) -> Argument:
    """One argument; the words of `init` mean something there only. Raises ArchError."""
    name = argument.name
    if name is None:
        return arguments_of((argument,), scope)[0]
    if name.name not in model.model_fields:
        return Argument(name.name, "", argument.value.span, name.span)  # it will be refused
    if name.name == "init":
        return start_argument(argument, scope)
    try:
        return arguments_of((argument,), scope)[0]
    except ArchError as error:
        words = choices(model.model_fields[name.name])
        unknown = error.diagnostics[0]
        if not words or unknown.code != "E202" or unknown.fix is not None:
            raise
        advice = f"`{name.name}` takes {words}"
        raise ArchError([replace(unknown, help=advice)]) from error
