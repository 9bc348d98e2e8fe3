"""The pages that explain each code: Markdown files beside this one, shown as they are."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent / "codes"
_INDENT = "  "  # of examples on a terminal


def code_page(code: str) -> str:
    """The page of a code, as Markdown.

    >>> code_page("E301").splitlines()[0]
    '# E301: inputs of a merge disagree in height and width'
    """
    return (_FOLDER / f"{code}.md").read_text(encoding="utf-8")


def plain_page(code: str) -> str:
    """The page for a terminal: without marks, examples set in.

    >>> plain_page("E301").splitlines()[0]
    'E301: inputs of a merge disagree in height and width'
    """
    lines, example = list[str](), False
    for line in code_page(code).removeprefix("# ").splitlines():
        if line.startswith("```"):
            example = not example
        else:
            lines.append(f"{_INDENT}{line}".rstrip() if example else line)
    return "\n".join(lines)
