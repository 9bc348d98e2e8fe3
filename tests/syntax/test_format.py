"""The formatter: canonical, idempotent, and it changes nothing that a spec says."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.errors import ArchError
from archspec.source import Source
from archspec.syntax import parse
from archspec.syntax.format import format_source
from archspec.syntax.scanner import lay_out

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.arch"))
SPECS = sorted((ROOT / "specs").rglob("*.arch"))
FEW = settings(derandomize=True, deadline=None, max_examples=200)


def fmt(text: str) -> str:
    """The canonical text, with everything it promises checked."""
    source = Source("a.arch", text)
    assert parse(source).diagnostics == ()
    done = format_source(source)
    again = Source("a.arch", done)
    assert parse(again) == parse(source), "it says something else"
    assert comments(again) == comments(source)
    assert format_source(again) == done, "not idempotent"
    assert done.endswith("\n")
    assert not re.search(r"[ \t]\n|\n\n\n|^\n|\t", done.replace('"\t"', ""))
    return done


def comments(source: Source) -> list[str]:
    return [comment.span.text for comment in lay_out(source).comments]


def test_samples_and_specs_are_there() -> None:
    assert len(SAMPLES) == 6
    assert SPECS


@pytest.mark.parametrize("path", [*SAMPLES, *SPECS], ids=lambda path: path.stem)
def test_samples_and_specs_are_canonical(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text == fmt(text)


# --- one rule a row: what is written, and what becomes of it

BODY = [
    ("conv( 6 ,5×5 )->relu", "conv(6, 5x5) -> relu"),
    ("C1 :conv(6)", "C1: conv(6)"),
    ("conv(c=1_516,k = 60k ,)", "conv(c=1_516, k=60k)"),
    ("conv(a*2, 2*(a+b), theta*in.c, a//b, -a**-b)", None),
    ("conv(n-1,not a and-b,a if b else-c)", "conv(n - 1, not a and -b, a if b else -c)"),
    ("conv(x [ 0 ], [1,2][0], f(3) . c, in . c/2)", "conv(x[0], [1, 2][0], f(3).c, in.c / 2)"),
    ("relu[ a=b ,c ]", "relu   [a=b, c]"),
    ("relu=>[ a,1 , 1][x]", "relu   => [a, 1, 1]   [x]"),
    ("@in->relu", "@in -> relu"),
    ("relu ->\n\n  bn", "relu -> bn"),
    ("relu\n   => 3", "relu   => 3"),
    ("repeat i in 1 .. n-1 {relu}", "repeat i in 1..n - 1 { relu }"),
    ("repeat  n\n{ relu }", "repeat n { relu }"),
    ("if a==b[0]{relu}else{bn}", "if a == b[0] { relu } else { bn }"),
    ("if a { relu }\nelse if b { bn }", "if a { relu } else if b { bn }"),
    ("if a {\nrelu } else { bn }", "if a {\n    relu\n  } else {\n    bn\n  }"),
    ("add{|@a|x:bn->relu}", "add { | @a | x: bn -> relu }"),
    ("add {\n| a | b }", "add {\n    | a\n    | b\n  }"),
    ("add {\n|a: mul{|b\n|c}}", "add {\n    | a: mul {\n        | b\n        | c\n      }\n  }"),
    ("{relu}\n{bn}", "{ relu }\n  { bn }"),
    ("relu # one\n -> bn # two", "relu   # one\n    -> bn   # two"),
    ("relu -> # one\n bn", "relu   # one\n    -> bn"),
    ("a: relu\n# one\n-> bn", "a: relu\n     # one\n     -> bn"),
    ("conv(3, # maps\n 5)", "conv(3,   # maps\n    5)"),
    ("if a { b } # one\n else { c }", "if a {\n    b\n  } else {   # one\n    c\n  }"),
    ("if a { b } # one\n else if c { d }", "if a {\n    b\n  } else if c {   # one\n    d\n  }"),
    ("x\n\n\n\ny", "x\n\n  y"),
    ("x\n## doc\ny", "x\n  ## doc\n  y"),
    (
        "a: x => 3 # one\nbbb: xxx => 33 # two",
        "a: x       => 3    # one\n  bbb: xxx   => 33   # two",
    ),
]


@pytest.mark.parametrize(("written", "canonical"), BODY, ids=lambda text: repr(text)[:40])
def test_rule(written: str, canonical: str | None) -> None:
    if canonical is None:
        canonical = "conv(a*2, 2 * (a + b), theta * in.c, a // b, -a**-b)"
    assert fmt(f"block b() {{\n{written}\n}}") == f"block b() {{\n  {canonical}\n}}\n"


TOP = [
    ('from"./x"import a,b  as c', 'from "./x" import a, b as c'),
    ("let a=1\nlet long=2", "let a    = 1\nlet long = 2"),
    ("arch A=B\narch Long = B(3)", "arch A    = B\narch Long = B(3)"),
    ("arch A{}", "arch A {}"),
    ("cite a{}", "cite a {}"),
    ("cite a { b=1 }", "cite a { b = 1 }"),
    ("cite a {\nb=1\nlong=2 }", "cite a {\n  b    = 1\n  long = 2\n}"),
    ("table t{X.\n.X}", "table t {\n  X .\n  . X\n}"),
    ("table t {1 -0.5\n1e-3 0}", "table t {\n     1 -0.5\n  1e-3    0\n}"),
    ("block b(x ,y=2)\n{ relu }", "block b(x, y=2) { relu }"),
    ("block b() # one\n# two\n{ relu }", "block b() {   # one\n  # two\n  relu\n}"),
    ("block b()\n## none\n{ relu }", "block b() {\n  ## none\n\n  relu\n}"),
    ("arch A { head h(w=1)\n{relu} }", "arch A {\n  head h(w=1) { relu }\n}"),
    ("arch A { train\n{ } }", "arch A {\n  train {}\n}"),
    (
        'arch A { expect { a.b==1 within 1 % from c "p" note "n"disputed"d" } }',
        'arch A { expect { a.b == 1 within 1%  from c "p"  note "n"  disputed "d" } }',
    ),
    (
        "arch A { expect {\na.b == 1 from c\nlong.b ~= -2 } }",
        "arch A {\n  expect {\n    a.b == 1   from c\n    long.b ~= -2\n  }\n}",
    ),
    ("train f for A { a=b(1,[2,3]) }", "train f for A { a = b(1, [2, 3]) }"),
    ("# one\n\n\n## two\n\nlet a = 1 # three", "# one\n\n## two\n\nlet a = 1   # three"),
    ("\ufefflet a = 1", "let a = 1"),
    ('let a = "x  # \\" ×"', 'let a = "x  # \\" ×"'),
]


@pytest.mark.parametrize(("written", "canonical"), TOP, ids=lambda text: repr(text)[:40])
def test_rule_at_top_level(written: str, canonical: str) -> None:
    assert fmt(written) == f"{canonical}\n"


def test_numbers_stand_in_columns_where_the_author_began() -> None:
    one = "a: F( 64, 8)\n  relu\n  b: F(128, 16)\n  c: G(1)"
    assert "a: F( 64,  8)\n  relu\n  b: F(128, 16)\n" in fmt(f"block b() {{\n  {one}\n}}")
    plain = one.replace("( 64", "(64")
    assert plain in fmt(f"block b() {{\n  {plain}\n}}")


def test_lines_end_as_before() -> None:
    assert fmt("let a=1\r\nlet b=2\r\n").replace("\r\n", "") == "let a = 1let b = 2"


def test_a_line_far_longer_than_the_others_stands_aside() -> None:
    text = fmt(f"block b() {{\na: x => 1\nbb: x => 2\nc: conv({', '.join('1' * 9)}) => 3\n}}")
    assert "  a: x    => 1\n  bb: x   => 2\n  c: conv(" in text


def test_long_chains_break_before_arrows_and_long_calls_after_commas() -> None:
    chain = " -> ".join(["convolution(10)"] * 7)
    numbers = ", ".join(["1000"] * 20)
    text = fmt(f"block b() {{\nx: {chain} => 3\nf(a=[{numbers}])\n}}")
    assert text == (
        "block b() {\n"
        f"  x: {' -> '.join(['convolution(10)'] * 5)}\n"
        "     -> convolution(10) -> convolution(10)  => 3\n"
        f"  f(a=[{', '.join(['1000'] * 15)},\n"
        f"      {', '.join(['1000'] * 5)}])\n"
        "}\n"
    )


HEADER = (
    'arch Name "a long title for a network" = Base(first=[1, 2, 3], second=[4, 5, 6], third=true,'
)
THOUSANDS = " + ".join(["1000"] * 12)
LONG = ", ".join(f"parameter{i}={i}000" for i in range(5))


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        (
            f"{HEADER} fourth=1/2) {{ expect {{\ndepth == 3 from derived }} }}",
            f"{HEADER}\n    fourth=1/2) {{\n  expect {{\n    depth == 3   from derived\n  }}\n}}",
        ),
        (
            f"block name({LONG}, last=6) {{\nrelu\nbn }}",
            f"block name({LONG},\n    last=6) {{\n  relu\n  bn\n}}",
        ),
        ("block b(x,  # one\n y) {\nrelu }", "block b(x,   # one\n    y) {\n  relu\n}"),
        (
            f"block b() {{\nhead h(loss_weight={THOUSANDS}, phase=1) {{\nrelu }} }}",
            (
                f"block b() {{\n  head h(loss_weight={THOUSANDS},\n      phase=1) {{\n"
                "    relu\n  }\n}"
            ),
        ),
    ],
    ids=["variant", "block", "comment", "head"],
)
def test_a_long_header_is_broken_and_its_body_stays_where_it_is(written: str, canonical: str):
    assert fmt(written) == f"{canonical}\n"


def test_a_long_line_without_a_place_to_break_stays() -> None:
    text = f"let a = {' + '.join(['1000'] * 30)}\n"
    assert fmt(text) == text


def test_a_syntax_error_is_raised() -> None:
    with pytest.raises(ArchError, match="E101"):
        format_source(Source("a.arch", "let a = (1"))


# --- any text


def joined(*parts: st.SearchStrategy[str] | str) -> st.SearchStrategy[str]:
    """The parts, one behind the other; ` ` may become any blank, `·` any place for a newline."""
    made = [st.just(part) if isinstance(part, str) else part for part in parts]
    return st.tuples(*made).map("".join)


def some(part: st.SearchStrategy[str], mark: str, most: int = 3) -> st.SearchStrategy[str]:
    return st.lists(part, min_size=1, max_size=most).map(mark.join)


NAMES = st.sampled_from(["a", "bb", "Block", "relu", "très", "note", "conv2_x"])
NUMBERS = st.sampled_from(["1", "1_516", "60k", "1e-4", "2.5", "5x5", "3×2×1", "100000000000"])
ATOMS = st.one_of(NAMES, NUMBERS, joined("@", NAMES), joined(NAMES, ".c"), st.just('"t  # \\" x"'))
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        joined(inner, " ", st.sampled_from(["+", "-", "*", "/", "//", "%", "**"]), " ", inner),
        joined("(·", inner, " ", st.sampled_from(["and", "or", "==", "<"]), " ", inner, "·)"),
        joined("(", inner, "· if ·", inner, "· else ·", inner, ")"),
        joined("- ", inner),
        joined("(not ", inner, ")"),
        joined("[·", some(inner, " ,· "), "·]"),
        joined(NAMES, "(", some(inner, " ,· "), "·,·)"),
        joined(NAMES, "[ ", inner, "·]"),
    ),
    max_leaves=6,
)
ARGUMENTS = st.one_of(
    st.just(""),
    joined("(·", some(st.one_of(EXPRESSIONS, joined(NAMES, " = ", EXPRESSIONS)), " ,· ", 6), "·)"),
)
SHAPES = st.sampled_from(["", "· => ·3x4x5", "· =>· [1,· n]", "· => 84"])
TAGS = st.sampled_from(["", " [a=b]", " [ freeze ,·x=2 ]"])


def statement(links: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    chain = joined(st.sampled_from(["", "@in ·->· "]), some(links, "· -> ·"))
    label = st.sampled_from(["", "x : ", "label: "])
    return joined("^", label, chain, SHAPES, TAGS)


def body(links: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return joined("{·", some(statement(links), "\n"), "·}")


CALLS = joined(NAMES, ARGUMENTS)
LINKS = st.recursive(
    CALLS,
    lambda inner: st.one_of(
        body(inner),
        joined(NAMES, " {·", some(joined("|· ", statement(inner)), "·"), "·}"),
        joined("repeat ", EXPRESSIONS, "· ", body(inner)),
        joined("repeat i in ", ATOMS, " .. ", ATOMS, "· ", body(inner)),
        joined("if ", EXPRESSIONS, "· ", body(inner)),
        joined("if ", EXPRESSIONS, "· ", body(inner), "· else ·", body(inner)),
        joined("if a· ", body(inner), "· else if b· ", body(inner), "· else·", body(inner)),
    ),
    max_leaves=4,
)
ENTRIES = joined("·{·", some(joined(NAMES, " = ", EXPRESSIONS), "\n"), "·}")
REMARKS = st.sampled_from(["", ' from q "p"', ' from derived note "n" disputed "d"', ' note "n"'])
CLAIMS = joined("a.b.", NAMES, " ~= ", EXPRESSIONS, st.sampled_from(["", " within 1 %"]), REMARKS)
ITEMS = st.one_of(
    statement(LINKS),
    joined("^input ", st.sampled_from(["", "x : "]), st.sampled_from(["3x4x5", "[n,· 1,1]"])),
    joined("output ", some(joined("@", NAMES), " ,· ")),
    joined("^head h", st.sampled_from(["", "(w = 1)"]), "· ", body(LINKS)),
    joined("expect· {·", some(CLAIMS, "\n"), "·}"),
    joined("train", ENTRIES),
)
PARAMETERS = st.sampled_from(["", "()", "(a,· b = 2 )", "(·n·)"])
DEFINITIONS = st.one_of(
    joined("from ", st.just('"./x.arch"'), " import ", some(st.just("a as b"), " ,· ")),
    joined("^cite ", NAMES, ENTRIES),
    joined("let ", NAMES, " = ", EXPRESSIONS),
    joined("^table t· {·", some(st.sampled_from(["X . X", "1 -0.5 1e-3"]), "\n", 1), "·}"),
    joined("^block ", NAMES, PARAMETERS, "· ", body(LINKS)),
    joined("^arch ", NAMES, PARAMETERS, ' "t"· {·', some(ITEMS, "\n", 5), "·}"),
    joined("^arch ", NAMES, " = ", NAMES, ARGUMENTS),
    joined("train x for ", NAMES, ENTRIES),
)
FILES = some(DEFINITIONS, "\n", 4)
BREAKS = st.sampled_from(
    ["", "", "", " ", "\n", "\n\n\n", " # c\n", "\n# own\n", "\n## own\n", " ## c\n\n## d\n"]
)
NEWLINES = st.sampled_from(["\n", "\n", "\n", "\n\n\n", " # c\n", "\n  # own\n", "\n## a\n## b\n"])
BLANKS = st.sampled_from([" ", " ", " ", "  ", "\t"])


@st.composite
def laid_out(draw: st.DrawFn) -> str:
    """A text in any layout. Documentation may stand before `^` only, as in real texts too."""
    text, places = draw(FILES), {"·": BREAKS, "\n": NEWLINES, " ": BLANKS, "^": st.just("")}
    parts = re.split(r'("[^"\\\n]*(?:\\.[^"\\\n]*)*")', text)
    return "".join(
        part if part.startswith('"') else re.sub(r"[·\n ^]", lambda m: draw(places[m[0]]), part)
        for part in parts
    )


@FEW
@given(laid_out())
def test_any_layout(text: str) -> None:
    assert parse(Source("a.arch", text)).diagnostics == ()
    fmt(text)
