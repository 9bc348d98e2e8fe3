"""A difference as plain data for programs: the `data` of `archspec diff --format json`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from archspec.analysis import InputRange, causes
from archspec.rendering.report_json import plain

if TYPE_CHECKING:
    from archspec.analysis import Argument, Cause, Change, Diff, Total
    from archspec.errors import Json


def diff_data(difference: Diff) -> dict[str, Json]:
    """The whole difference; integers exact, keys in the order of the schema.

    `from` is None for what was added, `to` for what was removed; `causes` gathers the changes
    that are no effects, one element for all places alike.
    """
    return {
        "old": difference.old.graph.name,
        "new": difference.new.graph.name,
        "equal": difference.is_empty,
        "settings": [
            {"name": item.name, "old": plain(item.old), "new": plain(item.new)}
            for item in difference.settings
        ],
        "causes": [_cause(item) for item in causes(difference)],
        "changes": [_change(change) for change in difference.changes],
        "totals": {total.metric: _total(total) for total in difference.totals},
    }


def _cause(cause: Cause) -> dict[str, Json]:
    return {
        "places": list(cause.places),
        "parts": [
            {
                "name": part.name,
                "kind": part.changes[0].kind,
                "paths": [c.path for c in part.changes],
            }
            for part in cause.parts
        ],
    }


def _change(change: Change) -> dict[str, Json]:
    gone, come = change.inputs
    return {
        "kind": change.kind,
        "from": change.old_path or None,
        "to": change.new_path or None,
        "old_ops": [node.op.name for node in change.old],
        "new_ops": [node.op.name for node in change.new],
        "arguments": [_argument(item) for item in change.arguments],
        "no_longer_reads": list(gone),
        "reads": list(come),
        "numbers": [
            {"metric": item.metric, "old": plain(item.old), "new": plain(item.new)}
            for item in change.numbers
        ],
    }


def _argument(item: Argument) -> dict[str, Json]:
    return {"name": item.name, "old": plain(item.old), "new": plain(item.new)}


def _total(total: Total) -> dict[str, Json]:
    return {"unit": total.unit, "old": _value(total.old), "new": _value(total.new)}


def _value(value: object) -> Json:
    """A number, a shape, or the admissible sides of both axes."""
    if not isinstance(value, InputRange):
        return plain(value)
    axes: dict[str, Json] = {
        name: {key: plain(item) for key, item in asdict(axis).items()}
        for name, axis in (("height", value.height), ("width", value.width))
    }
    return axes
