"""The pattern of the early networks: [(CONV-RELU)*N-POOL?]*M-(FC-RELU)*K-FC.

Only chains have it; whoever branches has none. Normalisation, dropout and flattening stand in the
pattern of no textbook and are passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archspec.graph import Graph, Node

_PASSED_OVER = ("dropout", "flatten", "identity", "lrn", "bn", "pad")
_LETTERS = {"conv": "c", "pool": "p", "dense": "f", "activation": "a"}
_FORM = re.compile(r"((?:(?:ca)+p?)+)((?:fa)*)(f?)")


@dataclass(frozen=True, slots=True)
class Stage:
    """`[(CONV-RELU)*N-POOL?]*M`.

    Args:
        convolutions: N.
        pooled: whether a pool follows them.
        times: M.
    """

    convolutions: int
    pooled: bool
    times: int


@dataclass(frozen=True, slots=True)
class LayerPattern:
    """A network as a formula.

    Args:
        stages: runs of equal stages, in order.
        hidden: K, the dense layers with an activation behind them.
        output: whether one more dense layer without an activation ends it.
        activation: the one all of them use.
    """

    stages: tuple[Stage, ...]
    hidden: int
    output: bool
    activation: str

    def __str__(self) -> str:
        """As in textbooks, with the numbers in it.

        >>> print(LayerPattern((Stage(2, True, 3),), 1, True, "relu"))
        [(CONV-RELU)*2-POOL]*3-(FC-RELU)*1-FC
        """
        name = self.activation.upper()
        parts = [
            f"[(CONV-{name})*{stage.convolutions}{'-POOL' * stage.pooled}]*{stage.times}"
            for stage in self.stages
        ]
        parts += [f"(FC-{name})*{self.hidden}"] if self.hidden else []
        return "-".join([*parts, "FC"] if self.output else parts)


def layer_pattern(graph: Graph) -> LayerPattern | None:
    """The formula of the trunk; None if it branches or stands in another order."""
    chain = graph.trunk
    if any(node.inputs != (before.path,) for before, node in pairwise(chain)):
        return None
    nodes = [node for node in chain[1:] if not _passed_over(node)]
    if nodes and nodes[-1].op.name == "softmax":
        nodes.pop()
    form = _FORM.fullmatch("".join(map(_letter, nodes)))
    activations = {node.op.name for node in nodes if _letter(node) == "a"}
    if form is None or len(activations) != 1:
        return None
    stages = re.findall(r"(?:ca)+p?", form[1])
    runs = tuple(Stage(s.count("c"), "p" in s, len([*equal])) for s, equal in groupby(stages))
    return LayerPattern(runs, form[2].count("f"), bool(form[3]), activations.pop())


def _passed_over(node: Node) -> bool:
    """What has no letter, also a pool that leaves its map as it is."""
    idle = node.op.role == "pool" and node.io is not None and node.io.x == node.io.output
    return idle or node.op.name in _PASSED_OVER


def _letter(node: Node) -> str:
    return _LETTERS.get(node.op.role, "?")
