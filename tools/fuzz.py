"""Feed texts that may be no specs to the whole front, and print what became of them.

Every input has two seconds of one core and 1 GiB. A hang, a traceback or more memory is a bug:
the input is written to a file, and the exit code is 1. A process that no signal handler could
stop, as it never leaves C code, is ended by the kernel, and the next goes on behind the input.

`python tools/fuzz.py --inputs 28000 --processes 2`; the kinds of inputs are in tests/fuzz.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass, field, replace
from itertools import islice
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.fuzz.front import codes
from tests.fuzz.inputs import KINDS

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

SECONDS = 2
GRACE = 2  # seconds more until the kernel ends the process; its limits are whole seconds
SILENCE = 600  # seconds on the clock, for what waits and uses no core
BYTES = 2**30  # of address space, Python and the libraries included
SHARE = 250  # inputs of one process
SHOWN = 8  # codes of a line
NEVER = resource.RLIM_INFINITY


@dataclass(frozen=True)
class Task:
    """So many inputs of a kind from this seed; the first of them are done."""

    kind: str
    number: int
    seed: int
    done: int = 0


@dataclass
class Tally:
    """What became of the inputs of one kind."""

    kind: str
    wanted: int
    inputs: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    mebibytes: int = 0
    bugs: list[str] = field(default_factory=list)

    def line(self) -> str:
        """The row of the table."""
        most = " ".join(f"{code} {number:,}" for code, number in self.codes.most_common(SHOWN))
        rest = f" and {len(self.codes) - SHOWN} codes more" if len(self.codes) > SHOWN else ""
        numbers = f"{self.inputs:>7,} {self.slowest:>9.2f} {self.mebibytes:>8,}"
        return f"{self.kind:10} {numbers} {len(self.bugs):>4}  {most}{rest}"


@dataclass(frozen=True)
class Result:
    """What became of one input."""

    codes: tuple[str, ...]
    seconds: float
    mebibytes: int
    bug: str = ""


@dataclass
class Worker:
    """A process, its task, and the input that it has now."""

    process: BaseProcess
    pipe: Connection
    task: Task
    data: bytes = b""
    heard: float = field(default_factory=time.monotonic)


def work(task: Task, pipe: Connection) -> None:
    """In a process of its own: tell every input before it is tried, and its result."""
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for path, data in islice(KINDS[task.kind](task.number, task.seed), task.done, None):
        pipe.send(data)
        pipe.send(feed(path, data))
    pipe.close()


def feed(path: Path | None, data: bytes) -> Result:
    """Try one input."""
    begun, bug = time.process_time(), ""
    found: tuple[str, ...] = ()
    resource.setrlimit(resource.RLIMIT_CPU, (int(begun) + SECONDS + GRACE, NEVER))
    try:
        found = tuple(set(codes(data, path))) or ("sound",)
    except Exception as error:  # noqa: BLE001  # whatever it is, it is a bug
        bug = repr(error)[:200]
    resource.setrlimit(resource.RLIMIT_CPU, (NEVER, NEVER))
    seconds = time.process_time() - begun
    if seconds > SECONDS:
        bug = bug or f"took {seconds:.1f} s"
    return Result(found, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, bug)


class Run:
    """All tasks, a few processes at a time."""

    def __init__(self, tasks: list[Task], processes: int, folder: Path) -> None:
        """Nothing has been tried."""
        self.tasks = deque(tasks)
        self.processes, self.folder = processes, folder
        wanted = Counter[str]()
        for task in tasks:
            wanted[task.kind] += task.number
        self.tallies = {kind: Tally(kind, number) for kind, number in wanted.items()}
        self.workers = dict[object, Worker]()

    def run(self) -> None:
        """Until every task is done; a line of each kind as it is done."""
        print(f"{'kind':10} {'inputs':>7} {'slowest s':>9} {'peak MiB':>8} bugs  found in inputs")
        while self.tasks or self.workers:
            while self.tasks and len(self.workers) < self.processes:
                self._start(self.tasks.popleft())
            for pipe in wait([worker.pipe for worker in self.workers.values()], timeout=5):
                self._hear(self.workers[pipe])
            for worker in self.workers.values():
                if time.monotonic() - worker.heard > SILENCE:
                    worker.process.kill()  # its pipe ends, which is heard

    def _start(self, task: Task) -> None:
        pipe, end = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.Process(target=work, args=(task, end), daemon=True)
        process.start()
        end.close()
        self.workers[pipe] = Worker(process, pipe, task)

    def _hear(self, worker: Worker) -> None:
        worker.heard = time.monotonic()
        try:
            said = worker.pipe.recv()
        except EOFError:
            self._end(worker)
            return
        if isinstance(said, bytes):
            worker.data = said
        else:
            self._count(worker, said)

    def _end(self, worker: Worker) -> None:
        """The task is done, or its process died of the input that it had."""
        del self.workers[worker.pipe]
        worker.process.join()
        if worker.process.exitcode:
            if not worker.data:
                raise RuntimeError(f"no inputs of the kind `{worker.task.kind}` could be made")
            bug = f"the process ended with {worker.process.exitcode}"
            self._count(worker, Result((), SECONDS + GRACE, 0, bug))
            self.tasks.appendleft(worker.task)
        self._show(self.tallies[worker.task.kind])

    def _count(self, worker: Worker, result: Result) -> None:
        worker.task = replace(worker.task, done=worker.task.done + 1)
        tally = self.tallies[worker.task.kind]
        tally.inputs += 1
        tally.codes.update(result.codes)
        tally.slowest = max(tally.slowest, result.seconds)
        tally.mebibytes = max(tally.mebibytes, result.mebibytes)
        if result.bug:
            self.folder.mkdir(exist_ok=True)
            file = self.folder / f"{tally.kind}{len(tally.bugs)}.arch"
            file.write_bytes(worker.data)
            tally.bugs.append(f"{file}: {result.bug}")
            print(f"\r  {tally.bugs[-1]}", flush=True)

    def _show(self, tally: Tally) -> None:
        busy = {worker.task.kind for worker in self.workers.values()}
        kinds = busy | {task.kind for task in self.tasks}
        done = sum(tally.inputs for tally in self.tallies.values())
        wanted = sum(tally.wanted for tally in self.tallies.values())
        print(f"\r{done:,} of {wanted:,} ", end="", file=sys.stderr, flush=True)
        if tally.kind not in kinds:
            print(f"\r{tally.line()}", flush=True)


def main() -> int:
    """Print the table; 1 if there are bugs."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--inputs", type=int, default=21_000)
    reader.add_argument("--processes", type=int, default=2)
    reader.add_argument("--seed", type=int, default=0)
    reader.add_argument("--kinds", nargs="*", choices=list(KINDS), default=list(KINDS))
    reader.add_argument("--bugs", type=Path, default=Path("fuzz-bugs"))
    options = reader.parse_args()
    each = -(-options.inputs // len(options.kinds))
    tasks = [
        Task(kind, min(SHARE, each - done), options.seed + done)
        for kind in options.kinds
        for done in range(0, each, SHARE)
    ]
    run = Run(tasks, options.processes, options.bugs)
    run.run()
    tallies = run.tallies.values()
    print(f"{sum(tally.inputs for tally in tallies):,} inputs, from seed {options.seed}")
    return int(any(tally.bugs for tally in tallies))


if __name__ == "__main__":
    sys.exit(main())
