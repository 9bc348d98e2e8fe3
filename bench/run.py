"""All measurements: `make bench` prints the table and writes bench/results.json."""

from __future__ import annotations

import json
import os
import platform
import sys
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

import analyzers
import scale
import startup


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    return {
        "python": platform.python_version(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "torch": metadata.version("torch"),
    }


def main() -> int:
    """Measure, print, write; 1 if a bar was missed."""
    about = machine()
    found = startup.rows() + scale.rows() + analyzers.rows()
    import training  # only now: it imports torch, and the start-up figures shall not

    found += training.rows()
    width = max(len(row.name) for row in found)
    for row in found:
        bar = "" if row.bar is None else f"at most {row.bar:g}"
        value = f"{row.value:8.3f} {row.unit:8}"
        print(f"{row.name:{width}}  {value}  {bar:12} {row.verdict:6}  {row.detail}")
    print(", ".join(f"{key} {value}" for key, value in about.items()))
    results = {"machine": about, "rows": [{**asdict(row), "verdict": row.verdict} for row in found]}
    Path(__file__).with_name("results.json").write_text(json.dumps(results, indent=2) + "\n")
    return int(any(row.verdict == "MISSED" for row in found))


if __name__ == "__main__":
    sys.exit(main())
