"""The compiled grammar, cached in the user's cache folder; the only file that makes a parser.

The cache is JSON on purpose: a pickle would run whatever somebody else put there.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from archspec.syntax.branch import Branch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lark import Lark, Token

_CALL_OPTIONS = frozenset({"postlex", "lexer_callbacks", "transformer", "tree_class", "_plugins"})


class _WholeWords:
    """Lets every lexer state read names, so that no keyword matches the start of a word."""

    always_accept = ("NAME",)

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        return stream


@cache
def load_grammar() -> Lark:
    """The parser, from the cache if there is one.

    >>> str(load_grammar().parse("let k = 32").data)
    'start'
    """
    text = Path(__file__).with_name("arch.lark").read_text(encoding="utf-8")
    path = _cache_file(text)
    with contextlib.suppress(Exception):  # whatever is wrong with a cache, building helps
        return _restore(json.loads(path.read_text(encoding="utf-8")))
    parser = build_grammar(text)
    with contextlib.suppress(OSError):  # no cache, no harm
        _write(path, json.dumps(_tables(parser), separators=(",", ":")))
    return parser


def build_grammar(text: str, *, strict: bool = False) -> Lark:
    """Compile a grammar text; `strict` also refuses conflicts that have a default."""
    from lark import Lark

    return Lark(
        text,
        parser="lalr",
        lexer="contextual",
        postlex=cast("Any", _WholeWords()),
        tree_class=cast("Any", Branch),
        keep_all_tokens=True,
        maybe_placeholders=False,
        strict=strict,
    )


def cache_folder() -> Path:
    """Where caches of this program live, by the custom of the platform."""
    environ = os.environ
    if own := environ.get("ARCHSPEC_CACHE_DIR"):
        return Path(own)
    if sys.platform == "win32" and (local := environ.get("LOCALAPPDATA")):
        return Path(local) / "archspec"
    if base := environ.get("XDG_CACHE_HOME"):
        return Path(base) / "archspec"
    return Path("~/.cache/archspec").expanduser()


def _cache_file(text: str) -> Path:
    from lark import __version__

    key = f"{text}\0{__version__}\0{sys.version}"
    return cache_folder() / f"grammar-{hashlib.sha256(key.encode()).hexdigest()[:16]}.json"


def _tables(parser: Lark) -> dict[str, Any]:
    """What `Lark.save` would pickle."""
    from lark.grammar import Rule
    from lark.lexer import TerminalDef

    data, memo = parser.memo_serialize([TerminalDef, Rule])
    options = {k: v for k, v in data["options"].items() if k not in _CALL_OPTIONS}
    return {"data": data | {"options": options}, "memo": memo}


def _restore(tables: dict[str, Any]) -> Lark:
    """What `Lark.load` does with a pickle."""
    from lark import Lark

    table = tables["data"]["parser"]["parser"]
    table["tokens"] = _numbered(table["tokens"])
    table["states"] = {int(k): _numbered(v) for k, v in table["states"].items()}
    load = cast("Any", Lark)._load_from_dict  # noqa: SLF001 - as lark's own stand-alone parsers do
    memo = _numbered(tables["memo"])
    return cast("Lark", load(tables["data"], memo, postlex=_WholeWords(), tree_class=Branch))


def _numbered(table: dict[str, Any]) -> dict[int, Any]:
    return {int(key): value for key, value in table.items()}


def _write(path: Path, text: str) -> None:
    """Write at once or not at all, also when two processes start together."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(temporary).replace(path)
