"""The zoo against torchvision and timm: the same parameters give the same function.

Each network is compared whole, in float64, with weights copied in order, on every shape of its
row; then both are trained one step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from references import REFERENCES, Reference

from archspec.analysis import analyze
from archspec.compiler import compile_graph
from archspec.schema import snake, zoo
from tests.parity import Comparison, batch, copy_in_order, randomised, seeded, without_dropout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch import Tensor, nn

pytestmark = pytest.mark.torch


def step(module: nn.Module, row: Reference) -> tuple[Tensor, ...]:
    """Forward and backward; the outputs of the trunk and then of the heads in source order."""
    found = module(batch(row.step, 2))
    if not isinstance(found, tuple):
        found = (found,)
    elif type(found) is not tuple:  # torchvision's own type has the last head first
        found = (found[0], *found[:0:-1])
    sum(item.square().sum() for item in found).backward()
    return found


@pytest.fixture(params=REFERENCES, ids=lambda row: row.zoo)
def row(request: pytest.FixtureRequest) -> Iterable[Reference]:
    with seeded():
        yield request.param


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
