"""The page of the operators says what their classes say."""

import importlib.util
from pathlib import Path

import pytest

from archspec.ops import OPS
from archspec.rendering import operator_page, plain_operator
from archspec.schema import parameters

TOOL = Path(__file__).parents[2] / "tools" / "operator_pages.py"
NAMES = [op.name for op in OPS]


def test_page_is_current() -> None:
    spec = importlib.util.spec_from_file_location("operator_pages", TOOL)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.PAGE.read_text(encoding="utf-8") == tool.text(), "run `make readme`"


@pytest.mark.parametrize("op", OPS, ids=NAMES)
def test_every_argument_says_what_it_is_for_and_takes(op: type) -> None:
    assert all(use and takes not in ("", "a value") for _, use, takes in parameters(op))


@pytest.mark.parametrize("name", NAMES)
def test_page_has_every_argument_and_fact(name: str) -> None:
    page = operator_page(name)
    model = dict(zip(NAMES, OPS, strict=True))[name]
    assert [call for call, _, _ in parameters(model) if f"- `{call}`: " not in page] == []
    assert [f for f in ("Shape", "Parameters", "MACs", "Source") if f"- {f}: " not in page] == []


@pytest.mark.parametrize("name", NAMES)
def test_terminal_page_is_narrow_and_says_the_same(name: str) -> None:
    plain = plain_operator(name)
    assert max(map(len, plain.splitlines())) <= 98
    assert plain.split() == _unmarked(operator_page(name)).split()


def _unmarked(page: str) -> str:
    """The words of a page in Markdown, without its marks."""
    lines = page.splitlines()[2:]
    return "\n".join(_bare(line) for line in lines).replace("\\*", "*")


def _bare(line: str) -> str:
    if line.startswith("- `"):
        return line.removeprefix("- `").replace("`: ", " ", 1)
    if line.startswith("- "):
        return line.removeprefix("- ").replace(": ", " ", 1)
    return line[1:-1] if line.startswith("`") and line.endswith(")`") else line
