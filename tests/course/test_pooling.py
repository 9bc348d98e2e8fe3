"""Pooling of printed blocks of pixels, through the compiled modules."""

import pytest
import torch

from tests.course.modules import example, picture, same

pytestmark = pytest.mark.torch

# 256 is outside 0..255, the range of 8 bits; pooling does not mind
PIXELS = picture([[110, 256, 153, 67], [12, 89, 88, 43], [10, 15, 50, 55], [23, 9, 49, 23]])
BLOCK = picture([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("M1", [[256, 153], [23, 55]]),
        ("M2", [[116.75, 87.75], [14.25, 44.25]]),
        ("M3", [[256, 256], [89, 89]]),
    ],
)
def test_a_pool_of_the_pixels(name: str, expected: list[list[float]]):
    same(example("pooling", name)(PIXELS), expected)


def test_m4_the_maximum_and_the_mean():
    largest, mean = example("pooling", "M4")(BLOCK)
    same(largest, [[6, 8], [3, 4]])
    same(mean, [[3.25, 5.25], [2, 2]])


def test_m5_keeps_a_quarter_of_the_values_and_all_maps():
    maps = torch.zeros(1, 64, 224, 224)
    out = example("pooling", "M5")(maps)
    assert (maps.numel(), out.numel(), out.shape[1]) == (3_211_264, 802_816, 64)


def test_m6_sums_its_window_before_the_coefficient():
    """0.1 * (1 + 3 + 5 + 7) - 0.6 = 1, and the squash keeps 1 to six digits."""
    net = example("pooling", "M6")
    with torch.no_grad():
        net.out.subsample.weight.fill_(0.1)
        net.out.subsample.bias.fill_(-0.6)
    x = picture([[1, 3], [5, 7]])
    assert net.out.subsample(x).item() == pytest.approx(1, abs=1e-12)
    assert net(x).item() == pytest.approx(0.999997, abs=5e-7)
