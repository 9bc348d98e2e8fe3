"""Shapes, node by node in the order of the data; what is declared is compared on the way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archspec.errors import Diagnostic, Label
from archspec.ops import Input, Io, ShapeError, written
from archspec.schema import Broken

if TYPE_CHECKING:
    from archspec.graph.graph import Graph, Node
    from archspec.ops import Shape
    from archspec.schema import DeclaredShape


def resolve(graph: Graph, input_shape: Shape | None = None) -> Graph:
    """The same graph with shapes, and the diagnostics of finding them.

    A node that cannot take its inputs is reported once; those behind it stay silent. Where
    `=>` declares another shape than the inferred one, the declared one is passed on, so that
    independent errors further down are still found.

    Args:
        graph: as built.
        input_shape: instead of the declared one; then `=>` is not compared, since it was
            written for another input.
    """
    if input_shape == _declared_input(graph):
        input_shape = None
    declared = () if input_shape else graph.spec.declared
    claims = {
        item.path: [other for other in declared if other.path == item.path] for item in declared
    }
    nodes: dict[str, Node] = {}
    problems = list(graph.diagnostics)
    for path, node in graph.nodes.items():
        inputs = tuple(nodes[source].output for source in node.inputs)
        io = None
        if all(shape is not None for shape in inputs) and not isinstance(node.op, Broken):
            shapes = tuple(shape for shape in inputs if shape is not None)
            io, problem = _infer(node, shapes, input_shape)
            problems += [_placed(problem, node, nodes)] if problem else []
        nodes[path] = replace(node, io=io)
        for claim in claims.get(path, ()):
            nodes[path] = replace(nodes[path], declared=claim.shape)
            problems += _compare(claim, nodes)
    return replace(
        graph, nodes=nodes, diagnostics=tuple(problems), other_input=input_shape is not None
    )


def _declared_input(graph: Graph) -> Shape | None:
    op = graph.input.op
    return op.shape if isinstance(op, Input) else None


def _infer(
    node: Node, inputs: tuple[Shape, ...], input_shape: Shape | None
) -> tuple[Io | None, ShapeError | None]:
    if isinstance(node.op, Input) and input_shape:
        return Io((), input_shape), None
    try:
        return Io(inputs, node.op.output(*inputs)), None
    except ShapeError as problem:
        return None, problem


def _placed(problem: ShapeError, node: Node, nodes: dict[str, Node]) -> Diagnostic:
    details = dict(problem.details)
    text, advice = details.pop("text", ""), details.pop("help", None)
    notes = (f"sides so far: {_sides_so_far(node, nodes)}",) if problem.code == "E304" else ()
    return Diagnostic(
        problem.code,
        problem.message,
        node.span,
        text=str(text),
        chain=node.spec.chain,
        notes=notes,
        help=str(advice) if advice else None,
        path=node.path,
        values=details,
    )


def _sides_so_far(node: Node, nodes: dict[str, Node]) -> str:
    """Sides from the input to where the window no longer fits: `input 32 > C1 28 > S2 14`."""
    steps: list[str] = []
    last: Shape = ()
    while node.inputs:
        node = nodes[node.inputs[0]]
        sides = (node.output or ())[1:]
        if not sides:
            continue
        if sides == last:  # the node that made the size names it, not those that kept it
            steps.pop()
        steps.append(f"{node.path} {written(sides if sides[0] != sides[1] else sides[:1])}")
        last = sides
    return " > ".join(reversed(steps))


def _compare(declared: DeclaredShape, nodes: dict[str, Node]) -> list[Diagnostic]:
    node = nodes[declared.path]
    if node.io is None or node.io.output == declared.shape:
        return []
    inferred = node.io.output
    return [
        Diagnostic(
            "E303",
            f"declared {written(declared.shape)}, inferred {written(inferred)}",
            declared.span,
            text="declared",
            labels=_why(declared, node, nodes),
            chain=declared.chain,
            path=node.path,
            values={"declared": written(declared.shape), "inferred": written(inferred)},
        )
    ]


def _why(declared: DeclaredShape, node: Node, nodes: dict[str, Node]) -> tuple[Label, ...]:
    """The last node that changed the shape, and the arithmetic of the first side that differs."""
    while node.io and node.inputs and node.io.output == node.io.x:
        node = nodes[node.inputs[0]]
    if node.io is None:
        return ()
    terms = node.op.shape_terms(*node.io.inputs)
    wanted = declared.shape if len(declared.shape) == len(terms) else ()
    for term, side in zip(terms, wanted, strict=False):
        if term.amount.value != side:
            value = f"{term.amount.value:,}"
            how = value if term.amount.is_number else f"{term.amount} = {value}"
            return (Label(node.span, f"inferred: {how} {term.label}"),)
    return (Label(node.span, f"inferred: {written(node.io.output)}"),)
