"""Memory by hand on small networks; bytes that autograd keeps are compared in tests/compiler."""

from __future__ import annotations

import pytest

from archspec.analysis import Memory, Setup, explain
from archspec.schema import WHOLE_METRICS
from tests.helpers import arch, calculate, check, net, report_of

NET = ("a: conv(4, 1)", "b: relu", "c: add { | @a | @b }", "d: linear(2)")  # 4x4x4 maps
IN, MAP, OUT = 4 * 16, 4 * 4 * 16, 4 * 2  # bytes of 1x4x4, 4x4x4 and 2


def memory(*statements: str, **setup: object) -> Memory:
    report = report_of(arch(*statements, x="1x4x4"), Setup(**setup))  # type: ignore[arg-type]
    assert report.memory is not None
    return report.memory


def test_a_forward_pass_frees_what_nobody_reads_any_more() -> None:
    """a, b and c are alive when c is made; the input is gone by then."""
    found = memory(*NET)
    assert found.peak == 3 * MAP
    assert found.params == 4 * ((4 + 4) + (64 * 2 + 2))
    assert found.infer == found.peak + found.params


def test_an_elementwise_node_overwrites_what_it_alone_reads() -> None:
    """relu may, unless somebody else reads its input: in NET `add` does."""
    assert memory(*NET).peak_in_place == 3 * MAP
    chain = ("a: conv(4, 1)", "b: relu", "d: linear(2)")
    assert (memory(*chain).peak, memory(*chain).peak_in_place) == (2 * MAP, IN + MAP)


def test_views_need_nothing() -> None:
    assert memory("a: conv(4, 1)", "slice(0, 2)", "flatten").peak == IN + MAP


def test_the_input_counts_until_its_last_reader() -> None:
    """At the sum the input, its copy and the sum are alive."""
    assert memory("add { | identity | conv(1, 1) }").peak == 3 * IN


def test_what_is_saved_of_a_chain() -> None:
    """conv: its input; relu: its output, which the sum does not need; linear: the sum; the loss."""
    loss = OUT + 8 + 4
    assert memory(*NET).saved == IN + MAP + MAP + loss
    assert memory(*NET, batch=3).saved == 3 * (IN + 2 * MAP + OUT + 8) + 4


def test_nothing_is_saved_before_the_first_trained_layer() -> None:
    fixed = memory("a: conv(4, 1, trainable=false)", "b: relu", "d: linear(2)")
    assert fixed.saved == MAP + OUT + 8 + 4  # what the linear layer reads


def test_a_training_step_peaks_where_gradients_meet_what_is_saved() -> None:
    """One layer: weights, momentum, gradient of both; the input it saved; scores and their loss."""
    weights = 4 * (16 * 2 + 2)
    found = memory("d: linear(2)")
    scores_and_loss = OUT + 4 + (OUT + 8 + 4)
    assert found.train == 2 * weights + IN + scores_and_loss + OUT + weights
    assert found.train_simple == 3 * weights + IN + OUT + 8 + 4


@pytest.mark.parametrize(("optimizer", "slots"), [("gd", 0), ("momentum", 1), ("adadelta", 2)])
def test_the_recipe_s_optimizer_keeps_numbers(optimizer: str, slots: int) -> None:
    recipe = f"train {{\n data = mnist5k\n optimizer = {optimizer}(lr=1)\n}}"
    report = report_of(arch("linear(10)", recipe, x="1x28x28"))
    plain = report_of(arch("linear(10)", x="1x28x28"))
    assert report.memory is not None
    assert plain.memory is not None
    weights = 4 * (784 * 10 + 10)
    assert report.memory.train - plain.memory.train == (slots - 1) * weights


def test_halves_are_half() -> None:
    half = memory(*NET, dtype="bfloat16")
    assert (half.peak, half.params) == (3 * MAP // 2, memory(*NET).params // 2)


def test_expectations_of_the_network_not_of_a_node() -> None:
    lines = (
        "a: linear(1)",
        "expect {\n memory == 40 from derived\n a.memory.saved == 1 from derived\n}",
    )
    (found,) = check(arch(*lines, x="4"))
    assert (found.code, found.message) == (
        "E205",
        "`memory.saved` is a number of the whole network, not of `a`",
    )


def test_the_bare_word_is_what_inference_needs() -> None:
    """4 weights, a bias; 4 inputs and an output."""
    report = net("linear(1)", x="4")
    assert report.value("", "memory") == 4 * (5 + 5)


@pytest.mark.parametrize("metric", WHOLE_METRICS)
def test_what_is_explained_adds_up(metric: str) -> None:
    """In a mixed setup; peaks have no terms but say of what they are the peak."""
    text = arch("a: conv(4, 1)", "bn", "c: conv(1, 1, trainable=false)", "linear(2)", x="1x4x4")
    found = report_of(text, Setup(batch=3, dtype="float16"))
    derived = explain(found, "", metric)
    assert derived.value == found.value("", metric)
    if derived.terms:
        assert sum(calculate(str(term.amount)) for term in derived.terms) == derived.value
    else:
        assert derived.remark.endswith("batch 3, float16")


def test_nothing_is_explained_of_unknown_bytes() -> None:
    derived = explain(report_of(arch("conv(1, 99)")), "", "memory")
    assert (derived.terms, derived.remark) == ((), "")


def test_shared_and_fixed_weights_are_stored_once() -> None:
    shared = memory("a: conv(1, 1)", "b: conv(1, 1, weights=@a)")
    assert shared.params == 4 * 2
    fixed = "b: conv(1, 1, weights=@a)"
    assert memory("a: conv(1, 1, trainable=false)", fixed).params == 4 * 2


def test_what_no_output_rests_on_has_no_gradient_to_hand_on() -> None:
    with_sum = memory("a: conv(4, 1)", "add { | @a | @a }", "@a -> linear(2)")
    assert with_sum.train == memory("a: conv(4, 1)", "@a -> linear(2)").train


def test_a_loss_without_a_gradient_keeps_nothing() -> None:
    """A step lets no gradient through: only what the trained layer itself keeps is left."""
    assert memory("linear(2)", "step").saved == IN


def test_unknown_shapes_leave_it_unknown() -> None:
    report = report_of(arch("conv(1, 99)"))
    assert report.memory is None
    assert report.value("", "memory") is None
