"""Instances of a repeat that are copied equal those that are expanded one by one."""

from __future__ import annotations

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


def test_errors_in_every_instance_are_counted() -> None:
    """Copies would hide that all instances are wrong."""
    spec = elaborated("repeat 5", "wrong() -> layer(8)")
    assert [(found.code, len(found.instances)) for found in spec.diagnostics] == [("E405", 4)]
