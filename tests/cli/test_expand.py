"""`archspec expand`: a flat spec with the same numbers, node by node."""

import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from archspec.analysis import analyze
from archspec.errors import has_errors
from archspec.graph import Graph, read_graphs
from archspec.ops import BY_NAME, Table
from archspec.rendering import flat_source
from archspec.rendering.arguments import call_text, value_text
from archspec.schema import Target, find
from archspec.source import Source
from archspec.syntax.format import format_source

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = sorted((ROOT / "tests" / "syntax" / "samples").glob("*.arch"))
SPECS = sorted((ROOT / "specs").rglob("*.arch"))
METRICS = ("params", "params.weights", "params.bias", "params.fixed", "macs", "activations")

BLOCKS = """
let width = 4
block cbn(c, k=3, stride=1) { conv(c, k, stride=stride, pad=k // 2, bias=false) -> bn }
block Unit(c, project=false) {
  add {
    | cbn(c) -> relu -> cbn(c)
    | if project { proj: cbn(c, 1) } else { identity }
  }
  relu
}
"""
SMALL = {
    "chain": "input 1x8x8\n conv(2, 3)\n linear(3)",
    "repeat": "input 1x8x8\n repeat 3 { Unit(1) }\n x: repeat i in 2..3 { conv(i, 1) -> relu }",
    "if": "input 1x8x8\n a: if width > 3 { Unit(8, true) }\n if width < 3 { relu }\n tanh",
    "deferred": "input 3x8x8\n a: conv(in.c * 2, 3) => [6, 6, 6]\n @a -> conv(@a.h + in.c, 1)",
    "merges": "input 4x8x8\n a: conv(4, 1)\n b: conv(4, 1)\n c: concat(@a, @b)\n s: sub(@a, @b)\n"
    " concat { | @a | @c | @s -> slice(1, end) }",
    "labels": "input 4x8x8\n a: { b: relu\n c: tanh }\n a_b: relu\n conv(2, 1)\n conv(2, 1)",
    "collisions": "input 1x2x2\n a: { b: relu\n c: tanh }\n a_b: relu\n a_b_2: relu\n b: relu",
    "inputs": "input l: 2x8x8\n input r: 2x8x8\n"
    " x: add(@l, @r)\n y: @l -> conv(1, 1)\n output @x, @y",
    "named input": "input image: 2x4x4\n conv(2, 1)\n add { | identity | @image }",
    "unnamed input": "input 2x4x4\n add { | conv(2, 1) | identity }",
    "sharing": "input 2x8x8\n a: conv(2, 3, pad=1)\n b: conv(2, 3, pad=1, weights=@a)",
    "heads": "input 2x8x8\n a: conv(2, 1)\n"
    " head h(loss_weight=0.3, phase=\"train\") { linear(3) }\n"
    " fc: linear(9) -> relu\n head g { x: linear(4)\n a_relu: relu\n @x }\n linear(2)",
    "head output": "input 2x4x4\n head h { relu -> linear(3) }\n"
    " flatten\n x: concat { | identity | @h }",
    "arguments": "input 2x9x9\n"
    " conv(4, 3x1, stride=1x2, pad=[1, 2, 0, 1], dilation=2x1, groups=2)\n"
    " maxpool(2, stride=1, ceil=true)\n avgpool(2)\n dropout(0.25)\n conv(1, 1, pad_mode=reflect)",
    "tables": "input 2x9x9\n conv(3, 3, table=t)",
    "rule": "input 2x9x9\n conv(3, 3, table=cyclic(1))",
    "tags": "input 2x9x9\n ## first\n ## lines\n a: conv(3, 3) -> relu [stage=a, \"x y\"]".replace(
        ', "x y"', ', note="x y", n=3, freeze'
    ),
    "expectations": "input 1x8x8\n a: conv(2, 3)\n b: relu -> tanh\n"
    " expect { a.params == 10 * 2 from derived note \"say \\\"a\\\"\"\n params ~= 20 within 0.5%\n"
    " a.shape == [2, 6, 6]\n b.params == 0\n a.macs ~= 0.6k }",
    "recipe": "input 1x28x28\n linear(10)\n train { data = mnist5k  # why\n epochs = 3 }",
    "recipe with let": "input 1x28x28\n linear(10)\n train { data = mnist5k\n epochs = width }",
}  # fmt: skip


def graphs(path_or_text: Path | str) -> list[Graph]:
    if isinstance(path_or_text, Path):
        found = read_graphs(find(str(path_or_text)))
    else:
        found = read_graphs(Target(Source("small.arch", path_or_text), None))
    return [graph for graph in found if not has_errors(graph.diagnostics)]


def small(name: str) -> Graph:
    text = f"{BLOCKS}\ntable t {{ X . X\n . X X }}\narch Small {{\n {SMALL[name]}\n}}\n"
    (graph,) = read_graphs(Target(Source("small.arch", text), None))
    errors = [found for found in graph.diagnostics if found.severity == "error"]
    assert not errors
    return graph


def reread(text: str) -> Graph:
    assert format_source(Source("flat.arch", text)) == text
    (graph,) = read_graphs(Target(Source("flat.arch", text), None))
    assert not [found for found in graph.diagnostics if found.severity == "error"], text
    return graph


def same(graph: Graph) -> str:
    """Check that the flat spec has the same numbers, and give it."""
    text = flat_source(graph)
    other = reread(text)
    old, new = analyze(graph), analyze(other)
    renamed = dict(zip(graph.nodes, other.nodes, strict=True))
    for path, node in graph.nodes.items():
        copy = other[renamed[path]]
        assert copy.output == node.output
        assert copy.op.name == node.op.name
        assert copy.inputs == tuple(renamed[source] for source in node.inputs)
        assert copy.spec.shares == renamed.get(node.spec.shares, "")
        assert copy.spec.head == node.spec.head
        assert node.op.name in ("input", *_tabled(node)) or copy.op == node.op
        for metric in METRICS:
            assert new.numbers[metric][copy.path] == old.numbers[metric][path], (metric, path)
    for metric in old.numbers:
        assert new.number("", metric) == old.number("", metric), metric
    heads = {head.name: renamed[head.output] for head in graph.spec.heads}
    assert {head.name: head.output for head in other.spec.heads} == heads
    assert other.spec.outputs == tuple(renamed[path] for path in graph.spec.outputs)
    assert other.spec.recipe is None or same_recipe(other, graph)
    failed = [outcome for outcome in new.outcomes if outcome.result == "fails"]
    assert len(failed) <= sum(outcome.result == "fails" for outcome in old.outcomes)
    return text


def same_recipe(one: Graph, other: Graph) -> bool:
    first, second = one.spec.recipe, other.spec.recipe
    return first is not None and second is not None and first.written() == second.written()


def _tabled(node: object) -> tuple[str, ...]:
    """Operators with tables keep the cells but may get another table name."""
    return ("conv", "rbf") if getattr(node.op, "table", None) else ()  # type: ignore[attr-defined]  # a Node


@pytest.mark.parametrize("path", [*SAMPLES, *SPECS], ids=lambda path: path.stem)
def test_samples_and_specs_keep_their_numbers(path: Path) -> None:
    for graph in graphs(path):
        same(graph)


def test_most_samples_can_be_expanded() -> None:
    assert sum(len(graphs(path)) for path in SAMPLES) >= 6


@pytest.mark.parametrize("name", SMALL)
def test_small_specs_keep_their_numbers(name: str) -> None:
    same(small(name))


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("repeat", "x_2_relu: relu"),
        ("deferred", "conv: conv(12, 1)"),
        ("collisions", "a_b_2: relu"),
        ("inputs", "output @x, @y"),
        ("sharing", "weights=@a"),
        ("heads", "head h(loss_weight=0.3, phase=\"train\") {\n    linear(3)   => 3\n  }"),
        ("tables", "table t {\n  X . X\n  . X X\n}"),
        ("tags", "## first\n  ## lines\n  a_conv: "),
        ("tags", '[stage=a, note="x y", n=3, freeze]'),
        ("expectations", 'from derived  note "say \\"a\\""'),
        ("expectations", "# dropped, since `b` is no single node: b.params == 0"),
        ("expectations", "a.macs ~= 0.6k"),
        ("recipe", "data   = mnist5k   # why"),
        ("recipe with let", "epochs    = 4"),
        ("arguments", "conv(4, 3x1, stride=1x2, pad=[1, 2, 0, 1], dilation=2x1, groups=2)"),
        ("arguments", "maxpool(2, stride=1, ceil=true)"),
        ("arguments", "avgpool(2) "),
        ("arguments", "pad_mode=reflect"),
    ],
)  # fmt: skip
def test_what_is_written(name: str, line: str) -> None:
    assert line in flat_source(small(name))


def test_a_part_takes_what_enters_it_as_inputs() -> None:
    graph = small("repeat")
    part = reread(flat_source(graph, "2"))
    assert len(part.inputs) == 1
    assert [node.op for node in part.nodes.values()][1:] == [node.op for node in graph.members("2")]
    two = reread(flat_source(small("merges"), "s"))
    assert [node.path for node in two.inputs] == ["a", "b"]


def test_values_are_written_as_they_are_read() -> None:
    assert value_text((Fraction(1, 10**9), Fraction(2, 3), True, -3)) == "[1e-09, 2/3, true, -3]"
    table = Table("t", ((Fraction(1),),))
    conv = BY_NAME["conv"](c=1, k=(1, 1), table=table)
    assert call_text(conv, {table: "u"}) == "conv(1, 1, table=u)"


# --- the command


def archspec(*arguments: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "archspec", *arguments],
        capture_output=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )


def test_the_output_is_a_spec_that_checks(tmp_path: Path) -> None:
    done = archspec("expand", "lenet5", "-o", "flat.arch", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, b"flat.arch   14 nodes\n")
    assert archspec("check", "flat.arch", folder=tmp_path).returncode == 0
    piped = archspec("expand", "lenet5", "-q", folder=tmp_path)
    assert piped.stdout == (tmp_path / "flat.arch").read_bytes()
    answer = json.loads(archspec("expand", "lenet5", "--json", folder=tmp_path).stdout)
    assert answer["data"]["source"].encode() == piped.stdout


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("expand lenet5 --path C3", 0),
        ("expand lenet5 --path C33", 1),
        ("expand missing.arch", 3),
        ("expand broken.arch", 1),
        ("expand lenet5 -o nowhere/x.arch", 3),
        ("expand", 2),
    ],
)
def test_exit_code(tmp_path: Path, line: str, code: int) -> None:
    (tmp_path / "broken.arch").write_text("arch A {\n  input 1x8x8\n  cnov(2, 3)\n}\n")
    done = archspec(*line.split(), folder=tmp_path)
    assert done.returncode == code, done.stderr.decode()
    assert b"Traceback" not in done.stderr
