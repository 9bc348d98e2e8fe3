"""Hints on windows: what they leave unread, and how they overlap, pad and run dry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archspec.errors import Diagnostic, Label
from archspec.ops import written
from archspec.schema import show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archspec.analysis.receptive import ReceptiveField
    from archspec.errors import Diagnostics
    from archspec.graph import Graph, Node
    from archspec.ops import Shape, Window

_AXES = (0, 1)  # rows, columns


def window_lints(graph: Graph, fields: Mapping[str, ReceptiveField]) -> Diagnostics:
    """W201, W205, W503, N203 to N207, N209, N501: node by node; what spreads, at its first node."""
    each: list[Diagnostic] = []
    collapsed: list[Diagnostic] = []
    covered: list[Diagnostic] = []
    for node in graph.nodes.values():
        window = node.op.window(node.io.x) if node.io and node.inputs else None
        if node.io is None or window is None:
            continue
        if node.op.sight(node.io.x):  # windows differ from place to place
            continue
        each += [*_tiling(node, window, node.io.x), *_wide_padding(node, window)]
        each += [*_skipping(node, window), *_pooling(node, window), *_same(node, window)]
        collapsed += _collapsed(graph, node, window)
        covered += _covered(graph, node, window, fields[node.inputs[0]])
    return (*each, *_first(collapsed), *_first(covered))


def _first(found: list[Diagnostic]) -> Diagnostics:
    """The first of many that have one cause; it names the others."""
    others = tuple(hint.path or "" for hint in found[1:])
    return (replace(found[0], instances=others),) if found else ()


# --- tiling -------------------------------------------------------------------------------------


def _tiling(node: Node, window: Window, x: Shape) -> Diagnostics:
    """Rows and columns that no window reads, or that a last window exceeds."""
    if window.ceil:
        return _partly_outside(node, window, x)
    unread = tuple(
        window.unread(axis, x[axis + 1]) if window.extent[axis] >= window.stride[axis] else 0
        for axis in _AXES
    )
    if not any(unread):
        return ()
    lost = tuple(left if left > window.pad[2 * side + 1] else 0 for side, left in enumerate(unread))
    return (_unread(node, window, x, lost if any(lost) else unread, real=any(lost)),)


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
    for axis in _AXES:
        size, stride, extent = x[axis + 1], window.stride[axis], window.extent[axis]
        near, far = window.pad[2 * axis], window.pad[2 * axis + 1]
        over = (node.io.output[axis + 1] - 1) * stride + extent - size - near - far
        if over > 0:
            message = f"the last window is partly outside: {over} of its {extent} lines see nothing"
            place = node.spec.arguments.get("ceil", node.span)
            return (Diagnostic("N203", message, place, chain=node.spec.chain, path=node.path),)
    return ()


def _skipping(node: Node, window: Window) -> Diagnostics:
    """N207: with a stride larger than the window, what lies between is never read."""
    skips = any(window.extent[axis] < window.stride[axis] for axis in _AXES)
    if not skips or node.op.role not in ("conv", "pool"):
        return ()
    size, step = written(window.extent), show(window.stride)
    message = f"stride {step} is larger than the {size} window: what lies between is never read"
    place = node.spec.arguments.get("stride", node.span)
    return (Diagnostic("N207", message, place, chain=node.spec.chain, path=node.path),)


# --- padding and overlap ------------------------------------------------------------------------


def _wide_padding(node: Node, window: Window) -> Diagnostics:
    """W205: with padding as wide as the kernel some windows see nothing else."""
    for axis in _AXES:
        extent, pad = window.extent[axis], max(window.pad[2 * axis : 2 * axis + 2])
        if node.op.role == "conv" and pad >= extent:
            message = f"padding {pad} is not smaller than the kernel's {extent}: "
            return (
                Diagnostic(
                    "W205",
                    f"{message}some windows see nothing but padding",
                    node.spec.arguments.get("pad", node.span),
                    chain=node.spec.chain,
                    help=f"`pad={extent // 2}` keeps the size" if extent > 1 else "leave it out",
                    path=node.path,
                ),
            )
    return ()


def _same(node: Node, window: Window) -> Diagnostics:
    """N209: `same` keeps the size at stride 1 only."""
    assert node.io is not None, "the caller knows the shape"
    if node.op.role != "conv" or not window.same or max(window.stride) == 1:
        return ()
    sizes = f"{written(node.io.x[1:])} becomes {written(node.io.output[1:])}"
    message = f"`same` with stride {show(window.stride)} does not keep the size: {sizes}"
    place = node.spec.arguments.get("pad", node.span)
    return (Diagnostic("N209", message, place, chain=node.spec.chain, path=node.path),)


def _pooling(node: Node, window: Window) -> Diagnostics:
    """N205, N206: facts on a pool. With stride 1 it is a filter, and overlaps by nature."""
    if node.op.role != "pool":
        return ()
    facts = []
    pairs = zip(window.stride, window.kernel, strict=True)
    if max(window.stride) > 1 and any(stride < kernel for stride, kernel in pairs):
        size, step = written(window.kernel), show(window.stride)
        facts.append(("N205", f"{size} windows with stride {step} overlap", "stride"))
    if any(window.pad):
        facts.append(("N206", f"`{node.op.name}` is padded", "pad"))
    where = node.spec.arguments
    return tuple(
        Diagnostic(code, message, where.get(word, node.span), chain=node.spec.chain, path=node.path)
        for code, message, word in facts
    )


# --- size ---------------------------------------------------------------------------------------


def _collapsed(graph: Graph, node: Node, window: Window) -> Diagnostics:
    """W503: a window slides over a map that has a single row or column there."""
    assert node.io is not None, "the caller knows the shape"
    x = node.io.x
    if not any(x[axis + 1] < 2 <= window.kernel[axis] for axis in _AXES):
        return ()
    maker = graph[node.inputs[0]]
    while maker.io and maker.inputs and maker.io.x[1:] == maker.io.output[1:]:
        maker = graph[maker.inputs[0]]
    return (
        Diagnostic(
            "W503",
            f"a {written(window.kernel)} window slides over a map of {written(x[1:])}: "
            "its other taps see only padding",
            node.span,
            labels=(Label(maker.span, f"{written(x[1:])} from here on"),),
            chain=node.spec.chain,
            help="use a larger input, or pool less before",
            path=node.path,
        ),
    )


def _covered(graph: Graph, node: Node, window: Window, field: ReceptiveField) -> Diagnostics:
    """N501: what enters a convolution already sees the whole input, and it looks further."""
    sides = (graph.input.output or ())[1:]
    wider = node.op.role == "conv" and max(window.kernel) > 1
    collapsed = node.io is None or min(node.io.x[1:]) < 2  # W503 says more
    if not wider or collapsed or not sides or field.size is None or field.least is None:
        return ()
    if any(seen < side for seen, side in zip(field.least, sides, strict=True)):
        return ()
    return (
        Diagnostic(
            "N501",
            f"the receptive field before `{node.path}` is {written(field.size)}: "
            f"it already covers the {written(sides)} input",
            node.span,
            chain=node.spec.chain,
            path=node.path,
        ),
    )
