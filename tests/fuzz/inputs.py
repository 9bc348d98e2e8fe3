"""Texts that may be no specs, by kind: each a number of them, the same ones at every run."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.printing import printed
from tests.strategies import files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
SPECS = sorted(ROOT.glob("specs/**/*.arch"))
SAMPLES = sorted((ROOT / "tests" / "syntax" / "samples").glob("*.arch"))
Input = tuple[Path | None, bytes]  # the file it was made from, and what it holds

ALPHABET = '(){}[]|:;,@#".=-+*<>~%x5e_ \t\n\r\0é×→😀'
_WORDS = (
    "-> => .. ** // == ~= \n\n arch A( A block b() table t cite c let a = from import as repeat in "
    "if else head expect train input output conv relu add concat 1x8x8 3.8G .5 0x 5x5 in.c @in @x "
    "true not X within 1% note disputed params weights=@x table=cyclic(2) 2**99 1e60 99999999"
)
TOKENS = [*'(){}[]|:,@#".=-+*<>%\\ \n\n\n', '"a"', *_WORDS.split(" ")]
_ARCH = "arch A { input 1x8x8\n"
_AROUND = [("", ""), ("let a = ", ""), (_ARCH, " }"), ("block b() { ", "relu }")]
_UNITS = ["(", "[", "{", "@", "a.", "1+", "\n", '"', "#", "x:", "->", "| ", "é", "- ", "not ", "5x"]


def generated(number: int, start: int) -> Iterator[Input]:
    """Trees of whole files, printed."""
    texts = list[str]()
    filtered = [HealthCheck.filter_too_much, HealthCheck.too_slow]  # judged by what comes out

    @seed(start)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=filtered,
    )
    @given(files())
    def draw(file: object) -> None:
        texts.append(printed(file))

    draw()
    for text in texts[:number]:
        yield SAMPLES[0], text.encode()


def random_bytes(number: int, start: int) -> Iterator[Input]:
    """Any bytes."""
    dice = random.Random(start)
    for _ in range(number):
        yield None, dice.randbytes(dice.randrange(200))


def random_text(number: int, start: int) -> Iterator[Input]:
    """Characters of every plane, many of them control characters."""
    dice = random.Random(start)
    ranges = [(0, 32), (32, 127), (127, 160), (160, 0x800), (0x2000, 0x2070), (0x1F600, 0x1F640)]
    for _ in range(number):
        picked = dice.choices(ranges, weights=[2, 6, 1, 2, 1, 1], k=dice.randrange(120))
        yield None, "".join(chr(dice.randrange(*bounds)) for bounds in picked).encode()


def token_soup(number: int, start: int) -> Iterator[Input]:
    """Words and marks of the language in any order, a few of them inside of an arch."""
    dice = random.Random(start)
    for turn in range(number):
        soup = " ".join(dice.choices(TOKENS, k=dice.randrange(1, 40)))
        head = "arch A { input 1x8x8\n" if turn % 2 else ""
        yield SAMPLES[0], f"{head}{soup}{' }' if head else ''}".encode()


def many(number: int, start: int) -> Iterator[Input]:
    """One thing up to 1,000 times, between the words of a spec."""
    dice = random.Random(start)
    for _ in range(number):
        unit, times = dice.choice([*_UNITS, *TOKENS]), dice.randrange(1, 1000)
        before, after = dice.choice(_AROUND)
        yield None, f"{before}{unit * times}{after}".encode()


def truncated(number: int, start: int) -> Iterator[Input]:
    """Every spec, cut at any of its bytes."""
    dice, texts = random.Random(start), _texts()
    for turn in range(number):
        path, data = texts[turn % len(texts)]
        yield path, data[: dice.randrange(len(data))]


def mutated(number: int, start: int) -> Iterator[Input]:
    """Every spec with one character deleted, doubled, swapped with the next, or replaced."""
    dice, texts = random.Random(start), _texts()
    for turn in range(number):
        path, data = texts[turn % len(texts)]
        text = data.decode()
        at = dice.randrange(len(text) - 1)
        char, after = text[at], text[at + 1]
        new = dice.choice(["", char * 2, after + char, *[dice.choice(ALPHABET)] * 3])
        width = 2 if new == after + char else 1
        yield path, (text[:at] + new + text[at + width :]).encode()


def _texts() -> list[tuple[Path, bytes]]:
    return [(path, path.read_bytes()) for path in (*SPECS, *SAMPLES)]


KINDS: dict[str, Callable[[int, int], Iterator[Input]]] = {
    "generated": generated,
    "bytes": random_bytes,
    "text": random_text,
    "tokens": token_soup,
    "repeated": many,
    "truncated": truncated,
    "mutated": mutated,
}
