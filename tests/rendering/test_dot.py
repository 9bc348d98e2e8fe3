from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from archspec.analysis import analyze
from archspec.graph import read_graph
from archspec.rendering import build
from archspec.rendering.dot import to_dot
from archspec.schema import Target, arch_names, fold, read, zoo_files
from archspec.schema.sources import zoo_folder
from archspec.syntax import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from archspec.rendering import Picture


GOLDENS = Path(__file__).parent / "goldens"
FILES = (*zoo_files(), *sorted((zoo_folder() / "course").glob("*.arch")))
SPECS = [file for file in FILES if arch_names(parse(read(file, file.name)))]
# Of a file with several networks: the one named like the file, these, else the first. The others
# are in the gallery.
SHOWN = {"densenet": "DenseNet201", "dpn": "DPN92", "resnet": "ResNet152", "vgg": "VGG16"}


def shown(file: Path):
    source = read(file, file.name)
    archs = arch_names(parse(source))
    named = [arch for arch in archs if fold(arch) == fold(file.stem)]
    arch = SHOWN.get(file.stem) or (named or archs)[0]
    report = analyze(read_graph(Target(source, arch)))
    return build(report.graph, report)


@pytest.mark.parametrize("file", SPECS, ids=lambda file: file.stem)
def test_every_shipped_spec(file: Path, golden: Callable[[Path, str], None]):
    golden(GOLDENS / "specs" / f"{file.stem}.dot", to_dot(shown(file)))


def test_no_golden_is_left_over():
    goldens = sorted(file.stem for file in (GOLDENS / "specs").iterdir())
    assert goldens == sorted(file.stem for file in SPECS)


def test_a_wrong_spec(draw_text: Callable[..., Picture], golden: Callable[[Path, str], None]):
    picture = draw_text("  C1: conv(6, 5x5) -> relu => 6x32x32\n  C2: cnov(3)\n  out: linear(3)")
    golden(GOLDENS / "wrong.dot", to_dot(picture))


def test_the_same_picture_gives_the_same_bytes(lenet5: Picture):
    assert to_dot(lenet5).encode() == to_dot(lenet5).encode()


def test_nothing_of_the_machine_is_in_it(lenet5: Picture):
    assert str(Path.cwd()) not in to_dot(lenet5)


def test_generated_text_is_ascii(lenet5: Picture):
    assert to_dot(lenet5).isascii()
