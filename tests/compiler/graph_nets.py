"""Networks with branches as text, one for each form the language has; all small."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compiler_nets import read
from hypothesis import note
from hypothesis import strategies as st

from archspec.errors import has_errors

if TYPE_CHECKING:
    from archspec.graph import Graph

CBN = """
block cbn(c, k, stride=1, groups=1) {
  conv(c, k, stride=stride, pad=k // 2, groups=groups, bias=false) -> bn
}
"""
BASIC = """
## Two 3x3 convolutions and a shortcut.
block Basic(w, stride=1, project=false) {
  add {
    | cbn(w, 3, stride=stride) -> relu -> cbn(w, 3)
    | if project { proj: cbn(w, 1, stride=stride) } else { identity }
  }
  relu
}
block Stage(w, n, stride, project=true) {
  Basic(w, stride=stride, project=project)
  repeat n - 1 { Basic(w) }
}
"""
PRE = """
block pre(c, k, stride=1, groups=1) {
  bn -> relu -> conv(c, k, stride=stride, pad=k // 2, groups=groups, bias=false)
}
"""
CR = "block cr(c, k, stride=1, pad=0) { conv(c, k, stride=stride, pad=pad) -> relu }\n"
INCEPTION = """
## One Inception module, "dimension reductions" version.
block Inception(c1, r3, c3, r5, c5, pp) {
  concat {
    | b1: cr(c1, 1)
    | b3: cr(r3, 1) -> cr(c3, 3, pad=1)
    | b5: cr(r5, 1) -> cr(c5, 5, pad=2)
    | bp: maxpool(3, stride=1, pad=1) -> cr(pp, 1)
  }
}
"""
AUX = """
block AuxHead(classes) {
  avgpool(5, stride=3)
  cr(4, 1)
  linear(16) -> relu
  dropout(0.7)
  linear(classes)
}
"""
DUAL = """
## channels [0, bw) are the residual path, the rest is dense.
block DualPath(r, bw, inc, groups, stride=1, project=false) {
  s: if project { pre(bw + 2*inc, 1, stride=stride) } else { identity }
  y: @in -> pre(r, 1) -> pre(r, 3, stride=stride, groups=groups) -> pre(bw + inc, 1)
  concat {
    | res: add { | @s -> slice(0, bw)
                 | @y -> slice(0, bw) }
    | old: @s -> slice(bw, end)
    | new: @y -> slice(bw, end)
  }
}
"""
UNIT = """
## A convolution that keeps the size, or divides it by its stride,
## its normalisation, and an activation.
block unit(c, k, stride=1, hard=false) {
  conv(c, k, stride=stride, pad=k // 2, bias=false) -> bn
  if hard { hardswish } else { relu }
}
block Gate(r) {
  mul {
    | identity
    | { global_avgpool(keep=true) -> conv(r, 1) -> relu -> conv(@in.c, 1) -> sigmoid }
  }
}
## Twice as wide in the middle.
block GatedLayer(c, r) {
  expand: unit(2*c, 3)
  Gate(r)
  project: conv(c, 1, bias=false) -> bn
}
"""

SPECS = {
    "residual": CBN
    + BASIC
    + """
arch ResNet(depths=[2, 2, 3], classes=10) {
  input 3x33x29
  conv1: cbn(8, 7, stride=2) -> relu
  pool1: maxpool(3, stride=2, pad=1)
  conv2_x: Stage(8, depths[0], stride=1, project=false)
  conv3_x: Stage(12, depths[1], stride=2)
  conv4_x: Stage(16, depths[2], stride=2)
  gap: global_avgpool
  fc: linear(classes)
}
""",
    "inception": CR
    + INCEPTION
    + """
arch Inceptions {
  input image: 3x17x15
  i3a: Inception(4, 3, 5, 2, 3, 2)
  i3b: Inception(6, 3, 7, 2, 4, 3)
  concat {
    | cr(3, 1)
    | maxpool(3, stride=1, pad=1) -> cr(2, 1)
    | identity
  }
  gap: global_avgpool
  dropout(0.4)
  fc: linear(5)
}
""",
    "dense": PRE
    + """
block DenseLayer(k, widen=2) { concat { | identity | pre(widen*k, 1) -> pre(k, 3) } }
block DenseBlock(n, k) { repeat n { DenseLayer(k) } }
block Transition(theta=0.5) { pre(floor(theta * in.c), 1) -> avgpool(2, stride=2) }

## Each layer sees all before it.
arch Dense(layers=[2, 3], k=4) {
  input 3x18x20
  conv0: conv(8, 3, pad=1, bias=false)
  dense1: DenseBlock(layers[0], k)
  trans1: Transition
  dense2: DenseBlock(layers[1], k)
  norm: bn -> relu
  gap: global_avgpool
  fc: linear(7)
}
""",
    "dual": PRE
    + DUAL
    + """
arch Dual {
  input 3x16x16
  conv1: conv(6, 3, pad=1)
  conv2_1: DualPath(4, 6, 2, 2, project=true)
  conv2_2: DualPath(4, 6, 2, 2)
  conv2_3: DualPath(4, 6, 2, 2)
  conv3_1: DualPath(8, 10, 3, 4, stride=2, project=true)
  conv3_2: DualPath(8, 10, 3, 4)
  gap: global_avgpool
  fc: linear(4)
}
""",
    "squeeze": """
block se(r) {
  mul {
    | identity
    | squeeze: global_avgpool(keep=true) -> conv(r, 1) -> relu -> conv(8, 1) -> sigmoid
  }
}
arch Squeeze {
  input 3x12x12
  a: conv(8, 3) -> bn -> silu
  b: se(2)
  c: conv(8, 3, groups=8) -> se(4)
  repeat 2 { se(3) -> hardswish }
  fc: linear(3)
}
""",
    "nested": CR
    + """
arch Nested {
  input x: 4x9x9
  first: relu
  stem: { a: cr(6, 3, pad=1)
          b: cr(6, 1)
          add(@a, @b) }
  deep: add { | concat { | cr(2, 1)
                         | { cr(3, 1)
                             if 1 < 2 { cr(1, 3, pad=1) } } }
              | mul { | left: cr(3, 1) | right: cr(3, 1) -> sigmoid } }
  sub { | @stem -> conv(3, 1) | identity | conv(3, 3, pad=1) }
  rest: repeat 2 {
    add { | cr(3, 1)
          | identity }
  }
  last: linear(2)
}
""",
    "inputs": """
arch Two {
  input left: 2x8x8
  input right: 5
  l: @left -> conv(3, 3) -> relu -> linear(4)
  r: @right -> linear(4) -> relu
  both: concat(@l, @r)
  out: linear(3)
}
""",
    "outputs": """
arch Several {
  input 3x8x8
  a: conv(4, 3) -> relu
  b: conv(4, 3) -> bn -> relu
  c: @a -> linear(3)
  d: @b -> linear(2) -> softmax
  unused: @b -> dropout(0.5) -> linear(9)
  output @d, @c, @b
}
""",
    "heads": CR
    + AUX
    + """
arch Heads(classes=5) {
  input 3x32x32
  conv1: cr(4, 3, stride=2)
  conv2: cr(6, 3, pad=1)
  head aux1(loss_weight=0.3, phase="train") { AuxHead(classes) }
  conv3: cr(8, 3, pad=1) -> dropout(0.1)
  head early(loss_weight=1/3) { linear(2) }
  head aux2(loss_weight=0.3, phase="train") { @conv2 -> AuxHead(classes) -> softmax }
  gap: global_avgpool
  fc: linear(classes)
}
""",
    "shared": """
arch Shared {
  input 4x12x12
  a: conv(4, 3, pad=1)
  again: conv(4, 3, pad=1, weights=@a)
  wide: conv(4, 3, pad=2, dilation=2, weights=@a) -> relu
  both: add { | tanh -> conv(4, 3, pad=1, weights=@a)
              | conv(4, 3, stride=1, pad=1, bias=false, weights=@a) -> tanh }
  repeat 2 { conv(4, 3, pad=1, weights=@a) -> bn -> relu }
  f: linear(6) -> relu -> linear(6)
  g: linear(6)
  h: linear(6, weights=@g) -> relu
  i: linear(6, bias=false, weights=@g)
}
""",
    "lanes": CR
    + """
arch Lanes {
  input 3x16x16
  e1: cr(4, 3, pad=1)
  e2: maxpool(2) -> cr(6, 3, pad=1)
  e3: maxpool(2) -> cr(8, 3, pad=1)
  u2: upsample(2) -> concat { | identity | @e2 } -> cr(6, 3, pad=1)
  u1: upsample(2) -> concat { | @e1 -> slice(1, 3)
                              | identity
                              | @e1 -> conv(2, 1) -> relu } -> cr(4, 1)
  mixed: add { | conv(4, 1) -> add { | identity | @e1 } | @u1 -> bn }
  out: conv(2, 1)
}
""",
    "functions": UNIT
    + """
arch Functions {
  input 3x16x18
  stem: unit(4, 5, stride=2)
  s1: GatedLayer(4, 2) -> unit(6, 1)
  s2: repeat 2 { add { | GatedLayer(6, 3)
                       | identity } }
  s3: GatedLayer(5, 3) -> unit(6, 5)
  s4: GatedLayer(7, 3) -> unit(8, 3, hard=true)
  last: unit(9, 1, hard=true)
  top: unit(7, 5, hard=true) -> linear(4)
}
""",
    "repeats": CR
    + """
block residual(c) { add { | conv(c, 3, pad=1) -> relu -> dropout(0.2) | identity } }
arch Repeats {
  input 4x9x9
  repeat 3 { residual(4) }
  up: repeat i in 1..3 { conv(2*i, 1) -> relu }
  if true { mid: cr(6, 1) } else { identity }
  repeat 2 { add { | conv(6, 3, pad=1) | conv(6, 1) } -> relu }
  end: { repeat 2 { residual(6) }
         linear(4) }
}
""",
}


def graph(name: str) -> Graph:
    """The graph of one of the specs."""
    return read(SPECS[name], f"{name}.arch")


# --- random networks ------------------------------------------------------------------------------

BLOCKS = """
block act() { relu }
block unit(c, k=3) { conv(c, k, pad=k // 2, bias=false) -> bn -> relu }
block wide(c, again=false) {
  a: unit(c)
  b: if again { unit(c, 1) } else { identity }
  concat(@a, @b) -> conv(4, 1)
}
block shortcut(c, n=1) {
  add { | identity
        | repeat n { unit(c) -> dropout(0.5) } -> conv(4, 3, pad=1) }
  act
}
"""
# What takes 4 maps of 5x6 and gives such maps again.
LINKS = st.sampled_from(
    [
        *("relu", "bn", "tanh", "act", "identity", "silu"),
        *("dropout(0.5)", "maxpool(3, stride=1, pad=1)", "conv(4, 1, bias=false)"),
        *("conv(4, 3, pad=1)", "conv(4, 3, pad=2, dilation=2)", "conv(4, 3, pad=[1, 1, 2, 0])"),
        *("unit(4)", "unit(4, 1)", "wide(3)", "wide(5)", "wide(2, again=true)"),
        *("shortcut(4)", "shortcut(6, n=2)", "slice(1, 3) -> conv(4, 1)"),
    ]
)


class Drawing:
    """A random body in the making; labels are numbered through."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw, self.count = draw, 0

    def label(self) -> str:
        self.count += 1
        return f"t{self.count}"

    def chain(self, labels: list[str], depth: int, often: int = 2) -> str:
        """Links in a row; once in so often from a label."""
        links = [self.link(labels, depth) for _ in range(self.draw(st.integers(1, 3)))]
        if labels and self.draw(st.integers(1, often)) == 1:
            links.insert(0, "@" + self.draw(st.sampled_from(labels)))
        return " -> ".join(links)

    def link(self, labels: list[str], depth: int) -> str:
        kinds = ["plain", "plain", "merge", "group", "repeat", "if", "shared"]
        kind = self.draw(st.sampled_from(kinds)) if depth else "plain"
        if kind == "merge":
            return self.merge(labels, depth - 1)
        if kind in ("group", "repeat", "if"):
            head = {"group": "", "repeat": "repeat 2 ", "if": "if 2 > 1 "}[kind]
            return f"{head}{{\n{self.body(labels, depth - 1)}}}"
        convs = [label for label in labels if label.startswith("c")]
        if kind == "shared" and convs:
            more = self.draw(st.sampled_from(["pad=1", "pad=2, dilation=2", "pad=1, bias=false"]))
            return f"conv(4, 3, {more}, weights=@{self.draw(st.sampled_from(convs))})"
        return self.draw(LINKS)

    def merge(self, labels: list[str], depth: int) -> str:
        name = self.draw(st.sampled_from(["add", "sub", "mul", "concat"]))
        end = " -> conv(4, 1)" if name == "concat" else ""
        if len(labels) > 1 and self.draw(st.booleans()):
            pair = ", ".join(f"@{self.draw(st.sampled_from(labels))}" for _ in range(2))
            return (
                f"{name} {{ | identity\n| {pair.replace(', ', ' -> relu' + chr(10) + '| ')} }}{end}"
            )
        lanes = [self.chain(labels, depth) for _ in range(self.draw(st.integers(2, 3)))]
        marks = [f"{self.label()}: " if self.draw(st.booleans()) else "" for _ in lanes]
        inside = "\n".join(f"| {mark}{lane}" for mark, lane in zip(marks, lanes, strict=True))
        return f"{name} {{\n{inside} }}{end}"

    def body(self, labels: list[str], depth: int) -> str:
        """Statements, each on its line; what they label is seen by those below."""
        seen, text = list(labels), ""
        for _ in range(self.draw(st.integers(1, 3))):
            if depth and self.draw(st.integers(0, 3)) == 0:
                seen.append(f"c{self.label()}")
                text += f"{seen[-1]}: conv(4, 3, pad=1)\n"
            statement = self.chain(seen, depth, often=8)  # else most of it would be unused
            label = self.label() if self.draw(st.booleans()) else ""
            text += f"{label}: {statement}\n" if label else f"{statement}\n"
            seen += [label] if label else []
        return text


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """A random network of branches, repeats, shared weights, heads and several outputs."""
    drawing = Drawing(draw)
    text = f"start: conv(4, 3, pad=1)\n{drawing.body(['start'], 3)}"
    if draw(st.booleans()):
        phase = draw(st.sampled_from(["train", "always"]))
        text += f'head aux(phase="{phase}") {{ {drawing.chain(["start"], 1)} -> linear(3) }}\n'
    text += f"end: {drawing.chain(['start'], 2)}\n"
    text += draw(st.sampled_from(["last: linear(3) -> softmax\n", "output @end, @start\n", ""]))
    found = read(f"{BLOCKS}\narch Random {{\ninput image: 4x5x6\n{text}}}\n")
    note(found.spec.source.text)
    assert not has_errors(found.diagnostics), found.diagnostics
    return found
