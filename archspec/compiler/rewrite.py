"""Graph edits before emission. They return new graphs and change none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archspec.graph import build
from archspec.ops import Op, Sign, Softmax, Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archspec.graph import Graph
    from archspec.schema import StatementSpec


def without_softmax(graph: Graph) -> Graph:
    """The network whose outputs are logits, those of heads too; the same graph without softmax.

    Losses and `argmax` want logits, and a softmax has no state, so weights fit both ways.
    """
    return _without_last(graph, (Softmax,))


def without_threshold(graph: Graph) -> Graph:
    """The network whose outputs are sums, without a last `step` or `sign`, which has no state."""
    return _without_last(graph, (Step, Sign))


def _without_last(graph: Graph, kinds: tuple[type[Op], ...]) -> Graph:
    """Without the operators of these kinds that end an output or a head."""
    ends = (*graph.spec.outputs, *(head.output for head in graph.spec.heads))
    dropped = {
        path: graph[path].inputs[0]
        for path in ends
        if isinstance(graph[path].op, kinds) and not graph.readers(path)
    }
    if not dropped:
        return graph
    spec = graph.spec.model_copy(
        update={
            "nodes": tuple(node for node in graph.spec.nodes if node.path not in dropped),
            "statements": tuple(_statements(graph, dropped)),
            "declared": tuple(item for item in graph.spec.declared if item.path not in dropped),
            "outputs": tuple(dropped.get(path, path) for path in graph.spec.outputs),
            "heads": tuple(
                head.model_copy(update={"output": dropped.get(head.output, head.output)})
                for head in graph.spec.heads
            ),
        }
    )
    shaped = {path: node for path, node in graph.nodes.items() if path not in dropped}
    return replace(build(spec), nodes=shaped, diagnostics=graph.diagnostics)


def _statements(graph: Graph, dropped: Mapping[str, str]) -> Iterator[StatementSpec]:
    """The statements that keep a node, without those that are dropped."""
    for statement in graph.spec.statements:
        nodes = tuple(path for path in statement.nodes if path not in dropped)
        if nodes:
            yield statement.model_copy(update={"nodes": nodes})
