"""Data sets by name, as whole tensors with their split. Downloads nothing, scales nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from archspec.errors import ArchError, Diagnostic
from archspec.schema import choices
from archspec.training.mixing import mix

SPLIT_SEED = 0
_TEST_EACH = 100
MNIST5K = Path(__file__).parent / "data" / "mnist5k.npz"


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Pictures (n, channels, height, width) or patterns (n, units), uint8; classes (n,), int64."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        """How many there are."""
        return len(self.labels)


@dataclass(frozen=True, slots=True, eq=False)
class DataSet:
    """A data set, split once and for all.

    Args:
        split: how it was split, in words.
        targets: what a single output shall be for each class; None where each class has an
            output of its own.
        judged: what `test` holds, in words.
    """

    name: str
    classes: int
    train: Samples
    test: Samples
    split: str
    targets: tuple[float, ...] | None = None
    judged: str = "held-out images"


def load_data(data: choices.Data) -> DataSet:
    """The data set a recipe names, before padding and scaling.

    Raises:
        ArchError: E007 if it is not on this machine.
    """
    if isinstance(data, choices.Mnist5k):
        return _mnist5k()
    if isinstance(data, choices.TruthTable):
        return _truth_table(data)
    raise ArchError(
        [
            Diagnostic(
                "E007",
                f"data set `{data.name}` is not on this machine, and this version fetches none",
                help="`--data mnist5k` takes the 5,000 digits (1x28x28) that ship with archspec",
            )
        ]
    )


def _mnist5k() -> DataSet:
    if not MNIST5K.is_file():
        message = f"`{MNIST5K.name}` is missing from the installation"
        raise ArchError([Diagnostic("E007", message, help="install archspec-nn again")])
    with np.load(MNIST5K, allow_pickle=False) as arrays:
        images, labels = arrays["images"], arrays["labels"].astype(np.int64)
    test = held_out(labels.tolist(), _TEST_EACH)
    chosen = np.zeros(len(labels), dtype=bool)
    chosen[test] = True
    return DataSet(
        "mnist5k",
        10,
        _samples(images[~chosen], labels[~chosen]),
        _samples(images[chosen], labels[chosen]),
        f"fixed stratified split 4,000 / 1,000 ({_TEST_EACH} a class, seed {SPLIT_SEED})",
    )


# Of the patterns 00, 01, 10, 11.
_ANSWERS = {"and": [0, 0, 0, 1], "or": [0, 1, 1, 1], "nand": [1, 1, 1, 0], "xor": [0, 1, 1, 0]}


def _truth_table(data: choices.TruthTable) -> DataSet:
    patterns = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=torch.uint8)
    table = Samples(patterns, torch.tensor(_ANSWERS[data.function]))
    low, high = map(float, data.coding)
    return DataSet(
        f"truth table of {data.function}",
        2,
        table,
        table,
        "all 4 patterns trained and judged",
        targets=(low, high),
        judged="patterns",
    )


def _samples(images: np.ndarray, labels: np.ndarray) -> Samples:
    return Samples(torch.from_numpy(images).unsqueeze(1), torch.from_numpy(labels))


def held_out(labels: list[int], each: int) -> list[int]:
    """Indices of `each` samples of every class, ascending.

    A sample's rank in its class is that of mix(seed, index), so the choice depends on no
    library's random generator.

    >>> held_out([0, 0, 0, 1, 1, 1], 1)
    [1, 4]
    """
    chosen: list[int] = []
    for label in sorted(set(labels)):
        members = [index for index, own in enumerate(labels) if own == label]
        members.sort(key=lambda index: mix(SPLIT_SEED, index))
        chosen += members[:each]
    return sorted(chosen)
