"""The layout of expressions: numbered keys, and lines that break."""

from __future__ import annotations

from fractions import Fraction

import pytest
from test_emit import ruff

from archspec.compiler import expression
from archspec.compiler.expression import Call, flat, lines

TANH = Call("nn.Tanh")


@pytest.mark.parametrize("links", [2, 20])
def test_numbered_levels_are_keys_of_a_dictionary_however_long(links: int):
    chain = Call("chain", (), tuple((str(n + 1), TANH) for n in range(links)))
    text = "\n".join(lines("a = ", Call("chain", (), (("rest", chain),)), "", {}, ":3  4")) + "\n"
    assert ruff("format", text=text) == text
    assert max(map(len, text.splitlines())) <= 100
    made = eval(text.partition("=")[2].strip().replace("nn.Tanh()", "0"), {"chain": lambda **k: k})
    assert made == {"rest": {str(n + 1): 0 for n in range(links)}}


def test_short_numbered_levels_stay_on_their_line():
    assert flat(Call("chain", (), (("1", TANH),)), {}) == 'chain(**{"1": nn.Tanh()})'


@pytest.mark.parametrize(
    "value", [Fraction(1, 3), Fraction("1.7159"), Fraction(-2), Fraction(1, 7)]
)
def test_a_number_is_written_without_loss(value: Fraction):
    numerator, _, denominator = expression.number(value).partition(" / ")
    assert Fraction(numerator) / Fraction(denominator or 1) == value
