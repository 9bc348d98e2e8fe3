"""Tensors of a training step: which storage each lies in, and who saves it for the backward pass.

Only what is there is told; when it is alive is the job of `memory.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archspec.analysis.layout import copies, layouts
from archspec.analysis.metric import elements
from archspec.analysis.training_cost import (
    behind_training,
    carrying_gradients,
    reached_by_gradients,
    trained,
)
from archspec.ops import Expr, Inward, Term, count, total

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archspec.analysis.metric import Setup
    from archspec.graph import Graph, Node
    from archspec.ops import Io, Shape, Terms

TARGET_BYTES = 8  # of the class of a sample, an int64


@dataclass(frozen=True, slots=True)
class _Held:
    """What a node of this network keeps: `Saved`, as far as a gradient needs it.

    Args:
        inputs: the nodes before it whose outputs are kept.
    """

    inputs: tuple[str, ...] = ()
    output: bool = False
    own: int = 0
    bytes: int = 0
    once: int = 0
    shared: int = 0


class Storages:
    """Some nodes of a network with their storages: what lies where, and what is saved of it."""

    def __init__(self, graph: Graph, setup: Setup, nodes: Iterable[Node] | None = None) -> None:
        """Those of the trunk, unless other nodes are given, inputs before their readers."""
        self.nodes = {node.path: node for node in (graph.trunk if nodes is None else nodes)}
        self.outputs, self.owner = graph.spec.outputs, graph.weights_of
        self.width, self.param_width, self.batch = setup.width, setup.param_width, setup.batch
        self.training = trained(graph)
        self.carrying = carrying_gradients(graph, self.training)
        self.behind = behind_training(graph, self.carrying)
        self.reached = reached_by_gradients(graph, self.carrying) & self.nodes.keys()
        self._stored: dict[tuple[int, int, bool], tuple[int, int]] = {}
        elements_of = [self._elements(node) for node in self.nodes.values()]
        self.params = self.param_width * sum(trainable for trainable, _ in elements_of)
        self.fixed = self.param_width * sum(fixed for _, fixed in elements_of)
        self.layouts = layouts(self.nodes.values())
        self.bases = {path: layout.base for path, layout in self.layouts.items()}
        self.held = {path: self._held_by(node) for path, node in self.nodes.items()}
        self.keeping = {path: self._kept_by(node) for path, node in self.nodes.items()}
        self.saved, self.first_saver = self._saved()

    @property
    def loss(self) -> int:
        """Bytes cross-entropy keeps: log-probabilities, the targets, and the loss itself.

        Nothing, where no gradient comes back from the outputs. Autocast leaves it in float32.
        """
        return total(self.loss_terms)

    @property
    def loss_terms(self) -> Terms:
        """What `loss` is the sum of."""
        trained = [path for path in self.outputs if path in self.carrying]
        if not trained:
            return ()
        logits = sum(self.size(path) for path in trained)
        return (
            Term("log-probabilities", self._batched(Expr(logits) * self.param_width)),
            Term("targets", Expr(TARGET_BYTES) * self.batch),
            Term("loss", Expr(self.param_width)),
        )

    def own_params(self, path: str) -> int:
        """Trainable elements of a node; none where they are another's, or not of these nodes."""
        return self._elements(self.nodes[path])[0] if path in self.nodes else 0

    def _elements(self, node: Node) -> tuple[int, int]:
        """Trainable elements, and those that are stored but not trained; once a kind of node."""
        assert node.io is not None, "the caller knows the shapes"
        kind = (id(node.op), id(node.io), bool(node.spec.shares))  # `resolve` shares what is equal
        if kind not in self._stored:
            self._stored[kind] = _stored_elements(node, node.io)
        return self._stored[kind]

    def allocated(self, node: Node) -> int:
        """Output elements a sample that need storage of their own; as `activations` counts."""
        plain = not node.op.view and not node.op.in_place and node.inputs
        return self.size(node.path) if plain else 0

    def size(self, path: str) -> int:
        """Elements a sample of the output of a node."""
        io = self.nodes[path].io
        assert io is not None, "the caller knows the shapes"
        return count(io.output)

    def bytes_of(self, path: str) -> int:
        """Bytes of the output of a node, for the whole batch."""
        return self.width * self.batch * self.size(path)

    def inside(self, node: Node) -> tuple[int, ...]:
        """Bytes of the gradients between that of the output of a node and those of its inputs."""
        assert node.io is not None, "the caller knows the shapes"
        return tuple(self.width * self.batch * size for size in node.op.between(node.io))

    def products(self, node: Node) -> tuple[int, ...]:
        """Bytes of the first input, of the product of two, ... of all; () where none is made."""
        if not node.op.merges:
            return ()
        assert node.io is not None, "the caller knows the shapes"
        factors = node.op.saved(node.io).factors
        sizes = (*factors, count(node.io.output)) if factors else ()
        return tuple(self.width * self.batch * size for size in sizes)

    def storage_of(self, path: str) -> int:
        """Bytes of the storage a node makes, which may hold more than its output."""
        return self.width * self.batch * count(self._stored_shape(path))

    def storage(self, path: str) -> Expr:
        """The same as arithmetic."""
        return self._bytes(elements(self._stored_shape(path)))

    def _stored_shape(self, path: str) -> Shape:
        node = self.nodes[path]
        assert node.io is not None, "the caller knows the shapes"
        return node.op.stored(node.io)

    def _bytes(self, amount: Expr) -> Expr:
        """Elements a sample as bytes of the batch."""
        return self._batched(amount * self.width)

    def _batched(self, amount: Expr) -> Expr:
        return amount * self.batch if self.batch > 1 else amount

    def _held_by(self, node: Node) -> _Held:
        """What a node keeps until its gradient has been worked out."""
        path = node.path
        if node.io is None or (path not in self.behind and path not in self.training):
            return _Held()
        kept = node.op.saved(node.io)
        if kept.factors:
            return self._factors(node, kept.factors)
        inward = kept.inward if path in self.behind else Inward()
        inputs = kept.inputs or inward.inputs
        copied = inputs and copies(node, self.layouts[node.inputs[0]])
        return _Held(
            inputs=node.inputs if inputs and not copied else (),
            output=kept.output,
            own=kept.own + (count(node.io.x) if copied else 0),
            bytes=kept.bytes,
            once=kept.once + inward.once,
            shared=kept.shared,
        )

    def _factors(self, node: Node, products: tuple[int, ...]) -> _Held:
        """Of a product what the other factors' gradients need: inputs, and products of some."""
        wanted = [source in self.carrying for source in node.inputs]
        first, *others = node.inputs
        kept = [source for n, source in enumerate(others, 1) if any(wanted[:n])]
        kept = [first, *kept] if wanted[1] else kept
        behind = zip(wanted[2:], products[1:], strict=True)
        return _Held(inputs=tuple(kept), own=sum(size for want, size in behind if want))

    def _kept_by(self, node: Node) -> tuple[str, ...]:
        """The storages a node keeps, each once."""
        path, held = node.path, self.held[node.path]
        tensors = [self.bases[source] for source in held.inputs]
        tensors += [self.bases[path]] if held.output else []
        own = [own_storage(path)] if held.own or held.once or held.bytes or held.shared else []
        return (*dict.fromkeys(tensors), *own)

    def _saved(self) -> tuple[dict[str, int], dict[str, str]]:
        """Storage -> bytes, and storage -> the first node that keeps it."""
        sizes, first = dict[str, int](), dict[str, str]()
        for path, kept in self.keeping.items():
            for storage in kept:
                if storage not in first:
                    sizes[storage], first[storage] = self._size_of(storage, path), path
        return sizes, first

    def _size_of(self, storage: str, path: str) -> int:
        if storage in self.nodes:
            return self.storage_of(storage)
        held = self.held[path]
        once = held.once * self.param_width + held.shared * self.width
        return self.batch * (held.own * self.width + held.bytes) + once

    def saved_terms(self, storage: str, path: str) -> Terms:
        """What a node keeps of a storage, as arithmetic."""
        if storage in self.nodes:
            label = "its output" if storage == path else f"output of {storage}"
            return (Term(label, self.storage(storage)),)
        held = self.held[path]
        terms = (
            Term("kept inside", self._bytes(Expr(held.own))),
            Term("kept inside, once", Expr(held.once) * self.param_width),  # such as statistics
            Term("kept for the batch", Expr(held.shared) * self.width),
            Term("indices or masks", self._batched(Expr(held.bytes))),
        )
        return tuple(term for term in terms if term.amount.value)


def _stored_elements(node: Node, io: Io) -> tuple[int, int]:
    if node.spec.shares:
        return 0, 0
    weights, buffers = (
        total((*node.op.weights(io), *node.op.biases(io))),
        total(node.op.buffers(io)),
    )
    return (weights, buffers) if node.op.learns else (0, weights + buffers)


def own_storage(path: str) -> str:
    """The name of what a node keeps that is no node's output."""
    return f"{path}:own"


def saved_bytes(graph: Graph, setup: Setup) -> Mapping[str, Terms | None]:
    """What a training step keeps until its backward pass, at the first node that keeps it.

    Each storage counts once, so the nodes add up; what the trunk keeps is none of a head's. The
    loss keeps more, which is no node's. None where the shape of a node is not known.
    """
    heads = (node for node in graph.nodes.values() if node.spec.head)
    known: dict[str, Node] = {}
    for node in (*graph.trunk, *heads):
        if node.io is not None and all(source in known for source in node.inputs):
            known[node.path] = node
    stored = Storages(graph, setup, known.values())
    return {path: _firsts(stored, path) if path in known else None for path in graph.nodes}


def _firsts(stored: Storages, path: str) -> Terms:
    """What nobody before this node keeps."""
    mine = (kept for kept in stored.keeping[path] if stored.first_saver[kept] == path)
    return tuple(term for storage in mine for term in stored.saved_terms(storage, path))
