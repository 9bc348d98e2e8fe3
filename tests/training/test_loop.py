"""One step and one pass, on a net small enough to follow."""

from __future__ import annotations

import pytest
import torch

from archspec.errors import ArchError
from archspec.schema.choices import Mnist5k
from archspec.training import loop  # after the check for torch
from archspec.training.datasets import Samples  # as above
from archspec.training.loaders import TensorLoader  # as above
from archspec.training.losses import mse  # as above

pytestmark = pytest.mark.torch


def parts(lr: float = 0.1, clip: float | None = None) -> loop.Parts:
    """A linear net of 4 pixels and 2 classes on 6 samples, in batches of 4."""
    generator = torch.Generator().manual_seed(3)
    images = torch.randint(256, (6, 1, 2, 2), generator=generator, dtype=torch.uint8)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(4, 2))
    with torch.no_grad():
        model[1].weight.fill_(0.5)
        model[1].bias.fill_(0.25)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    return loop.Parts(
        model=model,
        loss=mse,
        optimizer=optimizer,
        schedule=torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 0.5**step),
        train=TensorLoader(
            Samples(images, torch.tensor([0, 1, 0, 1, 0, 1])), Mnist5k(), 4, torch.device("cpu")
        ),
        seed=0,
        clip=clip,
        scores=lambda output: output,
    )


def go(made: loop.Parts, epoch: int = 1, stop: bool = False) -> loop.Pass:
    return loop.train_epoch(made, epoch, lambda: stop, lambda *_: None)


def test_a_pass_sums_losses_and_hits_over_its_samples():
    made, twin = parts(), parts()
    total, hits = 0.0, 0
    for images, labels in twin.train.shuffled(0, 1):
        output = twin.model(images)
        hits += int((output.argmax(1) == labels).sum())
        loss, _, _ = loop.train_step(twin, images, labels)
        twin.schedule.step()
        total += loss.item() * len(labels)
    done = go(made)
    assert (done.steps, done.samples, done.hits) == (2, 6, hits)
    assert done.loss == pytest.approx(total / 6, rel=1e-6)
    assert torch.equal(made.model[1].weight, twin.model[1].weight)


def test_the_rate_told_is_that_of_the_last_step():
    made = parts(lr=0.1)
    assert go(made).lr == pytest.approx(0.05)
    assert go(made, epoch=2).lr == pytest.approx(0.0125)


def test_a_clipped_gradient_moves_the_weights_by_the_rate_times_the_limit():
    made = parts(lr=1.0, clip=1e-3)
    before = torch.cat([each.detach().flatten().clone() for each in made.model.parameters()])
    done = go(made, stop=True)
    after = torch.cat([each.detach().flatten() for each in made.model.parameters()])
    assert (after - before).norm().item() == pytest.approx(1e-3, rel=1e-3)
    assert done.grad_norm > 0.1


def test_stop_is_asked_after_each_step():
    assert go(parts(), stop=True).steps == 1


def test_the_mean_loss_is_told_in_between(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loop, "LOG_SECONDS", 0.0)
    told: list[tuple[int, float]] = []
    done = loop.train_epoch(parts(), 1, lambda: False, lambda *each: told.append(each))
    assert [step for step, _ in told] == [1, 2]
    assert told[-1][1] == done.loss


def test_a_loss_that_is_no_number_stops_with_the_first_bad_parameter():
    made = parts()
    with torch.no_grad():
        made.model[1].bias[1] = float("nan")
    with pytest.raises(ArchError) as caught:
        go(made)
    (found,) = caught.value.diagnostics
    assert found.code == "T001"
    # One step has carried it into the weights, which come first.
    assert "`1.weight` is the first" in found.message
    assert "epoch 1, step 2" in found.message
    assert "--lr" in (found.help or "")


def test_a_rate_far_too_high_is_noticed():
    made = parts(lr=1e30)
    go(made, 1, stop=True)
    with pytest.raises(ArchError) as caught:
        go(made, 2)
    assert caught.value.diagnostics[0].code == "T001"


def test_dropout_is_a_function_of_seed_and_step():
    weights = []
    for _ in range(2):
        torch.rand(7)
        made = parts()
        made.model.insert(1, torch.nn.Dropout(0.5))
        go(made)
        weights.append(made.model[2].weight.detach().clone())
    assert torch.equal(*weights)
