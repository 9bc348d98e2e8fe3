"""Functions of blocks: which chains become one, what it takes, what it is called."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from compiler_nets import net

from archspec.compiler import emit, layout
from archspec.errors import ArchError
from archspec.graph import load

BEYOND = Path(__file__).parents[1] / "beyond"
UNIT = "block unit(c, k=3) { conv(c, k, pad=k // 2, bias=false) -> bn -> relu }\n"


def functions(text: str) -> list[str]:
    """The functions of a text as `name(parameters)`, without `chain`."""
    found = re.findall(
        r"^def (\w+)\(\s*(.*?),?\s*\) -> nn.Sequential:", text, re.MULTILINE | re.DOTALL
    )
    return [f"{name}({' '.join(taken.split())})" for name, taken in found if name != "chain"]


def units(*statements: str, above: str = UNIT) -> str:
    """The text of a network with these statements."""
    return emit(net(*statements, x="4x8x8", above=above))


def test_a_function_takes_what_differs_and_the_rest_stays_in_it():
    text = units("a: unit(4)", "b: unit(6, 5)", "c: unit(6, 1)")
    assert functions(text) == ["unit(in_channels: int, c: int, k: int, padding: int = 0)"]
    assert "conv=nn.Conv2d(in_channels, c, k, padding=padding, bias=False)," in text
    assert "self.a = unit(4, 4, 3, padding=1)  # :5  4x8x8\n" in text
    assert "self.c = unit(6, 6, 1)  # :7  6x8x8\n" in text
    assert "    return chain(  # :1\n" in text


def test_a_default_is_torch_s_where_one_use_leaves_it_at_that():
    above = "block unit(c, s) { conv(c, 3, stride=s, pad=s, bias=false) -> bn -> relu }\n"
    (found,) = functions(units("a: unit(4, 2)", "b: unit(6, 1)", "c: unit(6, 1)", above=above))
    assert found == "unit(in_channels: int, c: int, s: int)"  # the pad is never torch's 0
    above = above.replace("pad=s", "pad=1")
    (found,) = functions(units("a: unit(4, 2)", "b: unit(6, 1)", "c: unit(6, 1)", above=above))
    assert found == "unit(in_channels: int, c: int, s: int = 1)"
    assert functions(units("a: unit(4, 2)", "b: unit(4, 3)", "c: unit(4, 4)", above=above)) == [
        "unit(s: int)"
    ]
    above = "block unit(b) { conv(4, 3, pad=1, bias=b) -> tanh -> maxpool(3, ceil=b) -> tanh }\n"
    statements = [f"s{n}: unit({value})" for n, value in enumerate(["true", "false", "false"])]
    (found,) = functions(emit(net(*statements, x="4x99x99", above=above)))
    assert found == "unit(b: bool)"  # torch has True for the one and False for the other


def test_a_function_has_to_make_the_file_shorter():
    three = units("a: unit(4)", "b: unit(4)", "c: unit(4)")
    assert functions(three) == ["unit()"]
    two = units("a: unit(4)", "b: unit(4)")
    assert functions(two) == []
    assert two.count("=nn.Conv2d(4, 4, 3, padding=1, bias=False),") == 2


@pytest.mark.parametrize("body", ["relu", "conv(4, 1)", "conv(4, 1) -> relu"])
def test_what_takes_one_line_anyway_is_written_out(body: str):
    statements = [f"s{number}: unit" for number in range(9)]
    text = units(*statements, above=f"block unit() {{ {body} }}\n")
    assert functions(text) == []


def test_uses_inside_a_shared_class_are_one_use():
    above = f"{UNIT}block B() {{ add {{ | unit(4) | identity }} }}\n"
    assert functions(units(*["B"] * 9, above=above)) == []
    above = above.replace("| unit(4) |", "| unit(4) | unit(4, 5) | unit(4, 1) |")
    text = units(*["B"] * 9, above=above)
    assert functions(text) == ["unit(k: int, padding: int = 0)"]
    assert "self.unit_2 = unit(5, padding=2)" in text


@pytest.mark.parametrize(("dilation", "taken"), [("1", 6), ("d", None)])
def test_a_function_takes_no_more_than_six(dilation: str, taken: int | None):
    above = f"""
block unit(c, k, s, p, g, d) {{
  conv(c, k, stride=s, pad=p, groups=g, dilation={dilation}) -> bn -> relu -> tanh
  conv(c, 3, pad=1) -> tanh -> sigmoid
}}
"""
    statements = ["unit(4, 3, 1, 2, 1, 2)", "unit(8, 1, 2, 3, 4, 1)", "unit(6, 3, 1, 3, 2, 1)"]
    found = functions(units(*statements, *statements, above=above))
    assert [item.count(":") for item in found] == ([] if taken is None else [taken])


def test_arguments_too_long_for_one_line_stand_below_and_each_on_its_own_if_they_have_to():
    dpn, inception = emit(load("zoo:dpn92")), emit(load(str(BEYOND / "inception_v3.arch")))
    assert "def preact(\n    in_channels: int, c: int, k: int, stride: int = 1, padding" in dpn
    assert "groups: int = 1\n) -> nn.Sequential:\n" in dpn
    assert (
        "def cbr(\n    in_channels: int,\n    c: int,\n    k: int | tuple[int, ...],\n" in inception
    )
    assert "    padding: int | tuple[int, ...] = 0,\n) -> nn.Sequential:\n" in inception


def test_the_documentation_of_the_block_is_the_function_s():
    statements = [f"s{number}: unit({number})" for number in range(4, 9)]
    text = units(*statements, above=f"## Short.\n{UNIT}")
    assert 'nn.Sequential:\n    """Short."""\n    return chain(' in text
    long = "## " + "word " * 30 + "\n## Second.\n"
    text = units(*statements, above=long + UNIT)
    assert "word word\n    Second.\n" in text
    assert '    """\n    return chain(' in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
    ("block", "name"),
    [
        ("BnRelu", "bn_relu"),
        ("V1Unit", "v1_unit"),
        ("CBR", "cbr"),
        ("unit_3x3", "unit_3x3"),
        ("Max", "max_2"),
        ("Lambda", "lambda_2"),
        ("Torch", "torch_2"),
        ("Chain", "chain_2"),
        ("F", "f"),
    ],
)
def test_a_function_is_called_after_its_block_and_like_nothing_else(block: str, name: str):
    text = units(
        *(f"s{number}: {block}(4)" for number in range(3)), above=UNIT.replace("unit", block)
    )
    assert f"def {name}() -> nn.Sequential:" in text
    assert f"self.s1 = {name}()" in text
    compile(text, "text", "exec")


def test_no_argument_of_a_class_or_function_hides_a_function():
    above = f"{UNIT}block B(unit) {{ add {{ | unit(unit) -> unit(6) | unit(6, 1) }} }}\n"
    text = units("B(4)", "B(5)", above=above)
    assert "def __init__(self, in_channels: int, unit: int)" in text
    assert "self.unit = unit_2(in_channels, unit, 3, padding=1)" in text
    above = "block B(chain) { add { | left: conv(chain, 1) -> tanh | conv(chain, 1) } }\n"
    text = units("a: B(4)", "b: B(5)", above=above)
    assert "self.left = chain_2(conv=nn.Conv2d(4, chain, 1)" in text


def test_the_network_s_class_is_not_called_like_a_function():
    statements = [f"s{number}: unit({number})" for number in range(4, 9)]
    graph = net(*statements, x="4x8x8", above=UNIT, name="unit_")
    with pytest.raises(ArchError) as caught:
        emit(graph, "unit")
    assert [item.code for item in caught.value.diagnostics] == ["E701"]


def test_a_part_s_argument_is_not_called_like_a_parameter_that_means_another():
    above = (
        f"{UNIT}block pair(c, n) {{ a: unit(2*c)\n conv(n, 1) -> tanh -> conv(c, 1) -> tanh }}\n"
    )
    statements = ["p: pair(3, 4)", "q: pair(4, 4)", "r: pair(5, 7)", "s: pair(7, 8)"]
    text = units(*statements, "t: unit(5, 1)", "u: unit(6)", "v: unit(3)", above=above)
    assert functions(text)[-1] == "pair(in_channels: int, a_c: int, n: int, c: int)"
    above = "block pair(n) { conv(2*n, 1) -> tanh -> conv(7, 1) -> tanh }\n"
    (found,) = functions(units("pair(3)", "pair(4)", "pair(6)", above=above))
    assert found == "pair(in_channels: int, conv_out_channels: int)"


def test_a_parameter_that_waited_for_shapes_gives_its_name_too():
    (found,) = functions(units("a: unit(2*in.c)", "b: unit(3*in.c)", "c: unit(in.c + 1)"))
    assert found == "unit(in_channels: int, c: int)"
    above = "block B(c) { add { | conv(c, 1) -> conv(7, 1) | conv(7, 1) } }\n"
    text = units("a: B(2*in.c)", "b: B(in.c + 2)", above=above)
    assert "def __init__(self, in_channels: int, c: int)" in text


def test_structures_of_a_block_are_told_apart_by_a_boolean_or_written_out():
    above = (
        "block unit(c, hard=false) { conv(c, 3) -> bn -> if hard { hardswish } else { relu } }\n"
    )
    statements = [f"s{n}: unit(4, hard={str(n % 2 == 0).lower()})" for n in range(8)]
    x = "4x99x99"
    found = functions(emit(net(*statements, x=x, above=above)))
    assert found == ["unit_hard()", "unit()"]
    numbers = above.replace("hard=false", "hard=0").replace("if hard", "if hard > 0")
    statements = [f"s{n}: unit(4, hard={n % 2})" for n in range(8)]
    assert functions(emit(net(*statements, x=x, above=numbers))) == []


def test_a_structure_used_once_takes_no_name_from_the_others():
    above = "block unit(n) { conv(4, 3, pad=1) -> bn -> if n > 1 { hardswish } else { relu } }\n"
    statements = [f"s{n}: unit({n})" for n in range(1, 6)]
    assert functions(units(*statements, above=above)) == ["unit()"]


def test_blocks_of_one_structure_keep_their_names():
    above = UNIT + UNIT.replace("unit", "other")
    statements = [f"{name}_{n}: {name}({n})" for name in ("unit", "other") for n in (4, 5, 6)]
    found = functions(units(*statements, above=above))
    assert [name.partition("(")[0] for name in found] == ["unit", "other"]


def test_one_operator_is_written_out_however_long():
    above = """
block unit(c) {
  wide: conv(c, 3x5, stride=1x2, pad=[2, 2, 4, 4], dilation=2x1, groups=2, trainable=false)
}
"""
    text = units(*(f"s{n}: unit({n})" for n in range(4, 20, 4)), above=above)
    assert text.count("wide=nn.Conv2d(\n") == 4


def test_of_functions_that_call_each_other_those_stay_that_spare_most():
    """`layers` alone would spare as many lines, but is not what the network is made of."""
    text = emit(load("zoo:plain56"))
    assert functions(text) == ["unit(in_channels: int, w: int, stride: int = 1)"]
    assert [name.partition("(")[0] for name in functions(emit(load("zoo:resnet20")))] == ["cbn"]


def test_of_very_many_blocks_the_most_used_ones_are_functions():
    names = [f"u{number}" for number in range(20)]
    above = "".join(UNIT.replace("unit", name) for name in names)
    uses = [f"{name}(4)" for name in (*names, *names, *names, *names, "u18", "u19")]
    found = functions(units(*uses, above=above))
    assert len(found) == layout.MAX_FUNCTIONS == 16
    assert {"u18()", "u19()"} < set(found)


def test_a_relu_at_the_start_overwrites_what_it_may():
    above = "block act(c) { relu -> conv(c, 3, pad=1, bias=false) -> bn }\n"
    text = units("conv(4, 1)", "a: act(4)", "b: tanh", "c: act(5)", "d: act(6)", above=above)
    assert functions(text) == ["act(in_channels: int, c: int, inplace: bool = False)"]
    assert "self.a = act(4, 4, inplace=True)" in text
    assert "self.c = act(4, 5)" in text


def test_blocks_that_repeat_are_written_out():
    above = "block stage(c) { repeat 2 { conv(c, 3, pad=1, bias=false) -> bn -> relu } }\n"
    assert functions(units(*(f"s{n}: stage({n})" for n in range(4, 9)), above=above)) == []


def test_a_function_that_makes_a_class_stands_behind_it():
    above = """
block Gate() { mul { | identity | global_avgpool(keep=true) } }
block unit(c) { conv(c, 3, pad=1, bias=false) -> bn -> Gate -> relu }
"""
    text = units(*(f"s{n}: unit({n})" for n in range(4, 9)), above=above)
    assert 0 < text.index("class Gate(") < text.index("def unit(") < text.index("class Net(")


ZOO = [
    *("googlenet", "googlenet_tv", "vgg16_bn", "densenet121", "dpn92", "resnet50", "plain56"),
    *("lenet5", "alexnet", "minivggnet"),
]
OTHERS = ("mobilenet_v2", "mobilenet_v3", "inception_v3", "squeezenet", "efficientnet", "fcn")


@pytest.mark.parametrize(
    "target", [f"zoo:{name}" for name in ZOO] + [str(BEYOND / f"{name}.arch") for name in OTHERS]
)
def test_networks_get_shorter_or_stay_as_they_are(target: str, monkeypatch: pytest.MonkeyPatch):
    graph = load(target)
    text = emit(graph)
    monkeypatch.setattr(layout, "MAX_PARAMETERS", -1)  # no function takes so few
    written_out = emit(graph)
    assert functions(written_out) == []
    if functions(text):
        assert text.count("\n") < written_out.count("\n")
    else:
        assert text == written_out
