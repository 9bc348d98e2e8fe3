"""SplitMix64 against its published numbers."""

from __future__ import annotations

from archspec.training.mixing import mix


def test_first_outputs_of_the_published_generator():
    assert mix(0) == 0xE220A8397B1DCDAF
    assert mix(1234567) == 6457827717110365317


def test_every_counter_and_their_order_matter():
    seen = {mix(a, b) for a in range(50) for b in range(50)}
    assert len(seen) == 2500
    assert all(0 <= number < 2**64 for number in seen)
