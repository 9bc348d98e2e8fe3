"""Levels: what is nested in what, which level is a chain, what enters it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from compiler_nets import net
from graph_nets import graph

from archspec.compiler import emit
from archspec.compiler.tree import Level, tree
from archspec.errors import ArchError


def levels(level: Level) -> dict[str, Level]:
    """Every level in a level, by path."""
    found: dict[str, Level] = {}
    for item in level.items:
        if isinstance(item, Level):
            found |= {item.path: item, **levels(item)}
    return found


def test_a_node_that_nobody_reads_is_made_but_not_run():
    text = emit(net("a: relu", "b: tanh", "@a -> sigmoid"))
    assert "self.b = nn.Tanh()" in text
    assert "self.b(" not in text


def test_levels_are_chains_unless_something_branches_in_them():
    found = levels(tree(graph("dense")))
    assert found["dense1"].chained
    assert not found["dense1.1"].chained
    assert found["dense1.1.pre"].chained
    assert found["trans1"].chained


def test_what_a_lane_refers_to_outside_enters_its_level():
    found = levels(tree(graph("lanes")))
    assert found["u1"].takes == ("u2.cr.relu", "e1.relu")
    assert found["u1"].gives == "u1.cr.relu"
    assert not found["u1"].chained


def test_a_module_of_another_level_is_borrowed():
    found = levels(tree(graph("shared")))
    assert (found["both"].takes, found["both"].borrows) == (("wide.relu",), ("a",))


def test_a_level_without_a_module_is_none():
    found = levels(tree(graph("dual")))
    assert "conv2_1.res" not in found
    assert [item.path for item in found["conv2_2"].items] == [
        "conv2_2.y",
        "conv2_2.res.slice",
        "conv2_2.res.slice_2",
        "conv2_2.res.add",
        "conv2_2.old",
        "conv2_2.new",
        "conv2_2.concat",
    ]


def test_two_tensors_that_leave_one_level_are_e701():
    graph = net("a: conv(2, 3) -> relu", "b: tanh")
    node = graph["a.conv"]
    spec = graph.spec.model_copy(update={"outputs": ("a.conv", "b")})
    with pytest.raises(ArchError) as caught:
        emit(replace(graph, spec=spec))
    (found,) = caught.value.diagnostics
    assert (found.code, found.path, found.primary) == ("E701", "a.conv", node.span)
