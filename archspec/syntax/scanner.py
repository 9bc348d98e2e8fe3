"""Finds the code of a text: comments, brackets, and characters that cannot be.

Mistakes that hide the structure of a text (brackets, quotes, odd characters, malformed
numbers) are found here, whatever the grammar is; all others by the parser.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archspec.source import Span
from archspec.syntax import text_errors as errors
from archspec.syntax.layout import Comment, Layout, line_bounds

if TYPE_CHECKING:
    from archspec.errors import Diagnostic
    from archspec.source import Source

MAX_NESTING = 64
MAX_WORDS = 150_000  # numbers and marks are words too; 10,000 statements have about 140,000
CLOSER = {"(": ")", "[": "]", "{": "}"}

_LEXEME = re.compile(
    r"""
      (?P<space>[ \t\ufeff]+|\r(?=\n))
    | (?P<newline>\n)
    | (?P<comment>\#[^\n]*)
    | (?P<text>"[^"\\\n]*(?:\\.[^"\\\n]*)*")
    | (?P<quote>")
    | (?P<single>'[^'"\n]*')
    | (?P<word>[^\W\d]\w*(?:\.\w+)*)
    | (?P<mark>->|=>|\.\.|[=!~<>]=|[-+*/%<>=@,:|])
    | (?P<number>\.?\d[\w×]*(?:(?:\.(?=\d)|(?<=[eE])[-+](?=\d))[\w×]*)*)
    | (?P<open>[(\[{])
    | (?P<close>[)\]}])
    | (?P<dot>\.)
    | (?P<stray>.|\r)
    """,
    re.VERBOSE,
)
_NUMBER = re.compile(
    r"[0-9]+(_[0-9]+)*(\.[0-9]+(_[0-9]+)*)?([eE][-+]?[0-9]{1,4})?([kMGT]|[KMGT]i)?"
    r"|[0-9]{1,9}([x×][0-9]{1,9})+"
)
_LONGEST_NUMBER = 64
_LOOK_AHEAD = 200
_MOST_FAULTS = 1000
_DEFINITION = re.compile(r'(arch|block|cite|let|table|train)[ \t]+[^\W\d]|from[ \t]*"')
_LABEL_END = re.compile(r"[ \t]*[:：]")
_ARROWS = ("->", "=>")
# What never stands inside `( )` or `[ ]`: on meeting one, the bracket was left open.
_STOPS = ("->", "=>", "|", ":")


def lay_out(source: Source) -> Layout:
    """Find the structure of a text; see the module's first lines."""
    return _Scanner(source).run()


class _Scanner:
    """One pass over a text; every method looks at one lexeme."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.layout = Layout(source, list(source.text))
        self.open: list[int] = []  # offsets of the brackets that are open
        self.wrapped: list[int] = []  # offsets of the newlines blanked inside the open brackets
        self.previous = ""  # the last word of code
        self.previous_end = 0
        self.muted = range(0)  # after an unclosed text: the rest of its line is noise
        self.words = 0  # of code, so far
        self.doomed: list[int] = []  # offsets whose lines are blanked in the end

    def run(self) -> Layout:
        """The whole text."""
        offset = 0
        while offset < len(self.text) and self.layout.is_bearable:
            if offset in self.muted and self.text[offset] == '"':
                offset += 1
                continue
            match = _LEXEME.match(self.text, offset)
            assert match is not None  # `stray` takes every character
            offset = self._lexeme(match)
        if self.layout.is_bearable:
            self._stop(len(self.text), 0)
            self._close_braces(len(self.text), None)
            self._blank_doomed()
        return self.layout

    def _blank_doomed(self) -> None:
        text, done = self.layout.lines(), -1
        for place in sorted(self.doomed):
            if place > done:
                start, done = line_bounds(text, place)
                self.layout.blank(text, start, done)

    def _lexeme(self, match: re.Match[str]) -> int:
        """Take one lexeme; the offset to go on from."""
        kind = match.lastgroup
        if kind == "space":
            self._erase(*match.span())
        elif kind == "newline":
            self._newline(match.start())
        elif kind == "comment":
            self._comment(match)
        else:
            return self._code(match)
        return match.end()

    def _erase(self, start: int, end: int) -> None:
        self.layout.code[start:end] = " " * (end - start)

    def _newline(self, offset: int) -> None:
        if self._in_brackets():
            self.layout.code[offset] = " "
            self.wrapped.append(offset)

    def _comment(self, match: re.Match[str]) -> None:
        start = match.start()
        end = start + len(match.group().rstrip())
        line_start = self.text.rfind("\n", 0, start) + 1
        alone = not self.text[line_start:start].strip()
        self.layout.comments.append(Comment(Span(self.source, start, end), alone))
        self._erase(start, match.end())

    def _code(self, match: re.Match[str]) -> int:
        """Take a lexeme that is code; the offset to go on from."""
        word, start = match.group(), match.start()
        self.words += 1
        if self.words > MAX_WORDS:
            self.layout.too_long = start
        self._unclosed_before(word, start)
        end = self._check(match)
        self.previous, self.previous_end = self.text[start:end], end
        return end

    def _check(self, match: re.Match[str]) -> int:
        kind, start, end = match.lastgroup, match.start(), match.end()
        if kind == "open":
            self._open_bracket(start)
        elif kind == "close":
            self._close_bracket(start)
        elif kind == "quote":
            return self._unclosed_text(start)
        elif kind == "number":
            self._number(start, end)
        elif kind == "word" and not errors.is_name(match.group()):
            self._report(errors.bad_name(self._span(start, end)))
            self.layout.code[start:end] = "_" * (end - start)
        elif kind == "single":
            self._report(errors.single_quotes(self._span(start, end)))
            self.layout.code[start] = self.layout.code[end - 1] = '"'
        elif kind == "stray":
            self._stray(start)
        return end

    # --- brackets

    def _in_brackets(self) -> bool:
        return bool(self.open) and self.layout.code[self.open[-1]] != "{"

    def _open_bracket(self, start: int) -> None:
        if not self.open:
            self.layout.outer.add(start)
        self.open.append(start)
        if len(self.open) > MAX_NESTING:
            self.layout.too_deep = start

    def _close_bracket(self, start: int) -> None:
        char = self.layout.code[start]
        if not self.open or (char == "}" and self._in_brackets()):
            self._report(errors.unmatched(self._span(start), None))
            self.layout.code[start] = " "
            return
        opener = self.open[-1]
        right = CLOSER[self.layout.code[opener]]
        if char != right and right == "}":
            self._report(errors.unmatched(self._span(start), None))
            self.layout.code[start] = " "
            return
        if char != right:
            self._report(errors.unmatched(self._span(start), self._span(opener)))
            self.layout.code[start] = right
        self.open.pop()
        if right == "}":
            self._pair(opener, start)

    def _pair(self, opener: int, closer: int) -> None:
        self.layout.braces |= {opener: closer, closer: opener}

    def _unclosed_before(self, word: str, start: int) -> None:
        """Report brackets and braces that must have ended before this word."""
        at_margin = start == 0 or self.text[start - 1] == "\n"
        is_definition = at_margin and _DEFINITION.match(self.text, start) is not None
        if self._in_brackets() and (
            is_definition or word in "{}" or (word in _STOPS and self._is_stop(start))
        ):
            self._stop(start, 0 if word in "{}" or word in _ARROWS else 1)
        if is_definition and self.open:
            self._close_braces(start, word)

    def _is_stop(self, start: int) -> bool:
        """Whether the rest of the line closes no bracket that is open here."""
        depth = 0
        for char in self.text[start : min(self._line_end(start), start + _LOOK_AHEAD)]:
            depth += (char in "([") - (char in ")]")
            if depth < 0:
                return False
        return True

    def _stop(self, start: int, restored: int) -> None:
        """Report the innermost open `(` or `[`, and restore the newline before `start`."""
        if not self._in_brackets():
            return
        opener = self.open[-1]
        if start not in self.muted:
            self._report(errors.unclosed_bracket(self._span(opener), self._span(start)))
        self.doomed.append(opener)
        while self._in_brackets():
            self.open.pop()
        newlines = [offset for offset in self.wrapped if offset > opener]
        if restored and newlines:
            self.layout.code[newlines[-1]] = "\n"
        self.wrapped.clear()

    def _close_braces(self, start: int, word: str | None) -> None:
        """Report the innermost open `{` and close all that are open before `start`."""
        if not self.open:
            return
        at = self._span(start, start + len(word)) if word else None
        self._report(errors.unclosed_brace(self._span(self.open[-1]), at))
        if not word:
            self.layout.code += "}" * len(self.open)
            places = range(start, start + len(self.open))
        else:
            places = range(self.previous_end, self.previous_end + len(self.open))
        fits = not word or places.stop < start
        for opener, place in zip(reversed(self.open), places, strict=True):
            if fits:
                self.layout.code[place] = "}"
                self._pair(opener, place)
        if not fits:
            self.doomed.append(self.open[0])
            self._pair(self.open[0], start - 1)
        self.open.clear()

    # --- words

    def _unclosed_text(self, start: int) -> int:
        """Read on behind the quote: brackets on the rest of the line still count."""
        end = self._line_end(start)
        self._report(errors.unclosed_text(self._span(start, end)))
        self.muted = range(start, end)
        self.doomed.append(start)
        return start + 1

    def _number(self, start: int, end: int) -> None:
        span = self._span(start, end)
        is_label = _LABEL_END.match(self.text, end) is not None and not self._in_brackets()
        is_label &= self.previous != "repeat"  # `repeat 3: relu` is another mistake
        is_name = is_label or self.previous in errors.NAME_FOLLOWS
        if is_name and span.text[0] != ".":
            self._report(errors.digit_name(span, is_label=is_label))
            self.layout.code[start:end] = "_" * (end - start)
        elif end - start > _LONGEST_NUMBER or not _NUMBER.fullmatch(span.text):
            self._report(errors.bad_number(span))
            self.layout.code[start:end] = "1" + " " * (end - start - 1)

    def _stray(self, start: int) -> None:
        diagnostic, replacement = errors.stray(self._span(start))
        self._report(diagnostic)
        if replacement == "\n" and self._in_brackets():
            replacement = ","
        self.layout.code[start] = replacement or " "
        if replacement and replacement in "([{":
            self._open_bracket(start)
        elif replacement and replacement in ")]}":
            self._close_bracket(start)
        if replacement is None:
            self.doomed.append(start)

    def _line_end(self, start: int) -> int:
        end = self.text.find("\n", start)
        return len(self.text) if end < 0 else end

    def _span(self, start: int, end: int | None = None) -> Span:
        return Span(self.source, start, start + 1 if end is None else end)

    def _report(self, diagnostic: Diagnostic) -> None:
        place = diagnostic.primary
        assert place is not None
        if place.start not in self.muted and len(self.layout.faults) < _MOST_FAULTS:
            self.layout.faults.append(diagnostic)
