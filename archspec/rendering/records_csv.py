"""Records of plain values as CSV."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archspec.errors import Json


def comma_separated(records: Sequence[dict[str, Json]]) -> str:
    """A header and a line for each record; what is not known stays empty.

    >>> print(comma_separated([{"path": "C1", "params": 156, "rf_y_pixels": None}]))
    path,params,rf_y_pixels
    C1,156,
    """
    if not records:
        return ""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().rstrip("\n")
