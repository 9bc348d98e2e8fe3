"""Formulas by number: normalisation, activations, distances, losses, optimizers."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import torch

from archspec.schema.choices import Adadelta, Adagrad, Gd, Momentum, Nag
from archspec.training.losses import rbf_map
from archspec.training.optim import torch_optimizer
from tests.course.modules import layers, noise

if TYPE_CHECKING:
    from archspec.schema.choices import Optimizer

pytestmark = pytest.mark.torch

PRINTED = 6e-7  # six decimals are given


def maps(*values: float) -> torch.Tensor:
    """One pixel of several maps."""
    return torch.tensor(values, dtype=torch.float64).reshape(1, -1, 1, 1)


@pytest.mark.parametrize(
    ("call", "values", "expected"),
    [
        (
            "lrn(5, k=2, alpha=1e-4, beta=0.75)",
            (100, 200, 300, 400, 500, 600),
            (12.5, 14.865089, 14.461559, 13.465396, 17.402354, 22.642842),
        ),
        (
            "lrn(3, k=1, alpha=0.1, beta=0.75)",
            (1, 2, 3, 4),
            (0.737788, 1.037222, 1.080993, 1.56318),
        ),
    ],
)
def test_lrn_of_the_paper(call: str, values: tuple[float, ...], expected: tuple[float, ...]):
    found = layers(call, x=f"{len(values)}x1x1")(maps(*values)).flatten().tolist()
    assert found == pytest.approx(expected, abs=PRINTED)


def test_lrn_is_not_the_call_that_divides_alpha_by_n():
    x = maps(100, 200, 300, 400, 500, 600)
    divided = torch.nn.functional.local_response_norm(x, 5, alpha=1e-4, beta=0.75, k=2)
    assert divided.flatten()[0].item() == pytest.approx(30.836784, abs=PRINTED)


def test_the_squash_of_lenet5():
    net = layers("scaled_tanh(A=1.7159, S=2/3)", x="4")
    x = torch.tensor([[0, 0.5, 1, 2]], dtype=torch.float64, requires_grad=True)
    out = net(x)
    assert out[0].tolist() == pytest.approx([0, 0.551684, 0.999997, 1.492939], abs=PRINTED)
    out.sum().backward()
    assert x.grad[0, 0].item() == pytest.approx(1.143933, abs=PRINTED)


def test_softmax_of_1_2_3():
    out = layers("softmax", x="3")(torch.tensor([[1.0, 2, 3]], dtype=torch.float64))
    assert out[0].tolist() == pytest.approx([0.090031, 0.244728, 0.665241], abs=PRINTED)


def test_the_distance_of_two_codes_is_four_times_their_differing_pixels():
    net = layers('rbf(10, prototypes="digits_7x12")', x="84")
    (codes,) = (value for value in (*net.buffers(), *net.parameters()) if value.dim() == 2)
    differing = (codes[:, None] != codes[None]).sum(2)
    assert torch.equal(net(codes.double()), 4.0 * differing)
    assert differing[~torch.eye(10, dtype=torch.bool)].min() == 14


# --- the loss of 1998, eq. 9 --------------------------------------------------------------------


def test_eq_9_leaves_wrong_classes_without_gradient_at_distances_of_tens():
    """At the start all distances are about 84; with j = 0.1 only the true class is moved."""
    y = (84 + noise(1, 10)).requires_grad_()
    rbf_map(y, torch.tensor([3]), 0.1).backward()
    others = torch.cat([y.grad[0, :3], y.grad[0, 4:]])
    assert y.grad[0, 3].item() == pytest.approx(1, abs=1e-12)
    assert others.abs().max() < 1e-12


def test_eq_9_without_its_second_term_is_the_distance_alone():
    """Eq. 8: what stays once every distance and j are large is y_c, less j."""
    y = torch.tensor([[50.0, 70, 90]], dtype=torch.float64)
    for label in range(3):
        found = rbf_map(y, torch.tensor([label]), 0.1).item()
        assert found == pytest.approx(y[0, label].item() - 0.1, abs=1e-12)


# --- optimizers on x^2 from x = 1 ---------------------------------------------------------------

LR, MU = Fraction(1, 10), Fraction(9, 10)


def walk(choice: Optimizer) -> list[float]:
    weight = torch.nn.Parameter(torch.ones(1, dtype=torch.float64))
    optimizer, path = torch_optimizer(choice, [weight]), []
    for _ in range(3):
        optimizer.zero_grad()
        weight.square().sum().backward()
        optimizer.step()
        path.append(weight.item())
    return path


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Gd(lr=LR), (0.8, 0.64, 0.512)),
        (Momentum(lr=LR, mu=MU), (0.8, 0.46, 0.062)),
        (Nag(lr=LR, mu=MU), (0.62, 0.2224, -0.108352)),
        (Adagrad(lr=LR), (0.9, 0.833104, 0.780456)),
        (
            Adadelta(lr=Fraction(1), rho=MU, eps=Fraction(1, 10**6)),
            (0.996838, 0.993598, 0.990309),
        ),
    ],
    ids=lambda value: value.name if hasattr(value, "name") else "",
)
def test_three_steps_down_a_parabola(choice: Optimizer, expected: tuple[float, ...]):
    assert walk(choice) == pytest.approx(expected, abs=PRINTED)


def test_nag_stores_the_point_ahead():
    """The positions of the formula: x less 0.9 of the step that led to it is what is stored."""
    positions = (1, 0.8, 0.496, 0.17792)
    steps = [after - before for before, after in pairwise(positions)]
    ahead = [x + 0.9 * step for x, step in zip(positions[1:], steps, strict=True)]
    assert walk(Nag(lr=LR, mu=MU)) == pytest.approx(ahead, abs=1e-12)
