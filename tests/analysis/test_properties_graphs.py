"""Laws that hold for networks with branches: memory, training, views, fields, the flat spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.analysis import Report, Setup, input_range
from archspec.ops import count
from archspec.rendering import flat_source
from tests.helpers import arch, evenly, net, report_of

if TYPE_CHECKING:
    from archspec.analysis import Axis, Memory
    from archspec.graph import Graph

X = "4x9x8"
LABELS = ("s0", "s1", "s2", "s3")
# Each takes 4 maps and gives 4 maps of the same sides.
KEEPING = st.sampled_from(
    [
        *("relu", "tanh", "bn", "dropout(0.5)", "lrn(3)", "conv(4, 3, pad=1)", "silu"),
        *(
            "maxpool(3, stride=1, pad=1)",
            "conv(4, 1, trainable=false)",
            "slice(0, 2) -> conv(4, 1)",
        ),
        "add { | identity | conv(4, 3, pad=1) -> bn }",
        "add { | identity | relu }",
        "concat { | identity | conv(2, 5, pad=2, bias=false) } -> conv(4, 1)",
        "mul { | identity | conv(4, 1) -> sigmoid }",
        "sub { | @s0 | conv(4, 3, pad=[1, 1, 2, 0]) }",
        "add { | @s0 -> bn | identity | @s0 }",
    ]
)
ENDS = st.sampled_from(
    ["linear(3)", "global_avgpool -> linear(2)", "relu", "maxpool(2)", "conv(2, 3, stride=2)"]
)


@st.composite
def bodies(draw: st.DrawFn) -> list[str]:
    """The statements of a network, unnamed but for the first."""
    middle = draw(st.lists(KEEPING, min_size=1, max_size=3))
    return ["s0: conv(4, 3, pad=1)", *middle, draw(ENDS)]


def report(body: list[str], **setup: int) -> Report:
    return report_of(arch(*body, x=X), Setup(**setup))


def memory(body: list[str], **setup: int) -> Memory:
    found = report(body, **setup).memory
    assert found is not None
    return found


def whole(found: Report) -> dict[str, object]:
    """Everything that is known of the network as one."""
    numbers = {name: found.number("", name) for name in found.numbers}
    ranges = [input_range(found.graph, question) for question in ("build", "run")]
    sides = [(side.height.smallest, side.height.largest, side.width.period) for side in ranges]
    shape, field = found.graph.output.output, found.field("")
    return numbers | {"rest": (found.memory, found.depth, shape, field, sides)}


small = settings(max_examples=25, deadline=None)


@small
@given(bodies())
def test_the_flat_spec_is_the_same_network(body: list[str]):
    found = report(body)
    assert whole(report_of(flat_source(found.graph))) == whole(found)


@small
@given(bodies())
def test_names_and_blocks_change_nothing(body: list[str]):
    named = [body[0], *(f"n{n}: {line}" for n, line in enumerate(body[1:]))]
    block = "block all() {\n" + "\n".join(body) + "\n}"
    wrapped = report_of(arch("all", x=X, above=block))
    assert whole(report(named)) == whole(report(body)) == whole(wrapped)


@small
@given(bodies())
def test_every_number_is_the_sum_of_its_rows(body: list[str]):
    found = report(body)
    for detail in ("stage", "op"):
        for metric in found.numbers:
            assert found.sum_of(found.rows(detail), metric).value == found.number("", metric), (
                metric
            )


@small
@given(bodies())
def test_what_is_alive_at_once_is_no_more_than_all_and_no_less_than_one_node(body: list[str]):
    found, nodes = memory(body), report(body).graph.nodes
    stored = [node for node in nodes.values() if not node.op.view]
    assert found.peak <= 4 * sum(count(node.io.output) for node in stored)
    for node in stored:
        if node.inputs and not any(nodes[source].op.view for source in node.inputs):
            read = sum(count(nodes[source].io.output) for source in set(node.inputs))
            assert found.peak >= 4 * (read + count(node.io.output))
    assert found.peak_in_place <= found.peak
    assert found.activations <= 4 * sum(count(node.io.output) for node in stored)


@small
@given(bodies(), st.integers(2, 6))
def test_bytes_grow_with_the_batch_along_a_line(body: list[str], batch: int):
    one, two, many = (memory(body, batch=n) for n in (1, 2, batch))
    assert many.saved - one.saved == (batch - 1) * (two.saved - one.saved)
    assert (many.peak, many.activations) == (batch * one.peak, batch * one.activations)
    assert many.peak_in_place == batch * one.peak_in_place
    assert many.params == one.params
    assert one.train < two.train <= many.train
    assert one.train >= 2 * 4 * report(body).number("", "params") + one.saved


@small
@given(bodies())
def test_training_costs_at_most_three_forward_passes(body: list[str]):
    found = report(body)
    for path in found.graph.nodes:
        macs = found.number(path, "macs")
        assert macs <= found.number(path, "macs.train") <= 3 * macs
    first = found.number("s0", "macs")
    frozen = sum(
        found.number(node.path, "macs") for node in found.graph.trunk if not node.op.learns
    )
    assert found.number("", "macs.train") == 3 * found.number("", "macs") - first - frozen


@small
@given(bodies())
def test_the_field_is_what_going_back_from_the_output_reaches(body: list[str]):
    """r <- s r + (e - s), S <- s S, P <- s P + p0 against the data; at a fan-out the union."""
    found = report(body)
    for path, field in found.fields.items():
        if field.status in ("aligned", "misaligned"):
            assert reached(found.graph, path, 0) == field.y
            assert reached(found.graph, path, 1) == field.x


def reached(graph: Graph, target: str, side: int) -> Axis:
    """Along one axis: what of the input an output of the target sees."""
    seen = {target: evenly(1, 1, 0)}
    for path in reversed(graph.nodes):
        node = graph[path]
        if path not in seen or not node.inputs:
            continue
        axis, window = seen[path], node.op.window(node.io.x)
        if window:
            stride, extent = window.stride[side], window.extent[side]
            size, start = stride * axis.size + extent - stride, stride * axis.start
            axis = evenly(size, stride * axis.jump, start - window.pad[2 * side])
        for source in node.inputs:
            seen[source] = union(axis, seen.get(source, axis))
    return seen[graph.input.path]


def union(one: Axis, two: Axis) -> Axis:
    assert one.jump == two.jump
    start = min(one.start, two.start)
    return evenly(max(a.start + a.size for a in (one, two)) - start, one.jump, start)


@small
@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 2), st.booleans(), st.booleans())
def test_weights_of_their_own_are_as_many_as_connections(
    c: int, k: int, stride: int, bias: bool, same: bool
):
    """Without sharing every connection has its parameter; nothing else changes."""
    pad = "same" if same else 0
    text = f"conv({c}, {k}, stride={stride}, pad={pad}, bias={str(bias).lower()}"
    shared, own = net(f"{text})", x="2x7x6"), net(f"{text}, share=false)", x="2x7x6")
    assert own.number("", "params") == shared.number("", "connections")
    for metric in ("connections", "macs", "ops.add", "units", "activations", "macs.train"):
        assert own.number("", metric) == shared.number("", metric), metric
