"""Politeness: one rate limit a host for the whole process, pauses that a portal asks for, back-off with jitter."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from weakref import WeakKeyDictionary

from meterbook.portals.base import LOOPBACK_PACE, Pace
from meterbook.portals.smarthub.host import Address

Sleep = Callable[[float], Awaitable[None]]
LONGEST_WAIT_S = 120.0  # a longer pause asked for is left to the next run
DEFAULT_PACE = Pace()
"""For real hosts: one poll in flight, 0.5 to 1 s between calls, 2 to 5 s before asking again, a minute in all."""


class HostGate:
    """What all clients of a process share about one host: how many polls are in flight and when the last call was."""

    def __init__(self) -> None:
        self._in_flight = 0
        self._waiting: list[asyncio.Future[None]] = []
        self._turn = asyncio.Lock()
        self._next_at = 0.0
        self._resume_at = 0.0

    @asynccontextmanager
    async def slot(self, pace: Pace) -> AsyncIterator[None]:
        """Room for one poll, held until it is answered.

        It is given back without waiting, so that a cancelled task can't keep it.
        """
        while self._in_flight >= pace.in_flight:
            room: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(room)
            try:
                await room
            finally:
                self._waiting.remove(room)
        self._in_flight += 1
        try:
            yield
        finally:
            self._in_flight -= 1
            for room in self._waiting:
                if not room.done():
                    room.set_result(None)

    async def turn(self, pace: Pace, sleep: Sleep) -> None:
        """Wait for the gap after the call before, and for the end of a pause that the portal asked for."""
        loop = asyncio.get_running_loop()
        if pace.gap_s[1] <= 0 and self._resume_at <= loop.time():
            return
        async with self._turn:
            wait = max(self._next_at, self._resume_at) - loop.time()
            if wait > 0:
                await sleep(wait)
            self._next_at = loop.time() + jitter(pace.gap_s)

    def pause(self, seconds: float) -> None:
        """Let no client call the host for a while."""
        self._resume_at = max(self._resume_at, asyncio.get_running_loop().time() + seconds)


_GATES: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, HostGate]] = WeakKeyDictionary()


def gate_of(address: Address) -> HostGate:
    """The one gate of a host in the running event loop."""
    gates = _GATES.setdefault(asyncio.get_running_loop(), {})
    return gates.setdefault(address.netloc, HostGate())


def pace_of(address: Address, pace: Pace | None) -> Pace:
    """The pace given, else the default for that kind of host."""
    if pace is not None:
        return pace
    return LOOPBACK_PACE if address.loopback else DEFAULT_PACE


def jitter(span: tuple[float, float]) -> float:
    """A moment drawn from a span, so that many books do not ask a portal in step."""
    return random.uniform(*span)  # noqa: S311 - spreads load, hides nothing


def backoff(pace: Pace, attempt: int, asked_s: float | None) -> float:
    """Seconds before the next try: what the portal asked for, at least; else doubled each time, with jitter.

    Args:
        pace: gives the first wait.
        attempt: number of tries made, from 1.
        asked_s: the portal's ``Retry-After``, if any.
    """
    base = min(LONGEST_WAIT_S, pace.first_backoff_s * 2.0 ** (attempt - 1))
    drawn = jitter((base * 0.5, base))
    return drawn if asked_s is None else max(asked_s, 0.0) + jitter((0.0, base * 0.1))


def retry_after(header: str | None, now: float) -> float | None:
    """Seconds that a ``Retry-After`` header asks for; None if it is absent or can't be read.

    >>> retry_after("7", 0.0), retry_after("Thu, 01 Jan 1970 00:01:00 GMT", 20.0), retry_after("soon", 0.0)
    (7.0, 40.0, None)
    """
    if header is None:
        return None
    if header.strip().isdigit():
        return float(header.strip())
    moment = http_date(header)
    return None if moment is None else max(0.0, moment - now)


def http_date(header: str | None) -> float | None:
    """Epoch seconds of an HTTP date; None if it is absent or can't be read.

    >>> http_date("Thu, 01 Jan 1970 00:01:00 GMT")
    60.0
    """
    try:
        moment: datetime = parsedate_to_datetime(header or "")
    except (TypeError, ValueError):
        return None
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
