"""What outputs see behind operators that make maps larger, and behind merges and factors."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.analysis import Axis, ReceptiveField, analyze
from archspec.analysis.axis import MAX_PERIOD, PIXELS, joined, seen, slid
from archspec.analysis.receptive import receptive_fields
from archspec.graph import load
from archspec.ops import AdaptiveAvgPool, ConvTranspose, Upsample
from archspec.schema import zoo
from tests.helpers import arch, graph_of, net, report_of


def field(*statements: str, x: str = "1x32x32") -> ReceptiveField:
    report = net(*statements, x=x)
    return report.fields[report.graph.output.path]


def square(*boxes: tuple[int, int] | None, step: int) -> ReceptiveField:
    return ReceptiveField(Axis(boxes, step), Axis(boxes, step))


# Behind conv(1, 3, stride=4) output y sees 4y..4y+2.
@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("upsample(2)", square((0, 2), (0, 2), step=4)),
        ("upsample(3)", square((0, 2), (0, 2), (0, 2), step=4)),
        ("upsample(2, mode=bilinear)", square((-4, 2), (0, 6), step=4)),
        ("upsample(3, mode=bilinear)", square((-4, 2), (0, 2), (0, 6), step=4)),
        ("conv_transpose(1, 2, stride=2)", square((0, 2), (0, 2), step=4)),
        ("conv_transpose(1, 4, stride=2, pad=1)", square((-4, 2), (0, 6), step=4)),
        ("conv_transpose(1, 3, stride=2)", square((-4, 2), (0, 2), step=4)),
        ("conv_transpose(1, 3)", square((-8, 2), step=4)),
        ("conv_transpose(1, 1, stride=2)", square((0, 2), None, step=4)),
        ("pad(2)", square((-8, -6), step=4)),
        ("crop(1)", square((4, 6), step=4)),
        ("slice(0, 1)", square((0, 2), step=4)),
        ("zero_pad_shortcut(3, 2)", square((0, 2), step=8)),
        ("adaptive_avgpool(4)", square((0, 6), step=8)),
        ("adaptive_avgpool(3)", square((0, 10), (8, 22), (20, 30), step=32)),
        ("upsample(2) -> avgpool(2)", square((0, 2), step=4)),
        ("upsample(2) -> maxpool(3, stride=2)", square((0, 6), step=4)),
        ("global_avgpool(keep=true)", ReceptiveField()),
    ],
)
def test_one_operator_behind_a_jump_of_four(statement: str, expected: ReceptiveField):
    assert field("conv(1, 3, stride=4)", statement) == expected


def test_a_pattern_tells_its_sizes_its_jump_and_where_outputs_lie():
    found = field("avgpool(4)", "upsample(4)", "conv(1, 3, pad=1)", x="1x64x64")
    assert found == square((-4, 3), (0, 3), (0, 3), (0, 7), step=4)
    assert (found.status, found.size, found.least) == ("upper_bound", (8, 8), (4, 4))
    assert (found.jump, found.start) == ((1, 1), (-4, -4))
    assert found.centre == (Fraction(-1, 2), Fraction(-1, 2))
    assert found.y.box(7) == (4, 11)


def test_what_only_some_outputs_cover_is_not_covered():
    """N501 is for what every output sees already."""
    up = ("avgpool(4)", "upsample(4)", "conv(1, 3, pad=1)", "conv(1, 3, pad=1)")
    report = net(*up, x="1x8x8")
    assert report.fields["conv"].size == (8, 8)
    assert "N501" not in {found.code for found in report.diagnostics}


def test_above_the_resolution_of_the_input_jumps_are_fractions():
    found = field("upsample(2x3)", "conv(1, 3, pad=1)", "conv(1, 3, pad=1)")
    assert found.jump == (Fraction(1, 2), Fraction(1, 3))
    assert (found.size, found.least, found.status) == ((3, 3), (3, 2), "upper_bound")
    half = field("upsample(2)", "conv(1, 2, stride=2)")
    assert half == square((0, 0), step=1), "the period is as short as can be"


def test_outputs_in_gaps_see_nothing():
    found = field("conv_transpose(1, 1, stride=2)")
    assert (found.size, found.least, found.status) == ((1, 1), (0, 0), "upper_bound")
    gaps = field("up: conv_transpose(1, 1, stride=2)", "c: conv(1, 1, stride=2, pad=1)")
    assert gaps.status == "unavailable"
    assert gaps.reason.startswith("no output of `c` sees the input")


def test_patterns_that_are_too_long_are_not_followed():
    up = [f"upsample({factor}x1)" for factor in (64, 65)]
    found = field(*up, x="1x4x4")
    assert found.status == "unavailable"
    assert "more than 4,096 of them" in found.reason
    known = field(f"upsample({MAX_PERIOD}x1)", x="1x4x4")
    assert known.y.period == MAX_PERIOD


def test_lanes_of_long_patterns_may_have_one_that_is_too_long():
    lanes = [
        f"conv(1, 1, stride={factor}) -> upsample({factor}) -> crop([0, {end}, 0, {end}])"
        for factor, end in ((64, 28), (63, 89), (65, 30))
    ]
    text = f"concat {{ {' '.join(f'| {lane}' for lane in lanes)} }}"
    found = field(text, x="1x128x128")
    assert found.status == "unavailable"
    assert "more than 4,096" in found.reason


# --- merges ---------------------------------------------------------------------------------------


def test_lanes_join_by_phase():
    text = "add { | conv(1, 5, pad=2) | avgpool(2) -> upsample(2) }"
    found = field(text)
    assert found == ReceptiveField(Axis(((-2, 2),), 1), Axis(((-2, 2),), 1), centred=False)
    assert found.status == "misaligned"
    both = field("add { | identity | avgpool(2) -> upsample(2) }")
    assert both.y == Axis(((0, 1), (0, 1)), 2)


def test_different_jumps_are_unknown_from_there_on():
    lanes = "x: concat { | conv(4, 3, stride=2, pad=1) -> relu | conv(4, 17) }"
    report = net(lanes, "c: conv(4, 3)", "g: global_avgpool", "linear(3)")
    assert report.fields["c"].status == "unavailable"
    reason = "the lanes of `x.concat` have different jumps: `x.relu` 2, `x.conv_2` 1"
    assert report.fields["c"].reason == reason
    assert report.fields["g"].status == "whole_input"
    assert report.field("") == report.fields["c"], "no number of the network either"
    assert report.value("", "rf") is None


def test_a_single_output_has_no_jump_that_could_differ():
    found = field("concat { | conv(2, 8) | maxpool(8) }", x="1x8x8")
    assert found == square((0, 7), step=8)
    columns = field(
        "concat { | conv(2, 4x1, stride=4x2) | maxpool(2x1, stride=1x2) -> crop([1, 1, 0, 0]) }",
        x="1x4x8",
    )
    assert (columns.size, columns.jump) == ((4, 1), (4, 2))
    gaps = [
        f"conv_transpose(1, 1, stride={stride}, pad=[1, 0, 1, 0]) -> crop([0, {end}, 0, {end}])"
        for stride, end in ((2, 1), (3, 2))
    ]
    assert field(f"add {{ | {gaps[0]} | {gaps[1]} }}", x="1x2x2").status == "unavailable"


def test_inputs_of_different_sizes_have_pixels_of_different_sizes():
    """Then jumps that differ are no slip."""
    body = ("input a: 1x32x32", "input b: 1x16x16", "x: @a -> avgpool(2)", "concat(@x, @b)")
    report = report_of("\n".join(("arch Net {", *body, "}\n")))
    assert report.field("").status == "unavailable"
    assert "W504" not in {found.code for found in report.diagnostics}


def test_units_of_several_maps_are_unknown_but_not_the_network():
    lanes = "f: concat { | maxpool(8) -> flatten | maxpool(16) -> flatten }"
    report = net("c: conv(2, 3, pad=1)", lanes, "linear(3)")
    assert report.fields["f.concat"].status == "unavailable"
    assert "W504" not in {found.code for found in report.diagnostics}
    assert report.field("") == report.fields["f.maxpool_2"]


def test_an_unknown_map_before_the_last_ones_makes_the_network_unknown():
    lanes = "x: concat { | conv(4, 3, stride=2, pad=1) | conv(4, 17) }"
    known = "b: @a -> conv(1, 3) -> global_avgpool"
    report = net("a: conv(1, 3, pad=1)", lanes, "g: global_avgpool", known, "concat(@g, @b)")
    assert report.fields["b.conv"].size == (5, 5)
    assert report.last_map.path == "x.concat"
    assert report.field("").reason


def test_fields_of_the_zoo_are_exact():
    """Its list writes what has no number as `all`."""
    for name in zoo():
        status = analyze(load(f"zoo:{name}")).field("").status
        assert status in ("aligned", "whole_input"), name


def test_a_map_that_is_reached_twice_is_one_map():
    report = net(
        "a: conv(1, 3)",
        "b: @a -> linear(2)",
        "c: @a -> linear(2)",
        "d: add(@b, @c)",
        "e: add(@d, @b)",
    )
    assert report.last_map.path == "a"


def test_a_shape_that_is_not_known_is_the_reason():
    report = report_of(arch("a: conv(4, 3)", "b: conv(4, 40)", "c: conv(4, 3)"))
    assert report.fields["c"].reason == "the shape of `b` is not known"
    assert (report.field("").status, report.value("", "rf")) == ("unavailable", None)
    assert report.value("a", "rf") == 3


@pytest.mark.parametrize(
    "factor",
    [
        "global_avgpool(keep=true) -> conv(4, 1) -> sigmoid",
        "avgpool(9) -> sigmoid",
        "global_avgpool(keep=true) -> upsample(9)",
    ],
)
def test_factors_of_whole_maps_leave_what_the_map_sees(factor: str):
    body = ("a: conv(4, 3, pad=1)", f"b: mul {{ | identity | {factor} }}", "c: conv(4, 3)")
    fields = receptive_fields(graph_of(arch(*body, x="2x9x9")))
    assert fields["b.mul"].size == fields["a"].size == (3, 3)
    assert not fields["a"].global_context
    assert fields["c"].global_context, "what follows has it too"


def test_factors_of_one_size_are_lanes_like_any_others():
    lost = "x: mul { | conv(1, 3, stride=2, pad=1) | conv(1, 17) }"
    assert field(lost).status == "unavailable"
    whole = "mul { | global_avgpool(keep=true) | global_avgpool(keep=true) -> relu }"
    assert field(whole) == ReceptiveField()


# --- by brute force -------------------------------------------------------------------------------


Pixels = frozenset[int]


def itself(y: int) -> Pixels:
    return frozenset((y,))


def windows(before, extent, stride, near, dilation):
    return lambda y: frozenset().union(
        *(before(y * stride - near + tap) for tap in range(0, extent, dilation))
    )


STEP = st.one_of(
    st.tuples(
        st.just("window"),
        st.integers(1, 4),
        st.integers(1, 3),
        st.integers(0, 2),
        st.integers(1, 3),
    ),
    st.tuples(
        st.just("transpose"),
        st.integers(1, 4),
        st.integers(1, 3),
        st.integers(0, 2),
        st.integers(1, 3),
    ),
    st.tuples(st.just("nearest"), st.integers(1, 4)),
    st.tuples(st.just("bilinear"), st.integers(1, 4)),
    st.tuples(st.just("adaptive"), st.integers(2, 9), st.integers(1, 9)),
)


def by_definition(step, before):
    """What outputs see, a set at a time, from what the operators do."""
    kind, *numbers = step
    if kind == "window":
        k, stride, near, dilation = numbers
        return windows(before, dilation * (k - 1) + 1, stride, near, dilation)
    if kind == "transpose":
        k, stride, near, dilation = numbers
        return lambda y: frozenset().union(
            *(
                before(i)
                for i in range((y + near - dilation * k) // stride - 1, (y + near) // stride + 2)
                if any(i * stride + tap * dilation == y + near for tap in range(k))
            )
        )
    if kind == "adaptive":
        side, outputs = numbers
        return lambda y: frozenset().union(
            *(before(i) for i in range(y * side // outputs, -(-(y + 1) * side // outputs)))
        )
    (factor,) = numbers
    if kind == "nearest":
        return lambda y: before(y // factor)

    def between(y):
        at = Fraction(2 * y + 1, 2 * factor) - Fraction(1, 2)
        low = at.numerator // at.denominator
        return before(low) if at == low else before(low) | before(low + 1)

    return between


def by_rule(step, axis):
    kind, *numbers = step
    if kind == "window":
        k, stride, near, dilation = numbers
        return slid(axis, dilation * (k - 1) + 1, stride, near, dilation)
    if kind == "adaptive":
        side, outputs = numbers
        pool = AdaptiveAvgPool(size=(outputs, outputs))
        sights = pool.sight((1, side, side))
        if sights is None:
            window = pool.window((1, side, side))
            return slid(axis, window.extent[0], window.stride[0], 0, 1)
        return seen(axis, sights[0])
    if kind == "transpose":
        k, stride, near, dilation = numbers
        op = ConvTranspose(
            c=1, k=(k, k), stride=(stride, stride), pad=(near,) * 4, dilation=(dilation, dilation)
        )
        return seen(axis, op.sight((1, 9, 9))[0])
    (factor,) = numbers
    return seen(axis, Upsample(k=(factor, factor), mode=kind).sight((1, 9, 9))[0])


def hull(pixels: Pixels) -> tuple[int, int] | None:
    return (min(pixels), max(pixels)) if pixels else None


@settings(max_examples=300, deadline=None)
@given(st.lists(STEP, min_size=1, max_size=4))
def test_boxes_are_those_of_the_sets_of_pixels_that_outputs_see(steps):
    axis, sets = PIXELS, itself
    for step in steps:
        axis, sets = by_rule(step, axis), by_definition(step, sets)
        outputs = range(-2, 2 * (axis.period if axis else 4) + 2)
        boxes = [hull(sets(output)) for output in outputs]
        assert boxes == [axis.box(output) if axis else None for output in outputs]
        if axis is None:
            return
        sizes = {box[1] - box[0] + 1 if box else 0 for box in boxes}
        assert (axis.size, axis.least) == (max(sizes), min(sizes))


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), st.integers(0, 3))
def test_unions_are_those_of_the_sets(first: int, second: int, k: int, near: int):
    """Two lanes that make the map smaller and as much larger again, with windows between."""
    lanes = [
        [("window", first, first, 0, 1), ("window", k, 1, near, 1), ("nearest", first)],
        [("window", second, second, 0, 1), ("bilinear", second), ("window", 3, 1, 1, 1)],
    ]
    axes, sets = [], []
    for lane in lanes:
        axis, before = PIXELS, itself
        for step in lane:
            axis, before = by_rule(step, axis), by_definition(step, before)
        axes.append(axis)
        sets.append(before)
    union, middle = joined(axes, 99)
    for output in range(-3, 26):
        assert union.box(output) == hull(sets[0](output) | sets[1](output))
    pairs = [[hull(one(output)) for one in sets] for output in range(24)]
    assert middle == all(sum(one) == sum(other) for one, other in pairs)
