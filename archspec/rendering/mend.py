"""A spec with the fixes of its diagnostics in place. Reads and writes no file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archspec.errors import Diagnostic, Edit
    from archspec.source import Source


def safe_fixes(source: Source, diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The diagnostics whose fixes are safe, lie in `source` and do not touch each other.

    A fix is applied whole or not at all, so the first of two that meet wins.
    """
    chosen: list[Diagnostic] = []
    taken: list[tuple[int, int]] = []
    for found in diagnostics:
        edits = found.fix.edits if found.fix and found.fix.safe else ()
        places = [(edit.span.start, edit.span.end) for edit in edits]
        here = all(edit.span.source is source for edit in edits)
        if places and here and not any(_touch(a, b) for a in places for b in taken):
            taken += places
            chosen.append(found)
    return tuple(chosen)


def mended(source: Source, fixed: Sequence[Diagnostic]) -> str:
    """The text with the edits of `fixed`, which `safe_fixes` has chosen."""
    text = source.text
    edits = [edit for found in fixed if found.fix for edit in found.fix.edits]
    for edit in sorted(edits, key=_start, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def _touch(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _start(edit: Edit) -> int:
    return edit.span.start
