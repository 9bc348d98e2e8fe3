"""What to say about mistakes that show without a grammar: brackets, quotes, characters."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from archspec.errors import Diagnostic, Edit, Fix, Label

if TYPE_CHECKING:
    from archspec.source import Span

# After these words stands a name, so that `3a` there is meant as one.
NAME_FOLLOWS = frozenset(
    {"@", "arch", "as", "block", "cite", "from", "head", "import", "let", "table"}
)
_LOOK_ALIKES = {"。": ".", "、": ",", "−": "-", "–": "-", "\u00a0": " "}


def is_name(word: str) -> bool:
    """Whether every part of a dotted word is an identifier or, after the first, a number.

    >>> is_name("conv3_x.2.add"), is_name("x²")
    (True, False)
    """
    first, *rest = word.split(".")
    return first.isidentifier() and all(
        part.isidentifier() or (part.isascii() and part.isdigit()) for part in rest
    )


def replace(span: Span, text: str) -> Fix:
    """A safe fix of one edit."""
    return Fix((Edit(span, text),), safe=True)


def unclosed_bracket(opener: Span, stop: Span) -> Diagnostic:
    """E101: `(` or `[` still open where it cannot be."""
    char = opener.text
    return Diagnostic(
        "E101",
        f"`{char}` is never closed",
        opener,
        "opened here",
        labels=_stop_label(stop, f"no `{_partner(char)}` before this"),
        help=f"add the missing `{_partner(char)}`",
    )


def unclosed_brace(opener: Span, stop: Span | None) -> Diagnostic:
    """E102: `{` still open at the next definition or at the end."""
    labels: tuple[Label, ...] = ()
    if stop:
        why = f"`{stop.text.split()[0]}` starts at the left margin"
        labels = (Label(stop, f"{why}, so the `}}` is missing before this line"),)
    return Diagnostic(
        "E102",
        "`{` is never closed",
        opener,
        "opened here",
        labels=labels,
        help="add the missing `}`",
    )


def unmatched(closer: Span, opener: Span | None) -> Diagnostic:
    """E103: a closing bracket without an opener, or of the wrong kind."""
    char = closer.text
    if opener is None:
        return Diagnostic(
            "E103",
            f"`{char}` closes nothing",
            closer,
            "no bracket is open here",
            help=f"remove the `{char}`",
            fix=Fix((Edit(closer, ""),), safe=False),
        )
    right = _partner(opener.text)
    return Diagnostic(
        "E103",
        f"`{opener.text}` is closed by `{char}`",
        closer,
        f"`{right}` expected",
        labels=(Label(opener, "opened here"),),
        help=f"write `{right}`",
        fix=Fix((Edit(closer, right),), safe=False),
    )


def unclosed_text(span: Span) -> Diagnostic:
    """E111: a quote without its partner on the line."""
    return Diagnostic(
        "E111",
        "this text is not closed before the end of its line",
        span,
        "opened here",
        help='add the closing `"`; a quote inside a text is written `\\"`',
    )


def digit_name(span: Span, *, is_label: bool) -> Diagnostic:
    """E106: a name that starts with a digit."""
    word = span.text
    what = "label" if is_label else "name"
    better = f"i{word}" if is_name(f"i{word}") else "i" + re.sub(r"\W", "_", word)
    colon = ":" if is_label else ""
    picture = f'; for the picture add `[name="{word}"]`' if is_label else ""
    return Diagnostic(
        "E106",
        f"a {what} cannot start with a digit: `{word}`",
        span,
        help=f"write `{better}{colon}`{picture}",
        fix=Fix((Edit(span, better),), safe=False),
    )


def bad_name(span: Span) -> Diagnostic:
    """E116: a word with characters no name may have."""
    return Diagnostic(
        "E116",
        f"`{span.text}` is not a name",
        span,
        help="a name consists of letters, digits and `_`",
    )


def bad_number(span: Span) -> Diagnostic:
    """E109: neither a number nor a size."""
    word = span.text
    better, note = _better_number(word)
    if better is None:
        return Diagnostic("E109", f"`{word}` is not a number", span, help=note)
    return Diagnostic(
        "E109",
        f"`{word}` is not a number or size",
        span,
        help=f"write `{better}`",
        fix=replace(span, better),
    )


def _better_number(word: str) -> tuple[str | None, str]:
    ascii_word = unicodedata.normalize("NFKC", word)
    size = ascii_word.replace("X", "x")
    if re.fullmatch(r"[0-9]{1,9}(x[0-9]{1,9})+", size):
        return size, ""
    if re.fullmatch(r"\.[0-9]+", ascii_word):
        return f"0{ascii_word}", ""
    if re.fullmatch(r"[0-9]+K", ascii_word):
        return ascii_word.replace("K", "k"), ""
    if re.fullmatch(r"0[xX][0-9a-fA-F]+", ascii_word):
        return None, "numbers are decimal; `5x5` is a size"
    return None, "numbers look like `12`, `0.5`, `1_000`, `60k`, `159Ki`, `1e-4`, sizes like `5x5`"


def stray(span: Span) -> tuple[Diagnostic, str | None]:
    """E107, E108 or E116 for a character, and what to read instead, if that is clear."""
    char = span.text
    if char in ";；":
        return _semicolon(span), "\n"
    if char == "\r":
        return _carriage_return(span), "\n"
    plain = _LOOK_ALIKES.get(char) or unicodedata.normalize("NFKC", char)
    if len(plain) == 1 and plain != char and plain in " ,.:()[]{}|@=<>+-*/%":
        return _look_alike(span, plain), plain
    return _unexpected(span), None


def _semicolon(span: Span) -> Diagnostic:
    rest = span.source.text[span.end : span.end + 80].split("\n")[0]
    is_last = not rest.split("#")[0].strip()
    return Diagnostic(
        "E108",
        "there is no `;`: statements are separated by newlines",
        span,
        help="remove it" if is_last else "start a new line here",
        fix=replace(span, "" if is_last else "\n"),
    )


def _carriage_return(span: Span) -> Diagnostic:
    return Diagnostic(
        "E116",
        "a carriage return alone does not end a line",
        span,
        help="save the file with LF or CRLF line ends",
        fix=replace(span, "\n"),
    )


def _look_alike(span: Span, plain: str) -> Diagnostic:
    shown = "a space" if plain == " " else f"`{plain}`"
    wide = unicodedata.east_asian_width(span.text) in "FW"
    return Diagnostic(
        "E107" if wide else "E116",
        f"full-width `{span.text}`" if wide else f"`{span.text}` looks like {shown} but is not",
        span,
        help=f"write {shown}",
        fix=replace(span, plain),
    )


def single_quotes(span: Span) -> Diagnostic:
    """E116: a text in the wrong quotes."""
    better = f'"{span.text[1:-1]}"'
    return Diagnostic(
        "E116",
        "a text stands in double quotes",
        span,
        help=f"write `{better}`",
        fix=replace(span, better),
    )


_ARROWS = {"→": "->", "⇒": "=>"}
_HINTS = {
    "'": 'texts stand in double quotes: `"…"`',
    "“": 'texts stand in double quotes: `"…"`',
    "”": 'texts stand in double quotes: `"…"`',
    "→": "data is passed on by `->`",
    "⇒": "a shape is checked by `=>`",
    "$": "a parameter is written by its name alone",
    "!": "write `not` or `!=`",
    "&": "write `and`",
    "^": "powers are written `**`",
    "~": "`~=` compares with a tolerance",
}


def _unexpected(span: Span) -> Diagnostic:
    char = span.text
    name = f"`{char}`" if char.isprintable() else f"U+{ord(char):04X}"
    fix = replace(span, _ARROWS[char]) if char in _ARROWS else None
    message = f"unexpected character {name}"
    return Diagnostic("E116", message, span, help=_HINTS.get(char), fix=fix)


def _partner(bracket: str) -> str:
    return {"(": ")", "[": "]", "{": "}", "（": ")", "［": "]", "｛": "}"}.get(bracket, bracket)


def _stop_label(stop: Span, text: str) -> tuple[Label, ...]:
    return (Label(stop, text),) if stop.text else ()
