"""What a block's labels say for all its uses: the author's expressions in the block's parameters.

Every expression is evaluated for every use; one that misses a single value is not shown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from archspec.errors import ArchError
from archspec.schema import Deferred, Scope, ShapeUnknownError, evaluate, show
from archspec.source import Source
from archspec.syntax import ast, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from archspec.graph import Graph, Node
    from archspec.rendering.folding.units import Unit
    from archspec.schema import BlockSpec, Value

ENTERS = "c"  # how `in.c` of the block is written, if no parameter has that name
_RANKS = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "%": 2, "**": 3}


class _NoFormulaError(Exception):
    """An expression cannot be written in the parameters of the block."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A block call around an operator, and what it gave to the block.

    Args:
        block: the block, with its values.
        call: the call as written.
    """

    block: BlockSpec
    call: str


class Letters:
    """The parameters of a block that differ between its uses.

    Args of the constructor:
        graph: the network.
        uses: the instances of one template, in order.
    """

    def __init__(self, graph: Graph, uses: Sequence[Unit]) -> None:
        """Read the values of every parameter in every use."""
        self.graph, self.uses = graph, uses
        self.blocks: dict[str, list[BlockSpec]] = {}
        for block in graph.spec.blocks:
            self.blocks.setdefault(block.path, []).append(block)
        self.values: dict[str, tuple[Value | None, ...]] = {}
        if uses[0].block is not None:
            for name in uses[0].block.values:
                self.values[name] = tuple(self._value(unit, name) for unit in uses)
        self.varying = {name for name, values in self.values.items() if len(set(values)) > 1}
        self.entering = tuple(self._enters(unit) for unit in uses)
        self.mentioned: set[str] = set()

    def _value(self, unit: Unit, name: str) -> Value | None:
        value = unit.block.values.get(name) if unit.block else None
        if not isinstance(value, Deferred):
            return value  # type: ignore[return-value]  # the spec keeps any value
        try:
            return value.resolve(lambda path: self.graph[path].output)
        except (ArchError, ShapeUnknownError):
            return None

    def _enters(self, unit: Unit) -> int | None:
        """The maps that enter a use."""
        inputs = unit.nodes[0].inputs
        shape = self.graph[inputs[0]].output if inputs else None
        return shape[0] if shape else None

    def formula(self, node: Node, field: str, values: Sequence[object]) -> str:
        """An attribute of an operator for all uses, as `4w`; `64..256` if nothing else says it.

        Args:
            node: of the first use.
            field: the attribute.
            values: what it is in each use.
        """
        span = node.spec.arguments.get(field)
        if span is None:
            return _range(values)
        return self._found(lambda: (_argument(span.text), self._frames(node)), values)

    def argument(self, unit: Unit, name: str, values: Sequence[object]) -> str:
        """A parameter of a block inside this one, for all uses; like `formula`."""

        def asked() -> tuple[ast.Expression, list[Frame]]:
            frames = self._frames(unit.nodes[0])
            inner = [i for i, frame in enumerate(frames, 1) if frame.block.path == unit.path]
            return ast_name(name), frames[: max(inner, default=0)]

        return self._found(asked, values)

    def _found(
        self, asked: Callable[[], tuple[ast.Expression, list[Frame]]], values: Sequence[object]
    ) -> str:
        """A formula with one side of every choice, whichever gives all values."""
        for then in (True, False):
            try:
                expression, frames = asked()
                written = self._substituted(_chosen(expression, then=then), frames, then=then)
                return self._shortest(written, values)
            except (_NoFormulaError, ArchError, ShapeUnknownError, IndexError):
                continue
        return _range(values)

    def _frames(self, node: Node) -> list[Frame]:
        """The calls from the template's own inwards."""
        seen: dict[str, int] = {}
        frames = []
        for call in reversed(node.spec.chain):
            number = seen.get(call.path, 0)
            seen[call.path] = number + 1
            frames.append(Frame(self.blocks[call.path][number], call.call))
        roots = [i for i, frame in enumerate(frames) if frame.block is self.uses[0].block]
        if not roots:
            raise _NoFormulaError
        return frames[roots[0] :]

    def _substituted(
        self, expression: ast.Expression, frames: list[Frame], *, then: bool
    ) -> ast.Expression:
        """The expression with everything but the template's letters worked out."""
        match expression:
            case ast.Number():
                return expression
            case ast.Name():
                return self._name(expression, frames, then=then)
            case ast.Unary(operator="-"):
                return replace(
                    expression, operand=self._substituted(expression.operand, frames, then=then)
                )
            case ast.Binary() if expression.operator in _RANKS:
                left = self._substituted(expression.left, frames, then=then)
                right = self._substituted(expression.right, frames, then=then)
                return _folded(replace(expression, left=left, right=right))
            case ast.Apply():
                arguments = tuple(
                    replace(each, value=self._substituted(each.value, frames, then=then))
                    for each in expression.arguments
                )
                return replace(expression, arguments=arguments)
            case ast.Attribute(value=ast.Name(name="in"), name=ast.Ident(name="c")):
                if ENTERS in self.values or len(frames) > 2:
                    raise _NoFormulaError
                return ast_name(ENTERS)
            case _:
                raise _NoFormulaError

    def _name(self, expression: ast.Name, frames: list[Frame], *, then: bool) -> ast.Expression:
        values = frames[-1].block.values
        if expression.name not in values:
            raise _NoFormulaError
        if len(frames) == 1:
            if expression.name in self.varying:
                return expression
            return _number(self.values[expression.name][0])
        given = _call(frames[-1].call).arguments
        place = list(values).index(expression.name)  # arguments come first, in the order written
        if place < len(given):
            given_value = _chosen(given[place].value, then=then)
            return self._substituted(given_value, frames[:-1], then=then)
        return _number(values[expression.name])

    def _shortest(self, expression: ast.Expression, values: Sequence[object]) -> str:
        """The formula; without its rounding where nothing has to be rounded."""
        if isinstance(expression, ast.Apply) and expression.function.name in ("floor", "ceil"):
            try:
                return self._checked(expression.arguments[0].value, values)
            except _NoFormulaError:
                pass
        return self._checked(expression, values)

    def _checked(self, expression: ast.Expression, values: Sequence[object]) -> str:
        """The formula as text, if it gives every value. Raises _NoFormulaError."""
        for place, value in enumerate(values):
            known = {name: each[place] for name, each in self.values.items()}
            if ENTERS not in known:
                known[ENTERS] = self.entering[place]
            scope = Scope({name: each for name, each in known.items() if each is not None})
            if evaluate(expression, scope) != value:
                raise _NoFormulaError
        self.mentioned |= _names(expression)
        return written(expression)


def _chosen(expression: ast.Expression, *, then: bool) -> ast.Expression:
    """One side of a choice."""
    while isinstance(expression, ast.Conditional):
        expression = expression.then if then else expression.otherwise
    return expression


@cache
def ast_name(name: str) -> ast.Name:
    """A name as an expression."""
    found = _argument(name)
    assert isinstance(found, ast.Name), "parameters are names"
    return found


@cache
def _call(text: str) -> ast.Call:
    """The tree of a block call. Raises _NoFormulaError."""
    file = parse(Source("", f"block b() {{ {text} }}\n"))
    block = next((item for item in file.definitions if isinstance(item, ast.Block)), None)
    item = block.body.items[0] if block and block.body.items else None
    link = item.links[0] if isinstance(item, ast.Statement) else None
    if not isinstance(link, ast.Call):
        raise _NoFormulaError
    return link


@cache
def _argument(text: str) -> ast.Expression:
    """The tree of an argument as written, its name left out. Raises _NoFormulaError."""
    arguments = _call(f"f({text})").arguments
    if len(arguments) != 1:
        raise _NoFormulaError
    return arguments[0].value


def _number(value: object) -> ast.Expression:
    """A value as an expression. Raises _NoFormulaError if it is no plain number."""
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        raise _NoFormulaError
    return _argument(show(value))


def _folded(expression: ast.Binary) -> ast.Expression:
    """A sum of numbers worked out; a factor 1 and a summand 0 left out."""
    left, right = expression.left, expression.right
    if isinstance(left, ast.Number) and isinstance(right, ast.Number):
        return _number(evaluate(expression, Scope({})))
    for one, other in ((left, right), (right, left)):
        if isinstance(one, ast.Number):
            value = evaluate(one, Scope({}))
            neutral = (expression.operator, value) in (("+", 0), ("*", 1))
            right_only = one is right and (expression.operator, value) in (
                ("-", 0),
                ("/", 1),
                ("//", 1),
            )
            if neutral or right_only:
                return other
    return expression


def _names(expression: ast.Expression) -> set[str]:
    match expression:
        case ast.Name():
            return {expression.name}
        case ast.Unary():
            return _names(expression.operand)
        case ast.Binary():
            return _names(expression.left) | _names(expression.right)
        case ast.Apply():
            return set().union(*(_names(each.value) for each in expression.arguments))
        case _:
            return set()


def written(expression: ast.Expression, rank: int = 0) -> str:
    """An expression as a paper has it: `4w`, `bw+2inc`, `floor(0.5c)`."""
    match expression:
        case ast.Number():
            return expression.text
        case ast.Name():
            return expression.name
        case ast.Unary():
            return f"-{written(expression.operand, 3)}"
        case ast.Apply():
            inner = ", ".join(written(each.value) for each in expression.arguments)
            return f"{expression.function.name}({inner})"
        case ast.Binary():
            own = _RANKS[expression.operator]
            left, right = written(expression.left, own), written(expression.right, own + 1)
            close = expression.operator == "*" and isinstance(expression.left, ast.Number)
            joined = f"{left}{'' if close else expression.operator}{right}"
            return f"({joined})" if own < rank else joined
        case _:
            return expression.span.text


def _range(values: Sequence[object]) -> str:
    """`64..256`, or the only value."""
    numbers = [value for value in values if isinstance(value, int | Fraction)]
    if len(numbers) < len(values):
        return show(values[0]) if len(set(values)) == 1 else "?"
    least, most = show(min(numbers)), show(max(numbers))
    return least if least == most else f"{least}..{most}"


def letters_in_order(values: Mapping[str, object], mentioned: set[str]) -> tuple[str, ...]:
    """The parameters that labels mention, in the order of the call."""
    return tuple(name for name in values if name in mentioned)
