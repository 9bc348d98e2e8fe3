"""The shipped digits and their split."""

from __future__ import annotations

import hashlib

import pytest
import torch

from archspec.errors import ArchError
from archspec.schema.choices import Cifar10, Mnist, Mnist5k
from archspec.training import datasets  # after the check for torch

pytestmark = pytest.mark.torch

SHA256 = "63818dc867dd7ee1181196c2588842f34debadc19cc80dc16b1dc1401cbb62c4"


def test_the_file_is_the_one_the_tool_made():
    assert hashlib.sha256(datasets.MNIST5K.read_bytes()).hexdigest() == SHA256


def test_4000_and_1000_digits_all_classes_alike():
    data = datasets.load_data(Mnist5k())
    assert data.train.images.shape == (4000, 1, 28, 28)
    assert data.test.images.shape == (1000, 1, 28, 28)
    assert data.train.images.dtype == torch.uint8
    assert torch.bincount(data.train.labels).tolist() == [400] * 10
    assert torch.bincount(data.test.labels).tolist() == [100] * 10


def test_the_split_is_the_same_for_ever():
    labels = [index // 500 for index in range(5000)]
    chosen = datasets.held_out(labels, 100)
    assert chosen[:5] == [1, 4, 18, 25, 27]
    assert hashlib.sha256(str(chosen).encode()).hexdigest()[:16] == "96c78c2323e4d689"


def test_no_digit_is_in_both_parts():
    data = datasets.load_data(Mnist5k())
    train, test = (
        {image.tobytes() for image in part.images.numpy()} for part in (data.train, data.test)
    )
    assert len(train) + len(test) - len(train & test) == 5000


@pytest.mark.parametrize("absent", [Mnist(), Cifar10()])
def test_a_set_that_is_not_here_names_the_one_that_is(absent: Mnist | Cifar10):
    with pytest.raises(ArchError) as caught:
        datasets.load_data(absent)
    (found,) = caught.value.diagnostics
    assert found.code == "E007"
    assert f"`{absent.name}`" in found.message
    assert "--data mnist5k" in (found.help or "")
