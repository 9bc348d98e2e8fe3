"""What the tests of the tutorial share: its pages, and its files as a reader would make them."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from tests.docs.blocks import Block, answer, blocks, exchanges, matches

if TYPE_CHECKING:
    from pathlib import Path

PAGES = ("docs/tutorial.md", "docs/tutorial.ko.md")


def halves(page: str) -> tuple[list[Block], list[Block]]:
    """The blocks before the first that trains, which need no torch, and the others."""
    steps = blocks(page)
    before = list(takewhile(lambda block: "$ archspec train" not in block.body, steps))
    return before, steps[len(before) :]


def follow(steps: list[Block], folder: Path) -> int:
    """Type every command and make every edit; how many commands answered as shown."""
    answered = 0
    for block in steps:
        if block.language != "console":
            edit(block, folder)
            continue
        for command, expected in exchanges(block.body):
            printed = answer(command, folder)
            assert matches(expected, printed), f"$ {command}\n{printed}"
            answered += 1
    return answered


def edit(block: Block, folder: Path) -> None:
    """Do to the reader's files what the block says: write one, change `my.arch`, or compare."""
    if block.language == "diff":
        change(folder / "my.arch", block.body)
    elif block.kind == "file":
        (folder / str(block.name)).write_text(block.body, encoding="utf-8")
    else:
        assert block.body == (folder / str(block.name)).read_text(encoding="utf-8")


def change(file: Path, diff: str) -> None:
    lines = diff.splitlines(keepends=True)
    old = "".join(line[1:] for line in lines if line[0] in " -")
    new = "".join(line[1:] for line in lines if line[0] in " +")
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"this stands in the file once:\n{old}"
    file.write_text(text.replace(old, new), encoding="utf-8")
