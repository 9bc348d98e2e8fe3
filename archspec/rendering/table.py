"""A report as a table for people: one row a layer, exact numbers, totals of the rows shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.ops import written

if TYPE_CHECKING:
    from rich.table import Table

    from archspec.analysis import Detail, Quantity, Report, Row
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
        made.add_row(row.path, *_cells(report, row, metrics))
    made.add_row("total", "", *_totals(report, metrics), "", style="bold")
    heads = report.head_rows()
    for row in heads:
        made.add_row(f"{row.path} (head)", *_cells(report, row, metrics))
    if heads:
        made.add_row("with heads", "", *_with_heads(report, metrics), "", style="bold")
    return made


def _cells(report: Report, row: Row, metrics: tuple[str, ...]) -> tuple[str, ...]:
    numbers = (_number(report, row, metric) for metric in metrics)
    return (maps_at_size(row.output), *numbers, receptive_field(report, row))


def _totals(report: Report, metrics: tuple[str, ...]) -> list[str]:
    return [_bounded(report.quantity("", metric)) for metric in metrics]


def _with_heads(report: Report, metrics: tuple[str, ...]) -> list[str]:
    """The totals of trunk and heads together: what is trained."""
    rows = (*report.rows(), *report.head_rows())
    return [_bounded(report.sum_of(rows, metric)) for metric in metrics]


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
    return _bounded(report.sum_of((row,), metric))


def _bounded(quantity: Quantity) -> str:
    """A number; `>=` in front of what is only known in part."""
    number = f"{quantity.value:,}"
    return number if quantity.status == "complete" else f">= {number}"


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
