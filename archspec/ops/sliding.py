"""What every operator with a sliding window shares: padding, output sides, the label."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from archspec.ops.arithmetic import Term, Terms
from archspec.ops.base import Op, Shape, ShapeError, Window, written

PadValue = tuple[int, int, int, int] | Literal["same"]


def padded(window: Window, pad: PadValue, x: Shape) -> Window:
    """The window with its four numbers of padding over a map of shape `x`.

    `same` gives ceil(size / stride) outputs; of an odd total the far side gets the larger part.

    >>> padded(Window((3, 3)), "same", (1, 8, 8)).pad
    (1, 1, 1, 1)
    """
    if pad != "same":  # said in full: `replace` takes three times as long, and this is asked often
        return Window(window.kernel, window.stride, pad, window.dilation, window.ceil)
    near_and_far: list[int] = []
    for axis, size in enumerate(x[1:]):
        stride = window.stride[axis]
        outputs = -(-size // stride)
        whole = max((outputs - 1) * stride + window.extent[axis] - size, 0)
        near_and_far += [whole // 2, whole - whole // 2]
    top, bottom, left, right = near_and_far
    return replace(window, pad=(top, bottom, left, right), same=True)


def padded_apart(window: Window, x: Shape, mode: str = "zero") -> int:
    """Elements of the map with its margins, where padding is a step of its own; else 0.

    Margins that differ from side to side are added before the window slides, and so are those
    that are not zeros.
    """
    top, bottom, left, right = window.pad
    even = top == bottom and left == right
    if not any(window.pad) or (even and mode == "zero"):
        return 0
    return margined(x, window.pad)


def margined(x: Shape, pad: tuple[int, int, int, int]) -> int:
    """Elements of a map of shape `x` with its margins."""
    top, bottom, left, right = pad
    return x[0] * (x[1] + top + bottom) * (x[2] + left + right)


def sides(op: Op, window: Window, x: Shape) -> Terms:
    """Height and width of the output over a map of shape `x`. Raises ShapeError (E304)."""
    terms = tuple(
        Term(label, window.side(axis, x[axis + 1]))
        for axis, label in enumerate(("height", "width"))
    )
    for term in terms:
        if term.amount.value < 1:
            kernel = written(window.kernel)
            raise ShapeError(
                "E304",
                f"a {kernel} window does not fit its {written(x)} input",
                text=f"{term.amount} = {term.amount.value}",
                help=f"make the input larger, the {kernel} kernel of `{op.name}` smaller, "
                "or the padding wider",
                kernel=kernel,
                got=written(x),
                computed=term.amount.value,
            )
    return terms


def fit_mode(op: Op, mode: str, pad: tuple[int, int, int, int], x: Shape) -> None:
    """Refuse (E310) a padding that takes more from the map than it has.

    Reflection leaves out the edge itself; a circle can go round once.
    """
    for axis, size in enumerate(x[1:]):
        most = {"reflect": size - 1, "circular": size}.get(mode)
        widest = max(pad[2 * axis], pad[2 * axis + 1])
        if most is not None and widest > most:
            raise ShapeError(
                "E310",
                f"`{op.name}` cannot pad {written(x)} by {widest}: `{mode}` reaches at most {most}",
                got=written(x),
                most=most,
            )


def window_label(window: Window) -> str:
    """`3x3`, or `3x3/2` with a stride."""
    stride = window.stride
    if stride == (1, 1):
        return written(window.kernel)
    return f"{written(window.kernel)}/{stride[0] if stride[0] == stride[1] else written(stride)}"
