"""Write the table of the zoo anew, between its marks in the given Markdown pages.

    python tools/zoo_readme.py README.md README.ko.md

The table is what `archspec zoo --format md` prints; a test holds the pages to it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from archspec.analysis import zoo_entries
from archspec.rendering import zoo_list

START = "<!-- archspec zoo --format md: written by `make readme` -->"
END = "<!-- end of archspec zoo -->"


def around(page: str) -> tuple[str, str]:
    """What stands before and after the table. Raises ValueError: no marks, or several."""
    if page.count(START) != 1 or page.count(END) != 1 or page.index(START) > page.index(END):
        raise ValueError(f"a page has one {START} and then one {END}")
    before, _, rest = page.partition(START)
    return before + START, END + rest.partition(END)[2]


def main() -> None:
    """Read the command line, rewrite the pages, name those that changed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pages", type=Path, nargs="+")
    old = {path: path.read_text(encoding="utf-8") for path in parser.parse_args().pages}
    places = {path: around(text) for path, text in old.items()}
    table = zoo_list.markdown(zoo_list.by_year(zoo_entries()))
    for path, (before, after) in places.items():
        new = f"{before}\n\n{table}\n\n{after}"
        if new != old[path]:
            path.write_text(new, encoding="utf-8", newline="\n")
            print(f"rewrote {path}")


if __name__ == "__main__":
    main()
