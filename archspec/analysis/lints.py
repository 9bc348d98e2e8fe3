"""Hints on specs that are right but may not be meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.errors import Diagnostic

if TYPE_CHECKING:
    from archspec.errors import Diagnostics
    from archspec.graph import Graph, Node
    from archspec.ops import Shape, Window


def lints(graph: Graph) -> Diagnostics:
    """Warnings and notes, in the order of the text."""
    tiling = (hint for node in graph.nodes.values() for hint in _tiling(node))
    unsourced = _unsourced(graph) if graph.spec.expectations else ()
    return (*tiling, *unsourced)


def _unsourced(graph: Graph) -> Diagnostics:
    return tuple(
        Diagnostic(
            "W301",
            f"`{line.target.text}` is expected without a source",
            line.target,
            help='add `from CITE "place"`, or `from derived` for what follows from the definition',
        )
        for line in graph.spec.expectations
        if line.cite is None
    )


def _tiling(node: Node) -> Diagnostics:
    """Rows and columns that no window reads, or that a last window exceeds."""
    if node.io is None or not node.inputs:
        return ()
    window = node.op.window(node.io.x)
    if window is None or len(node.io.x) != 3:
        return ()
    if window.ceil:
        return _partly_outside(node, window, node.io.x)
    unread = tuple(window.unread(axis, node.io.x[axis + 1]) for axis in (0, 1))
    if not any(unread):
        return ()
    lost = tuple(left if left > window.pad[2 * side + 1] else 0 for side, left in enumerate(unread))
    return (_unread(node, window, node.io.x, lost if any(lost) else unread, real=any(lost)),)


def _unread(
    node: Node, window: Window, x: Shape, unread: tuple[int, ...], *, real: bool
) -> Diagnostic:
    """W201 for real pixels nobody reads, N204 for padding."""
    axis = 0 if unread[0] else 1
    size, stride, extent = x[axis + 1], window.stride[axis], window.extent[axis]
    near, far = window.pad[2 * axis], window.pad[2 * axis + 1]
    reach = size + near + far - extent
    code, rest = ("W201", "unread") if real else ("N204", "unread, all padding")
    message = f"stride {stride} does not tile: the last {_lines(unread)} {rest}"
    fits = size + stride - reach % stride
    outputs = (reach + stride - reach % stride) // stride + 1
    where = node.spec.arguments
    return Diagnostic(
        code,
        message,
        where.get("stride", node.span),
        text=f"({size} + {near} + {far} - {extent}) / {stride} = {reach // stride} "
        f"remainder {reach % stride}",
        chain=node.spec.chain,
        help=f"an input side of {fits} tiles exactly: "
        f"({fits} + {near} + {far} - {extent}) / {stride} + 1 = {outputs}",
        path=node.path,
        values={"remainder": reach % stride, "stride": stride, "size": size},
    )


def _lines(unread: tuple[int, ...]) -> str:
    """`row is`, `2 columns are`, `row and column are`, `row and 2 columns are`."""
    named = [
        word if number == 1 else f"{number} {word}s"
        for number, word in zip(unread, ("row", "column"), strict=True)
        if number
    ]
    if len(set(unread)) == 1 and unread[0] > 1:
        named = [f"{unread[0]} rows and columns"]
    return f"{' and '.join(named)} {'is' if named in (['row'], ['column']) else 'are'}"


def _partly_outside(node: Node, window: Window, x: Shape) -> Diagnostics:
    """In ceil mode a last window may hang over the far edge."""
    assert node.io is not None, "the caller knows the shape"
    for axis in (0, 1):
        size, stride, extent = x[axis + 1], window.stride[axis], window.extent[axis]
        near, far = window.pad[2 * axis], window.pad[2 * axis + 1]
        over = (node.io.output[axis + 1] - 1) * stride + extent - size - near - far
        if over > 0:
            message = f"the last window is partly outside: {over} of its {extent} lines see nothing"
            place = node.spec.arguments.get("ceil", node.span)
            return (Diagnostic("N203", message, place, chain=node.spec.chain, path=node.path),)
    return ()
