from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from archspec.rendering.dot import to_dot

if TYPE_CHECKING:
    from collections.abc import Callable

    from archspec.rendering import Picture


GOLDENS = Path(__file__).parent / "goldens"


def test_lenet5(lenet5: Picture, golden: Callable[[Path, str], None]):
    golden(GOLDENS / "lenet5.dot", to_dot(lenet5))


def test_a_wrong_spec(draw_text: Callable[..., Picture], golden: Callable[[Path, str], None]):
    picture = draw_text("  C1: conv(6, 5x5) -> relu => 6x32x32\n  C2: cnov(3)\n  out: linear(3)")
    golden(GOLDENS / "wrong.dot", to_dot(picture))


def test_the_same_picture_gives_the_same_bytes(lenet5: Picture):
    assert to_dot(lenet5).encode() == to_dot(lenet5).encode()


def test_nothing_of_the_machine_is_in_it(lenet5: Picture):
    assert str(Path.cwd()) not in to_dot(lenet5)


def test_generated_text_is_ascii(lenet5: Picture):
    assert to_dot(lenet5).isascii()
