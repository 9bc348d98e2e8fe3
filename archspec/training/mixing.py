"""Random choices as functions of (seed, counters), so that nothing depends on what ran before."""

from __future__ import annotations

_MASK = 2**64 - 1


def mix(*counters: int) -> int:
    """64 well-mixed bits from some numbers: SplitMix64, fed one number after the other.

    Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.

    >>> hex(mix(0)), mix(1, 2) == mix(2, 1)
    ('0xe220a8397b1dcdaf', False)
    """
    state = 0
    for counter in counters:
        state = ((state ^ counter) + 0x9E3779B97F4A7C15) & _MASK
        state = ((state ^ state >> 30) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ state >> 27) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
    return state
