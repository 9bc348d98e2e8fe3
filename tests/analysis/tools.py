"""What other programs print of a network, worked out of what the analyzer says.

Each rule is exact. Where the module they were given is not quite the network of the zoo, or where
a program misses something, the difference stands in DEVIATIONS by its number.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from archspec.analysis import Report, Setup, analyze, input_range
from archspec.graph import load
from archspec.ops import count

if TYPE_CHECKING:
    from collections.abc import Callable

    from archspec.analysis import Memory
    from archspec.analysis.side_rules import Question

BATCH = 32  # of the rows `.b32`


@cache
def report(model: str, batch: int = 1) -> Report:
    return analyze(load(f"zoo:{model}"), Setup(batch=batch))


def number(metric: str, times: int = 1) -> Callable[[str], int]:
    return lambda model: times * (report(model).number("", metric) or 0)


def memory(model: str, batch: int = 1) -> Memory:
    found = report(model, batch).memory
    assert found is not None
    return found


def side(model: str, question: Question, end: str) -> int:
    """A square answer, an end of the range."""
    found = input_range(report(model).graph, question)
    assert found is not None
    assert found.height == found.width
    limit = found.height.smallest if end == "min" else found.height.largest
    assert limit is not None
    return limit


def elements(model: str, *, read: bool = False, **wanted: str) -> int:
    """Elements that nodes of this `name` or `role` write, or read, for one image."""
    nodes = [
        node
        for node in report(model).graph.trunk
        if all(getattr(node.op, key) == value for key, value in wanted.items())
    ]
    return sum(count(node.io.x if read else node.io.output) for node in nodes)


def norms(model: str) -> int:
    return sum(node.op.name == "bn" for node in report(model).graph.trunk)


def tracked(model: str) -> int:
    """The peak as torch's MemTracker sees it.

    It does not know the images and their classes, which were there before, and holds the scores
    or their log-probabilities but not both; torch keeps an int64 of steps for every bn.
    """
    graph = report(model).graph
    images, scores = count(graph.input.output), count(graph.output.output)
    unseen = BATCH * (4 * images + 8 + 4 * scores)
    return memory(model, BATCH).train - unseen + 8 * norms(model)


# Quantity -> what the analyzer's numbers make of it.
TOOLS: dict[str, Callable[[str], int]] = {
    "input.build.min": lambda model: side(model, "build", "min"),
    "input.run.min": lambda model: side(model, "run", "min"),
    "input.run.max": lambda model: side(model, "run", "max"),
    "saved_bytes.b1": lambda model: memory(model).saved,
    "saved_bytes.b32": lambda model: memory(model, BATCH).saved,
    "memtracker.b32.param": number("params", 4),
    "memtracker.b32.opt": number("params", 4),
    "memtracker.b32.buffer": lambda model: (
        4 * number("buffers")(model)
        + 8 * (number("buffers.torch")(model) - number("buffers")(model))
    ),
    "memtracker.b32.total": tracked,
    "view.flopcounter.train": number("macs.train", 2),
    "view.keras.params": number("view.keras_params"),
    "view.calflops.flops": number("view.calflops"),
    "view.thop.params": number("params"),
    "view.torchinfo.fwd_bwd_bytes": number("view.torchinfo_pass"),
    # its default back end counts a ReLU and a pool twice: as a module and as a function
    "view.ptflops_pytorch": lambda model: (
        number("view.ptflops_aten")(model)
        + 2 * elements(model, name="bn")
        + 2 * elements(model, name="relu")
        + 2 * elements(model, role="pool", read=True)
    ),
    # calflops counts as this profiler does; here a softmax follows the scores
    "view.deepspeed.flops.b1024": lambda model: (
        1024 * (number("view.calflops")(model) + count(report(model).graph.output.output))
    ),
}


@dataclass(frozen=True, slots=True)
class Deviation:
    """A reference that differs by a known number.

    Args:
        models: first letters of the names of the networks.
        reason: what the other module has, or the program misses.
        added: quantity -> what it counts more than the network of the zoo, or (negative) less.
    """

    models: str
    reason: str
    added: dict[str, Callable[[str], int]]


def last_map(model: str) -> int:
    """Elements of what the global average pool reads."""
    return elements(model, name="global_avgpool", read=True)


def pooled_windows(model: str) -> int:
    """What thop counts for that pool: 7*7 + 1 an output."""
    return (7 * 7 + 1) * elements(model, name="global_avgpool")


DEVIATIONS = (
    Deviation(
        "vgg",
        "torchvision's has an adaptive pool from 512x7x7 to 512x7x7, the papers' networks none",
        {
            "view.fvcore": lambda _: 25_088,
            "view.thop": lambda _: (1 * 1 + 1) * 25_088,
            "view.calflops.flops": lambda _: 25_088,
            "view.ptflops_pytorch": lambda _: 2 * 25_088,
            "saved_bytes.b1": lambda _: 4 * 25_088,
            "saved_bytes.b32": lambda _: BATCH * 4 * 25_088,
        },
    ),
    Deviation(
        "densenet",
        "torchvision's calls its last relu and pool as functions: missed, or counted once",
        {
            "view.thop": lambda model: -pooled_windows(model),
            "view.ptflops_pytorch": lambda model: -2 * last_map(model),
        },
    ),
    Deviation(
        "googlenet_tv",
        "torchvision's calls every relu as a function, which is counted once",
        {"view.ptflops_pytorch": lambda model: -elements(model, name="relu")},
    ),
    Deviation(
        "dli_cnn",
        "worked out with `same` pads of every size's own; a compiled module has those of 28x28",
        {"input.run.min": lambda _: -3, "input.run.max": lambda _: -3},
    ),
    Deviation(
        "resnet18",
        "MemTracker's peak is 0.4 % above: one map of 512x7x7 more is alive than the order of the "
        "text needs",
        {"memtracker.b32.total": lambda _: BATCH * 4 * 512 * 7 * 7},
    ),
)


def deviation(model: str, quantity: str) -> int:
    """How much the recorded figure is above what the network of the zoo has."""
    return sum(
        each.added[quantity](model)
        for each in DEVIATIONS
        if model.startswith(each.models) and quantity in each.added
    )
