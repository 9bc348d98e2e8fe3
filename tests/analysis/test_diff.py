"""What differs between two networks: hand-checked cases, and laws for any two chains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.analysis import Setup, analyze, causes, diff
from archspec.graph import load
from tests.helpers import arch, graph_of, net, report_of
from tests.strategies import chains

if TYPE_CHECKING:
    from archspec.analysis import Change, Diff
    from tests.strategies import Chain

MIRROR = {"added": "removed", "removed": "added"}


def between(old: str, new: str) -> Diff:
    return diff(report_of(old), report_of(new))


def kinds(difference: Diff) -> list[str]:
    return [f"{change.kind} {change.path}" for change in difference.changes]


def total(difference: Diff, metric: str) -> tuple[object, object]:
    return next((t.old, t.new) for t in difference.totals if t.metric == metric)


def content(change: Change, *, swapped: bool = False) -> object:
    """All of a change as plain values, the two networks swapped if asked."""
    turn = -1 if swapped else 1
    pair = lambda old, new: (old, new)[::turn]  # noqa: E731
    return (
        MIRROR.get(change.kind, change.kind) if swapped else change.kind,
        pair(change.old_path, change.new_path),
        pair(*([node.path for node in side] for side in (change.old, change.new))),
        [(item.name, pair(str(item.old), str(item.new))) for item in change.arguments],
        pair(*change.inputs),
        [(item.metric, pair(item.old, item.new)) for item in change.numbers],
    )


def assert_mirrored(there: Diff, back: Diff) -> None:
    swapped = sorted(map(str, (content(change, swapped=True) for change in back.changes)))
    assert sorted(map(str, map(content, there.changes))) == swapped
    assert [(s.old, s.new) for s in there.settings] == [(s.new, s.old) for s in back.settings]
    assert [(t.metric, t.old, t.new) for t in there.totals] == [
        (t.metric, t.new, t.old) for t in back.totals
    ]


# --- laws -----------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(chains())
def test_a_network_does_not_differ_from_itself(chain: Chain):
    difference = between(chain.text(), chain.text())
    assert difference.is_empty
    assert causes(difference) == ()
    assert all(item.old == item.new for item in difference.totals)


@settings(max_examples=60, deadline=None)
@given(chains(), chains())
def test_swapped_networks_give_the_mirrored_difference(one: Chain, two: Chain):
    assert_mirrored(between(one.text(), two.text()), between(two.text(), one.text()))


@settings(max_examples=40, deadline=None)
@given(chains())
def test_other_labels_alone_are_moves(chain: Chain):
    labels = tuple(f"r{number}" if label else "" for number, label in enumerate(chain.labels))
    difference = between(chain.text(), chain.text(labels))
    moved = [(change.kind, change.old_path[1:]) for change in difference.changes]
    assert moved == [("moved", label[1:]) for label in chain.labels if label]
    assert not difference.settings
    assert all(item.old == item.new for item in difference.totals)


@settings(max_examples=40, deadline=None)
@given(chains(), st.data())
def test_a_statement_put_in_is_the_only_cause(chain: Chain, data: st.DataObject):
    place = data.draw(st.integers(0, len(chain.statements)))
    labels = tuple(f"s{number}" for number in range(len(chain.statements)))
    longer = type(chain)(
        chain.x, (*chain.statements[:place], ("abs",), *chain.statements[place:])
    ).text((*labels[:place], "extra", *labels[place:]))
    difference = between(chain.text(labels), longer)
    found = [line for line in kinds(difference) if not line.startswith("effect")]
    assert found == ["added extra"]


# --- cases ----------------------------------------------------------------------------------------


def test_a_cause_and_what_follows_from_it():
    difference = between(
        arch("a: conv(2, 3)", "b: relu", "c: linear(3)", x="1x8x8"),
        arch("a: conv(2, 5)", "b: relu", "c: linear(3)", x="1x8x8"),
    )
    assert kinds(difference) == ["changed a", "effect b", "effect c"]
    a, b, c = difference.changes
    assert [(item.name, item.old, item.new) for item in a.arguments] == [("k", (3, 3), (5, 5))]
    numbers = {item.metric: (item.old, item.new) for item in a.numbers}
    # 2 * 9 + 2 and 2 * 25 + 2 parameters, 18 and 50 weights at 6x6 and 4x4 places
    assert numbers["params"] == (20, 52)
    assert numbers["macs"] == (18 * 36, 50 * 16)
    assert numbers["output"] == ((2, 6, 6), (2, 4, 4))
    assert numbers["rf"] == ((3, 3), (5, 5))
    assert [item.metric for item in b.numbers] == ["output", "rf"]
    assert [(item.metric, item.old, item.new) for item in c.numbers if item.metric == "params"] == [
        ("params", 72 * 3 + 3, 32 * 3 + 3)
    ]
    assert total(difference, "params") == (239, 151)
    assert total(difference, "rf") == (3, 5)


def test_another_operator_under_the_same_label():
    difference = between(arch("a: relu"), arch("a: tanh"))
    assert kinds(difference) == ["changed a"]
    assert difference.changes[0].arguments == ()


def test_what_stands_behind_an_insertion_still_reads_the_same():
    """Nor is a shortcut a new input of what follows the merge, whichever lane comes first."""
    lanes = ("conv(1, 1) -> bn", "identity")
    plain = arch("a: relu", "b: conv(1, 1) -> bn", "c: relu")
    for first, second in (lanes, lanes[::-1]):
        merged = arch("a: relu", f"b: {{ add {{ | {first} | {second} }} }}", "c: relu")
        found = {line.split()[0] for line in kinds(between(plain, merged))}
        assert "changed" not in found, kinds(between(plain, merged))


def test_other_wiring_is_a_cause():
    lines = ("a: conv(1, 1)", "b: conv(1, 1)")
    difference = between(arch(*lines, "c: add(@a, @b)"), arch(*lines, "c: add(@a, @a)"))
    assert kinds(difference) == ["changed c"]
    assert difference.changes[0].inputs == (("b",), ())
    swapped = between(arch(*lines, "c: concat(@a, @b)"), arch(*lines, "c: concat(@b, @a)"))
    assert swapped.changes[0].inputs == (("a", "b"), ("b", "a"))


def test_shared_weights_are_an_argument():
    lines = ("a: conv(1, 1)", "b: conv(1, 1)")
    own = arch(*lines, "c: conv(1, 1)")
    of_a, of_b = (arch(*lines, f"c: conv(1, 1, weights=@{owner})") for owner in "ab")
    for old, new, expected in ((own, of_a, (None, "a")), (of_a, of_b, ("a", "b"))):
        change = between(old, new).changes[0]
        assert [(i.name, i.old, i.new) for i in change.arguments] == [("weights", *expected)]
    assert between(of_a, of_a).is_empty


def test_a_table_is_its_cells():
    table = "table {name} {{\n{rows}\n}}"
    lines = "conv(2, 1, table={name})"
    texts = [
        arch(lines.format(name=name), x="2x8x8", above=table.format(name=name, rows=rows))
        for name, rows in (("s", "X .\n. X"), ("t", "X .\n. X"), ("t", "X X\n. X"))
    ]
    assert between(texts[0], texts[1]).is_empty
    assert kinds(between(texts[1], texts[2])) == ["changed conv"]


def test_settings_come_apart_from_nodes():
    text = arch("a: conv(2, 3)", x="1x8x8")
    old, new = analyze(graph_of(text)), analyze(graph_of(text, (1, 9, 9)), Setup(batch=2))
    difference = diff(old, new)
    assert [(s.name, s.old, s.new) for s in difference.settings] == [
        ("input", (1, 8, 8), (1, 9, 9)),
        ("batch", 1, 2),
    ]
    assert kinds(difference) == ["effect a"]
    assert not difference.is_empty


def test_several_inputs_are_named():
    text = "arch A {{ input p: {p}\n input q: 1x4x4\n add(@p, @q) }}\n"
    two = text.format(p="1x4x4")
    bigger = two.replace("q: 1x4x4", "q: 1x5x5").replace("p: 1x4x4", "p: 1x5x5")
    names = [item.name for item in between(two, bigger).settings]
    assert names == ["input p", "input q"]
    assert "removed q" in kinds(between(two, "arch A { input p: 1x4x4\n add(@p, @p) }\n"))


def test_outputs_and_recipes_are_settings():
    recipe = "train {{ data = mnist5k\n epochs = {} }}"
    three, four = (net("a: relu", "b: tanh", recipe.format(n), x="1x28x28") for n in (3, 4))
    none = net("a: relu", "b: tanh", x="1x28x28")
    found = [(s.name, s.old, s.new) for s in diff(three, four).settings]
    assert found == [("train.epochs", "3", "4")]
    found = [(s.name, s.old, s.new) for s in diff(three, none).settings]
    assert found == [("train", "recipe", None)]
    lines = ("a: relu", "b: tanh")
    last, both = net(*lines), net(*lines, "output @a, @b")
    assert [s.name for s in diff(last, both).settings] == ["output"]


def test_heads_are_settings_and_nodes():
    text = "a: relu", 'head h(loss_weight={}, phase="{}") {{ @a -> linear(2) }}', "b: linear(3)"
    one, two = (
        net(text[0], text[1].format(weight, phase), text[2])
        for weight, phase in (("0.3", "train"), ("0.5", "always"))
    )
    found = [(s.name, s.old, s.new) for s in diff(one, two).settings]
    assert found == [("head h loss_weight", "0.3", "0.5"), ("head h phase", "train", "always")]
    without = net("a: relu", "b: linear(3)")
    assert kinds(diff(one, without)) == ["removed h"]


# --- causes ---------------------------------------------------------------------------------------


def gathered(difference: Diff) -> list[tuple[tuple[str, ...], list[str]]]:
    return [(cause.places, [part.name for part in cause.parts]) for cause in causes(difference)]


UNIT = "block unit(c, v) { a(c, v) -> relu\n b(c, v) }\n"
UNIT += "block a(c, v) { conv(c, 1, stride=1 if v else 2) -> bn }\n"
UNIT += "block b(c, v) { conv(c, 3, stride=2 if v else 1, pad=1) -> bn }\n"


def test_what_instances_share_is_told_once():
    old, new = (
        arch(
            f"s: unit(2, {v})",
            f"t: unit(4, {v})",
            "u: unit(8, true)",
            above=UNIT,
        )
        for v in ("false", "true")
    )
    assert gathered(between(old, new)) == [(("s", "t"), ["a.conv", "b.conv"])]


def test_a_turn_of_a_repeat_is_a_place():
    old, new = (arch(f"u: repeat i in 1..{n} {{ conv(2, 3, pad=1) -> relu }}") for n in (2, 4))
    assert gathered(between(old, new)) == [(("u.3", "u.4"), [""])]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("vgg16", "vgg19", [(("conv3_4",), [""]), (("conv4_4", "conv5_4"), [""])]),
        ("vgg11", "vgg11_lrn", [(("lrn",), [""])]),
        ("alexnet", "alexnet_no_groups", [(("conv2", "conv4", "conv5"), ["conv"])]),
        ("lenet5", "lenet5_full_c3", [(("C3",), ["conv"]), (("C5",), ["conv"])]),
    ],
)
def test_networks_of_the_zoo(old: str, new: str, expected: list[tuple[tuple[str, ...], list[str]]]):
    one, two = (analyze(load(f"zoo:{name}")) for name in (old, new))
    assert gathered(diff(one, two)) == expected
    assert_mirrored(diff(one, two), diff(two, one))


def test_every_cause_is_told_exactly_once():
    one, two = (analyze(load(f"zoo:{name}")) for name in ("googlenet", "googlenet_tv"))
    difference = diff(one, two)
    told = [id(c) for cause in causes(difference) for part in cause.parts for c in part.changes]
    assert sorted(told) == sorted(id(c) for c in difference.changes if c.kind != "effect")
    places = {cause.places[0]: len(cause.places) for cause in causes(difference)}
    # 57 convolutions and two in heads, 9 of them the 5x5 lane's; both lrn; both heads
    assert (places["conv1"], places["i3a.b5.unit_2"], places["lrn"], places["aux1"]) == (
        50,
        9,
        2,
        2,
    )
    assert_mirrored(difference, diff(two, one))
