"""The page of an operator: its call, its arguments, and what its class says of it."""

from __future__ import annotations

import inspect
import re
import textwrap
from dataclasses import dataclass

from archspec.ops import BY_NAME
from archspec.schema import parameters, signature

_SECTION = re.compile(r"^(Shape|Parameters|MACs|Source):$", re.MULTILINE)
_WIDTH = 98


@dataclass(frozen=True, slots=True)
class _Page:
    """What there is to say.

    Args:
        call: how it is written, with the defaults.
        about: paragraphs, the first one what it makes.
        arguments: each as written, and what it is for and takes.
        facts: shape, parameters, MACs and source, by title.
    """

    call: str
    about: list[str]
    arguments: list[tuple[str, str]]
    facts: list[tuple[str, str]]


def _page(name: str) -> _Page:
    model = BY_NAME[name]
    about, *sections = _SECTION.split(inspect.getdoc(model) or "")
    return _Page(
        signature(name, model),
        [" ".join(text.split()) for text in about.strip().split("\n\n")],
        [(call, f"{use} ({takes})") for call, use, takes in parameters(model)],
        [
            (title, " ".join(text.split()))
            for title, text in zip(sections[::2], sections[1::2], strict=True)
        ],
    )


def operator_page(name: str) -> str:
    """The page of an operator, as Markdown.

    Args:
        name: what a spec calls it, such as `conv`.

    Raises:
        KeyError: if there is no such operator.

    >>> print(operator_page("global_avgpool").partition("- Shape")[0])
    ## global_avgpool
    <BLANKLINE>
    `global_avgpool(keep=false)`
    <BLANKLINE>
    The mean of each map.
    <BLANKLINE>
    - `keep=false`: whether the output stays a map of 1x1 (true or false)
    <BLANKLINE>
    """
    page = _page(name)
    arguments = [f"- `{call}`: {use}" for call, use in page.arguments]
    facts = [f"- {title}: {_literal(text)}" for title, text in page.facts]
    parts = [f"## {name}", f"`{page.call}`", *map(_literal, page.about)]
    return "\n\n".join([*parts, "\n".join([*arguments, *facts])])


def plain_operator(name: str) -> str:
    """The page for a terminal, at most 98 columns wide.

    Raises:
        KeyError: if there is no such operator.

    >>> print(plain_operator("add"))
    add()
      The sum of its inputs.
    <BLANKLINE>
      Shape       the one they share.
      Parameters  none.
      MACs        none: for m inputs m - 1 additions an element.
      Source      He et al. 2015, sec. 3.2 (shortcut connections).
    """
    page = _page(name)
    lines = [textwrap.fill(page.call, _WIDTH, subsequent_indent=" " * (len(name) + 1))]
    for text in page.about:
        indent = "  "
        lines += [textwrap.fill(text, _WIDTH, initial_indent=indent, subsequent_indent=indent), ""]
    for entries in filter(None, (page.arguments, page.facts)):
        column = max(len(first) for first, _ in entries) + 4
        lines += [_entry(first, text, column) for first, text in entries]
        lines.append("")
    return "\n".join(lines).rstrip()


def _entry(first: str, text: str, column: int) -> str:
    indent = " " * column
    return textwrap.fill(f"  {first}".ljust(column) + text, _WIDTH, subsequent_indent=indent)


def _literal(text: str) -> str:
    """Prose whose stars are products, not emphasis."""
    return text.replace("*", "\\*")
