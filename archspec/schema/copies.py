"""Instances of a repeat that differ only in name: made from one another, not expanded again.

What one instance added is copied under another number. Nothing is evaluated here; instances with
problems, or with values that wait for shapes, are left to the walk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archspec.errors import ArchError, Frame
from archspec.schema.calls import MAX_NODES
from archspec.schema.spec import BlockSpec, DeclaredShape, NodeSpec, Pending
from archspec.schema.values import Deferred, ShapeUnknownError, evaluate
from archspec.syntax import ast, walk

if TYPE_CHECKING:
    from archspec.schema.expand import Expansion
    from archspec.schema.values import Scope, Value


_Likeness = tuple[tuple[type, "Value"], ...]


def varying(link: ast.Repeat) -> tuple[ast.Expression, ...]:
    """The expressions of a repeat's body that its number takes part in."""
    if link.variable is None:
        return ()
    number = link.variable.name
    found, waiting = list[ast.Expression](), list[ast.Node]([link.body])
    while waiting:
        node = waiting.pop()
        if not isinstance(node, ast.Expression):
            waiting += walk.children(node)
        elif any(isinstance(n, ast.Name) and n.name == number for n in walk.below([node])):
            found.append(node)
    return tuple(found)


class Copies:
    """The copies of one repeat, added to an expansion."""

    def __init__(self, expansion: Expansion, varying: tuple[ast.Expression, ...]) -> None:
        """Nothing to copy yet.

        Args:
            expansion: what copies are added to.
            varying: the expressions that tell instances apart.
        """
        self.expansion = expansion
        self.varying = varying
        self.models: dict[_Likeness, _Instance] = {}
        self.before = (0, 0, 0, 0)

    def start(self) -> None:
        """An instance is about to be expanded."""
        self.before = self._sizes()

    def likeness(self, scope: Scope) -> _Likeness | None:
        """What all instances that are copies of one another have in common; None if unknown.

        Args:
            scope: of the instance, with its number.
        """
        try:
            values = tuple(evaluate(expression, scope) for expression in self.varying)
        except (ArchError, ShapeUnknownError):
            return None
        return tuple((type(value), value) for value in values)  # 1 is not true

    def learn(self, like: _Likeness, path: str, entry: str, output: str) -> None:
        """Take the instance just expanded as the model of those alike, if it can be one.

        Args:
            like: its likeness.
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
            self.models[like] = made

    def add(self, like: _Likeness | None, path: str, entry: str) -> str | None:
        """A copy at `path` with `entry` coming in; the path of what leaves it.

        None if there is no instance alike yet, or no room for another one.
        """
        model = None if like is None else self.models.get(like)
        if model is None or len(model.nodes) > MAX_NODES - len(self.expansion.nodes):
            return None
        copy = _Copy(model.path, path, model.entry, entry)
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


class _Renamed(dict[str, str]):
    """The paths of a copy by those of its model; each is worked out once."""

    def __init__(self, old: str, new: str) -> None:
        super().__init__({old: new})
        self.old, self.new, self.inside = old, new, f"{old}."

    def __missing__(self, path: str) -> str:
        moved = self.new + path[len(self.old) :] if path.startswith(self.inside) else path
        self[path] = moved
        return moved


class _Copy:
    """The change from one instance to another."""

    def __init__(self, old: str, new: str, old_entry: str, new_entry: str) -> None:
        self.paths = _Renamed(old, new)
        self.entries = {old_entry: new_entry}
        self.frames: dict[int, Frame] = {}

    def tensor(self, path: str) -> str:
        return self.entries.get(path) or self.paths[path]

    def chain(self, chain: tuple[Frame, ...]) -> tuple[Frame, ...]:
        return tuple(map(self.frame, chain))

    def frame(self, frame: Frame) -> Frame:
        if id(frame) not in self.frames:
            self.frames[id(frame)] = Frame(frame.call, self.paths[frame.path], frame.span)
        return self.frames[id(frame)]

    def node(self, node: NodeSpec) -> NodeSpec:
        return NodeSpec(
            path=self.paths[node.path],
            op=node.op,
            inputs=tuple(map(self.tensor, node.inputs)),
            shares=self.paths[node.shares],
            head=node.head,
            span=node.span,
            arguments=node.arguments,
            chain=self.chain(node.chain),
            doc=node.doc,
        )

    def block(self, block: BlockSpec) -> BlockSpec:
        path = self.paths[block.path]
        return BlockSpec(path=path, name=block.name, values=block.values, doc=block.doc)

    def declared(self, item: DeclaredShape) -> DeclaredShape:
        return DeclaredShape(
            path=self.paths[item.path],
            value=item.value,
            firm=item.firm,
            span=item.span,
            chain=self.chain(item.chain),
        )
