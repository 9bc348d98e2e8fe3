"""What a syntax error means, by the parser's state and the token it could not take.

State numbers change with the grammar, so the table is filled from malformed snippets when
the first error comes. Brackets, quotes and odd characters never get here: see scanner.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from archspec.errors import Diagnostic, Edit, Fix
from archspec.source import Source, Span
from archspec.syntax.expected import expected_words
from archspec.syntax.grammar import load_grammar
from archspec.syntax.tree_errors import LINE_WORDS, reserved_word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NO_BODY = ", and `}` at the end"
OUTSIDE = "statements stand inside `arch Name { … }` or `block name() { … }`"
# The mistake is before these tokens, not in them.
_LATE = frozenset({"_NL", "$END", "RBRACE"})
_WORD = re.compile(r"\w+|\S")
_HEAD_CALL = re.compile(
    r"(?:(?P<label>\w+)[ \t]*:[ \t]*)?\b(?P<head>head)[ \t]*(?P<arguments>\([^()]*\))?\s*\{\s*\Z"
)
_INPUT_BRACKET = re.compile(r"\binput\s*\(\s*\w+\s*\Z")
_FORMS = {
    "expect": "`expect { … }`",
    "head": "`head aux { … }`",
    "if": "`if c { … } else { … }`",
    "input": "`input 3x32x32`, or `input image: 3x32x32`",
    "output": "`output @name`",
    "repeat": "`repeat n { … }`",
    "train": "`train { … }`",
}
_NETWORKS = ("class", "def", "model", "module", "name", "net", "network")  # elsewhere
_NOT_HERE = {
    "block": "a block stands outside of others, at the top of the file",
    "for": "write `repeat i in 1..3 { … }`",
    "let": "`let` stands at the top of the file; a block may take the value as a parameter",
    "while": "write `repeat n { … }`",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """A token the parser could not take.

    Args:
        source: the text as written.
        code: the text the parser saw.
        start: where the token starts.
        end: where it ends; `start` at the end of the file.
        expected: what could have stood there, in words.
    """

    source: Source
    code: str
    start: int
    end: int
    expected: str

    @property
    def span(self) -> Span:
        """The token."""
        return Span(self.source, self.start, self.end)

    @property
    def found(self) -> str:
        """The token in words."""
        if self.start == len(self.source.text):
            return "the end of the file"
        word = self.span.text
        return f"`{word}`" if word.strip() else "the end of the line"

    def before(self, word: str) -> Span:
        """The last `word` before the token."""
        place = self.code.rfind(word, 0, self.start)
        return Span(self.source, place, place + len(word))

    @property
    def word_from_here(self) -> Span:
        """The first word or sign that starts in or after the token."""
        match = _WORD.search(self.code, self.start)
        return Span(self.source, *match.span()) if match else self.span

    @property
    def word_before(self) -> Span:
        """The word before the token, as far as it is one."""
        end = len(self.code[: self.start].rstrip())
        start = end
        while start and (self.code[start - 1].isalnum() or self.code[start - 1] == "_"):
            start -= 1
        return Span(self.source, start, end)


def explain(error: UnexpectedInput, code: str, source: Source) -> tuple[Diagnostic, int]:
    """The diagnostic for a syntax error, and the offset whose line is to be blanked."""
    start, end, kind = _place(error, source)
    trouble = Trouble(source, code, start, end, expected_words(error))
    table, state = _table(), _state(error)
    tell = table.get((state, kind)) or table.get((state, None))
    if tell:
        diagnostic = tell(trouble)
        return diagnostic, diagnostic.primary.start if diagnostic.primary else start
    before = len(code[:start].rstrip()) - 1
    return _anything(trouble), max(before, 0) if kind in _LATE else start


def _place(error: UnexpectedInput, source: Source) -> tuple[int, int, str]:
    """Start, end and type of the token."""
    last = len(source.text)
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        token = error.token
        return min(token.start_pos or 0, last), min(token.end_pos or 0, last), token.type
    if isinstance(error, UnexpectedCharacters):
        return error.pos_in_stream or 0, (error.pos_in_stream or 0) + 1, ""
    return last, last, "$END"


def _state(error: UnexpectedInput) -> int:
    return int(error.state.position)


# --- one function for each kind of mistake


def _lane_without_bar(trouble: Trouble) -> Diagnostic:
    word = trouble.word_from_here
    head = _HEAD_CALL.search(trouble.code, 0, trouble.start)
    if head:
        label = head["label"] or "aux"
        return Diagnostic(
            "E100",
            "`head` is a line of its own, not an operator",
            Span(trouble.source, *head.span("head")),
            help=f"write `head {label}{head['arguments'] or ''} {{ … }}`",
        )
    return Diagnostic(
        "E104",
        f"a lane starts with `|`, found `{word.text}`",
        word,
        help="write `|` before each lane; several statements in one lane need `{ … }`",
        fix=Fix((Edit(Span(word.source, word.start, word.start), "| "),), safe=False),
    )


def _no_shape(trouble: Trouble) -> Diagnostic:
    arrow = trouble.before("=>")
    is_link = trouble.code[trouble.start : trouble.start + 1].isidentifier()
    return Diagnostic(
        "E105",
        f"`=>` must be followed by a shape, found {trouble.found}",
        arrow,
        help="`->` passes the data on" if is_link else "a shape is `6x28x28`, `84` or `[c, h, w]`",
        fix=Fix((Edit(arrow, "->"),), safe=True) if is_link else None,
    )


def _shape_as_link(trouble: Trouble) -> Diagnostic:
    arrow = trouble.before("->")
    return Diagnostic(
        "E105",
        f"`->` must be followed by an operator or block, found the shape {trouble.found}",
        arrow,
        help="`=>` checks a shape",
        fix=Fix((Edit(arrow, "=>"),), safe=True),
    )


def _no_link(trouble: Trouble) -> Diagnostic:
    help_text = None
    if trouble.span.text == "@":
        help_text = "a reference starts a statement: write it before the first `->`"
    return Diagnostic(
        "E112",
        f"`->` must be followed by an operator or block, found {trouble.found}",
        trouble.before("->"),
        help=help_text,
    )


def _reserved_label(trouble: Trouble) -> Diagnostic:
    word = trouble.word_before.text
    advice = f"write {_FORMS[word]}; a label needs another name, such as `{word}_`"
    return replace(reserved_word(trouble.word_before), help=advice)


def _two_words(trouble: Trouble) -> Diagnostic:
    """`let a = 1` or `for i in …` among statements."""
    word = trouble.word_before
    if word.text not in _NOT_HERE:
        return _anything(trouble)
    message = f"there is no `{word.text}` among statements"
    return Diagnostic("E100", message, word, help=_NOT_HERE[word.text])


def _assigned(trouble: Trouble) -> Diagnostic:
    advice = f"a label stands before a colon: `{trouble.word_before.text}: …`"
    return replace(_anything(trouble), help=advice)


def _repeat_colon(trouble: Trouble) -> Diagnostic:
    return replace(_anything(trouble), help="write `repeat n { … }`")


def _arithmetic(trouble: Trouble) -> Diagnostic:
    name = {"+": "add", "-": "sub", "*": "mul"}[trouble.span.text]
    advice = f"tensors meet in `{name} {{ | … | … }}`, or in `{name}(@a, @b)`"
    return replace(_anything(trouble), help=advice)


def _comma(trouble: Trouble) -> Diagnostic:
    return replace(_anything(trouble), help="`->` passes the data on")


def _bare_arguments(trouble: Trouble) -> Diagnostic:
    advice = f"arguments stand in brackets: `{trouble.word_before.text}({trouble.span.text}, …)`"
    return replace(_anything(trouble), help=advice)


def _no_body(trouble: Trouble) -> Diagnostic:
    header = " ".join(trouble.code[: trouble.start].rstrip().rpartition("\n")[2].split())
    return replace(_anything(trouble), help=f"write `{header} {{`{NO_BODY}")


def _output_name(trouble: Trouble) -> Diagnostic:
    edit = Edit(Span(trouble.source, trouble.start, trouble.start), "@")
    advice = f"write `@{trouble.span.text}`"
    return replace(_anything(trouble), help=advice, fix=Fix((edit,), safe=True))


def _tuple(trouble: Trouble) -> Diagnostic:
    of_input = _INPUT_BRACKET.search(trouble.code, 0, trouble.start)
    advice = "a shape is `3x32x32`, maps first" if of_input else "a list is `[1, 2]`"
    return replace(_anything(trouble), help=advice)


def _second_label(trouble: Trouble) -> Diagnostic:
    return Diagnostic(
        "E100",
        f"a statement has one label, `{trouble.word_before.text}` is a second one",
        trouble.word_before.to(trouble.span),
        help="remove one of the labels",
    )


def _colon_for_equals(trouble: Trouble) -> Diagnostic:
    name = trouble.word_before.text
    return Diagnostic(
        "E100",
        f"`{name}` gets its value by `=`, found `:`",
        trouble.span,
        help=f"write `{name} =`",
        fix=Fix((Edit(trouble.span, "="),), safe=True),
    )


def _comma_in_braces(trouble: Trouble) -> Diagnostic:
    fix = Fix((Edit(trouble.span, "\n"),), safe=True)
    return replace(_anything(trouble), help="in braces each stands on a line of its own", fix=fix)


def _no_definition(trouble: Trouble) -> Diagnostic:
    word = trouble.span.text
    return Diagnostic(
        "E100",
        f"expected a definition, found {trouble.found}",
        trouble.span,
        help="an architecture is `arch Name { … }`" if word.lower() in _NETWORKS else OUTSIDE,
        notes=("a file holds `from`, `cite`, `let`, `table`, `block`, `arch` and `train … for …`",),
    )


def _anything(trouble: Trouble) -> Diagnostic:
    return Diagnostic("E100", f"expected {trouble.expected}, found {trouble.found}", trouble.span)


def _in_block(*statements: str) -> tuple[str, ...]:
    return tuple(f"block b() {{ {statement} }}" for statement in statements)


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of mistake.

    Args:
        tell: makes its diagnostic.
        snippets: texts whose first error is this mistake.
        every_token: whether any token in the same states is this mistake.
    """

    tell: Callable[[Trouble], Diagnostic]
    snippets: tuple[str, ...]
    every_token: bool = False


_BARLESS = ("relu", "@a", "{ relu }")
_LANES = ("{}", "| relu\n{}", "| relu | relu\n{}")
_CLAIMS = ("", " within 1%", " from a", ' from a "b"', ' note "c"', ' disputed "d"')
CASES = (
    Case(
        _lane_without_bar,
        _in_block(*(f"add {{ {lanes.format(lane)} }}" for lanes in _LANES for lane in _BARLESS)),
        every_token=True,
    ),
    Case(_no_shape, _in_block("relu => relu", "relu => @a", "relu => "), every_token=True),
    Case(_shape_as_link, _in_block("relu -> 6x28x28", "relu -> 84", "relu -> [6, 1, 1]")),
    Case(_no_link, _in_block("relu -> @a", "relu -> ", "relu -> => 84"), every_token=True),
    Case(_reserved_label, _in_block(*(f"{word}: relu" for word in sorted(LINE_WORDS)))),
    Case(_two_words, _in_block("let a = 1")),
    Case(_assigned, _in_block("a = relu")),
    Case(_repeat_colon, _in_block("repeat 3: relu", "repeat n: relu")),
    Case(
        _arithmetic,
        _in_block(
            *(f"{link} {sign} @a" for link in ("relu", "relu()", "a: relu", "@a") for sign in "+-*")
        ),
    ),
    Case(_comma, _in_block("relu, relu", "relu(), relu", "a: relu, relu")),
    Case(_comma, _in_block("relu | relu", "relu() | relu", "a: relu | relu")),
    Case(_bare_arguments, _in_block("conv 64", "conv 3x3", "a: conv 64", "a: conv 3x3")),
    Case(
        _no_body,
        (
            "arch A\nrelu",
            "arch A(c)\nrelu",
            'arch A "a"\nrelu',
            "block b\nrelu",
            "block b(c)\nrelu",
        ),
    ),
    Case(_output_name, ("arch A { output a }",)),
    Case(_tuple, ("arch A { input (3, 8, 8) }", "let a = (1, 2)")),
    Case(_second_label, _in_block("a: b: relu")),
    Case(
        _colon_for_equals,
        (*_in_block("relu(a: 6)", "train { a: 6 }", "relu [a: 6]"), "cite a { b: 6 }"),
    ),
    Case(
        _comma_in_braces,
        (
            "cite a { b = 1, c = 2 }",
            *(f"arch A {{ expect {{ params == 1{more}, macs == 2 }} }}" for more in _CLAIMS),
        ),
    ),
    Case(
        _no_definition,
        ("a", "let a = 1\na", "let a = 1\nlet a = 1\na"),
        every_token=True,
    ),
)


@cache
def _table() -> Mapping[tuple[int, str | None], Callable[[Trouble], Diagnostic]]:
    """(state, token type) -> what tells the mistake; type None stands for every other."""
    table: dict[tuple[int, str | None], Callable[[Trouble], Diagnostic]] = {}
    for case in CASES:
        for snippet in case.snippets:
            state, kind = snippet_key(snippet)
            table[state, kind] = case.tell
            if case.every_token:
                table[state, None] = case.tell
    return table


def snippet_key(snippet: str) -> tuple[int, str]:
    """The state and the token type of a malformed text's first error."""
    try:
        load_grammar().parse(snippet)
    except UnexpectedToken as error:
        return _state(error), error.token.type
    raise AssertionError(f"{snippet!r} is well-formed")
