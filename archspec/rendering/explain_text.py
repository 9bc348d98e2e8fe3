"""Derivations as text: one line a term, the arithmetic and what it gives."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from archspec.analysis import arithmetic, place, show
from archspec.ops import written

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archspec.analysis import Derivation, Outcome, Report


WIDTH = 100  # characters of a line
LONGEST = 80  # characters of arithmetic on a line; a part's own can be asked for


def one_metric(report: Report, derivation: Derivation) -> str:
    """All about one number: its terms, its place in the text, the expectations about it."""
    name = ".".join(filter(None, (derivation.path, derivation.metric)))
    lines = [f"{name} = {derivation.shown}", *_aligned(_terms(derivation))]
    for line in filter(None, (derivation.remark, *derivation.notes)):
        lines += [f"  {part}" for part in wrap(line, WIDTH - 2)]
    lines += [f"  {line}" for line in _setting(report, derivation.remark)]
    lines += [f"  {_where(report, derivation.path)}"]
    lines += [f"  {outcome_line(outcome)}" for outcome in derivation.outcomes]
    return "\n".join(lines)


def _terms(derivation: Derivation) -> Iterable[tuple[str, str, str, str]]:
    """Label, arithmetic, equals sign with value, note."""
    for term in derivation.steps or derivation.terms:
        value = f"{term.amount.value:,}"
        worked_out = not term.amount.is_number
        how = _short(str(term.amount))
        yield (term.label, how, f"= {value}" if worked_out else "", term.note)


def _short(arithmetic: str) -> str:
    """The arithmetic, "" for a sum of so many layers that nobody would read it."""
    return arithmetic if len(arithmetic) <= LONGEST else ""


def _aligned(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Columns under one another, two spaces between them."""
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  "
        + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]


def all_metrics(report: Report, path: str, derivations: Iterable[Derivation]) -> str:
    """Every number of a node or group, a line each."""
    rows = []
    for derivation in derivations:
        notes = dict.fromkeys(term.note for term in derivation.terms if term.note)
        worked_out, remark = _short(arithmetic(derivation)), _short(derivation.remark)
        below = ""
        if len(worked_out) + len(remark) > LONGEST:
            below, remark = (remark, "") if derivation.metric == "rf" else ("", remark)
            worked_out = worked_out if below else ""
        how = "   ".join(filter(None, (worked_out, *notes, remark)))
        rows.append((derivation.metric, derivation.shown, how))
        rows += [("", "", below)] * bool(below)
    title = f"{path or report.graph.name}   {_where(report, path)}"
    return "\n".join([title, *_setting(report), *_aligned(rows)])


def _setting(report: Report, told: str = "") -> tuple[str, ...]:
    """What the numbers are for, as far as it was asked for and not told; a line, or none."""
    setup, entry = report.setup, report.graph.input.output
    parts = {
        f"batch {setup.batch}": setup.batch > 1,
        "training": setup.mode == "train",
        setup.dtype: setup.dtype != "float32",
        setup.optimizer: bool(setup.optimizer),
        f"input {written(entry) if entry else '?'}": report.graph.other_input,
    }
    asked = [part for part, given in parts.items() if given and part not in told]
    return (f"for {', '.join(asked)}",) if asked else ()


def markdown(report: Report, path: str, derivations: Sequence[Derivation]) -> str:
    """The same as a table for a README: a line for each term, and one for each number."""
    lines = [
        f"{path or report.graph.name}: `{_where(report, path)}`",
        *(f"\n{line}" for line in _setting(report)),
        "",
        "| metric | of | arithmetic | value |",
        "| :-- | :-- | :-- | --: |",
    ]
    for derivation in derivations:
        for term in derivation.steps or derivation.terms:
            how = "" if term.amount.is_number else _short(str(term.amount))
            told = "   ".join(filter(None, (f"`{how}`" if how else "", term.note)))
            lines.append(f"| | {term.label} | {told} | {term.amount.value:,} |")
        name, remark = derivation.metric, _short(derivation.remark)
        lines.append(f"| **{name}** | | {remark} | **{derivation.shown}** |")
    notes = [f"- {note}" for derivation in derivations for note in derivation.notes]
    return "\n".join((*lines, *([""] if notes else []), *notes))


def _where(report: Report, path: str) -> str:
    """The place in the text, and what stands there up to its shape, tags or comment."""
    span = place(report, path)
    text = span.text.partition("\n")[0].partition("=>")[0].partition("{")[0].strip()
    return f"{span}   {text}"


def outcome_line(outcome: Outcome) -> str:
    """`expected == 1_516 from lecun98 "sec. II.B": holds`."""
    spec = outcome.spec
    within = f" within {show(spec.within)}%" if spec.within is not None else ""
    source = f" from {spec.cite}" if spec.cite else ""
    where = f' "{spec.place}"' if spec.place else ""
    because = f": {spec.disputed}" if outcome.result == "disputed" and spec.disputed else ""
    value = f"{spec.comparison} {spec.written}{within}"
    off = f" ({outcome.off})" if outcome.off else ""
    return f"expected {value}{source}{where}: {outcome.result}{off}{because}"
