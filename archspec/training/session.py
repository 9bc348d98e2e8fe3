"""Everything a run needs, made from a graph and a recipe: network, data, optimizer, device."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

from archspec.compiler import compile_graph
from archspec.errors import ArchError, Diagnostic
from archspec.ops import Rbf
from archspec.schema import choices
from archspec.training.datasets import DataSet, load_data
from archspec.training.hardware import set_threads, torch_device
from archspec.training.loaders import TensorLoader
from archspec.training.loop import Parts, train_step
from archspec.training.losses import loss_function
from archspec.training.metrics import has_penalties, scores_of
from archspec.training.optim import torch_optimizer
from archspec.training.rules import RuleParts, judged_graph, layer_for
from archspec.training.schedules import factor_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from archspec.graph import Graph
    from archspec.schema import TrainRecipe
    from archspec.training.loaders import Batch
    from archspec.training.losses import LossFunction
    from archspec.training.metrics import Scores
    from archspec.training.results import TrainOptions

_MEASURING_BATCH = 500  # pictures at a time where no gradient is kept


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """A run before its first step."""

    parts: Parts | RuleParts
    held_out: TensorLoader
    dataset: DataSet
    device: torch.device
    threads: int


def open_session(graph: Graph, recipe: TrainRecipe, options: TrainOptions) -> Session:
    """Build what the recipe names and choose device and threads (torch's setting is changed).

    Raises:
        ArchError: E007 without the data, E602 where data, loss or device do not fit.
    """
    device = torch_device(options.device)
    dataset = load_data(recipe.data)
    check_fit(graph, recipe, dataset)
    parts = _parts(graph, recipe, dataset, device)
    threads = set_threads(options.threads, trial_step(recipe, parts))
    return Session(parts, held_out(dataset, recipe, device), dataset, device, threads)


def _parts(
    graph: Graph, recipe: TrainRecipe, dataset: DataSet, device: torch.device
) -> Parts | RuleParts:
    """The network with what moves it. Raises ArchError (E602, E604)."""
    path = layer_for(graph, recipe.rule, dataset) if recipe.rule else ""
    model, loss, scores = judged(graph, recipe, dataset, device, seed=recipe.seed)
    if recipe.rule is not None:
        layer = model.get_submodule(path)
        assert isinstance(layer, nn.Linear), "`layer_for` finds those only"
        train = TensorLoader(dataset.train, recipe.data, 1, device)
        targets = torch.tensor(dataset.targets, device=device)
        return RuleParts(model, layer, float(recipe.rule.lr), loss, train, targets, scores)
    train = TensorLoader(dataset.train, recipe.data, recipe.batch, device)
    return Parts(
        model,
        loss,
        *_moving(recipe, model, len(train)),
        train,
        recipe.seed,
        None if recipe.clip is None else float(recipe.clip),
        scores,
        tuple(getattr(model, "heads", {}).values()),
    )


def judged(
    graph: Graph,
    recipe: TrainRecipe,
    dataset: DataSet,
    device: torch.device,
    *,
    seed: int | None = None,
    weights: Path | None = None,
) -> tuple[nn.Module, LossFunction, Scores]:
    """The network with the loss and the reading of its output.

    Raises:
        ArchError: E602 if the loss does not fit; what `compile_graph` raises.
    """
    graph = judged_graph(started_by(graph, recipe), recipe)
    model = compile_graph(graph, seed=seed, weights=weights, logits=True).to(device)
    penalties = has_penalties(model)
    loss = loss_function(recipe.loss, penalties=penalties, targets=dataset.targets)
    return model, loss, scores_of(model, dataset.targets)


def started_by(graph: Graph, recipe: TrainRecipe) -> Graph:
    """The network as the recipe in use starts it, which may be another than the spec's own."""
    return replace(graph, spec=graph.spec.model_copy(update={"recipe": recipe}))


def held_out(dataset: DataSet, recipe: TrainRecipe, device: torch.device) -> TensorLoader:
    """The samples that judge: those that training never sees, or a whole truth table."""
    return TensorLoader(dataset.test, recipe.data, _MEASURING_BATCH, device)


def _moving(
    recipe: TrainRecipe, model: nn.Module, steps_per_epoch: int
) -> tuple[torch.optim.Optimizer, LambdaLR]:
    optimizer = torch_optimizer(recipe.optimizer, model.parameters())
    lr = float(recipe.optimizer.lr)
    factor = factor_of(recipe.schedule, lr, recipe.epochs, steps_per_epoch)
    return optimizer, LambdaLR(optimizer, factor)


def trial_step(recipe: TrainRecipe, parts: Parts | RuleParts) -> Callable[[], object]:
    """A real step on a real batch, on a copy of the network that is thrown away."""
    model = copy.deepcopy(parts.model).train()
    if isinstance(parts, RuleParts):
        pattern = next(parts.train.in_order())[0]
        return lambda: model(pattern)
    optimizer, schedule = _moving(recipe, model, len(parts.train))
    trial = replace(parts, model=model, optimizer=optimizer, schedule=schedule)
    batch: Batch = next(parts.train.shuffled(parts.seed, 1))
    return lambda: train_step(trial, *batch)


def check_fit(graph: Graph, recipe: TrainRecipe, dataset: DataSet) -> None:
    """Whether the pictures fit the input, and the classes the output and those of heads.

    Raises:
        ArchError: E602 with both shapes.
    """
    _check_input(graph, recipe, dataset)
    if len(graph.spec.outputs) > 1:
        names = ", ".join(f"`{path}`" for path in graph.spec.outputs)
        message = f"`{graph.name}` has several outputs ({names}), and the data one answer"
        advice = "make all but one of them heads: `head name { … }`"
        raise ArchError([Diagnostic("E602", message, help=advice)])
    for path in (*graph.spec.outputs, *(head.output for head in graph.spec.heads)):
        _check_output(graph, path, dataset)


def _check_input(graph: Graph, recipe: TrainRecipe, dataset: DataSet) -> None:
    """Whether the samples, padded, have the shape of the input. Raises ArchError (E602)."""
    pad = recipe.data.pad if isinstance(recipe.data, choices.Images) else 0
    first, *sides = dataset.train.images.shape[1:]
    given = (first, *(side + 2 * pad for side in sides))
    wanted = graph.input.output or ()
    if wanted != given:
        message = (
            f"`{recipe.data}` gives {_sides(given)} {'pictures' if sides else 'inputs'}, "
            f"but `{graph.name}` takes {_sides(wanted)}"
        )
        raise ArchError([Diagnostic("E602", message, help=_padding(wanted, given, pad))])


def _check_output(graph: Graph, path: str, dataset: DataSet) -> None:
    """Whether an output answers as the data do. Raises ArchError (E602)."""
    node, main = graph[path], graph.output
    whose = f"`{node.spec.head or graph.name}`"
    has = f"{dataset.classes} classes" if dataset.targets is None else "one target value"
    if node.output != ((dataset.classes,) if dataset.targets is None else (1,)):
        shape = _sides(node.output or ())
        message = f"`{dataset.name}` has {has}, but the output of {whose} is {shape}"
        raise ArchError([Diagnostic("E602", message)])
    if isinstance(node.op, Rbf) != isinstance(main.op, Rbf):
        message = f"{whose} and `{graph.name}` answer by opposites: an `rbf` gives penalties"
        raise ArchError([Diagnostic("E602", message, help="end both in `rbf`, or neither")])


def _sides(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "unknown"


def _padding(wanted: tuple[int, ...], given: tuple[int, ...], pad: int) -> str | None:
    """The padding that would make it fit, if there is one."""
    more = {(want - have) / 2 for want, have in zip(wanted[1:], given[1:], strict=False)}
    right = pad + more.pop() if len(more) == 1 and wanted[0] == given[0] else -1.0
    return f"write `pad={int(right)}`" if right >= 0 and right == int(right) else None
