"""Image kernels over one printed 6x6 picture, through the compiled modules."""

from __future__ import annotations

import pytest
import torch

from tests.course.modules import Rows, example, layers, picture, same

pytestmark = pytest.mark.torch

A = picture(
    [
        [1, 0, 1, 1, 0, 1],
        [0, 1, 0, 0, 1, 0],
        [0, 1, 1, 1, 1, 0],
        [0, 1, 1, 1, 1, 0],
        [1, 0, 1, 1, 0, 1],
        [1, 1, 0, 0, 1, 1],
    ]
)
INNER = [[1, 0, 0, 1], [1, 1, 1, 1], [1, 1, 1, 1], [0, 1, 1, 0]]
BLURRED = [
    [0.56, 0.57, 0.57, 0.56],
    [0.7, 0.82, 0.82, 0.7],
    [0.69, 0.95, 0.95, 0.69],
    [0.64, 0.69, 0.69, 0.64],
]
VERTICAL = [[-1, 1, -1, 1], [-3, 1, -1, 3], [-3, -1, 1, 3], [0, -1, 1, 0]]
HORIZONTAL = [[-1, -1, -1, -1], [-1, -3, -3, -1], [1, 1, 1, 1], [0, 3, 3, 0]]


def scaled(rows: Rows, factor: float) -> Rows:
    return [[factor * value for value in row] for row in rows]


ANSWERS = {
    "Identity": INNER,
    "BlurDli": BLURRED,
    "Gauss3": [
        [0.5625, 0.5625, 0.5625, 0.5625],
        [0.6875, 0.8125, 0.8125, 0.6875],
        [0.6875, 0.9375, 0.9375, 0.6875],
        [0.625, 0.6875, 0.6875, 0.625],
    ],
    "Sharpen": [[4, -3, -3, 4], [2, 2, 2, 2], [3, 1, 1, 3], [-4, 3, 3, -4]],
    "Brighten": scaled(INNER, 1.5),
    "Darken": scaled(INNER, 0.5),
    "SobelV": VERTICAL,
    "SobelH": HORIZONTAL,
    "K4": [[0.56, 0.56], [0.64, 0.64]],
    "K5": [
        [0.31, 0.39, 0.44, 0.44, 0.39, 0.31],
        [0.32, 0.56, 0.57, 0.57, 0.56, 0.32],
        [0.25, 0.7, 0.82, 0.82, 0.7, 0.25],
        [0.32, 0.69, 0.95, 0.95, 0.69, 0.32],
        [0.5, 0.64, 0.69, 0.69, 0.64, 0.5],
        [0.51, 0.5, 0.32, 0.32, 0.5, 0.51],
    ],
    "K7": scaled(VERTICAL, -1),
    "K7_sobel_h": scaled(HORIZONTAL, -1),
    "K7_blur": BLURRED,
}
SUMS = {
    "Identity": 1,
    "BlurDli": 1.01,
    "Gauss3": 1,
    "Sharpen": 1,
    "Brighten": 1.5,
    "Darken": 0.5,
    "SobelV": 0,
    "SobelH": 0,
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_a_kernel_makes_of_the_picture(name: str):
    same(example("kernels", name)(A), ANSWERS[name])


@pytest.mark.parametrize("name", SUMS)
def test_a_kernel_changes_brightness_by_its_sum(name: str):
    out = example("kernels", name)(torch.ones_like(A))
    same(out, [[SUMS[name]] * 4] * 4)


@pytest.mark.parametrize(
    ("corner", "products", "total"),
    [
        ((0, 0), [[0.06, 0, 0.06], [0, 0.25, 0], [0, 0.13, 0.06]], 0.56),
        ((0, 1), [[0, 0.13, 0.06], [0.13, 0, 0], [0.06, 0.13, 0.06]], 0.57),
    ],
)
def test_k1_k2_the_steps_of_one_output(corner: tuple[int, int], products: Rows, total: float):
    """Multiply, sum, write: each product is what one pixel alone adds to the output."""
    blur, (row, column) = example("kernels", "BlurDli"), corner
    steps = torch.zeros(1, 1, 3, 3, dtype=torch.float64)
    for u in range(3):
        for v in range(3):
            one = torch.zeros_like(A)
            one[0, 0, row + u, column + v] = A[0, 0, row + u, column + v]
            steps[0, 0, u, v] = blur(one)[0, 0, row, column]
    same(steps, products)
    assert steps.sum().item() == pytest.approx(total, abs=1e-12)


def test_k3_stride_2_leaves_the_last_row_and_column_unread():
    fixed = "out: conv(1, 3x3, kernel=blur, stride=2)"
    table = "table blur {\n 0.06 0.13 0.06\n 0.13 0.25 0.13\n 0.06 0.13 0.06\n}"
    blur = layers(fixed, x="1x6x6", above=table)
    same(blur(A), [[0.56, 0.57], [0.69, 0.95]])
    other = A.clone()
    other[..., -1, :] = other[..., :, -1] = 7
    same(blur(other), [[0.56, 0.57], [0.69, 0.95]])


def test_k6_padding_writes_zeros_around():
    rows = "00000000 01011010 00100100 00111100 00111100 01011010 01100110 00000000"
    same(layers("pad(1)", x="1x6x6")(A), [[int(digit) for digit in row] for row in rows.split()])


def test_k8_a_kernel_at_one_place_is_a_neuron():
    neuron = example("kernels", "K8")
    patch = A[..., :3, :3]
    weights, bias = neuron.unit.weight.flatten(), neuron.unit.bias
    expected = sum(w * x for w, x in zip(weights, patch.flatten(), strict=True)) + bias
    torch.testing.assert_close(neuron(patch).flatten(), expected)


def test_k9_the_gradient_of_a_kernel():
    """Each weight's is the sum of the pixels it has been over."""
    conv = layers("out: conv(1, 3, bias=false)", x="1x6x6")
    conv(A).sum().backward()
    same(conv.out.weight.grad, [[10, 12, 10], [10, 12, 10], [11, 12, 11]])


def test_k10_the_gradient_of_the_picture_is_a_full_convolution():
    x = A.clone().requires_grad_()
    example("kernels", "SobelV")(x).sum().backward()
    edge, next_to_it, inner = [1, 1, 0, 0, -1, -1], [3, 3, 0, 0, -3, -3], [4, 4, 0, 0, -4, -4]
    same(x.grad, [edge, next_to_it, inner, inner, next_to_it, edge])
