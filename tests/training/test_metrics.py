"""Counting hits on outputs that are known beforehand."""

from __future__ import annotations

import pytest
import torch

from archspec.schema.choices import Mnist5k
from archspec.training.datasets import Samples  # after the check for torch
from archspec.training.loaders import TensorLoader  # as above
from archspec.training.metrics import has_penalties, measure, scores_of  # as above

pytestmark = pytest.mark.torch


class Scores(torch.nn.Module):
    """Seven classes; gives the row of a table that the pixel names."""

    def __init__(self, table: object) -> None:
        super().__init__()
        self.table = table

    def forward(self, x: object) -> object:
        return self.table[(255 * x[:, 0, 0, 0]).round().long()]


def loader(labels: list[int]) -> TensorLoader:
    images = torch.arange(len(labels)).to(torch.uint8).view(-1, 1, 1, 1)
    return TensorLoader(Samples(images, torch.tensor(labels)), Mnist5k(), 2, torch.device("cpu"))


TABLE = torch.tensor(
    [
        [9.0, 1, 2, 3, 4, 5, 6],  # answer 0; best five 0 6 5 4 3
        [9.0, 1, 2, 3, 4, 5, 6],
        [1.0, 9, 2, 3, 4, 5, 6],  # answer 1
    ]
)


@pytest.mark.parametrize("penalties", [False, True])
def test_hits_confusion_and_mean_loss(penalties: bool):
    model = Scores(-TABLE if penalties else TABLE)
    model.predict = "argmin" if penalties else "argmax"
    found = measure(
        model, loader([0, 1, 2]), lambda _, labels: labels.float().mean(), scores_of(model)
    )
    assert found.hits == {1: 1, 5: 1}
    assert found.loss == pytest.approx(1.0)
    assert [(t, a) for t, row in enumerate(found.confusion) for a, n in enumerate(row) if n] == [
        (0, 0),
        (1, 0),
        (2, 1),
    ]
    assert not model.training


def test_top_5_needs_more_than_five_classes():
    model = Scores(TABLE[:, :5])
    found = measure(model, loader([0, 4]), lambda *_: torch.zeros(()), scores_of(model))
    assert found.hits == {1: 1}


def test_only_a_network_that_says_so_answers_with_its_minimum():
    model = Scores(TABLE)
    assert not has_penalties(model)
    model.predict = "argmin"
    assert has_penalties(model)


def test_a_single_output_names_the_second_class_above_the_middle_of_its_targets():
    output = torch.tensor([[-3.0], [0.0], [0.1], [0.5], [0.6]])
    assert scores_of(Scores(TABLE), (-1, 1))(output).argmax(1).tolist() == [0, 0, 1, 1, 1]
    assert scores_of(Scores(TABLE), (0, 1))(output).argmax(1).tolist() == [0, 0, 0, 0, 1]
