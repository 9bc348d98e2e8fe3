"""Dense blocks whose concatenations share a buffer, by hand; torch is in tests/compiler."""

from __future__ import annotations

import pytest

from archspec.analysis import Setup, analyze, explain
from archspec.analysis.shared_storage import SharedStorage, shared_storage
from archspec.analysis.storages import Storages
from archspec.graph import load
from archspec.rendering.footer import facts
from tests.helpers import arch, graph_of, net

PIXELS, WIDTH = 16, 4  # of the maps below, all 4x4 in float32
MAP = PIXELS * WIDTH
LAYER = "block layer(k) { concat { | identity | bn -> relu -> conv(k, 1) } }"
START = "a: conv(2, 1)"


def shared(*statements: str, batch: int = 1) -> SharedStorage:
    graph = graph_of(arch(*statements, x="1x4x4", above=LAYER))
    return shared_storage(Storages(graph, Setup(batch=batch)))


def test_a_block_keeps_its_last_width_once() -> None:
    """Maps 2 + 3 + 3 in one buffer; beside it the image that `a` reads, and no bn or relu."""
    found = shared(START, "d: repeat 2 { layer(3) }", "b: conv(1, 1)")
    assert found.buffers == {"d.2.concat": 8 * MAP}
    assert found.others == {"input": MAP}
    assert found.again == ("d.1.bn", "d.1.relu", "d.2.bn", "d.2.relu")
    assert found.saved == 9 * MAP


def test_a_plain_run_keeps_every_copy() -> None:
    """Input of a; inputs, statistics and relus of bn at 2 and 5 maps; the concatenation of 8."""
    report = net(START, "d: repeat 2 { layer(3) }", "b: conv(1, 1)", x="1x4x4", above=LAYER)
    assert report.memory is not None
    loss = report.memory.saved_shared - 9 * MAP
    statistics = WIDTH * 2 * (2 + 5)
    assert report.memory.saved == (1 + 2 * 2 + 2 * 5 + 8) * MAP + statistics + loss


def test_bytes_grow_with_the_batch() -> None:
    block = (START, "d: repeat 2 { layer(3) }", "b: conv(1, 1)")
    assert shared(*block, batch=5).saved == 5 * shared(*block).saved


def test_what_is_kept_behind_a_convolution_stays() -> None:
    """The second norm reads maps that lie in no buffer."""
    found = shared(START, "d: repeat 2 { layer(3) }", "conv(1, 1)", "e: bn", "relu", "conv(1, 1)")
    assert "e" not in found.again
    assert {path for path in found.others if not path.endswith(":own")} == {
        "input",
        "conv",
        "relu",
    }


ALONE = [  # concatenations, but none at the front of another
    [START, "concat { | conv(2, 1) | conv(3, 1) }", "relu", "conv(1, 1)"],
    [START, "d: layer(3)", "b: conv(1, 1)"],
    [START, "c: concat(@a, @a)", "concat(@a, @c)", "conv(1, 1)"],
    [START, "c: concat(@a, @a)", "p: slice(0, 2)", "concat(@p, @a)", "conv(1, 1)"],
    [START, "c: concat(@a, @a)", "r: relu", "concat(@r, @a)", "conv(1, 1)"],
]


@pytest.mark.parametrize("statements", ALONE, ids=lambda statements: statements[1][:24])
def test_nothing_is_shared_where_no_concatenation_extends_another(statements: list[str]) -> None:
    graph = graph_of(arch(*statements, x="1x4x4", above=LAYER))
    run = Storages(graph, Setup())
    assert shared_storage(run) == SharedStorage({}, run.saved, ())


def test_only_one_concatenation_lies_behind_another() -> None:
    """Both begin with c, whose buffer has one place behind it."""
    found = shared(
        START,
        "c: concat(@a, @a)",
        "one: concat(@c, @a)",
        "other: @c -> concat { | identity | conv(3, 1) }",
        "add { | @one -> conv(1, 1) | @other -> conv(1, 1) }",
    )
    assert found.buffers == {"one": 6 * MAP}
    assert found.others == {"input": MAP, "other.concat": 7 * MAP}


def test_an_image_from_outside_lies_in_no_buffer() -> None:
    found = shared("c: concat { | identity | conv(2, 1) }", "d: layer(3)", "conv(1, 1)")
    assert found.buffers == {"d.concat": 6 * MAP}
    assert found.others == {"input": MAP}


def test_an_activation_that_is_joined_lies_in_the_buffer_and_is_made_once() -> None:
    found = shared(START, "d: repeat 2 { concat { | identity | relu } }", "conv(1, 1)")
    assert (found.buffers, found.again) == ({"d.2.concat": 8 * MAP}, ())


def test_nothing_is_worked_out_again_for_nobody() -> None:
    """No gradient goes back behind the only layer that is trained."""
    fixed = "conv(2, 1, trainable=false)"
    block = f"repeat 2 {{ concat {{ | identity | {fixed} }} }}"
    found = shared(f"a: {fixed}", f"d: {block}", "relu", "global_avgpool", "linear(2)")
    assert (found.buffers, found.again) == ({}, ())
    assert found.others == {"global_avgpool": 6 * WIDTH}


def test_explain_and_the_footer_tell_it() -> None:
    report = analyze(load("zoo:densenet121"))
    assert report.memory is not None
    derivation = explain(report, "", "memory.saved.shared")
    assert [term.label for term in derivation.terms][:2] == [
        "buffer up to dense1.6.concat",
        "buffer up to dense2.12.concat",
    ]
    assert sum(term.amount.value for term in derivation.terms) == report.memory.saved_shared
    line = (
        f"shared storage: {report.memory.saved_shared:,} instead of {report.memory.saved:,} bytes"
    )
    assert any(fact.startswith(line) for fact in facts(report))
    plain = facts(analyze(load("zoo:googlenet")))
    assert not any(fact.startswith("shared") for fact in plain)
