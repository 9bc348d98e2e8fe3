"""Diagnostics as one line, as data, as annotations, as a count."""

from __future__ import annotations

import pytest
from samples import E301, E303, W201

from archspec.errors import Diagnostic
from archspec.rendering.diagnostics import as_json, github, short, summary_line
from archspec.source import Source, Span


def test_short_is_one_line_each():
    assert short([E303, Diagnostic("E003", "no layout engine")]) == (
        "lenet5.arch:25:42: E303 declared 6x28x28, inferred 6x32x32\nE003 no layout engine"
    )


def test_json_has_every_field():
    place = {
        "file": "googlenet.arch",
        "line": 12,
        "column": 24,
        "end_line": 12,
        "end_column": 33,
        "start": 63,
        "end": 72,
    }
    data = as_json(E301)
    assert list(data) == [
        "code", "severity", "message", "primary", "text", "labels", "chain", "instances", "notes",
        "help", "fix", "path", "values",
    ]  # fmt: skip
    assert data["labels"][1] == {"span": place, "text": E301.labels[1].text}
    assert data["fix"] == {"safe": False, "edits": [{"span": place, "text": "cr(c3, 3, pad=1)"}]}
    assert data["chain"][0]["call"] == "i3a: Inception(64, 96, 128, 16, 32, 32)"
    assert (data["chain"][0]["path"], data["chain"][0]["span"]["line"]) == ("i3a", 34)
    assert (data["severity"], data["path"], data["values"]) == (
        "error",
        "i3a.concat",
        {"got": "26x26"},
    )


def test_json_of_little():
    data = as_json(Diagnostic("N203", "partly outside"))
    assert (data["severity"], data["primary"], data["fix"], data["help"]) == ("note", *[None] * 3)


def test_github_annotations_are_escaped():
    odd = Source("a,b:c%.arch", "x\n")
    text = github(
        [Diagnostic("W201", "50 %\r\nnext: a, b", Span(odd, 0, 1)), Diagnostic("N203", "n")]
    )
    assert text == (
        "::warning file=a%2Cb%3Ac%25.arch,line=1,col=1,title=W201::50 %25%0D%0Anext: a, b\n"
        "::notice title=N203::n"
    )


@pytest.mark.parametrize(
    ("problems", "line"),
    [
        ([], "0 errors"),
        ([E303], "1 error in 1 file"),
        ([E303, E303, W201], "2 errors, 1 warning in 2 files"),
        ([W201, Diagnostic("N203", "x")], "1 warning, 1 note in 1 file"),
        ([Diagnostic("E003", "x")] * 1000, "1,000 errors"),
    ],
)
def test_the_summary_counts(problems: list[Diagnostic], line: str):
    assert summary_line(problems) == line
