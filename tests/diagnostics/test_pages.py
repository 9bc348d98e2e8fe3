"""The page of each code: there is one, its wrong example has that code, its right one nothing."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from archspec.errors import CODES, Diagnostic, in_order
from archspec.rendering.code_pages import code_page, plain_page
from archspec.schema import find
from tests.helpers import diagnose

FOLDER = Path(plain_page.__code__.co_filename).parent / "codes"
PAGES = sorted(FOLDER.glob("*.md"))
FENCE = re.compile(r"^(?P<intro>[^\n]*):\n\n```arch\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
INTRO = re.compile(r"(?P<word>Wrong|Right|With)(?:,? `(?P<file>\w+\.arch)`)?")
# Found by reading files, drawing, compiling, training: no spec alone is wrong.
WITHOUT = set("E001 E002 E003 E004 E006 E007 E603 E604 E701 E702 T001 T002 X002 W701".split())


@dataclass(frozen=True)
class Example:
    """A fenced spec of a page, and what the words before it say of it."""

    word: str
    file: str
    text: str


def examples(code: str) -> list[Example]:
    page = code_page(code)
    found = []
    for fence in FENCE.finditer(page):
        intro = INTRO.fullmatch(fence["intro"])
        assert intro, f"{code}: an example is introduced by {fence['intro']}"
        found.append(Example(intro["word"], intro["file"] or "net.arch", fence["body"]))
    assert len(found) == page.count("\n```") / 2, f"{code}: a fence was not understood"
    return found


def check(code: str, word: str, folder: Path) -> list[Diagnostic]:
    """What is wrong with the example called `word`, its other files beside it, in order."""
    chosen = [example for example in examples(code) if example.word in (word, "With")]
    for example in chosen:
        (folder / example.file).write_text(example.text, encoding="utf-8")
    return list(in_order(diagnose(find(str(folder / chosen[-1].file)), code)))


def test_every_code_has_a_page_and_every_page_a_code():
    assert {page.stem for page in PAGES} == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_page_has_its_title_a_paragraph_examples_and_advice(code: str):
    title, paragraph, *_, advice = code_page(code).rstrip("\n").split("\n\n")
    assert title == f"# {code}: {CODES[code]}"
    assert paragraph[0].isupper() or paragraph[0] in "`<"
    assert paragraph.endswith(".")
    assert advice.startswith("What to do: ")
    assert [e.word for e in examples(code) if e.word != "With"] == (
        [] if code in WITHOUT else ["Wrong", "Right"]
    )
    assert ("There is no example: " in code_page(code)) == (code in WITHOUT)


@pytest.mark.parametrize("code", sorted(set(CODES) - WITHOUT))
def test_the_wrong_example_has_this_code_and_no_other(code: str, tmp_path: Path):
    assert {found.code for found in check(code, "Wrong", tmp_path)} == {code}


@pytest.mark.parametrize("code", sorted(set(CODES) - WITHOUT))
def test_the_right_example_is_clean(code: str, tmp_path: Path):
    assert check(code, "Right", tmp_path) == []


def test_a_page_is_as_wide_as_a_terminal_and_shows_no_marks():
    for code in CODES:
        lines = plain_page(code).splitlines()
        assert max(map(len, lines)) <= 100, code
        assert not [line for line in lines if line.startswith(("#", "```"))], code


# --- archspec explain CODE ----------------------------------------------------------------------


def explain(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    from archspec.cli.main import main

    with pytest.raises(SystemExit) as stopped:
        main(["explain", *arguments])
    printed = capsys.readouterr()
    return int(str(stopped.value.code)), printed.out, printed.err


@pytest.mark.parametrize("written", ["E301", "e301"])
def test_explain_prints_the_page(written: str, capsys: pytest.CaptureFixture[str]):
    assert explain(capsys, written) == (0, plain_page("E301") + "\n", "")


def test_explain_gives_the_page_as_data(capsys: pytest.CaptureFixture[str]):
    code, out, _ = explain(capsys, "w201", "--json")
    assert (code, json.loads(out)["data"]) == (
        0,
        {
            "code": {"code": "W201", "severity": "warning", "title": "stride does not tile"},
            "page": code_page("W201"),
        },
    )


@pytest.mark.parametrize(
    ("written", "hint"), [("E399", " Did you mean E309 or E299?"), ("Q000", "")]
)
def test_explain_knows_no_other_code(written: str, hint: str, capsys: pytest.CaptureFixture[str]):
    code, out, err = explain(capsys, written)
    assert (code, out) == (2, "")
    assert err.splitlines()[0] == f"error: there is no code `{written}`.{hint}"
