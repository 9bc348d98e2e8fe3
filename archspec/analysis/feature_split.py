"""Where a network stops making maps: feature extractor and classifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archspec.graph import Graph, Node


@dataclass(frozen=True, slots=True)
class FeatureSplit:
    """The nodes of the trunk in two parts.

    Args:
        features: up to the last map.
        classifier: behind it, where only vectors are left.
    """

    features: tuple[Node, ...]
    classifier: tuple[Node, ...]

    @property
    def first(self) -> Node:
        """The first layer with units of the classifier."""
        return next(filter(_weighted, self.classifier))


def feature_split(graph: Graph) -> FeatureSplit | None:
    """The two parts; None where a shape is not known, or one part has no layer with weights."""
    trunk = graph.trunk
    if any(node.output is None for node in trunk):
        return None
    maps = [number for number, node in enumerate(trunk, 1) if len(node.output or ()) == 3]
    end = maps[-1] if maps else 0
    split = FeatureSplit(trunk[:end], trunk[end:])
    both = any(map(_weighted, split.features)) and any(map(_weighted, split.classifier))
    return split if both else None


def _weighted(node: Node) -> bool:
    return node.op.weighted or node.op.unit_layer
