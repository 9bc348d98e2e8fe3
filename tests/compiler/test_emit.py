"""The generated text: what it says, how it looks, that it is always the same."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from compiler_nets import INIT, LENET, MODERN, chains, lenet5, net, read
from graph_nets import graph as graph_of
from hypothesis import given, settings

import archspec
from archspec.compiler import emit
from archspec.errors import ArchError
from archspec.graph import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from archspec.graph import Graph

GOLDENS = Path(__file__).parent / "goldens"

EVERY_OPERATOR = """
table links {
  X . X
  X X .
}
table codes {
  X . X . X
  . X X X .
}
block cr(c) { conv(c, 3, pad=1, bias=false) -> relu }
block twice(c) { cr(c)
  cr(c) }

## One of each operator, and of each form that has a class of its own.
## It computes nothing useful.
arch Every {
  input photo: 2x32x24
  uneven: conv(4, 4x3, pad=same, stride=2, trainable=false) -> tanh
  conv(4, 3, dilation=2, groups=2, pad=[2, 2, 1, 1]) -> relu
  blocks: twice(2) -> sigmoid
  table1: conv(3, 2x3, table=links, stride=1x2, pad=1, bias=false)
  table2: conv(2, 3, pad=[0, 1, 0, 1])
  table3: conv(3, 2, pad=[0, 1, 0, 1], table=links)
  subsample(2x1, stride=1x2)
  squash: scaled_tanh(A=1.7159, S=2/3) -> scaled_tanh(A=2/3, S=0.5)
  maxpool(3, stride=1, pad=1)
  mean: avgpool(3, stride=2, pad=1, ceil=true) -> avgpool(2, stride=1)
  far: maxpool(2, stride=1, pad=[0, 1, 1, 0]) -> avgpool(2, stride=1, pad=[1, 0, 0, 1])
  rest: dropout(0.5) -> linear(6, bias=false) -> linear(5, trainable=false) -> softmax
  vector: flatten -> rbf(2, prototypes=codes, trainable=true)
  train {
    data = mnist5k
    init = fan_in_uniform(1/3)
  }
}
"""


def ruff(*command: str, text: str) -> str:
    """What ruff, with its defaults and 100 columns, says of a text."""
    call = [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length=100", "-"]
    done = subprocess.run(call, input=text, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def assert_tidy(text: str) -> None:
    """Formatted, without lint, within 100 columns."""
    assert ruff("format", text=text) == text
    assert ruff("check", text=text) == "All checks passed!\n"
    assert max(map(len, text.splitlines())) <= 100
    compile(text, "text", "exec")


@pytest.fixture(autouse=True)
def _version(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(archspec, "__version__", "0.1.0")  # goldens survive a release


@pytest.mark.parametrize(
    ("name", "graph"),
    [
        ("lenet5", lenet5),
        ("lenet5_modern", lambda: load(MODERN)),
        ("every_operator", lambda: read(EVERY_OPERATOR, "folder/every.arch")),
        ("residual", lambda: graph_of("residual")),
        ("dual", lambda: graph_of("dual")),
        ("heads", lambda: graph_of("heads")),
        ("functions", lambda: graph_of("functions")),
    ],
)
def test_the_text_is_the_golden_one_byte_for_byte(
    name: str, graph: Callable[[], Graph], golden: Callable[[Path, str], None]
):
    text = emit(graph())
    assert_tidy(text)
    golden(GOLDENS / f"{name}.py", text)


def test_the_same_graph_gives_the_same_bytes_also_in_a_process_with_another_hash_seed():
    code = f"import archspec; print(archspec.emit(archspec.load({str(LENET)!r})), end='')"
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
            cwd=Path(archspec.__file__).parents[1],
        ).stdout
        for seed in ("1", "2")
    }
    assert texts == {emit(lenet5())}


def test_emitting_works_where_torch_cannot_be_imported():
    code = (
        "import sys; sys.modules.update(torch=None, torchvision=None, numpy=None)\n"
        f"import archspec; print(archspec.emit(archspec.load({str(LENET)!r})), end='')"
    )
    root = Path(archspec.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    assert done.stdout == emit(lenet5())


@settings(max_examples=40, deadline=None)
@given(chains())
def test_random_chains_are_tidy(graph: Graph):
    assert_tidy(emit(graph))


def test_no_path_of_this_machine_is_in_the_text():
    graph = read(LENET.read_text(encoding="utf-8"), "/some/where/lenet5.arch")
    assert emit(graph) == emit(lenet5())
    assert "/some" not in emit(graph)


@pytest.mark.parametrize(
    ("doc", "start"),
    [
        ("", '"""Net\n'),
        ('## "Quoted" and \\n', '""" "Quoted" and \\\\n\n'),
        ('## a """ in it"', '"""a \\"\\"\\" in it"\n'),
        ("## " + "long " * 30, '"""' + "long " * 18 + "long\nlong"),
    ],
)
def test_the_documentation_of_the_spec_becomes_the_docstring(doc: str, start: str):
    text = emit(net("relu", above=doc))
    assert text.startswith(start)
    assert_tidy(text)


def test_prelude_and_imports_stand_only_in_files_that_use_them():
    text = emit(net("relu"))
    assert [line for line in text.splitlines() if "import" in line] == [
        "from torch import Tensor, nn"
    ]
    assert text.count("class ") == 1
    assert "def chain" not in text


@pytest.mark.parametrize("name", ["F", "Tensor", "OrderedDict", "ScaledTanh", "range", "nn"])
def test_an_architecture_whose_name_the_file_uses_gets_net_behind_it(name: str):
    text = emit(net("scaled_tanh(A=1, S=1)", name=name))
    assert f"class {name}Net(nn.Module):" in text


def test_the_class_is_called_as_wanted():
    assert "class Mine(nn.Module):" in emit(net("relu"), "Mine")


@pytest.mark.parametrize("name", ["2x", "class", "nn", "ScaledTanh", "a b", "", "len"])
def test_a_class_name_that_cannot_be_is_e701(name: str):
    with pytest.raises(ArchError) as caught:
        emit(net("scaled_tanh(A=1, S=1)"), name)
    assert [item.code for item in caught.value.diagnostics] == ["E701"]


@pytest.mark.parametrize(
    ("label", "parameter"), [("image:", "image"), ("x:", "x"), ("torch:", "x"), ("", "x")]
)
def test_forward_calls_its_argument_like_the_input(label: str, parameter: str):
    graph = read(f"arch Net {{\n  input {label} 4\n  relu\n}}")
    assert f"def forward(self, {parameter}: Tensor)" in emit(graph)


def test_what_the_recipe_initialises_brings_its_import():
    recipe = INIT.replace("2.4", "2")
    text = emit(net("conv(2, 3, bias=false)", recipe))
    assert_tidy(text)
    assert "        self.conv.weight.uniform_(-2.0, 2.0).div_(9)\n\n" in text
    two = emit(net("a: conv(2, 3, bias=false)", "b: conv(2, 3, bias=false)", recipe))
    assert_tidy(two)
    assert "            layer.weight.uniform_(-2.0, 2.0).div_(fan_in)\n\n" in two
    assert "reset_parameters" not in emit(net("relu", recipe))


def test_constants_of_one_content_are_shared_and_others_get_a_number():
    table = "table t {\n  X X\n  . X\n}\ntable T {\n  X .\n  X X\n}\n"
    text = emit(
        net(
            "a: conv(2, 1, table=t)",
            "b: conv(2, 1, table=t)",
            "c: conv(2, 1, table=T)",
            x="2x3x3",
            above=table,
        )
    )
    assert "self.a = TableConv(2, (1, 1), T)" in text
    assert "self.b = TableConv(2, (1, 1), T)" in text
    assert "self.c = TableConv(2, (1, 1), T_2)" in text
    assert_tidy(text)


def test_wide_tables_keep_to_the_columns():
    above = f"table wide {{\n  {' '.join('X' * 60)}\n}}\n"
    above += f"table codes {{\n  {' '.join('X.' * 75)}\n}}\n"
    above += "table high {\n" + "  X\n" * 60 + "}\n"
    graph = net(
        "a: conv(60, 1, table=wide)",
        "b: conv(1, 1, table=high)",
        "c: linear(150)",
        "d: rbf(1, prototypes=codes)",
        above=above,
    )
    assert_tidy(emit(graph))


def test_long_chains_take_one_link_a_line():
    text = emit(net("a: " + " -> ".join(["conv(4, 3, pad=[1, 0, 0, 1])", "relu"] * 3)))
    assert_tidy(text)
    head, first, second = text.partition("        self.a = ")[2].splitlines()[:3]
    assert head == "chain(  # :4  4x5x5"
    assert first.strip() == "conv=PaddedConv2d((0, 1, 1, 0), 1, 4, 3),"
    assert second.strip() == "relu=nn.ReLU(inplace=True),"


@pytest.mark.parametrize(
    ("statements", "inplace"),
    [
        (("conv(2, 3) -> relu",), True),
        (("linear(2) -> relu",), True),
        (("subsample(2) -> relu",), True),
        (("relu",), False),
        (("tanh -> relu",), False),
        (("maxpool(2) -> relu",), False),
        (("conv(2, 3) -> relu -> relu",), True),
    ],
)
def test_relu_works_in_place_where_backward_does_not_need_its_input(
    statements: tuple[str, ...], inplace: bool
):
    assert ("nn.ReLU(inplace=True)" in emit(net(*statements))) == inplace


def test_a_map_is_flattened_where_its_statement_starts_or_inside_the_chain():
    links = emit(net("a: conv(2, 3) -> linear(3)", "relu")).split()
    assert "conv=nn.Conv2d(1, 2, 3), flatten=nn.Flatten(), linear=" in " ".join(links)
    text = emit(net("conv(2, 3)", "fc: linear(3) -> relu"))
    assert "self.fc(x.flatten(1))" in text
    assert "nn.Flatten" not in text


def test_the_inserted_flatten_takes_no_name_of_the_spec():
    links = emit(net("a: relu -> linear(3) -> flatten", x="1x2x2")).split()
    assert "flatten_2=nn.Flatten(), linear=nn.Linear(4, 3), flatten=" in " ".join(links)


def test_a_graph_with_errors_is_refused_with_its_own_diagnostics():
    graph = net("conv(2, 9)")
    with pytest.raises(ArchError) as caught:
        emit(graph)
    assert [item.code for item in caught.value.diagnostics] == ["E304"]


def test_comments_name_the_line_of_the_arch_body_also_for_blocks():
    lines = EVERY_OPERATOR.splitlines()
    number = next(n for n, line in enumerate(lines, 1) if "blocks: twice" in line)
    (line,) = re.findall(r"self.blocks = .*", emit(read(EVERY_OPERATOR)))
    assert line.endswith(f"  # :{number}  2x16x10")


@pytest.mark.parametrize("body", ["identity", "repeat 0 { relu }", "repeat 3 { identity }"])
def test_a_network_of_nothing_returns_what_enters(body: str):
    text = emit(read(f"arch Net {{\n input 4x9x9\n {body}\n}}"))
    compile(text, "net.py", "exec")
    assert text.endswith("    def forward(self, x: Tensor) -> Tensor:\n        return x\n")
