"""`# allow CODE: reason`: what it silences, and whether there was anything to silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.errors import CODES, OFF_BY_DEFAULT, Diagnostic, has_errors
from archspec.schema import places_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archspec.analysis.report import Report
    from archspec.errors import Diagnostics
    from archspec.schema import Allow, ArchSpec


def silence(spec: ArchSpec, found: Iterable[Diagnostic]) -> tuple[Diagnostics, Diagnostics]:
    """What is left to tell, and what the file's author allows."""
    told, silenced = list[Diagnostic](), list[Diagnostic]()
    reaches = {allow.reach for allow in spec.allows if allow.reason}  # many allows share one
    allowed = {(code, source, line) for code, source, lines in reaches for line in lines}
    codes = {code for code, _, _ in allowed}
    for hint in found:
        known = hint.severity != "error" and hint.code in codes
        silent = known and not allowed.isdisjoint(places_of(hint))
        (silenced if silent else told).append(hint)
    return tuple(told), tuple(silenced)


def idle_allows(reports: tuple[Report, ...]) -> Diagnostics:
    """W404 for each `# allow` of a file that silences nothing.

    Args:
        reports: of every arch of one file: a line may be meant for one of them only.
    """
    return tuple(_idle(reports))


def _idle(reports: tuple[Report, ...]) -> Iterator[Diagnostic]:
    broken = any(has_errors(report.diagnostics) for report in reports)
    hints = [hint for report in reports for hint in report.silenced]
    silenced = {place for hint in hints for place in places_of(hint)}
    for allow in reports[0].graph.spec.allows if reports else ():
        if allow.span.source is not reports[0].graph.spec.source:
            continue  # of an imported file, which is asked when it is checked itself
        why = _unfit(allow)
        code, source, lines = allow.reach
        needed = broken or code in OFF_BY_DEFAULT
        if why:
            yield Diagnostic("W404", why, allow.span, help="write `# allow W201: reason`")
        elif not needed and not any((code, source, line) in silenced for line in lines):
            message = f"there is no {allow.code} on this line"
            yield Diagnostic("W404", message, allow.span, help="remove the comment")


def _unfit(allow: Allow) -> str:
    """Why it could never silence anything, "" if it could."""
    if allow.code not in CODES:
        return f"there is no code `{allow.code}`"
    if allow.code[0] not in "WN":
        return f"{allow.code} is an error, and errors cannot be allowed"
    return "" if allow.reason else f"`allow {allow.code}` gives no reason"
