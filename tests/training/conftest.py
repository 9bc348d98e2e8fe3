"""Networks, recipes and a listener that the tests of training share."""

from __future__ import annotations

import signal
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import archspec
from archspec.schema import TrainRecipe
from archspec.schema.choices import Mnist5k, RbfMap, Sgd
from archspec.schema.starts import FanInUniform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archspec.graph import Graph

SPEC = Path(__file__).parents[2] / "specs" / "lenet5.arch"


@pytest.fixture(autouse=True)
def _as_in_a_terminal() -> Iterator[None]:
    """What a shell starts in the background ignores SIGINT, and so would a test run there."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def lenet5() -> Graph:
    return archspec.load(str(SPEC))


@pytest.fixture(scope="session")
def lenet5_modern() -> Graph:
    return archspec.load(f"{SPEC}:LeNet5Modern")


@pytest.fixture(scope="session")
def recipe() -> TrainRecipe:
    """LeNet-5's, but of one epoch with large batches."""
    return TrainRecipe(
        data=Mnist5k(pad=2, range=(Fraction(-1, 10), Fraction(1175, 1000))),
        init=FanInUniform(gain=Fraction(24, 10)),
        loss=RbfMap(),
        optimizer=Sgd(lr=Fraction(1, 100)),
        batch=250,
        epochs=1,
    )


class Listener:
    """A Progress that remembers what it was told."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, tuple[object, ...]]] = []

    def __getattr__(self, name: str) -> object:
        return lambda *told: self.heard.append((name, told))

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.heard if name != "step"]


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Small nets are fastest and bit-equal on one thread."""
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
