"""The nodes of a tree, one after the other."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
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
    found = list[Node]()
    for name in _field_names(type(node)):  # type: ignore[arg-type]  # a class has a hash
        value = getattr(node, name)
        if isinstance(value, Node):
            found.append(value)
        elif isinstance(value, tuple):
            found += [child for child in value if isinstance(child, Node)]
    return found


@cache
def _field_names(kind: type) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))
