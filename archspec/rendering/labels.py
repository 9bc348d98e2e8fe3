"""Words of a picture: what boxes and links say, how wide it is, where it wraps.

Generated words are ASCII, because engines without system fonts guess the width of others.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from archspec.ops import written

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archspec.graph import Node
    from archspec.ops import Shape

UNITS = {"params": "params", "macs": "MACs", "memory": "bytes"}
LABEL_LIMIT = 60  # display cells in a line of a box
WIDE_POINTS, NARROW_POINTS = 10, 6  # width of a character at 10 pt, on the safe side


def free_name(word: str, paths: Iterable[str]) -> str:
    """A word that begins no path, for names that the picture adds to those of the network.

    >>> free_name("t", ["conv1", "t.A.conv"]), free_name("t", ["conv1"])
    ('t_', 't')
    """
    taken = {path.partition(".")[0] for path in paths}
    while word in taken:
        word += "_"
    return word


def shape_text(shape: Shape | None) -> str:
    """`6x28x28`, or `?`.

    >>> shape_text((6, 28, 28)), shape_text(None)
    ('6x28x28', '?')
    """
    return "?" if shape is None else written(shape)


def number_text(value: int | None, what: str) -> str:
    """A number with its unit; never shortened.

    >>> number_text(1516, "params"), number_text(1, "macs"), number_text(None, "memory")
    ('1,516 params', '1 MAC', '? bytes')
    """
    unit = UNITS[what].removesuffix("s") if value == 1 else UNITS[what]
    return f"? {unit}" if value is None else f"{value:,} {unit}"


def layer_summary(nodes: Iterable[Node]) -> str:
    """The figure labels of a layer's nodes: `5x5, 6, tanh`."""
    return ", ".join(node.op.figure_label() for node in nodes)


def link_heading(reader: str, feeder: str, links: int, cells: int) -> str:
    """What a connection table says above itself.

    >>> link_heading("C3", "S2", 60, 96)
    'C3: which S2 maps (rows) feed which C3 maps (columns): 60 of 96'
    """
    return (
        f"{reader}: which {feeder} maps (rows) feed which {reader} maps (columns): "
        f"{links:,} of {cells:,}"
    )


def char_width(char: str) -> int:
    """Terminal cells of a character: 2 for Hangul and its like, 0 for a combining mark."""
    if unicodedata.east_asian_width(char) in "WF":
        return 2
    return 0 if unicodedata.category(char) in {"Mn", "Me", "Cf"} else 1


def display_width(text: str) -> int:
    """Terminal cells of a text without tabs.

    >>> display_width("C1"), display_width("합성곱")
    (2, 6)
    """
    return sum(map(char_width, text))


def forced_points(text: str) -> int | None:
    """A width for engines that cannot measure `text`; None if it has no wide character.

    >>> forced_points("conv"), forced_points("C1 합")
    (None, 28)
    """
    if all(char_width(char) < 2 for char in text):
        return None
    return sum(WIDE_POINTS if char_width(char) == 2 else NARROW_POINTS for char in text)


def wrap(text: str, limit: int = LABEL_LIMIT) -> tuple[str, ...]:
    """Lines of at most `limit` cells, broken behind commas, else at spaces; words stay whole.

    Joined again the lines are the text, but for the spaces and line ends at the breaks.

    >>> wrap("5x5, 6, scaled tanh", 16)
    ('5x5, 6,', 'scaled tanh')
    """
    pieces: list[str] = []
    for phrase in re.findall(r"[^,]+,*\s*|,+\s*", " ".join(text.splitlines())):
        short = display_width(phrase.rstrip()) <= limit
        pieces += [phrase] if short else _words(phrase)
    return _fill(pieces, limit)


def wrap_words(text: str, limit: int) -> tuple[str, ...]:
    """Lines of at most `limit` cells, broken at spaces; longer words stay whole.

    >>> wrap_words("give the shortcut, too, a stride", 20)
    ('give the shortcut,', 'too, a stride')
    """
    return _fill(_words(" ".join(text.splitlines())), limit)


def _words(text: str) -> list[str]:
    """Words with the spaces around them; nothing is lost."""
    return re.findall(r"\s*\S+\s*|\s+", text)


def _fill(pieces: Iterable[str], limit: int) -> tuple[str, ...]:
    """Pieces on as few lines as possible."""
    lines: list[str] = []
    line = ""
    for piece in pieces:
        if line and display_width((line + piece).rstrip()) > limit:
            lines.append(line.rstrip())
            line = ""
        line += piece
    return (*lines, line.rstrip())
