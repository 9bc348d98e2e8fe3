"""Networks with heads: what they are trained on, and what is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch.nn import functional

import archspec
from archspec.errors import ArchError
from archspec.training import TrainOptions, evaluate, train  # needs torch
from archspec.training.loop import gradient_norm, train_step  # as above
from archspec.training.session import open_session  # as above

if TYPE_CHECKING:
    from pathlib import Path

    from archspec.graph import Graph

pytestmark = pytest.mark.torch

NET = """arch Net {
  input 1x28x28
  pool: avgpool(4)
  head early(loss_weight=0.3, phase="PHASE") { linear(10) -> softmax }
  fc: linear(16) -> relu
  head late(loss_weight=2, phase="PHASE") { linear(10) }
  out: linear(10)
  train {
    data      = mnist5k
    optimizer = sgd(lr=0.1)
    batch     = 500
    epochs    = 1
  }
}
"""


def net(folder: Path, phase: str, text: str = NET) -> Graph:
    path = folder / "net.arch"
    path.write_text(text.replace("PHASE", phase), encoding="utf-8")
    return archspec.load(str(path))


class Quiet:
    def __getattr__(self, name: str) -> object:
        return lambda *_: None


@pytest.mark.parametrize("phase", ["train", "always"])
def test_a_step_follows_the_weighted_sum_of_all_losses(phase: str, tmp_path: Path):
    graph = net(tmp_path, phase)
    session = open_session(graph, graph.spec.recipe, TrainOptions(threads=1))
    parts = session.parts
    images, labels = next(parts.train.in_order())
    before = {name: value.detach().clone() for name, value in parts.model.named_parameters()}

    main, early, late = parts.model.train()(images)
    losses = [functional.cross_entropy(each, labels) for each in (main, early, late)]
    wanted = losses[0] + 0.3 * losses[1] + 2 * losses[2]
    slopes = torch.autograd.grad(wanted, list(parts.model.parameters()))

    loss, output, _ = train_step(parts, images, labels)
    assert loss.item() == wanted.item()
    assert torch.equal(output, main)
    for (name, value), slope in zip(parts.model.named_parameters(), slopes, strict=True):
        torch.testing.assert_close(value, before[name] - 0.1 * slope)
        assert slope.abs().max() > 0
    assert gradient_norm(parts.model) > 0


@pytest.mark.parametrize("phase", ["train", "always"])
def test_a_run_judges_the_main_output(phase: str, tmp_path: Path):
    graph = net(tmp_path, phase)
    run = train(graph, graph.spec.recipe, TrainOptions(out=tmp_path / "r", threads=1), Quiet())
    assert evaluate(graph, run.best_weights, graph.spec.recipe, threads=1) == run.final
    model = archspec.compile(graph, weights=run.best_weights).eval()
    held_out = open_session(graph, graph.spec.recipe, TrainOptions(threads=1)).held_out
    with torch.no_grad():
        given = [(model(images), labels) for images, labels in held_out.in_order()]
    mains = [(each[0] if isinstance(each, tuple) else each, labels) for each, labels in given]
    hits = sum(int((main.argmax(1) == labels).sum()) for main, labels in mains)
    assert run.final.hits[1] == hits
    # The epoch's loss counts the heads too: three losses near log 10, times 1 + 0.3 + 2.
    assert run.epochs[0].train_loss > 2 * run.final.loss


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("linear(10) -> softmax", "linear(9)", "but the output of `early` is 9"),
        ("  out: linear(10)\n", "  out: linear(10)\n  output @fc, @out\n", "several outputs"),
        (
            "{ linear(10) }",
            '{ linear(84) -> rbf(10, prototypes="digits_7x12") }',
            "`late` and `Net` answer by opposites",
        ),
    ],
)
def test_heads_that_do_not_fit_the_data(old: str, new: str, words: str, tmp_path: Path):
    graph = net(tmp_path, "train", NET.replace(old, new))
    with pytest.raises(ArchError) as caught:
        open_session(graph, graph.spec.recipe, TrainOptions(threads=1))
    assert [each.code for each in caught.value.diagnostics] == ["E602"]
    assert words in caught.value.diagnostics[0].message
