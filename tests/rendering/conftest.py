"""What the drawing tests share: LeNet-5, and networks written in a test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from archspec.analysis import Report, analyze
from archspec.graph import read_graph
from archspec.rendering import Picture, PictureOptions, build
from archspec.schema import Target, find
from archspec.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="session")
def report() -> Report:
    return analyze(read_graph(find("specs/lenet5.arch")))


@pytest.fixture(scope="session")
def lenet5(report: Report) -> Picture:
    return build(report.graph, report)


@pytest.fixture(scope="session")
def draw_text() -> Callable[..., Picture]:
    def picture(body: str, options: PictureOptions | None = None, before: str = "") -> Picture:
        above = f"{before}\n" if before else ""
        text = f'{above}arch Net "a net" {{\n  input image: 1x32x32\n{body}\n}}\n'
        graph = read_graph(Target(Source("net.arch", text), None))
        return build(graph, analyze(graph), options)

    return picture


SAMPLES = Path(__file__).parents[1] / "syntax" / "samples"
NETWORKS = {
    "lenet5": "specs/lenet5.arch",
    "resnet152": f"{SAMPLES / 'resnet.arch'}:ResNet152",
    "googlenet": f"{SAMPLES / 'googlenet.arch'}",
    "densenet121": f"{SAMPLES / 'densenet.arch'}:DenseNet121",
    "dpn92": f"{SAMPLES / 'dpn.arch'}",
}


@pytest.fixture(scope="session")
def reports() -> dict[str, Report]:
    return {name: analyze(read_graph(find(target))) for name, target in NETWORKS.items()}
