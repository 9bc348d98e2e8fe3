"""Specs with mistakes: every diagnostic, its place, its words, and how it looks to a reader.

A case of `CODE_name.arch` states all its diagnostics where they are: `#~ CODE from..to words`,
columns from 1, the end excluded, the words anywhere in what the reader sees. Where no comment
can stand, the first lines say `#~ file CODE line:column`, or `-` for no place. Cases are divided
by a line `# ---`; what they import is in `imported/`. `CODE_name.txt` is what a reader sees,
`CODE_name.json` what a program reads; see `--update-goldens`.
"""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from archspec.errors import CODES, ArchError, Diagnostic
from archspec.rendering.diagnostics import as_json, human
from archspec.rendering.mend import mended, safe_fixes
from archspec.schema import Target, find
from archspec.source import Source
from tests.helpers import diagnose, place

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).parent
FILES = sorted(FOLDER.glob("*.arch"))
PACKAGE = Path(find.__code__.co_filename).parents[1]
_HERE = re.compile(r"#~ (\w+) (\d+)\.\.(\d+)([^#\n]*)")
_FILE = re.compile(r"#~ file (\w+) (\S+)([^#\n]*)")


@dataclass(frozen=True)
class Marker:
    """A diagnostic as stated: its code, its place, words the reader sees."""

    code: str
    place: str
    words: str


def found_in(source: Source) -> tuple[Diagnostic, ...]:
    """What is wrong with a case; the code that names its file is looked for in any case."""
    return diagnose(Target(source, None), source.name.partition("_")[0])


def cases(file: Path) -> list[Source]:
    texts = re.split(r"^# ---\n", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [Source(file.name, text, file) for text in texts]


def markers(source: Source) -> list[Marker]:
    found = [Marker(code, at, words.strip()) for code, at, words in _FILE.findall(source.text)]
    for number, line in enumerate(source.text.splitlines(), start=1):
        for code, start, end, words in _HERE.findall(line):
            found.append(Marker(code, f"{number}:{start}..{end}", words.strip()))
    return found


def range_of(found: Diagnostic) -> str:
    """`line:from..to`; a span over several lines ends with its first."""
    if found.primary is None:
        return "-"
    start, end = found.primary.location, found.primary.end_location
    last = len(found.primary.source.line(start.line)) + 1 if end.line > start.line else end.column
    return f"{start.line}:{start.column}..{last}"


def seen(found: Diagnostic) -> str:
    """Everything a reader is told."""
    parts = [found.message, found.text, *found.notes, found.help or ""]
    return "\n".join(parts + [label.text for label in found.labels])


def meets(found: Diagnostic, marker: Marker) -> bool:
    at = (range_of(found), place(found))
    return found.code == marker.code and marker.place in at and marker.words in seen(found)


def differences(source: Source) -> list[str]:
    """Diagnostics that no marker states, and markers that no diagnostic meets."""
    found = list(found_in(source))
    wrong = []
    for marker in markers(source):
        met = next((item for item in found if meets(item, marker)), None)
        if met is None:
            wrong.append(f"not found: {marker}")
        else:
            found.remove(met)
    return wrong + [f"not stated: {item.code} {range_of(item)} {seen(item)}" for item in found]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_case_has_exactly_the_diagnostics_it_states(file: Path):
    assert [differences(case) for case in cases(file)] == [[] for _ in cases(file)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_the_reader_sees(file: Path, golden: Callable[[Path, str], None]):
    texts = [human(found_in(case), width=100) for case in cases(file)]
    golden(file.with_suffix(".txt"), "\n\n# ---\n\n".join(texts) + "\n")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_a_program_reads(file: Path, golden: Callable[[Path, str], None]):
    found = [[as_json(item) for item in found_in(case)] for case in cases(file)]
    golden(file.with_suffix(".json"), json.dumps(found, indent=1, ensure_ascii=False) + "\n")


def has_safe_fix(case: Source) -> bool:
    return bool(safe_fixes(case, found_in(case)))


FIXABLE = [case for file in FILES for case in cases(file) if has_safe_fix(case)]


@pytest.mark.parametrize("case", FIXABLE, ids=lambda case: case.name)
def test_a_safe_fix_takes_its_diagnostic_away(case: Source):
    """What a mended line then shows is of another code: names are read after syntax."""
    before = found_in(case)
    fixed = safe_fixes(case, before)
    after = diagnose(Target(Source(case.name, mended(case, fixed), case.path), None))
    counts = Counter(item.code for item in after)
    left = Counter(item.code for item in before) - Counter(item.code for item in fixed)
    assert {code: counts[code] for code in {item.code for item in fixed}} == {
        code: left[code] for code in {item.code for item in fixed}
    }


OFFERED = [
    (case, found)
    for file in FILES
    for case in cases(file)
    for found in found_in(case)
    if found.fix and all(edit.span.source is case for edit in found.fix.edits)
]


@pytest.mark.parametrize(("case", "found"), OFFERED, ids=lambda item: getattr(item, "name", "fix"))
def test_every_edit_that_is_offered_takes_its_diagnostic_away(case: Source, found: Diagnostic):
    """Also those that only a person can judge."""
    after = found_in(Source(case.name, mended(case, [found]), case.path))
    before = [item.code for item in found_in(case)]
    assert [item.code for item in after].count(found.code) < before.count(found.code)


def test_codes_whose_edits_a_person_judges_are_offered_in_a_case():
    codes = {found.code for _, found in OFFERED if found.fix and not found.fix.safe}
    assert codes >= set("E201 E204 E205 E213 E301 E302 E403 W210 W211".split())


def test_codes_with_a_certain_remedy_are_fixed_in_a_case():
    codes = {item.code for case in FIXABLE for item in safe_fixes(case, found_in(case))}
    assert codes >= set("E105 E107 E108 E109 E116 E201 E202 E205 E207 E403".split())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_is_named_by_a_code_it_holds(file: Path):
    assert file.stem.partition("_")[0] in {m.code for case in cases(file) for m in markers(case)}


# --- files that cannot be read ------------------------------------------------------------------

UNREADABLE = {
    "E001_missing": ("lnet5.arch", {"lenet5.arch": b""}),
    "E001_zoo": ("lenet", {}),
    "E002_encoding": ("a.arch", {"a.arch": b"# one\narch N { # \xff\n"}),
    "E005_large": ("a.arch", {"a.arch": b"#" * (2**20 + 1)}),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_unreadable(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    golden: Callable[[Path, str], None],
):
    target, files = UNREADABLE[name]
    for file, data in files.items():
        (tmp_path / file).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ArchError) as caught:
        find(target)
    (found,) = caught.value.diagnostics
    assert found.code == name.partition("_")[0]
    golden(FOLDER / f"{name}.txt", human([found], width=100) + "\n")


# --- guards -------------------------------------------------------------------------------------

UNUSED: set[str] = set()  # in the catalogue, raised nowhere yet
ELSEWHERE = re.compile(r"E0|E6|E7|T0|W7|X002")  # files, recipes, compiler, training


def raised() -> set[str]:
    """The codes that are constants in the package outside the catalogue; not in docstrings."""
    files = (file for file in PACKAGE.rglob("*.py") if file != PACKAGE / "errors.py")
    trees = (ast.parse(file.read_text(encoding="utf-8")) for file in files)
    nodes = (node for tree in trees for node in ast.walk(tree))
    return {node.value for node in nodes if isinstance(node, ast.Constant)} & set(CODES)


def test_every_code_is_raised_somewhere():
    assert set(CODES) - raised() == UNUSED


def test_every_code_of_these_rooms_has_a_case():
    stated = {marker.code for file in FILES for case in cases(file) for marker in markers(case)}
    rooms = {code for code in raised() if not ELSEWHERE.match(code)}
    assert rooms - stated == set()


def test_every_case_is_read():
    everything = [case for file in FILES for case in cases(file)]
    wrong = [case for case in everything if any(m.code[0] in "EX" for m in markers(case))]
    assert len(wrong) >= 75
    assert all(markers(case) for case in everything)
    marks = sum(case.text.count("#~") for case in everything)
    assert marks == sum(len(markers(case)) for case in everything)


def test_no_golden_without_its_case():
    texts = {file.stem for file in FOLDER.glob("*.txt")}
    assert texts == {file.stem for file in FILES} | set(UNREADABLE)
    assert {file.stem for file in FOLDER.glob("*.json")} == {file.stem for file in FILES}


def test_a_wrong_marker_and_a_missing_one_are_noticed():
    text = "arch A {\n  input 3\n  cnov  #~ E201 3..6\n}\n"
    (one, two) = differences(Source("a.arch", text))
    assert one.startswith("not found: Marker(code='E201', place='3:3..6'")
    assert two.startswith("not stated: E201 3:3..7")
