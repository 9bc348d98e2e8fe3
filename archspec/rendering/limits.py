"""How large a picture may be: boxes, pixels, proportions, and what to do beyond that."""

from __future__ import annotations

import re
from math import isqrt
from typing import TYPE_CHECKING

from archspec.errors import ArchError, Diagnostic

if TYPE_CHECKING:
    from archspec.rendering.picture import Detail, Picture

MANY = 300  # boxes or links that are worth a note
MOST_ARCS = 300  # of `--dense-edges`
MOST_BOXES, MOST_LINKS = 1_500, 3_000  # without --force
LONGEST_SIDE = 16_000  # pixels
MOST_PIXELS = 100_000_000
LEAST_DPI = 48  # below it text of 10 points cannot be read
FEW = 12  # boxes of a chain that no level makes shorter
TALL, WIDE = 6, 8  # height to width, width to height
POINTS_PER_INCH = 72

_COARSER: dict[str, Detail] = {"op": "layer", "layer": "template", "block": "template"}
_SIDES = re.compile(r'<svg\b[^>]*?\bwidth="([\d.]+)pt"[^>]*?\bheight="([\d.]+)pt"')
Page = tuple[float, float]


def check_number(what: str, number: int, most: int, *, force: bool) -> None:
    """Refuse a picture of too many boxes or links. Raises ArchError (E005)."""
    if force or number <= most:
        return
    help_ = "draw less with `--detail stage` or `--only PATH`, or all with `--force`"
    raise ArchError([_too_many(what, number, most, help_)])


def check_arcs(number: int) -> None:
    """Refuse more arcs of `--dense-edges` than can be told apart. Raises ArchError (E005)."""
    if number > MOST_ARCS:
        help_ = "draw one dense block with `--only PATH`"
        raise ArchError([_too_many("arcs of dense blocks", number, MOST_ARCS, help_)])


def _too_many(what: str, number: int, most: int, help_: str) -> Diagnostic:
    message = f"the picture has {number:,} {what}, more than {most:,}"
    return Diagnostic("E005", message, help=help_, values={"number": number, "limit": most})


def size_note(picture: Picture) -> str:
    """What to tell about a picture of many boxes or links; "" if there is nothing."""
    boxes, links = len(picture.boxes), len(picture.links)
    if max(boxes, links) <= MANY:
        return ""
    return f"{boxes:,} boxes and {links:,} links: {_fewer(picture)} draws fewer"


def shape_note(picture: Picture, page: Page) -> str:
    """What to tell about a page that is far from square; "" if there is nothing."""
    width, height = page
    if len(picture.boxes) <= FEW:
        return ""
    if height > TALL * width:
        found = f"{height / width:.0f} times as high as wide"
    elif picture.direction == "LR" and width > WIDE * height:
        found = f"{width / height:.0f} times as wide as high"
    else:
        return ""
    return f"the picture is {found}: {_fewer(picture)} draws less"


def _fewer(picture: Picture) -> str:
    """The option that makes the picture smaller."""
    if picture.level == "stage":
        return "`--only PATH`"
    return f"`--detail {_COARSER.get(picture.level, 'stage')}`"


def page_of(svg: bytes) -> Page:
    """Width and height of an engine's SVG, in points.

    >>> page_of(b'<svg width="20pt" height="10.5pt">')
    (20.0, 10.5)
    """
    found = _SIDES.search(svg.decode(errors="replace"))
    return (float(found[1]), float(found[2])) if found else (1.0, 1.0)


def fitting_dpi(page: Page, dpi: int) -> int:
    """The dots per inch of a PNG: those asked for, or as many as fit.

    >>> fitting_dpi((720, 720), 144), fitting_dpi((7200, 720), 300)
    (144, 160)

    Raises:
        ArchError: too few of them fit to read anything (E005).
    """
    width, height = page
    by_side = LONGEST_SIDE * POINTS_PER_INCH / max(page)
    by_area = isqrt(int(MOST_PIXELS * POINTS_PER_INCH**2 / (width * height)))
    most = int(min(by_side, by_area))
    if dpi <= most:
        return dpi
    if most < LEAST_DPI:
        message = (
            f"a PNG of {width:,.0f} x {height:,.0f} points has room for {most} dots per inch, "
            f"fewer than {LEAST_DPI}"
        )
        help_ = "write SVG, or draw less with `--detail stage` or `--only PATH`"
        raise ArchError([Diagnostic("E005", message, help=help_, values={"dpi": most})])
    return most
