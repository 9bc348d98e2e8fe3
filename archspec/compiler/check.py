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
from archspec.errors import ArchError, Diagnostic, Diagnostics
from archspec.ops import Input, total

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archspec.graph import Graph
    from archspec.ops import Shape

SECONDS = 300  # until the process is given up
_PROBE = Path(__file__).with_name("probe.py")


class _Found(TypedDict):
    """What the probe prints; the path "" is the whole network."""

    eval: dict[str, list[int]]
    train: dict[str, list[int]]
    scalars: dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class SourceCheck:
    """What a generated text did in a process of its own.

    Args:
        shapes: the output of each node by path, without the batch.
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
    found = _run(
        text, class_name, {"input": wanted["eval"][graph.input.path], "paths": _paths(graph)}
    )
    shapes = {path: tuple(found["eval"][path]) for path in _paths(graph)}
    return SourceCheck(shapes, found["scalars"][""][0], tuple(_differences(wanted, found)))


def _paths(graph: Graph) -> list[str]:
    return [path for path, node in graph.nodes.items() if not isinstance(node.op, Input)]


def _wanted(graph: Graph) -> _Found:
    """What the probe has to find if text and graph agree."""
    shapes: dict[str, list[int]] = {}
    scalars: dict[str, tuple[int, int]] = {}
    for path, node in graph.nodes.items():
        assert node.io is not None, "a graph without errors knows its shapes"
        shapes[path] = list(node.io.output)
        held = total((*node.op.weights(node.io), *node.op.biases(node.io)))
        scalars[path] = (held, 0) if node.op.learns else (0, held)
    learned, fixed = (sum(column) for column in zip(*scalars.values(), strict=True))
    shapes[""], scalars[""] = shapes[graph.output.path], (learned, fixed)
    return {"eval": shapes, "train": shapes, "scalars": scalars}


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
    """One E701 for each shape or count of a watched module that is not as the graph says."""
    for path in found["scalars"]:
        where = f"`{path}`" if path else "the network"
        for what, want, have in (
            ("output in eval mode", wanted["eval"][path], found["eval"].get(path)),
            ("output in train mode", wanted["train"][path], found["train"].get(path)),
            ("trained scalars", wanted["scalars"][path][0], found["scalars"][path][0]),
            ("fixed scalars", wanted["scalars"][path][1], found["scalars"][path][1]),
        ):
            if want != have:
                message = f"{where}: {what}: the graph says {want}, the generated text {have}"
                values = {"graph": str(want), "text": str(have)}
                yield Diagnostic("E701", message, path=path or None, values=values)
