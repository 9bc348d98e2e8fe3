"""Bytes: of the weights, of what a forward pass needs at once, of what training keeps.

The rules are those of a plain eager run: every node allocates its output, nodes run in the order
of the text, nothing is recomputed. Left out are the workspaces of kernels, what an allocator
rounds up, and what a device needs for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archspec.analysis.training_cost import behind_training, carrying_gradients, trains
from archspec.ops import count, total

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from archspec.analysis.metric import Setup
    from archspec.graph import Graph, Node

DTYPES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2}  # bytes of an element
CLASS_BYTES = 8  # of the class of a sample, an int64
OPTIMIZER_SLOTS = {
    "gd": 0,
    "sgd": 0,
    "momentum": 1,
    "nag": 1,
    "adagrad": 1,
    "rmsprop": 1,
    "adadelta": 2,
    "adam": 2,
    "adamw": 2,
}
EXCLUDES = ("kernel workspaces", "allocator rounding", "device context")


@dataclass(frozen=True, slots=True)
class Memory:
    """All in bytes.

    Args:
        params: parameters, fixed weights and buffers.
        activations: the outputs of all nodes that need storage, a sum and not a peak.
        peak: of the inputs and outputs alive at once in a forward pass.
        peak_in_place: the same where elementwise nodes overwrite an input nobody else reads.
        saved: what a training step keeps for its backward pass, each storage once, with the loss.
        train: the largest sum of everything alive in a backward pass.
        train_simple: parameters, their gradients, the optimizer's numbers and all that is saved.
    """

    params: int
    activations: int
    peak: int
    peak_in_place: int
    saved: int
    train: int
    train_simple: int

    @property
    def infer(self) -> int:
        """What inference needs at least."""
        return self.params + self.peak


BYTES: Mapping[str, Callable[[Memory], int]] = {
    "memory": lambda memory: memory.infer,
    "memory.params": lambda memory: memory.params,
    "memory.activations": lambda memory: memory.activations,
    "memory.infer": lambda memory: memory.infer,
    "memory.infer_peak": lambda memory: memory.peak,
    "memory.infer_peak.inplace": lambda memory: memory.peak_in_place,
    "memory.saved": lambda memory: memory.saved,
    "memory.train": lambda memory: memory.train,
}


def memory(graph: Graph, setup: Setup, optimizer: str = "momentum") -> Memory | None:
    """The memory of the trunk; None if the shape of a node is not known.

    Args:
        graph: resolved.
        setup: its batch and dtype hold for everything, the optimizer's numbers too.
        optimizer: decides how many numbers are kept a parameter (`OPTIMIZER_SLOTS`).
    """
    if any(node.io is None for node in graph.trunk):
        return None
    run = _Run(graph, setup)
    slots, saved = OPTIMIZER_SLOTS[optimizer], sum(run.saved.values()) + run.loss
    return Memory(
        params=run.params + run.fixed,
        activations=run.width * setup.batch * sum(map(run.allocated, graph.trunk)),
        peak=_peak(run, in_place=False),
        peak_in_place=_peak(run, in_place=True),
        saved=saved,
        train=_training_peak(run, slots),
        train_simple=run.params * (2 + slots) + run.fixed + saved,
    )


class _Run:
    """The trunk with its storages: which tensor lies where, and what is saved of it."""

    def __init__(self, graph: Graph, setup: Setup) -> None:
        self.nodes = {node.path: node for node in graph.trunk}
        self.outputs = graph.spec.outputs
        self.width, self.batch = DTYPES[setup.dtype], setup.batch
        self.behind, self.carrying = behind_training(graph), carrying_gradients(graph)
        self.training = frozenset(n.path for n in graph.trunk if trains(graph, n))
        self.params = self.width * sum(map(self.own_params, graph.trunk))
        self.fixed = self.width * sum(map(self._fixed, graph.trunk))
        self.bases = self._bases()
        self.saved, self.savers = self._saved()

    @property
    def loss(self) -> int:
        """Bytes cross-entropy keeps: log-probabilities, the classes, and the loss itself.

        Nothing, where no gradient comes back from the outputs.
        """
        trained = [path for path in self.outputs if path in self.carrying]
        if not trained:
            return 0
        scores = sum(self._size(self.nodes[path]) for path in trained)
        return self.batch * (scores * self.width + CLASS_BYTES) + self.width

    def own_params(self, node: Node) -> int:
        """Trainable elements; none where they are another node's."""
        if node.io is None or node.spec.shares or not node.op.learns:
            return 0
        return total(node.op.weights(node.io)) + total(node.op.biases(node.io))

    def allocated(self, node: Node) -> int:
        """Output elements a sample that need storage of their own; as `activations` counts."""
        plain = not node.op.view and not node.op.in_place and node.inputs
        return self._size(node) if plain else 0

    def bytes_of(self, path: str) -> int:
        """Bytes of the output of a node, for the whole batch."""
        return self.width * self.batch * self._size(self.nodes[path])

    def _fixed(self, node: Node) -> int:
        if node.io is None or node.spec.shares:
            return 0
        fixed = (*node.op.weights(node.io), *node.op.biases(node.io))
        return total(node.op.buffers(node.io)) + (0 if node.op.learns else total(fixed))

    def _size(self, node: Node) -> int:
        assert node.io is not None, "the caller knows the shapes"
        return count(node.io.output)

    def _bases(self) -> Mapping[str, str]:
        """Whose storage the output of a node lies in: a view's in that of its input."""
        bases: dict[str, str] = {}
        for path, node in self.nodes.items():
            shares = node.op.view or (node.op.name == "dropout" and not self._noisy(node))
            bases[path] = bases[node.inputs[0]] if shares and node.inputs else path
        return bases

    def _noisy(self, node: Node) -> bool:
        return node.io is not None and node.op.saved(node.io).own > 0

    def _saved(self) -> tuple[dict[str, int], dict[str, list[str]]]:
        """Storage -> bytes, and storage -> the nodes that keep it, in order."""
        sizes, savers = dict[str, int](), dict[str, list[str]]()
        for path, node in self.nodes.items():
            if node.io is None or (path not in self.behind and path not in self.training):
                continue
            kept = node.op.saved(node.io)
            own = self.width * (kept.own * self.batch + kept.once)
            own += kept.bytes * self.batch
            storages = [self.bases[source] for source in node.inputs if kept.inputs]
            storages += [self.bases[path]] if kept.output else []
            found = {storage: self.bytes_of(storage) for storage in storages}
            if own:
                found[f"{path}:own"] = own
            for storage, size in found.items():
                sizes[storage] = size
                savers.setdefault(storage, []).append(path)
        return sizes, savers


# --- forward --------------------------------------------------------------------------------------


def _peak(run: _Run, *, in_place: bool) -> int:
    """The most that is alive at once: what a node reads, what it writes, what is read later."""
    readers = _readers(run)
    bases: dict[str, str] = {}
    alive: dict[str, int] = {}
    left = {path: len(readers.get(path, ())) for path in run.nodes}
    held: dict[str, int] = {}  # reads of a storage still to come
    peak = now = 0
    for path, node in run.nodes.items():
        overwrites = in_place and node.op.in_place and held.get(bases.get(_first(node), ""), 0) == 1
        shares = bool(node.inputs) and (node.op.view or overwrites)
        base = bases[path] = bases[node.inputs[0]] if shares else path
        if base == path:
            alive[path] = run.bytes_of(path)
            now += alive[path]
        held[base] = held.get(base, 0) + left[path] + (path in run.outputs)
        peak = max(peak, now)
        for source in node.inputs:
            held[bases[source]] -= 1
        for storage in {bases[source] for source in node.inputs} | {base}:
            if not held[storage]:
                now -= alive.pop(storage, 0)
    return peak


def _first(node: Node) -> str:
    return node.inputs[0] if node.inputs else ""


def _readers(run: _Run) -> Mapping[str, list[str]]:
    readers: dict[str, list[str]] = {}
    for path, node in run.nodes.items():
        for source in node.inputs:
            readers.setdefault(source, []).append(path)
    return readers


# --- backward -------------------------------------------------------------------------------------


_HANDING_ON = ("add", "concat", "flatten")  # their inputs' gradients lie in that of the output


class _Gradients:
    """The gradients of outputs that are alive; several may lie in one buffer."""

    def __init__(self) -> None:
        self.buffers: dict[str, str] = {}  # tensor -> its buffer
        self.sizes: dict[str, int] = {}

    def give(self, tensor: str, size: int) -> int:
        """A buffer of its own, unless something has been added up for it; the new bytes."""
        if tensor in self.buffers:
            return 0
        self.buffers[tensor] = tensor
        self.sizes[tensor] = size
        return size

    def hand_on(self, source: str, tensor: str) -> None:
        """Let `tensor` have the gradient of `source` as it is."""
        if source in self.buffers:
            self.buffers.setdefault(tensor, self.buffers[source])

    def drop(self, tensor: str) -> int:
        """The bytes that are free when nobody needs the gradient of `tensor` any more."""
        buffer = self.buffers.pop(tensor, None)
        if buffer is None or buffer in self.buffers.values():
            return 0
        return self.sizes.pop(buffer)


def _training_peak(run: _Run, slots: int) -> int:
    """Weights, optimizer numbers, gradients and what is saved, where their sum is largest."""
    scores = sum(run.bytes_of(path) for path in run.outputs)
    saved, gradients = dict(run.saved), _Gradients()
    now = run.params * (1 + slots) + run.fixed  # the optimizer has its numbers already
    now += sum(saved.values()) + run.loss + scores + run.width
    now += sum(gradients.give(path, run.bytes_of(path)) for path in run.outputs)
    peak = now
    for path in reversed(run.nodes):
        node = run.nodes[path]
        if path in run.training:
            now += run.width * run.own_params(node)
        added_up = 0  # a second gradient of a tensor exists by itself before it is added
        for source in _wanting(run, node):
            if node.op.name in _HANDING_ON:
                gradients.hand_on(path, source)
                continue
            new = gradients.give(source, run.bytes_of(source))
            now += new
            added_up += 0 if new else run.bytes_of(source)
        peak = max(peak, now + added_up)
        now -= gradients.drop(path)
        for storage in (*map(run.bases.__getitem__, node.inputs), run.bases[path], f"{path}:own"):
            if storage in saved and run.savers[storage][0] == path:
                now -= saved.pop(storage)
    return peak


def _wanting(run: _Run, node: Node) -> tuple[str, ...]:
    """The inputs that need a gradient."""
    if node.path not in run.behind:
        return ()
    return tuple(s for s in node.inputs if s in run.behind or s in run.training)
