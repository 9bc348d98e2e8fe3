"""`archspec analyze` against the counters people use today, on the same two networks.

Whole processes, from the prompt to the numbers, as one who asks a question waits for them: most
of what the others take is the import of torch and the filling of weights that no count needs.
And warm, in one process: from a text to a full report, against torchinfo on a module that has
been built on the meta device before.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from measure import Process, Row, alternate, alternate_processes

ARCHSPEC = str(Path(sys.executable).with_name("archspec"))
NETWORKS = {"resnet152_v1_5": "resnet152", "densenet201": "densenet201"}  # ours -> torchvision's
COUNTERS = {
    "torchinfo": "from torchinfo import summary; summary(model, (1, 3, 224, 224), verbose=0)",
    "fvcore": (
        "from fvcore.nn import FlopCountAnalysis; import torch; "
        "FlopCountAnalysis(model.eval(), torch.zeros(1, 3, 224, 224)).total()"
    ),
    "FlopCounterMode on meta": (
        "import torch; from torch.utils.flop_counter import FlopCounterMode\n"
        "with FlopCounterMode(display=False): model(torch.zeros(1, 3, 224, 224, device='meta'))"
    ),
}
ROUNDS = 5


def rows() -> list[Row]:
    """Ratios of seconds and of peak memory, a pair for each counter and network; then warm."""
    found = []
    for ours, theirs in NETWORKS.items():
        for counter in COUNTERS:
            found += _against(ours, theirs, counter)
    return [*found, *_warm()]


def _against(ours: str, theirs: str, counter: str) -> list[Row]:
    command = [ARCHSPEC, "analyze", ours]
    mine, other = alternate_processes(command, _script(theirs, counter), ROUNDS)
    seconds, memory = (_medians(mine, other, field) for field in ("seconds", "mebibytes"))
    # Ours over theirs: an eighth of the time and a tenth of the memory are the bars.
    return [
        Row(
            f"{ours}: seconds against {counter}",
            seconds[0] / seconds[1],
            "of it",
            1 / 8,
            f"{seconds[0]:.2f} s against {seconds[1]:.2f} s",
        ),
        Row(
            f"{ours}: memory against {counter}",
            memory[0] / memory[1],
            "of it",
            1 / 10,
            f"{memory[0]:.0f} MiB against {memory[1]:.0f} MiB",
        ),
    ]


def _script(name: str, counter: str) -> list[str]:
    where = "with torch.device('meta'): " if "meta" in counter else ""
    build = f"import torch, torchvision\n{where}model = torchvision.models.{name}()\n"
    return [sys.executable, "-c", build + COUNTERS[counter]]


def _medians(mine: list[Process], other: list[Process], field: str) -> tuple[float, float]:
    ours, theirs = (
        statistics.median(getattr(process, field) for process in side) for side in (mine, other)
    )
    return ours, theirs


def _warm() -> list[Row]:
    import torch
    import torchvision
    from torchinfo import summary

    from archspec.analysis import METRICS, analyze
    from archspec.graph import read_graph
    from archspec.schema import Target, find
    from archspec.source import Source

    source = find("zoo:resnet152_v1_5").source
    with torch.device("meta"):
        model = torchvision.models.resnet152()
    image = torch.zeros(1, 3, 224, 224, device="meta")

    def ours() -> None:
        text = Source(source.name, source.text, source.path)
        report = analyze(read_graph(Target(text, "ResNet152_v1_5")))
        for metric in METRICS:
            report.number("", metric.name)
        assert report.memory is not None

    def theirs() -> None:
        summary(model, input_data=image, device="meta", verbose=0)

    mine, other = alternate(ours, theirs)
    return [
        Row("resnet152, warm: text to full report", mine, "s", 0.1, "memory included"),
        Row(
            "resnet152, warm: against torchinfo on a built meta model",
            mine / other,
            "of it",
            None,
            f"{mine:.3f} s against {other:.3f} s",
        ),
    ]
