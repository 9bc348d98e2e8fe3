"""The zoo as a list: for people, for Markdown pages, for spreadsheets and programs."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

from archspec.ops import written

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.table import Table

    from archspec.analysis import Entry
    from archspec.errors import Json

_NUMBERS = ("params", "MACs", "depth", "rf")
_HEADER = ("name", "title", "year", *_NUMBERS, "source")
_GAP = 2  # blanks between columns
_TITLE = 24  # columns of a title at least
_MARKDOWN = "`{}`"


def by_year(entries: Iterable[Entry]) -> list[Entry]:
    """Oldest first, then by name, numbers in it as numbers; what has no year comes last."""
    return sorted(entries, key=lambda entry: (entry.year is None, entry.year or 0, _natural(entry)))


def _natural(entry: Entry) -> list[tuple[str, int]]:
    """`resnet18` before `resnet101`."""
    parts = re.findall(r"(\D*)(\d*)", entry.name)
    return [(word, int(digits or 0)) for word, digits in parts]


def table(entries: Iterable[Entry], width: int) -> Table:
    """One row a network, numbers exact; the source by its key.

    Where `width` columns are too few, first the titles are left out and then the sources.
    """
    from rich.table import Table

    made = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    rows = [(*_cells(entry), _key(entry)) for entry in entries]
    columns = _fitting(rows, width)
    for place in columns:
        right, title = _HEADER[place] in _NUMBERS, _HEADER[place] == "title"
        made.add_column(_HEADER[place], justify="right" if right else "left", no_wrap=not title)
    for row in rows:
        made.add_row(*(row[place] for place in columns))
    return made


def _fitting(rows: Sequence[tuple[str, ...]], width: int) -> list[int]:
    """The columns that stand side by side in `width`; titles may be broken."""
    needed = [max(map(len, cells)) for cells in zip(_HEADER, *rows, strict=True)]
    title = _HEADER.index("title")
    needed[title] = min(needed[title], _TITLE)
    columns = list(range(len(_HEADER)))
    for dropped in (title, _HEADER.index("source")):
        if sum(needed[place] + _GAP for place in columns) - _GAP > width:
            columns.remove(dropped)
    return columns


def markdown(entries: Iterable[Entry]) -> str:
    """A table for Markdown pages; the source as it is printed."""
    rule = ["---:" if column in _NUMBERS else "---" for column in _HEADER]
    rows = [(_MARKDOWN.format(entry.name), *_cells(entry)[1:], _place(entry)) for entry in entries]
    return "\n".join(_line(row) for row in (_HEADER, rule, *rows))


def comma_separated(entries: Iterable[Entry]) -> str:
    """Plain integers, and nothing where there is no number."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    records = [_flat(entry) for entry in entries]
    if records:
        writer.writerows([list(records[0]), *(list(record.values()) for record in records)])
    return text.getvalue().rstrip("\n")


def data(entries: Iterable[Entry]) -> list[Json]:
    """For `--format json`: integers exact, None where there is no number."""
    return [
        {
            **_record(entry),
            "rf": list(entry.rf) if entry.rf else None,
            "source": {"cite": entry.source.name, **entry.source.entries} if entry.source else None,
        }
        for entry in entries
    ]


def _flat(entry: Entry) -> dict[str, Json]:
    rows, columns = entry.rf or (None, None)
    return {
        **_record(entry),
        "rf_rows": rows,
        "rf_columns": columns,
        "cite": _key(entry),
        "source": _place(entry),
    }


def _record(entry: Entry) -> dict[str, Json]:
    return {
        "name": entry.name,
        "arch": entry.arch,
        "title": entry.title,
        "file": entry.file,
        "year": entry.year,
        "params": entry.params,
        "macs": entry.macs,
        "depth": entry.depth,
    }


def _cells(entry: Entry) -> tuple[str, ...]:
    """All but the source."""
    return (
        entry.name,
        entry.title,
        str(entry.year or ""),
        _counted(entry.params),
        _counted(entry.macs),
        str(entry.depth),
        written(entry.rf) if entry.rf else "all",
    )


def _counted(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"


def _key(entry: Entry) -> str:
    return entry.source.name if entry.source else ""


def _place(entry: Entry) -> str:
    """Where to look it up: the venue of a publication, the version of software, else the title."""
    entries = entry.source.entries if entry.source else {}
    if "venue" in entries:
        return str(entries["venue"])
    return " ".join(str(entries[key]) for key in ("title", "version") if key in entries)


def _line(cells: Sequence[str]) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"
