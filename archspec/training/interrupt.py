"""Ctrl-C and SIGTERM as a question the loop asks after each step; a second one acts at once."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def finish_step() -> Iterator[Callable[[], bool]]:
    """Within, the first signal only makes the yielded function return True.

    Python delivers signals to the main thread alone; in another thread nothing is changed. A
    signal that is ignored stays so: a shell starts what shall run in the background like that.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    asked = threading.Event()
    handlers = {number: signal.getsignal(number) for number in _SIGNALS}
    before = {number: old for number, old in handlers.items() if old is not signal.SIG_IGN}

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        asked.set()
        for number, handler in before.items():
            signal.signal(number, handler)

    for number in before:
        signal.signal(number, on_signal)
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
