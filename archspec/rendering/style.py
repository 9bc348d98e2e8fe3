"""Looks: the only place with colours. Knows nothing of graphs, boxes or DOT.

Fills are those of Okabe and Ito (2008), which stay apart under colour-vision deficiency; the
text colour is not chosen but computed, by WCAG 2 contrast.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archspec.ops import Role

BACKGROUND = "#FFFFFF"
TEXT = "#000000"
FRAME = "#888888"
FRAME_TEXT = "#595959"
ERROR = "#C00000"

FILLS: Mapping[Role, str] = {
    "input": "#FFFFFF",
    "conv": "#0072B2",
    "pool": "#009E73",
    "dense": "#D55E00",
    "norm": "#CC79A7",
    "activation": "#F0E442",
    "add": "#E69F00",
    "concat": "#56B4E9",
    "other": "#FFFFFF",
}


@dataclass(frozen=True, slots=True)
class Look:
    """Colours of a filled area, as `#RRGGBB`."""

    fill: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """How a link is drawn; `width` in points, `style` and `arrow` in Graphviz's words."""

    color: str
    width: float = 1.0
    style: str = "solid"
    arrow: str = "normal"


LINES: Mapping[str, Line] = {
    "data": Line("#444444"),
    "legend": Line(FRAME, width=1.5, style="dotted", arrow="none"),
    "error": Line(ERROR, width=3.0, style="dotted", arrow="tee"),
}


def look(role: Role, fill: str | None = None) -> Look:
    """The look of a role; `fill`, an author's choice as `#rgb` or `#rrggbb`, wins.

    >>> look("conv")
    Look(fill='#0072B2', text='#FFFFFF')
    """
    area = long_form(fill) if fill else FILLS[role]
    return Look(area, text_on(area))


def long_form(color: str) -> str:
    """`#EEF` as `#EEEEFF`.

    >>> long_form("#eef")
    '#EEEEFF'
    """
    digits = color[1:].upper()
    return "#" + ("".join(2 * digit for digit in digits) if len(digits) == 3 else digits)


def text_on(fill: str) -> str:
    """Black or white, whichever can be read better on `fill`.

    >>> text_on("#009E73")
    '#000000'
    """
    return max(("#000000", "#FFFFFF"), key=lambda text: contrast(text, fill))


def contrast(one: str, other: str) -> float:
    """The WCAG 2 contrast ratio of two colours, from 1 to 21.

    >>> contrast("#000000", "#FFFFFF")
    21.0
    """
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(color: str) -> float:
    """Relative luminance from 0 to 1 (WCAG 2, "relative luminance")."""
    red, green, blue = map(linear, channels(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def channels(color: str) -> tuple[float, float, float]:
    """Red, green and blue of `#RRGGBB`, each from 0 to 1."""
    red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def linear(channel: float) -> float:
    """An sRGB channel without its gamma (IEC 61966-2-1)."""
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
