"""A training step as torch does it: the most that is alive, to the byte, and its products.

torch's profiler tells every allocation of the CPU. Convolutions are 1x1 here: others allocate a
workspace, which the analyzer leaves out. It holds the log-probabilities to the end, which torch
lets go of when it has their gradient.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archspec.graph import Graph

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")

from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from archspec.analysis import Setup, analyze  # noqa: E402
from archspec.compiler import compile_graph  # noqa: E402
from archspec.ops import count  # noqa: E402
from tests.helpers import arch, graph_of  # noqa: E402


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """With several torch lays maps out anew for its convolutions, in workspaces."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


MARK = 49_999  # bytes of a tensor that shows where the backward pass begins


def peak(graph: Graph, batch: int) -> int:
    """Bytes: parameters, what the forward pass leaves, and the most the backward pass adds."""
    module = compile_graph(graph).train()
    x = torch.randn(batch, *graph.input.output)
    classes = torch.zeros(batch, dtype=torch.int64)
    activities = [torch.profiler.ProfilerActivity.CPU]
    with torch.profiler.profile(activities=activities, profile_memory=True) as profile:
        scores = module(x)  # held, as by a loop that counts what is right
        loss = torch.nn.functional.cross_entropy(scores, classes)
        torch.empty(MARK, dtype=torch.int8)
        loss.backward()
    events = profile.profiler.kineto_results.events()
    memory = sorted((e.start_ns(), e.nbytes()) for e in events if e.name() == "[memory]")
    now, peaks = sum(t.nbytes for t in module.parameters()), []
    for _, size in memory:
        now += size
        peaks = [] if size == MARK else [*peaks, now]
    return max(peaks) + classes.nbytes


GATE = "global_avgpool(keep=true) -> conv(4, 1)"
CHAINS = [
    ["conv(4, 1)"],
    ["conv(4, 1)", "tanh"],
    ["conv(4, 1)", "add { | conv(4, 1) | conv(4, 1) | conv(4, 1) }"],
    ["conv(4, 1)", "sub { | conv(4, 1) | conv(4, 1) }"],
    ["conv(4, 1)", "sub { | identity | tanh | sigmoid }"],
    ["conv(4, 1)", "concat { | identity | tanh | sigmoid }"],
    ["conv(4, 1)", "mul { | conv(4, 1) | conv(4, 1) }"],
    ["conv(4, 1)", "mul { | conv(4, 1) | conv(4, 1) | conv(4, 1) }"],
    ["conv(4, 1)", "mul { | conv(4, 1) | tanh | conv(4, 1) | identity }"],
    ["conv(4, 1)", f"mul {{ | conv(4, 1) | {GATE} }}"],
    ["conv(4, 1)", f"mul {{ | {GATE} | conv(4, 1) }}"],
    ["conv(4, 1)", f"mul {{ | {GATE} | global_avgpool(keep=true) | tanh }}"],
    ["conv(4, 1)", "mul { | identity | identity | identity }"],
    ["mul { | identity | conv(4, 1) | tanh | conv(4, 1) }"],
    ["mul { | conv(4, 1) | identity }"],
    ["conv(4, 1)", "slice(0, 2)"],
    ["conv(4, 1)", "crop(1)"],
    ["conv(4, 1)", "crop([1, 0, 0, 0])"],
    ["conv(4, 1)", "pad(1)"],
    ["conv(4, 1)", "shuffle(2)"],
    ["conv(4, 1)", "upsample(2)"],
    ["conv(4, 1)", "zero_pad_shortcut(8, 2)"],
    ["conv(16, 1)", "dropout(0)"],
    ["conv(16, 1)", "maxpool(3, stride=2, pad=[1, 0, 0, 1])"],
    ["conv(16, 1)", "avgpool(3, stride=2, pad=[1, 0, 0, 1], count_pad=true)"],
    ["conv(4, 1)", "conv(4, 1, pad=[3, 0, 0, 3])"],
    ["conv(4, 1)", "conv(4, 1, pad=1, pad_mode=reflect)"],
    ["conv(4, 1)", "conv_transpose(4, 1, pad=[1, 0, 0, 1])"],
    ["conv(4, 1)", "conv_transpose(4, 1, pad=[1, 0, 0, 0])"],
    ["a: conv(4, 1)", "b: conv(4, 1, weights=@a)"],
    ["a: conv(4, 1)", "b: conv(4, 1, weights=@a)", "c: conv(4, 1, weights=@b)"],
    ["conv(4, 1)", "step", "conv(6, 1)"],
    ["a: conv(4, 1)", "step", "b: conv(4, 1, weights=@a)"],
    ["conv(4, 1)", "add { | step | identity }"],
    ["conv(4, 1)", "add { | step | conv(4, 1) }"],
]


@pytest.mark.parametrize(
    "end", [["linear(3)"], ["global_avgpool", "linear(3)"]], ids=["all", "gap"]
)
@pytest.mark.parametrize("statements", CHAINS, ids=" ; ".join)
def test_the_most_that_is_alive(statements: list[str], end: list[str]) -> None:
    graph = graph_of(arch(*statements, *end, x="4x9x9"))
    for batch in (1, 3):
        report = analyze(graph, Setup(batch=batch, optimizer="sgd"))
        assert report.memory is not None
        log_probabilities = 4 * batch * 3
        untrained = any("step" in line and "{" not in line for line in statements[:2])
        images = 0 if untrained else 4 * batch * count(graph.input.output)
        assert report.memory.train - log_probabilities == peak(graph, batch) + images, batch


@pytest.mark.parametrize(
    "statements",
    [
        ["conv(4, 3)", "step"],
        ["conv(4, 3)", "conv(4, 3)", "step", "conv(3, 3)", "conv(5, 3)"],
        ["conv(4, 3)", "step", "conv(3, 3, trainable=false)", "relu"],
        ["conv(4, 3)", "add { | step | identity }"],
        ["conv(4, 3)", "sign"],
    ],
    ids=" ; ".join,
)
def test_products_of_a_step_behind_what_has_no_gradient(statements: list[str]) -> None:
    """torch's counter of floating point operations, two a multiply-add."""
    graph = graph_of(arch(*statements, "linear(3)", x="3x9x9"))
    module = compile_graph(graph).train()
    with FlopCounterMode(display=False) as counter:
        module(torch.randn(2, *graph.input.output)).sum().backward()
    said = analyze(graph, Setup(batch=2)).number("", "macs.train")
    assert 2 * said == counter.get_total_flops()
