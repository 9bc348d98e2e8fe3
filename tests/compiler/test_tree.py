"""What is no chain is refused, at its place."""

from __future__ import annotations

from dataclasses import replace

import pytest
from compiler_nets import net

from archspec.compiler import emit
from archspec.errors import ArchError


def test_a_node_that_does_not_follow_the_one_before_is_e701():
    graph = net("a: relu", "b: tanh")
    node = graph["b"]
    aside = replace(node, spec=node.spec.model_copy(update={"inputs": ("image",)}))
    with pytest.raises(ArchError) as caught:
        emit(replace(graph, nodes={**graph.nodes, "b": aside}))
    (found,) = caught.value.diagnostics
    assert (found.code, found.path, found.primary) == ("E701", "b", node.span)
