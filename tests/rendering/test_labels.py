from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archspec.rendering.labels import (
    LABEL_LIMIT,
    display_width,
    forced_points,
    number_text,
    shape_text,
    wrap,
    wrap_words,
)

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("text", "cells"),
    [("", 0), ("C1", 2), ("합성곱", 6), ("é", 1), ("e\u0301", 1), ("Ａ", 2), ("a\u200bb", 2)],
)
def test_display_width_counts_cells(text: str, cells: int):
    assert display_width(text) == cells


def test_unknown_numbers_print_a_question_mark():
    assert (shape_text(None), number_text(None, "params")) == ("?", "? params")


def test_numbers_are_never_shortened():
    assert number_text(60_344_232, "params") == "60,344,232 params"


def test_lines_break_behind_commas_first():
    assert wrap("C3  5x5, 16, table, scaled tanh", 20) == ("C3  5x5, 16, table,", "scaled tanh")


def test_long_phrases_break_at_spaces():
    assert wrap("which S2 maps feed which C3 maps", 16) == (
        "which S2 maps",
        "feed which C3",
        "maps",
    )


def test_words_are_never_cut():
    assert wrap("x" * 200) == ("x" * 200,)
    assert wrap("a " + "x" * 200, 60) == ("a", "x" * 200)


@pytest.mark.parametrize("text", ["", " ", "a", ",", "a,,b", " a ", "가 나 다", "a\nb", "w " * 99])
@pytest.mark.parametrize("cut", [wrap, wrap_words])
def test_wrapping_loses_nothing_but_spaces(text: str, cut: Callable[[str, int], tuple[str, ...]]):
    lines = cut(text, 6)
    assert "".join(lines).replace(" ", "") == "".join(text.split())
    assert all(display_width(line) <= 6 for line in lines)


def test_the_limit_counts_cells_not_letters():
    assert wrap("합성곱 합성곱", 7) == ("합성곱", "합성곱")
    assert LABEL_LIMIT == 60


def test_only_wide_text_has_its_width_forced():
    assert forced_points("conv 5x5") is None
    assert forced_points("C1 합") == 3 * 6 + 10
