"""The rows of numbers in a box: each one written with its unit, `?` where it is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.rendering import labels
from archspec.rendering.cells import receptive_field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archspec.analysis import Report
    from archspec.graph import Node
    from archspec.rendering.picture import Figure

_NUMBERS = {"memory": "activations"}  # what a figure is called in a report, where that differs


def figure_text(report: Report, last: Node, nodes: Sequence[Node], turns: int, what: Figure) -> str:
    """One number of a box.

    Args:
        report: all numbers.
        last: the operator whose output leaves the box.
        nodes: everything the box stands for, of every turn of a repeat.
        turns: how often what is in the box is used.
        what: which number; `memory` is the bytes of stored outputs.
    """
    if what == "shape":
        return labels.shape_text(last.sure_output)
    if what == "rf":
        return reach_text(report, last)
    by_node = report.numbers[_NUMBERS.get(what, what)]
    values = [by_node[node.path] for node in nodes]
    known = [value for value in values if value is not None]
    total = sum(known) * (report.width if what == "memory" else 1)
    text = labels.number_text(total if len(known) == len(values) else None, what)
    return f"{text} in {turns} turns" if turns > 1 else text


def reach_text(report: Report, node: Node) -> str:
    """How much of the input an output sees: `rf 14x14`, `rf <=8x8`, `rf all`, `rf ?`."""
    return f"rf {receptive_field(report.fields[node.path])}"
