"""What was read of files that never change, kept for the next time up to a size."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from meterbook.store.readings.places.place import Place

V = TypeVar("V")


class Kept(Generic[V]):
    """Values by place and name; those not used for the longest time go first.

    Args:
        read: gives the value of a file.
        most: the size that is kept.
        size: of a value; one each without it.
    """

    def __init__(self, read: Callable[[Place, str], V], most: int, size: Callable[[V], int] | None = None) -> None:
        self._read = read
        self._most = most
        self._size_of = size
        self._size = 0
        self._known: OrderedDict[tuple[str, str], V] = OrderedDict()
        self._guard = Lock()

    def get(self, place: Place, name: str) -> V:
        """The value of a file, read if it is not kept. Whatever reading raises goes on to the caller."""
        key = (place.where, name)
        with self._guard:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        found = self._read(place, name)
        with self._guard:
            if key not in self._known:
                self._known[key] = found
                self._size += self._of(found)
                while self._size > self._most and len(self._known) > 1:
                    self._size -= self._of(self._known.popitem(last=False)[1])
        return found

    def drop(self, place: Place, name: str) -> None:
        """Forget a file."""
        with self._guard:
            found = self._known.pop((place.where, name), None)
            if found is not None:
                self._size -= self._of(found)

    def _of(self, value: V) -> int:
        return 1 if self._size_of is None else self._size_of(value)
