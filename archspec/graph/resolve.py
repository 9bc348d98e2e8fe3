"""Shapes, node by node in the order of the data; what is declared is compared on the way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archspec.errors import ArchError, Diagnostic, Label
from archspec.graph.disagree import Remedy, disagreement
from archspec.graph.graph import Node
from archspec.ops import Input, Io, ShapeError, written
from archspec.schema import Broken, Deferred, Pending, ShapeUnknownError, as_shape, grouped

if TYPE_CHECKING:
    from archspec.errors import Diagnostics
    from archspec.graph.graph import Graph
    from archspec.ops import Shape
    from archspec.schema import DeclaredShape


# Instances of a block share operators; what they make of equal shapes is worked out once.
_Known = dict[tuple[int, tuple["Shape", ...]], Io]


def resolve(graph: Graph, input_shape: Shape | None = None) -> Graph:
    """The same graph with shapes, and the diagnostics of finding them.

    A node that cannot take its inputs is reported once; those behind it stay silent, except
    behind a merge, which passes on the shape that was likely meant until a `=>` tells it. Where
    `=>` declares another shape than the inferred one, the declared one is passed on. So
    independent errors further down are still found.

    Args:
        graph: as built.
        input_shape: instead of the declared one; then `=>` is not compared, since it was
            written for another input.
    """
    if input_shape == _declared_input(graph):
        input_shape = None
    claims: dict[str, list[DeclaredShape]] = {}
    for item in () if input_shape else graph.spec.declared:
        claims.setdefault(item.path, []).append(item)
    nodes: dict[str, Node] = {}
    known: _Known = {}
    problems = list(graph.diagnostics)
    for path, node in graph.nodes.items():
        inputs = tuple(nodes[source].output for source in node.inputs)
        nodes[path], found = _resolved(node, inputs, nodes, known, input_shape)
        problems += found
        for claim in claims.get(path, ()):
            nodes[path], found = _claimed(nodes[path], claim, nodes)
            problems += found
    return replace(
        graph,
        nodes=nodes,
        diagnostics=grouped(problems),
        other_input=input_shape is not None,
    )


def _declared_input(graph: Graph) -> Shape | None:
    op = graph.input.op
    return op.shape if isinstance(op, Input) else None


def _resolved(
    node: Node,
    inputs: tuple[Shape | None, ...],
    nodes: dict[str, Node],
    known: _Known,
    input_shape: Shape | None,
) -> tuple[Node, Diagnostics]:
    """The node with its shapes, and what is wrong with it; silent where an input is unknown."""
    shapes = tuple(shape for shape in inputs if shape is not None)
    op = node.op
    if len(shapes) < len(inputs) or isinstance(op, Broken):
        return node, ()
    try:
        if isinstance(op, Pending):
            op = op.bound(lambda path: nodes[path].output)
            node = replace(node, bound=op)
    except ArchError as error:
        chained = (replace(found, chain=node.spec.chain) for found in error.diagnostics)
        return node, tuple(chained)
    except ShapeUnknownError:
        return node, ()
    if input_shape and isinstance(op, Input):
        return replace(node, io=Io((), input_shape)), ()
    key = (id(op), shapes)
    try:
        if key not in known:
            known[key] = Io(shapes, op.output(*shapes))
    except ShapeError as problem:
        likely = op.nearest(*shapes)
        return replace(node, stand_in=likely, doubtful=True), (_placed(problem, node, nodes),)
    return _with(node, known[key], [nodes[source] for source in node.inputs]), ()


def _with(node: Node, inferred: Io, sources: list[Node]) -> Node:
    """The node with the shapes that follow from its sources, certain only if theirs are."""
    # Built anew: `replace` takes three times as long, once a node.
    for source in sources:
        if source.doubtful or source.assumed:
            break
    else:
        return Node(node.spec, inferred, None, node.stand_in, bound=node.bound)
    doubtful = any(source.doubtful for source in sources)
    assumed = any(source.assumed for source in sources)
    return Node(node.spec, None, inferred, node.stand_in, doubtful, assumed, node.bound)


def _claimed(node: Node, claim: DeclaredShape, nodes: dict[str, Node]) -> tuple[Node, Diagnostics]:
    """The node with its declared shape; E303 if the inferred one differs, W202 if it may."""
    try:
        value = claim.value
        if isinstance(value, Deferred):
            value = value.resolve(lambda path: nodes[path].output)
        shape = as_shape(value, claim.span)  # type: ignore[arg-type]  # the spec keeps any value
    except ArchError as error:
        return node, tuple(replace(f, chain=node.spec.chain) for f in error.diagnostics)
    except ShapeUnknownError:
        return node, ()
    inferred = node.inferred.output if node.inferred else None
    if inferred is None or node.doubtful or inferred == shape:
        settles = claim.firm and (node.doubtful or node.assumed or inferred is None)
        return (_settled(node, shape) if settles else node), ()
    if not claim.firm:
        return node, (_only_by_default(claim, shape, inferred, node),)
    wrong = _mismatch(claim, shape, inferred, node, nodes)
    return replace(node, stand_in=shape, assumed=True), (wrong,)


def _settled(node: Node, shape: Shape) -> Node:
    return replace(node, stand_in=shape, doubtful=False, assumed=False)


def _placed(problem: ShapeError, node: Node, nodes: dict[str, Node]) -> Diagnostic:
    details = dict(problem.details)
    text, advice = details.pop("text", ""), details.pop("help", None)
    notes = (f"sides so far: {_sides_so_far(node, nodes)}",) if problem.code == "E304" else ()
    labels, remedy = tuple[Label, ...](), Remedy()
    if len(node.inputs) > 1:
        labels, remedy = disagreement(node, nodes)
        text, advice = text or f"node {node.path}", advice or remedy.help
    return Diagnostic(
        problem.code,
        problem.message,
        node.span,
        text=str(text),
        labels=labels,
        chain=node.spec.chain,
        notes=notes,
        help=str(advice) if advice else None,
        fix=remedy.fix,
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


def _only_by_default(
    claim: DeclaredShape, declared: Shape, inferred: Shape, node: Node
) -> Diagnostic:
    return Diagnostic(
        "W202",
        f"declared {written(declared)}, but other arguments make it {written(inferred)}",
        claim.span,
        text="holds for the defaults only",
        chain=node.spec.chain,
        help="write a list with the parameters, such as `=> [c, 28, 28]`",
        path=node.path,
        values={"declared": written(declared), "inferred": written(inferred)},
    )


def _mismatch(
    claim: DeclaredShape, declared: Shape, inferred: Shape, node: Node, nodes: dict[str, Node]
) -> Diagnostic:
    return Diagnostic(
        "E303",
        f"declared {written(declared)}, inferred {written(inferred)}",
        claim.span,
        text="declared",
        labels=_why(declared, node, nodes),
        chain=claim.chain,
        path=node.path,
        values={"declared": written(declared), "inferred": written(inferred)},
    )


def _why(declared: Shape, node: Node, nodes: dict[str, Node]) -> tuple[Label, ...]:
    """The last node that changed the shape, and the arithmetic of the first side that differs."""
    while node.inferred and node.inputs and node.inferred.output == node.inferred.x:
        node = nodes[node.inputs[0]]
    if node.inferred is None:
        return ()
    terms = node.op.shape_terms(*node.inferred.inputs)
    wanted = declared if len(declared) == len(terms) else ()
    for term, side in zip(terms, wanted, strict=False):
        if term.amount.value != side:
            value = f"{term.amount.value:,}"
            how = value if term.amount.is_number else f"{term.amount} = {value}"
            return (Label(node.span, f"inferred: {how} {term.label}"),)
    return (Label(node.span, f"inferred: {written(node.inferred.output)}"),)
