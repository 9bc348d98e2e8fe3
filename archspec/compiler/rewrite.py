"""Graph edits before emission. They return new graphs and change none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archspec.graph import build
from archspec.ops import Softmax

if TYPE_CHECKING:
    from archspec.graph import Graph


def without_softmax(graph: Graph) -> Graph:
    """The network whose output are the logits; the same graph if it ends in no softmax.

    Losses and `argmax` want logits, and a softmax has no state, so weights fit both ways.
    """
    last = graph.output
    if not isinstance(last.op, Softmax):
        return graph
    kept = tuple(node for node in graph.spec.nodes if node.path != last.path)
    statements = (
        statement.model_copy(
            update={"nodes": tuple(path for path in statement.nodes if path != last.path)}
        )
        for statement in graph.spec.statements
    )
    spec = graph.spec.model_copy(
        update={
            "nodes": kept,
            "statements": tuple(statement for statement in statements if statement.nodes),
            "declared": tuple(item for item in graph.spec.declared if item.path != last.path),
        }
    )
    shaped = {path: node for path, node in graph.nodes.items() if path != last.path}
    return replace(build(spec), nodes=shaped, diagnostics=graph.diagnostics)
