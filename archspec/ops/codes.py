"""Output codes for `rbf`: the shipped set, and tables of a spec."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archspec.ops.fields import Table

# Ten digits of 12 rows, drawn for archspec: one byte a row, the low 7 bits, 1 = ink. Any two
# differ in at least 14 of the 84 elements. The 1998 paper's own bitmaps are not reproduced.
DIGITS_7X12 = (
    "1c362263636363636322361c",
    "0c1c3c0c0c0c0c0c0c0c0c3f",
    "3e63410103060c183060607f",
    "7f03060c1e0301010141633e",
    "060e1e163626667f7f060606",
    "7f6060607e0301010141633e",
    "0e183020607e63616121331e",
    "7f7f030206040c0c18181818",
    "3e634141633e63414141633e",
    "3c66424343633f0302060c38",
)


@dataclass(frozen=True)
class CodeSet:
    """Codes of equal length, one a class, each element -1 or +1."""

    name: str
    codes: tuple[tuple[int, ...], ...]

    @property
    def size(self) -> int:
        """Number of classes."""
        return len(self.codes)

    @property
    def length(self) -> int:
        """Elements of one code."""
        return len(self.codes[0])


def _bitmap(rows: str, width: int) -> tuple[int, ...]:
    """The elements of a drawing, row by row: ink is +1, paper -1."""
    return tuple(
        2 * (row >> (width - 1 - column) & 1) - 1
        for row in bytes.fromhex(rows)
        for column in range(width)
    )


CODE_SETS: Mapping[str, CodeSet] = {
    "digits_7x12": CodeSet("digits_7x12", tuple(_bitmap(rows, 7) for rows in DIGITS_7X12)),
}


def code_set(prototypes: str | Table) -> CodeSet:
    """The codes of that name, or of a table: one row a class, X for +1 and . for -1."""
    if isinstance(prototypes, str):
        return CODE_SETS[prototypes]
    rows = tuple(tuple(1 if cell else -1 for cell in row) for row in prototypes.rows)
    return CodeSet(prototypes.name, rows)
