"""The backward pass, node by node from the last one: what is alive while each of them runs.

The rules are those of a plain eager run: a node's gradients are made while that of its output is
there, what it saved is free behind it, and what nobody needs any more is gone at once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archspec.analysis.layout import passes
from archspec.analysis.storages import own_storage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archspec.analysis.storages import Storages
    from archspec.graph import Node


_ADDED, _INSIDE = "gradient being accumulated", "gradients inside a layer"
_SAVED = "saved for backward"


@dataclass(frozen=True, slots=True)
class Moment:
    """What is alive while a node runs; `alive` is valid until the next moment is asked for."""

    path: str
    bytes: int
    alive: Mapping[str, int]


class _Gradients:
    """The gradients of outputs that are alive; several may lie in one buffer."""

    def __init__(self) -> None:
        self.buffers: dict[str, str] = {}  # tensor -> its buffer
        self.users = Counter[str]()  # buffer -> how many tensors have it
        self.sizes: dict[str, int] = {}

    def give(self, tensor: str, size: int) -> int:
        """A buffer of its own, unless something has been added up for it; the new bytes."""
        if tensor in self.buffers:
            return 0
        self._use(tensor, tensor)
        self.sizes[tensor] = size
        return size

    def hand_on(self, source: str, tensor: str) -> None:
        """Let `tensor` have the gradient of `source` as it is."""
        if source in self.buffers and tensor not in self.buffers:
            self._use(tensor, self.buffers[source])

    def drop(self, tensor: str) -> int:
        """The bytes that are free when nobody needs the gradient of `tensor` any more."""
        buffer = self.buffers.pop(tensor, None)
        if buffer is None:
            return 0
        self.users[buffer] -= 1
        return 0 if self.users[buffer] else self.sizes.pop(buffer)

    def _use(self, tensor: str, buffer: str) -> None:
        self.buffers[tensor] = buffer
        self.users[buffer] += 1


def backward(run: Storages, slots: int) -> Iterator[Moment]:
    """Parameters, optimizer state, gradients and what is saved, moment by moment.

    Args:
        run: the storages of a training step.
        slots: elements of optimizer state a parameter.
    """
    return _Pass(run, slots).moments()


class _Pass:
    """What is alive, by what it is for."""

    def __init__(self, run: Storages, slots: int) -> None:
        self.run, self.gradients = run, _Gradients()
        kept = {storage for path in run.reached for storage in run.keeping[path]}
        self.saved = {path: size for path, size in run.saved.items() if path in kept}
        self.without_gradient = {run.owner(path) for path in run.reached & run.training}
        trained = sum(map(run.own_params, self.without_gradient))
        logits = sum(run.bytes_of(path) for path in run.outputs)
        given = (self.gradients.give(path, run.bytes_of(path)) for path in run.outputs)
        self.alive = {
            "parameters": run.params,
            "fixed weights, buffers": run.fixed,
            "optimizer state": run.param_width * trained * slots,  # it has them already
            "logits and loss": run.loss + logits + run.param_width,
            "gradients of parameters": 0,
            _SAVED: sum(self.saved.values()),
            "gradients of outputs": sum(given),
            _ADDED: 0,  # the second one of a tensor exists by itself first
            _INSIDE: 0,
        }

    def moments(self) -> Iterator[Moment]:
        """From the loss to the first layer."""
        yield self._now("")
        for path in reversed(self.run.nodes):
            node = self.run.nodes[path]
            again = self._train(path)
            products = self.run.products(node)
            for _ in self._product(node, products) if products else self._layer(node):
                yield self._now(path)
            self.alive["gradients of parameters"] -= again
            self._drop(path)
            for storage in self.run.keeping[path]:
                if self.run.first_saver[storage] == path:
                    self._forget(storage)

    def _train(self, path: str) -> int:
        """The gradient of a node's parameters; the bytes of one that is added to what is there."""
        if path not in self.run.reached or path not in self.run.training:
            return 0
        owner = self.run.owner(path)
        size = self.run.param_width * self.run.own_params(owner)
        self.alive["gradients of parameters"] += size
        if owner in self.without_gradient:
            self.without_gradient.remove(owner)
            return 0
        return size

    def _now(self, path: str) -> Moment:
        return Moment(path, sum(self.alive.values()), self.alive)

    def _layer(self, node: Node) -> Iterator[None]:
        """One gradient for each input that needs one, by way of those inside the layer."""
        wanting = _wanting(self.run, node)
        inside = self.run.inside(node) if wanting else ()
        for size in inside:
            self.alive[_INSIDE] += size
            yield
            self._drop(node.path)
            self.alive[_INSIDE] = size
        if inside:
            self._forget(own_storage(node.path))
        added_up = 0
        for index in wanting:
            source = node.inputs[index]
            if _hands_on(node, index):
                self.gradients.hand_on(node.path, source)
            else:
                added_up += self._give(source)
        self.alive[_ADDED] = added_up
        yield
        self.alive[_ADDED] = self.alive[_INSIDE] = 0

    def _product(self, node: Node, sizes: tuple[int, ...]) -> Iterator[None]:
        """Two gradients a factor, from the last one: its own, and that of the product before it.

        Both have the size of the product first; what was repeated is summed up afterwards.

        Args:
            node: the product of its inputs, one after the other.
            sizes: bytes of the first input, of the product of two, ... of all.
        """
        wanting, inner = _wanting(self.run, node), 0
        for index in range(len(sizes) - 1, 0, -1):
            before, own = bool(wanting) and wanting[0] < index, index in wanting
            self.alive[_INSIDE] = inner + sizes[index] * (before + own)
            yield
            if before:
                yield from self._sum_up(sizes[index], sizes[index - 1])
            if own:
                factor = self.run.bytes_of(node.inputs[index])
                yield from self._sum_up(sizes[index], factor)
                self._give(node.inputs[index])
            self._drop(node.path)
            inner = self.alive[_INSIDE] = sizes[index - 1] if before and index > 1 else 0
            if own and index > 1:  # the product before it was saved for this
                self._forget(own_storage(node.path), sizes[index - 1])
        if wanting and wanting[0] == 0:
            self._give(node.inputs[0])

    def _sum_up(self, full: int, size: int) -> Iterator[None]:
        """A gradient as large as what was multiplied becomes as large as the factor."""
        if size < full:
            self.alive[_INSIDE] += size
            yield
            self.alive[_INSIDE] -= full

    def _give(self, source: str) -> int:
        """A gradient to an input; the bytes of one that is added to what is there."""
        size = self.run.bytes_of(source)
        new = self.gradients.give(source, size)
        self.alive["gradients of outputs"] += new
        return size - new

    def _forget(self, storage: str, size: int | None = None) -> None:
        """Free what was saved, or so many bytes of it."""
        size = self.saved.get(storage, 0) if size is None else size
        self.alive[_SAVED] -= size
        self.saved[storage] = self.saved.get(storage, 0) - size

    def _drop(self, path: str) -> None:
        self.alive["gradients of outputs"] -= self.gradients.drop(path)


def _wanting(run: Storages, node: Node) -> tuple[int, ...]:
    """Which inputs need a gradient."""
    if node.path not in run.reached:
        return ()
    return tuple(n for n, source in enumerate(node.inputs) if source in run.carrying)


def _hands_on(node: Node, index: int) -> bool:
    """Whether the gradient of an input lies in that of the output."""
    if node.op.name in ("add", "concat", "flatten"):
        return True
    return index == 0 if node.op.name == "sub" else node.op.name == "dropout" and passes(node)
