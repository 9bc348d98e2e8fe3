"""Merges, references, repeats, choices, heads, families, imports: paths and rulings, a row each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archspec.errors import ArchError
from archspec.graph import load
from tests.helpers import arch, check, graph_of, places, spec_of

if TYPE_CHECKING:
    from pathlib import Path

CR = "block cr(c, k=1) { conv(c, k, pad=k // 2) -> relu }\n"


def wiring(text: str) -> dict[str, tuple[str, ...]]:
    """Every node but the inputs with what enters it."""
    return {node.path: node.inputs for node in spec_of(text).nodes if node.inputs}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (["a: relu", "@a -> tanh"], {"a": ("input",), "tanh": ("a",)}),
        (["a: relu", "tanh", "b: @a -> sigmoid"], {"a": ("input",), "tanh": ("a",), "b": ("a",)}),
        (
            ["add {", "| relu", "| tanh -> relu", "}"],
            {
                "relu": ("input",),
                "tanh": ("input",),
                "relu_2": ("tanh",),
                "add": ("relu", "relu_2"),
            },
        ),
        (
            ["m: concat {", "| l: relu", "| identity", "}"],
            {"m.l": ("input",), "m.concat": ("m.l", "input")},
        ),
        (
            ["a: relu", "b: @a -> tanh", "s: add(@a, @b)"],
            {"a": ("input",), "b": ("a",), "s": ("a", "b")},
        ),
        (
            ["b: two"],
            {"b.cr.conv": ("input",), "b.cr.relu": ("b.cr.conv",), "b.tanh": ("b.cr.relu",)},
        ),
        (["repeat 2 { relu }"], {"1": ("input",), "2": ("1",)}),
        (["r: repeat 2 { relu }"], {"r.1": ("input",), "r.2": ("r.1",)}),
        (
            ["repeat 1 { relu }", "repeat 1 { tanh -> sigmoid }"],
            {
                "1": ("input",),
                "repeat_2.1.tanh": ("1",),
                "repeat_2.1.sigmoid": ("repeat_2.1.tanh",),
            },
        ),
        (["repeat i in 3..4 { linear(i) }"], {"1": ("input",), "2": ("1",)}),
        (["repeat 0 { relu }", "tanh"], {"tanh": ("input",)}),
        (["if true { relu } else { tanh }"], {"relu": ("input",)}),
        (["if 1 > 2 { relu }", "tanh"], {"tanh": ("input",)}),
        (["s: if true { relu } else { tanh }"], {"s": ("input",)}),
        (["if false { relu } else if true { tanh }"], {"tanh": ("input",)}),
        (["{ relu -> tanh }"], {"relu": ("input",), "tanh": ("relu",)}),
        (["g: { relu -> tanh }"], {"g.relu": ("input",), "g.tanh": ("g.relu",)}),
        (["identity", "relu"], {"relu": ("input",)}),
        (
            ["skip"],
            {
                "skip.conv": ("input",),
                "skip.add": ("skip.conv", "input"),
                "skip.relu": ("skip.add",),
            },
        ),
    ],
)
def test_paths_and_wiring(statements: list[str], expected: dict[str, tuple[str, ...]]):
    blocks = (
        CR
        + "block two() { cr(3) -> tanh }\n"
        + "block skip() {\n add {\n | conv(3, 1)\n | @in\n }\n relu\n}\n"
    )
    assert wiring(arch(*statements, above=blocks)) == expected


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (["a: relu", "a: tanh"], ["E203 4:3"]),
        (["b: @a -> relu", "a: tanh"], ["E209 3:6"]),
        (["@q -> relu"], ["E202 3:3"]),
        (["@in -> relu"], ["E215 3:3"]),
        (["a: relu", "g: {", "b: tanh", "}", "@b -> relu"], ["E202 7:3"]),
        (["a: relu", "add {", "| a: tanh", "| relu", "}"], ["E203 5:5"]),
        (["add { | relu }"], ["E402 3:3"]),
        (["a: relu", "relu -> add(@a, @a)"], ["E214 4:11"]),
        (["conv(1, 1) { | relu }"], ["E214 3:3"]),
        (["repeat -1 { relu }"], ["E405 3:10"]),
        (["repeat 0.5 { relu }"], ["E404 3:10"]),
        (["repeat in.c { relu }"], ["E309 3:10"]),
        (["if in.h > 3 { relu }"], ["E309 3:6"]),
        (["repeat 2000000 { relu }"], ["E005 3:10"]),
        (["conv(in.q, 1)"], ["E205 3:11"]),
        (["flatten -> linear(in.h)"], ["E305 3:21"]),
        (["a: conv(2, 1)", "tanh -> conv(2, 1, weights=@z)"], ["E202 4:30"]),
        (["a: relu", "conv(2, 1, weights=@a)"], ["E216 4:22"]),
        (["concat {", "| relu", "| maxpool(2)", "}"], ["E301 3:3"]),
        (["add {", "| conv(2, 1)", "| identity", "}"], ["E302 3:3"]),
    ],
)
def test_rulings(statements: list[str], expected: list[str]):
    errors = [found for found in check(arch(*statements)) if found.severity == "error"]
    assert places(errors) == expected


@pytest.mark.parametrize(
    ("shape", "expected"), [("in.c", "E309 2:8"), ("[1, 8, 3 if in.c > 1 else 1]", "E309 2:20")]
)
def test_an_input_has_no_tensor_before_it(shape: str, expected: str):
    assert places(check(f"arch A {{\n input {shape}\n relu\n}}\n")) == [expected]


def test_the_shape_of_an_input_cannot_ask_for_itself_but_for_the_one_before():
    assert places(check("arch A {\n input x: [3, @x.h, 4]\n relu\n}\n")) == ["E202 2:15"]
    both = "arch A {\n input x: 3x4x4\n input y: [1, @x.h, 4]\n concat(@x, @y)\n}\n"
    assert check(both) == ()


def test_deferred_values_are_bound_where_they_are_written():
    text = (
        "block twice(c) { conv(c, 1) -> conv(c, 1) }\n"
        "arch A {\n input 8x4x4\n twice(in.c // 2)\n d: conv(in.c * 3, 1)\n"
        " @d -> conv(@d.h + in.w, 1)   => [2*@d.h, 4, 4]\n}\n"
    )
    graph = graph_of(text)
    assert graph.diagnostics == ()
    shapes = [node.output for node in graph.nodes.values()]
    assert shapes == [(8, 4, 4), (4, 4, 4), (4, 4, 4), (12, 4, 4), (8, 4, 4)]


def test_shared_weights_are_counted_once_and_used_twice():
    from archspec.analysis import analyze

    text = arch("a: conv(1, 3, pad=1)", "b: conv(1, 3, pad=1, weights=@a)")
    report = analyze(graph_of(text))
    assert report.number("", "params") == report.number("a", "params") == 10
    assert report.number("b", "params") == 0
    assert report.number("", "macs") == 2 * 9 * 32 * 32


def test_heads_stand_beside_the_trunk():
    from archspec.analysis import analyze

    text = arch(
        "a: flatten",
        'head h(loss_weight=0.3, phase="train") { linear(2) }',
        "linear(10)",
        x="1x2x2",
    )
    report = analyze(graph_of(text))
    assert (report.number("", "params"), report.number("", "params.all")) == (50, 60)
    (made,) = report.graph.spec.heads
    assert (made.name, made.output, float(made.loss_weight), made.phase) == ("h", "h", 0.3, "train")
    assert [row.path for row in report.rows()] == ["a", "linear"]


def test_several_inputs_and_outputs():
    text = (
        "arch A {\n input a: 3x4x4\n input b: 1x4x4\n c: concat(@a, @b)\n d: @b -> relu\n"
        " output @c, @d\n}\n"
    )
    graph = graph_of(text)
    assert [node.path for node in graph.inputs] == ["a", "b"]
    assert graph.spec.outputs == ("c", "d")
    assert graph["c"].output == (4, 4, 4)
    missing = text.replace(" c: concat(@a, @b)", " relu").replace("@c, @d", "@d")
    assert "E503 4:2" in places(check(missing))


def test_variants_take_the_body_of_their_base(tmp_path: Path):
    file = tmp_path / "family.arch"
    file.write_text(
        "arch Base(n=2, c=4) {\n input 3x8x8\n repeat n { conv(c, 1) => 4x8x8 }\n"
        " e: linear(5)   => [5]\n expect { params == 1317 from derived }\n"
        ' train { data = mnist5k }\n}\narch Deep = Base(n=3)\narch Wide "wider" = Base(c=6)\n'
    )
    base, deep, wide = (load(f"{file}:{name}") for name in ("Base", "Deep", "Wide"))
    assert [len(graph.nodes) for graph in (base, deep, wide)] == [4, 5, 4]
    assert (len(base.spec.expectations), len(deep.spec.expectations)) == (1, 0)
    assert deep.spec.recipe == base.spec.recipe is not None
    assert wide.spec.title == "wider"
    assert wide["2"].output == (6, 8, 8)  # the literal `=>` is for the defaults only


def test_imports_keep_the_names_of_their_own_file(tmp_path: Path):
    (tmp_path / "unit.arch").write_text(
        f"let extra = 2\n{CR.replace('c, k, pad', 'c + extra, k, pad')}"
    )
    main = tmp_path / "net.arch"
    main.write_text(
        'from "./unit.arch" import cr as unit, extra\nlet k = 1\n'
        "arch Net {\n input 3x4x4\n unit(extra)\n}\n"
    )
    assert load(str(main))["unit.conv"].output == (4, 4, 4)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"a.arch": 'from "./b.arch" import x\n'}, "E211"),
        ({"a.arch": 'from "./b.arch" import x\n', "b.arch": "let y = 1\n"}, "E213"),
        ({"a.arch": 'from "../b.arch" import x\n'}, "E212"),
        (
            {
                "a.arch": 'from "./b.arch" import x\nblock y() { relu }\n',
                "b.arch": 'from "./a.arch" import y\nblock x() { relu }\n',
            },
            "E210",
        ),
        ({"a.arch": 'from "./b.arch" import x\n', "b.arch": "block x( { relu }\n"}, "E101"),
    ],
)
def test_imports_that_fail(files: dict[str, str], expected: str, tmp_path: Path):
    inner = tmp_path / "inner"
    inner.mkdir()
    for name, text in files.items():
        (inner / name).write_text(text)
    with (inner / "a.arch").open("a") as file:
        file.write("arch A {\n input 3\n relu\n}\n")
    with pytest.raises(ArchError) as caught:
        load(str(inner / "a.arch"))
    assert [found.code for found in caught.value.diagnostics] == [expected]
