"""Gates: limits a network has to keep, for homework and continuous integration."""

from __future__ import annotations

import re
from contextlib import suppress
from fractions import Fraction
from typing import TYPE_CHECKING

import rich_click as click

from archspec.cli.session import parameters_of
from archspec.errors import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archspec.analysis import Report
    from archspec.cli.options import Decorated
    from archspec.errors import Json

GATES = (
    ("max", "params", "trainable parameters"),
    ("max", "macs", "multiply-accumulates"),
    ("max", "flops", "floating-point operations"),
    ("max", "activations", "stored elements"),
    ("max", "depth", "convolutions and dense layers on the longest path"),
    ("min", "depth", "convolutions and dense layers on the longest path"),
    ("min", "rf", "pixels the last map sees, along the shorter side"),
)


class Amount(click.ParamType["int | Fraction"]):
    """A number as specs write it: `5M`, `4.1G`, `60_000`."""

    name = "NUMBER"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | Fraction:
        """An exact number, not below 0."""
        if isinstance(value, int | Fraction):
            return value
        try:
            found = parameters_of([f"limit={value}"])["limit"]
        except click.UsageError:
            found = None
        if isinstance(found, bool) or not isinstance(found, int | Fraction) or found < 0:
            self.fail(f"`{value}` is not a number: write 5M, 4.1G or 60_000", param, ctx)
        return found


class ByteCount(click.ParamType[int]):
    """Bytes as people write them: `12GiB`, `500MB`, `4096`."""

    name = "BYTES"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Whole bytes: of 11.7GiB those that are whole; less than one is a slip."""
        if isinstance(value, int):
            return value
        text = str(value)
        number = re.sub("K$", "k", text.removesuffix("B"))  # KB is as common as kB
        found = None
        with suppress(click.BadParameter):
            found = Amount().convert(number, param, ctx)
        if found is None or found < 1:
            self.fail(f"`{text}` is no number of bytes: write 12GiB, 500MB or 4096", param, ctx)
        return int(found)


def gate_options(function: Decorated) -> Decorated:
    """`--max-params` and the others; a command gets them by name, None where not given."""
    for way, metric, meaning in reversed(GATES):
        option = click.option(
            f"--{way}-{metric}",
            type=Amount(),
            metavar="NUMBER",
            help=f"Fail {'above' if way == 'max' else 'below'} so many: {meaning}.",
        )
        function = option(function)
    return function


def gates_data(report: Report, limits: Mapping[str, int | Fraction | None]) -> list[Json]:
    """Every gate that was asked for, and whether it holds."""
    return [
        {
            "network": report.graph.name,
            "gate": f"{way}-{metric}",
            "limit": limit if isinstance(limit, int) else float(limit),
            "value": _value(report, metric),
            "holds": not _problem(report, way, metric, limit),
        }
        for way, metric, limit in _asked(limits)
    ]


def missed(report: Report, limits: Mapping[str, int | Fraction | None]) -> Iterator[Diagnostic]:
    """A diagnostic (X002) for each gate that does not hold."""
    for way, metric, limit in _asked(limits):
        problem = _problem(report, way, metric, limit)
        if problem:
            message = f"{report.graph.name} misses --{way}-{metric}: {problem}"
            yield Diagnostic("X002", message, values={"gate": f"{way}-{metric}"})


def not_known(report: Report) -> Iterator[Diagnostic]:
    """A diagnostic (X002) for what a report knows only in part; `--strict` asks for it."""
    unknown = [path for path, node in report.graph.nodes.items() if node.io is None]
    doubtful = ("misaligned", "unavailable")
    fields = {path: field.status for path, field in report.fields.items() if path not in unknown}
    vague = [path for path, status in fields.items() if status in doubtful]
    specs = (outcome.spec for outcome in report.outcomes if outcome.result == "skipped")
    skipped = [f"{spec.path}.{spec.metric}".lstrip(".") for spec in specs]
    for paths, what in (
        (unknown, "nodes of unknown shape"),
        (vague, "nodes whose receptive field is not one box"),
        (skipped, "expectations that cannot be judged"),
    ):
        if paths:
            first = f"{what}: {len(paths):,}, first `{paths[0]}`"
            yield Diagnostic("X002", f"{report.graph.name} misses --strict: {first}")


def _asked(
    limits: Mapping[str, int | Fraction | None],
) -> Iterator[tuple[str, str, int | Fraction]]:
    for way, metric, _ in GATES:
        limit = limits.get(f"{way}_{metric}")
        if limit is not None:
            yield way, metric, limit


def _problem(report: Report, way: str, metric: str, limit: int | Fraction) -> str:
    """What is wrong, with both numbers; "" if the gate holds."""
    value = _value(report, metric)
    if metric == "rf" and value is None and report.field("").status == "whole_input":
        return ""
    if value is None:
        return _bounded_problem(report, metric, limit) if way == "max" else f"{metric} is not known"
    if value > limit if way == "max" else value < limit:
        off = value - limit if value > limit else limit - value
        sign, side = ("+", "above") if way == "max" else ("-", "below")
        share = f" ({sign}{float(100 * off / limit):.1f}%)" if limit else ""
        bound = metric == "rf" and report.field("").status == "upper_bound"
        what = f"{metric} of the outputs that see least," if bound else metric
        return f"{what} {value:,} is {side} {_written(limit)} by {_written(off)}{share}"
    return ""


def _bounded_problem(report: Report, metric: str, limit: int | Fraction) -> str:
    """A sum that is only known in part may still be too large."""
    known = report.quantity("", metric).value if metric in report.numbers else 0
    if known > limit:
        return f"{metric}, as far as known {known:,}, is above {_written(limit)}"
    return f"{metric} is not known"


def _value(report: Report, metric: str) -> int | None:
    if metric == "rf":
        seen = report.field("").least
        return min(seen) if seen else None
    value = report.value("", metric)
    return value if isinstance(value, int) else None


def _written(number: int | Fraction) -> str:
    return f"{number:,}" if isinstance(number, int) else f"{float(number):,g}"
