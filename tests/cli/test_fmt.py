"""`archspec fmt`: which files change, what is said, what it exits with."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from archspec import rendering
from archspec.source import Source

ROOT = Path(__file__).resolve().parents[2]
UGLY = "arch A{\n input 1x8x8\n  a :conv(2,3)  # why\n relu }\n"
NEAT = "arch A {\n  input 1x8x8\n  a: conv(2, 3)   # why\n  relu\n}\n"


def fmt(*arguments: str, folder: Path, text: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "archspec", "fmt", *arguments],
        input=text,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ugly.arch").write_text(UGLY)
    (tmp_path / "neat.arch").write_text(NEAT)
    (tmp_path / "wrong.arch").write_text("let a = (1\n")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "deep.arch").write_text(UGLY)
    (tmp_path / "none").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("ugly.arch neat.arch", 0, "reformatted ugly.arch\n"),
        ("neat.arch", 0, ""),
        ("--check neat.arch", 0, ""),
        ("--check ugly.arch", 1, "would reformat ugly.arch\n"),
        ("--check more", 1, f"would reformat {Path('more/deep.arch')}\n"),
        ("-q ugly.arch", 0, ""),
        ("wrong.arch", 1, ""),
        ("wrong.arch ugly.arch", 1, "reformatted ugly.arch\n"),
        ("missing.arch ugly.arch", 3, "reformatted ugly.arch\n"),
        ("none", 3, ""),
        ("", 2, ""),
    ],
)
def test_files(folder: Path, line: str, code: int, said: str) -> None:
    done = fmt(*line.split(), folder=folder)
    assert (done.returncode, done.stdout) == (code, said), done.stderr
    assert "Traceback" not in done.stderr
    written = (folder / "ugly.arch").read_text()
    assert written == (NEAT if "ugly.arch" in line and "--check" not in line else UGLY)
    assert (folder / "wrong.arch").read_text() == "let a = (1\n"
    assert not list(folder.glob("*.part"))


def test_a_file_that_is_neat_is_not_written(folder: Path) -> None:
    os.utime(folder / "neat.arch", (1, 1))
    fmt("neat.arch", folder=folder)
    assert (folder / "neat.arch").stat().st_mtime == 1


def test_links_and_permissions_stay(folder: Path) -> None:
    (folder / "link.arch").symlink_to("ugly.arch")
    (folder / "ugly.arch").chmod(0o640)
    fmt("link.arch", folder=folder)
    assert (folder / "link.arch").is_symlink()
    assert (folder / "ugly.arch").read_text() == NEAT
    assert (folder / "ugly.arch").stat().st_mode & 0o777 == 0o640


def test_a_diff_writes_nothing(folder: Path) -> None:
    done = fmt("--diff", "ugly.arch", folder=folder)
    assert done.returncode == 0
    assert "-arch A{\n" in done.stdout
    assert "+arch A {\n" in done.stdout
    assert (folder / "ugly.arch").read_text() == UGLY
    assert fmt("--diff", "--check", "ugly.arch", folder=folder).returncode == 1


def test_standard_input_goes_to_standard_output(folder: Path) -> None:
    assert fmt("-", folder=folder, text=UGLY).stdout == NEAT
    assert fmt("-", folder=folder, text=NEAT).stdout == NEAT
    assert fmt("--check", "-", folder=folder, text=UGLY).returncode == 1
    done = fmt("-", "--stdin-filename", "x.arch", folder=folder, text="let a = (1")
    assert (done.returncode, done.stdout) == (1, "")
    assert "x.arch:1:9" in done.stderr


# --- shapes


def annotated(text: str) -> str:
    return rendering.annotated(Source("a.arch", text)).text


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("a: conv(2, 3)  # why", "a: conv(2, 3) => 2x6x6  # why"),
        ("a: conv(2, 3) [x]", "a: conv(2, 3) => 2x6x6 [x]"),
        ("a: conv(2, 3) => 9x9x9", "a: conv(2, 3) => 2x6x6"),
        ("a: conv(2, 3) => 1\n b: conv(3, 3)", "a: conv(2, 3) => 2x6x6\n b: conv(3, 3) => 3x4x4"),
        ("a: conv(2, 3) => [2, 6, 6]", "a: conv(2, 3) => [2, 6, 6]"),
        ("conv(2, 3)\n a: linear(3)", "conv(2, 3)\n a: linear(3) => 3"),
        ("a: { x: conv(2, 3)\n relu\n @x }", "a: { x: conv(2, 3)\n relu\n @x } => 2x6x6"),
        ("a: conv(2, 99)\n b: relu", "a: conv(2, 99)\n b: relu"),
        ("a: cnov(2)\n b: relu => 3", "a: cnov(2)\n b: relu => 3"),
    ],
)
def test_shapes_are_filled_in_and_refreshed(written: str, wanted: str) -> None:
    text = "let n = 1\n" + "arch A {{\n input 1x8x8\n {}\n}}\n"
    assert annotated(text.format(written)) == text.format(wanted)
    assert annotated(annotated(text.format(written))) == text.format(wanted)


def test_parameterised_archs_and_variants_are_left_alone() -> None:
    text = (
        "arch A(n=2) {\n input 1x8x8\n a: conv(n, 3)\n}\narch B = A(3) { expect { params > 0 } }\n"
    )
    assert annotated(text) == text


def test_the_option_writes_them(folder: Path) -> None:
    fmt("--annotate", "ugly.arch", folder=folder)
    assert (folder / "ugly.arch").read_text() == NEAT.replace("3)   #", "3)   => 2x6x6   #")
    (folder / "wrong.arch").write_text("arch A { input 1x8x8\n a: cnov(3) }")
    assert fmt("--annotate", "wrong.arch", folder=folder).returncode == 0
