"""Bytes: of the weights, of what a forward pass needs at once, of what training keeps.

The rules are those of a plain eager run: every node allocates its output, nodes run in the order
of the text, nothing is recomputed. Left out are the workspaces of kernels, what an allocator
rounds up, and what a device needs for itself.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archspec.analysis.backward import Moment, backward
from archspec.analysis.metric import OPTIMIZER_SLOTS
from archspec.analysis.shared_storage import shared_storage
from archspec.analysis.storages import Storages
from archspec.ops import Expr, Term

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from archspec.analysis.metric import Setup
    from archspec.graph import Graph, Node
    from archspec.ops import Terms

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
        saved_shared: the same where the concatenations of a dense block share one storage.
        train: the largest sum of everything alive in a backward pass.
        train_simple: parameters, their gradients, optimizer state and all that is saved.
    """

    params: int
    activations: int
    peak: int
    peak_in_place: int
    saved: int
    saved_shared: int
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
    "memory.saved.shared": lambda memory: memory.saved_shared,
    "memory.train": lambda memory: memory.train,
}


def memory(graph: Graph, setup: Setup, optimizer: str = "momentum") -> Memory | None:
    """The memory of the trunk; None if the shape of a node is not known.

    Args:
        graph: resolved.
        setup: its batch and dtype, which says the widths of activations and of parameters.
        optimizer: one of `OPTIMIZER_SLOTS`, which says how many elements of state a parameter has.
    """
    if any(node.io is None for node in graph.trunk):
        return None
    run = Storages(graph, setup)
    slots, saved = OPTIMIZER_SLOTS[optimizer], sum(run.saved.values()) + run.loss
    return Memory(
        params=run.params + run.fixed,
        activations=run.width * setup.batch * sum(map(run.allocated, graph.trunk)),
        peak=_most(_forward(run, in_place=False)),
        peak_in_place=_most(_forward(run, in_place=True)),
        saved=saved,
        saved_shared=shared_storage(run).saved + run.loss,
        train=_most(backward(run, slots)),
        train_simple=run.params * (2 + slots) + run.fixed + saved,
    )


def largest_batch(graph: Graph, setup: Setup, optimizer: str, budget: int) -> int:
    """The most samples a training step takes at a time in a budget; 0 if not even one.

    Every tensor grows with the batch, and so does the peak.

    Args:
        graph: resolved; all its shapes have to be known.
        setup: its dtype holds, its batch does not.
        optimizer: one of `OPTIMIZER_SLOTS`.
        budget: bytes; the peak of training may be as large, but not larger.
    """

    def fits(batch: int) -> bool:
        run = Storages(graph, replace(setup, batch=batch))
        return _most(backward(run, OPTIMIZER_SLOTS[optimizer])) <= budget

    largest, above = 0, 1
    while fits(above):
        largest, above = above, 2 * above
    while above - largest > 1:
        middle = (largest + above) // 2
        largest, above = (middle, above) if fits(middle) else (largest, middle)
    return largest


def _most(moments: Iterable[Moment]) -> int:
    return max(moment.bytes for moment in moments)


@dataclass(frozen=True, slots=True)
class Peak:
    """Where the most is alive at once, and what that is."""

    path: str
    terms: Terms


def forward_peak(graph: Graph, setup: Setup, *, in_place: bool) -> Peak:
    """The tensors that are alive where a forward pass needs most; all shapes have to be known."""
    run = Storages(graph, setup)
    largest = _most(_forward(run, in_place=in_place))
    there = next(m for m in _forward(run, in_place=in_place) if m.bytes == largest)
    return Peak(there.path, tuple(Term(path, run.storage(path)) for path in there.alive))


def training_peak(graph: Graph, setup: Setup, optimizer: str) -> Peak:
    """What is alive where a training step needs most; all shapes have to be known."""
    run, slots = Storages(graph, setup), OPTIMIZER_SLOTS[optimizer]
    largest = _most(backward(run, slots))
    there = next(m for m in backward(run, slots) if m.bytes == largest)
    return Peak(
        there.path,
        tuple(Term(what, Expr(size)) for what, size in there.alive.items() if size),
    )


def _forward(run: Storages, *, in_place: bool) -> Iterator[Moment]:
    """What a node reads, what it writes, and what is read later, node by node."""
    bases: dict[str, str] = {}
    alive: dict[str, int] = {}
    left = _reads(run)
    held: dict[str, int] = {}  # reads of a storage still to come
    now = 0
    for path, node in run.nodes.items():
        overwrites = in_place and node.op.in_place and held.get(bases.get(_first(node), ""), 0) == 1
        shares = overwrites or (node.op.view and run.bases[path] != path)
        base = bases[path] = bases[node.inputs[0]] if shares else path
        if base == path:
            alive[path] = run.storage_of(path)
            now += alive[path]
        held[base] = held.get(base, 0) + left.get(path, 0) + (path in run.outputs)
        yield Moment(path, now, alive)
        for source in node.inputs:
            held[bases[source]] -= 1
        for storage in {bases[source] for source in node.inputs} | {base}:
            if not held[storage]:
                now -= alive.pop(storage, 0)


def _first(node: Node) -> str:
    return node.inputs[0] if node.inputs else ""


def _reads(run: Storages) -> Counter[str]:
    """How often the output of a node is read."""
    return Counter(source for node in run.nodes.values() for source in node.inputs)
