"""Threads that encode files while the next rows are made ready. Arrow leaves the interpreter to others meanwhile."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Protocol, TypeVar

T = TypeVar("T")

THREADS = 2
QUEUED_ROWS = 4_000_000
"""Rows that may wait for a thread; they keep the chunks that they are of in memory."""


class Encoder(Protocol):
    """Runs the steps of one file, one after the other."""

    def run(self, rows: int, step: Callable[[], T]) -> Future[T]:
        """Run a step that is about so many rows, now or soon."""
        ...


class AtOnce:
    """Runs each step where it is asked for."""

    def run(self, rows: int, step: Callable[[], T]) -> Future[T]:
        """Run the step."""
        del rows
        done: Future[T] = Future()
        done.set_result(step())
        return done


class Encoders:
    """A few threads; a file belongs to one of them, so that its steps keep their order."""

    def __init__(self, threads: int = THREADS) -> None:
        self._threads = [_Thread(number) for number in range(threads)]

    def __enter__(self) -> Encoders:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """Wait for what has begun, and begin no more."""
        for thread in self._threads:
            thread.end()

    def one(self) -> Encoder:
        """The thread that has least to do."""
        return min(self._threads, key=lambda thread: thread.queued)


class _Thread:
    def __init__(self, number: int) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=f"encoder-{number}")
        self._waiting: deque[tuple[int, Future[object]]] = deque()

    @property
    def queued(self) -> int:
        while self._waiting and self._waiting[0][1].done():
            self._waiting.popleft()
        return sum(rows for rows, _ in self._waiting)

    def run(self, rows: int, step: Callable[[], T]) -> Future[T]:
        while self.queued + rows > QUEUED_ROWS // THREADS and self._waiting:
            self._waiting.popleft()[1].exception()
        started = self._pool.submit(step)
        self._waiting.append((rows, started))  # type: ignore[arg-type]  # only looked at
        return started

    def end(self) -> None:
        self._pool.shutdown(cancel_futures=True)
