"""Views against the tools themselves, on the compiled form of every operator.

Where a tool does not see what archspec counts, the difference stands in MISSED by its number.
"""

from __future__ import annotations

import logging
import warnings

import pytest

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")

import torchinfo  # noqa: E402

with warnings.catch_warnings():
    warnings.simplefilter("ignore", FutureWarning)  # it scripts a function when it is imported
    from fvcore import nn as fvcore

from archspec.compiler import compile_graph  # noqa: E402
from archspec.ops import BY_NAME  # noqa: E402
from tests.helpers import arch, report_of  # noqa: E402

LAYERS = """
conv(4, 3)
conv(4, 3, bias=false)
conv(4, 3, groups=2, dilation=2)
conv(4, 3, trainable=false)
conv(4, 3, table=cyclic(2))
conv(4, 3, share=false)
conv(4, 3, share=false, groups=2)
conv(4, 3, flip=true)
conv(4, 1, kernel=k)
conv(4, 3, pad=[1, 0, 0, 0])
conv(4, 3, pad=1, pad_mode=reflect)
conv_transpose(4, 3, stride=2)
conv_transpose(4, 3, stride=2, groups=2, bias=false)
conv_transpose(4, 3, stride=2, pad=[1, 0, 0, 0])
linear(5)
linear(5, bias=false, trainable=false)
linear(1) -> linear(2, kernel=[[1], [2]])
linear(1) -> rbf(1, prototypes=codes)
linear(1) -> rbf(1, prototypes=codes, trainable=true)
subsample(2)
maxpool(2)
avgpool(2)
avgpool(2, pad=same)
l2pool(2)
global_avgpool
global_maxpool
adaptive_avgpool(2)
adaptive_avgpool(1)
bn
bn(affine=false)
linear(6) -> bn
lrn(3)
dropout(0.5)
drop_path(0.1)
relu
relu6
leaky_relu
elu
silu
hardswish
hardsigmoid
sigmoid
tanh
softmax
abs
sign
step
scaled_tanh(1, 2)
scale(2)
add { | identity | relu }
sub { | identity | relu }
mul { | identity | relu }
concat { | identity | relu }
slice(1, 3)
flatten
crop(1)
pad(1)
shuffle(2)
upsample(2)
upsample(2x1, mode=bilinear)
zero_pad_shortcut(6, 2)
conv(4, 3) -> relu -> conv_transpose(4, 4, stride=2) -> bn -> upsample(2) -> conv(1, 1)
"""
CALLS = LAYERS.strip().splitlines()
MISSED = {  # by fvcore: the module takes a mean; a count that was printed with four digits
    "global_avgpool": 4 * 9 * 8,
    "conv(4, 3, share=false)": -2,
}
TABLES = "table k {\n 1\n}\ntable codes {\n X\n}\n"


@pytest.mark.parametrize("call", CALLS)
def test_every_operator(call: str) -> None:
    report = report_of(TABLES + arch(*call.split(" -> "), x="4x9x8"))
    module = compile_graph(report.graph).eval()
    x = torch.randn(1, 4, 9, 8)
    logging.getLogger("fvcore.nn.jit_analysis").setLevel(logging.CRITICAL)
    counted = fvcore.FlopCountAnalysis(module, x).unsupported_ops_warnings(enabled=False)
    assert report.number("", "view.fvcore") == counted.total() + MISSED.get(call, 0)
    said = torchinfo.summary(module, input_data=x, verbose=0, device="cpu")
    assert report.number("", "view.torchinfo") == said.total_mult_adds
    assert report.number("", "view.torchinfo_pass") == said.total_output_bytes


def test_no_operator_is_left_out() -> None:
    assert {name for name in BY_NAME if name not in LAYERS} == {"input"}


def test_a_layer_called_again_counts_again() -> None:
    report = report_of(arch("a: conv(4, 3, pad=1)", "b: conv(4, 3, pad=1, weights=@a)", x="4x8x8"))
    module = compile_graph(report.graph).eval()
    said = torchinfo.summary(module, input_data=torch.randn(1, 4, 8, 8), verbose=0, device="cpu")
    assert report.number("", "view.torchinfo") == said.total_mult_adds
