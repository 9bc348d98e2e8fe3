"""All Hypothesis strategies: operators and chains that are right, files that may not be."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from hypothesis import strategies as st
from pydantic import ValidationError

from archspec.ops import BY_NAME, Shape, ShapeError, Size, Table, written
from archspec.source import Source, Span
from archspec.syntax import ast
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


# --- trees of whole files, which need not mean anything

_NOWHERE = Span(Source("tree", ""), 0, 0)


def _node(kind: type[ast.Node], *parts: st.SearchStrategy[object]) -> st.SearchStrategy[ast.Node]:
    return st.tuples(*parts).map(lambda given: kind(*given, span=_NOWHERE))


def _many(part: st.SearchStrategy[object], least: int = 0) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(part, min_size=least, max_size=3).map(tuple)


def _words(text: str) -> st.SearchStrategy[ast.Ident]:
    return _node(ast.Ident, st.sampled_from(text.split()))


_QUOTED = st.sampled_from(["", "a", "./none.arch", "digits_7x12", "same", 'é \\ "', "../x.arch"])
_TEXT = _node(ast.Text, _QUOTED)
_VALUE = _words("n k s x y")
_LABEL = st.one_of(st.none(), _words("x y C1 C2 input relu"))
_NUMBER = _node(
    ast.Number,
    st.sampled_from("0 1 2 2 3 3 4 5 7 8 16 0.5 1_516 60k 159Ki 1e-4 1e30 123456789".split()),
)
_SIZE = _node(
    ast.Size, st.sampled_from([(1, 8, 8), (3, 9, 7), (5, 5), (3, 3), (1, 1), (2, 1), (0, 3)])
)
_TENSOR = _node(ast.Reference, st.sampled_from(["x", "y", "in", "C1"]))
_LEAF = st.one_of(
    _NUMBER,
    _NUMBER,
    _SIZE,
    _TEXT,
    _TENSOR,
    _node(ast.Boolean, st.booleans()),
    _node(ast.Name, st.sampled_from("n k s x y t same end valid nearest digits cosine".split())),
    _node(ast.Attribute, _node(ast.Name, st.just("in")), _words("c h w d")),
    _node(ast.Attribute, _TENSOR, _words("c h w d")),
)
_KEYS = (
    "c k n p s stride pad groups bias table kernel weights dilation ceil size a b lr at pad mode"
)


def _larger(part: st.SearchStrategy[ast.Node]) -> st.SearchStrategy[ast.Node]:
    operators = st.sampled_from("+ - * / // % ** == != < >= and or".split())
    return st.one_of(
        _node(ast.Sequence, _many(part)),
        _node(ast.Unary, st.sampled_from(["-", "+", "not"]), part),
        _node(ast.Binary, operators, part, part),
        _node(ast.Conditional, part, part, part),
        _node(ast.Subscript, part, part),
        _node(ast.Apply, _words("floor ceil max sum len cyclic sgd mnist5k"), _many(_named(part))),
    )


def _named(part: st.SearchStrategy[ast.Node]) -> st.SearchStrategy[ast.Node]:
    return _node(ast.Argument, st.one_of(st.none(), st.none(), _words(_KEYS)), part)


_EXPRESSION = st.recursive(_LEAF, _larger, max_leaves=4)
_GIVEN = _many(_named(st.one_of(_LEAF, _EXPRESSION)))
_CALLED = _words(
    "conv conv conv linear relu relu tanh bn maxpool avgpool subsample add mul concat slice "
    "identity dropout global_avgpool pad crop upsample shuffle rbf conv_transpose b b other none"
)
_ANY_LINK = st.deferred(lambda: st.one_of(_CALL, _CALL, _CALL, _TENSOR, _DEEP))
_TAGS = st.one_of(
    st.just(()), _many(_node(ast.Tag, _words("stage freeze"), st.one_of(st.none(), _LEAF)))
)
_SHAPE = st.one_of(st.none(), st.none(), _SIZE, _NUMBER, _node(ast.Sequence, _many(_EXPRESSION, 1)))
_STATEMENT = _node(ast.Statement, _LABEL, _many(_ANY_LINK, 1), _SHAPE, _TAGS)
_BODY = _node(ast.Body, _many(_STATEMENT, 1))
_LANES = st.one_of(st.none(), st.none(), st.none(), _many(_STATEMENT, 1))
_CALL = _node(ast.Call, _CALLED, _GIVEN, _LANES)
_COUNT = st.one_of(_NUMBER, _EXPRESSION)
_DEEP = st.one_of(
    _node(ast.Group, _BODY),
    _node(ast.Repeat, st.none(), st.none(), _COUNT, _BODY),
    _node(ast.Repeat, _VALUE, _COUNT, _COUNT, _BODY),
    _node(ast.If, _EXPRESSION, _BODY, st.one_of(st.none(), _BODY)),
)
_ENTRIES = _many(
    _node(ast.Entry, _words("data loss optimizer epochs batch title year gate"), _EXPRESSION)
)
_MAYBE = st.one_of(st.none(), _QUOTED)
_CLAIM = _node(
    ast.Expectation,
    _many(_words("C1 x conv params macs shape rf depth connections all"), 1),
    st.sampled_from("== ~= <= < >".split()),
    _EXPRESSION,
    st.one_of(st.none(), _NUMBER),
    st.one_of(st.none(), _words("c derived unknown")),
    _MAYBE,
    _MAYBE,
    _MAYBE,
)
_INPUT = _node(ast.Input, st.one_of(st.none(), _words("image x")), st.one_of(_SIZE, _EXPRESSION))
_ITEM = st.one_of(
    _STATEMENT,
    _STATEMENT,
    _STATEMENT,
    _INPUT,
    _node(ast.Output, _many(_TENSOR, 1)),
    _node(ast.Head, _words("h1 h2 x"), _GIVEN, _BODY),
    _node(ast.Expect, _many(_CLAIM)),
    _node(ast.Train, _ENTRIES),
)
_PARAMETERS = _many(_node(ast.Parameter, _VALUE, st.one_of(st.none(), _EXPRESSION)))
_ARCH_BODY = st.tuples(_INPUT, _STATEMENT, _many(_ITEM)).map(
    lambda parts: ast.Body((*parts[:2], *parts[2]), span=_NOWHERE)
)
_CELLS = _node(ast.Row, _many(_node(ast.Cell, st.sampled_from("X . 1 0 -0.5".split())), 1))
_IMPORTED = _node(ast.ImportName, _words("preact b A"), st.one_of(st.none(), _words("other b")))
_DEFINITION = st.one_of(
    _node(ast.Import, _TEXT, _many(_IMPORTED, 1)),
    _node(ast.Cite, _words("c d"), _ENTRIES),
    _node(ast.Let, _words("n k s"), _EXPRESSION),
    _node(ast.Table, _words("t n"), _many(_CELLS, 1)),
    _node(ast.Block, _words("b other"), _PARAMETERS, _BODY),
    _node(
        ast.Arch,
        _words("A B"),
        st.just(()),
        _QUOTED,
        _node(ast.Apply, _words("A N"), _GIVEN),
        st.one_of(st.none(), _node(ast.Body, _many(_node(ast.Expect, _many(_CLAIM)), 1))),
    ),
    _node(ast.Train, _ENTRIES, _words("fast"), _words("A N")),
)
_NET = _node(ast.Arch, _words("N A"), _PARAMETERS, _QUOTED, st.none(), _ARCH_BODY)


def files() -> st.SearchStrategy[ast.File]:
    """Files with everything the grammar has; few of them are sound."""
    definitions = st.tuples(_many(_DEFINITION), _NET, _many(_DEFINITION))
    return definitions.map(
        lambda parts: ast.File(_NOWHERE.source, (*parts[0], parts[1], *parts[2]))
    )


# --- networks of any wiring


@dataclass(frozen=True)
class Wired:
    """A network of any wiring, of maps of one size.

    Args:
        statements: each with `{0}`, `{1}` … where the label of that statement is written.
        heads: statements in side branches, the same way.
    """

    statements: tuple[str, ...]
    heads: tuple[str, ...] = ()

    def text(self, labels: tuple[str, ...] | None = None) -> str:
        """The whole file, with other labels if asked."""
        used = labels or tuple(f"s{place}" for place in range(len(self.statements)))
        lines = [
            f"  {{{place}}}: {line}".format(*used) for place, line in enumerate(self.statements)
        ]
        lines += [
            f'  head h{place}(loss_weight=0.3, phase="train") {{ {line.format(*used)} }}'
            for place, line in enumerate(self.heads)
        ]
        return "\n".join([UNITS, "arch Net {", "  input 4x8x8", *lines, "}", ""])


UNITS = """block unit(n) { conv(4, 1) -> relu -> repeat n { conv(4, 3, pad=1) } -> conv(4, 1) }
block residual(w) { add { | conv(w, 3, pad=1) -> bn -> relu -> conv(4, 1) | identity } -> relu }
block dense(k) { concat { | identity | conv(k, 3, pad=1) } }
block stack(n) { repeat n { dense(2) } -> conv(4, 1) }"""
_STEPS = (
    "conv(4, 3, pad=1) -> bn -> relu",
    "bn -> relu -> conv(4, 1)",
    "unit(2)",
    "residual(8)",
    "repeat 3 {{ residual(6) }}",
    "repeat 2 {{ unit(1) -> residual(4) }}",
    "stack(3)",
    "dropout(0.5)",
)


@st.composite
def wired(draw: st.DrawFn) -> Wired:
    """A network whose statements read any of those before them; a few share weights."""
    statements = ["conv(4, 1)"]
    for place in range(1, draw(st.integers(2, 7))):
        before = st.integers(0, place - 1).map(lambda number: f"@{{{number}}}")
        one, other = draw(before), draw(before)
        step = draw(st.sampled_from(_STEPS))
        merge = draw(st.sampled_from(["add", "concat"]))
        line = {
            "next": step,
            "from": f"{one} -> {step}",
            "merge": f"{merge}({one}, {other}) -> conv(4, 1)",
            "shared": f"{one} -> conv(4, 1, weights=@{{0}})",
        }[draw(st.sampled_from(["next", "from", "merge", "merge", "shared"]))]
        statements.append(line)
    read = st.integers(0, len(statements) - 1).map(lambda number: f"@{{{number}}} -> ")
    heads = st.tuples(read, st.sampled_from(_STEPS)).map("".join)
    return Wired(tuple(statements), tuple(draw(st.lists(heads, max_size=2))))
