"""Whether a generated text keeps what the graph says: run in a fresh process, without archspec."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from archspec.compiler.emit import emit, main_class
from archspec.compiler.tree import Leaf, Level, needed, results, tree
from archspec.errors import ArchError, Diagnostic, Diagnostics
from archspec.ops import Input, Shape, total

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archspec.graph import Graph, Node

SECONDS = 300  # until the process is given up
_PROBE = Path(__file__).with_name("probe.py")


class _Found(TypedDict):
    """What the probe prints; the path "" is the whole network, `output 2` its second output."""

    eval: dict[str, list[int]]
    train: dict[str, list[int]]
    scalars: dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class SourceCheck:
    """What a generated text did in a process of its own.

    Args:
        shapes: the output of each module that runs in training, by path, without the batch.
        parameters: how many scalars training changes.
        diagnostics: one E701 for each difference from the graph; none if they agree.
    """

    shapes: Mapping[str, Shape]
    parameters: int
    diagnostics: Diagnostics


def check_source(graph: Graph, class_name: str | None = None) -> SourceCheck:
    """Run what `emit` writes and compare every shape and parameter count with the graph.

    >>> from archspec.graph import load
    >>> check_source(load("zoo:lenet5")).parameters
    60000

    Raises:
        ArchError: as `emit`; E701 if the text does not run.
    """
    return check_text(graph, emit(graph, class_name), main_class(graph, class_name))


def check_text(graph: Graph, text: str, class_name: str) -> SourceCheck:
    """`check_source` for a text that is at hand."""
    wanted = _wanted(graph)
    shapes_in = [_shape(node) for node in graph.inputs]
    watched = list(_watched(tree(graph)))
    found = _run(text, class_name, {"inputs": shapes_in, "paths": watched})
    shapes = {path: tuple(shape) for path, shape in found["train"].items() if path in graph.nodes}
    return SourceCheck(shapes, found["scalars"][""][0], tuple(_differences(wanted, found)))


def _shape(node: Node) -> Shape:
    assert node.io is not None, "a graph without errors knows its shapes"
    return node.io.output


def _wanted(graph: Graph) -> _Found:
    """What the probe has to find if text and graph agree."""
    items = _watched(tree(graph))
    scalars = {path: _scalars(item) for path, item in items.items()}
    every = (_scalars(Leaf(node, node.spec.shares)) for node in graph.nodes.values())
    learned, fixed = (sum(column) for column in zip(*every, strict=True))
    modes = (_shapes(graph, items, training=training) for training in (False, True))
    return {
        "eval": next(modes),
        "train": next(modes),
        "scalars": {"": (learned, fixed), **scalars},
    }


def _watched(level: Level) -> dict[str, Leaf | Level]:
    """Every node that is a module, and the levels that end in one that is none."""
    found: dict[str, Leaf | Level] = {}
    for item in level.items:
        if isinstance(item, Level):
            found |= _watched(item)
        if item.is_module and item.gives not in found:
            found[item.path] = item
    return found


def _shapes(
    graph: Graph, items: Mapping[str, Leaf | Level], *, training: bool
) -> dict[str, list[int]]:
    """The outputs of what runs in a mode."""
    outputs = results(graph, training=training)
    run = needed(graph, outputs)
    shapes = {path: list(item.output) for path, item in items.items() if item.gives in run}
    for number, path in enumerate(outputs, 1):
        shapes[f"output {number}" if number > 1 else ""] = list(_shape(graph[path]))
    return shapes


def _scalars(item: Leaf | Level) -> tuple[int, int]:
    """How many scalars training changes in a module, and how many are fixed."""
    if isinstance(item, Level):
        learned, fixed = (sum(column) for column in zip(*map(_scalars, item.leaves), strict=True))
        return learned, fixed
    io, op = item.node.io, item.node.op
    assert io is not None, "a graph without errors knows its shapes"
    if not item.is_module or isinstance(op, Input):
        return 0, 0
    held = total((*op.weights(io), *op.biases(io)))
    kept = total(op.buffers(io))
    return (held, kept) if op.learns else (0, held + kept)


def _run(text: str, class_name: str, job: Mapping[str, object]) -> _Found:
    """The probe's answer. Raises ArchError (E701) if there is none."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "model.py")
        file.write_text(text, encoding="utf-8")
        command = [sys.executable, "-I", str(_PROBE), str(file), class_name, json.dumps(job)]
        try:
            done = subprocess.run(
                command, capture_output=True, check=True, text=True, timeout=SECONDS
            )
        except subprocess.TimeoutExpired as error:
            raise _failed(f"it ran for more than {SECONDS} s") from error
        except subprocess.CalledProcessError as error:
            raise _failed(error.stderr.strip().rpartition("\n")[2]) from error
    found: _Found = json.loads(done.stdout)
    return found


def _failed(why: str) -> ArchError:
    return ArchError([Diagnostic("E701", f"the generated text does not run: {why}")])


def _differences(wanted: _Found, found: _Found) -> Iterator[Diagnostic]:
    """One E701 for each shape or count of a module that is not as the graph says."""
    for path in dict.fromkeys((*found["scalars"], *wanted["train"], *found["train"])):
        where = f"`{path}`" if path else "the network"
        for what, want, have in (
            ("output in eval mode", wanted["eval"].get(path), found["eval"].get(path)),
            ("output in train mode", wanted["train"].get(path), found["train"].get(path)),
            ("trained scalars", *_count(path, wanted, found, 0)),
            ("fixed scalars", *_count(path, wanted, found, 1)),
        ):
            if want != have:
                message = f"{where}: {what}: the graph says {want}, the generated text {have}"
                values = {"graph": str(want), "text": str(have)}
                yield Diagnostic("E701", message, path=path or None, values=values)


def _count(path: str, wanted: _Found, found: _Found, column: int) -> tuple[int, int]:
    """How many scalars the graph and the text hold; none where there is no module."""
    none = (0, 0)
    return (
        wanted["scalars"].get(path, none)[column],
        found["scalars"].get(path, none)[column],
    )
