"""Short ways from a text to a graph or a report, and a reader of printed arithmetic."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archspec.analysis import Axis, Report, Setup, analyze, idle_allows
from archspec.errors import ArchError, Diagnostic
from archspec.graph import Graph, build, read_graphs, resolve
from archspec.ops import Io, Shape
from archspec.schema import ArchSpec, Target, elaborate
from archspec.source import Source
from archspec.syntax import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archspec.ops import Op


def evenly(size: int, jump: int, start: int) -> Axis:
    """What outputs see that all see as much, evenly apart."""
    return Axis(((start, start + size - 1),), jump)


def arch(*statements: str, x: str = "1x32x32", above: str = "") -> str:
    """The text of an arch over an input of shape `x`, one statement a line from line 3 on.

    `above` stands at the end of line 1, so that line numbers stay the same.
    """
    body = "".join(f"  {line}\n" for line in statements)
    return f"{above}\narch Net {{ input {x}\n{body}}}\n"


def spec_of(text: str, name: str = "net.arch") -> ArchSpec:
    """The elaborated architecture of a text."""
    return elaborate(parse(Source(name, text)))


def graph_of(text: str, input_shape: Shape | None = None) -> Graph:
    """The resolved graph of a text."""
    return resolve(build(spec_of(text)), input_shape)


def report_of(text: str, setup: Setup | None = None) -> Report:
    """The report of a text."""
    return analyze(graph_of(text), setup)


def net(*statements: str, x: str = "1x32x32", above: str = "") -> Report:
    """The report of an arch with these statements, which has to be without errors."""
    report = report_of(arch(*statements, x=x, above=above))
    wrong = [found for found in report.diagnostics if found.severity == "error"]
    assert not wrong, wrong
    return report


def diagnose(target: Target, *more: str) -> tuple[Diagnostic, ...]:
    """Every diagnostic of every arch of a target, each once, in the order they were found.

    `more` are codes of hints that are off by default.
    """
    try:
        reports = tuple(analyze(graph, more=more) for graph in read_graphs(target))
    except ArchError as error:
        return error.diagnostics
    found = list(idle_allows(reports))
    for report in reports:
        found += [item for item in report.diagnostics if item not in found]
    return tuple(found)


def check(text: str) -> tuple[Diagnostic, ...]:
    """Every diagnostic of a text."""
    return diagnose(Target(Source("net.arch", text), None))


def places(found: Sequence[Diagnostic]) -> list[str]:
    """`E201 3:7` for each diagnostic."""
    return [f"{item.code} {place(item)}" for item in found]


def place(item: Diagnostic) -> str:
    """Line and column, `-` without."""
    if item.primary is None:
        return "-"
    return f"{item.primary.location.line}:{item.primary.location.column}"


def io_of(op: Op, *inputs: Shape) -> Io:
    """An operator's inputs with the output it infers."""
    return Io(inputs, op.output(*inputs))


# --- printed arithmetic -------------------------------------------------------------------------

_TOKEN = re.compile(r"\s*(\d[\d,]*|floor|ceil|[-+*/()])")


def calculate(text: str) -> int:
    """The value of printed arithmetic such as `floor((32 + 0 - 5) / 2) + 1`.

    Numbers with separators, + - *, floor( / ), ceil( / ) and parentheses; nothing else.
    """
    tokens = _TOKEN.findall(text)
    assert "".join(tokens) == text.replace(" ", ""), f"unreadable arithmetic: {text}"
    value = _sum(tokens)
    assert not tokens, f"left over in {text}: {tokens}"
    return value


def _sum(tokens: list[str]) -> int:
    sign = -1 if tokens[0] == "-" and tokens.pop(0) else 1
    value = sign * _product(tokens)
    while tokens and tokens[0] in "+-":
        sign = 1 if tokens.pop(0) == "+" else -1
        value += sign * _product(tokens)
    return value


def _product(tokens: list[str]) -> int:
    value = _atom(tokens)
    while tokens and tokens[0] == "*":
        tokens.pop(0)
        value *= _atom(tokens)
    return value


def _atom(tokens: list[str]) -> int:
    token = tokens.pop(0)
    if token in ("floor", "ceil"):
        assert tokens.pop(0) == "("
        above = _product(tokens)
        assert tokens.pop(0) == "/"
        below = _atom(tokens)
        assert tokens.pop(0) == ")"
        return above // below if token == "floor" else -(-above // below)
    if token == "(":
        value = _sum(tokens)
        assert tokens.pop(0) == ")"
        return value
    return int(token.replace(",", ""))
