"""Writes inferred shapes into the text of a spec, as `=>` behind its top-level statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.errors import ArchError
from archspec.graph import build, resolve
from archspec.ops import Shape, written
from archspec.schema import elaborate
from archspec.source import Source, Span
from archspec.syntax import ast, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_UNKNOWN = " => 1"  # put where a shape is missing, to be told which tensor it would be about
_Edit = tuple[Span, str]


def annotated(source: Source, folders: tuple[Path, ...] = ()) -> Source:
    """The text with a `=>` behind every labelled statement whose shape is known.

    Statements of parameterised archs and shapes written as lists are left alone.

    Raises:
        ArchError: if the text has syntax errors.
    """
    bare = [item for item in _statements(source) if item.shape is None]
    ends = [item.links[-1].span for item in bare]
    probe = _edited(source, [(Span(source, span.end, span.end), _UNKNOWN) for span in ends])
    new = {span.end + (i + 1) * len(_UNKNOWN) for i, span in enumerate(ends)}
    shapes = _shapes(probe, folders)
    edits: list[_Edit] = []
    for item in _statements(probe):
        claim = item.shape
        if claim is None or isinstance(claim, ast.Sequence):
            continue
        shape = shapes.get(claim.span.start)
        if shape is not None:
            edits.append((claim.span, written(shape)))
        elif claim.span.end in new:
            edits.append((Span(probe, claim.span.end - len(_UNKNOWN), claim.span.end), ""))
    return _edited(probe, edits)


def _statements(source: Source) -> Iterator[ast.Statement]:
    """The labelled statements of archs whose shapes do not depend on parameters."""
    for arch in _archs(source):
        for item in arch.body.items if arch.body and not arch.base else ():
            if isinstance(item, ast.Statement) and item.label is not None:
                yield item


def _archs(source: Source) -> list[ast.Arch]:
    file = parse(source)
    if file.diagnostics:
        raise ArchError(file.diagnostics)
    return [item for item in file.definitions if isinstance(item, ast.Arch) and not item.parameters]


def _shapes(source: Source, folders: tuple[Path, ...]) -> dict[int, Shape]:
    """What is inferred for each `=>`, by the offset of what is declared there."""
    found: dict[int, Shape] = {}
    for arch in _archs(source):
        spec = elaborate(parse(source), arch.name.name, folders=folders)
        graph = resolve(build(spec.model_copy(update={"declared": ()})))
        for claim in spec.declared:
            io = graph[claim.path].io
            if io is not None and claim.span.source.name == source.name:
                found[claim.span.start] = io.output
    return found


def _edited(source: Source, edits: Iterable[_Edit]) -> Source:
    """The text after edits that are in order."""
    parts, last = list[str](), 0
    for span, text in edits:
        parts += [source.text[last : span.start], text]
        last = span.end
    return Source(source.name, "".join([*parts, source.text[last:]]), source.path)
