"""What the analyzer says a training step keeps, against what autograd keeps, to the byte."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")

from archspec.analysis import Setup, analyze  # noqa: E402
from archspec.compiler import compile_graph  # noqa: E402
from archspec.graph import load  # noqa: E402
from tests.helpers import arch, graph_of  # noqa: E402


def kept_bytes(graph, batch: int, half: torch.dtype | None = None) -> int:
    """Bytes of the storages that autograd saves for one step, parameters and buffers left out.

    With a `half` of autocast the copies it makes of weights are left out too.
    """
    module = compile_graph(graph).train()
    owned = {t.untyped_storage().data_ptr() for t in (*module.parameters(), *module.buffers())}
    weights = {shape for p in module.parameters() for shape in (p.shape, p.shape[::-1])}
    kept: dict[int, object] = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        copied = tensor.dtype == half and tensor.shape in weights
        if storage.data_ptr() not in owned and not copied:
            kept[storage.data_ptr()] = storage  # held, so that no address is used twice
        return tensor

    torch.manual_seed(0)
    x = torch.randn(batch, *graph.input.output)
    autocast = torch.autocast("cpu", dtype=half, enabled=half is not None)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor), autocast:
        scores = module(x)
        classes = torch.zeros(batch, dtype=torch.int64)
        loss = torch.nn.functional.cross_entropy(scores.flatten(1), classes)
    assert loss.requires_grad
    return sum(storage.nbytes() for storage in kept.values())


CHAINS = [
    ["conv(4, 3)"],
    ["conv(4, 3, pad=same, stride=2)"],
    ["conv(4, 3, pad=1, pad_mode=reflect)"],
    ["conv(4, 3, pad=[0, 1, 1, 0])"],
    ["conv(4, 3, groups=2, dilation=2)"],
    ["conv(4, 3, table=cyclic(1))"],
    ["conv(4, 3, share=false)"],
    ["conv(4, 3, share=false, bias=false, groups=2)"],
    ["conv(4, 1)", "conv(3, 3, trainable=false)"],
    ["conv(4, 1, trainable=false)", "conv(3, 3)"],
    ["conv(4, 1, trainable=false)", "relu", "conv(3, 3)"],
    ["conv(4, 3, flip=true)"],
    ["conv_transpose(3, 2, stride=2)"],
    ["conv(4, 1)", "subsample(2)"],
    ["conv(4, 1)", "maxpool(2)"],
    ["conv(4, 1)", "maxpool(3, stride=2, pad=1)"],
    ["conv(4, 1)", "maxpool(3, stride=2, pad=same)"],
    ["conv(4, 1)", "avgpool(2)"],
    ["conv(4, 1)", "avgpool(3, stride=2, pad=same)"],
    ["conv(4, 1)", "l2pool(2)"],
    ["conv(4, 1)", "global_avgpool"],
    ["conv(4, 1)", "global_maxpool"],
    ["conv(4, 1)", "adaptive_avgpool(2)"],
    ["conv(4, 1)", "adaptive_avgpool(1)"],
    ["conv(4, 1)", "bn"],
    ["conv(4, 1)", "bn", "relu"],
    ["bn(affine=false)", "conv(4, 1)"],
    ["conv(4, 1)", "lrn(3)"],
    ["conv(4, 1)", "lrn(3, beta=0.5)"],
    ["conv(4, 1)", "dropout(0.5)", "conv(4, 1)"],
    ["conv(4, 1)", "dropout(0)", "conv(4, 1)"],
    ["conv(4, 1)", "drop_path(0.2)"],
    *(
        ["conv(4, 1)", f"{name}", "conv(2, 1)"]
        for name in (
            "relu relu6 leaky_relu elu silu hardswish hardsigmoid sigmoid tanh softmax abs sign "
            "step scaled_tanh(A=1.7159,S=2/3) scale(2)"
        ).split()
    ),
    ["conv(4, 1)", "add { | identity | conv(4, 3, pad=1) }"],
    ["conv(4, 1)", "sub { | identity | relu }"],
    ["conv(4, 1)", "mul { | identity | global_avgpool(keep=true) -> conv(4, 1) -> sigmoid }"],
    ["conv(4, 1)", "concat { | identity | conv(2, 1) }", "bn", "conv(2, 1)"],
    ["conv(4, 1)", "slice(1, 3)", "conv(2, 1)"],
    ["conv(4, 1)", "crop(1)", "conv(2, 1)"],
    ["conv(4, 1)", "flatten", "linear(3)"],
    ["conv(4, 1)", "pad(1)", "conv(2, 1)"],
    ["conv(4, 1)", "pad(1, mode=reflect)", "conv(2, 1)"],
    ["conv(4, 1)", "pad(1, mode=replicate)", "conv(2, 1)"],
    ["conv(4, 1)", "pad(1, mode=circular)", "conv(2, 1)"],
    ["conv(4, 1)", "shuffle(2)", "conv(2, 1)"],
    ["conv(4, 1)", "upsample(2)", "conv(2, 1)"],
    ["conv(4, 1)", "upsample(2, mode=bilinear)", "conv(2, 1)"],
    ["conv(4, 1)", "zero_pad_shortcut(6, 2)", "conv(2, 1)"],
    ["a: conv(2, 1)", "b: conv(2, 1, weights=@a)"],
    ["linear(5)", "relu", "linear(3)"],
    ["conv(4, 1)", "linear(5)", "rbf(4, prototypes=codes)"],
]


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("statements", CHAINS, ids=" ; ".join)
def test_operators(statements: list[str], batch: int) -> None:
    """Every operator by itself, behind and before something that is trained."""
    codes = "table codes {\n X . X . X\n . X X . .\n X X . X .\n . . X X X\n}"
    above = f"{codes}\n" if "codes" in statements[-1] else ""
    text = above + arch(*statements, x="2x9x9")
    graph = graph_of(text)
    assert analyze(graph, Setup(batch=batch)).value("", "memory.saved") == kept_bytes(graph, batch)


@pytest.mark.parametrize(
    "name",
    ["lenet5", "lenet5_modern", "convnetjs_cifar10", "minivggnet", "dli_cnn", "cs231n_tinyvgg"],
)
def test_networks(name: str) -> None:
    graph = load(f"zoo:{name}")
    assert analyze(graph, Setup(batch=2)).value("", "memory.saved") == kept_bytes(graph, 2)


@pytest.mark.parametrize("name", ["lenet5_modern", "vgg11_bn", "resnet18", "densenet40_12"])
def test_autocast(name: str) -> None:
    """Activations are halves; the loss and the statistics of a batch stay float32."""
    graph = load(f"zoo:{name}")
    said = analyze(graph, Setup(batch=2, dtype="bfloat16")).value("", "memory.saved")
    assert said == kept_bytes(graph, 2, torch.bfloat16)
