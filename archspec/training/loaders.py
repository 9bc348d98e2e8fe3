"""Batches from tensors in memory, padded and scaled. Augments nothing, starts no process."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor
from torch.nn import functional

from archspec.schema import choices
from archspec.training.mixing import mix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archspec.training.datasets import Samples

Batch = tuple[Tensor, Tensor]


class TensorLoader:
    """Samples as batches of (images float32 (b, c, h, w), or patterns (b, units); labels (b,)).

    The pictures stay bytes and are padded once with byte 0, the background: whatever scale
    turns 0 into, the border is the same as the paper around a digit.

    Args:
        samples: the pictures as bytes, with their classes.
        data: padding and scale.
        batch: samples a step; the last batch of a pass may be smaller.
        device: where batches shall be.
    """

    def __init__(
        self,
        samples: Samples,
        data: choices.Data,
        batch: int | Literal["all"],
        device: torch.device,
    ) -> None:
        margin = data.pad if isinstance(data, choices.Images) else 0
        self.images = functional.pad(samples.images, (margin,) * 4, value=0).to(device)
        self.labels = samples.labels.to(device)
        self.batch = len(samples) if batch == "all" else batch
        gain, offset = scale(data)
        self._gain, self._offset = gain.to(device), offset.to(device)

    def __len__(self) -> int:
        """Batches a pass."""
        return math.ceil(self.samples / self.batch)

    @property
    def samples(self) -> int:
        """Samples a pass."""
        return len(self.labels)

    def shuffled(self, seed: int, epoch: int) -> Iterator[Batch]:
        """One pass in an order that depends on `seed` and `epoch` alone."""
        return self._batches(order(self.samples, seed, epoch).to(self.labels.device))

    def in_order(self) -> Iterator[Batch]:
        """One pass as stored."""
        return self._batches(torch.arange(self.samples, device=self.labels.device))

    def _batches(self, indices: Tensor) -> Iterator[Batch]:
        for chosen in torch.split(indices, self.batch):
            pixels = self.images.index_select(0, chosen).to(torch.float32)
            yield pixels.mul_(self._gain).add_(self._offset), self.labels.index_select(0, chosen)


def order(samples: int, seed: int, epoch: int) -> Tensor:
    """A permutation of 0 .. samples - 1."""
    generator = torch.Generator().manual_seed(mix(seed, epoch))
    return torch.randperm(samples, generator=generator)


def scale(data: choices.Data) -> tuple[Tensor, Tensor]:
    """(gain, offset) with value = byte * gain + offset: (c, 1, 1), (1, 1, 1); of patterns (1,).

    >>> from fractions import Fraction
    >>> from archspec.schema import choices
    >>> [part.item() for part in scale(choices.Mnist5k(range=(Fraction(-1), Fraction(254))))]
    [1.0, -1.0]
    """
    if isinstance(data, choices.TruthTable):
        false, true = data.coding
        return torch.tensor([float(true - false)]), torch.tensor([float(false)])
    if data.mean is not None and data.std is not None:
        gain = [1 / (255 * float(std)) for std in data.std]
        offset = [-float(mean / std) for mean, std in zip(data.mean, data.std, strict=True)]
        return _column(gain), _column(offset)
    low, high = data.range if data.range is not None else (0, 1)
    return _column([float(high - low) / 255]), _column([float(low)])


def _column(numbers: list[float]) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float32).view(-1, 1, 1)
