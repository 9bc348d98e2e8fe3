"""`archspec check`: folders, choice of codes, severity, safe fixes, what expectations rest on."""

from __future__ import annotations

import codecs
import io
import json
import re
from typing import TYPE_CHECKING

import pytest

from archspec.cli.main import main
from archspec.errors import ArchError, Diagnostic, Edit, Fix
from archspec.rendering.mend import mended, safe_fixes
from archspec.schema.sources import MAX_BYTES, read_stream
from archspec.source import Source, Span

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., tuple[int, str, str]]

RIGHT = "arch A {\n  input 1x8x8\n  conv(2, 3)\n  expect { params == 20 from derived }\n}\n"
UNSOURCED = RIGHT.replace(" from derived", "")
STRIDE = RIGHT.replace("conv(2, 3)", "conv(2, 3, stride=2)")
KINDS = """\
cite paper { title = "A paper" }
cite release {
  title = "A library"
  version = "1.2"
}
arch A {
  input 1x8x8
  conv(2, 3)
  expect {
    params == 20       from paper "Table 1"
    macs == 648        from release
    connections == 720 from derived
    params < 21        from derived
    params == 30       from paper  disputed "counts otherwise"
  }
}
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`archspec check` in a folder of its own: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def check(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main(["check", *arguments])
        printed = capsys.readouterr()
        return int(str(stopped.value.code)), printed.out, printed.err

    return check


def codes(text: str) -> list[str]:
    return re.findall(r"\b[A-Z]\d{3}\b", text)


# --- targets ------------------------------------------------------------------------------------


def test_a_folder_is_all_its_specs_in_order(run: Run, tmp_path: Path):
    (tmp_path / "specs" / "deep").mkdir(parents=True)
    for name in ("b.arch", "deep/c.arch", "a.arch", "notes.txt"):
        (tmp_path / "specs" / name).write_text(RIGHT)
    code, out, _ = run("specs")
    line = "A  ok   1 expectation holds (1 derived)"
    assert (code, out.splitlines()) == (
        0,
        [
            f"specs/a.arch       {line}",
            f"specs/b.arch       {line}",
            f"specs/deep/c.arch  {line}",
            "total                 3 expectations hold (3 derived)",
        ],
    )


def test_an_empty_folder_is_missing_and_the_others_are_checked(run: Run, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.arch").write_text(RIGHT)
    code, out, _ = run("empty", "a.arch")
    assert code == 3
    assert "error[E001]: there is no .arch file below `empty`" in out
    assert "a.arch  A  ok" in out


def test_a_zoo_name_is_that_network_alone(run: Run):
    code, out, _ = run("LeNet-5")
    assert (code, out) == (0, "lenet5.arch  LeNet5  ok   4 expectations hold (4 papers)\n")


def test_a_file_that_cannot_be_parsed_has_its_line_too(run: Run, tmp_path: Path):
    (tmp_path / "a.arch").write_text("arch A {\n  input 1x8x8\n  relu =>\n")
    code, out, _ = run("a.arch")
    assert code == 1
    assert out.splitlines()[-2:] == ["a.arch  -  2 errors, 0 warnings", "2 errors in 1 file"]


def test_standard_input_is_read_no_further_than_a_spec_may_be():
    stream = io.BytesIO(b"#" * (MAX_BYTES + 100))
    with pytest.raises(ArchError) as caught:
        read_stream(stream, "<stdin>")
    assert [found.code for found in caught.value.diagnostics] == ["E005"]
    assert stream.tell() == MAX_BYTES + 1
    assert len(read_stream(io.BytesIO(b"#" * MAX_BYTES), "a").text) == MAX_BYTES


# --- which diagnostics, and how grave -----------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "seen"),
    [
        ("", ["W201", "W301", "X001"]),
        ("--select W", ["W201", "W301"]),
        ("--select w2,X", ["W201", "X001"]),
        ("--select W201", ["W201"]),
        ("--ignore W", ["X001"]),
        ("--ignore W30,X001", ["W201"]),
        ("--select W --ignore W3", ["W201"]),
    ],
)
def test_codes_are_chosen_by_their_beginnings(
    options: str, seen: list[str], run: Run, tmp_path: Path
):
    text = UNSOURCED.replace("conv(2, 3)", "conv(2, 3, stride=2)").replace("20", "21")
    (tmp_path / "a.arch").write_text(text)
    code, out, _ = run("a.arch", "--format", "short", *options.split())
    assert sorted(codes(out)) == seen
    assert code == int("X001" in seen)


def test_a_hint_that_is_off_by_default_needs_its_whole_code(run: Run, tmp_path: Path):
    (tmp_path / "a.arch").write_text(
        RIGHT.replace("conv(2, 3)", "conv(3, 3) -> relu").replace("20", "30")
    )
    assert codes(run("a.arch", "--format", "short")[1]) == []
    assert codes(run("a.arch", "--format", "short", "--select", "N")[1]) == []
    assert codes(run("a.arch", "--format", "short", "--select", "W,n503")[1]) == ["N503"]


def test_an_error_that_is_ignored_is_counted(run: Run, tmp_path: Path):
    (tmp_path / "a.arch").write_text(RIGHT.replace("20", "21"))
    assert run("a.arch", "--ignore", "X") == (0, "a.arch  A  ok   1 error ignored\n", "")


def test_a_file_that_cannot_be_read_is_always_told(run: Run):
    code, out, _ = run("none.arch", "--ignore", "E", "--format", "short")
    assert (code, codes(out)) == (3, ["E001"])


def test_a_code_that_begins_no_code_is_a_mistake(run: Run):
    code, _, err = run("lenet5", "--ignore", "W220")
    assert code == 2
    assert "no code begins with `W220`. Did you mean W" in err


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        (STRIDE, "", 0),
        (STRIDE, "--fail-on warning", 1),
        (STRIDE, "--fail-on warning --ignore W2", 0),
        (STRIDE, "--strict", 1),
        (UNSOURCED, "", 0),
        (UNSOURCED, "--strict", 1),
        (RIGHT, "--strict", 0),
    ],
)
def test_what_fails(text: str, options: str, expected: int, run: Run, tmp_path: Path):
    (tmp_path / "a.arch").write_text(text)
    assert run("a.arch", *options.split())[0] == expected


def test_strict_makes_a_missing_source_an_error(run: Run, tmp_path: Path):
    (tmp_path / "a.arch").write_text(UNSOURCED)
    out = run("a.arch", "--strict")[1]
    assert out.startswith("error[W301]: `params` is expected without a source")
    assert out.splitlines()[-2:] == ["a.arch  A  1 error, 0 warnings", "1 error in 1 file"]
    assert run("a.arch")[1].startswith("warning[W301]")


def test_the_most_that_is_shown(run: Run, tmp_path: Path):
    lines = "".join(f"  n{i}: cnov(1, 1)\n" for i in range(25))
    (tmp_path / "a.arch").write_text(
        f"block unused() {{ relu }}\narch A {{\n  input 3\n{lines}}}\n"
    )
    out = run("a.arch")[1]
    assert out.count("error[E201]") == 20
    assert "\n5 more: --max-errors 0 shows all\n" in out
    assert out.endswith("a.arch  A  25 errors, 0 warnings\n25 errors in 1 file\n")
    assert run("a.arch", "--max-errors", "3")[1].count("error[E201]") == 3
    assert run("a.arch", "--max-errors", "0")[1].count("error[E201]") == 25
    assert len(json.loads(run("a.arch", "--json", "--max-errors", "3")[1])["diagnostics"]) == 25


def test_of_more_than_is_shown_errors_come_first(run: Run, tmp_path: Path):
    (tmp_path / "a.arch").write_text(STRIDE.replace("20", "21"))  # W201, then X001
    out = run("a.arch", "--max-errors", "1", "--format", "short")[1]
    assert codes(out) == ["X001"]


# --- what expectations rest on ------------------------------------------------------------------


def test_three_kinds_of_sources_are_counted(run: Run, tmp_path: Path):
    (tmp_path / "a.arch").write_text(KINDS)
    line = "4 expectations hold (1 paper, 1 software, 2 derived), 1 disputed"
    assert run("a.arch", "--strict") == (0, f"a.arch  A  ok   {line}\n", "")
    data = json.loads(run("a.arch", "a.arch", "--json")[1])["data"]
    assert data["total"] == {
        "errors": 0,
        "warnings": 0,
        "ignored": 0,
        "holds": 8,
        "papers": 2,
        "software": 2,
        "derived": 4,
        "disputed": 2,
        "skipped": 0,
    }
    assert data["checked"][0]["papers"] == 1


# --- fixes --------------------------------------------------------------------------------------

TYPOS = """\
arch A {
  input 1x8x8
  C1: cnov(2, 3, strid=1) -> relu;   # 주석
  C2: conv(2, 3) => relu
  expect { C1.parms == 20 from derived }
}
"""
MENDED = """\
arch A {
  input 1x8x8
  C1: conv(2, 3, stride=1) -> relu   # 주석
  C2: conv(2, 3) -> relu
  expect { C1.params == 20 from derived }
}
"""


def test_safe_fixes_are_made_told_and_checked_again(run: Run, tmp_path: Path):
    (tmp_path / "a.arch").write_text(TYPOS, encoding="utf-8")
    code, out, _ = run("a.arch", "--fix")
    assert (code, out.splitlines()) == (
        0,
        [
            "fixed a.arch:3:34: E108 `;` -> ``",
            "fixed a.arch:4:18: E105 `=>` -> `->`",
            "fixed a.arch:3:7: E201 `cnov` -> `conv`",
            "fixed a.arch:5:12: E205 `C1.parms` -> `C1.params`",
            "fixed a.arch:3:18: E403 `strid` -> `stride`",
            "a.arch  A  ok   1 expectation holds (1 derived)",
        ],
    )
    assert (tmp_path / "a.arch").read_text(encoding="utf-8") == MENDED
    assert [path.name for path in tmp_path.iterdir()] == ["a.arch"]
    again = json.loads(run("a.arch", "--fix", "--json")[1])
    assert (again["data"]["fixed"], again["diagnostics"]) == ([], [])


def test_fixes_leave_line_ends_and_the_byte_order_mark(run: Run, tmp_path: Path):
    data = codecs.BOM_UTF8 + TYPOS.replace("\n", "\r\n").encode()
    (tmp_path / "a.arch").write_bytes(data)
    run("a.arch", "--fix")
    expected = codecs.BOM_UTF8 + MENDED.replace("\n", "\r\n").encode()
    assert (tmp_path / "a.arch").read_bytes() == expected


def test_an_ignored_code_and_a_doubtful_edit_are_not_made(run: Run, tmp_path: Path):
    text = "arch A {\n  input 1x8x8\n  conv1: cnov(2, 3)\n  add(@conv1, @conv2)\n}\n"
    (tmp_path / "a.arch").write_text(text)
    code, out, _ = run("a.arch", "--fix", "--ignore", "E201")
    assert code == 1
    assert "did you mean `@conv1`?   [fix: ask]" in out
    assert (tmp_path / "a.arch").read_text() == text


def test_standard_input_cannot_be_fixed(run: Run):
    code, _, err = run("-", "--fix")
    assert (code, err.splitlines()[0]) == (2, "error: `--fix` changes files, and `-` is none")


def test_fixes_that_touch_each_other_are_made_one_by_one():
    source = Source("a", "abcdef")

    def fix(start: int, end: int, text: str, *, safe: bool = True) -> Diagnostic:
        span = Span(source, start, end)
        return Diagnostic("E201", "m", span, fix=Fix((Edit(span, text),), safe))

    found = [fix(0, 1, "A"), fix(3, 5, "D"), fix(4, 6, "E"), fix(2, 2, "?", safe=False)]
    chosen = safe_fixes(source, found)
    assert chosen == (found[0], found[1])
    assert mended(source, chosen) == "AbcDf"
    assert safe_fixes(Source("b", "abcdef"), found) == ()


# --- other readers ------------------------------------------------------------------------------


def test_a_workflow_gets_every_diagnostic_escaped(run: Run, tmp_path: Path):
    (tmp_path / "50%,a:b.arch").write_text(
        RIGHT.replace("== 20", "~= 30 within 1%").replace("\n", "\r\n")
    )
    out = run("50%,a:b.arch", "--format", "github")[1]
    assert out == (
        "::error file=50%25%2Ca%3Ab.arch,line=4,col=12,title=X001::"
        "params ~= 30 within 1%25 does not hold\n"
    )


def test_a_log_in_sarif(run: Run, tmp_path: Path):
    """The properties are those of the published schema, which allows no others."""
    (tmp_path / "50% a.arch").write_text(
        "block b(s) {\n  conv(2, 3, stride=s)\n}\narch A {\n  input 1x8x8\n  b(2)\n  rleu\n}\n"
    )
    code, out, _ = run("50% a.arch", "none.arch", "--format", "sarif")
    log = json.loads(out)
    (ran,) = log["runs"]
    assert (code, log["version"], ran["columnKind"]) == (3, "2.1.0", "unicodeCodePoints")
    assert [rule["id"] for rule in ran["tool"]["driver"]["rules"]] == ["E001", "E201", "W201"]
    missing, stride, typo = ran["results"]
    assert (missing["level"], "locations" in missing) == ("error", False)
    assert (stride["ruleId"], stride["ruleIndex"], stride["level"]) == ("W201", 2, "warning")
    assert stride["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "50%25%20a.arch"},
        "region": {"startLine": 2, "startColumn": 14, "endLine": 2, "endColumn": 22},
    }
    assert stride["relatedLocations"][0]["message"] == {"text": "in `b(2)`"}
    assert typo["message"]["text"].endswith("\nhelp: did you mean `relu`?")
    (change,) = typo["fixes"][0]["artifactChanges"]
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 7, "startColumn": 3, "endLine": 7, "endColumn": 7},
            "insertedContent": {"text": "relu"},
        }
    ]


def test_a_log_in_sarif_of_nothing(run: Run, tmp_path: Path):
    (tmp_path / "a.arch").write_text(RIGHT)
    assert json.loads(run("a.arch", "--format", "sarif")[1])["runs"][0]["results"] == []
