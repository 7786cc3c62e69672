"""Channel numbers as text, short where they are regular: which channels the totals of a class were made of."""

from __future__ import annotations

import numpy as np

from meterbook.store.readings.query.classes import Classes
from meterbook.store.readings.values import Int32


def spelled(channels: Int32) -> str:
    """Increasing numbers as text; at least three that are equally far apart as one range.

    >>> spelled(np.array([1, 2, 3, 4, 9, 12, 15, 18, 20], np.int32))
    '1-4/1 9-18/3 20'
    """
    numbers = channels.tolist()
    parts, at = [], 0
    while at < len(numbers):
        last = at + 1
        while last + 1 < len(numbers) and numbers[last + 1] - numbers[last] == numbers[at + 1] - numbers[at]:
            last += 1
        if last - at >= 2 and last < len(numbers):
            parts.append(f"{numbers[at]}-{numbers[last]}/{numbers[at + 1] - numbers[at]}")
            at = last + 1
        else:
            parts.append(str(numbers[at]))
            at += 1
    return " ".join(parts)


def channels_of(text: str) -> Int32:
    """The numbers that a text spells.

    >>> channels_of("1-4/1 9-18/3 20").tolist()
    [1, 2, 3, 4, 9, 12, 15, 18, 20]

    Raises:
        ValueError: it is no such text.
    """
    found = []
    for part in text.split():
        bounds, _, step = part.partition("/")
        first, _, last = bounds.partition("-")
        found.append(np.arange(int(first), int(last or first) + 1, int(step or 1), dtype=np.int32))
    return np.concatenate(found) if found else np.zeros(0, np.int32)


def all_of_class(channels: Int32, label: str, classes: Classes) -> bool:
    """Whether each of some channels, at least one, is of a class today; it may have been of another when summed."""
    if not len(channels):
        return False
    classed = classes(channels)
    return all(number >= 0 and classed.classes[number].label == label for number in np.unique(classed.of).tolist())
