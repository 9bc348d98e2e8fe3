"""What the parser could have taken, in words."""

from __future__ import annotations

from lark.exceptions import UnexpectedInput, UnexpectedToken

from archspec.syntax.grammar import load_grammar

_WORDS = {
    "NAME": "a name",
    "NUMBER": "a number",
    "SIZE": "a size",
    "TEXT": "a quoted text",
    "PATH": "a path such as `C1.params`",
    "ABOUT": "a comparison such as `==`",
    "CELL": "`X`, `.` or a number",
    "COMMA": "a comma",
    "_NL": "a new line",
    "$END": "the end of the file",
}
_VALUE = {"NUMBER", "SIZE", "TEXT", "NAME", "TRUE", "FALSE", "AT", "LPAR", "LSQB"}
_SIGNS = {"PLUS", "MINUS", "NOT"}
_OPERATORS = {
    *("OR", "AND", "EQUAL", "UNEQUAL", "AT_MOST", "AT_LEAST", "BELOW", "ABOVE", "PLUS", "MINUS"),
    *("STAR", "SLASH", "FLOOR", "PERCENT", "POWER", "DOT", "LSQB", "LPAR", "IF"),
}
_FIRST = (
    *("ABOUT", "NAME", "TEXT", "PATH", "CELL", "COMMA", "RPAR", "RSQB", "ASSIGN"),
    *("ARROW", "SHAPE_ARROW", "COLON", "_NL", "RBRACE"),
)
_MOST = 4


def expected_words(error: UnexpectedInput) -> str:
    """The tokens that could have stood there: "a comma or `)`"."""
    accepts = set(error.accepts) if isinstance(error, UnexpectedToken) else set()
    words = []
    if accepts >= _VALUE - {"SIZE"}:
        accepts -= _VALUE | _SIGNS
        words.append("a value")
    elif accepts - _OPERATORS:
        accepts -= _OPERATORS
    ranked = sorted(accepts, key=_rank)
    words += [_word(name) for name in ranked][: _MOST - len(words)]
    return _listed(words) or "something else"


def _rank(name: str) -> tuple[int, str]:
    return _FIRST.index(name) if name in _FIRST else len(_FIRST), name


def _word(name: str) -> str:
    return _WORDS.get(name) or f"`{load_grammar().get_terminal(name).pattern.value}`"


def _listed(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
