"""Files read several at a time. Arrow leaves the interpreter to others while it decodes."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

S = TypeVar("S")
T = TypeVar("T")

WORTH_ROWS = 300_000
"""Rows to decode from which on threads are worth it: a home's year is read sooner without."""


def in_threads(work: Callable[[S], T], items: Sequence[S], rows: int) -> list[T]:
    """The results for all items, in their order.

    Args:
        work: done for each; it starts no threads of its own.
        items: files, say.
        rows: about how many rows are decoded in all.
    """
    if len(items) < 2 or rows < WORTH_ROWS:
        return [work(item) for item in items]
    return list(_pool(os.getpid()).map(work, items))


@cache
def _pool(process: int) -> ThreadPoolExecutor:
    """The threads of this process; a forked one makes its own."""
    del process
    return ThreadPoolExecutor(min(8, max(2, os.cpu_count() or 2)), thread_name_prefix="reading")
