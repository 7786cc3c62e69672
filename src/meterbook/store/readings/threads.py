"""Files read several at a time. Arrow leaves the interpreter to others while it decodes."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache
from typing import TypeVar

S = TypeVar("S")
T = TypeVar("T")

WORTH_ROWS = 300_000
"""Rows to decode from which on threads are worth it: a home's year is read sooner without."""
FAR_ROWS = 3_000_000
"""Rows up to which many files of an object store are read at once; more would take much memory."""


_THREADS = min(8, max(2, os.cpu_count() or 2))
_FAR_THREADS = 16


def in_threads(work: Callable[[S], T], items: Sequence[S], rows: int, *, far: bool = False) -> list[T]:
    """The results for all items, in their order.

    Args:
        work: done for each; it starts no threads of its own.
        items: files, say.
        rows: about how many rows are decoded in all.
        far: whether each item waits for a network; few rows are then worth more threads than there are cores.
    """
    if far and len(items) > 1 and rows < FAR_ROWS:
        return list(_pool(os.getpid(), _FAR_THREADS, "far").map(work, items))
    if len(items) < 2 or rows < WORTH_ROWS:
        return [work(item) for item in items]
    return list(_pool(os.getpid(), _THREADS, "near").map(work, items))


def side_by_side(work: Callable[[S], object], items: Sequence[S]) -> None:
    """Have work done for all items that mostly waits for the disk; the first error is raised when all is done."""
    if len(items) < 2:
        for item in items:
            work(item)
        return
    waiting = [_pool(os.getpid(), _FAR_THREADS, "waiting").submit(work, item) for item in items]
    wait(waiting)
    for one in waiting:
        one.result()


def aside(work: Callable[[], T]) -> Future[T]:
    """Work done in a thread beside, one piece after the other in the order in which they were given."""
    return _pool(os.getpid(), 1, "beside").submit(work)


@cache
def _pool(process: int, threads: int, name: str) -> ThreadPoolExecutor:
    """Threads of this process; a forked one makes its own."""
    del process
    return ThreadPoolExecutor(threads, thread_name_prefix=f"reading {name}")
