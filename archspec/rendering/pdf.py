"""An engine's SVG as a PDF, for engines that write none. The only user of svglib and reportlab.

The fonts are those that every PDF viewer has, so nothing is embedded, and letters are Latin.
"""

from __future__ import annotations

from io import BytesIO

from archspec.errors import ArchError, Diagnostic
from archspec.rendering.png import shown

ENCODING = "cp1252"  # the letters of the fonts every viewer has


def to_pdf(svg: bytes, title: str) -> bytes:
    """A page of the picture's size; the same bytes for the same picture.

    Args:
        svg: as an engine wrote it.
        title: what viewers show as the document's.

    Raises:
        ArchError: E004, the picture has letters that these fonts do not have.

    Example: `to_pdf(svg, "LeNet-5")` begins with `b"%PDF"`.
    """
    from reportlab.graphics import renderPDF
    from reportlab.pdfgen.canvas import Canvas
    from svglib.svglib import svg2rlg

    _check_letters(shown(svg))
    drawing = svg2rlg(BytesIO(svg))
    assert drawing is not None, "engines give SVG"
    page = BytesIO()
    canvas = Canvas(page, pagesize=(drawing.width, drawing.height), invariant=1)
    canvas.setTitle(title)
    renderPDF.draw(drawing, canvas, 0, 0)
    canvas.showPage()
    canvas.save()
    return page.getvalue()


def _check_letters(text: str) -> None:
    missing = "".join(dict.fromkeys(x for x in text if not x.encode(ENCODING, "ignore")))
    if missing:
        message = f"the PDF cannot show {len(missing)} letters: its fonts are Latin"
        help_ = "install Graphviz (https://graphviz.org/download), or write SVG"
        raise ArchError([Diagnostic("E004", message, help=help_, values={"letters": missing})])
