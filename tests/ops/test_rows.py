"""Every operator against numbers worked out by hand, and the completeness of the set."""

from __future__ import annotations

import csv
import inspect
from pathlib import Path

import pytest
from calls import op_of

import archspec.ops as ops
from archspec.ops import BY_NAME, OP_KINDS, OPS, Io, Op, Window, total, written
from tests.helpers import net

FILE = Path(__file__).parent / "rows.csv"


def read() -> list[dict[str, str]]:
    lines = [line for line in FILE.read_text().splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter=";"))


ROWS = read()
UNIT_LAYERS = {"conv", "conv_transpose", "subsample", "linear", "rbf"}
VIEWS = {"flatten", "slice", "crop"}
IN_PLACE = {
    *("tanh", "scaled_tanh", "sigmoid", "relu", "relu6", "leaky_relu", "elu", "silu", "step"),
    *("hardswish", "hardsigmoid", "sign", "abs", "scale", "bn", "dropout", "drop_path"),
}
WHOLE = {"linear", "rbf", "global_avgpool", "global_maxpool"}
by_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['call']} on {row['input']}")


def operator(row: dict[str, str]) -> str:
    return row["call"].partition("(")[0]


def vector(text: str) -> dict[str, int]:
    words = text.split()
    given = dict(zip(words[::2], map(int, words[1::2]), strict=True))
    return {kind: given.get(kind, 0) for kind in OP_KINDS}


def place(row: dict[str, str]) -> tuple[Op, Io]:
    """The operator of a row, and the shapes around it."""
    op = op_of(row["call"])
    inputs = tuple(tuple(map(int, text.split("x"))) for text in row["input"].split())
    return op, Io(inputs, op.output(*inputs))


@by_row
def test_every_number_of_the_row(row: dict[str, str]):
    op, io = place(row)
    weights, biases = total(op.weights(io)), total(op.biases(io))
    computed = {
        "output": written(io.output),
        "weights": weights if op.learns else 0,
        "bias": biases if op.learns else 0,
        "fixed": 0 if op.learns else weights + biases,
        "buffers": total(op.buffers(io)),
        "connections": total(op.connections(io)),
    }
    assert {key: str(value) for key, value in computed.items()} == {
        key: row[key] for key in computed
    }


@by_row
def test_operations(row: dict[str, str]):
    op, io = place(row)
    for mode, expected in (("eval", row["ops"]), ("train", row["train"] or row["ops"])):
        counted = {kind: total(op.ops(io, mode).of(kind)) for kind in OP_KINDS}
        assert counted == vector(expected), mode


@by_row
def test_window(row: dict[str, str]):
    op, io = place(row)
    window = op.window(io.x)
    assert ("" if window is None else spell(window)) == row["window"]


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_flags(op: type[Op]):
    flags = {
        "unit_layer": op.name in UNIT_LAYERS,
        "weighted": op.name in UNIT_LAYERS - {"subsample", "rbf"},
        "view": op.name in VIEWS,
        "in_place": op.name in IN_PLACE,
        "whole_input": op.name in WHOLE,
        "merges": op.name in {"add", "sub", "mul", "concat"},
    }
    assert {flag: getattr(op, flag) for flag in flags} == flags


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
    special = {
        **{name: name.lower() for name in ("MaxPool", "AvgPool", "L2Pool")},
        "GlobalAvgPool": "global_avgpool",
        "GlobalMaxPool": "global_maxpool",
        "AdaptiveAvgPool": "adaptive_avgpool",
    }
    for op in OPS:
        snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in op.__name__).strip("_")
        assert op.name == special.get(op.__name__, snake)
