"""How the values of a report are written in a cell: exact, with separators, never shortened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.ops import written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from fractions import Fraction

    from archspec.analysis import Quantity, ReceptiveField
    from archspec.ops import Shape, Window

_BAR = 20  # characters that stand for everything
_EIGHTHS = ("", "\u258f", "\u258e", "\u258d", "\u258c", "\u258b", "\u258a", "\u2589")
_FULL = "\u2588"


def maps_at_size(shape: Shape | None) -> str:
    """`6@28x28`, as papers write feature maps; a vector is its length.

    >>> maps_at_size((6, 28, 28)), maps_at_size((84,)), maps_at_size(None)
    ('6@28x28', '84', '?')
    """
    if shape is None:
        return "?"
    return f"{shape[0]}@{written(shape[1:])}" if len(shape) > 1 else str(shape[0])


def bounded(quantity: Quantity) -> str:
    """A number; `>=` in front of what is only known in part.

    >>> from archspec.analysis import Quantity
    >>> bounded(Quantity(1516, 2, 2)), bounded(Quantity(1516, 2, 3)), bounded(Quantity(0, 0, 3))
    ('1,516', '>= 1,516', '?')
    """
    if not quantity.known and quantity.nodes:
        return "?"
    number = f"{quantity.value:,}"
    return number if quantity.status == "complete" else f">= {number}"


def receptive_field(field: ReceptiveField) -> str:
    """`14x14`; `all` where every output sees the whole input, `?` where it is not known.

    `<=14x14` where some outputs see less, `14x14~` where lanes have different centres.
    """
    if field.size is None:
        return "all" if field.status == "whole_input" else "?"
    before = "<=" if field.status == "upper_bound" else ""
    behind = "~" if field.status == "misaligned" else ""
    return f"{before}{written(field.size)}{behind}"


def field_legend(fields: Iterable[ReceptiveField]) -> Iterator[str]:
    """What the marks of receptive fields mean, a line for each that occurs."""
    shown = tuple(fields)
    statuses = {field.status for field in shown}
    if "upper_bound" in statuses:
        yield "rf <=: at most this; some outputs see less of the input"
    if "misaligned" in statuses:
        yield "rf ~: of all lanes together; their centres in the input differ"
    if any(field.global_context for field in shown):
        yield "rf: the global context that factors of `mul` add is left out"


def percent(part: int, whole: int) -> str:
    """A share with one decimal.

    >>> percent(1, 3), percent(1, 0)
    ('33.3%', '')
    """
    return f"{100 * part / whole:.1f}%" if whole else ""


def bar(part: int, whole: int, *, blocks: bool) -> str:
    """A share as a bar of at most 20 characters, in eighths of one if there are blocks.

    >>> bar(36, 100, blocks=False), bar(1, 1000, blocks=False)
    ('#######', '')
    """
    if not whole:
        return ""
    if not blocks:
        return "#" * round(_BAR * part / whole)
    full, eighths = divmod(round(8 * _BAR * part / whole), 8)
    return _FULL * full + _EIGHTHS[eighths]


def pair(sides: tuple[object, object]) -> str:
    """`2`, or `2x1` for other rows than columns."""
    return str(sides[0]) if sides[0] == sides[1] else f"{sides[0]}x{sides[1]}"


def plain_number(number: int | Fraction) -> int | float:
    """An exact integer, or the nearest float of a fraction.

    >>> from fractions import Fraction
    >>> plain_number(Fraction(4)), plain_number(Fraction(1, 2))
    (4, 0.5)
    """
    return int(number) if number == int(number) else float(number)


def padding(window: Window) -> str:
    """`1`, or `0,1,0,1` (top, bottom, left, right), or `same`."""
    if window.same:
        return "same"
    return str(window.pad[0]) if len(set(window.pad)) == 1 else ",".join(map(str, window.pad))
