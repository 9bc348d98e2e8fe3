"""Networks for the tests of the compiler: from a few lines of spec, or drawn by Hypothesis."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from pydantic import ValidationError

from archspec.graph import build, load, resolve
from archspec.ops import BY_NAME, ShapeError, Size, Table, count, written
from archspec.schema import elaborate
from archspec.source import Source
from archspec.syntax import parse

if TYPE_CHECKING:
    from archspec.graph import Graph
    from archspec.ops import Op, Shape

LENET = Path(__file__).parents[2] / "specs" / "lenet5.arch"
MODERN = f"{LENET}:LeNet5Modern"


def lenet5() -> Graph:
    """LeNet-5 of 1998."""
    return load(f"{LENET}:LeNet5")


def read(text: str, name: str = "net.arch") -> Graph:
    """The graph of a whole file."""
    return resolve(build(elaborate(parse(Source(name, text)))))


def net(*statements: str, x: str = "1x8x8", above: str = "", name: str = "Net") -> Graph:
    """The graph of an arch with these statements over an input of shape `x`."""
    body = "".join(f"  {line}\n" for line in statements)
    return read(f"{above}\narch {name} {{\n  input image: {x}\n{body}}}\n")


# --- random chains ------------------------------------------------------------------------------

SMALL = st.integers(1, 3)
PAIRS = st.one_of(SMALL, st.tuples(SMALL, SMALL).map(Size))
PADS = st.one_of(
    st.integers(0, 1),
    st.just("same"),
    st.lists(st.integers(0, 1), min_size=4, max_size=4).map(tuple),
)
INIT = "train {\n    data = mnist5k\n    init = fan_in_uniform(2.4)\n  }"
POOL = {"k": PAIRS, "stride": PAIRS, "pad": PADS, "ceil": st.booleans()}
ARGUMENTS = {
    "conv": {
        "c": st.sampled_from([2, 4]),
        "k": PAIRS,
        "stride": PAIRS,
        "pad": PADS,
        "dilation": st.sampled_from([1, 1, 2, Size((1, 2))]),
        "groups": st.sampled_from([1, 1, 2]),
        "bias": st.booleans(),
        "trainable": st.booleans(),
    },
    "subsample": {"k": PAIRS, "stride": PAIRS, "trainable": st.booleans()},
    "maxpool": POOL,
    "avgpool": {**POOL, "count_pad": st.booleans()},
    "linear": {"n": st.integers(1, 5), "bias": st.booleans(), "trainable": st.booleans()},
    "scaled_tanh": {
        "A": st.sampled_from([Fraction("1.7159"), Fraction(2, 3), Fraction(1)]),
        "S": st.sampled_from([Fraction(2, 3), Fraction(1, 2), Fraction(-3)]),
    },
    "dropout": {"p": st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(1, 3)])},
    "tanh": {},
    "sigmoid": {},
    "relu": {},
    "softmax": {},
    "flatten": {},
}
NAMES = st.sampled_from([*ARGUMENTS, "conv", "conv", "table", "maxpool", "avgpool", "rbf"])


def spell(value: object) -> str:
    """An argument as a spec writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, Table):
        return value.name
    if isinstance(value, Size):
        return written(value)
    return str(list(value)) if isinstance(value, tuple) else str(value)


def table(name: str, height: int, width: int, draw: st.DrawFn) -> Table:
    """A table of links, every column with one at least."""
    cells = [[Fraction(draw(st.integers(0, 1))) for _ in range(width)] for _ in range(height)]
    cells[0] = [Fraction(1)] * width
    return Table(name, tuple(map(tuple, cells)))


def rows(drawn: Table) -> str:
    """A table as a spec writes it."""
    lines = (" ".join("X" if cell else "." for cell in row) for row in drawn.rows)
    return f"table {drawn.name} {{\n" + "".join(f"  {line}\n" for line in lines) + "}\n"


def operator(draw: st.DrawFn, x: Shape, tables: list[Table]) -> tuple[Op, str] | None:
    """An operator that takes `x`, and how a spec writes it; None if the drawn one does not."""
    name = draw(NAMES)
    arguments = {key: draw(values) for key, values in ARGUMENTS.get(name, {}).items()}
    made: Table | None = None
    if name == "table" and len(x) == 3:
        name, made = "conv", table(f"t{len(tables)}", x[0], 3, draw)
        arguments = {"c": 3, "k": 2, "pad": draw(PADS), "table": made, "bias": draw(st.booleans())}
    if name == "rbf" and count(x) < 100:
        made = table(f"t{len(tables)}", 3, count(x), draw)
        arguments = {"n": 3, "prototypes": made, "trainable": draw(st.booleans())}
    try:
        op = BY_NAME[name](**arguments)
        op.output(x)
    except (KeyError, ValidationError, ShapeError):
        return None
    tables += [made] if made else []
    written_out = ", ".join(f"{key}={spell(value)}" for key, value in arguments.items())
    return op, f"{name}({written_out})" if arguments else name


@st.composite
def chains(draw: st.DrawFn) -> Graph:
    """A random chain of operators over a small map or vector, as a graph without errors."""
    shape: Shape = draw(st.sampled_from([(2, 9, 7), (1, 6, 6), (4, 5, 8), (12,)]))
    first, tables, statements = written(shape), [], []
    for number in range(draw(st.integers(1, 4))):
        links = []
        for _ in range(draw(st.integers(1, 3))):
            made = operator(draw, shape, tables)
            if made:
                shape = made[0].output(shape)
                links.append(made[1])
                links += ["relu"] * (made[0].unit_layer and draw(st.booleans()))
        label = draw(st.sampled_from([f"s{number}: ", ""]))
        statements += [label + " -> ".join(links)] if links else []
    statements = statements or ["only: relu"]
    statements += draw(st.sampled_from([[], [INIT]]))
    return net(*statements, x=first, above="".join(map(rows, tables)))
