"""`archspec render` as a user types it: what is written, and what is said."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import rich_click as click

from archspec.cli.analyze import command as analyze
from archspec.cli.main import main
from archspec.cli.render import command

RIGHT = "arch A {\n  input 1x8x8\n  a: conv(2, 3)\n  b: conv(2, 3)\n}\n"
BROKEN = RIGHT.replace("b: conv(2, 3)", "b: conv(2, 9)")
WRONG = RIGHT.replace("\n}", "\n  expect { params == 1 from derived }\n}")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a right spec, a broken one, and one with a wrong expectation."""
    monkeypatch.chdir(tmp_path)
    for name, text in {"right": RIGHT, "broken": BROKEN, "wrong": WRONG}.items():
        (tmp_path / f"{name}.arch").write_text(text, encoding="utf-8")
    return tmp_path


@dataclass(frozen=True)
class Done:
    """What a command did."""

    exit_code: int
    stdout: str
    stderr: str


Render = Callable[..., Done]


@pytest.fixture
def render(folder: Path, capsys: pytest.CaptureFixture[str]):
    """`archspec render …` in that folder, in this process."""

    def run(*arguments: str) -> Done:
        with pytest.raises(SystemExit) as stop:
            main(["render", *arguments])
        gc.enable()  # a process of its own switches it off
        printed = capsys.readouterr()
        return Done(int(str(stop.value.code)), printed.out, printed.err)

    assert folder == Path.cwd()
    return run


def test_a_partial_picture_can_be_refused(folder: Path, render: Render):
    drawn = render("broken.arch", "-o", "a.svg")
    refused = render("broken.arch", "-o", "b.svg", "--no-partial")
    assert (drawn.exit_code, refused.exit_code) == (1, 1)
    assert (folder / "a.svg").exists()
    assert not (folder / "b.svg").exists()
    assert "no picture, as --no-partial wants it: incomplete: 1 error" in refused.stderr
    assert "E304" in refused.stderr
    assert refused.stdout == ""


@pytest.mark.parametrize(("spec", "code"), [("right", 0), ("wrong", 1)])
def test_a_whole_picture_is_none_to_refuse(folder: Path, render: Render, spec: str, code: int):
    """A wrong expectation leaves the picture whole."""
    done = render(f"{spec}.arch", "-o", "a.svg", "--no-partial")
    assert (done.exit_code, (folder / "a.svg").exists()) == (code, True)


def test_the_file_is_opened_only_if_asked(monkeypatch: pytest.MonkeyPatch, render: Render):
    opened: list[str] = []
    monkeypatch.setattr(click, "launch", lambda file: opened.append(file) or 0)
    render("right.arch", "-o", "a.svg")
    assert opened == []
    render("right.arch", "-o", "a.svg", "--open")
    assert opened == ["a.svg"]
    assert render("right.arch", "-o", "-", "--open").exit_code == 2


def test_a_viewer_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch, render: Render):
    monkeypatch.setattr(click, "launch", lambda _: 1)
    done = render("right.arch", "-o", "a.svg", "--open")
    assert (done.exit_code, done.stdout) == (0, "a.svg\n")
    assert "no program of this system shows a.svg" in done.stderr


def test_too_many_boxes_write_no_file_without_force(folder: Path, render: Render):
    (folder / "long.arch").write_text(
        "arch L {\n  input 1x8x8\n  repeat 1500 { relu }\n}\n", encoding="utf-8"
    )
    refused = render("long.arch", "--detail", "op", "-o", "a.dot")
    assert refused.exit_code == 3
    assert "E005" in refused.stderr
    assert not (folder / "a.dot").exists()
    forced = render("long.arch", "--detail", "op", "-o", "a.dot", "--force")
    assert (forced.exit_code, (folder / "a.dot").exists()) == (0, True)
    assert "note: 1,501 boxes and 1,500 links" in forced.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--show", "shape,parms"), "a box cannot show `parms`: did you mean params?"),
        (("--show", "colour"), "write any of shape, params, macs, memory, rf"),
        (("--depth", "-1"), "--depth"),
        (("--dpi", "12"), "--dpi"),
        (("--edge-labels", "some"), "--edge-labels"),
        (("--theme", "pink"), "--theme"),
    ],
)
def test_a_bad_value_is_a_usage_error(render: Render, words: tuple[str, ...], said: str):
    done = render("right.arch", "-o", "a.svg", *words)
    assert done.exit_code == 2
    assert said in done.stderr


def test_every_option_has_help():
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert (parameter.help or "").strip().endswith((".", "]")), parameter.name


def test_every_option_of_pictures_is_in_their_page():
    """Options that other verbs have too are told elsewhere."""
    page = (Path(__file__).parents[2] / "docs" / "pictures.md").read_text(encoding="utf-8")
    everywhere = {parameter.name for parameter in analyze.params}
    own = [x for x in command.params if isinstance(x, click.Option) and x.name not in everywhere]
    assert len(own) > 15
    assert [x.opts[-1] for x in own if f"`{x.opts[-1]}" not in page and x.name != "output"] == []
