"""Graph edits before emission."""

from __future__ import annotations

from compiler_nets import net

from archspec.analysis import analyze
from archspec.compiler import without_softmax


def test_a_softmax_at_the_end_leaves_no_trace():
    graph = net("a: linear(3)", "out: softmax => 3", x="4")
    edited = without_softmax(graph)
    assert list(edited.nodes) == ["image", "a"]
    assert [statement.path for statement in edited.statements] == ["a"]
    assert [item.path for item in edited.spec.declared] == []
    assert analyze(edited).number("", "params") == 15
    assert list(graph.nodes) == ["image", "a", "out"]  # the original is as it was


def test_the_rest_of_its_statement_stays():
    edited = without_softmax(net("a: linear(3) -> softmax", x="4"))
    assert [statement.nodes for statement in edited.statements] == [("a.linear",)]


def test_a_network_that_ends_otherwise_is_the_same_object():
    graph = net("softmax", "linear(3)", x="4")
    assert without_softmax(graph) is graph
