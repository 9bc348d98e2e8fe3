"""What each operator makes of a side, rows or columns: of a vector the side is its length.

A rule says it twice: `made` exactly, for one side of the input; `strip` and `limits` for all of
them at once, within bounds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Literal

from archspec.analysis.strips import (
    FREE,
    Limits,
    Strip,
    being,
    meeting,
    reaching,
    together,
)
from archspec.ops import AdaptiveAvgPool, Concat, Conv, Flatten, Linear, Mul, Pad, Rbf, Slice

if TYPE_CHECKING:
    from archspec.graph import Node
    from archspec.ops import Io, Op, Shape, Window

Question = Literal["build", "run"]
Strips = tuple[Strip, ...]
Sides = tuple[int, ...]
_WRAPS = {"reflect": 1, "circular": 0}  # pixels of a map that its padding cannot use


class MisfitError(Exception):
    """A node does not take these sides."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The side stays what it is."""

    def made(self, sides: Sides) -> int:
        """The side that leaves. Raises MisfitError."""
        return sides[0]

    def strip(self, strips: Strips) -> Strip:
        """Bounds of the side that leaves, wherever the node fits."""
        return strips[0]

    def limits(self, strips: Strips) -> Limits:
        """What the node asks of the input's side; no fitting side is outside."""
        del strips
        return FREE


@dataclass(frozen=True, slots=True)
class Constant(Rule):
    """Whatever enters, the same side leaves."""

    side: int

    def made(self, sides: Sides) -> int:
        """The constant."""
        del sides
        return self.side

    def strip(self, strips: Strips) -> Strip:
        """The constant."""
        del strips
        return Strip.constant(self.side)


@dataclass(frozen=True, slots=True)
class Fixed(Constant):
    """As many inputs as weights."""

    entering: int

    def made(self, sides: Sides) -> int:
        """The constant, if the input fits."""
        if sides[0] != self.entering:
            raise MisfitError
        return self.side

    def limits(self, strips: Strips) -> Limits:
        """The one side that fits."""
        return being(strips[0], self.entering)


@dataclass(frozen=True, slots=True)
class Grown(Rule):
    """So many outputs an input, and some more or less; at least one."""

    factor: int
    more: int

    def made(self, sides: Sides) -> int:
        """Exact."""
        side = sides[0] * self.factor + self.more
        if side < 1:
            raise MisfitError
        return side

    def strip(self, strips: Strips) -> Strip:
        """Exact."""
        return strips[0].at(Fraction(self.factor), Fraction(self.more), Fraction(self.more))

    def limits(self, strips: Strips) -> Limits:
        """One output."""
        least = -((self.more - 1) // self.factor)
        return reaching(strips[0], least, least)


@dataclass(frozen=True, slots=True)
class Cut(Rule):
    """The units of a vector from `first` to before `stop`, None for the end."""

    first: int
    stop: int | None

    def made(self, sides: Sides) -> int:
        """Exact."""
        stop = self.stop or sides[0]
        if not self.first < stop <= sides[0]:
            raise MisfitError
        return stop - self.first

    def strip(self, strips: Strips) -> Strip:
        """Exact."""
        if self.stop:
            return Strip.constant(self.stop - self.first)
        return strips[0].at(Fraction(1), Fraction(-self.first), Fraction(-self.first))

    def limits(self, strips: Strips) -> Limits:
        """So many units as it leaves out and takes."""
        least = self.stop or self.first + 1
        return reaching(strips[0], least, least)


@dataclass(frozen=True, slots=True)
class Slide(Rule):
    """A window along one axis.

    Args:
        extent: pixels the dilated kernel spans.
        stride: how far the window moves.
        near: padding before the map.
        far: padding behind it.
        ceil: whether a last window may hang over the edge.
        same: whether the pads follow the input.
        wraps: pixels the padding cannot use, where it is made of the map; None if it is not.
        only: the outputs it has weights for; None if there may be any number.
    """

    extent: int
    stride: int
    near: int
    far: int
    ceil: bool = False
    same: bool = False
    wraps: int | None = None
    only: int | None = None

    def made(self, sides: Sides) -> int:
        """Exact; without the arithmetic that `Window.side` keeps for people."""
        size = sides[0]
        if self.wraps is not None and max(self._pads(size)) > size - self.wraps:
            raise MisfitError
        reach = size + self.near + self.far - self.extent
        if self.same:
            out = -(-size // self.stride)
        elif self.ceil:
            out = min(-(-reach // self.stride) + 1, -(-(size + self.near) // self.stride))
        else:
            out = reach // self.stride + 1
        if out < 1 or (self.only and out != self.only):
            raise MisfitError
        return out

    def _pads(self, size: int) -> tuple[int, int]:
        if not self.same:
            return self.near, self.far
        outputs = -(-size // self.stride)
        whole = max((outputs - 1) * self.stride + self.extent - size, 0)
        return whole // 2, whole - whole // 2

    def strip(self, strips: Strips) -> Strip:
        """As roundings leave it: less by a part of an output, or more."""
        if self.only:
            return Strip.constant(self.only)
        step, rest = Fraction(1, self.stride), Fraction(self.stride - 1, self.stride)
        reach = (self.near + self.far - self.extent) * step + 1
        if self.same:
            return strips[0].at(step, Fraction(0), rest)
        if not self.ceil:
            return strips[0].at(step, reach - rest, reach)
        least = min(reach, self.near * step)
        return strips[0].at(step, least, least + rest)

    def limits(self, strips: Strips) -> Limits:
        """One output, or as many as there are weights for."""
        wraps = 0 if self.wraps is None else self.wraps + max(self.near, self.far)
        if self.same:
            asked = reaching(strips[0], 1, self.extent if self.wraps is not None else 1)
        else:
            hanging = self.stride - 1 if self.ceil else 0
            fewest = self.extent - self.near - self.far - hanging
            least = max(fewest, 1 - self.near, wraps, 1)
            asked = reaching(strips[0], least, least)
        if self.only:
            asked &= being(replace(self, only=None).strip(strips), self.only)
        return asked


@dataclass(frozen=True, slots=True)
class Equal(Rule):
    """A merge of equal sides."""

    def made(self, sides: Sides) -> int:
        """The side all have."""
        if any(side != sides[0] for side in sides):
            raise MisfitError
        return sides[0]

    def strip(self, strips: Strips) -> Strip:
        """Any of them, a constant if there is one."""
        return min(strips, key=lambda strip: strip.slope)

    def limits(self, strips: Strips) -> Limits:
        """Where the first meets all others."""
        return together(meeting(strips[0], other) for other in strips[1:])


@dataclass(frozen=True, slots=True)
class Factors(Rule):
    """A product of maps, where Cx1x1 is one factor for each map.

    Args:
        across: the sides of the other axis.
    """

    across: Sides

    def made(self, sides: Sides) -> int:
        """The largest side, if the others are equal or factors."""
        maps = tuple(zip(sides, self.across, strict=True))
        largest = max(maps, key=lambda pair: pair[0] * pair[1])
        if any(each not in (largest, (1, 1)) for each in maps):
            raise MisfitError
        return largest[0]

    def strip(self, strips: Strips) -> Strip:
        """The steepest, or what is above it while that is 1."""
        steepest = max(strips, key=lambda strip: strip.slope)
        high = max(strip.high for strip in strips)
        low = max(strip.low for strip in strips if strip.slope == steepest.slope)
        period = lcm(*(strip.period for strip in strips))
        return Strip(steepest.slope, low, high, period)

    def limits(self, strips: Strips) -> Limits:
        """Where maps that are no factors throughout meet, or where they are factors."""
        maps = [strip for strip in strips if strip.value != 1]
        if len(maps) < 2:
            return FREE
        first = max(maps, key=lambda strip: strip.slope)
        return together(_product(first, other) for other in maps)


def _product(steep: Strip, other: Strip) -> Limits:
    """Where the product of two maps is possible; regular where neither is a factor any more."""
    meet = meeting(steep, other)
    if steep.slope == other.slope:
        return meet & reaching(steep, 0, 2) & reaching(other, 0, 2)
    possible = meet | being(steep, 1)
    return possible | being(other, 1) if other.slope else possible


@dataclass(frozen=True, slots=True)
class Joined(Rule):
    """Vectors one behind the other."""

    def made(self, sides: Sides) -> int:
        """Their sum."""
        return sum(sides)

    def strip(self, strips: Strips) -> Strip:
        """Their sum."""
        slope = sum((strip.slope for strip in strips), Fraction(0))
        low, high = sum(strip.low for strip in strips), sum(strip.high for strip in strips)
        return Strip(slope, Fraction(low), Fraction(high), lcm(*(s.period for s in strips)))


KEEPS, EQUAL, JOINED = Rule(), Equal(), Joined()


def side(shape: Shape, axis: int) -> int:
    """Rows (axis 0) or columns of a map; the units of a vector."""
    return shape[axis + 1] if len(shape) == 3 else shape[0]


def rule_of(node: Node, question: Question, axis: int) -> Rule:
    """The rule of a node that has inputs, along one axis; the other is as declared."""
    assert node.io is not None, "the caller knows the shapes"
    op, io = node.op, node.io
    entering, leaving = side(io.x, axis), side(io.output, axis)
    if len(node.inputs) > 1:
        return _merge(op, io.inputs, axis)
    if _freezes(op, question):
        return Fixed(leaving, entering)
    if isinstance(op, Flatten):
        return Grown(leaving // entering, 0)
    if isinstance(op, AdaptiveAvgPool) or op.whole_input:
        return Constant(leaving)
    return _of_map(op, io, question, axis) if len(io.x) == 3 else _of_vector(op)


def _of_map(op: Op, io: Io, question: Question, axis: int) -> Rule:
    """The rule of an operator whose map follows the one that enters."""
    sight, window, leaving = op.sight(io.x), op.window(io.x), side(io.output, axis)
    if sight is not None:
        factor = int(1 / sight[axis].jump)
        return Grown(factor, leaving - factor * side(io.x, axis))
    return KEEPS if window is None else _slide(op, window, question, axis, leaving)


def _of_vector(op: Op) -> Rule:
    return Cut(op.a, None if op.b == "end" else op.b) if isinstance(op, Slice) else KEEPS


def _merge(op: Op, inputs: tuple[Shape, ...], axis: int) -> Rule:
    if len(inputs[0]) != 3:
        return JOINED if isinstance(op, Concat) else EQUAL
    return Factors(tuple(shape[2 - axis] for shape in inputs)) if isinstance(op, Mul) else EQUAL


def _freezes(op: Op, question: Question) -> bool:
    """Whether it takes one length only: that of its matrix or codes, or of the vector it makes."""
    if isinstance(op, Rbf) or (isinstance(op, Linear) and op.kernel is not None):
        return True
    return question == "run" and isinstance(op, Linear | Flatten)


def _slide(op: Op, window: Window, question: Question, axis: int, leaving: int) -> Rule:
    """A compiled window has the pads that `same` means at the declared size."""
    near, far = window.pad[2 * axis : 2 * axis + 2]
    mode = op.pad_mode if isinstance(op, Conv) else op.mode if isinstance(op, Pad) else "zero"
    local = isinstance(op, Conv) and not op.share and question == "run"
    made = Slide(
        window.extent[axis],
        window.stride[axis],
        near,
        far,
        window.ceil,
        window.same and question == "build",
        _WRAPS.get(mode),
        leaving if local else None,
    )
    keeps = near + far == made.extent - 1 and made.stride == 1 and not local
    return KEEPS if keeps and not (made.ceil or made.same) and made.wraps is None else made
