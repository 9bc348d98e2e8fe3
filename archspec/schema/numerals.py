"""Numbers as a spec writes them, `1_516`, `60k`, `1e-4`: exactly, as integers and fractions."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

_MAX_EXPONENT = 60  # of ten in a written number


@lru_cache(maxsize=4096)
def number(text: str) -> int | Fraction:
    """The exact value of a number as written.

    >>> number("1_516"), number("60k"), number("159Ki"), number("0.1k"), number("1e-4")
    (1516, 60000, 162816, 100, Fraction(1, 10000))
    """
    digits, suffix = _parts(text)
    factor = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
    factor |= {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
    return whole(Fraction(digits) * factor[suffix])


def written_step(text: str) -> Fraction:
    """The value of one unit in the last written digit; `3.8G` is written to 100 million.

    >>> written_step("3.8G"), written_step("61_706")
    (Fraction(100000000, 1), Fraction(1, 1))
    """
    digits, suffix = _parts(text)
    mantissa, _, exponent = digits.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return Fraction(10) ** (int(exponent or 0) - decimals) * number(f"1{suffix}")


def _parts(text: str) -> tuple[str, str]:
    match = re.fullmatch(r"([0-9.]+(?:[eE][+-]?[0-9]+)?)([KMGT]i|[kMGT])?", text.replace("_", ""))
    if match is None:
        raise ValueError(f"`{text}` is not a number")
    return match[1], match[2] or ""


@lru_cache(maxsize=4096)
def is_too_long(text: str) -> bool:
    """Whether a number has more digits, or a larger exponent, than a spec has a use for.

    >>> is_too_long("1e60"), is_too_long("1e61")
    (False, True)
    """
    exponent = _parts(text)[0].lower().partition("e")[2].strip("+-")
    return len(text) > _MAX_EXPONENT or int(exponent or 0) > _MAX_EXPONENT


def whole(value: Fraction | int) -> int | Fraction:
    """An integer where the value is one."""
    return int(value) if value == int(value) else value
