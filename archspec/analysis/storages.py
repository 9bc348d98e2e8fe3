"""Tensors of a training step: which storage each lies in, and who saves it for the backward pass.

Only what is there is told; when it is alive is the job of `memory.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.analysis.metric import elements
from archspec.analysis.training_cost import behind_training, carrying_gradients, trained
from archspec.ops import Expr, Term, count, total

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archspec.analysis.metric import Setup
    from archspec.graph import Graph, Node
    from archspec.ops import Io, Terms

TARGET_BYTES = 8  # of the class of a sample, an int64


class Storages:
    """Some nodes of a network with their storages: what lies where, and what is saved of it."""

    def __init__(self, graph: Graph, setup: Setup, nodes: Iterable[Node] | None = None) -> None:
        """Those of the trunk, unless other nodes are given, inputs before their readers."""
        self.nodes = {node.path: node for node in (graph.trunk if nodes is None else nodes)}
        self.outputs = graph.spec.outputs
        self.width, self.param_width, self.batch = setup.width, setup.param_width, setup.batch
        self.training = trained(graph)
        self.carrying = carrying_gradients(graph, self.training)
        self.behind = behind_training(graph, self.carrying)
        self._stored: dict[tuple[int, Io, bool], tuple[int, int]] = {}
        elements_of = [self._elements(node) for node in self.nodes.values()]
        self.params = self.param_width * sum(trainable for trainable, _ in elements_of)
        self.fixed = self.param_width * sum(fixed for _, fixed in elements_of)
        self.bases = self._bases()
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

    def own_params(self, node: Node) -> int:
        """Trainable elements; none where they are another node's."""
        return self._elements(node)[0]

    def _elements(self, node: Node) -> tuple[int, int]:
        """Trainable elements, and those that are stored but not trained; once a kind of node."""
        assert node.io is not None, "the caller knows the shapes"
        kind = (id(node.op), node.io, bool(node.spec.shares))
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

    def tensor(self, path: str) -> Expr:
        """The same as arithmetic."""
        io = self.nodes[path].io
        assert io is not None, "the caller knows the shapes"
        return self._bytes(elements(io.output))

    def _bytes(self, amount: Expr) -> Expr:
        """Elements a sample as bytes of the batch."""
        return self._batched(amount * self.width)

    def _batched(self, amount: Expr) -> Expr:
        return amount * self.batch if self.batch > 1 else amount

    def _bases(self) -> Mapping[str, str]:
        """Whose storage the output of a node lies in: a view's in that of its input."""
        bases: dict[str, str] = {}
        for path, node in self.nodes.items():
            shares = node.op.view or (node.op.name == "dropout" and not self._noisy(node))
            bases[path] = bases[node.inputs[0]] if shares and node.inputs else path
        return bases

    def _noisy(self, node: Node) -> bool:
        return node.io is not None and node.op.saved(node.io).own > 0

    def _kept_by(self, node: Node) -> tuple[str, ...]:
        """The storages a node keeps until its gradient has been worked out, each once."""
        path, needed = node.path, node.path in self.behind or node.path in self.training
        if node.io is None or not needed:
            return ()
        kept = node.op.saved(node.io)
        tensors = [self.bases[source] for source in node.inputs] if kept.inputs else []
        tensors += [self.bases[path]] if kept.output else []
        own = [own_storage(path)] if kept.own or kept.once or kept.bytes else []
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
            return self.bytes_of(storage)
        return total(self.saved_terms(storage, path))

    def saved_terms(self, storage: str, path: str) -> Terms:
        """What a node keeps of a storage, as arithmetic."""
        if storage in self.nodes:
            label = "its output" if storage == path else f"output of {storage}"
            return (Term(label, self.tensor(storage)),)
        node = self.nodes[path]
        assert node.io is not None, "it would keep nothing"
        kept = node.op.saved(node.io)
        terms = (
            Term("kept inside", self._bytes(Expr(kept.own))),
            Term("kept inside, once", Expr(kept.once) * self.param_width),  # such as statistics
            Term("indices or masks", self._batched(Expr(kept.bytes))),
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
