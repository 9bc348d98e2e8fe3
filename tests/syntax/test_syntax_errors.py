"""Every syntax error: its code, its place, its help and its fix."""

import pytest

from archspec.errors import CODES, Diagnostic
from archspec.source import Source
from archspec.syntax import ast, parse
from archspec.syntax.grammar import load_grammar
from archspec.syntax.syntax_errors import CASES, _table, snippet_key

# (code, text, places of all diagnostics as code@line:column)
ERRORS = [
    ("E100", "block b() {\n  relu tanh\n}", "E100@2:8"),
    ("E100", "block b() {\n  conv(6 5x5)\n}", "E100@2:10"),
    ("E100", "block b() {\n  a: b: conv(1, 1)\n}", "E100@2:6"),
    ("E100", "block b() {\n  conv(c: 1)\n}", "E100@2:9"),
    ("E100", "relu\nlet a = 1", "E100@1:1"),
    ("E100", "let a = 1\nlet b = 2\nC1: conv(6, 5x5)", "E100@3:1"),
    ("E100", "let a =", "E100@1:8"),
    ("E101", "block b() {\n  C1: conv(6, 5x5 -> relu => 1x2x3\n  bn\n}", "E101@2:11"),
    (
        "E101",
        "block b() {\n  C1: conv(6,\n    5x5\n  C2: relu\n  add relu\n}",
        "E101@2:11 E100@5:7",
    ),
    ("E101", "let a = [1, 2\nlet b = 3", "E101@1:9"),
    ("E101", "let a = f(1", "E101@1:10"),
    ("E101", "block b() {\n  conv(3\n}\nblock c() { x }", "E101@2:7"),
    ("E102", "block b() {\n  relu\n\nblock c() { x }", "E102@1:11"),
    ("E102", "block b() {\n  relu\nblock c() { x }", "E102@1:11"),
    ("E102", "block b() {\n  repeat 3 {\n    relu\n}\n", "E102@1:11"),
    ("E103", "block b() { relu } }", "E103@1:20"),
    ("E103", "let a = f(1))", "E103@1:13"),
    ("E103", "let a = [1, 2)", "E103@1:14"),
    ("E103", "block b() { relu ) }", "E103@1:18"),
    ("E104", "block b() {\n  add {\n    relu\n    | bn\n  }\n}", "E104@3:5"),
    ("E104", "block b() {\n  add {\n    | relu\n    | bn\n\n    @a -> bn\n  }\n}", "E104@6:5"),
    ("E104", "block b() { add { { relu } } }", "E104@1:19"),
    ("E105", "block b() {\n  dropout(0.4) => relu\n}", "E105@2:16"),
    ("E105", "block b() {\n  a: conv(6, 5x5) -> 6x28x28\n}", "E105@2:19"),
    ("E105", "block b() {\n  a: conv(6) -> lrn -> 84\n}", "E105@2:21"),
    ("E105", "block b() {\n  conv(6) =>\n}", "E105@2:11"),
    ("E106", "block b() {\n  3a: Inception(64)\n}", "E106@2:3"),
    ("E106", "block b() {\n  1x1: conv(64)\n  @2b -> relu\n}", "E106@2:3 E106@3:4"),
    ("E106", "block 3x() { relu }", "E106@1:7"),
    ("E107", "block b() {\n  a：conv（6，5x5）\n}", "E107@2:4 E107@2:9 E107@2:11 E107@2:15"),
    ("E108", "block b() {\n  relu; bn;\n}", "E108@2:7 E108@2:11"),
    ("E109", "let a = 6X28X28", "E109@1:9"),
    (
        "E109",
        "let a = f(.5, 0xff, 1_, 5x, 3abc)",
        "E109@1:11 E109@1:15 E109@1:21 E109@1:25 E109@1:29",
    ),
    ("E109", f"let a = {'1' * 65}", "E109@1:9"),
    ("E110", "block b() {\n  head: linear(10)\n}", "E110@2:3"),
    ("E110", "block b() {\n  in: relu\n}", "E110@2:3"),
    ("E110", "block b(true) { relu }", "E110@1:9"),
    ("E110", "cite derived {}", "E110@1:6"),
    ("E110", "block b() {\n  expect: relu\n  if: bn\n}", "E110@2:3 E110@3:3"),
    ("E111", 'cite a {\n  title = "abc\n  year = 1\n}', "E111@2:11"),
    ("E111", 'block b() {\n  f("a\\", 1)\n  bn\n}', "E111@2:5"),
    ("E112", "block b() {\n  relu -> @a\n}", "E112@2:8"),
    ("E112", "block b() {\n  relu ->\n}", "E112@2:8"),
    ("E113", "", "E113@1:1"),
    ("E113", "\ufeff \n# only\n## comments\n", "E113@1:1"),
    ("E114", "block b() { }", "E114@1:11"),
    ("E114", "arch A { head h {} }", "E114@1:17"),
    ("E114", "block b() { add { | a | } }", "E114@1:23"),
    ("E114", "block b() { concat {} }", "E114@1:20"),
    ("E114", "block b() {\n  if a {} else {}\n}", "E114@2:8 E114@2:16"),
    ("E114", "block b() { { } }", "E114@1:13"),
    ("E114", "block b() { repeat 2 { } }", "E114@1:22"),
    ("E114", "table t {}", "E114@1:1"),
    ("E115", "table t {\n  X . X\n  X .\n  X\n}", "E115@3:3"),
    ("E116", "block b() {\n  relu → bn\n  tanh\n}", "E116@2:8"),
    ("E116", "let a = f('x', 1)", "E116@1:11"),
    ("E116", "let a = x² + b", "E116@1:9"),
]


def errors(text: str) -> tuple[Diagnostic, ...]:
    return parse(Source("a.arch", text)).diagnostics


def first(text: str) -> Diagnostic:
    return errors(text)[0]


def fixed(text: str) -> str:
    """The text with the fixes of all its diagnostics."""
    edits = [edit for d in errors(text) if d.fix for edit in d.fix.edits]
    for edit in sorted(edits, key=lambda e: -e.span.start):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


@pytest.mark.parametrize(("code", "text", "expected"), ERRORS)
def test_code_and_place(code: str, text: str, expected: str) -> None:
    found = []
    for diagnostic in errors(text):
        assert diagnostic.primary is not None
        place = diagnostic.primary.location
        found.append(f"{diagnostic.code}@{place.line}:{place.column}")
    assert found == expected.split()
    assert code in expected


def test_every_syntax_code_has_a_case() -> None:
    assert {code for code, _, _ in ERRORS} == {code for code in CODES if code.startswith("E1")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("block b() { dropout(0.4) => relu }", "block b() { dropout(0.4) -> relu }"),
        ("block b() { conv(6) -> 6x28x28 }", "block b() { conv(6) => 6x28x28 }"),
        ("block b() { a：conv（6，5x5） }", "block b() { a:conv(6,5x5) }"),
        ("block b() { relu; bn\nbn; }", "block b() { relu\n bn\nbn\n }"),
        ("let a = [6X28X28, .5, 60K]", "let a = [6x28x28, 0.5, 60k]"),
        ("let a = f('x')", 'let a = f("x")'),
        ("let a = 1\rlet b = 2", "let a = 1\nlet b = 2"),
        ("cite a { year: 1998 }", "cite a { year= 1998 }"),
        ("block b() { 3a: relu }", "block b() { i3a: relu }"),
        ("block b() { add { relu } }", "block b() { add { | relu } }"),
        ("let a = [1, 2)", "let a = [1, 2]"),
        ("block b() { relu } }", "block b() { relu } "),
    ],
)
def test_a_fix_mends_the_text(text: str, expected: str) -> None:
    assert fixed(text) == expected
    assert errors(expected) == ()


def test_missing_brace_names_the_line_it_must_stand_before() -> None:
    text = "block Stage(w, n, stride) {\n  relu\n\n# c\narch A { x }\n"
    diagnostic = first(text)
    assert diagnostic.message == "`{` is never closed"
    assert (diagnostic.text, diagnostic.primary and diagnostic.primary.text) == ("opened here", "{")
    (label,) = diagnostic.labels
    assert (label.span.location.line, label.span.location.column) == (5, 1)
    assert label.text == (
        "`arch` starts at the left margin, so the `}` is missing before this line"
    )
    assert len(parse(Source("a", text)).definitions) == 2


def test_shape_and_arrow_mixed_up() -> None:
    forward, back = first("block b() { a => relu }"), first("block b() { conv(6) -> 6x28x28 }")
    assert forward.message == "`=>` must be followed by a shape, found `relu`"
    assert (forward.help, forward.fix and forward.fix.safe) == ("`->` passes the data on", True)
    assert (back.help, back.fix and back.fix.safe) == ("`=>` checks a shape", True)
    assert "6x28x28" in back.message


@pytest.mark.parametrize(
    "text",
    [
        'cite a { title = "b", year = 1998 }',
        "train a for A { epochs = 2, batch = 8 }",
        "arch A { expect { params == 1, macs == 2 } }",
        'arch A { expect { params ~= 1 within 2% from a "b" note "c", macs == 2 } }',
    ],
)
def test_a_comma_between_entries_becomes_a_new_line(text: str) -> None:
    diagnostic = first(text)
    assert diagnostic.help == "in braces each stands on a line of its own"
    assert diagnostic.fix is not None
    assert diagnostic.fix.safe
    (edit,) = diagnostic.fix.edits
    mended = f"{text[: edit.span.start]}{edit.text}{text[edit.span.end :]}"
    assert parse(Source("a.arch", mended)).diagnostics == ()


def test_label_that_starts_with_a_digit() -> None:
    diagnostic = first("block b() { 3a: Inception(64) }")
    assert diagnostic.message == "a label cannot start with a digit: `3a`"
    assert diagnostic.help == 'write `i3a:`; for the picture add `[name="3a"]`'


def test_uneven_table_shows_both_widths() -> None:
    diagnostic = first("table t {\n  X . X\n  X .\n}")
    assert diagnostic.message == "row 2 of table `t` has 2 entries, row 1 has 3"
    assert [(str(label.span), label.text) for label in diagnostic.labels] == [
        ("a.arch:2:3", "3 entries")
    ]
    assert diagnostic.values == {"row": 2, "width": 2, "expected": 3}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("block b() { conv(6 5x5) }", "expected a comma or `)`, found `5x5`"),
        ("let a =", "expected a value, found the end of the file"),
        ("arch A { expect { a = 1 } }", "expected a comparison such as `==`, found `=`"),
        ("let\na = 1", "expected a name, found the end of the line"),
        ("table t { X a }", "expected `X`, `.` or a number, a new line or `}`, found `a`"),
        ("arch A {} arch B {}", "expected a new line or the end of the file, found `arch`"),
    ],
)
def test_other_mistakes_tell_what_was_expected(text: str, message: str) -> None:
    assert first(text).message == message


@pytest.mark.parametrize(("code", "text", "expected"), ERRORS)
def test_messages_follow_the_rules(code: str, text: str, expected: str) -> None:
    for diagnostic in errors(text):
        for sentence in (diagnostic.message, diagnostic.help or "x", diagnostic.text or "x"):
            assert not sentence.endswith((".", "!"))
            assert sentence[0] in "`'" or not sentence[0].isupper()
            assert "ANON" not in sentence


# --- several errors


def test_four_errors_in_one_text_give_four_reports() -> None:
    text = """arch A {
  input 3x224x224
  conv1: conv(64, 7, stride=2 pad=3)
  pool1: maxpool(3) => lrn(5)
  concat {
    | relu
    bn
  }
  fc: linear(10) -> 1000
  last: relu
}"""
    file = parse(Source("a.arch", text))
    assert [(d.code, d.primary and d.primary.location.line) for d in file.diagnostics] == [
        ("E100", 3),
        ("E105", 4),
        ("E104", 7),
        ("E105", 9),
    ]
    (arch,) = file.definitions
    assert isinstance(arch, ast.Arch)
    assert arch.body is not None
    assert [type(item).__name__ for item in arch.body.items] == ["Input", "Statement", "Statement"]


def test_a_broken_header_leaves_the_other_definitions() -> None:
    text = "let a = 1\nblock b(1) {\n  relu\n  bn ->-> x\n}\n\nblock c() { relu }"
    file = parse(Source("a.arch", text))
    assert [d.code for d in file.diagnostics] == ["E100"]
    assert [type(d).__name__ for d in file.definitions] == ["Let", "Block"]


def test_the_line_before_a_brace_is_blamed_not_the_brace() -> None:
    file = parse(Source("a.arch", "block b() {\n  relu\n  a:\n}"))
    assert [d.code for d in file.diagnostics] == ["E100"]
    (block,) = file.definitions
    assert isinstance(block, ast.Block)
    assert len(block.body.items) == 1


def test_errors_after_twenty_are_not_searched() -> None:
    lines = "\n".join("  relu tanh" for _ in range(30))
    assert len(errors(f"block b() {{\n{lines}\n}}")) == 20


def test_blanked_lines_leave_no_second_error() -> None:
    assert [d.code for d in errors("block b() {\n  relu bn\n}")] == ["E100"]
    assert [d.code for d in errors("block b() { add {\n  | relu bn\n} }")] == ["E100"]
    assert [d.code for d in errors("block b() {\n add( {\n  | relu\n}\n}")] == ["E101"]


# --- the table


def test_snippets_do_not_collide() -> None:
    seen: dict[tuple[int, str], object] = {}
    for case in CASES:
        for snippet in case.snippets:
            assert seen.setdefault(snippet_key(snippet), case.tell) is case.tell


def test_catch_all_states_do_not_collide() -> None:
    seen: dict[int, object] = {}
    for case in CASES:
        for state in {snippet_key(s)[0] for s in case.snippets if case.every_token}:
            assert seen.setdefault(state, case.tell) is case.tell


def test_a_snippet_is_told_by_its_own_case() -> None:
    for case in CASES:
        assert {_table()[snippet_key(snippet)] for snippet in case.snippets} == {case.tell}
        assert {first(snippet).code for snippet in case.snippets} <= set(CODES)


def test_every_terminal_has_a_name() -> None:
    names = [terminal.name for terminal in load_grammar().terminals]
    assert [name for name in names if "ANON" in name] == []
