"""From a target to a resolved graph, in one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.errors import ArchError, has_errors
from archspec.graph.build import build
from archspec.graph.resolve import resolve
from archspec.graph.smallest import with_smallest_input
from archspec.schema import Target, arch_names, check_definitions, elaborate, find
from archspec.syntax import parse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from archspec.graph.graph import Graph
    from archspec.ops import Shape
    from archspec.schema import ArchSpec, Value


def read_graph(
    target: Target,
    input_shape: Shape | None = None,
    arguments: Mapping[str, Value] | None = None,
    folders: tuple[Path, ...] = (),
) -> Graph:
    """The graph of a target, sound or not: its diagnostics tell.

    Raises:
        ArchError: if nothing can be drawn from the text at all (syntax errors, no arch).
    """
    spec = elaborate(parse(target.source), target.arch, arguments, folders)
    return _resolved(spec, input_shape)


def read_graphs(target: Target, folders: tuple[Path, ...] = ()) -> tuple[Graph, ...]:
    """The graphs of every arch of a file, or of the one the target names.

    A file of blocks only has none.

    Raises:
        ArchError: if the text has syntax errors, or a file without archs other ones.
    """
    file = parse(target.source)
    names = (target.arch,) if target.arch else arch_names(file)
    if not names:
        check_definitions(file, folders)
    return tuple(_resolved(elaborate(file, name, folders=folders)) for name in names)


def _resolved(spec: ArchSpec, input_shape: Shape | None = None) -> Graph:
    built = build(spec)
    return with_smallest_input(resolve(built, input_shape), built)


def load(target: str, *, input_shape: Shape | None = None, **arguments: Value) -> Graph:
    """The network of a file or of the zoo.

    >>> load("zoo:lenet5").name
    'LeNet5'

    Args:
        target: `FILE.arch`, `FILE.arch:NAME`, or a zoo name.
        input_shape: (maps, height, width) or (units,) instead of the declared one.
        arguments: values for the parameters of the architecture.

    Raises:
        ArchError: with every error of the spec.
    """
    graph = read_graph(find(target), input_shape, arguments)
    if has_errors(graph.diagnostics):
        raise ArchError(graph.diagnostics)
    return graph
