"""A report as a table for people: one row a layer, exact numbers, totals of the rows shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.ops import written

if TYPE_CHECKING:
    from rich.table import Table

    from archspec.analysis import Detail, Report, Row
    from archspec.ops import Shape

# Metric -> column header.
_NUMBERS = {"params": "params", "connections": "connections", "macs": "MACs"}


def heading(report: Report) -> str:
    """The line above a table: which network, on what, counted how."""
    spec, setup = report.graph.spec, report.setup
    title = f' "{spec.title}"' if spec.title else ""
    entry = report.graph.input.output
    shape = written(entry) if entry else "?"
    how = f"batch {setup.batch}, {setup.mode}, {setup.dtype}"
    return f"{spec.name}{title}   input {shape}   {how}"


def table(report: Report, detail: Detail = "stage") -> Table:
    """The numbers, one row a statement (`stage`) or a node (`op`), and their totals."""
    from rich.table import Table

    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    made.add_column("layer", no_wrap=True)
    made.add_column("maps@size", no_wrap=True)
    metrics = _metrics(report)
    for metric in metrics:
        made.add_column(_NUMBERS[metric], justify="right", no_wrap=True)
    made.add_column("rf", justify="right", no_wrap=True)
    for row in report.rows(detail):
        cells = (_number(report, row, metric) for metric in metrics)
        made.add_row(row.path, maps_at_size(row.output), *cells, receptive_field(report, row))
    totals = (_total(report, metric) for metric in metrics)
    made.add_row("total", "", *totals, "", style="bold")
    return made


def _metrics(report: Report) -> tuple[str, ...]:
    """Connections are the count of the early papers: shown where their operators occur."""
    early = any(node.op.counts_connections for node in report.graph.nodes.values())
    return ("params", "connections", "macs") if early else ("params", "macs")


def maps_at_size(shape: Shape | None) -> str:
    """`6@28x28`, as papers write feature maps; a vector is its length.

    >>> maps_at_size((6, 28, 28)), maps_at_size((84,)), maps_at_size(None)
    ('6@28x28', '84', '?')
    """
    if shape is None:
        return "?"
    return f"{shape[0]}@{written(shape[1:])}" if len(shape) > 1 else str(shape[0])


def _number(report: Report, row: Row, metric: str) -> str:
    known = [report.numbers[metric][node.path] for node in row.members]
    return _bounded(sum(value or 0 for value in known), complete=None not in known)


def _total(report: Report, metric: str) -> str:
    quantity = report.quantity("", metric)
    return _bounded(quantity.value, complete=quantity.status == "complete")


def _bounded(value: int, *, complete: bool) -> str:
    """A number; `>=` in front of what is only known in part."""
    return f"{value:,}" if complete else f">= {value:,}"


def receptive_field(report: Report, row: Row) -> str:
    """`14x14`; `all` where every output sees the whole input."""
    field = report.fields[row.members[-1].path]
    if field.size:
        return written(field.size)
    return "all" if field.status == "whole_input" else "?"


def expectations_line(report: Report) -> str:
    """`expectations: 4 of 4 hold`, with what became of the others; "" without any."""
    results = [outcome.result for outcome in report.outcomes]
    if not results:
        return ""
    line = f"expectations: {results.count('holds')} of {len(results)} hold"
    others = ("fails", "disputed", "skipped")
    rest = [f"{results.count(kind)} {_VERBS[kind]}" for kind in others if kind in results]
    return ", ".join((line, *rest))


_VERBS = {"fails": "failed", "disputed": "disputed", "skipped": "skipped"}
