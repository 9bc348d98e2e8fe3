"""What the default pictures of four networks of the zoo must hold and how large they may be.

Sizes are those of graphviz-pure, whose fonts are its own; Graphviz takes the fonts of the machine.
"""

from __future__ import annotations

from pathlib import Path
from sysconfig import get_path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from archspec.analysis import analyze
from archspec.graph import read_graph
from archspec.rendering import EngineOptions, build, draw
from archspec.rendering.engine import FALLBACK
from archspec.schema import find, zoo

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

SVG = "{http://www.w3.org/2000/svg}"
PURE = EngineOptions(str(Path(get_path("scripts")) / FALLBACK))
PAGES = {  # points
    "LeNet5": (1417, 340),  # one slide
    "ResNet152": (600, 850),  # one A4 page, unscaled
    "GoogLeNet": (780, 1500),
    "DenseNet201": (600, 900),
}
# Boxes of the overview and of each template.
BOXES = {
    "LeNet5": (8,),
    "ResNet152": (9, 6, 5),
    "GoogLeNet": (20, 9, 5),
    "DenseNet201": (13, 4, 3),
}


@pytest.fixture(scope="module")
def roots() -> dict[str, Element]:
    return {name: drawn(name) for name in PAGES}


def drawn(name: str):
    report = analyze(read_graph(find(f"zoo:{name}")))
    return ElementTree.fromstring(draw(build(report.graph, report), "svg", PURE).data)


def size(root: Element):
    return tuple(float(root.get(side).removesuffix("pt")) for side in ("width", "height"))


def groups(root: Element, first: str):
    return {
        element.get("id"): element
        for element in root.iter(f"{SVG}g")
        if (element.get("id") or "").startswith(first)
    }


def said(element: Element):
    return ["".join(text.itertext()) for text in element.iter(f"{SVG}text")]


@pytest.mark.parametrize("name", PAGES)
def test_it_fits_its_page(roots: dict[str, Element], name: str):
    width, height = size(roots[name])
    assert width <= PAGES[name][0]
    assert height <= PAGES[name][1]


@pytest.mark.parametrize("name", PAGES)
def test_its_boxes_are_those_of_the_design(roots: dict[str, Element], name: str):
    paths = [path.removeprefix("n:") for path in groups(roots[name], "n:")]
    letters = sorted({path.split(".")[1] for path in paths if path.startswith("t.")})
    templates = [sum(path.startswith(f"t.{x}.") for path in paths) for x in letters]
    assert (len(paths) - sum(templates), *templates) == BOXES[name]


def test_lenet5_has_a_shape_on_every_link_and_the_table_of_the_paper(roots: dict[str, Element]):
    links = {
        name: said(link)
        for name, link in groups(roots["LeNet5"], "e:").items()
        if not name.endswith(":legend")
    }
    shapes = ["1x32x32", "6x28x28", "6x14x14", "16x10x10", "16x5x5", "120x1x1", "84"]
    assert [label.strip() for (label,) in links.values()] == shapes
    legend = groups(roots["LeNet5"], "l:")["l:C3"]
    fills = [polygon.get("fill") for polygon in legend.iter(f"{SVG}polygon")]
    assert (fills.count("#0072b2"), fills.count("none")) == (60, 96)  # crosses, borders
    assert said(legend).count("x") == 60


def test_googlenet_has_two_dashed_heads(roots: dict[str, Element]):
    dashed = {
        name
        for name, link in groups(roots["GoogLeNet"], "e:").items()
        if any(path.get("stroke-dasharray") for path in link.iter(f"{SVG}path"))
    }
    assert dashed == {"e:i4a:aux1:aux", "e:i4d:aux2:aux"}


@pytest.mark.parametrize("arch", zoo())
def test_every_network_of_the_zoo_fits_a_slide_or_a_page(arch: str):
    """A slide of 20 x 11.25 inches, or a page that is scaled to A4 at most by half."""
    width, height = size(drawn(arch))
    assert (width <= 1440 and height <= 810) or (width <= 1190 and height <= 1684)
