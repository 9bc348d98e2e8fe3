"""What training would keep of dense blocks if their concatenations shared one storage.

A layer of a dense block joins all maps before it with its own, so a plain run keeps the first maps
once a layer: bytes grow with the square of the depth. Here each concatenation lies at the front of
the next one, hence all of a block in one buffer of its final width, and the norms and activations
of such a buffer are worked out again when the backward pass needs them.

Source: Pleiss et al. 2017, Memory-Efficient Implementation of DenseNets, sec. 3. What a plain run
keeps, and the module that archspec compiles, is told by `storages.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archspec.analysis.storages import Storages


@dataclass(frozen=True, slots=True)
class SharedStorage:
    """All in bytes, of the trunk, without what the loss keeps.

    Args:
        buffers: what the concatenations of a block share, by the path of the last of them.
        others: everything else that is kept, by storage.
        again: the nodes that are worked out again, in order.
    """

    buffers: Mapping[str, int]
    others: Mapping[str, int]
    again: tuple[str, ...]

    @property
    def saved(self) -> int:
        """What is kept for the backward pass."""
        return sum(self.buffers.values()) + sum(self.others.values())


def shared_storage(run: Storages) -> SharedStorage:
    """What is kept with shared storage; as in a plain run, where no concatenation extends another.

    Args:
        run: the storages of a plain run.
    """
    homes = _homes(run)
    if not homes:
        return SharedStorage({}, run.saved, ())
    again = _again(run, homes)
    kept: dict[str, int] = {}
    for path, storages in run.keeping.items():
        read = [run.bases[source] for source in run.nodes[path].inputs] if path in again else ()
        for storage in (*read, *storages):
            home = homes.get(storage, storage)
            if home not in again and (path not in again or home in homes):
                kept[home] = run.bytes_of(home) if home in homes else run.saved[home]
    return SharedStorage(
        buffers={storage: size for storage, size in kept.items() if storage in homes},
        others={storage: size for storage, size in kept.items() if storage not in homes},
        again=tuple(again),
    )


def _homes(run: Storages) -> dict[str, str]:
    """Storage -> the last concatenation of the block it lies in."""
    chains: dict[str, list[str]] = {}  # by their last link
    for path, node in run.nodes.items():
        if node.op.name == "concat":
            chains[path] = [*chains.pop(_whole(run, node.inputs[0]), ()), path]
    homes: dict[str, str] = {}
    for last, chain in chains.items():
        for link in chain if len(chain) > 1 else ():
            lanes = (_whole(run, source) for source in run.nodes[link].inputs)
            for storage in filter(None, (*lanes, link)):
                homes.setdefault(storage, last)
    return homes


def _whole(run: Storages, path: str) -> str:
    """The storage a tensor fills; "" if it is a part of one, or comes from outside."""
    base = run.bases[path]
    return base if run.nodes[base].inputs and run.size(base) == run.size(path) else ""


def _again(run: Storages, homes: Mapping[str, str]) -> dict[str, None]:
    """Norms and activations of a buffer, or of another such output, that somebody needs."""
    again: dict[str, None] = {}
    for path, node in run.nodes.items():
        needed = run.keeping[path] or path in run.saved
        if needed and node.op.role in ("norm", "activation") and path not in homes:
            source = run.bases[node.inputs[0]]
            if source in homes or source in again:
                again[path] = None
    return again
