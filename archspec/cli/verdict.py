"""What `check` has to say of an architecture in one line: counts, and the words for them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archspec.analysis import Report
    from archspec.errors import Diagnostic, Json


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of an architecture, or of several together.

    Args:
        errors: that are shown.
        warnings: that are shown.
        ignored: errors that `--select` or `--ignore` leaves out.
        holds: expectations that hold.
        papers: of these, those that rest on a paper.
        software: those that rest on software in a version.
        derived: those worked out from the definition.
        disputed: expectations that do not hold and were not supposed to.
        skipped: expectations whose number is not known.
    """

    errors: int = 0
    warnings: int = 0
    ignored: int = 0
    holds: int = 0
    papers: int = 0
    software: int = 0
    derived: int = 0
    disputed: int = 0
    skipped: int = 0

    def __add__(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(
            *(getattr(self, each.name) + getattr(other, each.name) for each in fields(self))
        )


def tally(report: Report, shown: Iterable[Diagnostic], ignored: int = 0) -> Tally:
    """The counts of one report.

    Args:
        report: of the architecture.
        shown: its diagnostics without those left out.
        ignored: how many errors were left out.
    """
    from archspec.analysis import source_kind

    severities = [found.severity for found in shown]
    results = [outcome.result for outcome in report.outcomes]
    held = [outcome.spec for outcome in report.outcomes if outcome.result == "holds"]
    kinds = [source_kind(spec, report.graph.spec.cites) for spec in held]
    return Tally(
        errors=severities.count("error"),
        warnings=severities.count("warning"),
        ignored=ignored,
        holds=len(held),
        papers=kinds.count("paper"),
        software=kinds.count("software"),
        derived=kinds.count("derived"),
        disputed=results.count("disputed"),
        skipped=results.count("skipped"),
    )


def verdict(counts: Tally) -> str:
    """`ok   6 expectations hold (3 papers, 1 software, 2 derived)`, or how much is wrong."""
    left_out = f"   {counted(counts.ignored, 'error')} ignored" if counts.ignored else ""
    if counts.errors or counts.warnings:
        wrong = f"{counted(counts.errors, 'error')}, {counted(counts.warnings, 'warning')}"
        return f"{wrong}{left_out}"
    known = expectations(counts)
    return f"ok{f'   {known}' if known else ''}{left_out}"


def expectations(counts: Tally) -> str:
    """`6 expectations hold (3 papers, 1 software, 2 derived)`; "" where there are none."""
    parts = []
    if counts.holds:
        kinds = (
            counted(counts.papers, "paper") if counts.papers else "",
            f"{counts.software:,} software" if counts.software else "",
            f"{counts.derived:,} derived" if counts.derived else "",
        )
        listed = ", ".join(filter(None, kinds))
        noun = "expectation holds" if counts.holds == 1 else "expectations hold"
        parts.append(f"{counts.holds:,} {noun}" + (f" ({listed})" if listed else ""))
    parts += [f"{counts.disputed:,} disputed"] if counts.disputed else []
    parts += [f"{counts.skipped:,} skipped"] if counts.skipped else []
    return ", ".join(parts)


def counted(number: int, word: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def as_data(counts: Tally) -> dict[str, Json]:
    """The counts by name."""
    return {each.name: getattr(counts, each.name) for each in fields(counts)}
