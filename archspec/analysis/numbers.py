"""Metrics that add up, of every node, each worked out when it is first asked for.

Instances of a block share their operators and often their shapes, so a metric is derived once a
kind of node. Nothing is printed or summed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from archspec.analysis.connections import CONNECTIONS
from archspec.analysis.cost import COST
from archspec.analysis.params import PARAMS
from archspec.analysis.storages import saved_bytes
from archspec.analysis.training_cost import training_macs
from archspec.analysis.views import VIEWS
from archspec.ops import total

if TYPE_CHECKING:
    from archspec.analysis.metric import Metric, Setup
    from archspec.graph import Graph, Node
    from archspec.ops import Terms

METRICS: tuple[Metric, ...] = (*PARAMS, *CONNECTIONS, *COST)
FOLDS = {  # depend on more than the node itself
    "macs.train": ("MAC", training_macs),
    "saved": ("bytes", saved_bytes),
}
_BY_NODE = {metric.name: metric for metric in (*METRICS, *(view.metric for view in VIEWS))}
UNITS: Mapping[str, str] = {
    **{name: metric.unit for name, metric in _BY_NODE.items()},
    **{name: unit for name, (unit, _) in FOLDS.items()},
}

_Kind = tuple[int, int, bool, bool]


class Numbers(Mapping[str, Mapping[str, "int | None"]]):
    """Metric -> path -> value of every node; None where the shape of a node is not known."""

    def __init__(self, graph: Graph, setup: Setup) -> None:
        """Work nothing out yet."""
        self._graph, self._setup = graph, setup
        self._kinds = {path: _kind(node) for path, node in graph.nodes.items()}
        self._models = {self._kinds[path]: node for path, node in graph.nodes.items()}
        self._known: dict[str, dict[str, int | None]] = {}
        self._folds: dict[str, Mapping[str, Terms | None]] = {}

    def __getitem__(self, metric: str) -> Mapping[str, int | None]:
        """A metric by name. Raises KeyError."""
        if metric not in self._known:
            known = self._folded(metric) if metric in FOLDS else self._by_node(_BY_NODE[metric])
            self._known[metric] = known
        return self._known[metric]

    def terms(self, metric: str, path: str) -> Terms:
        """The labelled summands of one node's value; none where its shape is not known."""
        if metric in FOLDS:
            return self._fold(metric)[path] or ()
        node = self._graph[path]
        return _BY_NODE[metric].derive(node, node.io, self._setup) if node.io else ()

    def __iter__(self) -> Iterator[str]:
        """The names of the metrics."""
        return iter(UNITS)

    def __len__(self) -> int:
        """How many metrics there are."""
        return len(UNITS)

    def _fold(self, metric: str) -> Mapping[str, Terms | None]:
        if metric not in self._folds:
            self._folds[metric] = FOLDS[metric][1](self._graph, self._setup)
        return self._folds[metric]

    def _folded(self, metric: str) -> dict[str, int | None]:
        folded = self._fold(metric).items()
        return {path: None if terms is None else total(terms) for path, terms in folded}

    def _by_node(self, metric: Metric) -> dict[str, int | None]:
        values = {
            kind: total(metric.derive(node, node.io, self._setup)) if node.io else None
            for kind, node in self._models.items()
        }
        return {path: values[kind] for path, kind in self._kinds.items()}


def _kind(node: Node) -> _Kind:
    """What a node's own numbers depend on; instances of a block have few different ones.

    By identity, which is quicker than by value: `graph.resolve` shares what is equal.
    """
    return id(node.op), id(node.io), bool(node.spec.shares), bool(node.inputs)
