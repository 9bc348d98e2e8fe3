"""Which operators use the same weights, as a tag for each such group: `w1`, `w2`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archspec.graph import Graph, Node

Tags = dict[str, str]


def weight_tags(graph: Graph) -> Tags:
    """The tag of every operator whose weights more than one uses, by path.

    Numbers follow the order of the operators that own the weights.
    """
    owners = {path: _owner(graph, path) for path in graph.nodes}
    shared = {owner for path, owner in owners.items() if owner != path}
    numbers = {
        path: f"w{place}" for place, path in enumerate(filter(shared.__contains__, owners), 1)
    }
    return {path: numbers[owner] for path, owner in owners.items() if owner in shared}


def _owner(graph: Graph, path: str) -> str:
    while graph[path].spec.shares in graph.nodes:
        path = graph[path].spec.shares
    return path


def tags_of(nodes: Iterable[Node], tags: Mapping[str, str], *, folded: bool) -> str:
    """The tags of a box: `w1`, `w1, w3`.

    Args:
        nodes: the operators in it.
        tags: of all operators.
        folded: whether what its operators share among themselves goes without saying.
    """
    inside = [node.path for node in nodes if node.path in tags]
    found = dict.fromkeys(tags[path] for path in inside)
    if folded:
        outside = {tag for path, tag in tags.items() if path not in set(inside)}
        found = {tag: None for tag in found if tag in outside}
    return ", ".join(found)
