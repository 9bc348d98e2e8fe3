"""Hints on layers with weights that follow each other, and on how many maps they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.errors import Diagnostic, Label
from archspec.ops import Conv, Linear, written

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from archspec.errors import Diagnostics
    from archspec.graph import Graph, Node

# Between two layers with weights these change nothing: all are linear in evaluation.
_LINEAR = ("bn", "dropout", "drop_path", "flatten", "scale")


def stack_lints(graph: Graph, more: Container[str] = ()) -> Diagnostics:
    """W502, node by node; N502 and N503 if `more` asks for them."""
    checks = [_linear_stack]
    checks += [check for code, check in _ASKED_FOR.items() if code in more]
    found = (
        hint for node in graph.nodes.values() for check in checks for hint in check(graph, node)
    )
    return tuple(found)


def _linear_stack(graph: Graph, node: Node) -> Iterator[Diagnostic]:
    """W502: two matrices in a row are one, and so are two convolutions."""
    if not isinstance(node.op, Linear | Conv):
        return
    before, alone = graph[node.inputs[0]], True
    while before.inputs and before.op.name in _LINEAR:
        alone = alone and len(graph.readers(before.path)) == 1
        before = graph[before.inputs[0]]
    together = "linear layer" if isinstance(before.op, Linear) else ""
    if isinstance(node.op, Conv):
        alone = alone and len(graph.readers(before.path)) == 1
        together = _one_convolution(before, node) if alone else ""
    if together:
        yield Diagnostic(
            "W502",
            f"no activation between `{before.path}` and `{node.path}`: together they are one "
            f"{together}",
            node.span,
            labels=(Label(before.span, "the one before"),),
            chain=node.spec.chain,
            help="put an activation such as `relu` between them",
            path=node.path,
        )


def _one_convolution(before: Node, node: Node) -> str:
    """What two convolutions make, `5x5 convolution`; "" where one is split on purpose.

    Few maps between many, groups, and a row of weights behind a column are ways to save weights;
    1x1 convolutions that widen what others have not are the ends of MobileNet's linear bottlenecks.
    """
    first, second = before.op, node.op
    if not (isinstance(first, Conv) and isinstance(second, Conv) and before.io and node.io):
        return ""
    if not (_is_plain(first) and _is_plain(second)):
        return ""
    handed_on = first.k == second.k == (1, 1) and first.c <= before.io.x[0] and first.c < second.c
    if first.c < min(before.io.x[0], second.c) or handed_on:
        return ""
    inner, outer = first.window(before.io.x), second.window(node.io.x)
    spans = zip(inner.extent, inner.stride, outer.extent, strict=True)
    together = tuple(span + (more - 1) * step for span, step, more in spans)
    border = any(outer.pad)  # padding is read there, where one would read on in the first's maps
    return f"{written(together)} convolution{', apart from the border' * border}"


def _is_plain(conv: Conv) -> bool:
    """Whether it learns one kernel for each pair of maps, and no mere row or column."""
    whole = min(conv.k) > 1 or max(conv.k) == 1
    return conv.learns and conv.share and conv.groups == 1 and conv.table is None and whole


def _same_sight(graph: Graph, node: Node) -> Iterator[Diagnostic]:
    """N502: two layers see what a larger kernel sees; they are another function, and cheaper."""
    if not _keeps_maps(node):
        return
    before = graph[node.inputs[0]]
    active = False
    while before.op.role in ("activation", "norm") and len(graph.readers(before.path)) == 1:
        active = active or before.op.role == "activation"
        before = graph[before.inputs[0]]
    if not active or not _keeps_maps(before) or len(graph.readers(before.path)) > 1:
        return
    (one, other), maps = (before.op.k, node.op.k), node.op.c  # type: ignore[attr-defined]  # both are Conv
    large = tuple(a + b - 1 for a, b in zip(one, other, strict=True))
    apart = maps**2 * (one[0] * one[1] + other[0] * other[1])
    together = maps**2 * large[0] * large[1]
    yield Diagnostic(
        "N502",
        f"`{before.path}` and `{node.path}` see {written(large)} as one {written(large)} "
        f"convolution does, with {apart:,} weights for {together:,}; but they are another function",
        node.span,
        labels=(Label(before.span, f"{written(one)}, then an activation"),),
        chain=node.spec.chain,
        path=node.path,
        values={"weights": apart, "together": together},
    )


def _keeps_maps(node: Node) -> bool:
    """Whether it is a plain convolution with a window, stride 1, and as many maps as enter."""
    op = node.op
    if not isinstance(op, Conv) or node.io is None or not _is_plain(op) or max(op.k) == 1:
        return False
    own = not node.spec.shares
    return own and op.stride == op.dilation == (1, 1) and op.c == node.io.x[0]


def _odd_number(graph: Graph, node: Node) -> Iterator[Diagnostic]:
    """N503: a number of maps that is no power of two; what the network returns is as it is."""
    op = node.op
    if not isinstance(op, Conv) or not op.learns or node.io is None or not graph.readers(node.path):
        return
    if op.c & (op.c - 1) and op.c != node.io.x[0]:
        yield Diagnostic(
            "N503",
            f"{op.c} maps are no power of two",
            node.spec.arguments.get("c", node.span),
            chain=node.spec.chain,
            path=node.path,
            values={"maps": op.c},
        )


_ASKED_FOR = {"N502": _same_sight, "N503": _odd_number}
