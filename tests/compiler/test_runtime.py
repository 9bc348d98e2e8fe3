"""The text as a module: numbers, seeds, pickles, tracebacks, and life without archspec."""

from __future__ import annotations

import copy
import inspect
import pickle
import subprocess
import sys
import traceback
from typing import TYPE_CHECKING

import pytest
from compiler_nets import MODERN, lenet5, net

import archspec
from archspec.compiler import compile_graph, emit, save_weights
from archspec.graph import load

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

pytestmark = pytest.mark.torch

BLOCKED = "import sys; sys.modules['archspec'] = None\n"


@pytest.fixture(scope="module")
def model():
    return compile_graph(lenet5(), seed=0).eval()


def batch(seed: int = 3, size: int = 2):
    import torch

    return torch.randn(size, 1, 32, 32, generator=torch.Generator().manual_seed(seed))


def test_lenet5_has_the_paper_s_parameters_and_keeps_constants_out_of_its_state(model: nn.Module):
    assert sum(item.numel() for item in model.parameters()) == 60_000
    assert model.get_submodule("C3.conv").weight.numel() == 1_500
    assert {name: tuple(item.shape) for name, item in model.named_buffers()} == {
        "C3.conv.edges": (60,),
        "out.codes": (10, 84),
    }
    assert list(model.state_dict()) == [
        f"{path}.{kind}"
        for path in ("C1.conv", "S2.subsample", "C3.conv", "S4.subsample", "C5.conv", "F6.linear")
        for kind in ("weight", "bias")
    ]


def test_lenet5modern_has_61706_parameters():
    assert sum(item.numel() for item in compile_graph(load(MODERN)).parameters()) == 61_706


def test_the_codes_are_the_ones_of_the_operator(model: nn.Module):
    (op,) = (node.op for node in lenet5().nodes.values() if node.op.name == "rbf")
    assert model.out.codes.tolist() == [list(map(float, code)) for code in op.codes.codes]


def test_weights_start_uniform_within_gain_over_fan_in_and_biases_at_zero(model: nn.Module):
    import torch

    bounds = {"C1.conv": 25, "S2.subsample": 4, "S4.subsample": 4, "C5.conv": 400, "F6.linear": 120}
    for path, fan_in in bounds.items():
        part = model.get_submodule(path)
        assert part.bias.count_nonzero() == 0
        assert 0 < part.weight.abs().max() <= 2.4 / fan_in
        assert part.weight.abs().max() > 0.6 * 2.4 / fan_in
    conv = model.get_submodule("C3.conv")
    assert conv.fan_in().flatten().tolist() == [75.0] * 18 + [100.0] * 36 + [150.0] * 6
    reach = conv.weight.abs().amax((1, 2)) * conv.fan_in().flatten()
    assert torch.all((reach <= 2.4 + 1e-6) & (reach > 1.5))


@pytest.mark.parametrize(
    "statement", ["conv(3, 3, table=t)", "subsample(2)", "rbf(2, prototypes=c, trainable=true)"]
)
def test_without_a_recipe_the_classes_initialise_themselves(statement: str):
    import torch

    above = "table t {\n  X X X\n}\ntable c {\n  X X . .\n  . . X X\n}\n"
    graph = net(statement, x="1x4x4" if "rbf" not in statement else "4", above=above)
    one, two = (compile_graph(graph, seed=7) for _ in range(2))
    for a, b in zip(one.parameters(), two.parameters(), strict=True):
        assert torch.equal(a, b)
        assert torch.isfinite(a).all()
        assert a.abs().max() <= 1


def test_a_seed_gives_the_same_weights_and_leaves_the_random_state_alone(model: nn.Module):
    import torch

    torch.manual_seed(11)
    before = torch.get_rng_state()
    again = compile_graph(lenet5(), seed=0)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(
        torch.equal(a, b) for a, b in zip(again.parameters(), model.parameters(), strict=True)
    )
    other = compile_graph(lenet5(), seed=1)
    assert not torch.equal(other.F6.linear.weight, model.F6.linear.weight)


def test_the_same_text_is_executed_once(model: nn.Module):
    again = compile_graph(lenet5())
    assert type(again) is type(model)
    assert type(model).__module__.startswith("archspec_generated_LeNet5_")


def test_inspect_and_tracebacks_see_the_text(model: nn.Module):
    assert inspect.getsource(type(model)) in emit(lenet5())
    assert "self.C3 = chain(" in inspect.getsource(type(model))
    with pytest.raises(RuntimeError) as caught:
        model(batch()[:, :, :20])
    frames = traceback.extract_tb(caught.value.__traceback__)
    assert "x = self.C5(x)" in [frame.line for frame in frames]


def test_a_deep_copy_is_equal_and_apart(model: nn.Module):
    import torch

    twin = copy.deepcopy(model)
    assert torch.equal(twin(batch()), model(batch()))
    assert not twin.training
    with torch.no_grad():
        twin.C1.conv.weight.zero_()
        twin.out.codes.zero_()
    assert model.C1.conv.weight.abs().max() > 0
    assert model.out.codes.abs().max() == 1


def test_a_copy_does_not_touch_the_random_state(model: nn.Module):
    import torch

    before = torch.get_rng_state()
    copy.deepcopy(model)
    assert torch.equal(torch.get_rng_state(), before)


def test_double_survives_copies_also_for_the_constants(model: nn.Module):
    import torch

    twin = copy.deepcopy(copy.deepcopy(model).double())
    assert twin.out.codes.dtype == twin.C1.conv.weight.dtype == torch.float64
    assert twin(batch().double()).dtype == torch.float64


def test_flags_survive_copies():
    graph = net("conv(2, 3, trainable=false)", "dropout(0.5)", "linear(2)")
    module = compile_graph(graph)
    module.linear.bias.requires_grad_(False)
    module.dropout.eval()
    twin = pickle.loads(pickle.dumps(module))
    assert [item.requires_grad for item in twin.parameters()] == [False, False, True, False]
    assert [part.training for part in twin.modules()] == [True, True, False, True]


def test_another_process_can_unpickle(model: nn.Module, tmp_path: Path):
    import torch

    file = tmp_path / "model.pickle"
    file.write_bytes(pickle.dumps((copy.deepcopy(model).double(), batch().double())))
    code = (
        "import pickle, sys\nfrom pathlib import Path\n"
        "model, x = pickle.loads(Path(sys.argv[1]).read_bytes())\n"
        "Path(sys.argv[2]).write_bytes(pickle.dumps(model(x).detach()))\n"
    )
    out = tmp_path / "out.pickle"
    subprocess.run([sys.executable, "-c", code, str(file), str(out)], check=True)
    assert torch.equal(
        pickle.loads(out.read_bytes()), copy.deepcopy(model).double()(batch().double())
    )


def test_the_text_runs_where_archspec_cannot_be_imported(model: nn.Module, tmp_path: Path):
    import torch

    (tmp_path / "lenet5.py").write_text(emit(lenet5()), encoding="utf-8")
    torch.save((model.state_dict(), batch()), tmp_path / "given.pt")
    code = BLOCKED + (
        "import torch\nfrom lenet5 import LeNet5\n"
        "state, x = torch.load('given.pt', weights_only=True)\n"
        "model = LeNet5().eval()\n"
        "print(model.load_state_dict(state))\n"
        "torch.save(model(x).detach(), 'out.pt')\n"
        "try:\n    import archspec\nexcept ImportError:\n    print('alone')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert done.stdout.split("\n")[1] == "alone"
    assert torch.equal(torch.load(tmp_path / "out.pt", weights_only=True), model(batch()))


def test_weights_from_a_file_give_the_same_outputs_without_touching_the_random_state(
    model: nn.Module, tmp_path: Path
):
    import torch

    save_weights(model, tmp_path / "w.safetensors")
    before = torch.get_rng_state()
    twin = compile_graph(lenet5(), weights=tmp_path / "w.safetensors").eval()
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(twin(batch()), model(batch()))
    assert not any(item.is_meta for item in (*twin.parameters(), *twin.buffers()))
    assert all(item.requires_grad for item in twin.parameters())


def test_logits_drops_a_softmax_at_the_end_and_only_there():
    import torch

    graph = net("linear(3)", "out: softmax -> softmax", x="4")
    full, logits = compile_graph(graph, seed=0), compile_graph(graph, seed=0, logits=True)
    x = torch.randn(2, 4)
    assert torch.equal(logits(x).softmax(1), full(x))
    plain = net("softmax -> linear(3)", x="4")
    assert type(compile_graph(plain, logits=True)) is type(compile_graph(plain))


def test_only_a_softmax_is_left_out_of_its_chain():
    graph = net("end: linear(3) -> softmax", x="4")
    assert list(compile_graph(graph, logits=True).end._modules) == ["linear"]


def test_the_module_can_be_trained_for_a_step(model: nn.Module):
    twin = copy.deepcopy(model).train()
    twin(batch()).sum().backward()
    assert all(item.grad is not None for item in twin.parameters())
    assert twin.out.codes.grad is None


def test_torch_export_sees_through(model: nn.Module):
    import torch

    exported = torch.export.export(
        model, (batch(),), dynamic_shapes=({0: torch.export.Dim("n", min=1)},)
    )
    got = exported.module()(batch(size=5))
    torch.testing.assert_close(got, model(batch(size=5)), rtol=0, atol=1e-4)


def test_torch_compile_takes_the_network_as_one_graph(model: nn.Module):
    import torch

    fast = torch.compile(model, fullgraph=True, backend="eager")
    torch.testing.assert_close(fast(batch()), model(batch()))


def test_building_under_another_default_device_keeps_the_constants_real():
    import torch

    with torch.device("meta"):
        module = compile_graph(lenet5())
    assert all(item.is_meta for item in module.parameters())
    assert not any(item.is_meta for item in module.buffers())


def test_the_sum_of_squares_stays_in_float32_under_autocast(model: nn.Module):
    import torch

    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert model(batch()).dtype == torch.float32
    assert model.out(torch.ones(1, 84, dtype=torch.bfloat16)).dtype == torch.float32


def test_the_class_says_what_it_takes_and_how_it_predicts(model: nn.Module):
    assert (model.input_shape, model.predict) == ((1, 32, 32), "argmin")
    assert not hasattr(compile_graph(load(MODERN)), "predict")


def test_a_target_compiles_as_its_graph_does() -> None:
    """`archspec.compile` takes what `load` takes; the class is the same object."""
    assert type(archspec.compile("zoo:lenet5")) is type(archspec.compile(load("zoo:lenet5")))
