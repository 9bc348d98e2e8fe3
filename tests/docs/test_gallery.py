"""The gallery shows what `render` draws today, for every network of the zoo, and is not heavy."""

import importlib.util
import re
from pathlib import Path

import pytest

from archspec.schema.sources import snake, zoo, zoo_folder

ROOT = Path(__file__).resolve().parents[2]
GALLERY = ROOT / "docs" / "gallery"
PAGE = ROOT / "docs" / "gallery.md"


@pytest.fixture(scope="module")
def files():
    path = ROOT / "tools" / "make_gallery.py"
    spec = importlib.util.spec_from_file_location("make_gallery", path)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return tool.files()


def test_it_is_current(files):
    """If not: `make gallery`."""
    assert [path.name for path in files if not path.exists()] == []
    assert [path.name for path, data in files.items() if path.read_bytes() != data] == []
    assert {path for path in files if path.suffix == ".svg"} == set(GALLERY.glob("*.svg"))


def test_every_network_of_the_zoo_is_on_the_page_once():
    page = PAGE.read_text(encoding="utf-8")
    assert re.findall(r"\(gallery/(\w+)\.svg\)", page) == [snake(arch) for arch in zoo()]
    assert re.findall("^`archspec render (\\w+)`", page, re.MULTILINE) == [*map(snake, zoo())]
    for file in zoo().values():
        assert f"## `specs/{file.relative_to(zoo_folder()).as_posix()}`\n" in page


def test_the_pictures_are_not_heavy():
    sizes = [path.stat().st_size for path in GALLERY.glob("*.svg")]
    assert max(sizes) <= 100_000
    assert sum(sizes) <= 2_000_000


def test_no_picture_names_this_machine():
    for path in GALLERY.glob("*.svg"):
        assert str(ROOT) not in path.read_text(encoding="utf-8")
