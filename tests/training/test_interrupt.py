"""The first signal is a question, the second is obeyed; afterwards all is as before."""

from __future__ import annotations

import signal

import pytest

from archspec.training.interrupt import finish_step


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_only_asks(number: int):
    with finish_step() as asked:
        assert not asked()
        signal.raise_signal(number)
        assert asked()


def test_the_second_signal_is_obeyed():
    with finish_step() as asked:
        signal.raise_signal(signal.SIGINT)
        assert asked()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_the_handlers_come_back_without_a_signal():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with finish_step():
        inside = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    after = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    assert before == after
    assert not set(map(id, inside)) & set(map(id, before))


def test_an_ignored_signal_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with finish_step() as asked:
        signal.raise_signal(signal.SIGINT)
        assert not asked()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
