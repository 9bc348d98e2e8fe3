"""`# allow CODE: reason` at the end of a line: a warning its author has looked at and keeps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archspec.errors import Diagnostic
    from archspec.source import Span
    from archspec.syntax import ast

# In `# a remark  # allow W201: why` the remark comes first.
_ALLOW = re.compile(r"#[ \t]*allow[ \t]+([A-Za-z]\d{3})\b[ \t]*(?::([^#]*))?")


@dataclass(frozen=True, slots=True)
class Allow:
    """One such comment.

    Args:
        code: of the warning or note, in capitals.
        reason: "" if it is missing.
        span: from the `#` on.
    """

    code: str
    reason: str
    span: Span

    def covers(self, found: Diagnostic) -> bool:
        """Whether it silences `found`: its code, on a line of its place."""
        place = found.primary
        if found.code != self.code or place is None or place.source is not self.span.source:
            return False
        line = self.span.location.line
        return bool(self.reason) and place.location.line <= line <= place.end_location.line


def allows_of(comments: Iterable[ast.Ident]) -> Iterator[Allow]:
    """What the comments of a file allow, in order."""
    for comment in comments:
        for match in _ALLOW.finditer(comment.name):
            start = comment.span.start + match.start()
            span = type(comment.span)(
                comment.span.source, start, start + len(match.group().rstrip())
            )
            yield Allow(match[1].upper(), (match[2] or "").strip(), span)
