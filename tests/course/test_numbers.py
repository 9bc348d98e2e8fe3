"""What the worked examples say beyond their own expectations; no network is run."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, product
from pathlib import Path

import pytest

from archspec.analysis import Report, analyze
from archspec.graph import load
from archspec.ops import Window
from tests.helpers import arch, net, report_of

SPECS = Path(__file__).parents[2] / "specs" / "course"
LENET5 = "zoo:lenet5"


def example(file: str, name: str) -> Report:
    return analyze(load(f"{SPECS / file}.arch:{name}"))


def window(report: Report, path: str = "out") -> Window:
    node = report.graph[path]
    found = node.op.window(node.io.x)
    assert found is not None
    return found


# --- sizes --------------------------------------------------------------------------------------


def coverage(report: Report) -> list[int]:
    """How many windows read each row."""
    node, slid = report.graph["out"], window(report)
    counts = [0] * node.io.x[1]
    for place in range(node.io.output[1]):
        for tap in range(slid.kernel[0]):
            row = place * slid.stride[0] - slid.pad[0] + tap
            if 0 <= row < len(counts):
                counts[row] += 1
    return counts


def test_s3_the_centre_is_read_nine_times_and_the_corner_once():
    bare, padded = example("spatial", "S3"), example("spatial", "S3_padded")
    assert coverage(bare) == [1, 2, 3, 3, 3, 2, 1]
    assert sum(coverage(bare)) ** 2 == bare.number("out", "connections")
    assert coverage(padded) == [2, 3, 3, 3, 3, 3, 2]  # corner 4, edge 6
    assert coverage(net("out: conv(1, 3, stride=3)", x="1x7x7")) == [1, 1, 1, 1, 1, 1, 0]


@pytest.mark.parametrize(
    ("name", "side", "before", "after"),
    [
        ("S11", 28, 1, 1),
        ("S11_28_k2_s2", 14, 0, 0),
        ("S11_7_k2_s2", 4, 0, 1),
        ("S11_32_k3_s2", 16, 0, 1),
        ("S11_7_k3_s2", 4, 1, 1),
        ("S11_32_k5_s2", 16, 1, 2),
        ("S11_6_k3_s2", 3, 0, 1),
        ("S11_224_k11_s4", 56, 3, 4),
    ],
)
def test_s11_same_padding_puts_the_larger_half_behind(name, side, before, after):
    report = example("spatial", name)
    assert report.graph["out"].output == (1, side, side)
    assert window(report).pad == (before, after, before, after)


def test_s12_no_single_rule_gives_9_5_3_1():
    sizes = (9, 5, 3, 1)
    found = []
    for k, stride, pad, gap in product(range(1, 10), range(1, 5), range(5), range(1, 4)):
        slid = Window((k, k), (stride, stride), (pad,) * 4, (gap, gap))
        if all(
            side + 2 * pad >= slid.extent[0] and slid.side(0, side).value == then
            for side, then in pairwise(sizes)
        ):
            found.append((k, stride, pad, gap))
    assert found == []
    three = Window((3, 3))  # the search would see it: 9, 7, 5, 3 has a rule
    assert [three.side(0, side).value for side in (9, 7, 5)] == [7, 5, 3]


def test_s19_what_output_1_2_sees_in_every_map():
    field = example("spatial", "S19").field("out")
    rows, columns = field.y, field.x
    assert (rows.start + 1 * rows.jump, rows.size) == (2, 3)  # 2..4
    assert (columns.start + 2 * columns.jump, columns.size) == (6, 5)  # 6..10


# --- parameters ---------------------------------------------------------------------------------


def test_s14_the_bottleneck_has_a_third_of_the_weights():
    plain, narrow = (
        example("params", name).number("", "params.weights") for name in ("S14", "S14_bottleneck")
    )
    assert (plain, narrow) == (4_608, 1_520)
    assert round(Fraction(plain, narrow), 2) == Fraction(303, 100)


@pytest.mark.parametrize(
    ("stack", "single", "ratio"),
    [("S15_two_3x3", "S15_one_5x5", "18/25"), ("S15_three_3x3", "S15_one_7x7", "27/49")],
)
def test_s15_a_stack_sees_as_much_with_fewer_weights(stack, single, ratio):
    stacked, alone = example("stacks", stack), example("stacks", single)
    assert Fraction(stacked.number("", "params"), alone.number("", "params")) == Fraction(ratio)
    assert stacked.field("").size == alone.field("").size
    assert stacked.graph.last("").output == alone.graph.last("").output


def test_s17_sharing_saves_parameters_and_no_operation():
    shared, local = example("sharing", "S17"), example("sharing", "S17_local")
    assert local.number("", "params") == 784 * shared.number("", "params")
    assert local.number("", "macs") == shared.number("", "macs")


# --- statements about whole networks ------------------------------------------------------------


def test_e9_a_dense_net_of_equal_size_has_few_activations():
    dense = net("linear(58) -> tanh", "linear(10)")
    lenet = analyze(load(LENET5))
    assert (dense.number("", "params"), dense.number("", "units")) == (60_040, 68)
    assert (lenet.number("", "params"), lenet.number("", "units")) == (60_000, 8_094)


def test_e10_the_share_of_convolutions_in_lenet5():
    lenet = analyze(load(LENET5))

    def share(metric: str, *layers: str) -> float:
        part = sum(lenet.number(layer, metric) for layer in layers)
        return round(100 * part / lenet.number("", metric), 1)

    assert (share("connections", "C1", "C3"), share("macs", "C1", "C3")) == (80.3, 82.0)
    assert (share("connections", "C1", "C3", "C5"), share("macs", "C1", "C3", "C5")) == (94.5, 96.7)
    assert round(lenet.value("", "sharing"), 2) == Fraction(568, 100)


def test_e1_what_the_first_four_layers_of_lenet5_have_alone():
    lenet = analyze(load(LENET5))
    four = [lenet.number(layer, "connections") for layer in ("C1", "S2", "C3", "S4")]
    assert sum(four) == 281_784
    assert sum(four) > 187_000


def test_e19_a_pool_saves_parameters_only_in_front_of_a_dense_layer():
    trunk = "conv(20, 5, pad=2) -> relu"
    size = {"x": "20x8x8"}
    assert net(trunk, "maxpool(2)", "out: linear(10)", **size).number("out", "params") == 3_210
    assert net(trunk, "out: linear(10)", **size).number("out", "params") == 12_810
    for pool in ("maxpool(2)", "identity"):
        text = arch(trunk, pool, "global_avgpool", "out: linear(10)", **size)
        assert report_of(text).number("out", "params") == 210


def test_e24_a_table_and_groups_limit_what_a_map_sees():
    whole = net("out: conv(4, 3)", x="4x8x8")
    by_table = net("out: conv(4, 3, table=cyclic(1))", x="4x8x8")
    grouped = net("out: conv(4, 3, groups=2)", x="4x8x8")
    weights = [report.number("out", "params.weights") for report in (whole, by_table, grouped)]
    assert weights == [9 * 16, 9 * 4, 9 * 8]
