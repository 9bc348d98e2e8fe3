"""Where the maps end: parameters of the feature extractor and of the classifier."""

from __future__ import annotations

import pytest

from archspec.analysis import analyze, feature_split
from archspec.graph import load
from tests.helpers import arch, graph_of, net


@pytest.mark.parametrize(
    ("name", "features", "classifier", "first"),
    [
        # C5 is a convolution; F6 has 84 * 121 parameters, the output codes are fixed
        ("lenet5", 60_000 - 10_164, 10_164, "F6.linear"),
        # fc6 9216 * 4096, fc7 4096 * 4096, fc8 4096 * 1000, and their biases
        ("alexnet", 60_965_224 - 58_631_144, 58_631_144, "fc6.linear"),
        ("googlenet", 6_998_552 - 1_025_000, 1_025_000, "fc"),
    ],
)
def test_the_classics(name: str, features: int, classifier: int, first: str):
    report = analyze(load(f"zoo:{name}"))
    split = feature_split(report.graph)
    params = report.numbers["params"]
    assert sum(params[node.path] for node in split.features) == features
    assert sum(params[node.path] for node in split.classifier) == classifier
    assert split.first.path == first
    assert (*split.features, *split.classifier) == report.graph.trunk


def test_the_last_map_counts_wherever_vectors_stand():
    graph = net("a: conv(4, 3)", "g: global_avgpool", "b: @a -> conv(2, 3)", "linear(2)").graph
    split = feature_split(graph)
    assert split.first.path == "linear"
    assert [node.path for node in split.features] == ["input", "a", "g", "b"]


@pytest.mark.parametrize(
    "statements", [["conv(4, 3)", "relu"], ["linear(3)"], ["maxpool(2)", "linear(3)"]]
)
def test_one_part_without_weights_is_no_split(statements: list[str]):
    assert feature_split(net(*statements).graph) is None


def test_an_unknown_shape_is_no_split():
    assert feature_split(graph_of(arch("conv(4, 3)", "cnov(3)", "linear(2)"))) is None
