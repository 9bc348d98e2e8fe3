"""An engine's SVG as a PNG, for letters the engine has no font for. The only user of resvg.

The fonts are those of the machine; archspec brings none along.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

# The first of these that is installed writes everything; where it lacks a letter, resvg takes any
# font that has it. Korean ones first: their Latin letters are no wider than Helvetica's, for which
# the boxes were made.
FAMILIES = (
    *("Noto Sans CJK KR", "Noto Sans KR", "Malgun Gothic", "Apple SD Gothic Neo"),
    *("NanumGothic", "Nanum Gothic", "NanumBarunGothic", "UnDotum", "Baekmuk Dotum"),
    *("Arial", "Helvetica", "Liberation Sans", "Noto Sans", "DejaVu Sans"),
)
POINTS_PER_INCH = 72
LATIN_END = "\u024f"
NOWHERE = "\u0378"  # stands for no letter: what is drawn like it has no font
_TEXT = "{http://www.w3.org/2000/svg}text"
_SAMPLE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32"><text y="24">{}</text></svg>'
)


def foreign(text: str) -> str:
    """The letters of a text that are not Latin, each once.

    >>> foreign("3x3 합성곱 합")
    '합성곱'
    """
    return "".join(dict.fromkeys(x for x in text if x > LATIN_END and x.isalpha()))


def shown(svg: bytes) -> str:
    """The text that is seen in a picture; tooltips and names are not."""
    words = ElementTree.fromstring(svg).iter(_TEXT)
    return "\n".join("".join(word.itertext()) for word in words)


def without_font(letters: str) -> str:
    """Those of the letters that no font of this machine has."""
    nothing = to_png(_SAMPLE.format(NOWHERE).encode())
    return "".join(x for x in letters if to_png(_SAMPLE.format(x).encode()) == nothing)


def to_png(svg: bytes, dpi: int = POINTS_PER_INCH) -> bytes:
    """A PNG of the size an engine would give it.

    Args:
        svg: as an engine wrote it, sizes in points.
        dpi: dots per inch.

    Example: `to_png(svg, 144)` begins with the signature of a PNG.
    """
    import resvg_py

    families = ", ".join(f"'{family}'" for family in FAMILIES)
    text = re.sub(r' font-family="[^"]*"', "", svg.decode())
    opening = re.search(r"<svg\b[^>]*>", text)
    assert opening is not None, "engines give SVG"
    head = opening.group().replace("<svg", f'<svg font-family="{families}"', 1)
    head = re.sub(r'(width|height)="([\d.]+)pt"', r'\1="\2"', head)
    text = f"{text[: opening.start()]}{head}{text[opening.end() :]}"
    return bytes(resvg_py.svg_to_bytes(svg_string=text, zoom=dpi / POINTS_PER_INCH))
