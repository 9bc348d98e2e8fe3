"""A text as the formatter sees it: rows of tokens, comments and brace groups, as written.

Absent on purpose: meaning. What a row is, its first word and the braces around it tell; the text
has been parsed before and is known to be right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from archspec.syntax.scanner import lay_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from archspec.syntax import ast

Kind = Literal["text", "number", "word", "mark", "newline", "trailing", "alone", "doc"]
RowKind = Literal["top", "statement", "entry", "claim", "table"]
COMMENTS = ("trailing", "alone", "doc")  # behind code, on a line of its own, documentation

_TOKEN = re.compile(
    r"""
      (?P<text>"[^"\\\n]*(?:\\.[^"\\\n]*)*")
    | (?P<number>\d+(?:[x×]\d+)+|\d[\d_]*(?:\.[\d_]+)?(?:[eE][-+]?\d+)?[kKMGT]?i?)
    | (?P<word>[^\W\d]\w*(?:\.\w+)*)
    | (?P<newline>\n[ \t\n]*)
    | (?P<mark>->|=>|\.\.|//|\*\*|[=!~<>]=|[^\s])
    """,
    re.VERBOSE,
)
_CELL = re.compile(r"X|\.|[-+]?\d[\d_]*(?:\.[\d_]+)?(?:[eE][-+]?\d+)?[kKMGT]?i?")
_TOP: Mapping[str, RowKind] = {"table": "table", "cite": "entry", "train": "entry"}
_BODY: Mapping[str, RowKind] = {"expect": "claim", "train": "entry"}


@dataclass(frozen=True, slots=True)
class Token:
    """One word, mark or comment.

    Args:
        kind: what it is.
        text: what is to be printed.
        start: its offset in the source, and `end` where it ends.
        newlines: how many stand between it and the token before.
    """

    kind: Kind
    text: str
    start: int
    end: int
    newlines: int = 0

    @property
    def is_comment(self) -> bool:
        """Whether it is no code."""
        return self.kind in COMMENTS

    def is_mark(self, *texts: str) -> bool:
        """Whether it is one of these marks."""
        return self.kind == "mark" and self.text in texts


@dataclass(slots=True)
class Group:
    """`{ … }`.

    Args:
        kind: what its rows are.
        rows: what stands inside.
        flat: whether it is written on one line.
        opening: the comment behind `{`.
    """

    kind: RowKind
    rows: list[Row]
    flat: bool
    opening: Token | None = None


Part = Token | Group


@dataclass(slots=True)
class Row:
    """A definition, statement, lane, entry, claim or table row; or a comment with its own line.

    Args:
        parts: what it consists of, comments in the middle included.
        lane: whether `|` stands before it.
        blank: whether an empty line stands above it.
        remark: the comment at its end.
    """

    parts: list[Part]
    lane: bool = False
    blank: bool = False
    remark: Token | None = None

    @property
    def is_comment(self) -> bool:
        """Whether it is a comment with its own line."""
        return isinstance(self.parts[0], Token) and self.parts[0].is_comment

    @property
    def first_word(self) -> str:
        """The text of its first token; "" if it starts with a brace."""
        return self.parts[0].text if isinstance(self.parts[0], Token) else ""


def rows_of(file: ast.File) -> list[Row]:
    """The rows at top level of a text without syntax errors."""
    return _Reader(file).rows("top")


def _tokens(file: ast.File) -> list[Token]:
    """All tokens in order, comments among them."""
    source, layout = file.source, lay_out(file.source)
    plain = {comment.span.start for comment in file.comments}
    found: list[tuple[Kind, str, int, int]] = [
        (match.lastgroup, match.group(), match.start(), match.end())  # type: ignore[misc]  # a Kind
        for match in _TOKEN.finditer(layout.text())
    ]
    for comment in layout.comments:
        span = comment.span
        kind: Kind = "alone" if comment.alone else "trailing"
        found.append((kind if span.start in plain else "doc", span.text, span.start, span.end))
    tokens, last = list[Token](), len(source.text)
    for kind, text, start, end in sorted(found, key=lambda token: token[2]):
        newlines = source.text.count("\n", min(last, start), start)
        spelled = text.replace("×", "x") if kind == "number" else text
        tokens.append(Token(kind, spelled, start, end, newlines))
        last = last if kind == "newline" else end
    return list(_settled(tokens))


def _settled(tokens: list[Token]) -> Iterator[Token]:
    """Tokens with comments where the canonical text can have them.

    A comment behind an arrow goes before it, one before a comma behind that, one before `else`
    into the braces behind it; the last comma of a list goes, and `in . c` becomes one word.
    """
    ready, comments = list[Token](), list[Token]()
    to_braces = False
    for token in tokens:
        if token.is_comment:
            comments.append(token)
            continue
        if comments and ready and ready[-1].is_mark("->", "=>"):
            comments.append(ready.pop())
        is_else = token.kind == "word" and token.text == "else"
        to_braces = (to_braces or (is_else and _ends_body(ready))) and not token.is_mark("{")
        if token.is_mark(",") or to_braces:
            ready.append(token)
        else:
            if token.is_mark(")", "]") and ready[-1].is_mark(","):
                ready.pop()
            ready += [*comments, token]
            comments = []
        _join(ready)
    yield from ready
    yield from comments


def _ends_body(ready: list[Token]) -> bool:
    return bool(ready) and ready[-1].is_mark("}")


def _join(ready: list[Token]) -> None:
    """Make one word of a word, a dot and a word."""
    if len(ready) < 3 or not ready[-2].is_mark("."):
        return
    left, _, right = ready[-3:]
    if left.kind == right.kind == "word":
        text = f"{left.text}.{right.text}"
        ready[-3:] = [Token("word", text, left.start, right.end, left.newlines)]


@dataclass(slots=True)
class _Building:
    """The rows between two braces, and the parts of the one that is not complete."""

    kind: RowKind
    rows: list[Row] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    bar: Token | None = None


class _Reader:
    """Turns tokens into rows; one pass."""

    def __init__(self, file: ast.File) -> None:
        self.source = file.source
        self.tokens = _tokens(file)
        self.at = 0

    def rows(self, kind: RowKind, moved: Sequence[Token] = ()) -> list[Row]:
        """The rows up to the next `}`; `moved` comments stand before them."""
        made = _Building(kind, [Row([comment]) for comment in moved])
        while self.at < len(self.tokens) and not self.tokens[self.at].is_mark("}"):
            token = self.tokens[self.at]
            self.at += 1
            if token.kind == "newline":
                if not (self._opens_next() and _awaits_body(made.parts)):
                    self._finish(made)
            elif token.is_mark("|"):
                self._finish(made)
                made.bar = token
            elif token.is_mark("{"):
                comments = _taken_comments(made.parts)
                kind_inside = _kind_inside(kind, made.parts)
                made.parts.append(self._group(token, kind_inside, comments))
            else:
                made.parts.append(token)
        self._finish(made)
        return made.rows

    def _group(self, opener: Token, kind: RowKind, comments: list[Token]) -> Group:
        """What stands between `{` and `}`; comments from before `{` come first."""
        if self.tokens[self.at].kind == "trailing":
            comments.append(self.tokens[self.at])
            self.at += 1
        behind = comments[:1] if comments and comments[0].kind == "trailing" else []
        rows = self.rows(kind, comments[len(behind) :])
        closer = self.tokens[self.at]
        self.at += 1
        flat = not comments and "\n" not in self.source.text[opener.start : closer.end]
        return Group(kind, rows, flat, behind[0] if behind else None)

    def _opens_next(self) -> bool:
        """Whether the next code is `{`."""
        rest = (token for token in self.tokens[self.at :] if not token.is_comment)
        following = next(rest, None)
        return following is not None and following.is_mark("{")

    def _finish(self, made: _Building) -> None:
        """Make a row of the parts; comments around it get rows of their own."""
        parts, bar = made.parts, made.bar
        made.parts = []
        code = [i for i, part in enumerate(parts) if not _is_comment(part)]
        first, last = (code[0], code[-1] + 1) if code else (len(parts), len(parts))
        made.rows += [_comment_row(comment) for comment in parts[:first]]
        if not code:
            return
        row = Row(parts[first:last], lane=bar is not None)
        row.blank = _starts_after_blank(bar if bar and not first else parts[first])
        made.bar = None
        if made.kind == "table":
            row.parts = list(self._row_cells(parts[first], parts[last - 1]))
        made.rows.append(row)
        rest = parts[last:]
        if rest and isinstance(rest[0], Token) and rest[0].kind == "trailing":
            row.remark = rest[0]
            rest = rest[1:]
        made.rows += [_comment_row(comment) for comment in rest]

    def _row_cells(self, first: Part, last: Part) -> Iterator[Token]:
        """The cells of a table row, which need no blanks between them."""
        assert isinstance(first, Token)
        assert isinstance(last, Token)
        for match in _CELL.finditer(self.source.text, first.start, last.end):
            yield Token("text", match.group(), match.start(), match.end())


def _kind_inside(kind: RowKind, parts: list[Part]) -> RowKind:
    """What the rows between the braces behind these parts are."""
    inside = _TOP if kind == "top" else _BODY
    return inside.get(_first_word(parts), "statement")


def _first_word(parts: list[Part]) -> str:
    """The first token that is no comment; "" if there is none, or a brace."""
    first = next((part for part in parts if not _is_comment(part)), None)
    return first.text if isinstance(first, Token) else ""


def _is_comment(part: Part) -> bool:
    return isinstance(part, Token) and part.is_comment


def _starts_after_blank(part: Part) -> bool:
    return isinstance(part, Token) and part.newlines > 1


def _comment_row(comment: Part) -> Row:
    return Row([comment], blank=_starts_after_blank(comment))


def _taken_comments(parts: list[Part]) -> list[Token]:
    """Take the comments at the end of a row that has more than comments."""
    if all(map(_is_comment, parts)):
        return []
    taken: list[Token] = []
    while isinstance(parts[-1], Token) and parts[-1].is_comment:
        taken.insert(0, parts[-1])
        parts.pop()
    return taken


def _awaits_body(parts: list[Part]) -> bool:
    """Whether a row has an `if`, `repeat`, `else`, `head`, … whose braces are still to come."""
    depth = 0
    for part in reversed(parts):
        if isinstance(part, Group) or part.is_mark("->"):
            return False
        depth += part.is_mark(")", "]") - part.is_mark("(", "[")
        if not depth and part.kind == "word" and part.text in ("if", "repeat", "else"):
            return True
    return _first_word(parts) in ("head", "train", "expect")
