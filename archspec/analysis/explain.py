"""How a number comes about: the terms of a metric for a node, a group or the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archspec.analysis import depth as depths
from archspec.analysis.expect import Outcome, show
from archspec.analysis.memory import BYTES
from archspec.analysis.memory_terms import memory_terms
from archspec.analysis.numbers import UNITS as UNITS_OF_SUMS
from archspec.analysis.params import shared_with
from archspec.analysis.receptive import steps
from archspec.analysis.report import DEPTHS, Report
from archspec.analysis.views import VIEWS
from archspec.ops import Term, Terms, total
from archspec.schema import METRIC_NAMES, VIEW_METRICS, WHOLE_METRICS

if TYPE_CHECKING:
    from fractions import Fraction

    from archspec.graph import Node
    from archspec.ops import Shape
    from archspec.source import Span

UNITS = {
    "shape": "",
    "sharing": "connections per parameter",
    "rf": "input pixels",
    **dict.fromkeys(BYTES, "bytes"),
    **dict.fromkeys(DEPTHS, "layers"),
    **UNITS_OF_SUMS,
}


_SENTENCES = {view.metric.name: view.sentence for view in VIEWS}
_EVERYTHING = "every output sees the whole input"


@dataclass(frozen=True, slots=True)
class Derivation:
    """One number and where it comes from.

    Args:
        path: the node or group, "" for the network.
        metric: what was asked.
        value: None where it is not wholly known.
        unit: what it counts.
        terms: its labelled summands (of a shape: its sides; of a depth: its layers).
        remark: what else belongs to it.
        outcomes: the expectations about it.
        least: what its known nodes add up to where the value is not wholly known; None if nothing.
    """

    path: str
    metric: str
    value: int | Fraction | Shape | None
    unit: str
    terms: Terms
    remark: str = ""
    outcomes: tuple[Outcome, ...] = ()
    least: int | None = None

    @property
    def shown(self) -> str:
        """The value as people write it."""
        if self.least is not None:
            return f">= {show(self.least)}"
        if self.value is None:
            return "all" if self.remark == _EVERYTHING else "unknown"
        return show(self.value)


def explain(report: Report, path: str, metric: str) -> Derivation:
    """How `metric` of `path` comes about.

    >>> import archspec
    >>> report = archspec.analyze(archspec.load("zoo:lenet5"))
    >>> [str(term.amount) for term in explain(report, "C3", "params").terms]
    ['60 * 5*5', '16']
    """
    terms, remark = _terms(report, path, metric)
    outcomes = tuple(
        outcome
        for outcome in report.outcomes
        if (outcome.spec.path, outcome.spec.metric) == (path, metric)
    )
    least = None
    if metric in UNITS_OF_SUMS and (found := report.quantity(path, metric)).status != "complete":
        least = found.value if found.known else None
        known = f"{found.known:,} of {found.nodes:,} nodes known"
        remark = "; ".join(filter(None, (known, remark)))
    value, unit = report.value(path, metric), UNITS[metric]
    return Derivation(path, metric, value, unit, terms, remark, outcomes, least)


def explain_all(report: Report, path: str, *, zeros: bool = False) -> tuple[Derivation, ...]:
    """Every metric of `path`: those that are not nothing, or all with the ways of other tools.

    Of the network its bytes too.
    """
    names = METRIC_NAMES if path else (*METRIC_NAMES, *WHOLE_METRICS)
    names = (*names, *VIEW_METRICS) if zeros else names
    every = (explain(report, path, metric) for metric in names)
    return tuple(
        derivation for derivation in every if derivation.value or derivation.least or zeros
    )


def summary(report: Report, path: str) -> tuple[str, ...]:
    """What is known of `path`, one line a number: the tooltip of a picture."""
    wanted = ("shape", "params", "connections", "macs", "rf")
    found = (explain(report, path, metric) for metric in wanted)
    return tuple(
        " = ".join(filter(None, (f"{d.metric} {d.shown}", arithmetic(d)))) for d in found if d.value
    )


def arithmetic(derivation: Derivation) -> str:
    """The terms on one line, "" where there is nothing to work out.

    A shape shows the side that took some arithmetic; sums are joined by plus signs.
    """
    if derivation.metric == "shape":
        sides = [term for term in derivation.terms if not term.amount.is_number]
        return f"{sides[0].amount} {sides[0].label}" if sides else ""
    terms = [term.amount for term in derivation.terms]
    if len(terms) == 1 and terms[0].is_number:
        return ""
    return " + ".join(map(str, terms))


def place(report: Report, path: str) -> Span:
    """Where `path` stands in the text."""
    for statement in report.graph.statements:
        if statement.path == path:
            return statement.span
    if not path:
        return report.graph.spec.span
    first = report.graph.members(path)[0]
    calls = (frame.span for frame in first.spec.chain if frame.path == path)
    return first.span if first.path == path else next(calls, first.span)


def _terms(report: Report, path: str, metric: str) -> tuple[Terms, str]:
    if metric in UNITS_OF_SUMS:
        return _sum(report, path, metric), _SENTENCES.get(metric) or _shared(report, path, metric)
    if metric == "shape":
        return _shape(report, path), ""
    if metric == "rf":
        return _field(report, path)
    if metric == "sharing":
        connections, params = report.number(path, "connections"), report.number(path, "params")
        known = connections is not None and params is not None
        return (), f"{connections:,} connections / {params:,} params" if known else ""
    if metric in BYTES:
        return memory_terms(report, metric)
    layers = depths.layers(report.graph, DEPTHS[metric], path)
    return (), " > ".join(layers)


def _sum(report: Report, path: str, metric: str) -> Terms:
    """A node's own terms; of a group the terms of its only contributor, or one a part."""
    heads = not path and metric.endswith(".all")
    parts: dict[str, Terms] = {}
    for node in report.graph.nodes.values() if heads else report.graph.members(path):
        terms = report.numbers.terms(metric, node.path)
        if total(terms):
            parts[node.path] = terms
    if len(parts) == 1:
        return next(iter(parts.values()))
    if path:
        return tuple(_joined(name.removeprefix(f"{path}."), terms) for name, terms in parts.items())
    lines = (*report.rows(), *report.head_rows()) if heads else report.rows()
    rows = {row.path: [parts.get(node.path, ()) for node in row.members] for row in lines}
    return tuple(_joined(name, sum(lists, ())) for name, lists in rows.items() if any(lists))


def _shared(report: Report, path: str, metric: str) -> str:
    """Whose weights the nodes of a path use that have none: `shared with a`."""
    if not path or metric.partition(".")[0] != "params":
        return ""
    owners = shared_with(report.graph, report.graph.members(path))
    return f"shared with {', '.join(owners)}" if owners else ""


def _joined(label: str, terms: Terms) -> Term:
    """Several terms as one."""
    first, *rest = terms
    amount = first.amount
    for term in rest:
        amount = amount + term.amount
    return Term(label, amount, "; ".join(dict.fromkeys(term.note for term in terms if term.note)))


def _shape(report: Report, path: str) -> Terms:
    """The sides, from the last node that works them out: others let them pass."""
    node = report.graph.last(path)
    while node.io:
        terms = node.op.shape_terms(*node.io.inputs)
        worked_out = any(not term.amount.is_number for term in terms)
        if worked_out or not node.inputs or node.io.output != node.io.x:
            return terms
        node = report.graph[node.inputs[0]]
    return ()


def _field(report: Report, path: str) -> tuple[Terms, str]:
    field = report.field(path)
    if field.y is None or field.x is None:
        return (), _EVERYTHING if field.status == "whole_input" else ""
    node = _last(report, path)
    return steps(report.graph, node, report.fields), (
        f"jump {field.y.jump}, output (0,0) sees rows "
        f"{field.y.start}..{field.y.start + field.y.size - 1}"
    )


def _last(report: Report, path: str) -> Node:
    """The node whose field it is: of the network the last map's."""
    members = report.graph.members(path)
    boxes = [node for node in members if report.fields[node.path].size]
    return boxes[-1] if not path and boxes else members[-1]
