"""The grammar has no conflicts, and its cache is fast, safe and optional."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lark import Lark

from archspec.source import Source
from archspec.syntax import grammar, parse

GRAMMAR = Path(grammar.__file__).with_name("arch.lark")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache folder, and no grammar in memory."""
    monkeypatch.setenv("ARCHSPEC_CACHE_DIR", str(tmp_path / "cache"))
    grammar.load_grammar.cache_clear()
    yield tmp_path / "cache"
    grammar.load_grammar.cache_clear()


def reads() -> bool:
    return parse(Source("a", "block b() { conv(6, 5x5) -> relu }")).diagnostics == ()


def test_no_conflicts() -> None:
    assert isinstance(grammar.build_grammar(GRAMMAR.read_text(encoding="utf-8"), strict=True), Lark)


def test_grammar_is_short() -> None:
    lines = GRAMMAR.read_text(encoding="utf-8").split("// --- terminals")[0].splitlines()
    assert len([line for line in lines if line and not line.startswith("//")]) < 100


def test_cache_is_written_and_used(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reads()
    (file,) = cache.iterdir()
    assert set(json.loads(file.read_text(encoding="utf-8"))) == {"data", "memo"}
    grammar.load_grammar.cache_clear()
    monkeypatch.setattr(grammar, "build_grammar", pytest.fail)
    assert reads()


def test_cached_and_built_grammar_read_alike(cache: Path) -> None:
    text = (Path(__file__).parent / "samples" / "googlenet.arch").read_text(encoding="utf-8")
    built = parse(Source("a", text))
    grammar.load_grammar.cache_clear()
    assert parse(Source("a", text)) == built


@pytest.mark.parametrize("content", ["", "{}", "null", '{"data": 1, "memo": 2}', "\0\1", "[1]"])
def test_corrupt_cache_is_replaced(cache: Path, content: str) -> None:
    assert reads()
    (file,) = cache.iterdir()
    file.write_text(content, encoding="utf-8")
    grammar.load_grammar.cache_clear()
    assert reads()
    assert len(file.read_text(encoding="utf-8")) > 50_000
    assert [path.name for path in cache.iterdir()] == [file.name]


def test_unwritable_folder_is_ignored(cache: Path) -> None:
    cache.write_text("a file where the folder should be")
    assert reads()


def test_cache_changes_with_grammar_and_versions(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {grammar._cache_file("start: A"), grammar._cache_file("start: B")}
    monkeypatch.setattr(sys, "version", "4.0")
    names.add(grammar._cache_file("start: A"))
    monkeypatch.setattr("lark.__version__", "9")
    names.add(grammar._cache_file("start: A"))
    assert len(names) == 4


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"ARCHSPEC_CACHE_DIR": "/a", "XDG_CACHE_HOME": "/b"}, "/a"),
        ({"XDG_CACHE_HOME": "/b"}, "/b/archspec"),
        ({"HOME": "/h"}, "/h/.cache/archspec"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="POSIX paths")
def test_cache_folder(
    variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ARCHSPEC_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert grammar.cache_folder().as_posix() == expected


def test_cache_folder_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARCHSPEC_CACHE_DIR", raising=False)
    monkeypatch.setenv("LOCALAPPDATA", "/local")
    monkeypatch.setattr(sys, "platform", "win32")
    assert grammar.cache_folder().as_posix() == "/local/archspec"


def test_lark_is_imported_by_the_first_parse_only() -> None:
    code = (
        "import sys, archspec.syntax as s; from archspec.source import Source;"
        "assert 'lark' not in sys.modules; s.parse(Source('a', 'let a = 1'));"
        "assert 'lark' in sys.modules and 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"PYTHONPATH": _ROOT})


_ROOT = str(Path(__file__).parents[2])
