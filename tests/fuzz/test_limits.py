"""What a spec can choose has a limit, and beyond it an error that names it, at once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from archspec.errors import ArchError
from archspec.rendering.diagnostics import human
from archspec.schema import find
from archspec.schema.sources import MAX_BYTES, read
from archspec.source import Source
from archspec.syntax.scanner import MAX_WORDS, lay_out
from tests.helpers import arch, check, diagnose, net, places

if TYPE_CHECKING:
    from pathlib import Path

NESTS = "".join(f"block b{i}() {{ b{i + 1} -> b{i + 1} }}\n" for i in range(30))
REFUSED = {
    "a million times": arch("repeat 1_000_000 { relu }"),
    "a million times nothing": arch("repeat 1_000_000 { if false { relu } }"),
    "from a to b": arch("repeat i in -5..2**200 { relu }"),
    "nested": arch("repeat 1000 { repeat 1000 { repeat 1000 { relu } } }"),
    "nested nothing": arch("repeat 1000 { repeat 1000 { repeat 1000 { if false { relu } } } }"),
    "by a variable": arch("repeat i in 1..9 { repeat 1000 { repeat 1000 { conv(i, 1) } } }"),
    "in a lane": arch("add { | identity | repeat 1000 { repeat 1000 { relu } } }"),
    "in a group": arch("relu -> { repeat 1000 { repeat 1000 { relu } } }"),
    "on both sides": arch(
        "if 1 > 2 { relu } else { repeat 1000 { repeat 1000 { relu } } }",
    ),
    "by a parameter": "block b(n) { repeat n { repeat n { relu } } }" + arch("b(1000)"),
    "blocks that double": f"{NESTS}block b30() {{ relu }}" + arch("b0"),
    "blocks in a repeat": "block b() { repeat 1000 { relu } }" + arch("repeat 1000 { b }"),
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_too_many_links_are_refused_at_once(text: str) -> None:
    start = time.process_time()
    found = check(text)
    assert time.process_time() - start < 0.5
    assert [item.code for item in found] == ["E005"]
    assert "200,000" in found[0].message or "400,000" in found[0].message


def test_what_no_text_tells_ends_as_well() -> None:
    """A condition may hide any number of links: those that are walked are counted."""
    hidden = "block b(n) { if n > 0 { repeat j in 1..5000 { if n < 0 { relu } } } }"
    (found,) = check(hidden + arch("repeat i in 1..5000 { b(i) }"))
    assert (found.code, found.values) == ("E005", {"limit": 400_000})


def test_one_name_may_hide_another() -> None:
    """A count that means the variable of the repeat around is not the value outside."""
    text = arch("repeat n in 1..2 { repeat n { relu } }", above="let n = 200_000")
    assert check(text) == ()
    text = "block b(n) { repeat n { relu } }\n" + arch("b(2)", above="let n = 200_000")
    assert [item.code for item in check(text)] == ["W401"]


def test_large_networks_below_the_limits_are_built() -> None:
    assert len(net("repeat 20_000 { relu -> tanh }").graph.nodes) == 40_001


def test_too_many_nodes() -> None:
    text = arch("repeat 70_000 { concat { | relu | tanh } -> slice(0, 1) }", x="1x1x1")
    (found,) = check(text)
    assert (found.code, "200,000 nodes" in found.message) == ("E005", True)


@pytest.mark.parametrize("depth", [64, 65])
def test_blocks_call_one_another_64_deep(depth: int) -> None:
    blocks = "".join(f"block b{i}() {{ b{i + 1} }}\n" for i in range(1, depth))
    found = check(f"{blocks}block b{depth}() {{ relu }}\n{arch('b1')}")
    assert [item.code for item in found] == ["E005"] * (depth > 64)
    assert all("more than 64" in item.message for item in found)


@pytest.mark.parametrize("files", [32, 33])
def test_files_import_one_another_32_deep(tmp_path: Path, files: int) -> None:
    for i in range(files):
        text = f'from "./f{i + 1}.arch" import b\n'
        (tmp_path / f"f{i}.arch").write_text(text)
    (tmp_path / f"f{files}.arch").write_text("block b() { relu }")
    root = tmp_path / "root.arch"
    root.write_text('from "./f0.arch" import b' + arch("b"))
    found = diagnose(find(str(root)))
    assert [item.code for item in found if item.severity == "error"][:1] == ["E005"] * (files > 31)
    assert all("32" in item.message for item in found if item.code == "E005")


def test_too_large_a_file(tmp_path: Path) -> None:
    large = tmp_path / "large.arch"
    large.write_bytes(b" " * (MAX_BYTES + 1))
    with pytest.raises(ArchError, match="1,048,576") as caught:
        read(large)
    assert caught.value.diagnostics[0].code == "E005"


@pytest.mark.parametrize(
    "text",
    [
        f"let a = [{'1, ' * 100_000}1]\n{arch('relu')}",
        arch("relu -> " * 100_000 + "relu"),
        "table t {\n" + ("X . " * 100 + "\n") * 1000 + "}" + arch("relu"),
    ],
    ids=["a list", "a chain", "a table"],
)
def test_too_many_words_are_refused_before_they_are_parsed(text: str) -> None:
    start = time.process_time()
    (found,) = check(text)
    assert time.process_time() - start < 2
    assert (found.code, found.values) == ("E005", {"limit": MAX_WORDS})
    assert "150,000" in found.message


def test_ten_thousand_statements_may_be_written_out() -> None:
    """About as many words as a file may have; the parser has its own tests."""
    lines = "\n".join(f"s{n}: conv(8, 3, pad=1) -> relu" for n in range(10_000))
    assert lay_out(Source("a.arch", arch(lines))).is_bearable


@pytest.mark.parametrize(
    "text",
    ["2 ** 257", "2 ** 256 * 2", "2 ** (2 ** 100)", "1e61", "1 / 2 ** 256 / 2"],
)
def test_numbers_are_capped(text: str) -> None:
    found = check(f"let a = {text}\n{arch('linear(a)')}")
    assert found[0].code == "E409"


def test_lists_are_capped() -> None:
    """Also those that say little and mean much: a list of lists of lists …"""
    lists = "let a0 = [1, 2]\n" + "".join(f"let a{i + 1} = [a{i}, a{i}]\n" for i in range(60))
    for text in (f"let a = [{'1, ' * 10_001}]\n", lists):
        (found,) = [item for item in check(text + arch("relu")) if item.severity == "error"]
        assert (found.code, "10,000" in found.message) == ("E005", True)
    assert places(check(f"let a = [{'1, ' * 10_000}]\n{arch('linear(len(a))', x='3')}")) == []


def test_a_table_by_rule_is_never_written_out() -> None:
    report = net("conv(2**200, 3, table=cyclic(2**90))", x="7x3x3")
    assert report.number("", "params") == 2**200 * (7 * 9 + 1)


def test_thousands_of_values_in_the_wrong_order_take_no_time() -> None:
    """A round for each of them would take minutes."""
    lets = "".join(f"let a{i} = a{i + 1}\n" for i in range(3000))
    start = time.process_time()
    assert check(f"{lets}let a3000 = 7\n{arch('linear(a0)', x='3')}") == ()
    assert time.process_time() - start < 5


def test_a_source_line_of_any_length_is_cut_in_no_time() -> None:
    found = check("? " + "x" * 200_000)
    start = time.process_time()
    shown = human(found, width=60)
    assert time.process_time() - start < 2
    assert max(map(len, shown.splitlines())) < 100


def test_thousands_of_allowed_hints_take_no_time() -> None:
    """Each comment for each hint would be half a minute."""
    line = "conv(1, 1, pad=1) -> relu  # allow W205: a frame"
    start = time.process_time()
    assert check(arch(*[line] * 3000, x="1x3x3")) == ()
    assert time.process_time() - start < 12
