"""Views of other tools: by hand on one small network; recorded figures are in tests/facts."""

from __future__ import annotations

import pytest

from archspec.analysis import VIEWS, Setup, View, explain
from archspec.schema import VIEW_METRICS
from tests.helpers import arch, calculate, net, report_of

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
    "torchinfo_pass": 8 * (2 * 64 + 2 * 64 + 4 * 64 + 5),
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
    assert tuple(view.metric.name for view in VIEWS) == VIEW_METRICS


@pytest.mark.parametrize("path", ["", "b", "b.conv", "q"])
@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_every_view_is_explained(view: View, path: str) -> None:
    """By row of the network, by term of a node; with its definition."""
    report = net(*STATEMENTS, x="3x8x8")
    derived = explain(report, path, view.metric.name)
    assert derived.value == report.number(path, f"view.{view.name}")
    assert sum(calculate(str(term.amount)) for term in derived.terms) == derived.value
    assert derived.remark == view.sentence
    assert derived.unit == view.unit


def test_what_is_known_in_part_says_so_before_its_definition() -> None:
    report = report_of(arch("a: conv(2, 1)", "b: conv(2, 99)", x="3x8x8"))
    derived = explain(report, "", "view.torchvision")
    assert derived.remark.startswith("2 of 3 nodes known; multiply-adds")


@pytest.mark.parametrize(
    ("statement", "view", "expected"),
    [
        ("bn(affine=false)", "fvcore", 3 * 8 * 6),
        ("bn(affine=false)", "torchinfo", 0),
        ("upsample(2)", "fvcore", 3 * 16 * 12),
        ("upsample(2x1, mode=bilinear)", "fvcore", 4 * 3 * 16 * 6),
        ("conv(4, 3, table=cyclic(2))", "fvcore", 9 * 3 * 4 * 24),
        ("conv(4, 3, table=cyclic(2))", "torchinfo", (9 * 2 + 1) * 4 * 24),
        ("conv_transpose(2, 2, stride=2)", "torchinfo", (4 * 3 * 2 + 2) * 16 * 12),
        ("conv(2, 1, share=false)", "torchinfo", (3 * 2 + 2) * 48 * 48),
        ("conv(3, 1, kernel=k)", "torchinfo", 0),
        ("conv(3, 1, trainable=false)", "torchinfo", (9 + 3) * 48),
        ("subsample(2)", "torchinfo", 6),
        ("linear(1) -> rbf(1, prototypes=codes)", "fvcore", 144),
        ("linear(1) -> rbf(1, prototypes=codes)", "torchinfo", 145),
        ("linear(1) -> rbf(1, prototypes=codes, trainable=true)", "torchinfo", 145),
        ("linear(1) -> rbf(1, prototypes=codes, trainable=true)", "torchinfo_pass", 16),
        ("linear(1) -> rbf(1, prototypes=codes)", "torchinfo_pass", 8),
        ("adaptive_avgpool(4x3)", "thop", 3 * 48 + 3 * 12),
        ("global_avgpool", "thop", 3 * 48 + 3),
        ("adaptive_avgpool(1x6)", "thop", 3 * 48 + 3 * 6),
    ],
)
def test_of_one_layer(statement: str, view: str, expected: int) -> None:
    """A map that is not square; torchinfo and fvcore are asked in test_torch_views.py."""
    tables = "table k {\n 1\n}\ntable codes {\n X\n}\n"
    report = report_of(tables + arch(*statement.split(" -> "), x="3x8x6"))
    assert report.number("", f"view.{view}") == expected


def test_a_batch_multiplies_operations_not_parameters() -> None:
    report = report_of(arch(*STATEMENTS, x="3x8x8"), Setup(batch=3))
    assert report.number("", "view.thop") == 3 * EXPECTED["thop"]
    assert report.number("", "view.keras_params") == EXPECTED["keras_params"]


def test_shared_weights_are_parameters_once() -> None:
    report = net("a: conv(1, 1)", "b: conv(1, 1, weights=@a)", x="1x4x4")
    assert report.number("", "view.keras_params") == 2
