"""Everything a run needs, made from a graph and a recipe: network, data, optimizer, device."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from torch.optim.lr_scheduler import LambdaLR

from archspec.compiler import compile_graph
from archspec.errors import ArchError, Diagnostic
from archspec.training.datasets import DataSet, load_data
from archspec.training.hardware import set_threads, torch_device
from archspec.training.loaders import TensorLoader
from archspec.training.loop import Parts, train_step
from archspec.training.losses import loss_function
from archspec.training.metrics import has_penalties
from archspec.training.optim import torch_optimizer
from archspec.training.schedules import factor_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch
    from torch import nn

    from archspec.graph import Graph
    from archspec.schema import TrainRecipe
    from archspec.training.loaders import Batch
    from archspec.training.results import TrainOptions

_MEASURING_BATCH = 500  # pictures at a time where no gradient is kept


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """A run before its first step."""

    parts: Parts
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
    model = compile_graph(graph, seed=recipe.seed, logits=True).to(device)
    penalties = has_penalties(model)
    train = TensorLoader(dataset.train, recipe.data, recipe.batch, device)
    parts = Parts(
        model,
        loss_function(recipe.loss, penalties=penalties),
        *_moving(recipe, model, len(train)),
        train,
        recipe.seed,
        None if recipe.clip is None else float(recipe.clip),
        penalties,
    )
    threads = set_threads(options.threads, trial_step(recipe, parts))
    return Session(parts, held_out(dataset, recipe, device), dataset, device, threads)


def held_out(dataset: DataSet, recipe: TrainRecipe, device: torch.device) -> TensorLoader:
    """The samples that training never sees."""
    return TensorLoader(dataset.test, recipe.data, _MEASURING_BATCH, device)


def _moving(
    recipe: TrainRecipe, model: nn.Module, steps_per_epoch: int
) -> tuple[torch.optim.Optimizer, LambdaLR]:
    optimizer = torch_optimizer(recipe.optimizer, model.parameters())
    lr = float(recipe.optimizer.lr)
    factor = factor_of(recipe.schedule, lr, recipe.epochs, steps_per_epoch)
    return optimizer, LambdaLR(optimizer, factor)


def trial_step(recipe: TrainRecipe, parts: Parts) -> Callable[[], object]:
    """A real step on a real batch, on a copy of the network that is thrown away."""
    model = copy.deepcopy(parts.model).train()
    optimizer, schedule = _moving(recipe, model, len(parts.train))
    trial = replace(parts, model=model, optimizer=optimizer, schedule=schedule)
    batch: Batch = next(parts.train.shuffled(parts.seed, 1))
    return lambda: train_step(trial, *batch)


def check_fit(graph: Graph, recipe: TrainRecipe, dataset: DataSet) -> None:
    """Whether the pictures fit the input, and the classes the output.

    Raises:
        ArchError: E602 with both shapes.
    """
    channels, height, width = dataset.train.images.shape[1:]
    pad = recipe.data.pad
    given = (channels, height + 2 * pad, width + 2 * pad)
    wanted = graph.input.output or ()
    if wanted != given:
        message = (
            f"`{recipe.data}` gives {_sides(given)} pictures, "
            f"but `{graph.name}` takes {_sides(wanted)}"
        )
        raise ArchError([Diagnostic("E602", message, help=_padding(wanted, given, pad))])
    output = graph.output.output
    if output != (dataset.classes,):
        message = (
            f"`{dataset.name}` has {dataset.classes} classes, "
            f"but the output of `{graph.name}` is {_sides(output or ())}"
        )
        raise ArchError([Diagnostic("E602", message)])


def _sides(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "unknown"


def _padding(wanted: tuple[int, ...], given: tuple[int, ...], pad: int) -> str | None:
    """The padding that would make it fit, if there is one."""
    more = {(want - have) / 2 for want, have in zip(wanted[1:], given[1:], strict=False)}
    right = pad + more.pop() if len(more) == 1 and wanted[0] == given[0] else -1.0
    return f"write `pad={int(right)}`" if right >= 0 and right == int(right) else None
