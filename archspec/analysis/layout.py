"""Where the output of a node lies: in a storage of its own, or in a part of another's.

A view shares the storage of its input and walks through it in steps. A map whose pixels do not
follow one another cannot become a vector as it stands: who flattens it makes a copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from archspec.ops import Flatten, Linear, count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archspec.graph import Node
    from archspec.ops import Shape


@dataclass(frozen=True, slots=True)
class Layout:
    """A tensor in a storage, of one sample.

    Args:
        base: the node whose storage it is.
        shape: of the tensor.
        steps: how many elements of the storage lie between neighbours along each side.
    """

    base: str
    shape: Shape
    steps: tuple[int, ...]

    @property
    def step(self) -> int | None:
        """The step of the same elements as a vector; None if they have no common one.

        >>> Layout("a", (2, 3, 4), (12, 4, 1)).step, Layout("a", (2, 3, 3), (12, 4, 1)).step
        (1, None)
        """
        sides = [(side, step) for side, step in zip(self.shape, self.steps, strict=True)]
        longer = [(side, step) for side, step in sides if side > 1]
        for (_, outer), (side, inner) in pairwise(longer):
            if outer != side * inner:
                return None
        return longer[-1][1] if longer else 1


def layouts(nodes: Iterable[Node]) -> Mapping[str, Layout]:
    """Path -> where the output lies, of nodes with known shapes, inputs before their readers."""
    found: dict[str, Layout] = {}
    for node in nodes:
        found[node.path] = _layout(node, [found[source] for source in node.inputs])
    return found


def copies(node: Node, x: Layout) -> bool:
    """Whether a node that flattens its input `x` has to copy it for that."""
    return isinstance(node.op, Flatten | Linear) and len(x.shape) > 1 and x.step is None


def _layout(node: Node, inputs: list[Layout]) -> Layout:
    assert node.io is not None, "the caller knows the shapes"
    shape = node.io.output
    if not inputs or not passes(node) or copies(node, inputs[0]):
        return Layout(node.path, shape, _rows(node.op.stored(node.io)))
    x = inputs[0]
    if len(shape) == len(x.shape):
        return Layout(x.base, shape, x.steps)
    assert x.step is not None, "it would be a copy"
    return Layout(x.base, shape, (x.step,))


def passes(node: Node) -> bool:
    """Whether a node gives (a part of) the very tensor it takes: a view, or dropout of nothing."""
    idle = node.op.name == "dropout" and node.io is not None and not node.op.saved(node.io).own
    return node.op.view or idle


def _rows(shape: Shape) -> tuple[int, ...]:
    """The steps through a storage of this shape, written row by row."""
    return tuple(count(shape[axis + 1 :]) for axis in range(len(shape)))
