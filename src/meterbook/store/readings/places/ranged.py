"""An object that never changes, read in parts as a file, with the parts of many kept in memory."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from typing import Final

from meterbook.store.readings.places.objects import TAIL, Objects

KEPT_BYTES: Final = 64 * 2**20
"""Bytes kept of all objects together: footers of some hundred data files, and the row groups asked for last."""
_PART_LIMIT: Final = 4 * 2**20


class Parts:
    """Parts of objects, as long as there is room for them. May be used from several threads."""

    def __init__(self, objects: Objects, room: int = KEPT_BYTES) -> None:
        self._objects = objects
        self._room = room
        self._held = 0
        self._tails: OrderedDict[str, tuple[int, bytes]] = OrderedDict()
        self._parts: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()
        self._guard = threading.Lock()

    def size(self, key: str) -> int:
        """Bytes of an object; brings its end along."""
        return self._tail(key)[0]

    def read(self, key: str, start: int, end: int) -> bytes:
        """The bytes ``[start, end)`` of an object."""
        size, tail = self._tail(key)
        first = size - len(tail)
        if start >= first:
            return tail[start - first : end - first]
        with self._guard:
            known = self._parts.get((key, start, end))
            if known is not None:
                self._parts.move_to_end((key, start, end))
                return known
        content = self._objects.part(key, start, min(end, size))
        if len(content) <= _PART_LIMIT:
            with self._guard:
                if (key, start, end) not in self._parts:
                    self._parts[key, start, end] = content
                    self._make_room(len(content))
        return content

    def forget(self, key: str | None = None) -> None:
        """Read an object anew the next time; all of them if none is named."""
        with self._guard:
            tails = [one for one in self._tails if key in (None, one)]
            parts = [one for one in self._parts if key in (None, one[0])]
            self._held -= sum(len(self._tails.pop(one)[1]) for one in tails)
            self._held -= sum(len(self._parts.pop(one)) for one in parts)

    def _tail(self, key: str) -> tuple[int, bytes]:
        with self._guard:
            known = self._tails.get(key)
            if known is not None:
                self._tails.move_to_end(key)
                return known
        found = self._objects.tail(key)
        with self._guard:
            if key not in self._tails:
                self._tails[key] = found
                self._make_room(len(found[1]))
        return found

    def _make_room(self, more: int) -> None:
        self._held += more
        while self._held > self._room and (self._parts or len(self._tails) > 1):
            if self._parts:  # footers are used again for other channels, so they stay longest
                self._held -= len(self._parts.popitem(last=False)[1])
            else:
                self._held -= len(self._tails.popitem(last=False)[1][1])


class RangedFile(io.RawIOBase):
    """An object as a file to read from."""

    def __init__(self, parts: Parts, key: str) -> None:
        super().__init__()
        self._parts = parts
        self._key = key
        self._at = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Where the next read begins."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go somewhere."""
        if whence == io.SEEK_END:
            offset += self.size()
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: 0}[whence]
        return self._at

    def size(self) -> int:
        """Its length."""
        return self._parts.size(self._key)

    def read(self, size: int | None = -1) -> bytes:
        """Up to so many bytes, all that are left if negative."""
        end = self.size() if size is None or size < 0 else min(self._at + size, self.size())
        content = self._parts.read(self._key, self._at, end) if end > self._at else b""
        self._at += len(content)
        return content

    def readall(self) -> bytes:
        """All that is left."""
        return self.read()


assert TAIL < KEPT_BYTES
