"""The worked examples: each checks clean, and those that fail or warn do so as stated."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from archspec.analysis import analyze
from archspec.graph import read_graphs
from archspec.schema import find
from tests.diagnostics.test_cases import cases, differences, markers
from tests.helpers import diagnose

SPECS = Path(__file__).parents[2] / "specs" / "course"
FILES = sorted(SPECS.glob("*.arch"))
WRONG = sorted((Path(__file__).parent / "wrong").glob("*.arch"))

# What the clean ones teach by a note.
NOTES = {
    "spatial": [*["N209"] * 5, "N204"],
    "kernels": ["N208", "N210", "N208", "N208", "N210"],  # blur, sharpen, brighten, darken, edges
}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_example_has_no_error_and_no_warning(file: Path):
    assert [found.code for found in diagnose(find(str(file)))] == NOTES.get(file.stem, [])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_example_states_a_number_that_holds(file: Path):
    for graph in read_graphs(find(str(file))):
        outcomes = analyze(graph).outcomes
        assert outcomes, graph.spec.name
        assert {outcome.result for outcome in outcomes} == {"holds"}


@pytest.mark.parametrize("file", WRONG, ids=lambda file: file.stem)
def test_a_case_that_fails_by_design_does_so_as_it_states(file: Path):
    for case in cases(file):
        assert markers(case)
        assert differences(case) == []


def test_every_worked_example_of_sizes_parameters_and_stacks_has_its_arch():
    texts = [file.read_text(encoding="utf-8") for file in (*FILES, *WRONG)]
    names = [name for text in texts for name in re.findall(r"^arch (\w+)", text, re.MULTILINE)]
    ids = {name.partition("_")[0] for name in names}
    assert {f"S{number}" for number in range(1, 23)} <= ids
    assert {f"M{number}" for number in range(1, 7)} <= ids
    assert {"K3", "K4", "K5", "K7", "K8"} <= ids  # the others are properties of BlurDli, SobelV
    assert len(names) == len(set(names))
