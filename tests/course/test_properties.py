"""What follows from sharing, stacking and dropping, shown on the compiled modules."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from tests.course.modules import example, layers, noise, same

pytestmark = pytest.mark.torch


def test_s3_the_slope_of_a_sum_counts_the_windows_over_each_pixel():
    conv = example("spatial", "S3")
    with torch.no_grad():
        conv.out.weight.fill_(1)
    x = torch.zeros(1, 1, 7, 7, dtype=torch.float64, requires_grad=True)
    conv(x).sum().backward()
    weights = [1, 2, 3, 3, 3, 2, 1]
    same(x.grad, [[row * column for column in weights] for row in weights])


def test_s11_same_padding_pads_behind():
    """The first output of 7 k2 s2 reads pixels only; the last, one pixel and three zeros."""
    conv = example("spatial", "S11_7_k2_s2")
    with torch.no_grad():
        conv.out.weight.fill_(1)
        conv.out.bias.zero_()
    out = conv(torch.ones(1, 1, 7, 7, dtype=torch.float64))
    same(out, [[4, 4, 4, 2], [4, 4, 4, 2], [4, 4, 4, 2], [2, 2, 2, 1]])


def test_s18_two_convolutions_without_an_activation_are_one():
    """The composed kernel is the full convolution of the two, the bias goes through the second."""
    two = layers("C1: conv(3, 3)", "C2: conv(4, 3)", x="2x9x9")
    one = example("stacks", "S18_composed")
    first, second = two.C1, two.C2
    composed = functional.conv2d(
        first.weight.transpose(0, 1).flip(2, 3).contiguous(), second.weight, padding=2
    )
    with torch.no_grad():
        one.C.weight.copy_(composed.transpose(0, 1).flip(2, 3))
        one.C.bias.copy_(second.bias + (second.weight.sum((2, 3)) @ first.bias))
    x = noise(5, 2, 9, 9)
    torch.testing.assert_close(two(x), one(x), rtol=1e-12, atol=1e-12)


def test_s18_with_an_activation_they_are_not():
    """A single convolution answers the sum of two pictures with the sum of its answers."""
    two = example("stacks", "S18")
    x, y = noise(1, 2, 9, 9), noise(1, 2, 9, 9, seed=2)
    bent = two(x + y) - two(x) - two(y) + two(torch.zeros_like(x))
    assert bent.abs().max() > 0.01


# --- sharing ------------------------------------------------------------------------------------


def figure() -> torch.Tensor:
    """An L of nine ones in a frame of 10x10."""
    x = torch.zeros(1, 1, 10, 10, dtype=torch.float64)
    x[0, 0, 2:8, 4] = 1
    x[0, 0, 7, 4:8] = 1
    return x


def test_s20_a_moved_figure_turns_as_many_pixels_on_as_off():
    here, there = figure(), figure().roll(-2, 3)
    assert here.sum() == there.sum() == 9
    assert ((there > here).sum(), (there < here).sum()) == (7, 7)


def test_s20_the_shared_kernel_sees_the_same_pattern_and_the_dense_unit_another():
    here, there = figure(), figure().roll(-2, 3)
    shared, dense = example("sharing", "S20_shared"), example("sharing", "S20")
    torch.testing.assert_close(
        shared(there).flatten().sort().values, shared(here).flatten().sort().values
    )
    assert (dense(there) - dense(here)).abs() > 1e-3


def test_s21_moving_the_picture_by_the_stride_moves_the_maps_by_one():
    conv = example("sharing", "S21")
    wide = noise(1, 1, 19, 17)
    torch.testing.assert_close(
        conv(wide[:, :, 2:])[:, :, :-1], conv(wide[:, :, :-2])[:, :, 1:], rtol=0, atol=1e-14
    )


def test_s21_turning_the_picture_does_not_turn_the_maps():
    conv, x = example("sharing", "S21"), noise(1, 1, 17, 17)
    assert (conv(x.rot90(1, (2, 3))) - conv(x).rot90(1, (2, 3))).abs().max() > 0.1


def test_s21_a_dense_layer_does_not_know_which_pixels_are_neighbours():
    dense, conv = example("sharing", "S21_dense"), example("sharing", "S20_shared")
    order = torch.randperm(64, generator=torch.Generator().manual_seed(3))
    x = noise(1, 1, 8, 8)
    mixed = x.flatten()[order].reshape(x.shape)
    before = dense(x)
    with torch.no_grad():
        dense.out.weight.copy_(dense.out.weight[:, order])
    torch.testing.assert_close(dense(mixed), before, rtol=1e-12, atol=1e-12)
    gap = conv(mixed).flatten().sort().values - conv(x).flatten().sort().values
    assert gap.abs().max() > 0.1


def test_s21_of_all_patches_of_one_norm_the_kernel_is_answered_most():
    unit = example("sharing", "S21_match")
    kernel = unit.unit.weight.detach()
    patches = noise(500, 1, 3, 3)
    patches *= kernel.norm() / patches.flatten(1).norm(dim=1).reshape(-1, 1, 1, 1)
    best = unit(kernel).item()
    assert best == pytest.approx(kernel.square().sum().item(), abs=1e-12)
    assert unit(patches).max().item() < best


# --- dropout ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "p"), [("S22", 0.4), ("S22_02", 0.2), ("S22_0", 0.0)])
def test_s22_dropout(name: str, p: float):
    """10,000 coins of one seed: the share of zeros is within 5 standard deviations of p."""
    net = example("sharing", name)
    x = torch.ones(1, 10_000, dtype=torch.float64)
    assert torch.equal(net(x), x), "in evaluation nothing happens"
    torch.manual_seed(0)
    out = net.train()(x)
    dropped = (out == 0).sum().item() / 10_000
    assert abs(dropped - p) <= 5 * (p * (1 - p) / 10_000) ** 0.5
    torch.testing.assert_close(out[out != 0], torch.full_like(out[out != 0], 1 / (1 - p)))


# --- statements about whole networks ------------------------------------------------------------


def gradient_ratio(activation: str, *, skips: bool = False) -> float:
    """First over last weight gradient of 20 layers of width 32."""
    layer = f"linear(32) -> {activation}"
    body = f"add {{ | {{ {layer} }} | identity }}" if skips else layer
    return ratio(layers(f"body: repeat 20 {{ {body} }}", x="32"))


def ratio(net: torch.nn.Module) -> float:
    generator = torch.Generator().manual_seed(0)
    matrices = [weight for weight in net.parameters() if weight.dim() == 2]
    assert len(matrices) == 20
    for weight in matrices:
        torch.nn.init.xavier_normal_(weight, generator=generator)
    for bias in (bias for bias in net.parameters() if bias.dim() == 1):
        torch.nn.init.zeros_(bias)
    net(noise(64, 32)).square().sum().backward()
    return (matrices[0].grad.norm() / matrices[-1].grad.norm()).item()


def test_e7_gradients_vanish_near_the_input_and_not_with_every_activation():
    """The bounds divide orders of magnitude: 1.7e-13 for sigmoid, with skips 0.05, others 0.6."""
    assert gradient_ratio("sigmoid") < 1e-10
    assert gradient_ratio("sigmoid", skips=True) > 1e-3
    assert gradient_ratio("tanh") > 0.1
    assert gradient_ratio("relu") > 0.1


def test_e28_the_path_around_adds_one_to_the_slope_and_the_sum_may_still_shrink():
    net = layers("add { | linear(1, bias=false) | identity }", x="1")
    for slope in (0.5, -0.5, -1.0):
        with torch.no_grad():
            next(net.parameters()).fill_(slope)
        x = torch.ones(1, 1, dtype=torch.float64, requires_grad=True)
        net(x).backward()
        assert x.grad.item() == 1 + slope
