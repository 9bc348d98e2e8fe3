"""The columns a report can have: what each is called, and its cells for people and programs."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from archspec.analysis import UNITS_OF_SUMS, Report, Row
from archspec.ops import OP_KINDS, written
from archspec.rendering import cells

if TYPE_CHECKING:
    from collections.abc import Callable

    from archspec.analysis import ReceptiveField
    from archspec.errors import Json
    from archspec.graph import Node
    from archspec.ops import Window

_METRICS = {"weights": "params.weights", "bias": "params.bias", "fixed": "params.fixed"}
_HEADERS = {"macs": "MACs", "flops": "FLOPs", "output": "maps@size", "saved": "saved bytes"}
_Pair = tuple[int | Fraction, int | Fraction]  # of rows and columns
_SEVERAL = 4  # kinds of operators that a cell names


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Args:
        name: after `--columns`.
        names: in CSV, with units where the name does not tell them; one for each plain value.
        text: a cell for people.
        plain: the same for programs; None where it is not known or there is none.
        metric: what adds up in it; "" if nothing does.
        order: what rows are sorted by; None if it is text.
        title: what stands above it, where its name alone does not say it.
    """

    name: str
    names: tuple[str, ...]
    text: Callable[[Report, Row], str]
    plain: Callable[[Report, Row], tuple[Json, ...]]
    metric: str = ""
    order: Callable[[Report, Row], int | Fraction | None] | None = None
    title: str = ""

    @property
    def header(self) -> str:
        """What stands above it."""
        return self.title or _HEADERS.get(self.name, self.name.removeprefix("view."))

    @property
    def right(self) -> bool:
        """Whether its cells end below one another, as numbers do."""
        return bool(self.metric or self.order)


def column(name: str) -> Column | None:
    """A column by name: one of `NAMES` but `share`, or any metric that adds up."""
    if name in _COLUMNS:
        return _COLUMNS[name]
    metric = _METRICS.get(name, name)
    return _counted(name, metric) if metric in UNITS_OF_SUMS and metric not in _ALONE else None


def share_columns(metric: str, *, blocks: bool, title: str = "") -> tuple[Column, Column]:
    """The share of a metric's total as a number, and as a bar without a name.

    Args:
        metric: one that adds up.
        blocks: whether the output can show block characters.
        title: what stands above it; "" for `share`.
    """

    def parts(report: Report, row: Row) -> tuple[int, int]:
        return report.sum_of((row,), metric).value, report.quantity("", metric).value

    def known(report: Report, row: Row) -> bool:
        return report.sum_of((row,), metric).status == "complete"

    def plain(report: Report, row: Row) -> tuple[Json, ...]:
        part, whole = parts(report, row)
        return (round(100 * part / whole, 2) if whole and known(report, row) else None,)

    share = Column(
        "share",
        ("share_percent",),
        lambda *row: cells.percent(*parts(*row)) if known(*row) else "?",
        plain,
        order=lambda *row: parts(*row)[0],
        title=title,
    )

    def drawn(report: Report, row: Row) -> str:
        return cells.bar(*parts(report, row), blocks=blocks) if known(report, row) else ""

    return share, Column("", (), drawn, lambda *_: ())


def default_columns(report: Report, *, gathered: bool) -> tuple[str, ...]:
    """Connections are the count of the early papers: shown where their operators occur.

    Args:
        report: of one network.
        gathered: whether a row gathers nodes of several places, which have no output of their own.
    """
    early = any(node.op.counts_connections for node in report.graph.nodes.values())
    counts = ("params", "connections", "macs") if early else ("params", "macs")
    return ("path", *counts, "share") if gathered else ("path", "output", *counts, "rf")


def quantity_text(report: Report, row: Row, *, metric: str) -> str:
    """A sum over a row, marked where it is only known in part."""
    return cells.bounded(report.sum_of((row,), metric))


def quantity(report: Report, row: Row, *, metric: str) -> int | None:
    """The same as a number; None where it is not wholly known."""
    found = report.sum_of((row,), metric)
    return found.value if found.status == "complete" else None


def shown_fields(report: Report, row: Row) -> tuple[ReceptiveField, ...]:
    """The receptive field in a cell of a row, if it has one."""
    return () if row.more else (report.fields[row.members[-1].path],)


def path_text(row: Row) -> str:
    """`conv2_x.2 x2`: where a row stands, and how many instances of a repeat it sums up."""
    return f"{row.path} x{row.repeat}" if row.repeat > 1 else row.path


def window_of(row: Row) -> tuple[Node, Window] | None:
    """The only sliding window of a row; None where there are several or none."""
    found = [
        (node, window)
        for node in row.members
        if node.io and node.inputs and (window := node.op.window(node.io.x))
    ]
    return found[0] if len(found) == 1 and not row.more else None


# --- kinds of columns ---------------------------------------------------------------------------


def _counted(name: str, metric: str) -> Column:
    """A metric that adds up; its unit is in the CSV name unless it is the name."""
    order = partial(quantity, metric=metric)
    unit = UNITS_OF_SUMS[metric].lower().replace(" ", "_").replace("-", "_")
    known = name.replace(".", "_")
    named = known if unit.rstrip("s") in known or known in _UNITLESS else f"{known}_{unit}"
    return Column(
        name,
        (named,),
        partial(quantity_text, metric=metric),
        lambda report, row: (order(report, row),),
        metric,
        order,
    )


def _worded(name: str, text: Callable[[Report, Row], str], csv: str = "") -> Column:
    """Text; an empty cell is no value."""

    def shown(report: Report, row: Row) -> str:
        return "" if row.more else text(report, row)

    return Column(name, (csv or name,), shown, lambda *given: (shown(*given) or None,))


def _windowed(name: str, text: Callable[[Node, Window], str], csv: str = "") -> Column:
    def shown(_: Report, row: Row) -> str:
        found = window_of(row)
        return text(*found) if found else ""

    return _worded(name, shown, csv)


def _operators(_: Report, row: Row) -> str:
    names = list(dict.fromkeys(node.op.name for node in row.members))
    return "+".join((*names[:_SEVERAL], "...") if len(names) > _SEVERAL else names)


def _input(_: Report, row: Row) -> str:
    """The shape that enters; of a network those of all its inputs."""
    io = row.members[0].io
    if io is None:
        return "?"
    entries = [node.output for node in row.members if not node.inputs]
    return ", ".join(written(shape) for shape in entries if shape) or written(io.x)


def _output(_: Report, row: Row) -> str:
    return "" if row.more else cells.maps_at_size(row.output)


def _shape(row: Row) -> str | None:
    return written(row.output) if row.output and not row.more else None


def _groups(_: Report, row: Row) -> str:
    groups = [getattr(node.op, "groups", None) for node in row.members]
    known = [number for number in groups if number is not None]
    return str(known[0]) if len(known) == 1 else ""


def _remainder(node: Node, window: Window) -> str:
    """Rows and columns no window reads."""
    assert node.io is not None, "it has a window"
    return written((window.unread(0, node.io.x[1]), window.unread(1, node.io.x[2])))


def _vector(report: Report, row: Row) -> str:
    """`mac 117,600  add 4,704`: the kinds that occur."""
    sums = ((kind, report.sum_of((row,), f"ops.{kind}")) for kind in OP_KINDS)
    return "  ".join(f"{kind} {cells.bounded(found)}" for kind, found in sums if found.value)


def _vector_plain(report: Report, row: Row) -> tuple[Json, ...]:
    return tuple(quantity(report, row, metric=f"ops.{kind}") for kind in OP_KINDS)


def _field(report: Report, row: Row) -> str:
    return "" if row.more else cells.receptive_field(report.fields[row.members[-1].path])


def _field_plain(report: Report, row: Row) -> tuple[Json, ...]:
    if row.more:
        return (None, None, None)
    field = report.fields[row.members[-1].path]
    return (*(field.size or (None, None)), field.status)


def _field_order(report: Report, row: Row) -> int | None:
    """Its area; whoever sees everything comes first."""
    field = report.fields[row.members[-1].path]
    if field.size:
        return field.size[0] * field.size[1]
    whole = report.graph.input.output or ()
    return whole[1] * whole[2] + 1 if field.status == "whole_input" and len(whole) == 3 else None


def _jumps(report: Report, row: Row) -> _Pair | None:
    return None if row.more else report.fields[row.members[-1].path].jump


def _starts(report: Report, row: Row) -> _Pair | None:
    return None if row.more else report.fields[row.members[-1].path].start


def _centres(report: Report, row: Row) -> _Pair | None:
    return None if row.more else report.fields[row.members[-1].path].centre


def _of_axes(name: str, word: str, pair: Callable[[Report, Row], _Pair | None]) -> Column:
    """Rows and columns of a receptive field; one number for people where they agree."""

    def text(report: Report, row: Row) -> str:
        found = pair(report, row)
        return cells.pair(found) if found else ""

    def plain(report: Report, row: Row) -> tuple[Json, ...]:
        found = pair(report, row)
        return tuple(map(cells.plain_number, found)) if found else (None, None)

    def order(report: Report, row: Row) -> int | Fraction | None:
        found = pair(report, row)
        return max(found) if found else None

    return Column(name, (f"{word}_y_pixels", f"{word}_x_pixels"), text, plain, order=order)


def _depth(report: Report, row: Row) -> int | None:
    known = all(node.io for node in report.graph.nodes.values())
    return report.depth_at[row.members[-1].path] if known and not row.more else None


def _depth_text(report: Report, row: Row) -> str:
    depth = _depth(report, row)
    return "" if row.more else "?" if depth is None else str(depth)


def _status(report: Report, row: Row) -> str:
    return report.sum_of((row,), "macs").status


_UNITLESS = {"buffers", "units", "activations"}  # elements, as everybody knows
_ALONE = tuple(f"ops.{kind}" for kind in OP_KINDS)  # columns of `ops`, together
_COLUMNS = {
    made.name: made
    for made in (
        Column("path", ("path",), lambda _, row: path_text(row), lambda _, row: (row.path,)),
        _worded("op", _operators),
        _worded("input", _input),
        Column("output", ("output",), _output, lambda _, row: (_shape(row),)),
        _windowed("kernel", lambda _, window: written(window.kernel), "kernel_pixels"),
        _windowed("stride", lambda _, window: cells.pair(window.stride), "stride_pixels"),
        _windowed("pad", lambda _, window: cells.padding(window), "pad_pixels"),
        _worded("groups", _groups),
        _windowed("remainder", _remainder, "remainder_pixels"),
        Column("ops", tuple(f"ops_{kind}" for kind in OP_KINDS), _vector, _vector_plain),
        Column(
            "rf",
            ("rf_y_pixels", "rf_x_pixels", "rf_status"),
            _field,
            _field_plain,
            order=_field_order,
        ),
        _of_axes("jump", "jump", _jumps),
        _of_axes("start", "start", _starts),
        _of_axes("centre", "centre", _centres),
        _of_axes("rf.jump", "jump", _jumps),
        _of_axes("rf.start", "start", _starts),
        Column("depth", ("depth_layers",), _depth_text, lambda *row: (_depth(*row),), order=_depth),
        _worded("status", _status),
    )
}

NAMES = tuple(
    "path op input output kernel stride pad groups remainder params weights bias fixed buffers "
    "connections units macs share ops flops activations rf jump start centre depth saved "
    "status".split()
)
METRIC_COLUMNS = tuple(name for name in UNITS_OF_SUMS if name not in _ALONE)
