"""The zoo against torchvision and timm: the same parameters give the same function.

Each network is compared whole, in float64, with weights copied in order, on every shape of its
row; then both are trained one step. Biases and batch norm are random, because what they start
with would hide two swapped tensors, or a wrong eps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from references import REFERENCES, Reference

from archspec.analysis import analyze
from archspec.compiler import compile_graph
from archspec.schema import snake, zoo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch import Tensor, nn

pytestmark = pytest.mark.torch

TOLERANCE = (
    1e-10  # of the largest entry; the order of sums differs where pooling is written otherwise
)


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


def step(module: nn.Module, row: Reference) -> tuple[Tensor, ...]:
    """Forward and backward; the outputs of the trunk and then of the heads in source order."""
    found = module(batch(row.step, 2))
    if not isinstance(found, tuple):
        found = (found,)
    elif type(found) is not tuple:  # torchvision's own type has the last head first
        found = (found[0], *found[:0:-1])
    sum(item.square().sum() for item in found).backward()
    return found


def batch(shape: tuple[int, ...], images: int) -> Tensor:
    import torch

    draw = torch.Generator().manual_seed(1)
    return torch.randn(images, *shape, generator=draw, dtype=torch.float64)


@pytest.fixture(params=REFERENCES, ids=lambda row: row.zoo)
def row(request: pytest.FixtureRequest) -> Iterable[Reference]:
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # two workers on two cores wait for each other otherwise
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield request.param
    torch.set_num_threads(threads)


def test_evaluation(row: Reference, record_property: Callable[[str, object], None]):
    import torch

    compare = Comparison()
    graph, reference = row.full()
    reference = randomised(reference).eval()
    with torch.device("meta"):
        module = compile_graph(graph).eval()
    copy_in_order(reference, module, assign=True)
    params = sum(item.numel() for item in reference.parameters())
    assert params == analyze(graph).number("", "params.all")
    with torch.inference_mode():
        for shape in row.inputs:
            compare(module(batch(shape, 1)), reference(batch(shape, 1)))
    record_property("parity", (params, compare.error))


def test_a_step_of_training(row: Reference, record_property: Callable[[str, object], None]):
    """Outputs, the gradient of every tensor, running statistics; then weights go back."""
    import torch

    compare = Comparison()
    graph, reference = row.for_step()
    reference = without_dropout(randomised(reference)).train()
    module = without_dropout(compile_graph(graph).double()).train()
    copy_in_order(reference, module)
    for found, wanted in zip(step(module, row), step(reference, row), strict=True):
        compare(found, wanted)
    for one, other in zip(module.parameters(), reference.parameters(), strict=True):
        compare(one.grad, other.grad)
    for one, other in zip(module.buffers(), reference.buffers(), strict=True):
        compare(one, other)
    with torch.inference_mode():
        for item in module.parameters():
            item.mul_(1.1)
        copy_in_order(module, reference)
        compare(module.eval()(batch(row.step, 1)), reference.eval()(batch(row.step, 1)))
    record_property("parity", (0, compare.error))


def test_every_reference_has_its_spec():
    assert {row.zoo for row in REFERENCES} <= {snake(arch) for arch in zoo()}
    assert len(REFERENCES) == 24
