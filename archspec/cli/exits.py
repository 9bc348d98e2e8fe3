"""Exit codes: a closed set, part of the command line's promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archspec.errors import Diagnostic

OK = 0
WRONG = 1  # the spec is wrong, an expectation failed, a gate was missed
USAGE = 2
MISSING = 3  # a file or an external tool is missing or unreadable
FAILED = 4  # training failed
INTERRUPTED = 130

_BY_RANGE = {"E0": MISSING, "T0": FAILED}


def exit_code(diagnostics: Iterable[Diagnostic]) -> int:
    """What a command with these findings exits with: the gravest error decides.

    >>> from archspec.errors import Diagnostic
    >>> exit_code([Diagnostic("E301", "a"), Diagnostic("E001", "b"), Diagnostic("W201", "c")])
    3
    """
    errors = (found for found in diagnostics if found.severity == "error")
    return max((_BY_RANGE.get(found.code[:2], WRONG) for found in errors), default=OK)
