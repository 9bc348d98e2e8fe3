"""Both READMEs are run: every command, every spec, every piece of Python in them."""

import re

import pytest

from tests.docs.blocks import ROOT, Block, blocks, exchanges, matches, run

pytestmark = pytest.mark.torch

READMES = ("README.md", "README.ko.md")
SHELL_SHOWN = {"make demo", "make test"}  # run by test_make.py and by whoever runs this


@pytest.mark.parametrize("readme", READMES)
def test_every_block_of_the_readme_runs_and_answers_as_shown(readme, tmp_path):
    languages = set()
    for block in blocks(readme):
        languages.add(block.language)
        if block.language == "arch":
            use_spec(block, tmp_path)
        elif block.language == "console":
            for command, expected in exchanges(block.body):
                printed = run(command, tmp_path)
                assert matches(expected, printed), f"$ {command}\n{printed}"
        elif block.language == "python":
            script = tmp_path / "example.py"
            script.write_text(block.body, encoding="utf-8")
            assert run(f"python {script.name}", tmp_path) == ""
        else:
            shown = {line.partition("#")[0].strip() for line in block.body.splitlines()}
            assert (block.language, shown) == ("sh", SHELL_SHOWN)
    assert languages == {"arch", "console", "python", "sh"}


def use_spec(block: Block, folder) -> None:
    assert block.name is not None, "a spec says where it belongs"
    if block.kind == "file":
        (folder / block.name).write_text(block.body, encoding="utf-8")
    else:
        assert block.body in (ROOT / block.name).read_text(encoding="utf-8")


def test_both_readmes_show_the_same_blocks():
    shown = [
        [(b.language, b.body) for b in blocks(readme) if b.language != "sh"] for readme in READMES
    ]
    assert shown[0] == shown[1]


def test_the_first_screen_is_in_its_order():
    """A sentence, eight lines of spec, its table, the picture, an explanation, two commands."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    places = [
        text.index(mark)
        for mark in (
            "archspec counts",
            "arch Digits",
            "layer  maps@size",
            "lenet5.svg)",
            "$ archspec explain lenet5 C3.params",
            "make demo",
        )
    ]
    assert places == sorted(places)
    spec = blocks("README.md")[0].body
    assert len(spec.splitlines()) == 8
    assert not re.search(r"cite|expect|train", spec)


def test_local_links_lead_somewhere():
    for readme in READMES:
        text = (ROOT / readme).read_text(encoding="utf-8")
        links = re.findall(r"\]\(([^)#:]+)\)", text)
        assert links, "the pattern found nothing"
        assert [link for link in links if not (ROOT / link).exists()] == []
