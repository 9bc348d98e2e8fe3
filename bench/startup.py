"""What a user waits for before anything happens: whole processes against bare imports."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

from measure import Process, Row, alternate_processes

ARCHSPEC = str(Path(sys.executable).with_name("archspec"))
PYTHON = sys.executable
HEAVY = ("torch", "torchvision", "numpy", "matplotlib")


def seconds(processes: list[Process]) -> float:
    """Their median."""
    return statistics.median(process.seconds for process in processes)


def against(name: str, command: list[str], imports: str, bar: float) -> tuple[Row, list[Process]]:
    """How much longer a command takes than the bare imports."""
    ours, bare = alternate_processes(command, [PYTHON, "-c", imports])
    detail = f"{seconds(ours):.3f} s against {seconds(bare):.3f} s"
    return Row(name, seconds(ours) - seconds(bare), "s more", bar, detail), ours


def rows() -> list[Row]:
    """Start-up time, memory, and what is not loaded."""
    imports = "import lark, networkx; from pydantic import BaseModel"
    analyze, ours = against("analyze lenet5", [ARCHSPEC, "analyze", "lenet5"], imports, 0.25)
    helping, _ = against("--help", [ARCHSPEC, "--help"], "import rich_click", 0.06)
    peak = statistics.median(process.mebibytes for process in ours)
    return [
        analyze,
        helping,
        Row("analyze lenet5, peak memory", peak, "MiB", 90, ""),
        Row("analyze lenet5, heavy imports", len(loaded()), "modules", 0, ", ".join(loaded())),
    ]


def loaded() -> list[str]:
    """The heavy packages in `sys.modules` after `archspec analyze lenet5`."""
    code = (
        "import sys, contextlib, io\n"
        "from archspec.cli.main import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
        "    main(['analyze', 'lenet5', '-q'])\n"
        f"print(*(name for name in {HEAVY} if name in sys.modules))"
    )
    done = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()
