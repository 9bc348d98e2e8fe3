"""The training loop, in plain sight. Writes no file, prints nothing, builds no network."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_, get_total_norm

from archspec.errors import ArchError, Diagnostic
from archspec.training.losses import outputs_of, whole_loss
from archspec.training.mixing import mix

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler

    from archspec.training.loaders import TensorLoader
    from archspec.training.losses import LossFunction
    from archspec.training.metrics import Scores

LOG_SECONDS = 1.0  # between two readings of the loss, each of which waits for the device


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """What a step needs.

    Args:
        clip: the largest norm of a gradient, or None.
        scores: how to read the output.
        heads: the weights of the losses of heads, in their order.
    """

    model: nn.Module
    loss: LossFunction
    optimizer: Optimizer
    schedule: LRScheduler
    train: TensorLoader
    seed: int
    clip: float | None
    scores: Scores
    heads: tuple[float, ...] = ()

    def epoch(
        self, epoch: int, stop: Callable[[], bool], beat: Callable[[int, float], None]
    ) -> Pass:
        """`train_epoch` of these parts."""
        return train_epoch(self, epoch, stop, beat)


@dataclass(frozen=True, slots=True)
class Pass:
    """What one epoch showed while the weights were changing.

    Args:
        steps: done in this epoch; fewer than planned if it was interrupted.
        loss: mean over `samples`.
        lr: of the last step; `grad_norm` likewise, before clipping.
    """

    steps: int
    samples: int
    loss: float
    hits: int
    lr: float
    grad_norm: float
    seconds: float


def train_step(
    parts: Parts, images: Tensor, labels: Tensor
) -> tuple[Tensor, Tensor, Tensor | None]:
    """One update.

    Returns:
        The loss () with that of heads, the main output (n, classes), and the gradient's norm ()
        if it is clipped.
    """
    parts.optimizer.zero_grad(set_to_none=True)
    outputs = outputs_of(parts.model(images))
    loss = whole_loss(parts.loss, outputs, labels, parts.heads)
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    norm = clip_grad_norm_(parts.model.parameters(), parts.clip) if parts.clip else None
    parts.optimizer.step()
    return loss.detach(), outputs[0].detach(), norm


def train_epoch(
    parts: Parts,
    epoch: int,
    stop: Callable[[], bool],
    beat: Callable[[int, float], None],
) -> Pass:
    """One pass over the training samples, in the order of (seed, epoch).

    Args:
        parts: the network and what moves it; changed in place.
        epoch: from 1.
        stop: asked after each step whether to leave.
        beat: told the steps done and the mean loss, at most once a `LOG_SECONDS`.

    Raises:
        ArchError: T001 if the loss is not finite.
    """
    parts.model.train()
    began = read = time.perf_counter()
    device = parts.train.labels.device
    total = torch.zeros((), dtype=torch.float64, device=device)
    hits = torch.zeros((), dtype=torch.int64, device=device)
    step, samples, lr, norm = 0, 0, 0.0, None
    for step, (images, labels) in enumerate(parts.train.shuffled(parts.seed, epoch), 1):
        torch.default_generator.manual_seed(mix(parts.seed, 0, epoch, step))
        loss, output, norm = train_step(parts, images, labels)
        lr = parts.optimizer.param_groups[0]["lr"]
        parts.schedule.step()
        total += loss * len(labels)
        hits += (parts.scores(output).argmax(1) == labels).sum()
        samples += len(labels)
        if stop():
            break
        if time.perf_counter() - read >= LOG_SECONDS:
            read = time.perf_counter()
            place = f"epoch {epoch}, step {step}"
            beat(step, check_finite(parts.model, total.item() / samples, lr, place))
    mean = check_finite(parts.model, total.item() / samples, lr, f"epoch {epoch}, step {step}")
    seconds = time.perf_counter() - began
    last_norm = gradient_norm(parts.model) if norm is None else norm.item()
    return Pass(step, samples, mean, int(hits), lr, last_norm, seconds)


def gradient_norm(model: nn.Module) -> float:
    """The 2-norm of all gradients together, as the last step left them."""
    gradients = [each.grad for each in model.parameters() if each.grad is not None]
    return get_total_norm(gradients).item() if gradients else 0.0


def check_finite(model: nn.Module, loss: float, lr: float, place: str) -> float:
    """The loss itself.

    Args:
        model: whose parameters are looked at.
        loss: may be infinite or not a number.
        lr: of the last step.
        place: where in the run.

    Raises:
        ArchError: T001 if it is infinite or not a number, with the first parameter that is.
    """
    if math.isfinite(loss):
        return loss
    norm, bad = gradient_norm(model), first_bad_parameter(model)
    where = f"parameter `{bad}` is the first that is not" if bad else "every parameter still is"
    raise ArchError(
        [
            Diagnostic(
                "T001",
                f"the loss is not finite at {place}: {where}",
                notes=(f"learning rate {lr:g}, norm of the last gradient {norm:g}",),
                help="lower the rate (`--lr`), limit the gradient (`clip = 1`) or start slowly "
                "(`schedule = const(warmup=1)`)",
                path=bad,
                values={"lr": lr, "grad_norm": str(norm), "place": place},
            )
        ]
    )


def first_bad_parameter(model: nn.Module) -> str | None:
    """The name of the first parameter, in the order of the spec, that is not finite."""
    for name, parameter in model.named_parameters():
        if not torch.isfinite(parameter).all():
            return name
    return None
