"""What a text may look like: characters, newlines, numbers, comments, precedence."""

import pytest

from archspec.source import Source
from archspec.syntax import ast, parse


def read(text: str) -> ast.File:
    file = parse(Source("a.arch", text))
    assert file.diagnostics == ()
    return file


def body(text: str) -> tuple[ast.Item, ...]:
    (block,) = read(f"block b() {{\n{text}\n}}").definitions
    assert isinstance(block, ast.Block)
    return block.body.items


def value(text: str) -> ast.Expression:
    (let,) = read(f"let a = {text}").definitions
    assert isinstance(let, ast.Let)
    return let.value


def shown(node: ast.Expression) -> str:
    """An expression with all its parentheses."""
    match node:
        case ast.Binary(operator, left, right):
            return f"({shown(left)} {operator} {shown(right)})"
        case ast.Unary(operator, operand):
            return f"({operator} {shown(operand)})"
        case ast.Conditional(condition, then, otherwise):
            return f"({shown(then)} if {shown(condition)} else {shown(otherwise)})"
        case _:
            return node.span.text


# --- characters


def test_byte_order_mark_is_tolerated() -> None:
    assert read("\ufefflet a = 1") == read("let a = 1")


def test_crlf_reads_like_lf() -> None:
    text = "## doc\nblock b() {\n  relu # c\n  -> bn\n}\n"
    assert read(text.replace("\n", "\r\n")) == read(text)


def test_lone_carriage_return_is_an_error() -> None:
    file = parse(Source("a.arch", "let a = 1\rlet b = 2\nlet c = 3"))
    assert [(d.code, str(d.primary)) for d in file.diagnostics] == [("E116", "a.arch:1:10")]
    assert len(file.definitions) == 3


def test_tab_is_one_column() -> None:
    statement = body("\trelu")[0]
    assert statement.span.location.column == 2


def test_names_and_comments_may_be_korean() -> None:
    (statement,) = body("## 합성곱\n합성곱: conv(6, 5x5)  # 특징")
    assert isinstance(statement, ast.Statement)
    assert statement.label is not None
    assert (statement.label.name, statement.doc) == ("합성곱", "합성곱")


# --- newlines


@pytest.mark.parametrize(
    "text",
    [
        "a: conv(6,\n\n5x5) -> relu => 1x2",
        "a: conv(\n# c\n6, 5x5\n)\n\n# c\n  # d\n -> relu\n=> 1x2",
        "a: conv(6, 5x5) ->\n\n# c\nrelu =>\n 1x2",
        "\n\n a: conv(6, 5x5) -> relu => 1x2\n\n",
    ],
)
def test_newlines_in_a_statement(text: str) -> None:
    assert body(text) == body("a: conv(6, 5x5) -> relu => 1x2")


@pytest.mark.parametrize(
    ("loose", "tight"),
    [
        ("repeat 3\n{ relu }", "repeat 3 { relu }"),
        ("if a\n\n{ relu }\n# c\nelse\n{ bn }", "if a { relu } else { bn }"),
        ("if a { relu }\nelse if b\n{ bn }", "if a { relu } else if b { bn }"),
        ("concat\n{\n| a\n| b\n}", "concat { | a | b }"),
        ("head h\n{ relu }", "head h { relu }"),
        ("expect\n{\na == 1\n}", "expect { a == 1 }"),
        ("train\n{\n}", "train {}"),
    ],
)
def test_braces_and_else_on_a_line_of_their_own(loose: str, tight: str) -> None:
    assert body(loose) == body(tight)


def test_a_group_on_its_own_line_is_a_statement() -> None:
    assert len(body("relu\n{ bn }\nif a { x }\n{ y }\nconcat(@a, @b)\n{ z }")) == 6


def test_top_level_brace_on_the_next_line() -> None:
    assert (
        read("arch A = B\n{ train {} }\nblock c\n{ x }").definitions[0]
        == (read("arch A = B { train {} }").definitions[0])
    )


# --- numbers and sizes


@pytest.mark.parametrize("text", "0 1_516 60k 3.8G 159Ki 1e-4 2.5E+3 0.1k 1.175 7T 2Mi".split())
def test_numbers(text: str) -> None:
    assert value(text) == ast.Number(text, span=value(text).span)


@pytest.mark.parametrize(
    ("text", "sides"),
    [("5x5", (5, 5)), ("3×224×224", (3, 224, 224)), ("0x3", (0, 3)), ("1x1x1x1", (1, 1, 1, 1))],
)
def test_sizes(text: str, sides: tuple[int, ...]) -> None:
    assert value(text) == ast.Size(sides, span=value(text).span)


def test_range_is_not_a_decimal() -> None:
    (statement,) = body("repeat i in 2..5 { relu }")
    assert isinstance(statement, ast.Statement)
    (repeat,) = statement.links
    assert isinstance(repeat, ast.Repeat)
    assert (repeat.first, repeat.last) == (value("2"), value("5"))


def test_range_of_names() -> None:
    assert isinstance(body("repeat i in n..m { relu }")[0], ast.Statement)


def test_texts_and_their_escapes() -> None:
    text = value(r'"a \"b\" \\ \n # \d"')
    assert isinstance(text, ast.Text)
    assert text.value == 'a "b" \\ \n # \\d'


def test_table_of_decimals() -> None:
    (table,) = read("table t {\n 1 0 -0.5 # c\n . X +1e-4\n}").definitions
    assert isinstance(table, ast.Table)
    cells = [[cell.text for cell in row.cells] for row in table.rows]
    assert cells == [["1", "0", "-0.5"], [".", "X", "+1e-4"]]


# --- expressions


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("1 + 2 * 3", "(1 + (2 * 3))"),
        ("1 - 2 - 3", "((1 - 2) - 3)"),
        ("-2 ** 2", "(- (2 ** 2))"),
        ("2 ** 3 ** -1", "(2 ** (3 ** (- 1)))"),
        ("8 // 3 % 2 / 1", "(((8 // 3) % 2) / 1)"),
        ("not a == 1 and b or c", "(((not (a == 1)) and b) or c)"),
        ("1 if a else 2 if b else 3", "(1 if a else (2 if b else 3))"),
        ("a < b + 1", "(a < (b + 1))"),
        ("floor(theta * in.c)", "floor(theta * in.c)"),
        ("layers[2]*k", "(layers[2] * k)"),
        ("android or iffy", "(android or iffy)"),
    ],
)
def test_precedence(text: str, meaning: str) -> None:
    assert shown(value(text)) == meaning


def test_comparisons_do_not_chain() -> None:
    assert [d.code for d in parse(Source("a", "let a = 1 < 2 < 3")).diagnostics] == ["E100"]


@pytest.mark.parametrize("text", ["a androidx", "a iffy", "a elsewhere"])
def test_keyword_is_not_the_start_of_a_name(text: str) -> None:
    assert [d.code for d in parse(Source("a", f"let a = {text}")).diagnostics] == ["E100"]


@pytest.mark.parametrize("name", "conv relu end same table in_c iteration trainer".split())
def test_no_operator_name_is_a_keyword(name: str) -> None:
    assert len(body(f"{name}: {name}({name}={name})")) == 1


# --- statements


def test_several_inputs_and_outputs() -> None:
    one, two, out = body("input a: 1x2x3\ninput 84\noutput @a, @b")
    assert isinstance(one, ast.Input)
    assert isinstance(two, ast.Input)
    assert isinstance(out, ast.Output)
    assert (one.name and one.name.name, two.name) == ("a", None)
    assert [reference.name for reference in out.references] == ["a", "b"]


def test_repeat_is_a_link_like_any_other() -> None:
    (statement,) = body("rest: conv(3) -> repeat n - 1 { relu } -> bn => 84 [stage=a]")
    assert isinstance(statement, ast.Statement)
    assert [type(link) for link in statement.links] == [ast.Call, ast.Repeat, ast.Call]


def test_tags() -> None:
    (statement,) = body('relu [stage=features, color="#eef", freeze]')
    assert isinstance(statement, ast.Statement)
    assert [(t.name.name, t.value is None) for t in statement.tags] == [
        ("stage", False),
        ("color", False),
        ("freeze", True),
    ]


def test_expectation_of_a_repeated_node() -> None:
    (expect,) = body("expect { conv3_x.2.3.add.params == [1, 5x5, a if b else c] }")
    assert isinstance(expect, ast.Expect)
    target = [(ident.name, ident.span.text) for ident in expect.expectations[0].target]
    assert target == [(n, n) for n in ("conv3_x", "2", "3", "add", "params")]


def test_else_if_nests() -> None:
    (statement,) = body("if a { x } else if b { y } else { z }")
    assert isinstance(statement, ast.Statement)
    (outer,) = statement.links
    assert isinstance(outer, ast.If)
    assert outer.otherwise is not None
    (inner,) = outer.otherwise.items
    assert isinstance(inner, ast.Statement)
    assert isinstance(inner.links[0], ast.If)


# --- comments and documentation


def test_documentation_goes_to_what_stands_below() -> None:
    text = """
## table
table t { X }
## arch
##  two
arch A {
  ## input
  input a: 1
  ## lane
  add {
    ## first
    | relu
    | bn
  }
  ## head
  head h { relu }
}"""
    file = read(text)
    table, arch = file.definitions
    assert isinstance(table, ast.Table)
    assert isinstance(arch, ast.Arch)
    assert (table.doc, arch.doc) == ("table", "arch\n two")
    assert arch.body is not None
    given, add, head = arch.body.items
    assert isinstance(given, ast.Input)
    assert isinstance(add, ast.Statement)
    assert isinstance(head, ast.Head)
    assert (given.doc, add.doc, head.doc) == ("input", "lane", "head")
    assert isinstance(add.links[0], ast.Call)
    assert [lane.doc for lane in add.links[0].lanes or ()] == ["first", ""]
    assert file.comments == ()


def test_documentation_of_nothing_is_a_comment() -> None:
    file = read("## far\n\n# c\nblock b() { relu } ## behind\n## end")
    assert [comment.name for comment in file.comments] == ["## far", "# c", "## behind", "## end"]
    assert [comment.span.text for comment in file.comments] == [c.name for c in file.comments]
