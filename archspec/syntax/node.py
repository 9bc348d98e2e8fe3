"""What all nodes of the tree share: a span, and comparison by what was written."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archspec.source import Span


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Node:
    """Anything that stands somewhere in a text.

    Comparison and representation are written here once: that `dataclass` would generate them
    for each of the forty-odd nodes is a third of what importing them costs.
    """

    span: Span = field(compare=False, repr=False)

    def _said(self) -> tuple[object, ...]:
        return tuple(getattr(self, each.name) for each in fields(self) if each.compare)

    def __eq__(self, other: object) -> bool:
        """Whether both say the same, wherever they stand."""
        return type(self) is type(other) and self._said() == other._said()

    def __hash__(self) -> int:
        return hash((type(self), self._said()))

    def __repr__(self) -> str:
        shown = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
        return f"{type(self).__name__}({', '.join(shown)})"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Ident(Node):
    """A name as written."""

    name: str
