"""Looks: the only place with colours. Knows nothing of graphs, boxes or DOT.

Fills are those of Okabe and Ito (2008), which stay apart under colour-vision deficiency; the
text colour is not chosen but computed, by WCAG 2 contrast.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Look:
    """Colours of a filled area, as `#RRGGBB`."""

    fill: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """How a link is drawn; `width` in points, `style` and `arrow` in Graphviz's words.

    Args:
        double: two parallel lines.
    """

    color: str
    width: float = 1.0
    style: str = "solid"
    arrow: str = "normal"
    double: bool = False


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of a picture.

    Args:
        fills: of boxes by role; `block` is a folded unit, `other` also the plain rows.
        lines: by the kind of a link.
        border: width of the line around a box, in points; twice that around a folded unit.
    """

    background: str
    text: str
    frame: str
    frame_text: str
    error: str
    fills: Mapping[str, str]
    lines: Mapping[str, Line]
    border: int = 1

    @property
    def tells_roles(self) -> bool:
        """Whether a fill says what a box does; in other themes its words alone do."""
        return self.fills["conv"] != self.fills["pool"]


def _lines(data: str, skip: str, dense: str, frame: str, error: str) -> Mapping[str, Line]:
    """Kinds differ in width, doubling and dashes too: nothing is told by colour alone."""
    return {
        "data": Line(data),
        "skip": Line(skip, width=2.2),
        "dense": Line(dense, double=True),
        "aux": Line(data, style="dashed"),
        "legend": Line(frame, width=1.5, style="dotted", arrow="none"),
        "error": Line(error, width=3.0, style="dotted", arrow="tee"),
    }


_ROLES: Mapping[str, str] = {
    "conv": "#0072B2",
    "pool": "#009E73",
    "dense": "#D55E00",
    "norm": "#CC79A7",
    "activation": "#F0E442",
    "add": "#E69F00",
    "concat": "#56B4E9",
}
_PLAIN_LIGHT = {"input": "#FFFFFF", "other": "#FFFFFF", "block": "#DDE7F3"}
_PLAIN_DARK = {"input": "#2A2E35", "other": "#2A2E35", "block": "#2B3A4F"}

THEMES: Mapping[str, Theme] = {
    "light": Theme(
        background="#FFFFFF",
        text="#000000",
        frame="#888888",
        frame_text="#595959",
        error="#C00000",
        fills={**_ROLES, **_PLAIN_LIGHT},
        lines=_lines("#444444", "#B35900", "#0072B2", "#888888", "#C00000"),
    ),
    "dark": Theme(
        background="#14161A",
        text="#EEEEEE",
        frame="#888888",
        frame_text="#B0B5BA",
        error="#FF6B6B",
        fills={**_ROLES, **_PLAIN_DARK},
        lines=_lines("#9AA0A6", "#E69F00", "#56B4E9", "#888888", "#FF6B6B"),
    ),
    "print": Theme(
        background="#FFFFFF",
        text="#000000",
        frame="#888888",
        frame_text="#000000",
        error="#000000",
        fills={**dict.fromkeys([*_ROLES, "input", "block"], "#E8E8E8"), "other": "#FFFFFF"},
        lines=_lines("#000000", "#000000", "#000000", "#888888", "#000000"),
    ),
    "high-contrast": Theme(
        background="#000000",
        text="#FFFFFF",
        frame="#FFFFFF",
        frame_text="#FFFFFF",
        error="#FF6B6B",
        fills=dict.fromkeys([*_ROLES, *_PLAIN_DARK], "#000000"),
        lines=_lines("#FFFFFF", "#F0E442", "#56B4E9", "#FFFFFF", "#FF6B6B"),
        border=2,
    ),
}

# ColorBrewer's Blues with a step more: the darker, the more.
HEAT = ("#F7FBFF", "#DEEBF7", "#C6DBEF", "#9ECAE1", "#6BAED6", "#3182BD", "#08519C")


def heat_look(step: int) -> Look:
    """The look of a step of a share.

    >>> heat_look(6)
    Look(fill='#08519C', text='#FFFFFF')
    """
    return Look(HEAT[step], text_on(HEAT[step]))


def look(role: str, fill: str | None = None, theme: Theme = THEMES["light"]) -> Look:
    """The look of a role; `fill`, an author's choice as `#rgb` or `#rrggbb`, wins.

    >>> look("conv")
    Look(fill='#0072B2', text='#FFFFFF')
    """
    area = long_form(fill) if fill else theme.fills[role]
    return Look(area, text_on(area))


def box_look(role: str, fill: str | None, heat: int | None, theme: Theme) -> Look:
    """The look of a box: its step of a share, else the author's fill, else its role's."""
    return look(role, fill, theme) if heat is None else heat_look(heat)


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
