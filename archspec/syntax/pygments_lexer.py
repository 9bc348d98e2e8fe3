"""Colours for specs in whatever uses Pygments: documentation, notebooks, pygmentize.

Nothing of archspec imports this module; Pygments finds it through its entry point.
"""

from __future__ import annotations

from typing import ClassVar

from pygments.lexer import RegexLexer, bygroups, words
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Whitespace

DEFINITIONS = ("arch", "block", "cite", "let", "table", "from", "import", "as", "train", "for")
SECTIONS = ("input", "output", "head", "expect", "within", "note", "disputed")
CONTROL = ("repeat", "in", "if", "else")
LOGIC = ("and", "or", "not")
CONSTANTS = ("true", "false")
_NAME = r"[^\W\d]\w*"
_NUMBER = r"\d[\d_]*(?:\.[\d_]+)?(?:[eE][+-]?\d+)?(?:[KMGT]i|[kMGT])?(?!\w)"


class ArchLexer(RegexLexer):  # type: ignore[misc]  # Pygments ships no types
    """Spec files of archspec.

    >>> next(ArchLexer().get_tokens("arch Net = Base"))
    (Token.Keyword.Declaration, 'arch')
    """

    name = "archspec"
    aliases: ClassVar[list[str]] = ["arch", "archspec"]
    filenames: ClassVar[list[str]] = ["*.arch"]
    tokens: ClassVar[dict[str, list[tuple[object, ...]]]] = {
        "root": [
            (r"\s+", Whitespace),
            (r"##.*", String.Doc),
            (r"#.*", Comment.Single),
            (
                rf"(table)(\s+)({_NAME})(\s*)(\{{)",
                bygroups(Keyword.Declaration, Whitespace, Name.Variable, Whitespace, Punctuation),
                "table",
            ),
            (r'"(?:[^"\\\n]|\\.)*"', String),
            (rf"@{_NAME}", Name.Label),
            (rf"({_NAME})(:)(?!\w)", bygroups(Name.Label, Punctuation)),
            (
                words(DEFINITIONS, prefix=r"(?<!\.)\b", suffix=r"\b(?!\s*=(?!=))"),
                Keyword.Declaration,
            ),
            (words(SECTIONS, prefix=r"(?<!\.)\b", suffix=r"\b(?!\s*=(?!=))"), Keyword),
            (words(CONTROL, suffix=r"\b(?!\s*=(?!=))"), Keyword),
            (words(LOGIC, suffix=r"\b"), Operator.Word),
            (words(CONSTANTS, suffix=r"\b"), Keyword.Constant),
            (r"\d+(?:[x×]\d+)+(?!\w)", Number.Integer),
            (_NUMBER, Number),
            (rf"{_NAME}(?=\()", Name.Function),
            (_NAME, Name),
            (r"->|=>|==|!=|~=|<=|>=|\*\*|//|\.\.|[-+*/%<>=]", Operator),
            (r"[{}()\[\],:|.]", Punctuation),
        ],
        "table": [
            (r"\s+", Whitespace),
            (r"#.*", Comment.Single),
            (r"X\b|\.(?!\d)", Keyword.Constant),
            (rf"[-+]?{_NUMBER}", Number),
            (r"\}", Punctuation, "#pop"),
        ],
    }
