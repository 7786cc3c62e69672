"""Chance that can be asked for at any place: a hash of what is asked about, so that no order and no state matters.

The mixing is that of SplitMix64 (Steele, Lea and Flood, 2014), once for columns and once for single numbers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]
UInt64 = NDArray[np.uint64]

_MASK = (1 << 64) - 1
_GAMMA = 0x9E3779B97F4A7C15
_M1, _M2 = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_TO_UNIT = 2.0**-53


def key(*parts: int | str) -> int:
    """One 64-bit number for a tuple of numbers and words; the same everywhere and always."""
    state = 0x6D65746572626F6B  # the word meterbok, eight letters being what fits
    for part in parts:
        if isinstance(part, str):
            for byte in part.encode():
                state = _mix((state ^ byte) + _GAMMA)
        state = _mix((state ^ (len(part) if isinstance(part, str) else part & _MASK)) + _GAMMA)
    return state


def number(below: int, *parts: int | str) -> int:
    """A whole number from 0 to ``below - 1``."""
    return key(*parts) % below


def unit(*parts: int | str) -> float:
    """A number in [0, 1)."""
    return (key(*parts) >> 11) * _TO_UNIT


def pick(choices: tuple[str, ...], *parts: int | str) -> str:
    """One of the words."""
    return choices[number(len(choices), *parts)]


def units(stream: int, index: Int64) -> Float64:
    """n numbers in [0, 1), one for each place of a stream: any window of it is the same as the whole there."""
    state: UInt64 = index.astype(np.uint64) * np.uint64(_GAMMA) + np.uint64(stream)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(_M1)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(_M2)
    state ^= state >> np.uint64(31)
    result: Float64 = (state >> np.uint64(11)).astype(np.float64) * _TO_UNIT
    return result


def smooth(stream: int, at: Float64) -> Float64:
    """Noise in [-1, 1) that runs smoothly through a random value at each whole number."""
    low = np.floor(at)
    part = at - low
    part = part * part * (3.0 - 2.0 * part)
    knots = low.astype(np.int64)
    first = int(knots.min()) if len(knots) else 0
    last = int(knots.max()) + 1 if len(knots) else 0
    values = units(stream, np.arange(first, last + 1, dtype=np.int64)) * 2.0 - 1.0
    index = knots - first
    return values[index] * (1.0 - part) + values[index + 1] * part


def _mix(state: int) -> int:
    state &= _MASK
    state = ((state ^ (state >> 30)) * _M1) & _MASK
    state = ((state ^ (state >> 27)) * _M2) & _MASK
    return state ^ (state >> 31)
