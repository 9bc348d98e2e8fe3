"""Memory by hand on small networks; bytes that autograd keeps are compared in tests/compiler."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.analysis import Memory, Setup, analyze, explain, largest_batch
from archspec.analysis.storages import Storages
from archspec.graph import load
from archspec.ops import count
from archspec.schema import WHOLE_METRICS, snake, zoo
from tests.helpers import arch, calculate, check, graph_of, net, report_of

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
    """One layer: weights, momentum, gradient of both; the input it saved; logits and their loss."""
    weights = 4 * (16 * 2 + 2)
    found = memory("d: linear(2)")
    logits_and_loss = OUT + 4 + (OUT + 8 + 4)
    assert found.train == 2 * weights + IN + logits_and_loss + OUT + weights
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


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_leaves_parameters_and_what_follows_them_alone(dtype: str) -> None:
    """One layer, as above: what the layer saved, its logits and their gradient are half as large.

    The targets are whole numbers; the parameters, their gradient and momentum, and the loss with
    its log-probabilities are float32.
    """
    half, weights = memory("d: linear(2)", dtype=dtype), 4 * (16 * 2 + 2)
    assert half.params == weights
    loss = OUT + 8 + 4
    assert half.train == 3 * weights + (IN + OUT + OUT) // 2 + loss + 4
    assert half.train_simple == 3 * weights + IN // 2 + loss
    assert memory(*NET, dtype=dtype).peak == 3 * MAP // 2


def test_half_precision_leaves_the_statistics_of_a_batch_alone() -> None:
    """Mean and deviation of 4 maps beside the 4 maps they are of."""
    layers = ("conv(4, 1)", "bn", "linear(2)")
    assert memory(*layers, dtype="bfloat16").saved == (IN + MAP + MAP) // 2 + 8 * 4 + OUT + 8 + 4


def test_half_precision_leaves_fixed_weights_and_buffers_alone() -> None:
    layers = ("conv(4, 1, trainable=false)", "bn", "linear(2)")
    assert memory(*layers, dtype="bfloat16").params == memory(*layers).params


def test_float64_doubles_all_but_the_targets() -> None:
    double, single = memory(*NET, dtype="float64"), memory(*NET)
    assert (double.params, double.peak) == (2 * single.params, 2 * single.peak)
    assert (double.train, double.train_simple) == (
        2 * single.train - 8,
        2 * single.train_simple - 8,
    )


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
@pytest.mark.parametrize(
    "setup",
    [
        Setup(),
        Setup(batch=3, dtype="float16", optimizer="adam"),
        Setup(dtype="float64", optimizer="sgd"),
    ],
)
def test_what_is_explained_adds_up(metric: str, setup: Setup) -> None:
    """Every number of bytes is the sum of its terms, peaks too."""
    lines = ("a: conv(4, 1)", "b: add { | identity | bn }", "c: maxpool(2)", "linear(2)")
    for text in (arch(*lines, x="1x4x4"), arch("a: conv(4, 1, trainable=false)", *lines[2:])):
        found = report_of(text, setup)
        derived = explain(found, "", metric)
        assert sum(calculate(str(term.amount)) for term in derived.terms) == derived.value
        assert derived.value == found.value("", metric)
        assert derived.remark.startswith(f"batch {setup.batch}, {setup.dtype}")


def test_a_peak_names_the_node_and_what_is_alive_there() -> None:
    """In NET `add` makes c while a and b are alive; the input, read by a only, is gone."""
    found = explain(report_of(arch(*NET, x="1x4x4")), "", "memory.infer_peak")
    assert [(term.label, term.amount.value) for term in found.terms] == [
        ("a", MAP),
        ("b", MAP),
        ("c.add", MAP),
    ]
    assert found.remark.endswith("peak at c.add")
    chain = report_of(arch("a: conv(4, 1)", "b: relu", "d: linear(2)", x="1x4x4"))
    in_place = explain(chain, "", "memory.infer_peak.inplace")
    assert [term.label for term in in_place.terms] == ["input", "a"]


def test_the_peak_of_training_names_its_parts() -> None:
    """One layer, see above: its peak is where its gradients are made."""
    found = explain(report_of(arch("d: linear(2)", x="1x4x4")), "", "memory.train")
    weights = 4 * (16 * 2 + 2)
    assert {term.label: term.amount.value for term in found.terms} == {
        "parameters": weights,
        "optimizer state": weights,
        "logits and loss": OUT + 4 + (OUT + 8 + 4),
        "gradients of parameters": weights,
        "saved for backward": IN,
        "gradients of outputs": OUT,
    }
    assert found.remark == "batch 1, float32, momentum; peak at d"


def test_a_second_gradient_is_there_before_it_is_accumulated() -> None:
    """Both convolutions hand one back to `a`: the second exists beside the first."""
    lines = ("a: conv(4, 1)", "concat { | conv(1, 3) | conv(1, 3) }", "linear(1)")
    found = explain(report_of(arch(*lines, x="1x16x16")), "", "memory.train")
    terms = {term.label: term.amount.value for term in found.terms}
    assert terms["gradient being accumulated"] == 4 * 4 * 16 * 16


def test_what_the_loss_saves_has_names() -> None:
    loss = Storages(graph_of(arch("linear(2)", x="4")), Setup(batch=3)).loss_terms
    assert {term.label: term.amount.value for term in loss} == {
        "log-probabilities": 3 * OUT,
        "targets": 3 * 8,
        "loss": 4,
    }


def test_the_peak_of_training_may_be_the_start_of_the_backward_pass() -> None:
    """Nothing is trained: the logits and the loss are all there is, before a node runs backward."""
    found = explain(report_of(arch("relu", x="1x4x4")), "", "memory.train")
    assert found.remark.endswith("peak at the start of the backward pass")


# --- what every node keeps ----------------------------------------------------------------------


def kept(*statements: str, x: str = "1x4x4", **setup: object) -> dict[str, int]:
    report = report_of(arch(*statements, x=x), Setup(**setup))  # type: ignore[arg-type]
    return {path: value for path, value in report.numbers["saved"].items() if value}


def test_a_storage_counts_at_the_first_node_that_keeps_it() -> None:
    """b and c both keep the output of a."""
    found = kept("a: conv(4, 1)", "b: conv(2, 1)", "c: @a -> conv(2, 1)", "add { | @b | @c }")
    assert found == {"a": IN, "b": MAP}


def test_the_terms_name_what_is_kept() -> None:
    lines = ("a: conv(4, 1)", "t: scaled_tanh(1.7, 0.6)", "m: maxpool(2)", "bn", "linear(2)")
    report = report_of(arch(*lines, x="1x4x4"), Setup(batch=3))
    terms = {
        path: [(term.label, str(term.amount)) for term in report.numbers.terms("saved", path)]
        for path in report.graph.nodes
    }
    assert terms == {
        "input": [],
        "a": [("output of input", "1 * 4*4 * 4 * 3")],
        "t": [("kept inside", "64 * 4 * 3")],
        "m": [("output of t", "4 * 4*4 * 4 * 3"), ("indices or masks", "128 * 3")],
        "bn": [("output of m", "4 * 2*2 * 4 * 3"), ("kept inside, once", "8 * 4")],
        "linear": [("output of bn", "4 * 2*2 * 4 * 3")],
    }


def test_what_a_head_keeps_is_its_own() -> None:
    """The trunk keeps the output of a already; of the head only its dense layer's input is new."""
    body = ("a: conv(4, 1)", "b: relu", "head aux { @a -> relu -> linear(3) }", "linear(2)")
    found = kept(*body)
    assert found == {"a": IN, "b": MAP, "aux.relu": MAP}
    assert memory(*body).saved == sum(found.values()) - MAP + (OUT + 8 + 4)


@pytest.mark.parametrize("name", sorted(snake(name) for name in zoo()))
def test_the_nodes_of_the_zoo_keep_what_the_network_keeps(name: str) -> None:
    """All but what cross-entropy keeps: log-probabilities, targets, the loss."""
    report = analyze(load(f"zoo:{name}"), Setup(batch=2))
    logits = sum(count(report.graph[path].io.output) for path in report.graph.spec.outputs)
    loss = 0 if name == "perceptron" else 2 * (4 * logits + 8) + 4  # whose step has no gradient
    assert report.number("", "saved") == report.memory.saved - loss
    for metric in ("memory.saved", "memory.train", "memory.infer_peak"):
        derived = explain(report, "", metric)
        assert sum(term.amount.value for term in derived.terms) == derived.value, metric


# --- the largest batch --------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["sgd", "adam"]))
def test_the_largest_batch_fits_and_one_more_does_not(budget: int, optimizer: str) -> None:
    graph = graph_of(arch(*NET, x="1x4x4"))

    def needs(batch: int) -> int:
        return report_of(arch(*NET, x="1x4x4"), Setup(batch, optimizer=optimizer)).memory.train

    batch = largest_batch(graph, Setup(), optimizer, budget)
    assert needs(batch + 1) > budget
    assert batch == 0 or needs(batch) <= budget


def test_a_budget_may_be_larger_than_an_index() -> None:
    text, budget = arch("linear(1)", x="4"), 2**90
    batch = largest_batch(graph_of(text), Setup(), "momentum", budget)
    needs = [report_of(text, Setup(size)).memory.train for size in (batch, batch + 1)]
    assert batch > 2**80
    assert needs[0] <= budget < needs[1]


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


# --- where outputs lie, and gradients inside a node; torch is asked in tests/compiler -------------


def test_a_vector_of_a_cropped_map_is_a_copy() -> None:
    """Of 4x4x4 maps 2x2 pixels are left: the crop is a view, the dense layer keeps 16 numbers."""
    assert kept("a: conv(4, 1)", "crop(1)", "b: linear(2)") == {"a": IN, "b": 4 * 16}
    flat = kept("a: conv(4, 1)", "crop(1)", "v: flatten", "b: linear(2)")
    assert flat == {"a": IN, "b": 4 * 16}
    assert memory("a: conv(4, 1)", "crop(1)", "flatten").peak == 4 * (64 + 16)


def test_who_reads_a_cropped_map_keeps_all_of_it() -> None:
    assert kept("a: conv(4, 1)", "crop(1)", "b: conv(2, 1)") == {"a": IN, "b": MAP}


@pytest.mark.parametrize("crop", ["crop([1, 0, 0, 0])", "slice(1, 3)", "crop([1, 2, 1, 2])"])
def test_a_vector_in_even_steps_is_a_view(crop: str) -> None:
    """Rows of one map, whole maps, one pixel a map: no copy, and the whole storage is kept."""
    maps = 1 if crop == "crop([1, 0, 0, 0])" else 4
    found = kept(f"a: conv({maps}, 1)", crop, "b: linear(2)")
    assert found == {"a": IN, "b": MAP * maps // 4}


def test_a_transposed_convolution_cut_unevenly_keeps_its_edges() -> None:
    """3x3 kernels over 4x4: 6x6, of which 5x5 are the output."""
    found = kept("a: conv_transpose(2, 3, pad=[1, 0, 0, 1])", "b: conv(1, 1)")
    assert found == {"a": IN, "b": 4 * 2 * 36}


def test_a_product_of_three_keeps_that_of_two() -> None:
    lanes = "| conv(4, 1) " * 3
    found = kept("a: conv(4, 1)", f"m: mul {{ {lanes}}}", "linear(2)")
    assert found["m.mul"] == 3 * MAP + MAP


def test_a_factor_no_gradient_needs_is_not_kept() -> None:
    """The slope of the trained factor is the image; that of the image nobody asks for."""
    assert kept("m: mul { | identity | c: conv(1, 1) }", "linear(2)") == {"m.c": IN, "linear": IN}


def test_what_only_reaches_a_step_is_not_trained() -> None:
    """Its parameters have no gradient and no optimizer state, and what it saved is let go."""
    lines = ("a: conv(4, 1)", "step", "linear(2)")
    found = explain(report_of(arch(*lines, x="1x4x4")), "", "memory.train")
    terms = {term.label: term.amount.value for term in found.terms}
    dense = 4 * (64 * 2 + 2)
    assert terms["optimizer state"] == terms["gradients of parameters"] == dense
    assert terms["parameters"] == dense + 4 * (4 + 4)
    assert terms["saved for backward"] == MAP


def test_shared_weights_have_one_gradient_and_for_a_moment_two() -> None:
    lines = ("a: conv(64, 1)", "b: conv(64, 1, weights=@a)")
    found = explain(report_of(arch(*lines, x="64x1x1")), "", "memory.train")
    terms = {term.label: term.amount.value for term in found.terms}
    assert terms["gradients of parameters"] == 2 * 4 * (64 * 64 + 64)
    assert terms["optimizer state"] == 4 * (64 * 64 + 64)


@pytest.mark.parametrize(
    ("lanes", "tensors", "gates"),
    [
        ("| identity | conv(4, 1)", 2, 0),  # the gradients of both factors
        ("| identity | global_avgpool(keep=true) -> conv(4, 1)", 2, 1),  # then the gate's is summed
        ("| global_avgpool(keep=true) -> conv(4, 1) | identity", 2, 1),
        ("| identity | conv(4, 1) | conv(4, 1)", 2, 0),  # of the last factor, and of the product
    ],
)
def test_gradients_inside_a_product(lanes: str, tensors: int, gates: int) -> None:
    """Each is as large as the product until it is summed up for a factor that was repeated."""
    lines = ("a: conv(4, 1)", f"m: mul {{ {lanes} }}", "global_avgpool", "linear(2)")
    found = explain(report_of(arch(*lines, x="1x16x16")), "", "memory.train")
    terms = {term.label: term.amount.value for term in found.terms}
    assert found.remark.endswith("peak at m.mul")
    assert terms["gradients inside a layer"] == 4 * 4 * (tensors * 256 + gates)


@pytest.mark.parametrize(
    "fixed", [("| identity ", "| conv(1, 1) "), ("| conv(1, 1) ", "| identity ")]
)
def test_a_product_with_the_image_has_one_gradient(fixed: tuple[str, str]) -> None:
    lines = (f"m: mul {{ {''.join(fixed)}}}", "global_avgpool", "linear(2)")
    found = explain(report_of(arch(*lines, x="1x16x16")), "", "memory.train")
    terms = {term.label: term.amount.value for term in found.terms}
    assert found.remark.endswith("peak at m.mul")
    assert terms["gradients inside a layer"] == 4 * 256
