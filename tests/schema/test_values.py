"""Expressions: every rule of the language, exactly; and what cannot be evaluated."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.errors import ArchError
from archspec.ops import Size
from archspec.schema.numerals import number, written_step
from archspec.schema.values import Scope, evaluate
from archspec.source import Source
from archspec.syntax import parse
from tests.helpers import arch, check, place, places

if TYPE_CHECKING:
    from archspec.schema.values import Value

SCOPE = Scope(
    {"n": 3, "half": Fraction(1, 2), "list": (3, 4, 6, 3), "yes": True, "k": Size((5, 5))},
    frozenset({"same", "valid"}),
)


def value(text: str) -> Value:
    file = parse(Source("v.arch", f"let v = {text}"))
    assert not file.diagnostics, file.diagnostics
    return evaluate(file.definitions[0].value, SCOPE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # numbers: decimal arithmetic, suffixes of 1000 and 1024
        ("1_516", 1516),
        ("60k", 60_000),
        ("3.8G", 3_800_000_000),
        ("2T", 2 * 10**12),
        ("159Ki", 159 * 1024),
        ("1Mi", 1024**2),
        ("3Gi", 3 * 1024**3),
        ("1Ti", 1024**4),
        ("0.1k", 100),
        ("0.1", Fraction(1, 10)),
        ("1e-4", Fraction(1, 10_000)),
        ("1E3", 1000),
        ("1e3k", 10**6),
        ("2.50", Fraction(5, 2)),
        # other literals
        ("true", True),
        ("false", False),
        ('"a b"', "a b"),
        ("5x5", Size((5, 5))),
        ("3×224×224", Size((3, 224, 224))),
        ("0x3", Size((0, 3))),
        ("[]", ()),
        ("[3, 4, [1, 2]]", (3, 4, (1, 2))),
        # names and words
        ("n", 3),
        ("same", "same"),
        # arithmetic is exact, and whole where it is
        ("1 / 3 + 1 / 6", Fraction(1, 2)),
        ("0.1 + 0.2", Fraction(3, 10)),
        ("6 / 3", 2),
        ("7 // 2", 3),
        ("-7 // 2", -4),
        ("7 % 3", 1),
        ("-7 % 3", 2),
        ("2 ** 10", 1024),
        ("2 ** -2", Fraction(1, 4)),
        ("2 ** 3 ** 2", 512),
        ("-2 ** 2", -4),
        ("(-2) ** 2", 4),
        ("2 + 3 * 4", 14),
        ("(2 + 3) * 4", 20),
        ("8 - 3 - 2", 3),
        ("+n - -1", 4),
        ("half * 4", 2),
        # comparisons and logic
        ("1 < 2", True),
        ("2 <= 2", True),
        ("3 > 4", False),
        ("4 >= 5", False),
        ("1 == 1.0", True),
        ("n != 3", False),
        ('"a" == "a"', True),
        ("[1, 2] == [1, 2]", True),
        ("true and false", False),
        ("true or false", True),
        ("not true", False),
        ("not 1 == 2 and yes", True),
        ("false and 1 / 0 == 1", False),
        ("true or 1 / 0 == 1", True),
        ("n if yes else 1 / 0", 3),
        ("1 / 0 if not yes else n", 3),
        ("1 if n > 5 else 2 if n > 2 else 3", 2),
        # indexing
        ("list[0]", 3),
        ("list[n - 1]", 6),
        ("list[-1]", 3),
        ("k[1]", 5),
        # functions
        ("floor(2.5)", 2),
        ("floor(-2.5)", -3),
        ("ceil(2.1)", 3),
        ("round(2.4)", 2),
        ("round(2.6)", 3),
        ("min(3, half)", Fraction(1, 2)),
        ("max(list)", 6),
        ("max(1, 2, 3)", 3),
        ("sum(list)", 16),
        ("sum([])", 0),
        ("sum([0.5, 0.5])", 1),
        ("len(list)", 4),
        ("len(k)", 2),
        ("abs(-0.5)", Fraction(1, 2)),
    ],
)
def test_value(text: str, expected: object):
    computed = value(text)
    assert computed == expected
    assert type(computed) is type(expected)


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**9), st.integers(1, 10**9))
def test_fractions_stay_exact(above: int, below: int, other: int):
    assert value(f"{above} / {below} + 1 / {other}") == Fraction(above, below) + Fraction(1, other)


@pytest.mark.parametrize(
    ("text", "code", "column", "message"),
    [
        ("1 / 0", "E409", 9, "`1 / 0` divides by zero"),
        ("1 // 0", "E409", 9, "`1 // 0` divides by zero"),
        ("1 % (n - 3)", "E409", 9, "`1 % (n - 3)` divides by zero"),
        ("0 ** -1", "E409", 9, "`0 ** -1` divides by zero"),
        ("2 ** 0.5", "E409", 9, "the exponent must be a whole number"),
        ("2 ** 257", "E409", 9, "the exponent must be a whole number up to 256"),
        ("2 ** 256", "E409", 9, "`2 ** 256` is too large a number"),
        ("2 ** 2 ** 2 ** 2 ** 2", "E409", 9, "the exponent must be a whole number"),
        ("10 ** 60 * 10 ** 60", "E409", 9, "is too large a number"),
        ("1 / 10 ** 60 / 10 ** 60", "E409", 9, "is too large a number"),
        ("1e61", "E409", 9, "the number is too large or too long"),
        ("1e9999", "E409", 9, "the number is too large or too long"),
        ("1e-9999", "E409", 9, "the number is too large or too long"),
        ("1" * 61, "E409", 9, "the number is too large or too long"),
        ("list[4]", "E409", 14, "`4` is not an index of a list of 4"),
        ("list[-5]", "E409", 14, "`-5` is not an index of a list of 4"),
        ("list[0.5]", "E409", 14, "`0.5` is not an index of a list of 4"),
        ("n[0]", "E409", 9, "`n` is not a list"),
        ("true + 1", "E409", 9, "`true` is not a number"),
        ("-yes", "E409", 10, "`yes` is not a number"),
        ('"a" < 1', "E409", 9, '`"a"` is not a number'),
        ("1 + [2]", "E409", 13, "`[2]` is not a number"),
        ("1 and true", "E409", 9, "`1` is neither true nor false"),
        ("not 0", "E409", 13, "`0` is neither true nor false"),
        ("1 if n else 2", "E409", 14, "`n` is neither true nor false"),
        ("max()", "E409", 9, "`max` cannot take these arguments"),
        ("max([])", "E409", 9, "`max` cannot take these arguments"),
        ("floor(1, 2)", "E409", 9, "`floor` cannot take these arguments"),
        ("floor(x=2.5)", "E409", 9, "`floor` cannot take these arguments"),
        ("floor(yes)", "E409", 9, "`floor` cannot take these arguments"),
        ('max("1", "2")', "E409", 9, "`max` cannot take these arguments"),
        ('len("abc")', "E409", 9, "`len` cannot take these arguments"),
        ("len(3)", "E409", 9, "`len` cannot take these arguments"),
        ("floor(list)", "E409", 9, "`floor` cannot take these arguments"),
        ("lst", "E202", 9, "unknown name `lst`"),
        ("m", "E202", 9, "unknown name `m`"),
        ("foor(2)", "E202", 9, "unknown function `foor`"),
        ("in.c", "E309", 9, "`in.c` means no tensor here"),
        ("floor(in.h / 2)", "E309", 15, "`in.h` means no tensor here"),
        ("@a", "E404", 9, "`@a` is a tensor, not a value"),
        ("@a.c", "E309", 9, "`@a.c` means no tensor here"),
    ],
)
def test_error(text: str, code: str, column: int, message: str):
    with pytest.raises(ArchError) as caught:
        value(text)
    (found,) = caught.value.diagnostics
    assert (found.code, place(found)) == (code, f"1:{column}")
    assert message in found.message


@pytest.mark.parametrize(
    ("text", "help_"),
    [
        ("lst", "did you mean `list`?"),
        ("smae", "did you mean `same`?"),
        ("foor(2)", "did you mean `floor`?"),
        ("m", "define it with `let`, or as a parameter"),
        ("zzz(1)", "there are floor, ceil, round, min, max, sum, len, abs, cyclic"),
    ],
)
def test_suggestion(text: str, help_: str):
    with pytest.raises(ArchError) as caught:
        value(text)
    assert [found.help for found in caught.value.diagnostics] == [help_]


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("60k", Fraction(1000)),
        ("3.8G", Fraction(10**8)),
        ("61_706", Fraction(1)),
        ("0.10", Fraction(1, 100)),
        ("159Ki", Fraction(1024)),
        ("1.5e3", Fraction(100)),
        ("2e-1", Fraction(1, 10)),
    ],
)
def test_step_of_the_last_written_digit(text: str, step: Fraction):
    assert written_step(text) == step


@given(st.integers(0, 10**12))
def test_separators_do_not_change_a_number(whole: int):
    assert number(f"{whole:_}") == number(str(whole)) == whole


# --- let ----------------------------------------------------------------------------------------


def test_lets_wait_for_one_another_whatever_their_order():
    chain = " ".join(["let a0 = a1 + 1", *(f"\nlet a{i} = a{i + 1} + 1" for i in range(1, 200))])
    assert check(f"{chain}\nlet a200 = 4\n{arch('linear(a0) => 204', x='3')}") == ()


def test_lets_in_a_circle_are_unknown_to_each_other():
    found = check(f"let a = b\nlet b = a\n{arch('relu')}")
    assert places(found) == ["E202 1:9", "E202 2:9"]


def test_only_the_first_of_dependent_lets_is_reported():
    found = check(f"let a = 1 / 0\nlet b = a + 1\nlet c = b\n{arch('relu')}")
    assert places(found) == ["E409 1:9"]


def test_a_block_does_not_see_the_parameters_of_its_caller():
    text = "block b() { linear(n) }\narch A(n=3) { input 3\n  b }\n"
    assert places(check(text)) == ["E202 1:20"]


def test_a_parameter_hides_a_let():
    text = "let n = 3\nblock b(n) { linear(n) => 5 }\narch A { input 3\n  b(5) }\n"
    assert [item.code for item in check(text)] == ["W401"]  # the `let` is used by nobody


def test_a_default_sees_what_the_file_defines():
    text = "let n = 5\nblock b(m=n + 1) { linear(m) => 6 }\narch A { input 3\n  b }\n"
    assert check(text) == ()
