"""Text to AST. Resolves no name, evaluates nothing, reads no file.

A user's mistake never raises here: it is a diagnostic of the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.errors import Diagnostic
from archspec.syntax import ast

if TYPE_CHECKING:
    from archspec.source import Source

MAX_CHARACTERS = 2**20


def parse(source: Source) -> ast.File:
    """Parse a text.

    Args:
        source: the text and its name.

    Returns:
        What could be read, with `diagnostics` for what could not.

    >>> from archspec.source import Source
    >>> parse(Source("a.arch", "let k = 32")).definitions[0].name
    Ident(name='k')
    """
    if len(source.text) > MAX_CHARACTERS:
        return ast.File(source, (), diagnostics=(_too_large(source),))
    from archspec.syntax.reader import read

    return read(source)


def _too_large(source: Source) -> Diagnostic:
    return Diagnostic(
        "E005",
        f"`{source.name}` has {len(source.text):,} characters, {MAX_CHARACTERS:,} are the limit",
    )
