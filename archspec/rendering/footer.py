"""What is said around a table: the setup above it, the facts of the whole network below it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from archspec.analysis import (
    EXCLUDES,
    VIEWS,
    feature_split,
    input_ranges,
    largest_batch,
    layer_pattern,
)
from archspec.ops import written
from archspec.rendering import cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archspec.analysis import InputRange, Question, Report, SideRange

QUESTIONS: tuple[Question, ...] = ("build", "run")
_FEW = 3  # names of a list that are told
_VERBS = {"fails": "failed", "disputed": "disputed", "skipped": "skipped"}


def heading(report: Report) -> str:
    """The line above a table: which network, on what, counted how."""
    spec, setup = report.graph.spec, report.setup
    title = f' "{spec.title}"' if spec.title else ""
    how = f"batch {setup.batch}, {setup.mode}, {setup.dtype}"
    return f"{spec.name}{title}   {_entries(report)}   {how}"


def _entries(report: Report) -> str:
    """`input 3x32x32`; with their names where there are several."""
    entries = report.graph.inputs
    shapes = [written(node.output) if node.output else "?" for node in entries]
    if len(entries) == 1:
        return f"input {shapes[0]}"
    named = (f"{node.path} {shape}" for node, shape in zip(entries, shapes, strict=True))
    return f"inputs {', '.join(named)}"


def footer_lines(
    report: Report,
    views: Iterable[str] = (),
    width: int = 100,
    budget: int | None = None,
    *,
    brief: bool = False,
) -> tuple[str, ...]:
    """The lines below a table; what is not known, or does not apply, has none.

    Args:
        report: of one network.
        views: ways of other tools to count, told with their definitions.
        width: where definitions wrap.
        budget: bytes that a training step may take; None if nobody asked.
        brief: whether only the expectations are told, and what fits in the budget.
    """
    always = () if brief else (*facts(report), *_views(report, views))
    lines = (*always, *_fit_line(report, budget), expectations_line(report))
    return tuple(
        wrapped
        for line in lines
        for wrapped in textwrap.wrap(
            line, max(width, 20), subsequent_indent="  ", break_on_hyphens=False
        )
    )


def facts(report: Report) -> Iterator[str]:
    """Depth, input range, memory, split, sharing and pattern, a line each."""
    graph, depth = report.graph, report.depth
    known = sum(node.io is not None for node in graph.nodes.values())
    if known < len(graph.nodes):
        yield f"partial: the shapes of {known:,} of {len(graph.nodes):,} nodes are known"
    else:
        units = f"{depth.trainable} (also subsample, rbf)"
        yield f"depth: {depth.weighted} (conv, linear), {units}, {depth.stages} (strides)"
    yield from _input_line(report)
    yield from _memory_line(report)
    yield from _split_line(report)
    yield from _shared_line(report)
    connections, params = report.number("", "connections"), report.number("", "params")
    if any(node.op.counts_connections for node in graph.nodes.values()) and connections and params:
        ratio = connections / params
        yield f"sharing: {connections:,} connections / {params:,} params = {ratio:.2f}"
    pattern = layer_pattern(graph)
    if pattern is not None:
        yield f"pattern: {pattern}"


def expectations_line(report: Report) -> str:
    """`expectations: 4 of 4 hold`, with what became of the others; "" without any."""
    results = [outcome.result for outcome in report.outcomes]
    if not results:
        return ""
    line = f"expectations: {results.count('holds')} of {len(results)} hold"
    others = ("fails", "disputed", "skipped")
    rest = [f"{results.count(kind)} {_VERBS[kind]}" for kind in others if kind in results]
    return ", ".join((line, *rest))


def _input_line(report: Report) -> Iterator[str]:
    """A line an input map; the other inputs then have their declared sides."""
    graph, mode = report.graph, report.setup.mode
    build, run = (input_ranges(graph, question, mode) for question in QUESTIONS)
    for entry in run:
        several = f" {entry}, others as declared" if len(graph.inputs) > 1 else ""
        sides = _range_text(run[entry])
        if entry not in build:
            ends = f"runs at {sides}, where it builds is not known"
        elif (other := _range_text(build[entry])) == sides:
            ends = f"builds and runs at {sides}"
        else:
            ends = f"builds at {other}, runs at {sides}"
        yield f"input{several}: {ends}"


def _memory_line(report: Report) -> Iterator[str]:
    if report.memory is not None:
        how = f"batch {report.setup.batch}, {report.optimizer}"
        infer, train = report.memory.infer, report.memory.train
        yield f"memory: {infer:,} bytes to infer, {train:,} to train ({how})"
        plain, shared = report.memory.saved, report.memory.saved_shared
        if shared < plain:
            what = "bytes saved for backward, with one buffer a dense block"
            yield f"shared storage: {shared:,} instead of {plain:,} {what}"


def _fit_line(report: Report, budget: int | None) -> Iterator[str]:
    """The largest batch in a budget, and what nobody counts here."""
    if budget is None or report.memory is None:
        return
    batch = largest_batch(report.graph, report.setup, report.optimizer, budget)
    most = f"a batch of {batch:,} trains" if batch else "not even one sample trains"
    without = ", ".join(EXCLUDES)
    yield f"fit: {most} in {budget:,} bytes with {report.optimizer}, without {without}"


def _range_text(found: InputRange) -> str:
    """Rows and columns apart where they differ."""
    height, width = _side_text(found.height), _side_text(found.width)
    return height if found.height == found.width else f"{height} rows x {width} columns"


def _side_text(side: SideRange) -> str:
    """`32..35 (C5.conv and F6.linear bind)`: the nodes that refuse one less and one more."""
    ends = dict.fromkeys(path for path in (side.binds_below, side.binds_above) if path)
    return f"{side} ({' and '.join(ends)} bind{'s' * (len(ends) == 1)})" if ends else str(side)


def _split_line(report: Report) -> Iterator[str]:
    split = feature_split(report.graph)
    if split is None or report.number("", "params") is None:
        return
    features, classifier = (
        sum(report.numbers["params"][node.path] or 0 for node in part)
        for part in (split.features, split.classifier)
    )
    whole = features + classifier
    yield (
        f"split: features {features:,} params ({cells.percent(features, whole)}), "
        f"classifier from {split.first.path} on {classifier:,} ({cells.percent(classifier, whole)})"
    )


def _shared_line(report: Report) -> Iterator[str]:
    """`shared weights: b, c use those of a`; beyond a few owners how many there are."""
    graph = report.graph
    users: dict[str, list[str]] = {}
    for path, node in graph.nodes.items():
        if node.spec.shares:
            users.setdefault(graph.weights_of(path), []).append(path)
    if not users:
        return
    told = [f"{_some(paths)} those of {owner}" for owner, paths in users.items()]
    more = [f"{len(told) - _FEW} owners more"] if len(told) > _FEW + 1 else []
    shown = told[:_FEW] if more else told
    yield f"shared weights: {'; '.join((*shown, *more))}"


def _some(paths: list[str]) -> str:
    """`b and c use`, or `b, c, d and 5 others use`."""
    if len(paths) > _FEW + 1:
        return f"{', '.join(paths[:_FEW])} and {len(paths) - _FEW} others use"
    *most, last = paths
    return f"{', '.join(most)} and {last} use" if most else f"{last} uses"


def _views(report: Report, names: Iterable[str]) -> Iterator[str]:
    by_name = {view.name: view for view in VIEWS}
    for name in names:
        view, total = by_name[name], report.quantity("", f"view.{name}")
        yield f"view {name}: {cells.bounded(total)} {view.unit} = {view.sentence}"
