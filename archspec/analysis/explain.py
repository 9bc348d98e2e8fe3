"""How a number comes about: the terms of a metric for a node, a group or the network."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from archspec.analysis import depth as depths
from archspec.analysis.expect import Outcome, show
from archspec.analysis.memory import BYTES
from archspec.analysis.memory_terms import memory_terms
from archspec.analysis.numbers import UNITS as UNITS_OF_SUMS
from archspec.analysis.params import shared_with
from archspec.analysis.receptive_notes import WHOLE, field_notes, field_remark
from archspec.analysis.receptive_terms import last_step, strides, way
from archspec.analysis.report import DEPTHS, Report
from archspec.analysis.views import VIEWS
from archspec.ops import Term, Terms, total
from archspec.schema import FIELD_METRICS, METRIC_NAMES, VIEW_METRICS, WHOLE_METRICS

if TYPE_CHECKING:
    from archspec.graph import Node
    from archspec.schema import MetricValue
    from archspec.source import Span

UNITS = {
    "shape": "",
    "sharing": "connections per parameter",
    **dict.fromkeys(FIELD_METRICS, "input pixels"),
    **dict.fromkeys(BYTES, "bytes"),
    **dict.fromkeys(DEPTHS, "layers"),
    **UNITS_OF_SUMS,
}


_IN_REMARKS = ("rf.jump", "rf.start")  # told beside `rf`
_SENTENCES = {view.metric.name: view.sentence for view in VIEWS}


@dataclass(frozen=True, slots=True)
class Derivation:
    """One number and where it comes from.

    Args:
        path: the node or group, "" for the network.
        metric: what was asked.
        value: None where it is not wholly known.
        unit: what it counts.
        terms: its labelled summands (of a shape: its sides; of a depth: its layers; of a
            receptive field: the last step).
        remark: what else belongs to it.
        outcomes: the expectations about it.
        least: what its known nodes add up to where the value is not wholly known; None if nothing.
        at_most: whether some outputs see less of the input than the value.
        steps: of a receptive field: all steps from the input on, or the last ones of many.
        notes: further sentences, for who asks for this number alone.
    """

    path: str
    metric: str
    value: MetricValue | None
    unit: str
    terms: Terms
    remark: str = ""
    outcomes: tuple[Outcome, ...] = ()
    least: int | None = None
    at_most: bool = False
    steps: Terms = ()
    notes: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The value as people write it."""
        if self.least is not None:
            return f">= {show(self.least)}"
        if self.value is None:
            return "all" if self.remark == WHOLE else "unknown"
        if self.metric == "rf.jump" and isinstance(self.value, Fraction):
            return str(self.value)  # `1/2`, where others have decimals
        return f"{'<= ' * self.at_most}{show(self.value)}"


def explain(report: Report, path: str, metric: str) -> Derivation:
    """How `metric` of `path` comes about, with all that is to be said of it.

    >>> import archspec
    >>> report = archspec.analyze(archspec.load("zoo:lenet5"))
    >>> [str(term.amount) for term in explain(report, "C3", "params").terms]
    ['60 * 5*5', '16']
    """
    found = _explain(report, path, metric)
    return _with_steps(report, found) if metric == "rf" else found


def _explain(report: Report, path: str, metric: str) -> Derivation:
    """The same as far as it fits in a line."""
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
    at_most = metric == "rf" and report.field(path).status == "upper_bound"
    return Derivation(path, metric, value, unit, terms, remark, outcomes, least, at_most)


def explain_all(report: Report, path: str, *, zeros: bool = False) -> tuple[Derivation, ...]:
    """Every metric of `path`: those that are not nothing, or all with the ways of other tools.

    Of the network its bytes too.
    """
    names = METRIC_NAMES if path else (*METRIC_NAMES, *WHOLE_METRICS)
    names = (*names, *VIEW_METRICS) if zeros else names
    every = (_explain(report, path, metric) for metric in names)
    return tuple(
        found
        for found in every
        if zeros or ((found.value or found.least) and found.metric not in _IN_REMARKS)
    )


def summary(report: Report, path: str) -> tuple[str, ...]:
    """What is known of `path`, one line a number: the tooltip of a picture."""
    wanted = ("shape", "params", "connections", "macs", "rf")
    found = (_explain(report, path, metric) for metric in wanted)
    return tuple(
        " = ".join(filter(None, (f"{d.metric} {d.shown}", arithmetic(d)))) for d in found if d.value
    )


def arithmetic(derivation: Derivation) -> str:
    """The terms on one line, "" where there is nothing to work out.

    A shape shows the sides that took some arithmetic, the width where it is not the height's; rows
    and columns of a field stand side by side; sums are joined by plus signs.
    """
    if derivation.metric == "shape":
        sides: dict[str, str] = {}
        for term in derivation.terms:
            if not term.amount.is_number:
                sides.setdefault(str(term.amount), term.label)
        return ", ".join(f"{how} {side}" for how, side in sides.items())
    if derivation.metric in FIELD_METRICS and len(derivation.terms) > 1:
        return ", ".join(f"{term.label} {term.amount}" for term in derivation.terms)
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
        node = _shaped(report, path)
        return _shape(node), _unread(node)
    if metric in FIELD_METRICS:
        return _field(report, path, metric)
    if metric == "sharing":
        connections, params = report.number(path, "connections"), report.number(path, "params")
        known = connections is not None and params is not None
        return (), f"{connections:,} connections / {params:,} params" if known else ""
    if metric in BYTES:
        return memory_terms(report, metric)
    return (), _layers(report, path, metric)


def _layers(report: Report, path: str, metric: str) -> str:
    """The layers of a depth, or what hides them."""
    if report.value(path, metric) is not None:
        return " > ".join(depths.layers(report.graph, DEPTHS[metric], path))
    way = report.graph.before(report.graph.last(path).path)
    return f"the shape of {next(node.path for node in way if node.io is None)} is not known"


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
    rows = [(row.path, [parts.get(node.path, ()) for node in row.members]) for row in lines]
    return tuple(_joined(name, sum(lists, ())) for name, lists in rows if any(lists))


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


def _shaped(report: Report, path: str) -> Node:
    """The last node that works out the sides of a shape: others let them pass."""
    node = report.graph.last(path)
    while node.io:
        terms = node.op.shape_terms(*node.io.inputs)
        worked_out = any(not term.amount.is_number for term in terms)
        if worked_out or not node.inputs or node.io.output != node.io.x:
            break
        node = report.graph[node.inputs[0]]
    return node


def _shape(node: Node) -> Terms:
    return node.op.shape_terms(*node.io.inputs) if node.io else ()


def _unread(node: Node) -> str:
    """Rows and columns at the end that no window reads, "" if there are none."""
    window = node.op.window(node.io.x) if node.io and node.inputs else None
    if window is None or node.io is None:
        return ""
    rest = [(window.unread(axis, node.io.x[axis + 1]), axis) for axis in (0, 1)]
    kinds = (("row", "rows"), ("column", "columns"))
    told = [f"{number} {kinds[axis][number > 1]}" for number, axis in rest if number]
    return f"never read: {', '.join(told)}" if told else ""


def _field(report: Report, path: str, metric: str) -> tuple[Terms, str]:
    node = report.field_node(path)
    given = (report.graph, node, report.fields)
    terms = {"rf": last_step, "rf.jump": strides}.get(metric)
    return terms(*given) if terms else (), field_remark(report.fields[node.path])


def _with_steps(report: Report, found: Derivation) -> Derivation:
    """All steps, and what is to be said of the field beside its size."""
    node = report.field_node(found.path)
    given = (report.graph, node, report.fields)
    told = (f"that of the last map, `{node.path}`",) if not found.path and found.value else ()
    return replace(found, steps=way(*given), notes=(*told, *field_notes(*given)))
