"""What every operator keeps for the backward pass, by hand; torch is asked in tests/compiler.

A row: call; shapes; `in` and `out` if the tensors that enter or leave are kept; then `own` more
elements for each sample, `bytes` more for each sample, `once` more elements whatever the batch,
`shared` likewise but as wide as an activation. Behind `inward:` what only the input's gradient
needs, behind `factors:` the elements of the first factor, of the product of two, ...
"""

from __future__ import annotations

import pytest
from calls import op_of

from archspec.ops import BY_NAME, Io
from archspec.ops.base import Inward, Saved

ROWS = """
conv(4, 3); 3x8x7; in
conv(4, 3, pad=1); 3x8x7; in
conv(4, 3, pad=[0, 1, 1, 0]); 3x8x7; own 216
conv(4, 3, pad=1, pad_mode=reflect); 3x8x7; own 270 inward: in
conv(4, 3, stride=2, pad=same); 3x8x7; own 243
conv(4, 3, table=t); 3x8x7; in once 108
conv(2, 3, share=false); 3x8x7; own 810
conv(2, 3, share=false, trainable=false, flip=true); 3x8x7; inward: once 1620
conv(2, 3, share=false, pad=1, pad_mode=replicate); 3x8x7; own 1512 inward: in
conv(6, 1, share=false, groups=3); 3x8x7; own 168 inward: once 336
conv_transpose(4, 3); 3x8x7; in
linear(4); 10; in
subsample(2); 3x8x7; own 36 inward: in once 3
subsample(2, trainable=false); 3x8x7; inward: in once 3
rbf(3, prototypes=t); 4; own 12
maxpool(2); 3x8x7; in bytes 288
maxpool(3, stride=2, pad=1); 3x8x7; in bytes 384
maxpool(3, stride=2, pad=same); 3x8x7; own 243 bytes 384
avgpool(2); 3x8x7; in
avgpool(3, stride=2, pad=same); 3x8x7; own 243 shared 16
avgpool(3, stride=2, pad=same, count_pad=true); 3x8x7; own 243
avgpool(3, stride=2, pad=1); 3x8x7; in
avgpool(2, stride=3, pad=[1, 0, 0, 0], ceil=true); 3x8x7; own 216 shared 9
l2pool(3, stride=2, pad=1, ceil=true); 3x8x7; in own 357 bytes 60
global_avgpool; 3x8x7;
global_maxpool; 3x8x7; in out
adaptive_avgpool(2); 3x8x7; in
adaptive_avgpool(1); 3x8x7;
bn; 3x8x7; in once 6
lrn(5); 3x8x7; in own 504
lrn(5, beta=0.5); 3x8x7; in own 336
dropout(0.5); 3x8x7; own 168
dropout(0); 3x8x7;
drop_path(0.2); 3x8x7; own 1
relu; 3x8x7; out
tanh; 3x8x7; out
sigmoid; 3x8x7; out
softmax; 10; out
scaled_tanh(A=1.7159, S=2/3); 3x8x7; own 168
relu6; 3x8x7; in
leaky_relu; 3x8x7; in
elu; 3x8x7; in
silu; 3x8x7; in
hardsigmoid; 3x8x7; in
hardswish; 3x8x7; in
abs; 3x8x7; in
sign; 3x8x7;
step; 3x8x7;
scale(2); 3x8x7;
add; 3x8x7 3x8x7;
sub; 10 10;
mul; 3x8x7 3x1x1; factors: 168
mul; 3x1x1 3x8x7 3x8x7; factors: 3 168
mul; 10 10 10 10; factors: 10 10 10
concat; 3x8x7 2x8x7;
slice(1, 3); 3x8x7;
flatten; 3x8x7;
shuffle(3); 3x8x7;
pad(1); 3x8x7;
pad(1, mode=reflect); 3x8x7; in
pad(1, mode=replicate); 3x8x7; in
pad(1, mode=circular); 3x8x7;
crop(1); 3x8x7;
upsample(2); 3x8x7;
zero_pad_shortcut(6, 2); 3x8x7;
"""
LINES = [[cell.strip() for cell in line.split(";")] for line in ROWS.strip().splitlines()]


def read(text: str) -> Saved:
    plain, _, factors = text.partition("factors:")
    plain, _, inward = plain.partition("inward:")
    fields = {name: number(plain, name) for name in ("own", "bytes", "once", "shared")}
    return Saved(
        "in" in plain.split(),
        "out" in plain.split(),
        **fields,
        inward=Inward("in" in inward.split(), number(inward, "once")),
        factors=tuple(map(int, factors.split())),
    )


def number(text: str, name: str) -> int:
    words = text.split()
    return int(words[words.index(name) + 1]) if name in words else 0


@pytest.mark.parametrize(("call", "shapes", "kept"), LINES, ids=[line[0] for line in LINES])
def test_by_hand(call: str, shapes: str, kept: str):
    op = op_of(call)
    inputs = tuple(tuple(map(int, shape.split("x"))) for shape in shapes.split())
    assert op.saved(Io(inputs, op.output(*inputs))) == read(kept)


BETWEEN = """
conv(4, 3, pad=1); 3x8x7;
conv(4, 3, pad=[0, 1, 1, 0]); 3x8x7; 216
conv(4, 3, pad=1, pad_mode=reflect); 3x8x7; 270
conv(2, 3, share=false); 3x8x7; 810
conv(2, 3, share=false, pad=[0, 1, 1, 0]); 3x8x7; 1134 216
conv_transpose(4, 3, pad=1); 3x8x7;
conv_transpose(4, 3, pad=[1, 0, 0, 0]); 3x8x7; 360
conv_transpose(4, 3, pad=[1, 0, 0, 1]); 3x8x7; 324 360
maxpool(3, stride=2, pad=same); 3x8x7; 243
maxpool(3, stride=2, pad=1); 3x8x7;
avgpool(3, stride=2, pad=same); 3x8x7; 48 243
avgpool(3, stride=2, pad=same, count_pad=true); 3x8x7; 243
crop(1); 3x8x7; 126
crop([1, 0, 0, 0]); 3x8x7;
crop([0, 0, 1, 0]); 3x8x7;
zero_pad_shortcut(6, 2); 3x8x7; 48 84
zero_pad_shortcut(6, 2x1); 3x8x7; 84
relu; 3x8x7;
"""


@pytest.mark.parametrize("row", BETWEEN.strip().splitlines())
def test_gradients_inside_a_layer_by_hand(row: str):
    """Elements of each, from the output's to the input's."""
    call, shape, sizes = (cell.strip() for cell in row.split(";"))
    op, x = op_of(call), tuple(map(int, shape.split("x")))
    assert op.between(Io((x,), op.output(x))) == tuple(map(int, sizes.split()))


@pytest.mark.parametrize(
    ("call", "stored"),
    [
        ("conv(4, 3)", (4, 6, 5)),
        ("conv_transpose(4, 3, pad=1)", (4, 8, 7)),
        ("conv_transpose(4, 3, pad=[2, 0, 0, 1])", (4, 10, 9)),
    ],
)
def test_storage_of_an_output(call: str, stored: tuple[int, ...]):
    """Edges that differ from side to side are cut off a larger map."""
    op, x = op_of(call), (3, 8, 7)
    assert op.stored(Io((x,), op.output(x))) == stored


def test_every_operator_has_a_row():
    named = {call.partition("(")[0] for call, _, _ in LINES}
    assert named | {"input"} == BY_NAME.keys()


@pytest.mark.parametrize(
    ("call", "label"),
    [
        ("scaled_tanh(A=1.7159, S=2/3)", "scaled tanh"),
        ("rbf(3, prototypes=t)", "RBF 3 (fixed)"),
        ("rbf(3, prototypes=t, trainable=true)", "RBF 3"),
    ],
)
def test_labels_of_pictures(call: str, label: str):
    assert op_of(call).figure_label() == label


@pytest.mark.parametrize(
    ("call", "counts"),
    [
        ("conv(4, 3)", False),
        ("conv(4, 3, table=t)", True),
        ("subsample(2)", True),
        ("rbf(3, prototypes=t)", True),
        ("linear(4)", False),
    ],
)
def test_which_layers_have_their_connections_shown(call: str, counts: bool):
    assert op_of(call).counts_connections is counts


def test_a_cyclic_table_as_a_spec_writes_it():
    conv = op_of("conv(4, 3, table=cyclic(2))")
    assert str(conv.table) == "cyclic(2)"
    assert conv.links(3).links == 4 * 2
