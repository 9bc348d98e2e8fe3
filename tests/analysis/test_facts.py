"""LeNet-5 and its modern form: every number that is known from elsewhere, compared exactly."""

from __future__ import annotations

import csv
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from archspec.analysis import Report, analyze
from archspec.graph import load

FILE = Path(__file__).parents[1] / "facts" / "lenet.csv"
ROWS = list(
    csv.DictReader(line for line in FILE.read_text().splitlines() if not line.startswith("#"))
)
SIDES = ("c", "h", "w")


@cache
def report(model: str) -> Report:
    return analyze(load(f"zoo:{model}"))


def computed(report: Report, quantity: str) -> int | Fraction | None:
    """The quantity of the table: `C1.shape.h`, `rf.jump`, `params`, ..."""
    if quantity == "connections.without_rbf":
        return report.number("", "connections") - report.number("out", "connections")
    path, _, metric = quantity.rpartition(".")
    if path.endswith(".shape"):
        return report.value(path.removesuffix(".shape"), "shape")[SIDES.index(metric)]
    if metric == "edges":
        return report.graph[f"{path}.conv"].op.table.links
    if metric in ("jump", "start", "rf_start"):
        axis = report.field("" if path == "rf" else path).y
        return axis.jump if metric == "jump" else axis.start
    for split in range(len(parts := quantity.split("."))):
        if ".".join(parts[split:]) in report.numbers:
            return report.number(".".join(parts[:split]), ".".join(parts[split:]))
    path = quantity.removesuffix(".rf") if quantity.endswith(".rf") else ""
    return report.value(path, quantity.removeprefix(f"{path}.") if path else quantity)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['model']}.{row['quantity']}")
def test_fact(row: dict[str, str]):
    found = computed(report(row["model"]), row["quantity"])
    if row["quantity"] == "sharing":  # written with four decimals
        assert round(found, 4) == Fraction(row["value"])
        assert found == Fraction(340_908, 60_000)
    else:
        assert found == int(row["value"])


def test_the_table_is_read():
    assert len(ROWS) == 94
    assert {row["model"] for row in ROWS} == {"lenet5", "lenet5_modern"}


def test_the_op_vector_of_lenet5():
    """The worked total of the analysis reference."""
    kinds = ("mac", "add", "mul", "div", "cmp", "special")
    numbers = [report("lenet5").number("", f"ops.{kind}") for kind in kinds]
    assert numbers == [326_520, 6_508 + 6_304 + 840, 1_576 + 2 * 8_084, 0, 0, 8_084]


def test_every_expectation_of_the_zoo_holds():
    for model in ("lenet5", "lenet5_modern"):
        results = [outcome.result for outcome in report(model).outcomes]
        assert set(results) == {"holds"}
        assert report(model).diagnostics == ()
