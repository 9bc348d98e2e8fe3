"""Views of other tools: by hand on one small network; recorded figures are in tests/facts."""

from __future__ import annotations

import pytest

from archspec.analysis import VIEWS, Setup, View
from tests.helpers import arch, net, report_of

STATEMENTS = (
    "a: conv(2, 1, bias=false) -> bn -> relu",  # 2x8x8: 2 * 3 * 64 = 384 MACs
    "b: conv(4, 1) -> relu",  # 4x8x8: 512 MACs, 256 biases
    "p: maxpool(2)",  # 4x4x4
    "q: avgpool(2)",  # 4x2x2
    "g: global_avgpool",  # 4
    "f: linear(5)",  # 20 MACs, 5 biases
)
MACS = 384 + 512 + 20
NORMALISED = 2 * 64
EXPECTED = {
    "torchvision": MACS,
    "fvcore": MACS + 2 * NORMALISED + 4 * 2 * 2,
    "ptflops_aten": MACS + 256 + 5,
    "torchinfo": MACS + 256 + 5 + 2 * 2,
    "thop": MACS + 4 * NORMALISED + 4 * 2 * 2 + (2 * 2 + 1) * 4,
    "calflops": 2 * MACS + 256 + (128 + 256) + (4 * 64 + 4 * 16 + 4 * 4) + 2 * NORMALISED,
    "keras_params": 6 + 2 * 2 + 2 * 2 + (8 + 4) + (20 + 5),
}


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_by_hand(view: View) -> None:
    report = net(*STATEMENTS, x="3x8x8")
    assert report.number("", f"view.{view.name}") == EXPECTED[view.name]


def test_every_view_says_what_it_counts() -> None:
    assert len({view.sentence for view in VIEWS}) == len(VIEWS) == len(EXPECTED)


def test_a_batch_multiplies_operations_not_parameters() -> None:
    report = report_of(arch(*STATEMENTS, x="3x8x8"), Setup(batch=3))
    assert report.number("", "view.thop") == 3 * EXPECTED["thop"]
    assert report.number("", "view.keras_params") == EXPECTED["keras_params"]


def test_shared_weights_are_parameters_once() -> None:
    report = net("a: conv(1, 1)", "b: conv(1, 1, weights=@a)", x="1x4x4")
    assert report.number("", "view.keras_params") == 2
