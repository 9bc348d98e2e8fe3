"""Diagnostics as one line, as data, as annotations, as a count."""

from __future__ import annotations

import json

import pytest

from archspec.errors import Diagnostic, Edit, Fix, Frame, Label
from archspec.rendering.diagnostics import as_json, github, short, summary_line
from archspec.source import Source, Span

NET = Source("합성곱.arch", "arch 합성곱 {\n  C1: conv(6, 5x5)   => 6x28x28\n}\n")
SHAPE = Span(NET, 35, 42)
CALL = Span(NET, 17, 29)
E303 = Diagnostic(
    "E303",
    "declared 6x28x28, inferred 6x26x26",
    SHAPE,
    text="declared",
    labels=(Label(CALL, "inferred"),),
    chain=(Frame("C1: squash()", "C1", CALL),),
    instances=("C2", "C3"),
    notes=("a note",),
    help="declare it",
    fix=Fix((Edit(SHAPE, "6x26x26"),), safe=False),
    path="C1",
    values={"declared": "6x28x28"},
)
OTHER = Source("b.arch", "x\n")
W201 = Diagnostic("W201", "stride 4 does not tile", Span(OTHER, 0, 1))
SHAPE_DATA = {
    "file": "합성곱.arch",
    "line": 2,
    "column": 25,
    "end_line": 2,
    "end_column": 32,
    "start": 35,
    "end": 42,
}


def test_the_places_are_those_meant():
    assert (SHAPE.text, CALL.text) == ("6x28x28", "conv(6, 5x5)")


def test_short_is_one_line_each():
    assert short([E303, Diagnostic("E003", "no layout engine")]) == (
        "합성곱.arch:2:25: E303 declared 6x28x28, inferred 6x26x26\nE003 no layout engine"
    )


def test_json_has_every_field_in_order():
    data = as_json(E303)
    call = data["labels"][0]["span"]
    assert [call["column"], call["end_column"]] == [7, 19]
    assert list(data.items()) == [
        ("code", "E303"),
        ("severity", "error"),
        ("message", "declared 6x28x28, inferred 6x26x26"),
        ("primary", SHAPE_DATA),
        ("text", "declared"),
        ("labels", [{"span": call, "text": "inferred"}]),
        ("chain", [{"call": "C1: squash()", "path": "C1", "span": call}]),
        ("instances", ["C2", "C3"]),
        ("notes", ["a note"]),
        ("help", "declare it"),
        ("fix", {"safe": False, "edits": [{"span": SHAPE_DATA, "text": "6x26x26"}]}),
        ("path", "C1"),
        ("values", {"declared": "6x28x28"}),
    ]
    assert json.loads(json.dumps(data)) == data


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
