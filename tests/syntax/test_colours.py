"""Colours of specs: the Pygments lexer and the TextMate grammar know the words of the grammar."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pygments.token import Error, Keyword, Name, Number, Operator

from archspec.syntax import pygments_lexer as lexer

ROOT = Path(__file__).resolve().parents[2]
SPECS = [*ROOT.glob("specs/**/*.arch"), *ROOT.glob("tests/syntax/samples/*.arch")]
GRAMMAR = (ROOT / "archspec" / "syntax" / "arch.lark").read_text(encoding="utf-8")
TEXTMATE = json.loads((ROOT / "editors" / "arch.tmLanguage.json").read_text(encoding="utf-8"))
WORDS = {*re.findall(r'^[A-Z]+: "([a-z]+)"$', GRAMMAR, re.MULTILINE)}


def tokens(text: str) -> list[tuple[object, str]]:
    return [(kind, word) for kind, word in lexer.ArchLexer().get_tokens(text) if word.strip()]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_every_spec_is_coloured_without_errors(spec: Path):
    text = spec.read_text(encoding="utf-8")
    found = list(lexer.ArchLexer(ensurenl=False, stripnl=False).get_tokens(text))
    assert "".join(word for _, word in found) == text
    assert [word for kind, word in found if kind is Error] == []


def test_there_are_specs():
    assert ROOT / "specs" / "lenet5.arch" in SPECS


def test_kinds_of_words():
    assert tokens("C1: conv(6, 5x5) -> relu => 6x28x28") == [
        (Name.Label, "C1"),
        (lexer.Punctuation, ":"),
        (Name.Function, "conv"),
        (lexer.Punctuation, "("),
        (Number, "6"),
        (lexer.Punctuation, ","),
        (Number.Integer, "5x5"),
        (lexer.Punctuation, ")"),
        (Operator, "->"),
        (Name, "relu"),
        (Operator, "=>"),
        (Number.Integer, "6x28x28"),
    ]


def test_words_of_the_language_may_name_arguments_and_paths():
    assert (Keyword, "input") in tokens("input 3x2x2")
    assert (Keyword, "input") not in tokens("f(input=3)")
    assert (Keyword, "input") not in tokens("net.input == 3")
    assert [word for _, word in tokens("repeat i in 1..3 { relu }")][3:6] == ["1", "..", "3"]


def test_both_know_exactly_the_words_of_the_grammar():
    ours = {
        *lexer.DEFINITIONS,
        *lexer.SECTIONS,
        *lexer.CONTROL,
        *lexer.LOGIC,
        *lexer.CONSTANTS,
    }
    assert len(WORDS) > 20
    assert ours == WORDS
    patterns = [entry.get("match", "") for entry in TEXTMATE["repository"]["common"]["patterns"]]
    groups = re.findall(r"\\b\(([a-z|]+)\)\\b", "\n".join(patterns))
    assert {word for group in groups for word in group.split("|")} == WORDS


def test_every_pattern_of_the_textmate_grammar_is_a_regular_expression():
    rules = [*TEXTMATE["repository"]["common"]["patterns"], TEXTMATE["repository"]["table"]]
    patterns = [rule[key] for rule in rules for key in ("match", "begin", "end") if key in rule]
    assert len(patterns) > 15
    assert all(re.compile(pattern) for pattern in patterns)


def test_pygments_is_told_where_the_lexer_is():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    section = text.partition('[project.entry-points."pygments.lexers"]\n')[2]
    assert section.splitlines()[0] == 'arch = "archspec.syntax.pygments_lexer:ArchLexer"'
