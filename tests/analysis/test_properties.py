"""Laws of the counts that hold for any chain of operators."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from archspec.analysis import METRICS, explain_all
from archspec.ops import BY_NAME, Io, Op, Shape, Table, count, total, written
from tests.helpers import arch, net, report_of
from tests.strategies import MAPS, chains

if TYPE_CHECKING:
    from tests.strategies import Chain

SIDE = st.integers(1, 6)
KERNEL = st.tuples(st.integers(1, 3), st.integers(1, 3))
NUMBERS = ("params", "connections", "macs", "ops.add", "flops", "units", "activations")


def numbers(statement: str, x: Shape, above: str = "") -> dict[str, int]:
    report = net(statement, x=written(x), above=above)
    return {metric: report.number("", metric) for metric in NUMBERS}


def macs(op: Op, x: Shape) -> int:
    return total(op.ops(Io((x,), op.output(x)), "eval").mac)


@given(st.integers(1, 4), st.integers(1, 4), KERNEL, st.sampled_from([1, 2, 3, 6]))
def test_groups_divide_the_macs(maps: int, outputs: int, k: tuple[int, int], groups: int):
    x = (6 * maps, 5, 5)
    one, grouped = (BY_NAME["conv"](c=6 * outputs, k=k, groups=g) for g in (1, groups))
    assert macs(grouped, x) * groups == macs(one, x)


@settings(max_examples=40)
@given(MAPS, st.integers(1, 4), st.booleans())
def test_a_table_of_all_links_is_no_table(x: Shape, c: int, bias: bool):
    row = " ".join("X" * c)
    rows = "\n".join([row] * x[0])
    with_table = f"conv({c}, 1, table=t, bias={str(bias).lower()})"
    without = with_table.replace(", table=t", "")
    assert numbers(with_table, x, f"table t {{\n{rows}\n}}") == numbers(without, x)


@settings(max_examples=40)
@given(MAPS, st.integers(1, 5), st.booleans())
def test_a_convolution_as_large_as_its_map_is_linear(x: Shape, n: int, bias: bool):
    flag = str(bias).lower()
    conv = numbers(f"conv({n}, {x[1]}x{x[2]}, bias={flag})", x)
    assert conv == numbers(f"linear({n}, bias={flag})", x)


@settings(max_examples=20)
@given(st.integers(1, 5), st.integers(1, 5))
def test_a_1x1_convolution_on_one_pixel_is_linear(maps: int, n: int):
    assert numbers(f"conv({n}, 1)", (maps, 1, 1)) == numbers(f"linear({n})", (maps,))


@given(st.integers(1, 3), KERNEL, SIDE, SIDE)
def test_macs_are_proportional_to_the_positions(c: int, k: tuple[int, int], p: int, q: int):
    op = BY_NAME["conv"](c=c, k=k)
    one = macs(op, (2, k[0], k[1]))
    assert macs(op, (2, k[0] + p - 1, k[1] + q - 1)) == one * p * q


@settings(max_examples=60)
@given(chains())
def test_connections_without_biases_are_the_macs_of_conv_and_linear(chain: Chain):
    report = report_of(chain.text())
    for path, node in report.graph.nodes.items():
        if node.op.weighted:
            biased = count(node.io.output) if node.op.bias else 0
            assert report.number(path, "connections") - biased == report.number(path, "macs")
            assert report.number(path, "ops.add") == biased


@settings(max_examples=60)
@given(chains())
def test_connections_of_layers_without_sharing_are_the_parameters(chain: Chain):
    report = report_of(chain.text())
    for path, node in report.graph.nodes.items():
        if node.op.name == "linear":
            assert report.number(path, "connections") == report.number(path, "params.all")


@settings(max_examples=60)
@given(chains())
def test_parts_add_up(chain: Chain):
    report = report_of(chain.text())
    value = {metric.name: report.number("", metric.name) for metric in METRICS}
    assert value["params"] == value["params.weights"] + value["params.bias"]
    assert value["params.all"] == value["params"] + value["params.fixed"]
    assert value["macs.all"] == value["macs"] == value["ops.mac"]
    kinds = sum(number for name, number in value.items() if name.startswith("ops."))
    assert value["flops"] == kinds + value["ops.mac"]


@settings(max_examples=40)
@given(chains())
def test_names_change_no_number(chain: Chain):
    renamed = chain.text(tuple(f"other{n}" for n in range(len(chain.labels))))
    bare = chain.text(("",) * len(chain.labels))
    texts = (chain.text(), renamed, bare)
    reports = [report_of(text) for text in texts]
    for metric in METRICS:
        assert len({report.number("", metric.name) for report in reports}) == 1, metric.name
    assert len({report.graph.output.output for report in reports}) == 1
    assert len({report.depth for report in reports}) == 1


@settings(max_examples=40)
@given(chains())
def test_wrapping_in_blocks_changes_no_number(chain: Chain):
    blocks = [f"block b{n}() {{ {' -> '.join(c)} }}" for n, c in enumerate(chain.statements)]
    calls = [f"b{n}" for n in range(len(blocks))]
    above = "\n".join([*blocks, f"block all() {{\n{chr(10).join(calls)}\n}}"])
    wrapped = report_of(arch("all", x=written(chain.x), above=above))
    plain = report_of(chain.text())
    for metric in METRICS:
        assert wrapped.number("", metric.name) == plain.number("", metric.name), metric.name
        assert wrapped.number("all", metric.name) == plain.number("", metric.name), metric.name
    assert [field.size for field in wrapped.fields.values()] == [
        field.size for field in plain.fields.values()
    ]


@settings(max_examples=40)
@given(st.integers(9, 20), st.integers(0, 5), KERNEL, st.integers(1, 3))
def test_a_field_does_not_depend_on_the_input_size(
    side: int, more: int, k: tuple[int, int], stride: int
):
    lines = (f"conv(1, {written(k)}, stride={stride}, pad=1)", "maxpool(2, stride=1)")
    small = net(*lines, x=f"1x{side}x{side}").field("")
    assert net(*lines, x=f"1x{side + more}x{side + more}").field("") == small


@given(st.integers(5, 9))
def test_two_3x3_see_what_one_5x5_sees(side: int):
    x = f"1x{side}x{side}"
    assert net("conv(1, 3)", "conv(1, 3)", x=x).field("") == net("conv(1, 5)", x=x).field("")


@settings(max_examples=20, deadline=None)
@given(chains())
def test_the_same_text_gives_the_same_report(chain: Chain):
    one, two = report_of(chain.text()), report_of(chain.text())
    assert one.numbers == two.numbers
    assert one.fields == two.fields
    assert [d.shown for d in explain_all(one, "")] == [d.shown for d in explain_all(two, "")]


@given(st.integers(1, 6), st.integers(1, 6), st.data())
def test_the_links_of_a_table_are_its_kernels(height: int, width: int, data: st.DataObject):
    rows = tuple(
        tuple(Fraction(data.draw(st.integers(0, 1))) for _ in range(width)) for _ in range(height)
    )
    table = Table("t", rows)
    assume(table.links)
    op = BY_NAME["conv"](c=width, k=2, table=table)
    io = Io(((height, 3, 3),), (width, 2, 2))
    assert total(op.weights(io)) == 4 * table.links
    assert sum(len(table.column(index)) for index in range(width)) == table.links
