"""Every node has the span of its text, inside the span of its parent."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from archspec.source import Source
from archspec.syntax import ast, parse

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.arch"))
MORE = """
let all = -a ** 2 // 3 % 4 + (1 if not b == 2 and c or d else @x.h) * f([1, "t\\"x"], k=true)[0]
table t { 1 0
          -0.5 1e-4 }
arch A(n, m=2.5) "title" {
  input a: [n, 1×2, 3]
  ## doc
  x: @a -> { relu } -> repeat i in 1..n { bn } => [n, 1] [a, b=1]
  y: if n { relu } else if m { tanh } else { bn }
  head h(w=0.3) { relu }
  output @x, @y
  expect { x.2.relu.params ~= 3.8G within 2.5% from derived note "n" disputed "d" }
  train { seed = 0 }
}
arch B = A(n=3) {}
train fast for B { epochs = 20 }
"""
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in SAMPLES} | {"more": MORE}
WRITTEN = (ast.Number, ast.Cell, ast.Ident, ast.Name, ast.Reference)


def children(node: ast.Node | ast.File) -> Iterator[ast.Node]:
    for each in fields(node):
        value = getattr(node, each.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, ast.Node):
                yield part


def walk(node: ast.Node) -> Iterator[tuple[ast.Node, ast.Node]]:
    for child in children(node):
        yield node, child
        yield from walk(child)


def written(node: ast.Node) -> str | None:
    """What the span of a leaf must cover."""
    match node:
        case ast.Number(text) | ast.Cell(text):
            return text
        case ast.Ident(name) | ast.Name(name):
            return name
        case ast.Reference(name):
            return f"@{name}"
        case ast.Boolean(value):
            return str(value).lower()
        case ast.Size(sides):
            return "x".join(map(str, sides))
        case _:
            return None


@pytest.mark.parametrize("name", TEXTS)
def test_spans_of_all_nodes(name: str) -> None:
    file = parse(Source(name, TEXTS[name]))
    assert file.diagnostics == ()
    pairs = [pair for definition in file.definitions for pair in walk(definition)]
    assert len(pairs) > 10
    for parent, child in pairs:
        assert parent.span.start <= child.span.start < child.span.end <= parent.span.end
        text = written(child)
        assert text is None or child.span.text.replace("×", "x") == text


def test_the_text_above_holds_every_kind_of_node() -> None:
    """A node that is never built would make the test above say nothing about it."""
    seen: set[type[ast.Node]] = set()
    for name, text in TEXTS.items():
        for definition in parse(Source(name, text)).definitions:
            seen |= {type(definition), *(type(child) for _, child in walk(definition))}
    known = {v for v in vars(ast).values() if isinstance(v, type) and issubclass(v, ast.Node)}
    assert known - seen == {ast.Node}


@pytest.mark.parametrize(
    ("text", "kind", "spans"),
    [
        ("let a = (1 + 2) * 3", ast.Binary, ["(1 + 2) * 3", "1 + 2"]),
        ("let a = - f(1)", ast.Unary, ["- f(1)"]),
        ("let a = 1 if b else 2", ast.Conditional, ["1 if b else 2"]),
        ("let a = b[0] . c", ast.Attribute, ["b[0] . c"]),
        ("let a = b[ (0) ]", ast.Subscript, ["b[ (0) ]"]),
        (
            "block b() {\n  a: relu ->\n  conv(1) # c\n  => 1x1 [freeze] # d\n  bn\n}",
            ast.Statement,
            ["a: relu ->\n  conv(1) # c\n  => 1x1 [freeze]", "bn"],
        ),
        ("block b() { add { | a: x | y } }", ast.Statement, ["add { | a: x | y }", "a: x", "y"]),
        ("block b() {\n repeat 2 {\n x\n }\n}", ast.Repeat, ["repeat 2 {\n x\n }"]),
        ("block b() { f(x) { | y } }", ast.Call, ["f(x) { | y }", "y"]),
        ('arch A = B { expect { a.b == 1 note "n" } }', ast.Expectation, ['a.b == 1 note "n"']),
        ("block b(x, y = 2) { relu }", ast.Parameter, ["x", "y = 2"]),
        ('from "f" import a, b as c', ast.ImportName, ["a", "b as c"]),
        ("block b() {\n  ## doc\n  relu\n}", ast.Body, ["{\n  ## doc\n  relu\n}"]),
        ("block b() { if a { x } else if b { y } }", ast.Body, None),
    ],
)
def test_span_of(text: str, kind: type[ast.Node], spans: list[str] | None) -> None:
    file = parse(Source("a.arch", text))
    assert file.diagnostics == ()
    nodes = [n for d in file.definitions for _, n in walk(d) if isinstance(n, kind)]
    expected = spans or ["{ if a { x } else if b { y } }", "{ x }", "if b { y }", "{ y }"]
    assert [node.span.text for node in nodes] == expected
