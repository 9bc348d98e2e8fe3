"""What an operator is: its parameters, and the facts that follow from them and the shapes.

No torch, no graph, no file, no drawing: folds over a network live in `analysis`, looks in
`rendering`, source text in `compiler`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from archspec.ops.arithmetic import Expr, Term, Terms

if TYPE_CHECKING:
    from collections.abc import Callable

    from archspec.errors import Json

Shape = tuple[int, ...]  # (maps, height, width), or (units,)
Mode = Literal["eval", "train"]
Role = Literal["input", "conv", "pool", "dense", "norm", "activation", "add", "concat", "other"]


class ShapeError(Exception):
    """An operator cannot take these inputs; `graph.resolve` adds the place."""

    def __init__(self, code: str, message: str, **details: Json) -> None:
        """Keep the sentence; `details["help"]` and `details["text"]` are shown, all are data."""
        super().__init__(message)
        self.code, self.message, self.details = code, message, details


@dataclass(frozen=True, slots=True)
class Io:
    """Where an operator stands: the shapes that enter, in order, and the one that leaves."""

    inputs: tuple[Shape, ...]
    output: Shape

    @property
    def x(self) -> Shape:
        """The first input."""
        return self.inputs[0]


@dataclass(frozen=True, slots=True)
class Window:
    """A sliding window; pairs are (rows, columns), pads (top, bottom, left, right).

    Args:
        ceil: whether a last window may be partly outside.
        same: whether the pads follow the input, so that only the stride makes it smaller.
    """

    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    pad: tuple[int, int, int, int] = (0, 0, 0, 0)
    dilation: tuple[int, int] = (1, 1)
    ceil: bool = False
    same: bool = False

    @property
    def extent(self) -> tuple[int, int]:
        """Rows and columns the dilated kernel spans."""
        (kh, kw), (dh, dw) = self.kernel, self.dilation
        return dh * (kh - 1) + 1, dw * (kw - 1) + 1

    def side(self, axis: int, size: int) -> Expr:
        """The output side along `axis` (0 rows, 1 columns) for an input side of `size`.

        Ceil mode drops a last window that would start behind the input and its near padding.
        """
        near, far = self.pad[2 * axis], self.pad[2 * axis + 1]
        reach = Expr(size) + near + far - self.extent[axis]
        stride = self.stride[axis]
        if not self.ceil:
            return reach // stride + 1
        out = reach.ceildiv(stride) + 1
        return out - 1 if (out.value - 1) * stride >= size + near else out

    def unread(self, axis: int, size: int) -> int:
        """Rows or columns, counted with the padding, that no window reads."""
        reach = size + self.pad[2 * axis] + self.pad[2 * axis + 1] - self.extent[axis]
        return 0 if self.ceil else reach % self.stride[axis]

    def filled(self, io: Io) -> Window:
        """The same with far padding as wide as the last position needs, so nothing hangs over.

        A pool that rounds up becomes one that rounds down; without `ceil` nothing changes.
        """
        if not self.ceil:
            return self
        far = []
        for axis in (0, 1):
            reach = (io.output[axis + 1] - 1) * self.stride[axis] + self.extent[axis]
            far.append(max(reach - io.x[axis + 1] - self.pad[2 * axis], 0))
        pad = (self.pad[0], far[0], self.pad[2], far[1])
        return Window(self.kernel, self.stride, pad, self.dilation)


@dataclass(frozen=True, slots=True)
class Sight:
    """Which inputs outputs read along rows or along columns, where no sliding window says it.

    Args:
        period: after so many outputs the pattern begins anew,
        step: so many inputs further.
        reads: takes an output and `given`; gives the first and the last input it reads, negative
            before the map, or None if it reads none.
        given: numbers of the operator.
        apart: inputs between neighbouring ones that an output reads.
    """

    period: int
    step: int
    reads: Callable[..., tuple[int, int] | None]
    given: tuple[int, ...]
    apart: int = 1

    def taps(self, output: int) -> tuple[int, int] | None:
        """The first and the last input that an output reads; None if it reads none."""
        return self.reads(output, *self.given)

    @property
    def jump(self) -> Fraction:
        """How many inputs lie between what neighbouring outputs read, on average."""
        return Fraction(self.step, self.period)


@dataclass(frozen=True, slots=True)
class OpVector:
    """Elementary operations by kind; `special` is one exp, tanh, sigmoid, sqrt or pow."""

    mac: Terms = ()
    add: Terms = ()
    mul: Terms = ()
    div: Terms = ()
    cmp: Terms = ()
    special: Terms = ()

    def of(self, kind: str) -> Terms:
        """The terms of one kind of `OP_KINDS`."""
        terms: Terms = getattr(self, kind)
        return terms


@dataclass(frozen=True, slots=True)
class Inward:
    """What is kept for the gradient of the input only; the words mean the same as in `Saved`."""

    inputs: bool = False
    once: int = 0


@dataclass(frozen=True, slots=True)
class Saved:
    """What a training step keeps of a node until its backward pass, in elements.

    Args:
        inputs: whether the tensors that enter are kept.
        output: whether the tensor that leaves is kept.
        own: further elements for each sample.
        bytes: further bytes for each sample, whatever the width of a number.
        once: further elements whatever the batch, as wide as a parameter.
        shared: further elements whatever the batch, as wide as an activation.
        inward: what is kept besides where the gradient goes on to what is before the node.
        factors: of inputs multiplied one after the other, the elements of the first one, of the
            product of two, of three, ... without the last. Each factor of a product is kept if
            the gradient of the other one is needed, and nothing else.
    """

    inputs: bool = False
    output: bool = False
    own: int = 0
    bytes: int = 0
    once: int = 0
    shared: int = 0
    inward: Inward = Inward()
    factors: tuple[int, ...] = ()


OP_KINDS: tuple[str, ...] = tuple(field.name for field in fields(OpVector))


class Op(BaseModel):
    """An operator call with validated arguments. Abstract; final classes are listed in `OPS`.

    The order of the fields is the order of positional arguments in a spec.
    """

    # Deferred: a model is built when it is first used, so operators nobody calls cost nothing.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    name: ClassVar[str]  # what a spec calls it
    role: ClassVar[Role]
    weighted: ClassVar[bool] = False  # a layer of the usual depth count: conv, linear
    unit_layer: ClassVar[bool] = False  # has connections and units, as the papers of 1989-98 count
    merges: ClassVar[bool] = False  # takes several inputs, as lanes or references
    view: ClassVar[bool] = False  # its output needs no storage
    in_place: ClassVar[bool] = False  # elementwise: it can overwrite its input
    whole_input: ClassVar[bool] = False  # every output sees the whole map
    differentiable: ClassVar[bool] = True  # a gradient comes back through it, be it 0

    def shape_terms(self, *inputs: Shape) -> Terms:
        """How each side of the output comes about. Raises ShapeError if it cannot."""
        return same_shape(inputs[0])

    def output(self, *inputs: Shape) -> Shape:
        """The output shape, (maps, height, width) or (units,). Raises ShapeError."""
        if type(self).shape_terms is Op.shape_terms:  # the shape passes: most nodes of a network
            return inputs[0]
        return tuple(term.amount.value for term in self.shape_terms(*inputs))

    def nearest(self, *inputs: Shape) -> Shape | None:
        """What `output` would most likely be, were its inputs right; None if nothing tells."""
        del inputs
        return None

    def weights(self, io: Io) -> Terms:
        """Scalars that multiply: kernels, matrices, coefficients, codes."""
        del io
        return ()

    def biases(self, io: Io) -> Terms:
        """Scalars that are added."""
        del io
        return ()

    def buffers(self, io: Io) -> Terms:
        """Numbers kept with the network that no optimizer changes (running statistics)."""
        del io
        return ()

    @property
    def learns(self) -> bool:
        """Whether training changes its weights and biases."""
        return True

    @property
    def counts_connections(self) -> bool:
        """Whether it belongs to the papers that count connections: reports then show them."""
        return False

    def connections(self, io: Io) -> Terms:
        """Weighted inputs per output unit, plus one for a bias, over all units."""
        del io
        return ()

    def ops(self, io: Io, mode: Mode) -> OpVector:
        """Elementary operations for one image."""
        del io, mode
        return OpVector()

    def stored(self, io: Io) -> Shape:
        """The shape of the storage made for the output, which may be cut out of more."""
        return io.output

    def saved(self, io: Io) -> Saved:
        """What the module compiled from it keeps for the backward pass."""
        del io
        return Saved()

    def between(self, io: Io) -> tuple[int, ...]:
        """Elements of the gradients between the output's and the input's, in that order.

        Each is made of the one before; none where the module is a single step of torch.
        """
        del io
        return ()

    def window(self, x: Shape) -> Window | None:
        """The sliding window over an input of shape `x`, None where there is none."""
        del x
        return None

    def sight(self, x: Shape) -> tuple[Sight, Sight] | None:
        """What outputs read along rows and columns where `window` does not tell it."""
        del x
        return None

    def figure_label(self) -> str:
        """What a picture writes in its box, ASCII."""
        return self.name


SIDES = {1: ("units",), 3: ("maps", "height", "width")}


def same_shape(shape: Shape) -> Terms:
    """The terms of a shape that passes unchanged."""
    return tuple(
        Term(label, Expr(side)) for label, side in zip(SIDES[len(shape)], shape, strict=True)
    )


def count(shape: Shape) -> int:
    """Elements of a tensor of this shape."""
    elements = 1
    for side in shape:
        elements *= side
    return elements


def written(shape: Shape) -> str:
    """`6x28x28`, or `84` for a vector."""
    return "x".join(map(str, shape))


def need_map(op: Op, shape: Shape) -> tuple[int, int, int]:
    """The sides of a map; a vector is E305."""
    if len(shape) != 3:
        raise ShapeError(
            "E305",
            f"`{op.name}` needs a map (CxHxW), got the vector {written(shape)}",
            got=written(shape),
        )
    return shape


def need_groups(groups: int, maps: int) -> None:
    """Refuse (E307) input maps that `groups` does not divide."""
    if maps % groups:
        message = f"`groups={groups}` does not divide the {maps} input maps"
        raise ShapeError("E307", message, maps=maps)
