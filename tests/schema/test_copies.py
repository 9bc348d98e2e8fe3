"""Instances of a repeat that are copied equal those that are expanded one by one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from archspec.graph import build, resolve
from archspec.schema import elaborate
from archspec.source import Source
from archspec.syntax import parse

if TYPE_CHECKING:
    from archspec.schema import ArchSpec

BLOCKS = """
block layer(c) { conv(c, 3, pad=1) -> relu }
block dense(k) { concat { | identity | layer(k) -> bn } }
block residual() { add { | identity | layer(8) } -> relu }
block twice(c) { repeat 3 { layer(c) -> tanh } }
block wrong() { relu -> conv(8, k=0) }
block deferred() { conv(2 * in.c, 1) }
"""
BODIES = (
    "layer(8)",
    "dense(4)",
    "residual()",
    "x: residual() -> relu\n @in -> layer(8) -> relu\n add(@x, @in)",
    "add { | @stem | layer(8) }",  # a label from outside is the entry of the first instance
    "y: layer(8) => 8x9x9",
    "y: layer(8) => [8, 9, 9]",
    "twice(8)",
    "repeat 2 { residual() } -> relu",
    "if true { layer(8) } else { identity }",
    "identity",
    "a: conv(8, 3, pad=1)\n b: conv(8, 3, pad=1, weights=@a)",
    "deferred()",
    "conv(in.c, 1)",
    "{ layer(8) -> bn }",
    "a: { layer(8) -> bn }\n layer(8)",
)


def elaborated(head: str, body: str) -> ArchSpec:
    text = f"{BLOCKS}\narch A {{ input 3x9x9\n stem: conv(8, 1)\n {head} {{ {body} }}\n relu\n}}"
    return elaborate(parse(Source("a.arch", text)))


def content(spec: ArchSpec) -> object:
    """All that instances say, but for where it was written."""
    graph = resolve(build(spec))
    nodes = [
        (n.path, n.op.name, n.inputs, n.spec.shares, [f.path for f in n.spec.chain], n.output)
        for n in graph.nodes.values()
    ]
    blocks = [(block.path, block.name, list(block.values)) for block in spec.blocks]
    declared = [(item.path, item.firm) for item in spec.declared]
    return nodes, blocks, declared, spec.outputs


@pytest.mark.parametrize("label", ["", "rest: "])
@pytest.mark.parametrize("body", BODIES)
def test_a_copy_is_what_expanding_gives(body: str, label: str) -> None:
    """A repeat with a variable is always expanded; the variable itself changes nothing here."""
    copied, expanded = (
        elaborated(f"{label}{head}", body) for head in ("repeat 5", "repeat i in 1..5")
    )
    assert content(copied) == content(expanded)


COUNTED = (  # what differs from turn to turn, and what does not
    "layer(8 if i < 3 else 4) -> conv(8, 1)",
    "layer(8) -> if i == 4 { relu } else { tanh }",
    "residual() -> repeat i // 3 { relu }",
    "conv(8, 2 * (i % 2) + 1, pad=i % 2)",
    "y: layer(8 + i // 3) -> conv(8, 1) => [8, 9, 9]",
    "bn(affine=i == 1)",
    "conv(in.c + i // 4, 1)",
)


@pytest.mark.parametrize("body", COUNTED)
def test_instances_with_a_number_are_copied_from_those_alike(body: str) -> None:
    """Against the same turns written out, each with its number in place of `i`."""
    copied = elaborated("rest: repeat i in 1..6", body)
    turns = "\n ".join(
        f"t{turn}: {{ {re.sub(r'(?<![a-z])i(?![a-z])', str(turn), body)} }}" for turn in range(1, 7)
    )
    text = f"{BLOCKS}\narch A {{ input 3x9x9\n stem: conv(8, 1)\n {turns}\n relu\n}}"
    written = elaborate(parse(Source("a.arch", text)))
    ours, theirs = (resolve(build(spec)) for spec in (copied, written))
    assert [(n.op, n.io) for n in ours.nodes.values()] == [
        (n.op, n.io) for n in theirs.nodes.values()
    ]
    assert [item.code for item in ours.diagnostics if item.severity == "error"] == [
        item.code for item in theirs.diagnostics if item.severity == "error"
    ]


def test_one_is_not_true() -> None:
    """Equal in Python, and remembered operators are found by their values."""
    spec = elaborated("repeat i in 1..4", "conv(8, 1 if i < 3 else true)")
    assert [node.op.name for node in spec.nodes] == [
        "input",
        "conv",
        "conv",
        "conv",
        "?",
        "?",
        "relu",
    ]


def test_errors_in_every_instance_are_counted() -> None:
    """Copies would hide that all instances are wrong."""
    spec = elaborated("repeat 5", "wrong() -> layer(8)")
    assert [(found.code, len(found.instances)) for found in spec.diagnostics] == [("E405", 4)]
