"""Everything known of a network, as frozen data. Prints nothing; totals are sums of the rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from archspec.analysis import depth as depths
from archspec.analysis.allows import silence
from archspec.analysis.expect import Outcome, judge
from archspec.analysis.lints import lints
from archspec.analysis.memory import BYTES, Memory, memory
from archspec.analysis.metric import Quantity, Setup
from archspec.analysis.numbers import Numbers
from archspec.analysis.receptive import ReceptiveField, last_map, receptive_fields
from archspec.analysis.rows import By, Detail, Row, gathered_rows, head_rows, trunk_rows
from archspec.schema import FIELD_METRICS, WHOLE_METRICS, grouped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from archspec.analysis.depth import Depth
    from archspec.errors import Diagnostics
    from archspec.graph import Graph, Node
    from archspec.schema import MetricValue


@dataclass(frozen=True, eq=False)
class Report:
    """The numbers of a network.

    Args:
        graph: what was analyzed.
        setup: batch, mode and dtype.
        numbers: metric -> path -> value of every node; None where the shape is not known.
        fields: path -> receptive field.
        outcomes: what became of every expectation.
        diagnostics: of the spec, the shapes, the lints and the expectations.
        silenced: those that a `# allow` comment keeps from being told.
    """

    graph: Graph
    setup: Setup
    numbers: Numbers
    fields: Mapping[str, ReceptiveField]
    outcomes: tuple[Outcome, ...] = ()
    diagnostics: Diagnostics = ()
    silenced: Diagnostics = ()

    @property
    def width(self) -> int:
        """Bytes of an element of an activation."""
        return self.setup.width

    @cached_property
    def memory(self) -> Memory | None:
        """Bytes of the trunk; None if a shape is not known."""
        return memory(self.graph, self.setup, self.optimizer)

    @property
    def optimizer(self) -> str:
        """Whose numbers the memory of training counts: the one asked for, or the recipe's."""
        recipe = self.graph.spec.recipe
        return self.setup.optimizer or (recipe.optimizer.name if recipe else "momentum")

    @cached_property
    def depth(self) -> Depth:
        """The depth of the whole network."""
        return depths.depth(self.graph)

    @cached_property
    def depth_at(self) -> Mapping[str, int]:
        """Path -> convolutions and linear layers on the longest way from the input to there."""
        return depths.reached(self.graph, depths.weighted)

    def quantity(self, path: str, metric: str) -> Quantity:
        """A metric of a node, of a group, or (path "") of the trunk, with its status.

        `params.all` and `macs.all` of "" are those of the heads too.
        """
        by_node = self.numbers[metric]
        whole = not path and metric.endswith(".all")
        members = self.graph.nodes.values() if whole else self.graph.members(path)
        values = [by_node[node.path] for node in members]
        known = [value for value in values if value is not None]
        return Quantity(sum(known), len(known), len(values))

    def sum_of(self, rows: Iterable[Row], metric: str) -> Quantity:
        """A metric over the nodes of some rows."""
        by_node = self.numbers[metric]
        values = [by_node[node.path] for row in rows for node in row.members]
        known = [value for value in values if value is not None]
        return Quantity(sum(known), len(known), len(values))

    def number(self, path: str, metric: str) -> int | None:
        """A metric that adds up, exact; None where it is not wholly known.

        Args:
            path: a node, a group, or "" for the whole network.
            metric: such as `params`, `connections`, `macs`.
        """
        quantity = self.quantity(path, metric)
        return quantity.value if quantity.status == "complete" else None

    def value(self, path: str, metric: str) -> MetricValue | None:
        """Any metric that `expect` knows; None where it is not known or not one number."""
        if metric in self.numbers:
            return self.number(path, metric)
        if metric == "shape":
            return self.graph.last(path).output
        if metric in FIELD_METRICS:
            return self._of_field(path, metric)
        if metric == "sharing":
            params, connections = self.number(path, "params"), self.number(path, "connections")
            return Fraction(connections, params) if params and connections is not None else None
        if metric in WHOLE_METRICS:
            return BYTES[metric](self.memory) if self.memory else None
        return self._depth(path, metric)

    def _of_field(self, path: str, metric: str) -> MetricValue | None:
        """One number where rows and columns agree."""
        field = self.field(path)
        pair = {"rf": field.size, "rf.jump": field.jump, "rf.start": field.start}[metric]
        return pair[0] if pair and pair[0] == pair[1] else pair

    def _depth(self, path: str, metric: str) -> int | None:
        if any(node.io is None for node in self.graph.before(self.graph.last(path).path)):
            return None  # a layer that is not understood may count or not
        return len(depths.layers(self.graph, DEPTHS[metric], path))

    def field(self, path: str) -> ReceptiveField:
        """The receptive field of a node or of a group's last node; of the last map for ""."""
        return self.fields[self.field_node(path).path]

    def field_node(self, path: str) -> Node:
        """The node whose receptive field is that of `path`."""
        return self.graph.members(path)[-1] if path else self.last_map

    @cached_property
    def last_map(self) -> Node:
        """The node whose receptive field is that of the network."""
        return last_map(self.graph, self.fields)

    def rows(self, detail: Detail = "stage") -> tuple[Row, ...]:
        """The lines of the trunk; every node but the inputs stands in exactly one."""
        return trunk_rows(self.graph, detail)

    def rows_by(self, by: By) -> tuple[Row, ...]:
        """The same nodes by stage, operator or role."""
        return gathered_rows(self.graph, by)

    def head_rows(self) -> tuple[Row, ...]:
        """A line for every head."""
        return head_rows(self.graph)


DEPTHS = {
    "depth": depths.weighted,
    "depth.trainable": depths.trainable,
    "depth.stages": depths.strided,
}


def analyze(
    graph: Graph, setup: Setup | None = None, *, more: Collection[str] = frozenset()
) -> Report:
    """All metrics of a network, its lints and its expectations.

    Args:
        graph: resolved; nodes of unknown shape make numbers partial, never wrong.
        setup: batch, mode and dtype; one image, evaluation, float32 by default.
        more: codes of hints that are looked for although they are off by default.
    """
    setup = setup or Setup()
    report = Report(
        graph=graph,
        setup=setup,
        numbers=Numbers(graph, setup),
        fields=receptive_fields(graph),
    )
    usual = Setup()  # what a spec expects is of one image, whatever is asked for
    said = report if setup == usual else replace(report, setup=usual, numbers=Numbers(graph, usual))
    outcomes = tuple(judge(line, said) for line in graph.spec.expectations)
    found = (outcome.diagnostic for outcome in outcomes if outcome.diagnostic)
    everything = (*graph.diagnostics, *lints(graph, report.fields, more), *found)
    told, silenced = silence(graph.spec, everything)  # before grouping: a call may be allowed alone
    return replace(report, outcomes=outcomes, diagnostics=grouped(told), silenced=silenced)
