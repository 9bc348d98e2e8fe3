"""Sums, partial results, receptive fields and depth."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import example, given, settings

from archspec.analysis import METRICS, Axis, Depth, ReceptiveField, Setup, analyze
from archspec.analysis.depth import depth, layers, weighted
from archspec.analysis.receptive import receptive_fields
from archspec.graph import Graph, Node, load
from archspec.ops import BY_NAME, Io, Op
from archspec.schema import NodeSpec
from tests.helpers import arch, evenly, graph_of, net, report_of
from tests.strategies import Chain, chains

# --- settings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"batch": 0}, "batch has to be a whole number of at least 1, not 0"),
        ({"batch": 1.5}, "batch has to be a whole number of at least 1, not 1.5"),
        ({"mode": "x"}, "mode has to be one of eval, train, not 'x'"),
        ({"dtype": "int8"}, "dtype has to be one of float64, float32, float16, bfloat16, not"),
        ({"optimizer": "foo"}, "optimizer has to be one of gd, sgd, momentum, nag, adagrad, rms"),
    ],
)
def test_settings_that_are_none_are_refused(wrong: dict[str, object], message: str):
    with pytest.raises(ValueError, match=re.escape(message)):
        Setup(**wrong)


# --- sums ---------------------------------------------------------------------------------------


def test_rows_of_lenet():
    report = analyze(load("zoo:lenet5"))
    assert [row.path for row in report.rows()] == ["C1", "S2", "C3", "S4", "C5", "F6", "out"]
    assert [row.anchor.path for row in report.rows()][:2] == ["C1.conv", "S2.subsample"]
    assert [row.output for row in report.rows()][-2:] == [(84,), (10,)]
    assert len(report.rows("op")) == 13
    assert report.rows("op")[1].statement.path == "C1"


def test_a_group_is_the_sum_of_its_nodes_and_has_the_shape_of_the_last():
    above = "block cr(c) { conv(c, 3) -> relu }"
    report = net("B: cr(2) -> cr(3)", x="1x8x8", above=above)
    assert report.number("B", "params") == 20 + 57
    assert report.number("B.cr_2", "params") == 57
    assert report.value("B.cr", "shape") == (2, 6, 6)
    assert report.value("B", "shape") == (3, 4, 4)
    assert report.value("B", "rf") == 5


# --- partial results ----------------------------------------------------------------------------


def test_a_sum_with_unknown_nodes_is_partial_and_never_a_silent_zero():
    report = report_of(arch("a: conv(6, 5)", "b: cnov(3)", "c: linear(10)"))
    quantity = report.quantity("", "params")
    assert (quantity.value, quantity.known, quantity.nodes) == (156, 2, 4)
    assert quantity.status == "partial"
    assert report.quantity("c", "params").status == "unavailable"
    assert report.quantity("a", "params").status == "complete"
    assert [report.number(path, "params") for path in ("", "a", "b", "c")] == [
        None,
        156,
        None,
        None,
    ]


@pytest.mark.parametrize("metric", ["depth", "depth.trainable", "shape", "rf", "sharing", "macs"])
def test_no_metric_is_known_behind_an_error(metric: str):
    report = report_of(arch("a: conv(6, 5)", "b: cnov(3)", "c: relu"))
    assert report.value("c", metric) is None


def test_an_unknown_path_is_a_key_error():
    report = net("relu")
    with pytest.raises(KeyError):
        report.number("C9", "params")


# --- batch and mode -----------------------------------------------------------------------------


def test_the_numbers_are_a_mapping():
    numbers = net("conv(1, 3)").numbers
    assert len(numbers) == len(list(numbers)) > len(METRICS)
    assert {"params", "macs.train", "view.thop"} < set(numbers)


GROWS = {"macs", "macs.all", "flops", "activations"} | {
    f"ops.{kind}" for kind in ("mac", "add", "mul", "div", "cmp", "special")
}


@settings(max_examples=40)
@given(chains())
def test_the_batch_multiplies_work_and_storage_and_nothing_else(chain: Chain):
    one, two = report_of(chain.text()), report_of(chain.text(), Setup(batch=2))
    for name in (metric.name for metric in METRICS):
        factor = 2 if name in GROWS else 1
        assert two.number("", name) == factor * one.number("", name), name


# --- receptive fields ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        # size, jump and start, worked out by hand
        (["relu"], (1, 1, 0)),
        (["conv(1, 5)"], (5, 1, 0)),
        (["conv(1, 5, pad=2)"], (5, 1, -2)),
        (["conv(1, 3, stride=2, pad=1)"], (3, 2, -1)),
        (["conv(1, 3, dilation=2)"], (5, 1, 0)),
        (["conv(1, 3)", "conv(1, 3)"], (5, 1, 0)),
        (["conv(1, 7, stride=2, pad=3)", "maxpool(3, stride=2, pad=1)"], (11, 4, -5)),
        (["conv(1, 5)", "subsample(2)", "conv(1, 5)", "avgpool(2)"], (16, 4, 0)),
        (["conv(1, 3, stride=2)", "conv(1, 3, dilation=3, pad=3)"], (15, 2, -6)),
        (["maxpool(3, stride=2, pad=[0, 1, 0, 1])", "conv(1, 3, pad=1)"], (7, 2, -2)),
        (["maxpool(2)", "relu -> dropout(0.5)", "softmax"], (2, 2, 0)),
        (["conv(1, 3, stride=2, pad=same)"], (3, 2, 0)),  # 32: one column of padding, behind
        (["conv(1, 4, pad=same)"], (4, 1, -1)),
        (["conv(1, 5)", "flatten"], (5, 1, 0)),
    ],
)
def test_forward_values(statements: list[str], expected: tuple[int, int, int]):
    report = net(*statements)
    field = report.fields[report.graph.output.path]
    axis = evenly(*expected)
    assert field == ReceptiveField(axis, axis)


def test_rows_and_columns_apart():
    field = net("conv(1, 5x3, stride=1x2, pad=[1, 0, 2, 0])", "conv(1, 1x2)").field("")
    assert (field.y, field.x) == (evenly(5, 1, -1), evenly(5, 2, -2))
    assert field.size == (5, 5)
    report = net("conv(1, 5x3)")
    assert report.field("").size == (5, 3)
    assert report.value("", "rf") == (5, 3)  # not one number


@pytest.mark.parametrize("last", ["linear(3)", 'linear(84) -> rbf(3, prototypes="digits_7x12")'])
def test_a_dense_layer_sees_everything(last: str):
    report = net("conv(1, 5)", last, "relu")
    assert report.fields["relu"] == ReceptiveField()
    assert report.value("relu", "rf") is None
    assert report.value("", "rf") == 5  # of the network: of its last map


def test_a_vector_has_no_box():
    assert net("relu", x="5").fields["relu"].status == "whole_input"


@settings(max_examples=40)
@given(chains())
def test_a_field_never_shrinks_along_a_chain(chain: Chain):
    report = report_of(chain.text())
    boxes = [field.size for field in report.fields.values() if field.size]
    assert boxes == sorted(boxes)


@settings(max_examples=40)
@example(Chain((1, 1, 1), (("conv_transpose(c=1, k=2)",),), ("s0",)))
@given(chains())
def test_forward_equals_reverse(chain: Chain):
    """From the target to the input: r <- s r + (e - s), S <- s S, P <- s P + p0.

    Behind what has no window, such as a transposed convolution, outputs see by their place.
    """
    report = report_of(chain.text())
    for path, field in report.fields.items():
        for side, axis in enumerate((field.y, field.x)):
            if axis and not enlarged(report.graph, path):
                assert reverse(report.graph, path, side) == axis, path


def enlarged(graph: Graph, path: str) -> bool:
    node = graph[path]
    while node.inputs:
        if node.op.sight(node.io.x):
            return True
        node = graph[node.inputs[0]]
    return False


def reverse(graph: Graph, path: str, side: int) -> Axis:
    size, jump, pad, node = 1, 1, 0, graph[path]
    while node.inputs:
        window = node.op.window(node.io.x)
        if window:
            stride, extent = window.stride[side], window.extent[side]
            size = stride * size + extent - stride
            jump, pad = stride * jump, stride * pad + window.pad[2 * side]
        node = graph[node.inputs[0]]
    return evenly(size, jump, -pad)


# --- joins, on graphs made by hand --------------------------------------------------------------


def fan(*lanes: Op, first: Op | None = None) -> Graph:
    """A graph whose last node `join` reads a lane each, all of them behind `first`."""
    graph = graph_of(arch("relu", x="1x9x9"))
    like = graph["relu"].spec
    nodes = {"input": graph.input}

    def add(path: str, op: Op, *inputs: str) -> None:
        shape = nodes[inputs[0]].io.output
        spec = NodeSpec(path=path, op=op, inputs=inputs, span=like.span)
        nodes[path] = Node(spec, Io((shape,), op.output(shape)))

    add("first", first or BY_NAME["relu"](), "input")
    for number, op in enumerate(lanes):
        add(f"lane{number}", op, "first")
    add("join", BY_NAME["relu"](), *(f"lane{number}" for number in range(len(lanes))))
    spec = graph.spec.model_copy(update={"outputs": ("join",)})
    return replace(graph, spec=spec, nodes=nodes)


def joined(*lanes: Op, first: Op | None = None) -> ReceptiveField:
    """What the node behind the lanes sees."""
    return receptive_fields(fan(*lanes, first=first))["join"]


def conv(k: int, **arguments: object) -> Op:
    return BY_NAME["conv"](c=1, k=k, **arguments)


def test_aligned_lanes_take_the_larger_box():
    axis = evenly(5, 1, -2)
    assert joined(conv(5, pad=2), conv(3, pad=1), conv(1)) == ReceptiveField(axis, axis)


def test_lanes_with_other_centres_are_misaligned():
    axis = evenly(6, 1, -1)
    assert joined(conv(5), conv(3, pad=1)) == ReceptiveField(axis, axis, centred=False)


def test_lanes_with_other_jumps_have_no_field():
    assert joined(conv(3), conv(3, stride=2)).status == "unavailable"


def test_a_lane_that_sees_everything_makes_the_join_see_everything():
    assert joined(conv(3), BY_NAME["linear"](n=3)).status == "whole_input"


def test_the_jump_before_the_fan_out_counts():
    axis = evenly(7, 2, -2)
    field = joined(conv(3, pad=1), conv(1), first=conv(3, stride=2))
    assert field == ReceptiveField(axis, axis)


# --- depth --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (["relu"], Depth(0, 0, 0)),
        (["conv(1, 3)", "relu", "linear(3)"], Depth(2, 2, 0)),
        (["subsample(2)", "conv(1, 3, stride=2)", "maxpool(3, stride=1)"], Depth(1, 2, 2)),
        (["maxpool(2)", "avgpool(2, stride=1x2)"], Depth(0, 0, 2)),
        (['linear(84) -> rbf(3, prototypes="digits_7x12")'], Depth(1, 2, 0)),
    ],
)
def test_depth(statements: list[str], expected: Depth):
    assert net(*statements).depth == expected


@pytest.mark.parametrize("turn", [1, -1])
def test_depth_takes_the_longest_lane(turn: int):
    lanes = [BY_NAME["relu"](), conv(1), BY_NAME["tanh"]()][::turn]
    graph = fan(*lanes, first=conv(1))
    assert layers(graph, weighted) == ("first", "lane1")
    assert depth(fan(*lanes[::2])) == Depth(0, 0, 0)


def test_depth_up_to_a_path():
    report = net("a: conv(1, 3) -> relu", "b: conv(1, 3)", "c: linear(3)")
    assert [report.value(path, "depth") for path in ("a", "a.conv", "b", "c", "")] == [
        1,
        1,
        2,
        3,
        3,
    ]
