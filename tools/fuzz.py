"""Feed texts that may be no specs to the whole front, and print what became of them.

Every input has two seconds. A hang, a traceback or more than 1 GiB is a bug: the input is
written to a file, and the exit code is 1. `python tools/fuzz.py --inputs 21000 --processes 2`.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.fuzz.front import codes
from tests.fuzz.inputs import KINDS, Input

SECONDS = 2
BYTES = 2**30  # of address space, above what Python and the libraries take
SHARE = 500  # inputs of one task


class TooSlowError(BaseException):
    """Two seconds are over. No `except Exception` on the way may hold it up."""


@dataclass
class Tally:
    """What became of the inputs of one kind."""

    inputs: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    mebibytes: int = 0
    bugs: list[tuple[str, bytes]] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """The same for more inputs."""
        self.inputs += other.inputs
        self.codes += other.codes
        self.seconds = max(self.seconds, other.seconds)
        self.mebibytes = max(self.mebibytes, other.mebibytes)
        self.bugs += other.bugs


def run(task: tuple[str, int, int]) -> tuple[str, Tally]:
    """One kind, that many inputs, from this seed."""
    kind, number, start = task
    tally = Tally()
    for given in KINDS[kind](number, start):
        _feed(given, tally)
    tally.mebibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return kind, tally


def _feed(given: Input, tally: Tally) -> None:
    path, data = given
    begun = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        tally.codes.update(set(codes(data, path)) or {"sound"})
    except (Exception, TooSlowError) as error:  # noqa: BLE001  # whatever it is, it is a bug
        tally.bugs.append((repr(error)[:200], data))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    tally.inputs += 1
    tally.seconds = max(tally.seconds, time.process_time() - begun)


def _ring(*_: object) -> None:
    raise TooSlowError


def _limit() -> None:
    signal.signal(signal.SIGPROF, _ring)
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))


def main() -> int:
    """Print the table; 1 if there are bugs."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--inputs", type=int, default=21_000)
    reader.add_argument("--processes", type=int, default=2)
    reader.add_argument("--seed", type=int, default=0)
    reader.add_argument("--kinds", nargs="*", default=list(KINDS))
    reader.add_argument("--bugs", type=Path, default=Path("fuzz-bugs"))
    options = reader.parse_args()
    each = -(-options.inputs // len(options.kinds))
    tasks = [
        (kind, min(SHARE, each - done), options.seed + done)
        for kind in options.kinds
        for done in range(0, each, SHARE)
    ]
    tallies = {kind: Tally() for kind in options.kinds}
    with multiprocessing.Pool(options.processes, _limit, maxtasksperchild=4) as pool:
        for kind, tally in pool.imap_unordered(run, tasks):
            tallies[kind].add(tally)
    return report(tallies, options.bugs)


def report(tallies: dict[str, Tally], folder: Path) -> int:
    """The table, and every bug as a file."""
    print(
        f"{'kind':10} {'inputs':>7} {'slowest s':>9} {'peak MiB':>8} {'bugs':>4}  found in inputs"
    )
    for kind, tally in tallies.items():
        most = " ".join(f"{code} {number:,}" for code, number in tally.codes.most_common(8))
        rest = f" and {len(tally.codes) - 8} codes more" if len(tally.codes) > 8 else ""
        numbers = f"{tally.inputs:>7,} {tally.seconds:>9.2f} {tally.mebibytes:>8,}"
        print(f"{kind:10} {numbers} {len(tally.bugs):>4}  {most}{rest}")
        for number, (what, data) in enumerate(tally.bugs):
            folder.mkdir(exist_ok=True)
            (folder / f"{kind}{number}.arch").write_bytes(data)
            print(f"  {folder / kind}{number}.arch: {what}")
    print(f"{sum(tally.inputs for tally in tallies.values()):,} inputs")
    return int(any(tally.bugs for tally in tallies.values()))


if __name__ == "__main__":
    sys.exit(main())
