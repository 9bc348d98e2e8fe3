"""Colours, by computation: WCAG 2 contrast, and CIEDE2000 between roles."""

from __future__ import annotations

from itertools import combinations, pairwise
from math import atan2, cos, degrees, exp, hypot, radians, sin, sqrt
from typing import TYPE_CHECKING, get_args

import pytest

from archspec.cli.render import command
from archspec.ops import OPS, Role
from archspec.rendering import build, heat, style
from archspec.rendering.dot import to_dot

if TYPE_CHECKING:
    from archspec.analysis import Report
    from archspec.rendering import Picture
    from archspec.rendering.style import Theme

Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]

# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
VISIONS = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
WHITE = (0.95047, 1.0, 1.08883)


def times(matrix: Matrix, vector: Vector):
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def lab(color: str, vision: str = "normal"):
    seen = times(VISIONS[vision], [style.linear(channel) for channel in style.channels(color)])
    xyz = times(TO_XYZ, [min(max(channel, 0.0), 1.0) for channel in seen])
    scaled = [value / white for value, white in zip(xyz, WHITE, strict=True)]
    fx, fy, fz = (
        t ** (1 / 3) if t > (6 / 29) ** 3 else t / (3 * (6 / 29) ** 2) + 4 / 29 for t in scaled
    )
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def ciede2000(one: Vector, other: Vector):
    """Sharma, Wu and Dalal 2005."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean = (hypot(a1, b1) + hypot(a2, b2)) / 2
    g = 0.5 * (1 - sqrt(mean**7 / (mean**7 + 25**7)))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = hypot(a1, b1), hypot(a2, b2)
    h1, h2 = degrees(atan2(b1, a1)) % 360, degrees(atan2(b2, a2)) % 360
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    dl, dc, dh = l2 - l1, c2 - c1, 2 * sqrt(c1 * c2) * sin(radians(turn / 2))
    lightness, c = (l1 + l2) / 2, (c1 + c2) / 2
    h = h1 + h2 if c1 * c2 == 0 else (h1 + turn / 2) % 360
    t = (
        1
        - 0.17 * cos(radians(h - 30))
        + 0.24 * cos(radians(2 * h))
        + 0.32 * cos(radians(3 * h + 6))
        - 0.20 * cos(radians(4 * h - 63))
    )
    off = (lightness - 50) ** 2
    sl = 1 + 0.015 * off / sqrt(20 + off)
    sc, sh = 1 + 0.045 * c, 1 + 0.015 * c * t
    rt = -2 * sqrt(c**7 / (c**7 + 25**7)) * sin(radians(60 * exp(-(((h - 275) / 25) ** 2))))
    return sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rt * dc / sc * dh / sh)


def test_the_yardstick_itself():
    """Pairs 1, 7 and 17 of the data published with the formula."""
    assert ciede2000((50, 2.6772, -79.7751), (50, 0, -82.7485)) == pytest.approx(2.0425, abs=1e-4)
    assert ciede2000((50, 0, 0), (50, -1, 2)) == pytest.approx(2.3669, abs=1e-4)
    assert ciede2000((50, 2.5, 0), (73, 25, -18)) == pytest.approx(27.1492, abs=1e-4)


THEMES = list(style.THEMES.values())
named = pytest.mark.parametrize("theme", THEMES, ids=list(style.THEMES))


@named
def test_every_role_has_a_fill_and_every_operator_a_role(theme: Theme):
    assert set(theme.fills) == {*get_args(Role), "block"}
    assert {op.role for op in OPS} <= set(theme.fills)


@named
def test_text_can_be_read_on_every_fill(theme: Theme):
    looks = [style.look(role, theme=theme) for role in theme.fills]
    looks += [style.heat_look(step) for step in range(len(style.HEAT))]
    assert min(style.contrast(look.text, look.fill) for look in looks) >= 4.5


@named
def test_text_can_be_read_on_the_background(theme: Theme):
    for color in (theme.text, theme.frame_text, theme.error):
        assert style.contrast(color, theme.background) >= 4.5


@named
def test_lines_can_be_seen_on_the_background(theme: Theme):
    colors = [theme.frame, *(line.color for line in theme.lines.values())]
    assert min(style.contrast(color, theme.background) for color in colors) >= 3.0


COLOURED = [name for name, theme in style.THEMES.items() if theme.tells_roles]


def test_the_themes():
    assert list(style.THEMES) == ["light", "dark", "print", "high-contrast"]
    assert COLOURED == ["light", "dark"]
    choice = next(x.type for x in command.params if x.name == "theme")
    assert list(choice.choices) == list(style.THEMES)


@pytest.mark.parametrize("theme", [style.THEMES[name] for name in COLOURED], ids=COLOURED)
@pytest.mark.parametrize("vision", VISIONS)
def test_roles_are_told_apart(vision: str, theme: Theme):
    fills = sorted({fill for role, fill in theme.fills.items() if role != "block"})
    assert len(fills) == 8
    nearest = min(ciede2000(lab(a, vision), lab(b, vision)) for a, b in combinations(fills, 2))
    assert nearest >= 10


@named
def test_no_two_kinds_of_lines_differ_by_colour_alone(theme: Theme):
    shapes = [(x.width, x.style, x.arrow, x.double) for x in theme.lines.values()]
    assert len(set(shapes)) == len(shapes)
    assert theme.lines["error"].width > 2 * theme.lines["data"].width


@pytest.mark.parametrize("vision", VISIONS)
def test_steps_of_a_share_get_darker_for_everyone(vision: str):
    lightness = [lab(color, vision)[0] for color in style.HEAT]
    assert all(before > after for before, after in pairwise(lightness))
    assert len(lightness) == len(heat.SHARES) == len(heat.SEVENTHS) == 7


@pytest.mark.parametrize(
    ("fill", "look"),
    [("#eef", ("#EEEEFF", "#000000")), ("#112233", ("#112233", "#FFFFFF"))],
)
def test_the_author_may_choose_the_fill_but_not_hide_the_text(fill: str, look: tuple[str, str]):
    chosen = style.look("conv", fill)
    assert (chosen.fill, chosen.text) == look


def test_print_has_no_colour():
    theme = style.THEMES["print"]
    colors = {theme.background, theme.text, theme.frame, theme.frame_text, theme.error}
    colors |= {*theme.fills.values(), *(line.color for line in theme.lines.values())}
    assert all(len(set(style.channels(color))) == 1 for color in colors)
    kinds = ("data", "skip", "dense", "aux", "error")
    assert {theme.lines[kind].color for kind in kinds} == {"#000000"}


def test_the_head_row_of_print_is_read_easily():
    assert style.contrast("#000000", style.look("conv", theme=style.THEMES["print"]).fill) > 17


def test_high_contrast_is_black_and_white_with_clear_lines():
    theme = style.THEMES["high-contrast"]
    assert set(theme.fills.values()) == {"#000000"} == {theme.background}
    assert {theme.text, theme.frame} == {"#FFFFFF"}
    assert theme.border == 2
    assert min(style.contrast(x.color, "#000000") for x in theme.lines.values()) >= 7.5


@pytest.mark.parametrize("vision", VISIONS)
def test_lines_of_high_contrast_are_told_apart(vision: str):
    lines = style.THEMES["high-contrast"].lines
    colors = [lines[kind].color for kind in ("data", "skip", "dense", "error")]
    assert min(ciede2000(lab(a, vision), lab(b, vision)) for a, b in combinations(colors, 2)) >= 10


@pytest.mark.parametrize("theme", ["print", "high-contrast"])
def test_where_fills_say_no_role_the_key_does_not_either(reports: dict[str, Report], theme: str):
    report = reports["resnet152"]
    dot = to_dot(build(report.graph, report), theme)
    assert "skip of a sum" in dot
    assert "block: see its drawing" in dot
    assert "fully connected" not in dot
    assert "fully connected" in to_dot(build(report.graph, report), "dark")


def test_boxes_of_high_contrast_have_a_thick_border(lenet5: Picture):
    dot = to_dot(lenet5, "high-contrast")
    assert dot.count('cellborder="2" cellspacing="0"') == len(lenet5.boxes)
    assert 'cellborder="2"' not in to_dot(lenet5, "light")
