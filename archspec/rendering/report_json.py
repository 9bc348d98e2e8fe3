"""A report as plain data for programs: the `data` of `archspec analyze --format json`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.analysis import CONVENTION, METRICS
from archspec.ops import OP_KINDS, Shape
from archspec.schema import show

if TYPE_CHECKING:
    from fractions import Fraction

    from archspec.analysis import Axis, Derivation, Detail, Outcome, Report, Row
    from archspec.errors import Json
    from archspec.graph import Node
    from archspec.schema import HeadSpec

_UNITS = {metric.name: metric.unit for metric in METRICS}
_OPS = tuple(f"ops.{kind}" for kind in OP_KINDS)
_TOTALS = tuple(name for name in _UNITS if name not in _OPS)
_COUNTS = ("buffers", "connections", "units", "macs", "flops", "activations")


def report_data(report: Report, detail: Detail = "stage") -> dict[str, Json]:
    """One element of `data.reports`; integers exact, keys in the order of the schema."""
    depth = report.depth
    return {
        "convention": CONVENTION,
        "setup": {
            "arch": report.graph.name,
            "input": _shape(report.graph.input.output),
            "batch": report.setup.batch,
            "mode": report.setup.mode,
            "dtype": report.setup.dtype,
        },
        "totals": {**{name: _total(report, name) for name in _TOTALS}, "ops": _ops(report, None)},
        "depth": {
            "weighted": depth.weighted,
            "trainable": depth.trainable,
            "stages": depth.stages,
        },
        "rows": [_row(report, row, detail) for row in report.rows(detail)],
        "heads": [_head(report, head) for head in report.graph.spec.heads],
        "expectations": [_expectation(outcome) for outcome in report.outcomes],
    }


def _total(report: Report, metric: str) -> dict[str, Json]:
    return _group(report, "", metric)


def _group(report: Report, path: str, metric: str) -> dict[str, Json]:
    quantity = report.quantity(path, metric)
    return {
        "value": quantity.value if quantity.known else None,
        "unit": _UNITS[metric],
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
    anchor = row.anchor
    known = all(node.io for node in row.members)
    first = row.members[0].io
    statement = row.statement
    tags = statement.tags if statement else {}
    counts: dict[str, Json] = {name: _sum(report, row, name) for name in _COUNTS}
    return {
        "path": row.path,
        "op": anchor.op.name,
        "level": detail,
        "group": statement.path if statement else None,
        "stage": show(tags["stage"]) if "stage" in tags else None,
        "nodes": [node.path for node in row.members],
        "in": [_shape(shape) for shape in first.inputs] if first else None,
        "out": _shape(row.output),
        "attrs": {name: plain(value) for name, value in dict(anchor.op).items()},
        "params": {
            "trainable": _sum(report, row, "params"),
            "fixed": _sum(report, row, "params.fixed"),
            "weights": _sum(report, row, "params.weights"),
            "bias": _sum(report, row, "params.bias"),
        },
        "ops": _ops(report, row),
        **counts,
        "rf": _field(report, row.members[-1]),
        "remainder": _remainder(anchor),
        "span": _span(row),
        "status": "complete" if known else "unavailable",
    }


def _head(report: Report, head: HeadSpec) -> dict[str, Json]:
    """What a head adds; its numbers are not in the totals."""
    return {
        "name": head.name,
        "phase": head.phase,
        "loss_weight": float(head.loss_weight),
        "totals": {name: _group(report, head.name, name) for name in _TOTALS},
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


def _field(report: Report, node: Node) -> Json:
    field = report.fields[node.path]
    return {"y": _axis(field.y), "x": _axis(field.x), "status": field.status}


def _axis(axis: Axis | None) -> Json:
    if axis is None:
        return None
    return {"size": axis.size, "jump": axis.jump, "start": axis.start}


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
        "computed": list(computed) if isinstance(computed, tuple) else _number(computed),
        "result": outcome.result,
        "cite": spec.cite,
        "place": spec.place,
    }


def _number(value: int | Fraction | None) -> Json:
    """Exact integers; a ratio as its nearest float."""
    return value if value is None or isinstance(value, int) else float(value)


def derivation_data(derivation: Derivation) -> dict[str, Json]:
    """One element of the `data.derivations` of `archspec explain --format json`."""
    value = derivation.value
    return {
        "path": derivation.path,
        "metric": derivation.metric,
        "value": list(value) if isinstance(value, tuple) else _number(value),
        "unit": derivation.unit,
        "terms": [
            {
                "label": term.label,
                "text": str(term.amount),
                "value": term.amount.value,
                "note": term.note,
            }
            for term in derivation.terms
        ],
        "remark": derivation.remark,
        "expectations": [_expectation(outcome) for outcome in derivation.outcomes],
    }
