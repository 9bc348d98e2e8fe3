"""Weights in files: nothing is lost, nothing fits by accident, nothing is half written."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING

import pytest
from compiler_nets import lenet5, net

from archspec.compiler import compile_graph, load_weights, save_weights
from archspec.errors import ArchError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import nn

pytestmark = pytest.mark.torch


@pytest.fixture
def model():
    return compile_graph(lenet5(), seed=0)


def diagnostics(call: Callable[..., object], *arguments: object, **options: object):
    with pytest.raises(ArchError) as caught:
        call(*arguments, **options)
    return [(item.code, item.message, item.help) for item in caught.value.diagnostics]


def assert_equal_weights(one: nn.Module, other: nn.Module):
    import torch

    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("by", ["name", "order"])
@pytest.mark.parametrize("suffix", ["safetensors", "pt"])
def test_what_is_saved_is_loaded(model: nn.Module, tmp_path: Path, by: str, suffix: str):
    import torch

    file = tmp_path / f"w.{suffix}"
    if suffix == "pt":
        torch.save(model.state_dict(), file)
    else:
        save_weights(model, file)
    other = compile_graph(lenet5(), seed=1)
    pairs = load_weights(other, file, by=by)
    assert pairs == {key: key for key in model.state_dict()}
    assert_equal_weights(other, model)


def test_tensors_of_another_memory_layout_are_saved_too(model: nn.Module, tmp_path: Path):
    import torch

    save_weights(model.to(memory_format=torch.channels_last), tmp_path / "w.safetensors")
    other = compile_graph(lenet5(), weights=tmp_path / "w.safetensors")
    assert_equal_weights(other, model)


def test_by_name_lists_everything_that_does_not_fit(tmp_path: Path):
    other = net("conv1: conv(6, 5)", "tail: linear(3)", "same: linear(2)", x="1x8x8")
    save_weights(compile_graph(other), tmp_path / "w.safetensors")
    graph = net("conv_1: conv(6, 5)", "same: linear(4)", x="1x8x8")
    assert sorted(diagnostics(compile_graph, graph, weights=tmp_path / "w.safetensors")) == [
        ("E702", "`same.bias` is 2 in the file, 4 in the network", None),
        ("E702", "`same.weight` is 2x3 in the file, 4x96 in the network", None),
        ("E702", "the file lacks `conv_1.bias`", "did you mean `conv1.bias`?"),
        ("E702", "the file lacks `conv_1.weight`", "did you mean `conv1.weight`?"),
        ("E702", "the network has no `conv1.bias`", "did you mean `conv_1.bias`?"),
        ("E702", "the network has no `conv1.weight`", "did you mean `conv_1.weight`?"),
        ("E702", "the network has no `tail.bias`", None),
        ("E702", "the network has no `tail.weight`", None),
    ]


def test_by_order_a_convolution_over_the_whole_map_is_a_linear_layer(tmp_path: Path):
    import torch

    source = compile_graph(net("a: conv(5, 4) -> flatten", x="2x4x4"), seed=0)
    target = compile_graph(net("b: linear(5)", x="2x4x4"), seed=1)
    save_weights(source, tmp_path / "w.safetensors")
    pairs = load_weights(target, tmp_path / "w.safetensors", by="order")
    assert pairs == {"b.weight": "a.conv.weight", "b.bias": "a.conv.bias"}
    x = torch.randn(3, 2, 4, 4)
    torch.testing.assert_close(target(x), source(x))


def test_by_order_refuses_other_counts_and_shapes(tmp_path: Path):
    file = tmp_path / "w.safetensors"
    save_weights(compile_graph(net("a: linear(3)", "b: linear(4)", x="4")), file)
    one, two = net("a: linear(3)", x="4"), net("a: linear(4)", "b: linear(3)", x="3")
    assert diagnostics(load_weights, compile_graph(one), file, by="order") == [
        ("E702", "the file has 4 tensors, the network 2", None)
    ]
    found = diagnostics(load_weights, compile_graph(two), file, by="order")
    message = "`a.weight` of the file is 3x4, `a.weight` in its place in the network 4x3"
    assert found[0] == ("E702", message, None)
    assert len(found) == 4


def test_by_order_refuses_a_safetensors_file_without_an_order(model: nn.Module, tmp_path: Path):
    from safetensors.torch import save_file

    save_file(dict(model.state_dict()), tmp_path / "w.safetensors")
    (found,) = diagnostics(load_weights, model, tmp_path / "w.safetensors", by="order")
    assert found[:2] == ("E702", "the file does not tell the order of its tensors")
    load_weights(model, tmp_path / "w.safetensors")


def test_the_order_is_that_of_the_network_not_of_the_alphabet(model: nn.Module, tmp_path: Path):
    from safetensors import safe_open

    save_weights(model, tmp_path / "w.safetensors")
    with safe_open(tmp_path / "w.safetensors", framework="pt") as file:
        assert json.loads(file.metadata()["order"]) == list(model.state_dict())


def test_files_that_cannot_be_read(model: nn.Module, tmp_path: Path):
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return type(tmp_path).mkdir, (tmp_path / "ran",)

    (tmp_path / "evil.pt").write_bytes(pickle.dumps(Evil()))
    (tmp_path / "broken.safetensors").write_bytes(b"not a header")
    import torch

    torch.save([1, 2], tmp_path / "list.pt")
    for name, code in (
        ("none.safetensors", "E001"),
        ("evil.pt", "E006"),
        ("broken.safetensors", "E006"),
        ("list.pt", "E006"),
    ):
        ((found, message, _),) = diagnostics(load_weights, model, tmp_path / name)
        assert found == code
        assert name in message
    assert not (tmp_path / "ran").exists()


def test_nothing_is_left_behind_where_saving_fails(model: nn.Module, tmp_path: Path):
    ((code, _, _),) = diagnostics(save_weights, model, tmp_path / "no" / "w.safetensors")
    assert code == "E006"
    (tmp_path / "taken").mkdir()
    ((code, _, _),) = diagnostics(save_weights, model, tmp_path / "taken")
    assert code == "E006"
    assert [file.name for file in tmp_path.iterdir()] == ["taken"]


def test_saving_replaces_a_file_and_leaves_nothing_else(model: nn.Module, tmp_path: Path):
    file = tmp_path / "w.safetensors"
    file.write_text("old")
    save_weights(model, file)
    assert list(tmp_path.iterdir()) == [file]
    load_weights(model, file)
    (tmp_path / "plain").write_text("")
    assert file.stat().st_mode == (tmp_path / "plain").stat().st_mode  # not private as temporaries
