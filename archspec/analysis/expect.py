"""Expectations: what a spec says its numbers are, against what they are."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from archspec.errors import Diagnostic
from archspec.schema import DERIVED, FIELD_METRICS, written_step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from archspec.analysis.report import Report
    from archspec.graph import Node
    from archspec.schema import CiteSpec, ExpectationSpec, MetricValue

Result = Literal["holds", "fails", "disputed", "skipped"]
SourceKind = Literal["paper", "software", "derived"]

MOST_PARTS = 12  # of a sum that are named
MOST_TERMS = 4  # of a part that are written out


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one expectation.

    Args:
        spec: the line.
        computed: the number or shape found; None if it is not known.
        result: `disputed` is one that does not hold and was not supposed to.
        diagnostic: what to tell about it.
    """

    spec: ExpectationSpec
    computed: MetricValue | None
    result: Result
    diagnostic: Diagnostic | None = None

    @property
    def off(self) -> str:
        """How far a rounded number is from the exact one: `+0.04%`; "" for all others."""
        if self.spec.comparison != "~=" or self.computed is None:
            return ""
        return _off(self.spec, self.computed)


def judge(spec: ExpectationSpec, report: Report) -> Outcome:
    """Compare one expectation with the report.

    Skipped where the number is not wholly known, and on another input or with other parameters
    than the file says.
    """
    computed = report.value(spec.path, spec.metric)
    if spec.metric in FIELD_METRICS and report.field(spec.path).status == "whole_input":
        return Outcome(spec, None, "fails", _sees_everything(spec))
    elsewhere = report.graph.other_input or report.graph.spec.altered
    if computed is None or elsewhere or _in_doubt(spec, report):
        return Outcome(spec, computed, "skipped")
    if _holds(spec, computed):
        return Outcome(spec, computed, "holds", _no_longer_disputed(spec))
    if spec.disputed is not None:
        return Outcome(spec, computed, "disputed")
    return Outcome(spec, computed, "fails", _failed(spec, computed, report))


def _in_doubt(spec: ExpectationSpec, report: Report) -> bool:
    """Whether the number rests on a shape that was only assumed after an error."""
    graph = report.graph
    if spec.metric in report.numbers or not graph.is_doubtful:  # numbers are of what is certain
        return False
    return any(node.doubtful or node.assumed for node in graph.members(spec.path))


def source_kind(spec: ExpectationSpec, cites: Iterable[CiteSpec]) -> SourceKind | None:
    """What an expectation rests on: a cite with a `version` is software, any other a paper."""
    if spec.cite in (None, DERIVED):
        return "derived" if spec.cite else None
    software = any(cite.name == spec.cite and cite.is_software for cite in cites)
    return "software" if software else "paper"


def bounds(spec: ExpectationSpec) -> tuple[Fraction, Fraction]:
    """The smallest and largest number a `~=` admits.

    Without `within`: whatever rounds to the digits written.
    """
    assert isinstance(spec.value, Fraction), "a shape has no bounds"
    if spec.within is None:
        margin = written_step(spec.written.strip("+-")) / 2
    else:
        margin = abs(spec.value) * spec.within / 100
    return spec.value - margin, spec.value + margin


def _holds(spec: ExpectationSpec, computed: MetricValue) -> bool:
    if isinstance(computed, tuple) or isinstance(spec.value, tuple):
        return computed == spec.value
    if spec.comparison == "~=":
        low, high = bounds(spec)
        return low <= computed <= high
    return _COMPARISONS[spec.comparison](computed, spec.value)


_COMPARISONS: Mapping[str, Callable[[int | Fraction, Fraction], bool]] = {
    "==": operator.eq,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


def show(value: MetricValue) -> str:
    """A number with separators (two decimals if it is not whole), or a shape."""
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    return f"{int(value):,}" if value == int(value) else f"{float(value):,.2f}"


def _failed(spec: ExpectationSpec, computed: MetricValue, report: Report) -> Diagnostic:
    target = f"{spec.path}.{spec.metric}" if spec.path else spec.metric
    within = f" within {show(spec.within)}%" if spec.within is not None else ""
    off = _off(spec, computed)
    return Diagnostic(
        "X001",
        f"{target} {spec.comparison} {spec.written}{within} does not hold",
        spec.target,
        text=f"computed {show(computed)}, expected {_expected(spec)}{f' ({off})' if off else ''}",
        notes=_parts(spec, report),
        path=spec.path or None,
        values={"computed": show(computed), "expected": spec.written},
    )


def _sees_everything(spec: ExpectationSpec) -> Diagnostic:
    """There is no size of a field that is the whole input."""
    message = f"{spec.target.text} {spec.comparison} {spec.written} does not hold"
    text = "every output sees the whole input"
    return Diagnostic("X001", message, spec.target, text=text, path=spec.path or None)


def _expected(spec: ExpectationSpec) -> str:
    if isinstance(spec.value, tuple):
        return show(spec.value)
    if spec.comparison == "~=":
        low, high = bounds(spec)
        return f"{show(low)} to {show(high)}"
    sign = "" if spec.comparison == "==" else f"{spec.comparison} "
    return f"{sign}{show(spec.value)}"


def _off(spec: ExpectationSpec, computed: MetricValue) -> str:
    if isinstance(computed, tuple) or isinstance(spec.value, tuple) or not spec.value:
        return ""
    return f"{float((computed - spec.value) / spec.value):+.2%}"


def _parts(spec: ExpectationSpec, report: Report) -> tuple[str, ...]:
    """What the number is the sum of, where there is more than one part."""
    if spec.metric not in report.numbers:
        return ()
    numbers = report.numbers[spec.metric]
    parts: dict[str, list[int]] = {}
    for part, nodes in _members(spec, report).items():
        counts = [numbers[node.path] or 0 for node in nodes]
        known = list(filter(None, counts if spec.path else [sum(counts)]))
        if known:
            parts[part] = known
    if sum(map(len, parts.values())) < 2:
        return ()
    shown = [f"{part} {_sum(counts)}" for part, counts in parts.items()]
    if len(shown) > MOST_PARTS:
        rest = [number for counts in parts.values() for number in counts]
        rest = rest[sum(map(len, list(parts.values())[: MOST_PARTS - 1])) :]
        shown[MOST_PARTS - 1 :] = [f"{len(shown) - MOST_PARTS + 1} more {sum(rest):,}"]
    return (" | ".join(shown),)


def _members(spec: ExpectationSpec, report: Report) -> dict[str, tuple[Node, ...]]:
    """The nodes of each row, or of each lane or call of a group."""
    if not spec.path:
        return {row.path: row.members for row in report.rows()}
    parts: dict[str, tuple[Node, ...]] = {}
    for node in report.graph.members(spec.path):
        part = node.path.removeprefix(f"{spec.path}.").partition(".")[0]
        parts[part] = (*parts.get(part, ()), node)
    return parts


def _sum(counts: Sequence[int]) -> str:
    """`14,450,688 + 86,704,128`; of many only what they make."""
    long = len(counts) > MOST_TERMS
    return f"{sum(counts):,}" if long else " + ".join(f"{count:,}" for count in counts)


def _no_longer_disputed(spec: ExpectationSpec) -> Diagnostic | None:
    if spec.disputed is None:
        return None
    message = f"`{spec.span.text}` is disputed, but holds"
    return Diagnostic("W302", message, spec.target, help="take `disputed` away")
