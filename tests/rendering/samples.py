"""Places and diagnostics that several tests show; the first are examples of the manual."""

from __future__ import annotations

from textwrap import dedent

from archspec.errors import Diagnostic, Edit, Fix, Frame, Label
from archspec.source import Source, Span


def source(name: str, **lines: str):
    """A text with `line_10="..."` as line 10 and empty lines elsewhere."""
    numbered = {int(key.removeprefix("line_")): text for key, text in lines.items()}
    text = "\n".join(numbered.get(number, "") for number in range(1, max(numbered) + 1))
    return Source(name, text + "\n")


def span(text: Source, part: str, nth: int = 0):
    start = -1
    for _ in range(nth + 1):
        start = text.text.index(part, start + 1)
    return Span(text, start, start + len(part))


def expected(text: str):
    return dedent(text).strip("\n")


GOOGLENET = source(
    "googlenet.arch",
    line_10="  concat {",
    line_11="    | b1: cr(c1, 1)",
    line_12="    | b3: cr(r3, 1) -> cr(c3, 3)",
    line_34="  i3a: Inception(64, 96, 128, 16, 32, 32)",
    line_55='    i3a.macs ~= 128M within 1%  from szegedy14 "Table 1"',
)
RESNET = source(
    "resnet.arch",
    line_10="  add {",
    line_11="    | cbn(w, 1, stride=stride) -> relu -> cbn(w, 3) -> relu -> cbn(4*w, 1)",
    line_12="    | if project { proj: cbn(4*w, 1) } else { identity }",
    line_18="  Bottleneck(w, stride=stride, project=true)",
    line_27="  conv3_x: Stage(128, depths[1], stride=2)",
)
LENET = source("lenet5.arch", line_25="  C1: conv(6, 5x5, pad=2) -> squash   => 6x28x28")
ALEXNET = source(
    "alexnet.arch",
    line_14="  conv1: conv(96, 11, stride=4) -> relu",
    line_20="  pool2: maxpool(3, stride=2)",
)
E301 = Diagnostic(
    "E301",
    "`concat` inputs must agree in height and width: 28x28 and 26x26",
    span(GOOGLENET, "concat"),
    text="node i3a.concat",
    labels=(
        Label(span(GOOGLENET, "cr(c1, 1)"), "64x28x28: floor((28 + 2*0 - 1) / 1) + 1 = 28"),
        Label(
            span(GOOGLENET, "cr(c3, 3)"),
            "128x26x26: floor((28 + 2*0 - 3) / 1) + 1 = 26   <- differs",
        ),
    ),
    chain=(Frame("i3a: Inception(64, 96, 128, 16, 32, 32)", "i3a", span(GOOGLENET, "Inception")),),
    instances=tuple(f"i{name}" for name in ("3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")),
    help="`cr(c3, 3, pad=1)` keeps 28x28",
    fix=Fix((Edit(span(GOOGLENET, "cr(c3, 3)"), "cr(c3, 3, pad=1)"),), safe=False),
    path="i3a.concat",
    values={"got": "26x26"},
)
E303 = Diagnostic(
    "E303",
    "declared 6x28x28, inferred 6x32x32",
    span(LENET, "6x28x28"),
    text="declared",
    labels=(
        Label(span(LENET, "conv(6, 5x5, pad=2)"), "inferred: floor((32 + 2*2 - 5) / 1) + 1 = 32"),
    ),
)
W201 = Diagnostic(
    "W201",
    "stride 4 does not tile: the last row and column of the input are never read",
    span(ALEXNET, "stride=4"),
    text="(224 + 2*0 - 11) / 4 = 53 remainder 1",
    help="a 227x227 input tiles exactly: (227 + 2*0 - 11) / 4 + 1 = 55",
)
