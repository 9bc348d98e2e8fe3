"""What the fills and lines of a picture mean, as far as they occur in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.rendering import heat
from archspec.rendering.picture import Key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archspec.rendering.picture import Box, Link, PictureOptions

ROLES = {
    "conv": "convolution",
    "pool": "pooling",
    "dense": "fully connected",
    "norm": "normalisation",
    "activation": "activation",
    "add": "sum or product",
    "concat": "concatenation or slice",
    "block": "block: see its drawing",
}
LINES = {
    "skip": "skip of a sum",
    "dense": "maps carried along",
    "aux": "side branch for training",
}


def keys_of(
    boxes: Sequence[Box], links: Iterable[Link], options: PictureOptions
) -> tuple[Key, ...]:
    """The keys of a picture; none where every box says what it is and every line is data."""
    kinds = {link.kind for link in links}
    lines = [Key("link", kind, text) for kind, text in LINES.items() if kind in kinds]
    if options.color_by != "op":
        steps = {str(box.heat) for box in boxes}
        shares = heat.legend(options.color_by)
        return (*(Key("heat", step, text) for step, text in shares if step in steps), *lines)
    folded = any(box.href for box in boxes)
    if not lines and not folded:
        return ()
    found = {box.role for box in boxes}
    meanings = {**ROLES, "block": _folded(boxes)}
    roles = [Key("role", role, text) for role, text in meanings.items() if role in found]
    return (*roles, *lines)


def _folded(boxes: Iterable[Box]) -> str:
    """What the folded boxes of a picture are: blocks drawn beside, or layers told in words."""
    drawn = {bool(box.href) for box in boxes if box.role == "block"}
    if drawn == {False}:
        return "several layers in one box"
    return "layers, or block: see its drawing" if False in drawn else ROLES["block"]
