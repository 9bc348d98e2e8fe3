"""The networks of `specs/history`: clean, canonical, and of the sizes worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec.analysis import analyze
from archspec.graph import load
from archspec.schema import find
from archspec.syntax.format import format_source
from tests.helpers import diagnose

FOLDER = Path(__file__).parents[2] / "specs" / "history"
FILES = sorted(FOLDER.glob("*.arch"))
# Weights and biases one by one: parameters, fixed ones, MACs.
SIZES = {
    "adaline": (3, 0, 2),
    "dbn": (785 * 500 + 501 * 500 + 501 * 2000 + 2001 * 10, 0, 392_000 + 250_000 + 1_020_000),
    "madaline": (2 * 2 + 2, 2 + 1, 4 + 2),
    "neocognitron": (24 * 26 + 2 * 24 * (24 * 25 + 1), 0, 24 * 25 * (256 + 24 * 64 + 24 * 4)),
    "perceptron": (3, 0, 2),
    "rumelhart_mlp": (9, 0, 6),
}


def test_every_network_is_here():
    assert [file.stem for file in FILES] == sorted(SIZES)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_spec_is_clean_and_canonical(file: Path):
    target = find(str(file))
    assert [found for found in diagnose(target) if found.severity != "note"] == []
    assert format_source(target.source) == target.source.text


@pytest.mark.parametrize("name", SIZES)
def test_its_size(name: str):
    report = analyze(load(f"zoo:{name}"))
    metrics = ("params", "params.fixed", "macs")
    assert tuple(report.number("", metric) for metric in metrics) == SIZES[name]
    assert {outcome.result for outcome in report.outcomes} == {"holds"}


def test_the_perceptron_takes_any_number_of_inputs():
    assert analyze(load("zoo:perceptron", n=400)).number("", "params") == 401
