"""Every operator against numbers worked out by hand, and the completeness of the set."""

from __future__ import annotations

import csv
import inspect
from pathlib import Path

import pytest

import archspec.ops as ops
from archspec.analysis import Setup
from archspec.ops import BY_NAME, OP_KINDS, OPS, Op, Window, count, written
from tests.helpers import arch, graph_of, net, report_of

TABLE = "table t {\n  X . X X\n  . X X X\n  . . . X\n}"
FILE = Path(__file__).parent / "rows.csv"


def read() -> list[dict[str, str]]:
    lines = [line for line in FILE.read_text().splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter=";"))


ROWS = read()
UNIT_LAYERS = {"conv", "subsample", "linear", "rbf"}
NO_STORAGE = {"tanh", "scaled_tanh", "sigmoid", "relu", "dropout", "flatten"}
by_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['call']} on {row['input']}")


def operator(row: dict[str, str]) -> str:
    return row["call"].partition("(")[0]


def vector(text: str) -> dict[str, int]:
    words = text.split()
    given = dict(zip(words[::2], map(int, words[1::2]), strict=True))
    return {kind: given.get(kind, 0) for kind in OP_KINDS}


@by_row
def test_every_number_of_the_row(row: dict[str, str]):
    report = net(row["call"], x=row["input"], above=TABLE)
    node = report.graph.output
    output = tuple(map(int, row["output"].split("x")))
    kinds = vector(row["ops"])
    expected = {
        "params.weights": int(row["weights"]),
        "params.bias": int(row["bias"]),
        "params": int(row["weights"]) + int(row["bias"]),
        "params.fixed": int(row["fixed"]),
        "params.all": sum(int(row[key]) for key in ("weights", "bias", "fixed")),
        "buffers": 0,
        "connections": int(row["connections"]),
        "units": count(output) if operator(row) in UNIT_LAYERS else 0,
        "macs": kinds["mac"],
        "macs.all": kinds["mac"],
        "flops": sum(kinds.values()) + kinds["mac"],
        "activations": 0 if operator(row) in NO_STORAGE else count(output),
        **{f"ops.{kind}": number for kind, number in kinds.items()},
    }
    assert node.output == output
    assert {metric: report.number(node.path, metric) for metric in report.numbers} == expected


@by_row
def test_training_changes_only_what_the_row_says(row: dict[str, str]):
    text = arch(row["call"], x=row["input"], above=TABLE)
    report = report_of(text, Setup(mode="train"))
    path = report.graph.output.path
    computed = {kind: report.number(path, f"ops.{kind}") for kind in OP_KINDS}
    assert computed == vector(row["train"] or row["ops"])


@by_row
def test_window(row: dict[str, str]):
    node = graph_of(arch(row["call"], x=row["input"], above=TABLE)).output
    window = node.op.window(node.io.x)
    assert ("" if window is None else spell(window)) == row["window"]


def spell(window: Window) -> str:
    pads = ",".join(map(str, window.pad))
    text = f"{written(window.kernel)} {written(window.stride)} {pads} {written(window.dilation)}"
    return f"{text} +ceil" if window.ceil else text


def test_input_costs_nothing():
    report = net("relu", x="3x4x5")
    node = report.graph.input
    assert (node.path, node.op.name, node.output) == ("input", "input", (3, 4, 5))
    assert {report.number("input", metric) for metric in report.numbers} == {0}


# --- completeness -------------------------------------------------------------------------------


def concrete(base: type[Op]) -> set[type[Op]]:
    found = set()
    for kind in base.__subclasses__():
        if kind.__module__.startswith("archspec.ops.") and not kind.__name__.startswith("_"):
            found.add(kind)
        found |= concrete(kind)
    return found


def test_every_operator_class_is_in_ops_once():
    assert concrete(Op) == set(OPS)
    assert len(OPS) == len(set(OPS)) == len(BY_NAME)


def test_every_operator_is_exported_under_its_class_name():
    assert {op.__name__ for op in OPS} <= set(ops.__all__)


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_docstring_has_its_sections(op: type[Op]):
    text = inspect.getdoc(op)
    sections = [text.find(f"\n{name}:\n") for name in ("Shape", "Parameters", "MACs", "Source")]
    assert -1 not in sections
    assert sections == sorted(sections)


def test_every_operator_has_a_row():
    assert {operator(row) for row in ROWS} | {"input"} == set(BY_NAME)


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_every_argument_is_used_in_a_row(op: type[Op]):
    used = " ".join(row["call"] for row in ROWS if operator(row) == op.name)
    named = [name for name, field in op.model_fields.items() if not field.is_required()]
    missing = [name for name in named if f"{name}=" not in used]
    assert missing == []


def test_a_class_name_is_its_operator_name_in_camel_case():
    special = {"MaxPool": "maxpool", "AvgPool": "avgpool"}
    for op in OPS:
        snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in op.__name__).strip("_")
        assert op.name == special.get(op.__name__, snake)
