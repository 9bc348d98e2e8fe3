"""The nodes of a tree, one after the other."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from archspec.syntax.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def below(roots: Iterable[Node | None]) -> Iterator[Node]:
    """Every node of the trees, in no order; without recursion, since sums may be long."""
    waiting = [root for root in roots if root is not None]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += children(node)


def children(node: Node) -> list[Node]:
    """The nodes right below one."""
    values = (getattr(node, each.name) for each in fields(node))
    flat = (value if isinstance(value, tuple) else (value,) for value in values)
    return [child for group in flat for child in group if isinstance(child, Node)]
