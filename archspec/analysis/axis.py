"""What the outputs of a node see along rows or along columns: boxes of input pixels that repeat.

Behind windows neighbouring outputs see boxes of one size, evenly apart. Behind what enlarges a map
they do not: then a pattern of boxes repeats after some outputs. Arithmetic of such patterns; no
graph, no operator names.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil, gcd, lcm
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archspec.ops import Sight

Box = tuple[int, int]  # first and last input pixel; negative in the padding

MAX_PERIOD = 4_096  # outputs after which a pattern has to repeat to be followed


@dataclass(frozen=True, slots=True)
class Axis:
    """Along rows or columns, in input pixels.

    Args:
        boxes: what outputs 0, 1, ... see, None for one that sees nothing; at least one sees some.
            Behind these the pattern begins anew,
        step: so many pixels further.
    """

    boxes: tuple[Box | None, ...]
    step: int

    @property
    def period(self) -> int:
        """The outputs after which the pattern begins anew; 1 if all see alike."""
        return len(self.boxes)

    @property
    def size(self) -> int:
        """How many pixels an output sees; the most, if outputs differ."""
        if len(self.boxes) == 1:
            first, last = self.seeing[0]
            return last - first + 1
        return max(_sizes(self.boxes))

    @property
    def least(self) -> int:
        """How many pixels an output sees at least."""
        return min(_sizes(self.boxes))

    @property
    def jump(self) -> int | Fraction:
        """The pixels between what neighbouring outputs see, on average."""
        jump = Fraction(self.step, len(self.boxes))
        return jump.numerator if jump.denominator == 1 else jump

    @property
    def start(self) -> int:
        """The first pixel that output 0 sees, or the first output that sees any."""
        return self.seeing[0][0]

    @property
    def centre(self) -> Fraction:
        """The middle of what that output sees."""
        return Fraction(sum(self.seeing[0]), 2)

    def box(self, output: int) -> Box | None:
        """The first and last pixel that an output sees; None if it sees nothing."""
        turns, place = divmod(output, len(self.boxes))
        return _moved(self.boxes[place], turns * self.step)

    @property
    def seeing(self) -> tuple[Box, ...]:
        """The boxes of the outputs that see anything."""
        return tuple(filter(None, self.boxes))

    @property
    def in_order(self) -> bool:
        """Whether later outputs begin and end no earlier, so that the ends of a window tell all."""
        boxes = [self.box(output) for output in range(len(self.boxes) + 1)]
        return all(
            one is not None and other is not None and one[0] <= other[0] and one[1] <= other[1]
            for one, other in pairwise(boxes)
        )


PIXELS = Axis(((0, 0),), 1)  # what the pixels of the input see


def slid(axis: Axis, extent: int, stride: int, near: int, dilation: int) -> Axis | None:
    """What windows see; None if it is nothing.

    Args:
        axis: what the outputs see over which they slide.
        extent: outputs that a window spans.
        stride: outputs between windows.
        near: padding before the first output.
        dilation: outputs between the taps of a window.
    """
    if len(axis.boxes) == 1:
        (first, last), step = axis.seeing[0], axis.step
        return Axis(((first - near * step, last + (extent - 1 - near) * step),), stride * step)
    period = axis.period // gcd(axis.period, stride)
    firsts = range(-near, period * stride - near, stride)
    taps = [(first, first + extent - 1) for first in firsts]
    return _gathered(axis, taps, dilation, stride * period)


def seen(axis: Axis, sight: Sight) -> Axis | None:
    """What an operator's outputs see whose inputs see `axis`; None if it is nothing."""
    turns = axis.period // gcd(axis.period, sight.step)
    taps = [sight.taps(output) for output in range(turns * sight.period)]
    return _gathered(axis, taps, sight.apart, turns * sight.step)


def period_of(axis: Axis, sight: Sight) -> int:
    """The period of what its outputs see, at most."""
    return sight.period * (axis.period // gcd(axis.period, sight.step))


def _gathered(axis: Axis, taps: Sequence[Box | None], apart: int, inputs: int) -> Axis | None:
    """What outputs see that read some of their inputs; None if it is nothing.

    Args:
        axis: what the inputs see.
        taps: the first and the last one that each output of a period reads.
        apart: inputs between neighbouring ones that an output reads.
        inputs: how many further the taps of the next period are.
    """
    in_order = axis.in_order
    many = axis.period // gcd(axis.period, apart)  # taps that see from different places
    boxes = list[Box | None]()
    for tap in taps:
        if tap is None:
            boxes.append(None)
            continue
        first, last = tap
        number = (last - first) // apart
        near = range(first, first + apart * (1 if in_order else min(number + 1, many)), apart)
        ends = (*near, *(first + apart * number - (at - first) for at in near))
        boxes.append(_hull([axis.box(at) for at in ends]))
    if not any(boxes):
        return None
    return _shortest(Axis(tuple(boxes), inputs * axis.step // axis.period))


def even(axes: Sequence[Axis]) -> bool:
    """Whether the outputs of all of them are equally far apart."""
    first = axes[0]
    return all(first.step * other.period == other.step * first.period for other in axes)


def common_period(axes: Iterable[Axis]) -> int:
    """The outputs after which the patterns of all of them begin anew."""
    return lcm(*(axis.period for axis in axes))


def joined(axes: Sequence[Axis], side: int) -> tuple[Axis | None, bool]:
    """The union of what lanes see, None if nothing; and whether they see around one middle.

    Args:
        axes: equally far apart, unless there is a single output.
        side: how many outputs there are. Of a single one the jump does not matter: that of the
            lane with the largest is kept.
    """
    if side == 1 and not even(axes):
        hull = _hull([axis.boxes[0] for axis in axes])
        axis = Axis((hull,), ceil(max(axis.jump for axis in axes))) if hull else None
        return axis, first_apart(axes, 1) is None
    period = common_period(axes)
    union = tuple(_hull([axis.box(output) for axis in axes]) for output in range(period))
    step = axes[0].step * period // axes[0].period
    middle = first_apart(axes, min(period, side)) is None
    return _shortest(Axis(union, step)), middle


def first_apart(axes: Sequence[Axis], outputs: int) -> int | None:
    """The first of so many outputs that lanes see around different middles; None if there is none.

    Outputs of all lanes have to be equally far apart.
    """
    for output in range(outputs):
        boxes = filter(None, (axis.box(output) for axis in axes))
        if len({sum(box) for box in boxes}) > 1:
            return output
    return None


def _sizes(boxes: Sequence[Box | None]) -> list[int]:
    return [box[1] - box[0] + 1 if box else 0 for box in boxes]


def _moved(box: Box | None, pixels: int) -> Box | None:
    return box and (box[0] + pixels, box[1] + pixels)


def _hull(boxes: Sequence[Box | None]) -> Box | None:
    found = [box for box in boxes if box]
    if not found:
        return None
    return min(box[0] for box in found), max(box[1] for box in found)


def _shortest(axis: Axis) -> Axis:
    """The same with the shortest period."""
    for period in range(1, axis.period):
        if axis.period % period or axis.step * period % axis.period:
            continue
        shorter = Axis(axis.boxes[:period], axis.step * period // axis.period)
        if all(shorter.box(output) == box for output, box in enumerate(axis.boxes)):
            return shorter
    return axis


def pair_text(rows: object, columns: object) -> str:
    """`2`, or `2x1` where columns differ from rows."""
    return f"{rows}" if rows == columns else f"{rows}x{columns}"
