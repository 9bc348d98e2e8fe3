"""A report as plain data for programs: the `data` of `archspec analyze --format json`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.analysis import (
    CONVENTION,
    EXCLUDES,
    UNITS,
    VIEWS,
    feature_split,
    input_ranges,
    largest_batch,
    layer_pattern,
    shared_with,
)
from archspec.ops import OP_KINDS, Shape
from archspec.rendering.cells import plain_number
from archspec.rendering.networks import ratio
from archspec.rendering.sheet import Layout, shown_rows
from archspec.schema import show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archspec.analysis import (
        Axis,
        Derivation,
        Detail,
        InputRange,
        Outcome,
        ReceptiveField,
        Report,
        Row,
        SideRange,
    )
    from archspec.errors import Json
    from archspec.graph import Node
    from archspec.ops import Term
    from archspec.schema import HeadSpec, MetricValue

_COMPARED = ("params", "macs", "flops", "activations")
_COUNTS = ("buffers", "connections", "units", "macs", "flops", "activations")


def report_data(report: Report, layout: Layout | None = None) -> dict[str, Json]:
    """One element of `data.reports`; integers exact, keys in the order of the schema.

    Its rows are those of the layout, sorted and cut; they always have every column.
    """
    layout, ranges, only = layout or Layout(), _ranges(report), report.graph.input
    return {
        "convention": CONVENTION,
        "setup": {
            "arch": report.graph.name,
            "input": _shape(report.graph.input.output),
            "inputs": [
                {"path": node.path, "shape": _shape(node.output)} for node in report.graph.inputs
            ],
            "batch": report.setup.batch,
            "mode": report.setup.mode,
            "dtype": report.setup.dtype,
            "optimizer": report.optimizer,
        },
        "totals": {**_totals(report, ""), "ops": _ops(report, None)},
        "views": {view.name: _view(report, view.name, view.unit) for view in VIEWS},
        "depth": _depth(report),
        "sharing": _number(report.value("", "sharing")),
        "input_range": ranges.get(only.path) if len(report.graph.inputs) == 1 else None,
        "input_ranges": ranges,
        "memory": _memory(report, layout.budget),
        "split": _split(report),
        "pattern": _pattern(report),
        "rows": [_row(report, row, layout.detail) for row in shown_rows(report, layout)],
        "heads": [_head(report, head) for head in report.graph.spec.heads],
        "expectations": [_expectation(outcome) for outcome in report.outcomes],
    }


def networks_data(reports: Sequence[Report]) -> Json:
    """`data.networks`: every network beside the first; `ratio` is to that."""
    return [
        {
            "name": report.graph.name,
            **{
                metric: {
                    **_group(report, "", metric),
                    "ratio": ratio(report, reports[0], metric),
                }
                for metric in _COMPARED
            },
            "depth": _depth(report),
            "rf": list(size) if (size := report.field("").size) else None,
            "rf_status": report.field("").status,
        }
        for report in reports
    ]


def _depth(report: Report) -> Json:
    """The three conventions; None where a shape is not known."""
    if any(node.io is None for node in report.graph.nodes.values()):
        return None
    depth = report.depth
    return {"weighted": depth.weighted, "trainable": depth.trainable, "stages": depth.stages}


def _view(report: Report, name: str, unit: str) -> Json:
    quantity = report.quantity("", f"view.{name}")
    value = quantity.value if quantity.known else None
    return {"value": value, "unit": unit, "status": quantity.status}


def _memory(report: Report, budget: int | None) -> Json:
    """Bytes of the trunk, and the largest batch that trains in a budget."""
    memory = report.memory
    if memory is None:
        return None
    return {
        "params_bytes": memory.params,
        "activations_bytes": memory.activations,
        "infer_bytes": memory.infer,
        "infer_peak_bytes": memory.peak,
        "infer_peak_inplace_bytes": memory.peak_in_place,
        "saved_bytes": memory.saved,
        "saved_shared_bytes": memory.saved_shared,
        "train_bytes": memory.train,
        "train_simple_bytes": memory.train_simple,
        "excludes": list(EXCLUDES),
        "fit": None if budget is None else _fit(report, budget),
    }


def _fit(report: Report, budget: int) -> Json:
    batch = largest_batch(report.graph, report.setup, report.optimizer, budget)
    return {"budget_bytes": budget, "batch": batch}


def _ranges(report: Report) -> dict[str, Json]:
    """Both questions for each input; without those that are no map, or where a shape is unknown."""
    graph, mode = report.graph, report.setup.mode
    build, run = input_ranges(graph, "build", mode), input_ranges(graph, "run", mode)
    return {
        entry: {"build": _sides(build.get(entry)), "run": _sides(sides)}
        for entry, sides in run.items()
    }


def _sides(found: InputRange | None) -> Json:
    return None if found is None else {"h": _side(found.height), "w": _side(found.width)}


def _side(side: SideRange) -> Json:
    return {
        "min": side.smallest,
        "max": side.largest,
        "period": side.period,
        "residues": list(side.residues),
        "exceptions": list(side.exceptions),
        "binding_min": side.binds_below or None,
        "binding_max": side.binds_above or None,
    }


def _split(report: Report) -> Json:
    """Parameters before and behind the last map; None where there is no such cut."""
    split = feature_split(report.graph)
    if split is None:
        return None
    params = report.numbers["params"]
    features, classifier = (
        sum(params[node.path] or 0 for node in part) for part in (split.features, split.classifier)
    )
    return {
        "features": {"params": features},
        "classifier": {"params": classifier, "first": split.first.path},
    }


def _pattern(report: Report) -> Json:
    pattern = layer_pattern(report.graph)
    if pattern is None:
        return None
    return {
        "text": str(pattern),
        "stages": [
            {"convolutions": stage.convolutions, "pooled": stage.pooled, "times": stage.times}
            for stage in pattern.stages
        ],
        "hidden": pattern.hidden,
        "output": pattern.output,
        "activation": pattern.activation,
    }


def _totals(report: Report, path: str) -> dict[str, Json]:
    """Every metric that adds up; operations and views have keys of their own."""
    names = (name for name in report.numbers if not name.startswith(("ops.", "view.")))
    return {name: _group(report, path, name) for name in names}


def _group(report: Report, path: str, metric: str) -> dict[str, Json]:
    quantity = report.quantity(path, metric)
    return {
        "value": quantity.value if quantity.known or not quantity.nodes else None,
        "unit": UNITS[metric],
        "status": quantity.status,
        "known_nodes": quantity.known,
        "nodes": quantity.nodes,
    }


def _ops(report: Report, row: Row | None) -> dict[str, Json]:
    def of(kind: str) -> int | None:
        metric = f"ops.{kind}"
        return report.number("", metric) if row is None else _sum(report, row, metric)

    return {kind: of(kind) for kind in OP_KINDS}


def _sum(report: Report, row: Row, metric: str) -> int | None:
    values = [report.numbers[metric][node.path] for node in row.members]
    return None if None in values else sum(value or 0 for value in values)


def _row(report: Report, row: Row, detail: Detail) -> dict[str, Json]:
    """A row; one that gathers nodes of several places has sums and nothing else."""
    known = all(node.io for node in row.members)
    statement = row.statement
    tags = statement.tags if statement else {}
    counts: dict[str, Json] = {name: _sum(report, row, name) for name in _COUNTS}
    return {
        "path": row.path,
        "op": None if row.more else row.anchor.op.name,
        "level": "more" if row.more else detail,
        "group": statement.path if statement else None,
        "stage": show(tags["stage"]) if "stage" in tags else None,
        "repeat": row.repeat,
        "nodes": [node.path for node in row.members],
        **_place(row),
        "params": {
            "trainable": _sum(report, row, "params"),
            "fixed": _sum(report, row, "params.fixed"),
            "weights": _sum(report, row, "params.weights"),
            "bias": _sum(report, row, "params.bias"),
            "shared_with": list(shared_with(report.graph, row.members)),
        },
        "ops": _ops(report, row),
        **counts,
        "saved_bytes": _sum(report, row, "saved"),
        "rf": None if row.more else _field(report.fields[row.members[-1].path]),
        "remainder": None if row.more else _remainder(row.anchor),
        "span": None if row.more else _span(row),
        "status": "complete" if known else "unavailable",
    }


def _place(row: Row) -> dict[str, Json]:
    """Shapes that enter and leave, and the arguments of the operator that makes the row."""
    if row.more:
        return {"in": None, "out": None, "attrs": {}}
    first = row.members[0].io
    return {
        "in": [_shape(shape) for shape in first.inputs] if first else None,
        "out": _shape(row.output),
        "attrs": {name: plain(value) for name, value in dict(row.anchor.op).items()},
    }


def _head(report: Report, head: HeadSpec) -> dict[str, Json]:
    """What a head adds; its numbers are not in the totals."""
    return {
        "name": head.name,
        "phase": head.phase,
        "loss_weight": float(head.loss_weight),
        "totals": _totals(report, head.name),
    }


def _shape(shape: Shape | None) -> Json:
    return list(shape) if shape else None


def plain(value: object) -> Json:
    """An argument as JSON: exact integers, other numbers as text, tables by name."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return getattr(value, "name", None) or show(value)


def _field(field: ReceptiveField) -> Json:
    return {
        "y": _axis(field.y),
        "x": _axis(field.x),
        "status": field.status,
        "global_context": field.global_context,
        "reason": field.reason or None,
    }


def _axis(axis: Axis | None) -> Json:
    if axis is None:
        return None
    return {
        "size": axis.size,
        "least": axis.least,
        "jump": plain_number(axis.jump),
        "start": axis.start,
        "centre": plain_number(axis.centre),
        "period": axis.period,
    }


def _remainder(node: Node) -> Json:
    """Rows and columns no window reads; None without a window."""
    window = node.op.window(node.io.x) if node.io and node.inputs else None
    if window is None or node.io is None:
        return None
    return [window.unread(axis, node.io.x[axis + 1]) for axis in (0, 1)]


def _span(row: Row) -> Json:
    span = row.statement.span if row.statement else row.members[0].span
    start, end = span.location, span.end_location
    return {
        "file": span.source.name,
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
    }


def _expectation(outcome: Outcome) -> dict[str, Json]:
    spec, computed = outcome.spec, outcome.computed
    return {
        "path": spec.path,
        "metric": spec.metric,
        "op": spec.comparison,
        "declared": spec.written,
        "computed": _number(computed),
        "result": outcome.result,
        "cite": spec.cite,
        "place": spec.place,
    }


def _number(value: MetricValue | None) -> Json:
    """Exact integers; a ratio as its nearest float; a shape as its sides."""
    if isinstance(value, tuple):
        return [_number(side) for side in value]
    return value if value is None or isinstance(value, int) else float(value)


def derivation_data(derivation: Derivation) -> dict[str, Json]:
    """One element of the `data.derivations` of `archspec explain --format json`."""
    value = derivation.value
    return {
        "path": derivation.path,
        "metric": derivation.metric,
        "value": _number(value),
        "unit": derivation.unit,
        "terms": [_term(term) for term in derivation.terms],
        "steps": [_term(term) for term in derivation.steps],
        "remark": derivation.remark,
        "notes": list(derivation.notes),
        "at_most": derivation.at_most,
        "expectations": [_expectation(outcome) for outcome in derivation.outcomes],
    }


def _term(term: Term) -> Json:
    return {
        "label": term.label,
        "text": str(term.amount),
        "value": term.amount.value,
        "note": term.note,
    }
