"""Two modules are the same function: what a comparison of a spec with its reference needs.

Biases and batch norm are random, because what they start with would hide two swapped tensors, or
a wrong eps.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor, nn

TOLERANCE = (
    1e-10  # of the largest entry; the order of sums differs where pooling is written otherwise
)


@contextmanager
def seeded() -> Iterator[None]:
    """The same draws each time, on one thread."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # two workers on two cores wait for each other otherwise
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield
    torch.set_num_threads(threads)


def randomised(module: nn.Module) -> nn.Module:
    """In float64, with biases and batch norm drawn anew."""
    import torch

    module = module.double()
    for part in module.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.weight.data.uniform_(0.5, 1.5)
            part.running_mean.normal_(0, 0.1)
            part.running_var.uniform_(0.5, 1.5)
        if getattr(part, "bias", None) is not None:
            part.bias.data.normal_(0, 0.1)
    return module


def matrix(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A kernel of 1x1 is a matrix."""
    return shape[:2] if shape[2:] == (1, 1) else shape


def copy_in_order(source: nn.Module, target: nn.Module, *, assign: bool = False) -> None:
    """Every tensor of the source's state into the target's of the same place and shape."""
    theirs, ours = source.state_dict(), target.state_dict()
    assert [matrix(item.shape) for item in ours.values()] == [
        matrix(item.shape) for item in theirs.values()
    ]
    state = zip(ours, theirs.values(), strict=True)
    state = {name: item.reshape(ours[name].shape) for name, item in state}
    target.load_state_dict(state, assign=assign)


class Comparison:
    """Collects the largest difference, relative to the largest entry of the wanted tensor."""

    def __init__(self) -> None:
        self.error = 0.0

    def __call__(self, found: Tensor, wanted: Tensor) -> None:
        assert found.numel() == wanted.numel()
        assert bool(wanted.isfinite().all())
        off = (found.detach().reshape(wanted.shape) - wanted.detach()).abs().max()
        size = wanted.detach().abs().max()
        assert off <= TOLERANCE * size
        self.error = max(self.error, float(off / size) if off else 0.0)


def without_dropout(module: nn.Module) -> nn.Module:
    import torch

    for part in module.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    return module


def batch(shape: tuple[int, ...], images: int) -> Tensor:
    import torch

    draw = torch.Generator().manual_seed(1)
    return torch.randn(images, *shape, generator=draw, dtype=torch.float64)
