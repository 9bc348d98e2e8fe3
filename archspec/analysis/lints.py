"""Hints on specs that are right but may not be meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.analysis.lane_lints import lane_lints
from archspec.analysis.order_lints import order_lints
from archspec.analysis.stack_lints import stack_lints
from archspec.analysis.window_lints import window_lints
from archspec.errors import Diagnostic, Label, has_errors
from archspec.ops import Conv, Softmax
from archspec.schema import show

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from archspec.analysis.receptive import ReceptiveField
    from archspec.errors import Diagnostics
    from archspec.graph import Graph, Node


def lints(
    graph: Graph, fields: Mapping[str, ReceptiveField], more: Container[str] = ()
) -> Diagnostics:
    """Warnings and notes; those of block instances one by one.

    Args:
        graph: resolved.
        fields: the receptive field of every node.
        more: codes of `OFF_BY_DEFAULT` that are looked for too.
    """
    found = [*window_lints(graph, fields), *stack_lints(graph, more), *order_lints(graph)]
    found += [*lane_lints(graph, fields), *_unsourced(graph), *_softmax_twice(graph)]
    if "W303" in more:
        found += _unsized(graph)
    for node in graph.nodes.values():
        found += [*_useless_bias(graph, node), *_fixed_kernel(node)]
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


def _unsized(graph: Graph) -> Iterator[Diagnostic]:
    """W303: nothing guards the whole network."""
    claims = {line.metric.partition(".")[0] for line in graph.spec.expectations if not line.path}
    if not claims & {"params", "macs"}:
        yield Diagnostic(
            "W303",
            f"nothing is expected of the parameters or the operations of `{graph.name}`",
            graph.spec.span,
            help="add `params == …` or `macs == …` to its `expect`",
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


def _fixed_kernel(node: Node) -> Iterator[Diagnostic]:
    """N208: a kernel of sum 1 keeps flat areas as they are; one of sum 0 looks for differences.

    N210: even then its outputs may be other numbers than pixels can be.
    """
    if not isinstance(node.op, Conv) or node.op.kernel is None:
        return
    cells = [cell for row in node.op.kernel.rows for cell in row]
    total = sum(cells)
    place = node.spec.arguments.get("kernel", node.span)
    if total not in (0, 1):
        yield Diagnostic(
            "N208",
            f"the kernel sums to {show(total)}, not 1: it multiplies flat areas by {show(total)}",
            place,
            chain=node.spec.chain,
            path=node.path,
            values={"sum": show(total)},
        )
    elif node.io is not None and node.op.table is None:
        fan = node.io.x[0] // node.op.groups
        least, most = (fan * sum(cell for cell in cells if sign * cell > 0) for sign in (-1, 1))
        if least < 0 or most > 1:
            yield Diagnostic(
                "N210",
                f"values from 0 to 1 come out between {show(least)} and {show(most)}",
                place,
                chain=node.spec.chain,
                path=node.path,
                values={"least": show(least), "most": show(most)},
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
