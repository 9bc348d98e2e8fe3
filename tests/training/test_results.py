"""Numbers derived from a result, by hand."""

from __future__ import annotations

from math import sqrt

import pytest

from archspec.training import Evaluation, GateResult

RESULT = Evaluation(
    loss=0.5,
    samples=12,
    hits={1: 9, 5: 12},
    confusion=((4, 1, 0, 0), (0, 3, 1, 0), (1, 0, 2, 0), (0, 0, 0, 0)),
)


def test_shares_and_their_standard_error():
    assert (RESULT.top(1), RESULT.top(5)) == (0.75, 1.0)
    assert RESULT.standard_error() == pytest.approx(sqrt(0.75 * 0.25 / 12))
    assert RESULT.standard_error(5) == 0


def test_recall_by_class_and_none_without_samples():
    assert RESULT.recall == (4 / 5, 3 / 4, 2 / 3, None)


def test_confused_pairs_most_frequent_first_ties_by_class():
    assert RESULT.confused == ((0, 1, 1), (1, 2, 1), (2, 0, 1))
    two = Evaluation(0.0, 4, {1: 1}, ((1, 1), (2, 0)))
    assert two.confused == ((1, 0, 2), (0, 1, 1))


def test_a_gate_holds_at_its_bar():
    assert GateResult(0.95, 0.95, 0.0).verdict == "held"
    assert GateResult(0.95, 0.949, 0.0).verdict == "missed"
    assert GateResult(0.95, 0.5, 0.0, "other data").verdict == "not judged"
