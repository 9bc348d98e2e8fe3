"""Diagnostics as SARIF 2.1.0, which code hosts and editors read. A pure function."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from archspec.errors import CODES, Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archspec.errors import Edit, Json
    from archspec.source import Span

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def sarif_log(diagnostics: Iterable[Diagnostic], version: str) -> str:
    """One run of the checker.

    Args:
        diagnostics: in the order to tell them.
        version: of archspec.

    >>> log = json.loads(sarif_log([Diagnostic("E001", "`a.arch` does not exist")], "1.0"))
    >>> [result["level"] for result in log["runs"][0]["results"]]
    ['error']
    """
    found = tuple(diagnostics)
    codes = sorted({item.code for item in found})
    rules: list[Json] = [
        {
            "id": code,
            "shortDescription": {"text": CODES[code]},
            "help": {"text": f"archspec explain {code}"},
            "defaultConfiguration": {"level": Diagnostic(code, "").severity},
        }
        for code in codes
    ]
    driver: Json = {"name": "archspec", "version": version, "rules": rules}
    run: Json = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(item, codes.index(item.code)) for item in found],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _result(item: Diagnostic, rule: int) -> Json:
    words = "\n".join([item.message, *item.notes, *([f"help: {item.help}"] if item.help else [])])
    result: dict[str, Json] = {
        "ruleId": item.code,
        "ruleIndex": rule,
        "level": item.severity,
        "message": {"text": words},
    }
    if item.primary:
        result["locations"] = [{"physicalLocation": _place(item.primary)}]
    others = [(label.span, label.text) for label in item.labels]
    others += [(frame.span, f"in `{frame.call}`") for frame in item.chain]
    if others:  # none of them twice
        result["relatedLocations"] = [
            {"physicalLocation": _place(span), "message": {"text": text}}
            for span, text in dict.fromkeys(others)
        ]
    if item.fix:
        changes: list[Json] = [_change(edit) for edit in item.fix.edits]
        result["fixes"] = [{"artifactChanges": changes}]
    return result


def _change(edit: Edit) -> Json:
    replacement: Json = {
        "deletedRegion": _region(edit.span),
        "insertedContent": {"text": edit.text},
    }
    return {"artifactLocation": _file(edit.span), "replacements": [replacement]}


def _place(span: Span) -> Json:
    return {"artifactLocation": _file(span), "region": _region(span)}


def _file(span: Span) -> Json:
    return {"uri": quote(span.source.name.replace("\\", "/"))}


def _region(span: Span) -> Json:
    """Lines and columns from 1; the last column is excluded."""
    start, end = span.location, span.end_location
    return {
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    }
