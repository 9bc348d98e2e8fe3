"""Several networks in one table: a row each, with the ratio to the first."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from archspec.analysis import Report, Row
from archspec.rendering.cells import field_legend
from archspec.rendering.columns import Column, column
from archspec.rendering.sheet import Line, Sheet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archspec.errors import Json

_COLUMNS = ("input", "params", "macs", "depth", "rf")

_OF_FIELDS = ("rf", "jump", "start", "centre", "rf.jump", "rf.start")
_SMALL = 0.1


def with_views(columns: Sequence[str], views: Sequence[str]) -> tuple[str, ...]:
    """The columns asked for, or the usual ones, and those of views."""
    return (*(columns or _COLUMNS), *(f"view.{view}" for view in views))


def networks_heading(reports: Sequence[Report]) -> str:
    """The line above the table: how all of them are counted."""
    setup = reports[0].setup
    counted = f"{len(reports)} {'networks' if len(reports) > 1 else 'network'}"
    return f"{counted}   batch {setup.batch}, {setup.mode}, {setup.dtype}"


def networks_sheet(reports: Sequence[Report], columns: Sequence[str] = (), sort: str = "") -> Sheet:
    """A row a network; behind each number that adds up, its ratio to the first network's.

    Args:
        reports: the first is what the others are compared with, wherever it stands.
        columns: names; the usual ones if empty.
        sort: the column whose largest values come first; "" for the order given.
    """
    chosen = _chosen(columns)
    names = network_names(reports)
    lines = [_line(report, reports[0], chosen, names) for report in _sorted(reports, sort)]
    headers, right = ["network"], [False]
    for made in chosen:
        headers += [made.header, "ratio"] if made.metric else [made.header]
        right += [True, True] if made.metric else [made.right]
    told = [report.field("") for report in reports if "rf" in headers]
    return Sheet(tuple(headers), tuple(right), tuple(lines), tuple(field_legend(told)))


def network_records(
    reports: Sequence[Report], columns: Sequence[str] = (), sort: str = ""
) -> list[dict[str, Json]]:
    """The same rows for programs."""
    chosen, names = _chosen(columns), network_names(reports)
    return [
        {"network": names[id(report)], **_record(report, reports[0], chosen)}
        for report in _sorted(reports, sort)
    ]


def network_names(reports: Sequence[Report]) -> Mapping[int, str]:
    """What each report's network is called, with its file where another has that name, by id."""
    often = Counter(report.graph.name for report in reports)
    return {
        id(report): f"{name} ({report.graph.spec.source.name})" if often[name] > 1 else name
        for report in reports
        for name in (report.graph.name,)
    }


def _record(report: Report, first: Report, columns: Sequence[Column]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for made in columns:
        found |= dict(zip(made.names, _plain(report, made), strict=True))
        if made.metric:
            found[f"{made.names[0]}_ratio"] = ratio(report, first, made.metric)
    return found


def ratio(report: Report, first: Report, metric: str) -> float | None:
    """How often the first network's number goes into this one's; None where that is not known."""
    part, whole = report.number("", metric), first.number("", metric)
    return round(part / whole, 6) if part is not None and whole else None


def _chosen(names: Sequence[str]) -> tuple[Column, ...]:
    found = (column(name) for name in with_views(names, ()) if name != "path")
    return tuple(made for made in found if made is not None)


def _sorted(reports: Sequence[Report], sort: str) -> Sequence[Report]:
    made = column(sort) if sort else None
    if made is None or made.order is None:
        return reports
    order = made.order
    keys = {id(report): order(report, _row(report, made)) or 0 for report in reports}
    return sorted(reports, key=lambda report: keys[id(report)], reverse=True)


def _line(
    report: Report, first: Report, columns: Sequence[Column], names: Mapping[int, str]
) -> Line:
    texts = [names[id(report)]]
    for made in columns:
        texts.append(made.text(report, _row(report, made)))
        if made.metric:
            times = ratio(report, first, made.metric)
            texts.append(_times(times))
    return Line(tuple(texts))


def _times(times: float | None) -> str:
    """`2.27x`; two digits also of the smallest.

    >>> _times(2.2695), _times(0.0026), _times(None)
    ('2.27x', '0.0026x', '?')
    """
    if times is None:
        return "?"
    return f"{times:.2f}x" if times >= _SMALL else f"{times:.2g}x"


def _plain(report: Report, made: Column) -> tuple[Json, ...]:
    return made.plain(report, _row(report, made))


def _row(report: Report, made: Column) -> Row:
    """A network as a row: its trunk up to its output; for receptive fields up to its last map."""
    trunk = report.graph.trunk
    last = report.last_map if made.name in _OF_FIELDS else report.graph.output
    members = (*(node for node in trunk if node is not last), last)
    return Row(report.graph.name, members, None)
