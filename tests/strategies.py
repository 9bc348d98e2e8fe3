"""All Hypothesis strategies of the tests of operators, schema, graph and analysis."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from hypothesis import strategies as st
from pydantic import ValidationError

from archspec.ops import BY_NAME, Shape, ShapeError, Size, Table, written
from tests.helpers import arch

SMALL = st.integers(1, 3)
PAIRS = st.one_of(SMALL, st.tuples(SMALL, SMALL).map(Size))
PADS = st.one_of(
    st.integers(0, 2),
    st.tuples(st.integers(0, 2), st.integers(0, 2)).map(Size),
    st.tuples(*[st.integers(0, 2)] * 4),
    st.sampled_from(["same", "valid"]),
)
MAPS = st.tuples(st.integers(1, 4), st.integers(1, 12), st.integers(1, 12))
REALS = st.fractions(min_value=0, max_value=Fraction(9, 10), max_denominator=10)

_CONV = {
    "c": st.integers(1, 4),
    "k": PAIRS,
    "stride": PAIRS,
    "pad": PADS,
    "dilation": PAIRS,
    "groups": st.integers(1, 2),
    "bias": st.booleans(),
    "trainable": st.booleans(),
    "pad_mode": st.sampled_from(["zero", "reflect", "replicate", "circular"]),
    "share": st.booleans(),
    "flip": st.booleans(),
}
_TRANSPOSED = {
    **{key: _CONV[key] for key in ("c", "k", "stride", "dilation", "groups", "bias", "trainable")},
    "pad": st.integers(0, 1),
    "out_pad": st.integers(0, 2),
}
_MARGINS = st.one_of(st.integers(0, 2), st.tuples(*[st.integers(0, 2)] * 4))
_POOL = {"k": PAIRS, "stride": PAIRS, "pad": PADS, "ceil": st.booleans()}
_ARGUMENTS: dict[str, dict[str, st.SearchStrategy[object]]] = {
    "conv": _CONV,
    "subsample": {"k": PAIRS, "stride": PAIRS, "trainable": st.booleans()},
    "maxpool": _POOL,
    "avgpool": {**_POOL, "count_pad": st.booleans()},
    "l2pool": _POOL,
    "conv_transpose": _TRANSPOSED,
    "global_avgpool": {"keep": st.booleans()},
    "global_maxpool": {"keep": st.booleans()},
    "adaptive_avgpool": {"size": PAIRS},
    "bn": {"affine": st.booleans()},
    "lrn": {"n": st.integers(1, 5)},
    "slice": {"a": st.integers(0, 2), "b": st.one_of(st.integers(1, 5), st.just("end"))},
    "shuffle": {"groups": SMALL},
    "pad": {"p": _MARGINS, "mode": _CONV["pad_mode"]},
    "crop": {"p": _MARGINS},
    "upsample": {"k": PAIRS, "mode": st.sampled_from(["nearest", "bilinear"])},
    "zero_pad_shortcut": {"c": st.integers(1, 6), "stride": PAIRS},
    "linear": {"n": st.integers(1, 6), "bias": st.booleans(), "trainable": st.booleans()},
    "scaled_tanh": {"A": REALS, "S": REALS},
    "dropout": {"p": REALS},
    "drop_path": {"p": REALS},
    "scale": {"s": REALS},
    "leaky_relu": {"slope": REALS},
    "elu": {"alpha": REALS},
    **{name: {} for name in ("relu6", "silu", "hardswish", "hardsigmoid", "step", "sign", "abs")},
    "tanh": {},
    "sigmoid": {},
    "relu": {},
    "flatten": {},
    "softmax": {},
}
_ANY_CALL = st.sampled_from(list(_ARGUMENTS)).flatmap(
    lambda name: st.tuples(st.just(name), st.fixed_dictionaries({}, optional=_ARGUMENTS[name]))
)
_REQUIRED = {
    name: {key for key, field_ in BY_NAME[name].model_fields.items() if field_.is_required()}
    & set(_ARGUMENTS[name])
    - ({"stride"} if name.endswith("pool") or name == "subsample" else set())
    for name in _ARGUMENTS
}


@dataclass(frozen=True)
class Chain:
    """A random chain as text.

    Args:
        x: the input shape.
        statements: lists of operator calls, one list a statement.
        labels: the label of each statement, "" for none.
    """

    x: Shape
    statements: tuple[tuple[str, ...], ...]
    labels: tuple[str, ...] = field(default=())

    def text(self, labels: tuple[str, ...] | None = None) -> str:
        """The whole file, with other labels if asked."""
        used = self.labels if labels is None else labels
        lines = (
            f"{label}: {' -> '.join(calls)}" if label else " -> ".join(calls)
            for label, calls in zip(used, self.statements, strict=True)
        )
        return arch(*lines, x=written(self.x))


def spell(value: object) -> str:
    """An argument as a spec writes it."""
    match value:
        case bool():
            return str(value).lower()
        case Fraction():
            return f"{value.numerator}/{value.denominator}"
        case Size():
            return str(value)
        case tuple():
            return str(list(value))
        case _:
            return str(value)


@st.composite
def calls(draw: st.DrawFn, x: Shape) -> tuple[str, Shape]:
    """A call that takes an input of shape `x`, and its output shape; `relu` if the drawn fails."""
    name, arguments = draw(_ANY_CALL)
    for key in sorted(_REQUIRED[name] - set(arguments)):
        arguments[key] = draw(_ARGUMENTS[name][key])
    try:
        output = BY_NAME[name](**arguments).output(x)
    except (ValidationError, ShapeError):
        return "relu", x
    inside = ", ".join(f"{key}={spell(value)}" for key, value in arguments.items())
    return (f"{name}({inside})" if arguments else name), output


@st.composite
def chains(draw: st.DrawFn) -> Chain:
    """A chain without errors over a small map or vector."""
    x = draw(st.one_of(MAPS, st.tuples(st.integers(1, 8))))
    shape, statements, labels = x, [], []
    for number in range(draw(st.integers(1, 4))):
        links = []
        for _ in range(draw(st.integers(1, 3))):
            text, shape = draw(calls(shape))
            links.append(text)
        statements.append(tuple(links))
        labels.append(draw(st.sampled_from([f"s{number}", ""])))
    return Chain(x, tuple(statements), tuple(labels))


@st.composite
def sliding(draw: st.DrawFn) -> tuple[Shape, dict[str, object]]:
    """A map, and the arguments of a window that fits or does not."""
    x = draw(st.tuples(st.just(4), st.integers(1, 15), st.integers(1, 15)))
    pair = st.one_of(st.integers(1, 5), st.tuples(st.integers(1, 5), st.integers(1, 5)).map(Size))
    return x, {"k": draw(pair), "stride": draw(pair), "pad": draw(PADS), "dilation": draw(PAIRS)}


@st.composite
def tables(draw: st.DrawFn, height: int, width: int) -> Table:
    """A connection table, any of its cells linked or not."""
    row = st.tuples(*[st.integers(0, 1).map(Fraction)] * width)
    return Table("t", draw(st.tuples(*[row] * height)))
