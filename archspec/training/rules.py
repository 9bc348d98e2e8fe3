"""Learning rules older than back-propagation: one layer, one pattern after the other, in order.

Perceptron: w += lr (t - y) x, b += lr (t - y), with the answer y behind the threshold (Rosenblatt
1958). LMS: w += lr (t - a) x, b += lr (t - a), with the sum a before it (Widrow and Hoff 1960).
Neither uses a gradient, an optimizer or a random order.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import torch

from archspec.compiler import without_threshold
from archspec.errors import ArchError, Diagnostic
from archspec.ops import Input, Linear, Op, Sign, Step
from archspec.schema import choices
from archspec.training.loop import LOG_SECONDS, Pass, check_finite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor, nn

    from archspec.graph import Graph, Node
    from archspec.schema import TrainRecipe
    from archspec.training.datasets import DataSet
    from archspec.training.loaders import TensorLoader
    from archspec.training.losses import LossFunction
    from archspec.training.metrics import Scores

# What a unit with this threshold answers for false and true.
_ANSWERS: Mapping[type[Op], tuple[float, float]] = {Step: (0.0, 1.0), Sign: (-1.0, 1.0)}


@dataclass(frozen=True, slots=True, eq=False)
class RuleParts:
    """What a rule changes, and by what.

    Args:
        model: gives what the target is compared with: the answer, or the sum for LMS.
        layer: the only one with weights, (units, inputs); `model` holds it.
        lr: the rate of the rule.
        loss: what is told about a pass; the rule does not use it.
        train: one pattern at a time.
        targets: the output wanted for each class.
        scores: how to read the output.
    """

    model: nn.Module
    layer: nn.Linear
    lr: float
    loss: LossFunction
    train: TensorLoader
    targets: Tensor
    scores: Scores

    def epoch(
        self, epoch: int, stop: Callable[[], bool], beat: Callable[[int, float], None]
    ) -> Pass:
        """`rule_epoch` of these parts."""
        return rule_epoch(self, epoch, stop, beat)


def judged_graph(graph: Graph, recipe: TrainRecipe) -> Graph:
    """The network whose output the recipe compares with targets: for LMS without its threshold."""
    return without_threshold(graph) if isinstance(recipe.rule, choices.Lms) else graph


@torch.no_grad()
def rule_step(parts: RuleParts, pattern: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
    """One pattern (1, inputs) with its class (1,): weights and biases move by lr (t - y) x.

    Returns:
        The output (1, units) before the change, and t - y (1, units).
    """
    output = parts.model(pattern)
    error = parts.targets[label].unsqueeze(1) - output
    parts.layer.weight.add_(parts.lr * error.T @ pattern)
    if parts.layer.bias is not None:
        parts.layer.bias.add_(parts.lr * error[0])
    return output, error


def rule_epoch(
    parts: RuleParts,
    epoch: int,
    stop: Callable[[], bool],
    beat: Callable[[int, float], None],
) -> Pass:
    """One pass over all patterns, in the order stored.

    The loss and the hits are those met on the way, before each change: a pass without an error
    is one that changed nothing. `grad_norm` is the length of the last (t - y) x, the bias's
    share included.

    Raises:
        ArchError: T001 if the outputs grow beyond all numbers.
    """
    parts.model.train()
    began = read = time.perf_counter()
    total, hits, step, norm = 0.0, 0, 0, 0.0
    for step, (pattern, label) in enumerate(parts.train.in_order(), 1):
        output, error = rule_step(parts, pattern, label)
        total += parts.loss(output, label).item()
        hits += int(parts.scores(output).argmax(1) == label)
        norm = _length(parts.layer, pattern, error)
        if stop():
            break
        if time.perf_counter() - read >= LOG_SECONDS:
            read = time.perf_counter()
            beat(step, total / step)
    mean = check_finite(parts.model, total / step, parts.lr, f"epoch {epoch}, step {step}")
    return Pass(step, step, mean, hits, parts.lr, norm, time.perf_counter() - began)


def _length(layer: nn.Linear, pattern: Tensor, error: Tensor) -> float:
    """The 2-norm of all that the rule adds, without its rate."""
    inputs = pattern.square().sum() + (layer.bias is not None)
    return float(error.norm() * inputs.sqrt())


def layer_for(graph: Graph, rule: choices.Rule, dataset: DataSet) -> str:
    """The path of the layer a rule trains.

    Raises:
        ArchError: E604 if the network is not one trainable `linear` with a threshold that gives
            the targets; LMS needs none.
    """
    layers = [node for node in graph.nodes.values() if not isinstance(node.op, Input)]
    if not _is_unit(layers):
        message = (
            f"`rule = {rule.name}` trains one `linear` layer, with `step` or `sign` behind it or "
            f"nothing; `{graph.name}` is more than that"
        )
        advice = "leave `rule` out: the optimizer trains any network by back-propagation"
        raise ArchError([Diagnostic("E604", message, layers[-1].span, help=advice)])
    last = layers[-1].op
    gives = _ANSWERS.get(type(last))
    if gives is None and not isinstance(rule, choices.Lms):
        message = f"`rule = {rule.name}` compares answers, but nothing behind the sum gives one"
        advice = "write `-> step` behind it, or `rule = lms(lr=…)`"
        raise ArchError([Diagnostic("E604", message, layers[-1].span, help=advice)])
    if gives is not None and gives != dataset.targets:
        message = f"`{last.name}` answers {gives[0]:g} or {gives[1]:g}, the targets are others"
        advice = f"write `coding=[{gives[0]:g}, {gives[1]:g}]` in the data"
        raise ArchError([Diagnostic("E604", message, layers[-1].span, help=advice)])
    return layers[0].path


def _is_unit(layers: list[Node]) -> bool:
    """Whether they are a trainable `linear` and at most a threshold, in a row."""
    first, *rest = layers
    if not isinstance(first.op, Linear) or not first.op.learns or len(rest) > 1:
        return False
    in_a_row = all(after.inputs == (before.path,) for before, after in pairwise(layers))
    return in_a_row and all(isinstance(node.op, Step | Sign) for node in rest)
