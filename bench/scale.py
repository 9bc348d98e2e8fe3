"""How the analysis grows with the network: from text to report, in a process of its own each.

Also what an editor waits for: from an edited text to its diagnostics, in one warm process.
"""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import time

from measure import Row

SIZES = (1_000, 10_000, 100_000)
WRITTEN_OUT = 10_000
EDITS = 15


def repeated(nodes: int) -> str:
    """A residual chain of about so many nodes, said with `repeat`."""
    lanes = "add { | identity | conv(8, 3, pad=1) -> bn -> relu }"
    return f"arch A {{\n input 8x32x32\n repeat {nodes // 4} {{ {lanes} }}\n}}\n"


def written_out(statements: int) -> str:
    """A chain with a line for every statement."""
    lines = "\n".join(f" s{n}: conv(8, 3, pad=1) -> relu" for n in range(statements))
    return f"arch A {{\n input 8x32x32\n{lines}\n}}\n"


def once(text: str) -> dict[str, float]:
    """Seconds from a text to every number of its report, nodes, and peak MiB of this process."""
    import resource

    from archspec.analysis import METRICS, analyze
    from archspec.graph import read_graph
    from archspec.schema import Target
    from archspec.source import Source

    read_graph(Target(Source("warm.arch", repeated(8)), None))  # the grammar is loaded
    began = time.perf_counter()
    report = analyze(read_graph(Target(Source("a.arch", text), None)))
    for metric in METRICS:
        report.number("", metric.name)
    seconds = time.perf_counter() - began
    scale = 2**20 if sys.platform == "darwin" else 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale
    return {"seconds": seconds, "nodes": len(report.graph.nodes), "mebibytes": peak}


def measured(kind: str, size: int) -> dict[str, float]:
    """The median of three runs of `once`, each in a process of its own."""
    command = [sys.executable, __file__, kind, str(size)]
    runs = list[dict[str, float]]()
    for _ in range(3):
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        runs.append(json.loads(done.stdout))
    return sorted(runs, key=lambda run: run["seconds"])[1]


def edit() -> list[float]:
    """Seconds from an edited text of DenseNet-201 to its diagnostics, warm, one per edit.

    The garbage collector waits until an edit is done, as in all measurements within a process.
    """
    from archspec.analysis import analyze
    from archspec.graph import read_graph
    from archspec.schema import Target, find
    from archspec.source import Source

    source = find("zoo:densenet201").source
    seconds = []
    for number in range(EDITS + 3):
        text = source.text.replace("eps=1e-5", f"eps={number + 1}e-5") + f"# {number}\n"
        gc.collect()
        gc.disable()
        began = time.perf_counter()
        edited = Source(source.name, text, source.path)
        found = analyze(read_graph(Target(edited, "DenseNet201"))).diagnostics
        seconds.append(time.perf_counter() - began)
        gc.enable()
        assert not any(item.severity == "error" for item in found), found
    return seconds[3:]


def rows() -> list[Row]:
    """Seconds and MiB by size, growth per node, and the edit."""
    runs = {size: measured("repeat", size) for size in SIZES}
    found = [
        Row(
            f"{int(run['nodes']):,} nodes by repeat",
            run["seconds"],
            "s",
            15 if size == SIZES[-1] else None,
            f"{run['mebibytes']:.0f} MiB",
        )
        for size, run in runs.items()
    ]
    largest, written = runs[SIZES[-1]], measured("written", WRITTEN_OUT)
    each = [run["seconds"] / run["nodes"] for run in runs.values()]
    detail = f"{each[0] * 1e6:.0f} and {each[-1] * 1e6:.0f} microseconds"
    return [
        *found,
        Row("its peak memory", largest["mebibytes"], "MiB", 1536, ""),
        Row("a node of the largest against the smallest", each[-1] / each[0], "times", 2, detail),
        Row(
            f"{WRITTEN_OUT:,} statements written out",
            written["seconds"],
            "s",
            None,
            f"{int(written['nodes']):,} nodes, {written['mebibytes']:.0f} MiB",
        ),
        Row("edited DenseNet-201 to diagnostics", statistics.median(edit()), "s", 0.05, "warm"),
    ]


if __name__ == "__main__":
    make = {"repeat": repeated, "written": written_out}[sys.argv[1]]
    print(json.dumps(once(make(int(sys.argv[2])))))
