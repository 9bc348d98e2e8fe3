"""Which networks are [(CONV-RELU)*N-POOL?]*M-(FC-RELU)*K-FC, and what is printed of them."""

from __future__ import annotations

import pytest

from archspec.analysis import LayerPattern, layer_pattern
from archspec.analysis.layer_pattern import Stage
from archspec.graph import load
from tests.helpers import arch, graph_of, net

A = "conv(4, 3, pad=1) -> relu"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("alexnet", "[(CONV-RELU)*1-POOL]*2-[(CONV-RELU)*3-POOL]*1-(FC-RELU)*2-FC"),
        # its adaptive pool leaves the 6x6 maps as they are
        ("alexnet_owt", "[(CONV-RELU)*1-POOL]*2-[(CONV-RELU)*3-POOL]*1-(FC-RELU)*2-FC"),
        ("vgg16", "[(CONV-RELU)*2-POOL]*2-[(CONV-RELU)*3-POOL]*3-(FC-RELU)*2-FC"),
        ("vgg19_bn", "[(CONV-RELU)*2-POOL]*2-[(CONV-RELU)*4-POOL]*3-(FC-RELU)*2-FC"),
        (
            "lenet5_modern",
            "[(CONV-TANH)*1-POOL]*2-[(CONV-TANH)*1]*1-(FC-TANH)*1-FC",
        ),
    ],
)
def test_the_classics(name: str, text: str):
    assert str(layer_pattern(load(f"zoo:{name}"))) == text


@pytest.mark.parametrize("name", ["googlenet", "lenet5", "dli_dense"])
def test_branches_pools_with_activations_and_nets_without_maps_have_none(name: str):
    assert layer_pattern(load(f"zoo:{name}")) is None


@pytest.mark.parametrize(
    ("statements", "stages", "hidden", "output"),
    [
        ([A], [Stage(1, pooled=False, times=1)], 0, False),
        ([f"{A} -> {A} -> maxpool(2)"], [Stage(2, pooled=True, times=1)], 0, False),
        ([A, "maxpool(2)", A, "avgpool(2)", "linear(3) -> softmax"], [Stage(1, True, 2)], 0, True),
        (
            [A, "lrn(5)", "dropout(0.5)", "flatten", "linear(9) -> relu"],
            [Stage(1, False, 1)],
            1,
            False,
        ),
        (["conv(4, 3) -> bn -> relu", "maxpool(2)", "linear(2)"], [Stage(1, True, 1)], 0, True),
    ],
)
def test_forms(statements: list[str], stages: list[Stage], hidden: int, output: bool):
    found = layer_pattern(net(*statements).graph)
    assert found == LayerPattern(tuple(stages), hidden, output, "relu")


@pytest.mark.parametrize(
    "statements",
    [
        ["linear(3) -> relu"],
        ["conv(4, 3)", "maxpool(2)"],
        [A, "conv(4, 3) -> tanh"],
        [A, "maxpool(2)", "maxpool(2)"],
        [A, "linear(3)", "linear(3)"],
        [A, "upsample(2)"],
        ["add { | conv(1, 3, pad=1) -> relu | identity }"],
        ["relu"],
    ],
)
def test_other_orders_have_none(statements: list[str]):
    assert layer_pattern(net(*statements).graph) is None


def test_a_call_that_is_not_understood_has_no_letter():
    assert layer_pattern(graph_of(arch(A, "cnov(3)"))) is None
