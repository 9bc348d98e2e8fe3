"""How much of a number each box has: fixed steps, so that pictures of different nets compare."""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from typing import TYPE_CHECKING

from archspec.rendering import labels
from archspec.rendering.figures import reach_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archspec.analysis import Report
    from archspec.graph import Node
    from archspec.rendering.picture import Coloring

EDGES = tuple(Fraction(edge, 100) for edge in (1, 2, 5, 10, 20))  # of a total
SHARES = ("0", "< 1 %", "< 2 %", "< 5 %", "< 10 %", "< 20 %", ">= 20 %")
SEVENTHS = tuple(f"<= {step}/7" for step in range(1, 8))


def step_of_share(share: Fraction) -> int:
    """The step of a share of a total.

    >>> step_of_share(Fraction(0)), step_of_share(Fraction(1, 100)), step_of_share(Fraction(1))
    (0, 2, 6)
    """
    return 0 if share == 0 else 1 + bisect_right(EDGES, share)


def step_of_reach(reach: Fraction) -> int:
    """The step of a covered part of the input side, in sevenths.

    >>> step_of_reach(Fraction(1, 7)), step_of_reach(Fraction(1, 6)), step_of_reach(Fraction(3))
    (0, 1, 6)
    """
    return min(6, max(0, -(-reach * 7 // 1) - 1))


def heat(report: Report, nodes: Iterable[Node], coloring: Coloring) -> tuple[int, str] | None:
    """The step of a box and what it says; None where the number is not known.

    Args:
        report: all numbers.
        nodes: everything the box stands for.
        coloring: which number.
    """
    members = tuple(nodes)
    if coloring == "rf":
        return _reach(report, members[-1])
    by_node = report.numbers["activations" if coloring == "memory" else coloring]
    values = [by_node[node.path] for node in members]
    known = [value for value in values if value is not None]
    every = by_node.values()
    if len(known) < len(values) or None in every:
        return None
    value, total = sum(known), sum(one or 0 for one in every)
    share = Fraction(value, total) if total else Fraction(0)
    if coloring == "memory":
        value *= report.width
    return step_of_share(share), f"{labels.number_text(value, coloring)}, {float(share):.1%}"


def _reach(report: Report, node: Node) -> tuple[int, str] | None:
    """How much of the input's longer side an output sees."""
    field, shape = report.fields[node.path], report.graph.input.output
    if field.status == "whole_input":
        return 6, reach_text(report, node)
    if not field.size or shape is None or len(shape) != 3:
        return None
    reach = max(Fraction(field.size[0], shape[1]), Fraction(field.size[1], shape[2]))
    return step_of_reach(reach), reach_text(report, node)


def legend(coloring: Coloring) -> tuple[tuple[str, str], ...]:
    """Every step with its meaning."""
    if coloring == "rf":
        return tuple((str(step), f"{text} of the input side") for step, text in enumerate(SEVENTHS))
    word = {"macs": "of the MACs"}.get(coloring, f"of the {coloring}")
    return tuple((str(step), f"{text} {word}") for step, text in enumerate(SHARES))
