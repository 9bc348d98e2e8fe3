"""Hints on specs that are right but may not be meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.analysis.window_lints import window_lints
from archspec.errors import Diagnostic, Label, has_errors
from archspec.ops import Conv, Linear, Softmax, written
from archspec.schema import show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archspec.analysis.receptive import ReceptiveField
    from archspec.errors import Diagnostics
    from archspec.graph import Graph, Node

# Between two layers with weights these change nothing: all are linear in evaluation.
_LINEAR = ("bn", "dropout", "drop_path", "flatten", "scale")


def lints(graph: Graph, fields: Mapping[str, ReceptiveField]) -> Diagnostics:
    """Warnings and notes; those of block instances one by one."""
    found = [*window_lints(graph, fields), *_unsourced(graph), *_softmax_twice(graph)]
    for node in graph.nodes.values():
        found += [*_useless_bias(graph, node), *_linear_stack(graph, node), *_brightness(node)]
    if not has_errors(graph.diagnostics):  # a wrong reference leaves others unread
        found += _unread(graph)
    return tuple(found)


def _unsourced(graph: Graph) -> Iterator[Diagnostic]:
    for line in graph.spec.expectations:
        if line.cite is None:
            yield Diagnostic(
                "W301",
                f"`{line.target.text}` is expected without a source",
                line.target,
                help='add `from CITE "place"`, or `from derived` for what follows from the '
                "definition",
            )


def _unread(graph: Graph) -> Iterator[Diagnostic]:
    """W402: nothing takes an output, and the network does not return it."""
    returned = {*graph.spec.outputs, *(head.output for head in graph.spec.heads)}
    for path, node in graph.nodes.items():
        if path not in returned and not graph.readers(path):
            yield Diagnostic(
                "W402",
                f"the output of `{path}` is never used",
                node.span,
                chain=node.spec.chain,
                help="merge it, name it in `output @…`, or remove it",
                path=path,
            )


def _useless_bias(graph: Graph, node: Node) -> Iterator[Diagnostic]:
    """W204: a normalisation takes off the mean, and with it the bias just added."""
    if node.op.role not in ("conv", "dense") or node.io is None or not node.op.biases(node.io):
        return
    readers = [graph[path] for path in graph.readers(node.path)]
    if readers and all(reader.op.name == "bn" for reader in readers):
        yield Diagnostic(
            "W204",
            f"the bias of `{node.path}` is taken off again by `{readers[0].path}`",
            node.spec.arguments.get("bias", node.span),
            labels=(Label(readers[0].span, "subtracts the mean of each map"),),
            chain=node.spec.chain,
            help="write `bias=false`",
            path=node.path,
        )


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
    return f"{written(together)} convolution"


def _is_plain(conv: Conv) -> bool:
    """Whether it learns one kernel for each pair of maps, and no mere row or column."""
    whole = min(conv.k) > 1 or max(conv.k) == 1
    return conv.learns and conv.share and conv.groups == 1 and conv.table is None and whole


def _brightness(node: Node) -> Iterator[Diagnostic]:
    """N208: a kernel of sum 1 keeps flat areas as they are; one of sum 0 looks for differences."""
    if not isinstance(node.op, Conv) or node.op.kernel is None:
        return
    total = sum(cell for row in node.op.kernel.rows for cell in row)
    if total not in (0, 1):
        yield Diagnostic(
            "N208",
            f"the kernel sums to {show(total)}, not 1: it multiplies flat areas by {show(total)}",
            node.spec.arguments.get("kernel", node.span),
            chain=node.spec.chain,
            path=node.path,
            values={"sum": show(total)},
        )


def _softmax_twice(graph: Graph) -> Iterator[Diagnostic]:
    """W601: the loss of the recipe applies the softmax itself."""
    recipe = graph.spec.recipe
    if recipe is None or recipe.loss.name != "cross_entropy":
        return
    for path in (*graph.spec.outputs, *(head.output for head in graph.spec.heads)):
        if path in graph.nodes and isinstance(graph[path].op, Softmax):
            yield Diagnostic(
                "W601",
                "`softmax` stands before the loss `cross_entropy`, which applies it itself",
                graph[path].span,
                chain=graph[path].spec.chain,
                help="end with the scores",
                path=path,
            )
