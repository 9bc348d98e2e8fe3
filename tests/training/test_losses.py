"""Losses against numbers worked out by hand, and against the identity that explains eq. 9."""

from __future__ import annotations

from fractions import Fraction
from math import log

import pytest
import torch

from archspec.errors import ArchError
from archspec.schema.choices import CrossEntropy, Mse, RbfMap
from archspec.training.losses import loss_function, mse, rbf_map  # after the check

pytestmark = pytest.mark.torch

Y = torch.tensor([[0.5, 3.0, 4.0]], dtype=torch.float64)


@pytest.mark.parametrize(
    ("j", "by_class"),
    [(0.1, (0.95709, 3.45709, 4.45709)), (1.0, (0.541634, 3.041634, 4.041634))],
)
def test_eq_9_by_hand(j: float, by_class: tuple[float, ...]):
    found = [rbf_map(Y, torch.tensor([label]), j).item() for label in range(3)]
    assert found == pytest.approx(by_class, abs=5e-6)


def test_gradient_of_eq_9_by_hand():
    y = Y.clone().requires_grad_()
    rbf_map(y, torch.tensor([0]), 0.1).backward()
    assert y.grad[0].tolist() == pytest.approx([0.615991, -0.031521, -0.011596], abs=5e-7)


def test_eq_9_is_cross_entropy_with_one_class_more():
    generator = torch.Generator().manual_seed(1)
    y = 90 * torch.rand(64, 10, generator=generator, dtype=torch.float64)
    labels = torch.randint(10, (64,), generator=generator)
    for j in (0.1, 1.0, 10.0):
        logits = torch.cat([-y, torch.full((64, 1), -j, dtype=torch.float64)], 1)
        expected = torch.nn.functional.cross_entropy(logits, labels)
        torch.testing.assert_close(rbf_map(y, labels, j), expected, rtol=1e-14, atol=0)


def test_eq_9_stays_finite_far_from_every_code():
    y = torch.full((1, 10), 1e5, requires_grad=True)
    loss = rbf_map(y, torch.tensor([3]), 0.1)
    loss.backward()
    assert loss.item() == pytest.approx(1e5 - 0.1)
    assert y.grad.isfinite().all()


def test_cross_entropy_by_hand():
    loss = loss_function(CrossEntropy(), penalties=False)
    scores = torch.tensor([[0.0, log(3)], [log(4), 0.0]], dtype=torch.float64)
    value = loss(scores, torch.tensor([1, 1])).item()
    assert value == pytest.approx((log(4 / 3) + log(5)) / 2, abs=1e-12)


def test_label_smoothing_mixes_in_the_mean_over_classes():
    loss = loss_function(CrossEntropy(label_smoothing=Fraction(1, 5)), penalties=False)
    scores = torch.tensor([[0.0, log(3)]], dtype=torch.float64)
    own, both = log(4 / 3), (log(4 / 3) + log(4)) / 2
    assert loss(scores, torch.tensor([1])).item() == pytest.approx(0.8 * own + 0.2 * both)


def test_mse_by_hand():
    outputs = torch.tensor([[1.0, 0.0, 0.5], [0.0, 0.0, 0.0]], dtype=torch.float64)
    assert mse(outputs, torch.tensor([0, 2])).item() == pytest.approx((0.25 + 1) / 6)


def test_losses_know_which_way_an_output_points():
    labels = torch.tensor([0])
    scores, penalties = -Y, Y
    for choice in (CrossEntropy(), RbfMap()):
        one = loss_function(choice, penalties=False)(scores, labels)
        other = loss_function(choice, penalties=True)(penalties, labels)
        assert torch.equal(one, other)


def test_mse_on_penalties_is_refused():
    with pytest.raises(ArchError) as caught:
        loss_function(Mse(), penalties=True)
    assert caught.value.diagnostics[0].code == "E602"
