"""Batches: every sample once, the order a function of seed and epoch, the border background."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch

from archspec.schema.choices import Data, Mnist5k
from archspec.training.datasets import Samples  # after the check for torch
from archspec.training.loaders import TensorLoader, order  # as above

pytestmark = pytest.mark.torch

CPU = torch.device("cpu")
LENET = Mnist5k(pad=2, range=(Fraction(-1, 10), Fraction(1175, 1000)))


def loader(data: Data, batch: object = 4, samples: int = 10) -> TensorLoader:
    """Pictures of 3x3 whose pixels are the sample's number; the label is that number too."""
    numbers = torch.arange(samples)
    images = numbers.to(torch.uint8).view(-1, 1, 1, 1).repeat(1, 1, 3, 3)
    return TensorLoader(Samples(images, numbers), data, batch, CPU)


def test_the_order_is_a_permutation_made_by_seed_and_epoch():
    first = order(100, seed=0, epoch=1)
    assert sorted(first.tolist()) == list(range(100))
    assert torch.equal(first, order(100, seed=0, epoch=1))
    assert not torch.equal(first, order(100, seed=0, epoch=2))
    assert not torch.equal(first, order(100, seed=1, epoch=1))


def test_the_order_does_not_touch_the_global_generator():
    before = torch.random.get_rng_state()
    order(100, seed=0, epoch=1)
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_pass_gives_each_sample_once_with_its_label():
    batches = list(loader(Mnist5k(range=(Fraction(0), Fraction(255)))).shuffled(0, 1))
    assert [len(labels) for _, labels in batches] == [4, 4, 2]
    labels = torch.cat([labels for _, labels in batches])
    assert sorted(labels.tolist()) == list(range(10))
    pixels = torch.cat([images[:, 0, 1, 1] for images, _ in batches])
    assert pixels.tolist() == labels.tolist()


def test_in_order_is_as_stored():
    labels = torch.cat([labels for _, labels in loader(Mnist5k()).in_order()])
    assert labels.tolist() == list(range(10))


@pytest.mark.parametrize(("batch", "batches"), [(4, 3), (5, 2), (100, 1), ("all", 1)])
def test_batches_a_pass(batch: object, batches: int):
    made = loader(Mnist5k(), batch)
    assert (len(made), len(list(made.in_order()))) == (batches, batches)


def test_the_border_is_background_not_zero():
    images, _ = next(loader(LENET).in_order())
    assert images.shape == (4, 1, 7, 7)
    assert images.dtype == torch.float32
    border = images.clone()
    border[:, :, 2:-2, 2:-2] = -0.1
    assert torch.equal(border, torch.full_like(border, -0.1))


def test_range_says_what_0_and_255_become():
    images, _ = next(iter(loader(LENET, "all", 256).in_order()))
    assert images[0, 0, 3, 3].item() == pytest.approx(-0.1, abs=1e-7)
    assert images[255, 0, 3, 3].item() == pytest.approx(1.175, abs=1e-6)
    plain, _ = next(iter(loader(Mnist5k(), "all", 256).in_order()))
    assert (plain[0, 0, 1, 1].item(), plain[255, 0, 1, 1].item()) == pytest.approx((0, 1))


def test_mean_and_std_apply_to_pixels_of_0_to_1():
    data = Mnist5k(pad=1, mean=(Fraction(1, 10),), std=(Fraction(1, 2),))
    images, _ = next(iter(loader(data, "all", 256).in_order()))
    assert images[51, 0, 2, 2].item() == pytest.approx((0.2 - 0.1) / 0.5, abs=1e-6)
    assert images[51, 0, 0, 0].item() == pytest.approx((0.0 - 0.1) / 0.5, abs=1e-6)


def test_real_digits_have_the_mean_and_variance_the_documentation_tells():
    from archspec.training.datasets import load_data

    data = load_data(LENET)
    images = [
        next(TensorLoader(part, LENET, "all", CPU).in_order())[0]
        for part in (data.train, data.test)
    ]
    pixels = torch.cat(images).double()
    assert pixels.mean().item() == pytest.approx(0.028, abs=5e-4)
    assert pixels.var().item() == pytest.approx(0.124, abs=5e-4)
