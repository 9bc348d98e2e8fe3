"""No text raises, whatever it holds; limits are errors that name the limit."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.source import Source
from archspec.syntax import ast, parse

TEXTS = [
    path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parent / "samples").glob("*.arch"))
]
PIECES = [
    *"(){}[]|:;,@#\"'.=-+*<>!~%^&\\ \t\n\r\ufeff→（：，x5_é",
    *("->", "=>", "..", "**", "//", "==", "~=", "\n\n", "arch A", "block b()", "table t", "cite c"),
    *("let a = ", "from", "import", "as", "repeat", "in", "if", "else", "head", "expect", "train"),
    *("input", "output", "conv", "1x1", "3.8G", ".5", "0x", '"a"', "X . X", "within 1%", "not"),
]
FEW = settings(derandomize=True, deadline=None, max_examples=300)


def check(text: str) -> ast.File:
    """Parse a text; every diagnostic must lie in it."""
    source = Source("a.arch", text)
    file = parse(source)
    for diagnostic in file.diagnostics:
        assert diagnostic.primary is not None
        assert 0 <= diagnostic.primary.start <= diagnostic.primary.end <= len(text)
        assert diagnostic.code[:2] in {"E0", "E1"}
    assert file.definitions or file.diagnostics
    return file


@FEW
@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_random_pieces(pieces: list[str]) -> None:
    check("".join(pieces))


@FEW
@given(st.text(max_size=60))
def test_random_text(text: str) -> None:
    check(text)


@FEW
@given(st.sampled_from(TEXTS), st.integers(0, 10**6), st.sampled_from(["", *PIECES]))
def test_one_character_replaced(text: str, place: int, piece: str) -> None:
    place %= len(text)
    check(text[:place] + piece + text[place + 1 :])


@FEW
@given(st.sampled_from(TEXTS), st.integers(0, 10**6))
def test_truncated(text: str, place: int) -> None:
    check(text[: place % len(text)])


# --- limits


@pytest.mark.parametrize("pair", ["()", "[]", "{}"])
def test_brackets_nest_64_deep(pair: str) -> None:
    left, right = pair
    start, end = ("block b() ", "x") if pair == "{}" else ("let a = ", "1")
    assert check(f"{start}{left * 64}{end}{right * 64}").diagnostics == ()
    (diagnostic,) = check(f"{start}{left * 65}{end}{right * 65}").diagnostics
    assert (diagnostic.code, diagnostic.values) == ("E005", {"limit": 64})


@pytest.mark.parametrize(
    "text",
    [
        "let a = " + "1 + " * 5000 + "1",
        "let a = " + "- " * 5000 + "1",
        "let a = " + "2 ** " * 5000 + "1",
        "let a = " + "not " * 5000 + "1",
        "let a = " + "1 if b else " * 5000 + "1",
        "let a = b" + "[0]" * 5000,
        "let a = b(1)" + ".c" * 5000,
        "block b() { " + "if a { x } else " * 5000 + "{ x } }",
    ],
    ids=lambda text: text[:12],
)
def test_long_chains_do_not_exhaust_the_stack(text: str) -> None:
    (diagnostic,) = check(text + "\nlet ok = 1").diagnostics
    assert (diagnostic.code, diagnostic.values) == ("E005", {"limit": 256})


def test_chains_of_a_bearable_length_are_read() -> None:
    assert check("let a = " + "1 + " * 200 + "1").diagnostics == ()
    assert check("block b() { " + "if a { x } else " * 100 + "{ x } }").diagnostics == ()
    assert check("block b() { " + "relu -> " * 5000 + "relu }").diagnostics == ()


def test_too_long_a_text() -> None:
    (diagnostic,) = parse(Source("a.arch", " " * (2**20 + 1))).diagnostics
    assert diagnostic.code == "E005"
    assert "1,048,576" in diagnostic.message


@pytest.mark.parametrize(
    "unit",
    ["\n", "#\n", "# c\n\n", " ", "x", "a.", "'", '"', '\\"', '"\n', "(a -> ", ";", "１", "| a "],
)
def test_time_grows_with_the_length_only(unit: str) -> None:
    """Repeating one thing 100,000 times: what takes quadratic time would take minutes."""
    start = time.perf_counter()
    check(unit * 100_000)
    assert time.perf_counter() - start < 20
