"""Instances of a repeat that differ only in name: made from one another, not expanded again.

What one instance added is copied under another number. Nothing is evaluated here; instances with
problems, or with values that wait for shapes, are left to the walk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archspec.schema.calls import MAX_NODES
from archspec.schema.spec import BlockSpec, DeclaredShape, NodeSpec, Pending
from archspec.schema.values import Deferred

if TYPE_CHECKING:
    from archspec.errors import Frame
    from archspec.schema.expand import Expansion


class Copies:
    """The copies of one repeat, added to an expansion."""

    def __init__(self, expansion: Expansion) -> None:
        """Nothing to copy yet."""
        self.expansion = expansion
        self.model: _Instance | None = None
        self.before = (0, 0, 0, 0)

    def start(self) -> None:
        """An instance is about to be expanded."""
        self.before = self._sizes()

    def learn(self, path: str, entry: str, output: str) -> None:
        """Take the instance just expanded as the model of those that follow, if it can be one.

        Args:
            path: its level, such as `dense1.2`.
            entry: path of the tensor that enters it; no label may be a name for that.
            output: path of the tensor that leaves it.
        """
        nodes, blocks, declared, problems = self.before
        made = _Instance(
            path,
            entry,
            output,
            tuple(self.expansion.nodes[nodes:]),
            tuple(self.expansion.blocks[blocks:]),
            tuple(self.expansion.declared[declared:]),
        )
        if len(self.expansion.problems) == problems and not made.waits:
            self.model = made

    def fits(self) -> bool:
        """Whether there is a model, and room for a copy of it."""
        room = MAX_NODES - len(self.expansion.nodes)
        return self.model is not None and len(self.model.nodes) <= room

    def add(self, path: str, entry: str) -> str:
        """A copy at `path` with `entry` coming in; the path of what leaves it."""
        assert self.model is not None, "the caller asked whether there is one"
        model, copy = self.model, _Copy(self.model.path, path, self.model.entry, entry)
        self.expansion.nodes += map(copy.node, model.nodes)
        self.expansion.blocks += map(copy.block, model.blocks)
        self.expansion.declared += map(copy.declared, model.declared)
        return copy.tensor(model.output)

    def _sizes(self) -> tuple[int, int, int, int]:
        walk = self.expansion
        return len(walk.nodes), len(walk.blocks), len(walk.declared), len(walk.problems)


@dataclass(frozen=True, slots=True)
class _Instance:
    """What one instance of a repeat added to the network."""

    path: str
    entry: str
    output: str
    nodes: tuple[NodeSpec, ...]
    blocks: tuple[BlockSpec, ...]
    declared: tuple[DeclaredShape, ...]

    @property
    def waits(self) -> bool:
        """Whether something in it waits for the shapes of this very instance."""
        values = [value for block in self.blocks for value in block.values.values()]
        values += [item.value for item in self.declared]
        if any(isinstance(node.op, Pending) for node in self.nodes):
            return True
        return any(isinstance(value, Deferred) for value in values)


class _Copy:
    """The change from one instance to another."""

    def __init__(self, old: str, new: str, old_entry: str, new_entry: str) -> None:
        self.old, self.new = old, new
        self.entries = {old_entry: new_entry}
        self.chains: dict[int, tuple[Frame, ...]] = {}

    def path(self, path: str) -> str:
        inside = path == self.old or path.startswith(f"{self.old}.")
        return self.new + path[len(self.old) :] if inside else path

    def tensor(self, path: str) -> str:
        return self.entries.get(path) or self.path(path)

    def chain(self, chain: tuple[Frame, ...]) -> tuple[Frame, ...]:
        if id(chain) not in self.chains:
            self.chains[id(chain)] = tuple(
                replace(frame, path=self.path(frame.path)) for frame in chain
            )
        return self.chains[id(chain)]

    def node(self, node: NodeSpec) -> NodeSpec:
        return NodeSpec(
            path=self.path(node.path),
            op=node.op,
            inputs=tuple(map(self.tensor, node.inputs)),
            shares=self.path(node.shares),
            head=node.head,
            span=node.span,
            arguments=node.arguments,
            chain=self.chain(node.chain),
            doc=node.doc,
        )

    def block(self, block: BlockSpec) -> BlockSpec:
        path = self.path(block.path)
        return BlockSpec(path=path, name=block.name, values=block.values, doc=block.doc)

    def declared(self, item: DeclaredShape) -> DeclaredShape:
        return DeclaredShape(
            path=self.path(item.path),
            value=item.value,
            firm=item.firm,
            span=item.span,
            chain=self.chain(item.chain),
        )
