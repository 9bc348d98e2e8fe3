"""The default picture of every network of the zoo, and what others draw of the same networks.

    python bench/pictures.py                      # writes the table of docs/benchmarks.md anew
    python bench/pictures.py resnet152_v1_5 ...   # only prints these rows

Whole processes, from the prompt to the SVG. archspec lays out with graphviz-pure, which it brings
along; torchview and TorchLens need Graphviz on PATH, and `pip install torchview torchlens`.
They draw torchvision's model, where it has one, as they do if nothing is asked for but the file;
TorchLens also with the folding it offers.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import textwrap
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from archspec.schema import snake, zoo

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
START, END = "<!-- written by bench/pictures.py -->", "<!-- end of bench/pictures.py -->"
ENGINE = Path(sysconfig.get_path("scripts")) / "graphviz-pure"
ROUNDS = 3  # of archspec; the others take one
BAR = 3.0  # seconds that no picture of archspec may take
LIMIT = 120  # seconds until another tool is stopped
TWINS = {  # ours -> torchvision's
    "alexnet_owt": "alexnet",
    "googlenet_tv": "googlenet",
    **{f"vgg{n}{bn}": f"vgg{n}{bn}" for n in (11, 13, 16, 19) for bn in ("", "_bn")},
    **{f"resnet{n}": f"resnet{n}" for n in (18, 34)},
    **{f"resnet{n}_v1_5": f"resnet{n}" for n in (50, 101, 152)},
    **{f"densenet{n}": f"densenet{n}" for n in (121, 161, 169, 201)},
}
_MODEL = """\
import sys, torch, torchvision
more = {"init_weights": False} if sys.argv[1] == "googlenet" else {}
model = torchvision.models.get_model(sys.argv[1], **more).eval()
"""
_TORCHLENS = """\
import torchlens
drawn = torchlens.trace(model, torch.zeros(1, 3, 224, 224))
drawn.draw(vis_outpath="net", vis_save_only=True, vis_fileformat="svg", collapse="%s")
"""
_TORCHVIEW = """\
import torchview
drawn = torchview.draw_graph(model, input_size=(1, 3, 224, 224), device="meta")
drawn.visual_graph.render(outfile="net.svg", cleanup=True)
"""
OTHERS = {
    "torchview": _MODEL + _TORCHVIEW,
    "TorchLens": _MODEL + _TORCHLENS % "none",
    "TorchLens, folded": _MODEL + _TORCHLENS % "auto",
}


@dataclass(frozen=True)
class Drawn:
    """A picture that was made: its sides in points, and the seconds of the process."""

    width: int
    height: int
    seconds: float

    def __str__(self) -> str:
        """As two cells of the table."""
        return f"{self.width:,} x {self.height:,} | {self.seconds:.2f}"


@dataclass(frozen=True)
class Failed:
    """Why there is no picture."""

    reason: str

    def __str__(self) -> str:
        """As two cells of the table."""
        return f"{self.reason} | "


def main() -> int:
    """Measure, print, write; 1 if a picture of archspec took too long."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("networks", nargs="*", metavar="NETWORK")
    asked = parser.parse_args().networks
    _check_tools()
    lines, missed = [], False
    for network in asked or map(snake, zoo()):
        mine = archspec(network)
        missed = missed or isinstance(mine, Failed) or mine.seconds >= BAR
        cells = [mine, *(other(network, tool) for tool in OTHERS)]
        lines.append(f"| {network} | {' | '.join(map(str, cells))} |")
        print(lines[-1], flush=True)
    if not asked:
        _write("\n".join([about(), "", *head(), *lines]))
    return int(missed)


def _check_tools() -> None:
    """Say what is missing before an hour is spent."""
    for tool in ("torchview", "torchlens"):
        metadata.version(tool)
    for program in ("dot", "neato"):
        if shutil.which(program) is None:
            raise SystemExit(f"torchview and TorchLens need Graphviz's `{program}` on PATH")


def archspec(network: str) -> Drawn | Failed:
    """The default picture, with the median of some rounds."""
    command = [sys.executable, "-m", "archspec", "render", f"zoo:{network}", "-o", "net.svg"]
    found = [_drawn(command, {"ARCHSPEC_DOT": str(ENGINE)}) for _ in range(ROUNDS)]
    made = [one for one in found if isinstance(one, Drawn)]
    if len(made) < ROUNDS:
        return next(one for one in found if isinstance(one, Failed))
    return Drawn(made[0].width, made[0].height, statistics.median(one.seconds for one in made))


def other(network: str, tool: str) -> Drawn | Failed:
    """What another tool makes of torchvision's model."""
    if network not in TWINS:
        return Failed("")
    return _drawn([sys.executable, "-c", OTHERS[tool], TWINS[network]], {})


def _drawn(command: list[str], more: dict[str, str]) -> Drawn | Failed:
    """Run a command that writes `net.svg` into its folder."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        done = _run(command, folder, {**os.environ, **more})
        if done is None:
            return Failed(f"not in {LIMIT} s")
        seconds = time.perf_counter() - began
        picture = Path(folder) / "net.svg"
        if done.returncode or not picture.is_file():
            said = done.stderr.decode(errors="replace").strip().splitlines() or ["no picture"]
            return Failed(f"fails: {said[-1][:80].replace('|', '/')}")
        sides = re.search(r'<svg[^>]*?width="(\d+)pt"\s+height="(\d+)pt"', picture.read_text())
        return Drawn(int(sides[1]), int(sides[2]), seconds) if sides else Failed("no size")


def _run(
    command: list[str], folder: str, env: dict[str, str]
) -> subprocess.CompletedProcess[bytes] | None:
    """Run to the end, or stop it and what it has started: None."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=folder, env=env, stdout=pipe, stderr=pipe, start_new_session=True
    ) as process:
        try:
            out, said = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return None
        return subprocess.CompletedProcess(command, process.returncode, out, said)


def about() -> str:
    """What was measured, with what, on what."""
    said = subprocess.run(["dot", "-V"], capture_output=True, text=True, check=True).stderr
    names = ("torch", "torchvision", "torchview", "torchlens", "graphviz-pure")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in names)
    text = (
        f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, "
        f"{versions}, {said.strip()}; load {os.getloadavg()[0]:.1f}. Sizes in points, seconds of "
        f"whole processes that write SVG: of archspec the median of {ROUNDS}, of the others one."
    )
    return textwrap.fill(text, 100, break_long_words=False, break_on_hyphens=False)


def head() -> list[str]:
    """The head of the table."""
    tools = " | ".join(f"{tool}: size | s" for tool in ("archspec", *OTHERS))
    return [f"| network | {tools} |", f"| --- |{' --- | ---: |' * (1 + len(OTHERS))}"]


def _write(table: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(START)
    _, end, after = rest.partition(END)
    assert end, f"{PAGE.name} has {START} and {END}"
    text = f"{before}{START}\n\n{table}\n\n{END}{after}"
    PAGE.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main())
