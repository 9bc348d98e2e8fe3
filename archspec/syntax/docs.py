"""Comments sorted into documentation (`##` lines above something) and the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.syntax.ast import Ident

if TYPE_CHECKING:
    from archspec.source import Source
    from archspec.syntax.layout import Comment


class Docs:
    """Hands out documentation; `rest` is what nobody asked for."""

    def __init__(self, source: Source, comments: list[Comment]) -> None:
        self._source = source
        self._lines = {c.span.location.line: c for c in comments if _is_doc(c)}
        self._comments = comments
        self._used: set[int] = set()

    def above(self, start: int) -> str:
        """The `##` lines directly above what starts at `start`, if it begins its line."""
        place = self._source.location(start)
        if place.line - 1 not in self._lines:
            return ""
        before = self._source.text[start - place.column + 1 : start]
        if before.strip(" \t|\ufeff"):
            return ""
        first = place.line
        while first - 1 in self._lines:
            first -= 1
        lines = [self._lines[number] for number in range(first, place.line)]
        self._used.update(line.span.start for line in lines)
        return "\n".join(line.span.text[2:].removeprefix(" ") for line in lines)

    def rest(self) -> tuple[Ident, ...]:
        """Every comment that documents nothing."""
        left = (c.span for c in self._comments if c.span.start not in self._used)
        return tuple(Ident(span.text, span=span) for span in left)


def _is_doc(comment: Comment) -> bool:
    return comment.alone and comment.span.text.startswith("##")
