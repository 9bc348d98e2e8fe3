"""The arithmetic that is printed gives the number that is printed, for every metric and node."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.analysis import METRICS, Setup
from archspec.ops import BY_NAME, Expr, Term, product, total
from tests.helpers import arch, calculate, graph_of, report_of
from tests.strategies import chains

if TYPE_CHECKING:
    from archspec.ops import Mode
    from tests.strategies import Chain

NUMBERS = st.integers(-50, 5_000)


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> Expr:
    kind = draw(st.sampled_from(["number"] if depth == 0 else ["number", *"+-*t", "floor", "ceil"]))
    if kind == "number":
        return Expr(draw(NUMBERS))
    if kind == "t":
        return product(*draw(st.lists(st.integers(0, 99), min_size=1, max_size=3)))
    left = draw(expressions(depth=depth - 1))
    if kind in ("floor", "ceil"):
        below = draw(st.integers(1, 9))
        return left // below if kind == "floor" else left.ceildiv(below)
    right = draw(expressions(depth=depth - 1))
    return {"+": left + right, "-": left - right, "*": left * right}[kind]


def unsigned(expression: Expr) -> bool:
    """Whether no written number is negative: specs never give any, and `3 - -2` is not readable."""
    if expression.left is None or expression.right is None:
        return expression.value >= 0
    return unsigned(expression.left) and unsigned(expression.right)


@given(expressions().filter(unsigned))
def test_any_expression_reads_back_as_its_value(expression: Expr):
    assert calculate(str(expression)) == expression.value


@pytest.mark.parametrize(
    ("expression", "text", "value"),
    [
        (Expr(1234567), "1,234,567", 1_234_567),
        ((Expr(32) + 0 + 0 - 5) // 2 + 1, "floor((32 + 0 + 0 - 5) / 2) + 1", 14),
        ((Expr(2) - 3) // 2 + 1, "floor((2 - 3) / 2) + 1", 0),
        ((Expr(7)).ceildiv(2), "ceil(7 / 2)", 4),
        (Expr(9) - (Expr(4) - 1), "9 - (4 - 1)", 6),
        (Expr(9) - (Expr(4) + 1), "9 - (4 + 1)", 4),
        ((Expr(2) + 3) * (Expr(4) + 5), "(2 + 3) * (4 + 5)", 45),
        (product(5, 5, 1) * 6, "5*5*1 * 6", 150),
        (Expr(60) * product(5, 5) + 16, "60 * 5*5 + 16", 1_516),
        (Expr(-3) + 5, "-3 + 5", 2),
        (Expr(100) // (Expr(2) * 3), "floor(100 / (2 * 3))", 16),
    ],
)
def test_notation(expression: Expr, text: str, value: int):
    assert (str(expression), expression.value) == (text, value)
    assert calculate(text) == value


def test_total_of_nothing_is_zero():
    assert total(()) == 0
    assert total((Term("a", Expr(2)), Term("b", Expr(3) * 4))) == 14


@settings(max_examples=60, deadline=None)
@given(chains(), st.sampled_from([1, 2, 32]), st.sampled_from(["eval", "train"]))
def test_every_term_of_every_metric_of_every_node(chain: Chain, batch: int, mode: Mode):
    report = report_of(chain.text(), Setup(batch=batch, mode=mode))
    for path, node in report.graph.nodes.items():
        for metric in METRICS:
            terms = metric.derive(node, node.io, report.setup)
            printed = sum(calculate(str(term.amount)) for term in terms)
            assert printed == total(terms) == report.number(path, metric.name), (path, metric.name)
        sides = node.op.shape_terms(*node.io.inputs)
        assert tuple(calculate(str(term.amount)) for term in sides) == node.output, path


@settings(max_examples=60, deadline=None)
@given(chains())
def test_no_term_is_a_label_without_an_amount(chain: Chain):
    graph = graph_of(chain.text())
    for node in graph.nodes.values():
        for terms in (node.op.weights(node.io), node.op.biases(node.io)):
            assert all(term.label and term.amount.value > 0 for term in terms)


def test_table_terms_say_how_the_links_add_up():
    table = "table t {\n  X . X X\n  . X X X\n  . . . X\n}"
    graph = graph_of(arch("conv(4, 3, table=t)", x="3x8x7", above=table))
    (term,) = graph["conv"].op.weights(graph["conv"].io)
    assert term.note == "7 = 2*1 + 1*2 + 1*3 links of table t"
    assert str(term.amount) == "7 * 3*3"


def test_the_random_chains_reach_every_operator_that_needs_no_codes():
    seen: set[str] = set()

    @settings(max_examples=600, database=None, derandomize=True, deadline=None)
    @given(chains())
    def collect(chain: Chain):
        seen.update(call.partition("(")[0] for calls in chain.statements for call in calls)

    collect()
    chained = {name for name, op in BY_NAME.items() if not op.merges}
    assert seen == chained - {"input", "rbf"}
