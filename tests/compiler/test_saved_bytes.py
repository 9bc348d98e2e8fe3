"""What the analyzer says a training step keeps, against what autograd keeps, to the byte."""

from __future__ import annotations

from itertools import product

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
    ["conv(2, 2, share=false, stride=4)"],
    ["conv(4, 1)", "conv(2, 2, share=false, stride=3, pad=1)"],
    ["conv(4, 1)", "conv(2, 2, share=false, stride=4, pad=[1, 0, 1, 0])"],
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


# What shares a storage, or lies in a part of one, and what is trained or fixed in many ways.
BEFORE = [
    "slice(1, 3)",
    "crop(1)",
    "crop([1, 0, 0, 0])",
    "crop(1) -> slice(1, 3)",
    "crop(4)",
    "conv(1, 1) -> crop([1, 0, 0, 0])",
    "shuffle(2)",
    "pad(1)",
    "dropout(0)",
    "identity",
    "conv_transpose(4, 3, stride=2, pad=[1, 0, 0, 1])",
    "zero_pad_shortcut(6, 2)",
    "conv(4, 3, share=false)",
]
BEHIND = [
    "",
    "relu",
    "tanh",
    "bn",
    "lrn(3)",
    "maxpool(2)",
    "avgpool(2)",
    "l2pool(2)",
    "subsample(2)",
    "global_avgpool",
    "global_maxpool",
    "adaptive_avgpool(1)",
    "dropout(0)",
    "conv(2, 1)",
    "conv(2, 1, share=false)",
    "conv_transpose(2, 2)",
    "flatten",
    "pad(1)",
    "upsample(2)",
    "crop(0)",
    "slice(0, 1)",
    "mul { | identity | sigmoid }",
    "concat { | identity | relu }",
]
SMALL = {"crop(4)": {"maxpool(2)", "avgpool(2)", "l2pool(2)", "subsample(2)", "bn"}}  # one pixel


@pytest.mark.parametrize("before", BEFORE)
def test_pairs_of_a_view_and_what_reads_it(before: str) -> None:
    """A storage is kept whole though a part of it is read, unless who flattens it has to copy."""
    for behind in BEHIND:
        if behind in SMALL.get(before, ()):
            continue
        chain = [part for part in (*before.split(" -> "), behind) if part]
        for end in (["linear(3)"], ["relu", "linear(3)"]):
            graph = graph_of(arch("conv(4, 1)", *chain, *end, x="4x9x9"))
            for batch in (1, 3):
                said = analyze(graph, Setup(batch=batch)).value("", "memory.saved")
                assert said == kept_bytes(graph, batch), (behind, end, batch)


TRAINED = [
    "conv(4, 3, pad=1, pad_mode=reflect)",
    "conv(4, 3, pad=[0, 1, 1, 0], pad_mode=replicate)",
    "conv(4, 3, pad=1, pad_mode=circular)",
    "conv(4, 3, share=false)",
    "conv(4, 3, share=false, flip=true)",
    "conv(4, 3, share=false, groups=2)",
    "conv(4, 3, share=false, pad=1, pad_mode=reflect)",
    "conv(4, 3, table=cyclic(2))",
    "conv(4, 3, flip=true)",
    "conv_transpose(4, 3, pad=[1, 0, 0, 1])",
    "subsample(2)",
    "linear(5)",
]


@pytest.mark.parametrize("call", TRAINED)
@pytest.mark.parametrize("fixed", [False, True], ids=["trained", "fixed"])
def test_what_only_the_gradient_of_the_input_needs(call: str, *, fixed: bool) -> None:
    """First in the network, behind a fixed layer and behind a trained one."""
    call = f"{call[:-1]}, trainable=false)" if fixed else call
    for first in ([], ["conv(4, 1, trainable=false)"], ["conv(4, 1)"], ["conv(4, 1)", "relu"]):
        graph = graph_of(arch(*first, call, "relu", "linear(3)", x="4x9x9"))
        for batch in (1, 3):
            said = analyze(graph, Setup(batch=batch)).value("", "memory.saved")
            assert said == kept_bytes(graph, batch), (first, batch)


GATE = "global_avgpool(keep=true) -> conv(4, 1)"
LANES = ["identity", "conv(4, 1)", "relu", "conv(4, 1, trainable=false)", GATE]


@pytest.mark.parametrize("merge", ["add", "sub", "mul", "concat"])
def test_merges_of_two_and_three(merge: str) -> None:
    """A product of three keeps that of two; of a factor no gradient needs nothing is kept."""
    lanes = LANES if merge == "mul" else LANES[:-1]
    chosen = [*product(lanes, repeat=2), *product(lanes, repeat=3)]
    for chain in chosen:
        if set(chain) == {GATE}:
            continue
        for first in ([], ["conv(4, 1)"]):
            text = f"{merge} {{ {' '.join(f'| {lane}' for lane in chain)} }}"
            graph = graph_of(arch(*first, text, "linear(3)", x="4x3x3"))
            said = analyze(graph, Setup(batch=3)).value("", "memory.saved")
            assert said == kept_bytes(graph, 3), (first, chain)


@pytest.mark.parametrize(
    "statements",
    [
        ["conv(4, 1)", "mul { | relu | tanh | sigmoid | identity }"],
        ["conv(4, 1)", "mul { | identity | identity | identity }"],
        ["conv(4, 1)", "l2pool(3, stride=2, pad=1, ceil=true)"],
        ["conv(4, 1)", "maxpool(2, stride=3, pad=[1, 0, 0, 0], ceil=true)"],
        ["conv(4, 1)", "avgpool(2, stride=3, pad=[1, 0, 0, 0], ceil=true)"],
        ["conv(4, 1)", "avgpool(3, stride=2, pad=[1, 0, 0, 1])"],
        ["conv(4, 1)", "avgpool(3, stride=2, pad=[1, 0, 0, 1], count_pad=true)"],
        ["conv(4, 1)", "a: crop(1)", "b: linear(2)", "c: @a -> linear(2)", "add(@b, @c)"],
        ["conv(4, 1)", "a: crop(1) -> flatten", "b: linear(2)", "c: @a -> linear(2)"],
    ],
    ids=" ; ".join,
)
@pytest.mark.parametrize("batch", [1, 3])
def test_further_chains(statements: list[str], batch: int) -> None:
    graph = graph_of(arch(*statements, "linear(3)", x="4x8x7"))
    assert analyze(graph, Setup(batch=batch)).value("", "memory.saved") == kept_bytes(graph, batch)


def test_a_divisor_of_means_is_as_wide_as_they_are() -> None:
    layers = ("conv(4, 1)", "avgpool(3, stride=2, pad=[1, 0, 0, 1])", "linear(3)")
    graph = graph_of(arch(*layers, x="4x11x11"))
    said = analyze(graph, Setup(batch=2, dtype="bfloat16")).value("", "memory.saved")
    assert said == kept_bytes(graph, 2, torch.bfloat16)


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
