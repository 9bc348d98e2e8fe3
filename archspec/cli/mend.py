"""`check --fix`: safe edits, written whole or not at all, round after round."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archspec.errors import Diagnostic, Json
    from archspec.schema import Target
    from archspec.source import Source

ROUNDS = 20  # names are read only after syntax, so one fix shows the next


def mend(
    target: Target, examine: Callable[[Target], Sequence[Diagnostic]]
) -> tuple[Target, list[Diagnostic]]:
    """Apply safe fixes to the file of a target until there are none.

    Args:
        target: of a file; one of the zoo or of standard input stays as it is.
        examine: finds what is wrong with a target.

    Returns:
        The target as it is now, and the diagnostics whose fixes were applied.

    Raises:
        ArchError: the file cannot be written (E006); then it is unchanged.
    """
    from archspec.files import write
    from archspec.rendering import mended, safe_fixes
    from archspec.schema import Target
    from archspec.source import Source

    done: list[Diagnostic] = []
    path = target.source.path
    if path is None or str(path) != target.source.name:
        return target, done
    original = target.source
    for _ in range(ROUNDS):
        fixed = safe_fixes(target.source, examine(target))
        if not fixed:
            break
        done += fixed
        text = mended(target.source, fixed)
        source = Source(target.source.name, text, target.source.path)
        target = Target(source, target.arch)
    if done:
        write(_encoded(original, target.source), path.resolve())
    return target, done


def _encoded(original: Source, mended: Source) -> bytes:
    """As the file was: with the byte order mark it had."""
    marked = original.path is not None and original.path.read_bytes().startswith(codecs.BOM_UTF8)
    return codecs.BOM_UTF8 * marked + mended.text.encode()


def told(found: Diagnostic) -> str:
    """One line a fix: the place, the code, and what became what."""
    edits = found.fix.edits if found.fix else ()
    changes = ", ".join(f"`{_shown(edit.span.text)}` -> `{_shown(edit.text)}`" for edit in edits)
    return f"fixed {found.primary}: {found.code} {changes}"


def as_data(found: Diagnostic) -> dict[str, Json]:
    """A fix that was applied, for programs."""
    from archspec.rendering import diagnostics

    data = diagnostics.as_json(found)
    return {key: data[key] for key in ("code", "message", "primary", "fix")}


def _shown(text: str) -> str:
    return text.replace("\n", "\\n")
