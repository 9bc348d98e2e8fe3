"""A report as a sheet of cells: what all forms of a table show, before any form is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from archspec.analysis import By, Detail, ranked
from archspec.rendering import cells
from archspec.rendering.columns import (
    Column,
    column,
    default_columns,
    path_text,
    share_columns,
    shown_fields,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archspec.analysis import Report, Row
    from archspec.errors import Json

_FIRST = {"stage": "layer", "block": "block", "layer": "layer", "op": "node"}


@dataclass(frozen=True, slots=True)
class Layout:
    """Which rows and columns are wanted.

    Args:
        detail: what a row is.
        columns: names in order; the usual ones if empty. The path always comes first.
        sort: the column whose largest values come first; "" for the order of the network.
        top: how many rows are shown; one more then stands for the others.
        views: ways of other tools to count, a column each.
        blocks: whether bars may use block characters.
        budget: bytes that a training step may take; None if nobody asked.
        by: what gathers nodes in a row, in place of a detail; None for rows by place.
    """

    detail: Detail = "stage"
    columns: tuple[str, ...] = ()
    sort: str = ""
    top: int | None = None
    views: tuple[str, ...] = ()
    blocks: bool = False
    budget: int | None = None
    by: By | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a sheet; a strong one is a total."""

    cells: tuple[str, ...]
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """Cells of text.

    Args:
        headers: one for each column; "" above bars, which give way first where room is short.
        right: whether the cells of a column end below one another.
        lines: from the top.
        notes: what marks in the cells mean.
    """

    headers: tuple[str, ...]
    right: tuple[bool, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()


def report_sheet(report: Report, layout: Layout | None = None) -> Sheet:
    """The rows of a report, their total, its heads, and the total with heads."""
    layout = layout or Layout()
    columns = chosen_columns(report, layout)
    lines = [Line(_texts(report, row, columns)) for row in shown_rows(report, layout)]
    total = [_summed(report, made, report.rows()) for made in columns[1:]]
    lines += [Line(("total", *total), strong=True)] if any(total) else []
    heads = report.head_rows()
    lines += [Line((f"{row.path} (head)", *_of_head(report, row, columns)[1:])) for row in heads]
    if heads and any(total):
        everything = (*report.rows(), *heads)
        sums = (_summed(report, made, everything) for made in columns[1:])
        lines.append(Line(("with heads", *sums), strong=True))
    first = layout.by or _FIRST[layout.detail]
    headers = (first, *(made.header for made in columns[1:]))
    right = tuple(made.right for made in columns)
    return Sheet(headers, right, tuple(lines), _notes(report, layout, columns))


def _notes(report: Report, layout: Layout, columns: Iterable[Column]) -> tuple[str, ...]:
    """What is to be said of the receptive fields shown."""
    if all(made.name != "rf" for made in columns):
        return ()
    rows = (*shown_rows(report, layout), *report.head_rows())
    return tuple(cells.field_legend(field for row in rows for field in shown_fields(report, row)))


def records(report: Report, layout: Layout) -> list[dict[str, Json]]:
    """The same rows for programs: plain values by CSV name, heads marked, no totals."""
    columns = chosen_columns(report, layout)
    found = [_plain(report, row, columns) for row in shown_rows(report, layout)]
    heads = report.head_rows()
    if not heads:
        return found
    alone = [(row.path, _plain(report, row, columns)) for row in heads]
    for _, record in alone:
        record.update({name: None for name in record if name == "share_percent"})
    return [
        *({**record, "head": None} for record in found),
        *({**record, "head": head} for head, record in alone),
    ]


def chosen_columns(report: Report, layout: Layout) -> tuple[Column, ...]:
    """The columns in order: the path, what was asked for, shares of what is sorted by, views."""
    usual = default_columns(report, gathered=layout.by is not None)
    names = [name for name in layout.columns or usual if name not in ("path", layout.by)]
    order = column(layout.sort) if layout.sort else None
    shared = order.metric if order and order.metric else ""
    if "share" not in names and (shared or layout.sort == "share"):
        names.append("share")
    made = [column(name) for name in ("path", *names, *(f"view.{view}" for view in layout.views))]
    whole = order if order and shared else column("macs")
    title = "" if whole is None or whole.name in names else f"share of {whole.header}"
    share = share_columns(shared or "macs", blocks=layout.blocks, title=title)
    return tuple(chain.from_iterable(share if each is None else (each,) for each in made))


def shown_rows(report: Report, layout: Layout) -> tuple[Row, ...]:
    """The rows of the trunk, sorted and cut as asked for; they add up to its totals."""
    rows = report.rows_by(layout.by) if layout.by else report.rows(layout.detail)
    if not layout.sort and layout.top is None:
        return rows
    by = column(layout.sort) or column("macs")
    order = by.order if by else None
    return ranked(rows, lambda row: order(report, row) if order else None, layout.top)


def _texts(report: Report, row: Row, columns: Iterable[Column]) -> tuple[str, ...]:
    return tuple(
        path_text(row) if made.name == "path" else made.text(report, row) for made in columns
    )


def _of_head(report: Report, row: Row, columns: Sequence[Column]) -> tuple[str, ...]:
    """The cells of a head; it has no share of a total it is not part of."""
    texts = zip(columns, _texts(report, row, columns), strict=True)
    return tuple("" if made.name in ("share", "") else text for made, text in texts)


def _plain(report: Report, row: Row, columns: Iterable[Column]) -> dict[str, Json]:
    return {
        name: value
        for made in columns
        for name, value in zip(made.names, made.plain(report, row), strict=True)
    }


def _summed(report: Report, made: Column, rows: Iterable[Row]) -> str:
    return cells.bounded(report.sum_of(rows, made.metric)) if made.metric else ""
