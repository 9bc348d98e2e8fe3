"""`# allow CODE: reason` at the end of a line: a warning its author has looked at and keeps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archspec.source import Source, Span
from archspec.syntax import ast, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archspec.errors import Diagnostic

# In `# a remark  # allow W201: why` the remark comes first.
_ALLOW = re.compile(r"#[ \t]*allow[ \t]+([A-Za-z]\d{3})\b[ \t]*(?::([^#]*))?")

Reach = tuple[str, Source, frozenset[int]]


@dataclass(frozen=True, slots=True)
class Allow:
    """One such comment.

    Args:
        code: of the warning or note, in capitals.
        reason: "" if it is missing.
        span: from the `#` on.
        lines: those of its statement, without those of statements inside; else its own.
    """

    code: str
    reason: str
    span: Span
    lines: frozenset[int]

    @property
    def reach(self) -> Reach:
        """What it is about: a code, and where."""
        return self.code, self.span.source, self.lines


def places_of(found: Diagnostic) -> Iterator[tuple[str, Source, int]]:
    """The code of `found` with each line of its place and of the calls around it."""
    primary = (found.primary,) if found.primary else ()
    for span in (*primary, *(frame.span for frame in found.chain)):
        for line in range(span.location.line, span.end_location.line + 1):
            yield found.code, span.source, line


def allows_of(file: ast.File) -> Iterator[Allow]:
    """What the comments of a file allow, in order."""
    found = [
        (comment, match) for comment in file.comments for match in _ALLOW.finditer(comment.name)
    ]
    reaches = _statement_lines(file) if found else {}
    for comment, match in found:
        start = comment.span.start + match.start()
        span = type(comment.span)(comment.span.source, start, start + len(match.group().rstrip()))
        line = span.location.line
        lines = reaches.get(line, frozenset([line]))
        yield Allow(match[1].upper(), (match[2] or "").strip(), span, lines)


def _statement_lines(file: ast.File) -> Mapping[int, frozenset[int]]:
    """For each line in a statement, those of the innermost one around it that are its own."""
    spans = [node.span for node in walk.below(file.definitions) if isinstance(node, ast.Statement)]
    extents = [range(span.location.line, span.end_location.line + 1) for span in spans]
    innermost = {line: lines for lines in sorted(extents, key=len, reverse=True) for line in lines}
    own: dict[range, set[int]] = {lines: set() for lines in innermost.values()}
    for line, lines in innermost.items():
        own[lines].add(line)
    shared = {lines: frozenset(numbers) for lines, numbers in own.items()}
    return {line: shared[lines] for line, lines in innermost.items()}
