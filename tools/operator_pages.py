"""Write the page of every operator into docs/operators.md; a test holds it to the classes.

python tools/operator_pages.py
"""

from __future__ import annotations

from pathlib import Path

from archspec.ops import OPS
from archspec.rendering import operator_page

PAGE = Path(__file__).resolve().parents[1] / "docs" / "operators.md"
_HEAD = """\
# Operators

Every operator of the language: how it is called, what its arguments are for, and what it costs.
`archspec explain NAME` prints the same on the terminal. How numbers are counted stands in
[analyze](analyze.md), how calls are written in the [language reference](language.md#operators).

An input map is CxHxW (maps, height, width), an output map c x P x Q. A vector has I units. What
has no default must be given.
"""


def text() -> str:
    """The whole page."""
    pages = [operator_page(op.name) for op in OPS if op.name != "input"]
    return "\n".join([_HEAD, "\n\n".join(pages)]) + "\n"


def main() -> None:
    """Rewrite the page if it has changed, and say so."""
    new = text()
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != new:
        PAGE.write_text(new, encoding="utf-8", newline="\n")
        print(f"rewrote docs/{PAGE.name}")


if __name__ == "__main__":
    main()
