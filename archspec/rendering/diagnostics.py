"""Diagnostics as text and as data. Pure functions: nothing here prints, sorts or leaves one out.

`human` draws the source lines with carets and words below them, in ASCII. User text stays as
written, but for tabs, which are four cells, and other control characters, which become `?`.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate, pairwise, takewhile
from typing import TYPE_CHECKING

from archspec.errors import one_line
from archspec.rendering.labels import char_width, display_width, wrap_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from archspec.errors import Diagnostic, Json, Severity
    from archspec.source import Source, Span

TAB = 4
WHOLE_SPAN = 4  # lines of a span that are all shown; of a longer one the first and the last
NAMED_INSTANCES = 3  # more of them are counted
LEAST_TEXT = 30  # cells a text needs behind a caret, else it goes below it
RESET = "\x1b[0m"
STYLES: Mapping[str, str] = {
    "error": "\x1b[1;31m",
    "warning": "\x1b[1;33m",
    "note": "\x1b[1;36m",
    "message": "\x1b[1m",
    "gutter": "\x1b[1;34m",
    "label": "\x1b[36m",
}
GITHUB_LEVELS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "note": "notice"}


@dataclass(frozen=True, slots=True)
class _Place:
    """A span to show, the sign below it and the text behind the signs."""

    span: Span
    sign: str
    text: str


@dataclass(frozen=True, slots=True)
class _Mark:
    """The part of a place on one line, in cells: `start` counts from 0, `end` is excluded."""

    start: int
    end: int
    sign: str
    text: str


@dataclass(frozen=True, slots=True)
class _Page:
    """How to write: in colour or not, how wide, with how many cells for line numbers."""

    color: bool
    width: int
    gutter: int
    severity: Severity

    def paint(self, text: str, style: str) -> str:
        return f"{STYLES[style]}{text}{RESET}" if self.color and style and text else text

    def bar(self, number: str = "") -> str:
        return self.paint(f"{number:>{self.gutter}} |", "gutter")

    def wrapped(self, head: str, head_style: str, text: str, text_style: str) -> Iterator[str]:
        """A text behind a head; further lines hang below its first letter."""
        cells = display_width(head)
        first, *more = wrap_words(text, max(self.width - cells, LEAST_TEXT))
        yield self.paint(head, head_style) + self.paint(first, text_style)
        for line in more:
            yield " " * cells + self.paint(line, text_style)


def human(diagnostics: Iterable[Diagnostic], *, color: bool = False, width: int = 100) -> str:
    """Diagnostics for a reader, with their source lines and an empty line between them.

    Args:
        diagnostics: in the order to show them.
        color: whether to use ANSI colours.
        width: display cells of a line; only a long word or source line may go over it.

    >>> from archspec.errors import Diagnostic
    >>> print(human([Diagnostic("E001", "`a.arch` does not exist", help="see `archspec zoo`")]))
    error[E001]: `a.arch` does not exist
      = help: see `archspec zoo`
    """
    return "\n\n".join("\n".join(_block(item, color, width)) for item in diagnostics)


def short(diagnostics: Iterable[Diagnostic]) -> str:
    """One line each: `file:line:column: E301 message`.

    >>> from archspec.errors import Diagnostic
    >>> short([Diagnostic("E001", "`a.arch` does not exist")])
    'E001 `a.arch` does not exist'
    """
    return "\n".join(map(one_line, diagnostics))


def github(diagnostics: Iterable[Diagnostic]) -> str:
    """Annotations of a GitHub workflow, one line each.

    >>> from archspec.errors import Diagnostic
    >>> github([Diagnostic("E001", "`a.arch` does not exist")])
    '::error title=E001::`a.arch` does not exist'
    """
    return "\n".join(map(_annotation, diagnostics))


def summary_line(diagnostics: Iterable[Diagnostic]) -> str:
    """How many there are of each severity, and in how many files.

    >>> from archspec.errors import Diagnostic
    >>> summary_line([Diagnostic("E001", "a"), Diagnostic("E001", "b"), Diagnostic("W301", "c")])
    '2 errors, 1 warning'
    """
    items = tuple(diagnostics)
    found = Counter(item.severity for item in items)
    severities: tuple[Severity, ...] = ("error", "warning", "note")
    parts = [_count(found[severity], severity) for severity in severities if found[severity]]
    files = {item.primary.source.name for item in items if item.primary}
    place = f" in {_count(len(files), 'file')}" if files else ""
    return (", ".join(parts) or "0 errors") + place


def _count(number: int, word: str) -> str:
    return f"{number:,} {word if number == 1 else word + 's'}"


def as_json(diagnostic: Diagnostic) -> dict[str, Json]:
    """All fields; a span has lines and columns (from 1) and offsets in code points (from 0).

    >>> from archspec.errors import Diagnostic
    >>> as_json(Diagnostic("E001", "`a.arch` does not exist"))["severity"]
    'error'
    """
    fix = diagnostic.fix
    edits: list[Json] = [
        {"span": _span_json(edit.span), "text": edit.text} for edit in (fix.edits if fix else ())
    ]
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "primary": _span_json(diagnostic.primary) if diagnostic.primary else None,
        "text": diagnostic.text,
        "labels": [{"span": _span_json(x.span), "text": x.text} for x in diagnostic.labels],
        "chain": [
            {"call": x.call, "path": x.path, "span": _span_json(x.span)} for x in diagnostic.chain
        ],
        "instances": list(diagnostic.instances),
        "notes": list(diagnostic.notes),
        "help": diagnostic.help,
        "fix": {"safe": fix.safe, "edits": edits} if fix else None,
        "path": diagnostic.path,
        "values": dict(diagnostic.values),
    }


def _span_json(span: Span) -> dict[str, Json]:
    start, end = span.location, span.end_location
    return {
        "file": span.source.name,
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
        "start": span.start,
        "end": span.end,
    }


def _annotation(diagnostic: Diagnostic) -> str:
    """Escaped as in https://github.com/actions/toolkit, packages/core/src/command.ts."""
    properties = {"title": diagnostic.code}
    if diagnostic.primary:
        start = diagnostic.primary.location
        name = diagnostic.primary.source.name
        place = {"file": name, "line": str(start.line), "col": str(start.column)}
        properties = place | properties
    given = ",".join(
        f"{key}={_escaped(value).replace(':', '%3A').replace(',', '%2C')}"
        for key, value in properties.items()
    )
    return f"::{GITHUB_LEVELS[diagnostic.severity]} {given}::{_escaped(diagnostic.message)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _block(diagnostic: Diagnostic, color: bool, width: int) -> Iterator[str]:  # noqa: FBT001 - from `human`, where it is named
    """The lines of one diagnostic."""
    places = [_Place(label.span, "-", label.text) for label in diagnostic.labels]
    if diagnostic.primary:
        places.insert(0, _Place(diagnostic.primary, "^", diagnostic.text))
    last = max((_last_line(place.span) for place in places), default=1)
    page = _Page(color, width, len(str(last)), diagnostic.severity)
    head = f"{diagnostic.severity}[{diagnostic.code}]: "
    yield from page.wrapped(head, diagnostic.severity, diagnostic.message, "message")
    for source in dict.fromkeys(place.span.source for place in places):
        yield from _excerpt(source, [p for p in places if p.span.source is source], page)
    for line in _remarks(diagnostic):
        yield from page.wrapped(f"{'':>{page.gutter}} = ", "gutter", line, "")


def _remarks(diagnostic: Diagnostic) -> Iterator[str]:
    """What stands below the source lines."""
    *calls, last = [f"in `{x.call}` at {x.span}" for x in diagnostic.chain] or [""]
    yield from calls
    yield from filter(None, [_with_instances(last, diagnostic.instances)])
    yield from (f"note: {note}" for note in diagnostic.notes)
    if diagnostic.help:
        fix = diagnostic.fix
        kind = f"   [fix: {'safe' if fix.safe else 'ask'}]" if fix else ""
        yield f"help: {diagnostic.help}{kind}"


def _with_instances(call: str, instances: Sequence[str]) -> str:
    """The outermost call, and where else the problem is."""
    if not instances:
        return call
    if len(instances) > NAMED_INSTANCES:
        return f"{call}, and {len(instances)} more uses" if call else f"{len(instances)} more uses"
    names = f"also {', '.join(instances)}"
    return f"{call}; {names}" if call else names


def _last_line(span: Span) -> int:
    """The line of the last character of a span; the line end itself does not count."""
    return span.source.location(max(span.start, span.end - 1)).line


def _excerpt(source: Source, places: Sequence[_Place], page: _Page) -> Iterator[str]:
    """The lines of one source that have marks, in order, the marks below them."""
    marks: dict[int, list[_Mark]] = {}
    for place in places:
        for number, mark in _marks(place):
            marks.setdefault(number, []).append(mark)
    yield page.paint(f"{'':>{page.gutter}}--> ", "gutter") + str(places[0].span)
    numbers = sorted(marks)
    for before, number in pairwise((numbers[0] - 1, *numbers)):
        if number > before + 1:
            yield page.paint("...", "gutter")
        yield _source_line(source.line(number), number, marks[number], page)
        for mark in marks[number]:
            yield from _mark_lines(mark, page)


def _marks(place: _Place) -> Iterator[tuple[int, _Mark]]:
    """The marks of a place by line; the text stands on the last of them."""
    span = place.span
    first, last = span.location.line, _last_line(span)
    lines = range(first, last + 1)
    for number in lines if len(lines) <= WHOLE_SPAN else (first, last):
        line = span.source.line(number)
        start = span.location.column - 1 if number == first else len(line) - len(line.lstrip())
        end = span.end_location.column - 1 if number == span.end_location.line else len(line)
        cell = display_width(shown(line[:start]))
        cells = max(display_width(shown(line[start:end])), 1)
        text = place.text if number == last else ""
        yield number, _Mark(cell, cell + cells, place.sign, text)


def shown(text: str) -> str:
    r"""Source text as it is printed: nothing in it moves the cursor.

    >>> shown("a\tb\x1b")
    'a    b?'
    """
    text = text.replace("\t", " " * TAB)
    return "".join("?" if unicodedata.category(char) == "Cc" else char for char in text)


def _source_line(line: str, number: int, marks: Sequence[_Mark], page: _Page) -> str:
    """A numbered source line; a long end without marks is left out."""
    text = shown(line).rstrip()
    room = page.width - page.gutter - len(" | ...")
    if display_width(text) > room + len("...") and max(mark.end for mark in marks) <= room:
        text = f"{_start_of(text, room)}..."
    return f"{page.bar(str(number))} {text}".rstrip()


def _start_of(text: str, room: int) -> str:
    """As much of a text as fits into that many cells."""
    cells = accumulate(map(char_width, text))
    return text[: sum(1 for _ in takewhile(lambda cell: cell <= room, cells))]


def _mark_lines(mark: _Mark, page: _Page) -> Iterator[str]:
    """The signs below a source line with their text behind them, or below where room is short."""
    style = page.severity if mark.sign == "^" else "label"
    signs = " " * mark.start + page.paint(mark.sign * (mark.end - mark.start), style)
    room = page.width - page.gutter - len(" | ")
    column = mark.end + 1
    if not mark.text:
        yield f"{page.bar()} {signs}"
        return
    if room - column < min(display_width(mark.text), LEAST_TEXT):
        yield f"{page.bar()} {signs}"
        column = max(min(mark.start, room - LEAST_TEXT), 0)
        signs = " " * column
    else:
        signs += " "
    first, *more = wrap_words(mark.text, max(room - column, LEAST_TEXT))
    yield f"{page.bar()} {signs}{page.paint(first, style)}"
    for line in more:
        yield f"{page.bar()} {' ' * column}{page.paint(line, style)}"
