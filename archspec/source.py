"""Source text and places in it; knows nothing of syntax, files or messages."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a text; both numbers count from 1, the column in code points."""

    line: int
    column: int


@dataclass(frozen=True, eq=False)
class Source:
    """A named text. Two sources are equal only if they are the same object.

    Args:
        name: what messages call it: the file name as the user gave it.
        text: the whole text, decoded.
        path: the file it was read from, which imports are relative to; None without one.
    """

    name: str
    text: str = field(repr=False)
    path: Path | None = field(default=None, repr=False)

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(i + 1 for i, char in enumerate(self.text) if char == "\n")]

    def location(self, offset: int) -> Location:
        """The line and column of a code-point offset.

        >>> Source("a.arch", "abcd").location(2)
        Location(line=1, column=3)
        """
        line = bisect_right(self._line_starts, offset)
        return Location(line, offset - self._line_starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """The text of line `number` (from 1), without its line end."""
        start = self._line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : len(self.text) if end < 0 else end].rstrip("\r")

    @property
    def line_count(self) -> int:
        """How many lines the text has; an empty text has one."""
        return len(self._line_starts)


@dataclass(frozen=True, slots=True)
class Span:
    """The code points `start` (included) to `end` (excluded) of a source."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        """The text the span covers."""
        return self.source.text[self.start : self.end]

    @property
    def location(self) -> Location:
        """Where the span starts."""
        return self.source.location(self.start)

    @property
    def end_location(self) -> Location:
        """Where the span ends (the first place after it)."""
        return self.source.location(self.end)

    def to(self, other: Span) -> Span:
        """The span from the start of this one to the end of `other`."""
        return Span(self.source, self.start, other.end)

    def __str__(self) -> str:
        """`name:line:column`, as compilers write it."""
        place = self.location
        return f"{self.source.name}:{place.line}:{place.column}"
