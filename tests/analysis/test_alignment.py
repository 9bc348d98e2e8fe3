"""Which node of one network is which node of another."""

from __future__ import annotations

import pytest

from archspec.analysis import alignment
from archspec.analysis.alignment import align
from tests.helpers import arch, graph_of


def told(old: str, new: str) -> list[str]:
    """`= a`, `a > b`, `- a`, `+ b` for every match but that of the input."""
    signs = {"added": "+", "removed": "-", "same": "="}
    lines = []
    for match in align(graph_of(old), graph_of(new)):
        paths = [level.path for level in (match.old, match.new) if level]
        if paths[0] != "input":
            moved = match.kind == "moved"
            lines.append(" > ".join(paths) if moved else f"{signs[match.kind]} {paths[-1]}")
    return lines


CASES = {
    "a label is the same thing whatever it is now": (
        ("a: conv(2, 3)", "b: relu"),
        ("a: maxpool(2)", "b: relu"),
        ["= a", "= b"],
    ),
    "equal operators in order, then other labels": (
        ("a: conv(2, 3)", "b: relu", "c: conv(2, 5)"),
        ("x: conv(2, 3)", "y: relu", "z: conv(2, 7)"),
        ["a > x", "b > y", "c > z"],
    ),
    "numbers that an insertion shifts": (
        ("conv(2, 3)", "relu", "conv(4, 3)", "relu"),
        ("conv(9, 1)", "relu", "conv(2, 3)", "relu", "conv(4, 3)", "relu"),
        [
            "+ conv",
            "+ relu",
            "conv > conv_2",
            "relu > relu_2",
            "conv_2 > conv_3",
            "relu_2 > relu_3",
        ],
    ),
    "the name wins where the content cannot tell": (
        ("relu",),
        ("first: relu", "relu"),
        ["+ first", "= relu"],
    ),
    "and between others too": (
        ("relu",),
        ("first: relu", "relu", "last: relu"),
        ["+ first", "= relu", "+ last"],
    ),
    "an argument changed under a numbered name": (
        ("conv(2, 3)", "dropout(0.5)"),
        ("conv(2, 3)", "dropout(0.4)"),
        ["= conv", "= dropout"],
    ),
    "a statement that got a second link": (
        ("a: conv(2, 3)",),
        ("a: conv(2, 3) -> relu",),
        ["a > a.conv", "+ a.relu"],
    ),
    "and lost it": (
        ("a: conv(2, 3) -> relu",),
        ("a: conv(2, 3)",),
        ["a.conv > a", "- a.relu"],
    ),
    "a statement of which nothing is left": (
        ("a: conv(2, 3)",),
        ("a: bn -> relu",),
        ["- a", "+ a"],
    ),
    "what went is told where it stood": (
        ("a: relu", "b: tanh", "c: relu", "d: tanh"),
        ("c: relu",),
        ["- a", "- b", "= c", "- d"],
    ),
    "other order of labels": (
        ("a: relu", "b: tanh"),
        ("b: tanh", "a: relu"),
        ["= b", "= a"],
    ),
    "no crossing among what only looks alike": (
        ("a: conv(2, 3)", "k: bn", "b: relu"),
        ("x: relu", "k: bn", "y: conv(4, 3)"),
        ["- a", "+ x", "= k", "- b", "+ y"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_align(name: str):
    old, new, expected = CASES[name]
    got = told(arch(*old), arch(*new))
    assert sorted(got) == sorted(expected)
    if name.startswith("what went"):
        assert got == expected


def test_of_several_longest_subsequences_both_directions_take_the_same():
    """Either the relu or the tanh keeps its place; which one may not depend on who asks."""
    one, two = arch("a: relu", "b: tanh"), arch("x: tanh", "y: relu")
    there = [line for line in told(one, two) if ">" in line]
    back = [" > ".join(line.split(" > ")[::-1]) for line in told(two, one) if ">" in line]
    assert there == back
    assert len(there) == 1


def test_a_group_under_another_name_is_told_before_its_nodes():
    block = "block unit(c) { conv(c, 3) -> relu }"
    old, new = arch("a: unit(2)", above=block), arch("z: unit(2)", above=block)
    assert told(old, new) == ["a > z", "= z.conv", "= z.relu"]


def test_a_block_of_several_statements_is_aligned_within():
    old = arch("a: unit(2)", above="block unit(c) { conv(c, 3) -> relu }")
    new = arch("a: unit(2)", above="block unit(c) { conv(c, 3) -> bn -> relu }")
    assert told(old, new) == ["= a.conv", "+ a.bn", "= a.relu"]


def chain(prefix: str, kinds: str) -> str:
    """One letter a statement: `c` and `d` convolutions, `r` a relu."""
    calls = {"c": "conv(1, 1)", "d": "conv(1, 3, pad=1)", "r": "relu"}
    return arch(*(f"{prefix}{number}: {calls[kind]}" for number, kind in enumerate(kinds)))


@pytest.mark.parametrize("cells", [0, 30, alignment.MAX_CELLS])
@pytest.mark.parametrize(("old", "new", "kept"), [("crdr", "crdr", 4), ("crcdrcr", "crdrcrc", 6)])
def test_many_siblings_are_aligned_in_one_pass(
    monkeypatch: pytest.MonkeyPatch, cells: int, old: str, new: str, kept: int
):
    """A common subsequence at any size; the longest one only where there are not too many."""
    monkeypatch.setattr(alignment, "MAX_CELLS", cells)
    lines = told(chain("a", old), chain("b", new))
    moved = [line for line in lines if ">" in line]
    assert len(moved) == kept or (cells == 0 and 0 < len(moved) <= kept)


def test_the_work_grows_with_the_nodes(monkeypatch: pytest.MonkeyPatch):
    """Ten times the turns of a repeat, ten times the comparisons of names and contents."""
    counted = []
    for turns in (20, 200):
        calls = [0]
        plain = alignment._in_order

        def count(*args, calls=calls, plain=plain):
            calls[0] += len(args[0]) + len(args[1])
            return plain(*args)

        monkeypatch.setattr(alignment, "_in_order", count)
        above = (
            "block unit(c) { add { | conv(c, 3, pad=1) -> conv(1, 3, pad=1) | identity }\n relu }"
        )
        old, new = (
            graph_of(arch(f"u: repeat i in 1..{turns} {{ unit({c}) }}", above=above))
            for c in (1, 2)
        )
        align(old, new)
        monkeypatch.undo()
        counted.append(calls[0])
    assert 0 < counted[1] <= 10.5 * counted[0]
