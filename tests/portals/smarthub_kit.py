"""Answers of recorded shape with invented content, a scripted portal, and a clock that only moves when it is slept on.

Wall times are made here with zoneinfo, on purpose not with the client's own functions.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any, TypeVar
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import httpx2

from meterbook.portals.base import Pace
from meterbook.portals.smarthub import Frame, SmartHub, Usage
from meterbook.portals.smarthub.adapter import read_usage
from meterbook.portals.smarthub.answer import Asked

HOST = "portal.example.com"
NOON = 1_790_000_000  # the scripted clock's start: 2026-09-21T14:13:20Z
EASTERN = ZoneInfo("America/New_York")
FAST = Pace(in_flight=2, gap_s=(0.0, 0.0), wait_s=(2.0, 2.0), pending_limit_s=60.0, backoff_s=1.0, tries=3)
Result = TypeVar("Result")


def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end."""
    return asyncio.run(coroutine)


def at(text: str) -> int:
    """Epoch seconds of an ISO time with an offset."""
    return int(datetime.fromisoformat(text).timestamp())


def wall_ms(instant: int, tz: ZoneInfo) -> int:
    """What a SmartHub portal writes for an instant: the local wall time as if it were UTC, in ms."""
    local = datetime.fromtimestamp(instant, tz)
    return int(local.replace(tzinfo=UTC).timestamp()) * 1000


def series(points: Sequence[tuple[int, float | None]], **more: Any) -> dict[str, Any]:
    """A wire series; points are (x in ms, y)."""
    data = [{"x": x, "y": y, "enableDrilldown": False} for x, y in points]
    return {"type": "column", "name": "M1", "meterNumber": "M1", "channel": 1, "isNet": False, "data": data, **more}


def meter(**more: Any) -> dict[str, Any]:
    """A wire meter."""
    return {
        "meterNumber": "M1",
        "channel": 1,
        "flowDirection": "FORWARD",
        "unitOfMeasure": "KWH",
        "isNetMeter": False,
        "seriesId": "M1",
        "parentMeters": [],
        **more,
    }


def entry(
    *all_series: dict[str, Any],
    meters: Sequence[dict[str, Any]] | None = None,
    step_s: int | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A wire entry; with ``step_s`` also the chart's map of intervals and the doubled points that portals send."""
    made: dict[str, Any] = {
        "type": "USAGE",
        "industry": "ELECTRIC",
        "unitOfMeasure": "KWH",
        "accountNumber": "7001001",
        "serviceLocationNumber": "70010",
        "connectDate": "April 2, 2021",
        "hasDaily": True,
        "hasHourly": True,
        "meters": [meter()] if meters is None else list(meters),
        "series": list(all_series),
        "estimatedSeries": {},
        "editedSeries": {},
        **more,
    }
    if step_s is not None:
        xs = sorted({point["x"] for one in all_series for point in one["data"]})
        made["xToOrderedInterval"] = {
            str(x): {"interval": {"start": x, "end": x + step_s * 1000}, "createTickDrillDownLink": False} for x in xs
        }
        doubled = [point for one in all_series for point in one["data"] for _ in (0, 1)]
        made["meterToChartData"] = {"Meter{meterNumber='M1'}": doubled}
        made["baseSeries"] = {"name": "BASE_SERIES", "data": doubled}
    return made


def answer(*entries: dict[str, Any], industry: str = "ELECTRIC") -> bytes:
    """A finished poll."""
    return json.dumps({"status": "COMPLETE", "data": {industry: list(entries)}}).encode()


def hours(first: str, count: int, tz: ZoneInfo = EASTERN, step_s: int = 3600) -> list[int]:
    """Wall ms of consecutive intervals."""
    start = at(first)
    return [wall_ms(start + step_s * index, tz) for index in range(count)]


def parse(
    body: bytes,
    *,
    frame: Frame = Frame.INTERVAL,
    industry: str = "ELECTRIC",
    start: int = 0,
    end: int = 2**33,
    tz: ZoneInfo = EASTERN,
    now: int | None = None,
    location: str = "70010",
) -> Usage:
    """What a poll's answer means."""
    asked = Asked(
        utility="pex",
        account="7001001",
        service_location=location,
        industry=industry,
        frame=frame,
        start=start,
        end=end,
        tz=tz,
        now=now,
    )
    return read_usage(body, asked)


class Clock:
    """Time that passes by sleeping only."""

    def __init__(self, start: float = NOON) -> None:
        self.time = start
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
        await asyncio.sleep(0)


Responder = Callable[[httpx2.Request], httpx2.Response]
ONE_USER = [
    {
        "account": "7001001",
        "customer": "310",
        "customerName": "SAMPLE ANN",
        "inactive": False,
        "primaryServiceLocationId": "70010",
        "serviceLocationToIndustries": {"70010": ["ELECTRIC"]},
        "serviceLocationIdToServiceLocationSummary": {
            "70010": {"meterNumbersToExternalMeterBaseIds": {"M1": "70010+1"}}
        },
    }
]


class Portal:
    """A scripted portal: default answers of a healthy one, and for any path a queue of other ones to give first."""

    def __init__(self, clock: Clock | None = None, *, method: object = "NONE", life_s: int = 299) -> None:
        self.clock = clock or Clock()
        self.method = method
        self.life_s = life_s
        self.seen: list[httpx2.Request] = []
        self.tokens: list[str] = []
        self.valid: set[str] = set()
        self.next: dict[str, list[httpx2.Response | Exception]] = {}
        self.refresh = False
        self.date_off_s = 0.0

    def first(self, path_end: str, *replies: httpx2.Response | Exception) -> Portal:
        """Give these before the usual answers to paths that end so."""
        self.next.setdefault(path_end, []).extend(replies)
        return self

    def count(self, path_end: str) -> int:
        return sum(1 for request in self.seen if request.url.path.endswith(path_end))

    def forms(self, path_end: str) -> list[dict[str, str]]:
        """Form fields of the calls to a path."""
        return [
            {key: value[0] for key, value in parse_qs(request.content.decode()).items()}
            for request in self.seen
            if request.url.path.endswith(path_end)
        ]

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.seen.append(request)
        path = request.url.path
        for end, queue in self.next.items():
            if path.endswith(end) and queue:
                reply = queue.pop(0)
                if isinstance(reply, Exception):
                    raise reply
                return self._dated(reply)
        return self._dated(self._usual(request, path))

    def _usual(self, request: httpx2.Request, path: str) -> httpx2.Response:
        open_to_all = {
            "/services/member/siteName": lambda: httpx2.Response(
                200, text="Loading Prairie Example SmartHub Application"
            ),
            "/services/two-factor/method": lambda: httpx2.Response(200, json=self.method),
            "/services/oauth/auth/v2": self._token,
            "/services/oauth/auth/v2/refresh": lambda: self._token() if self.refresh else httpx2.Response(404),
        }
        if path in open_to_all:
            return open_to_all[path]()
        if request.headers.get("authorization", "")[7:] not in self.valid:
            return httpx2.Response(401)
        if path.endswith("/user-data"):
            return httpx2.Response(200, json=ONE_USER)
        if path.endswith("/utility-usage/poll"):
            return httpx2.Response(200, content=answer())
        return httpx2.Response(404)

    def _token(self) -> httpx2.Response:
        token = f"aaa.bbb.c{len(self.tokens)}"
        self.tokens.append(token)
        self.valid = {token}
        body = {
            "status": "SUCCESS",
            "authorizationToken": token,
            "username": "ann@example.org",
            "primaryUsername": "main@example.org",
            "isSecondaryRegistration": True,
            "expiration": int(self.clock.time) + self.life_s,
            "expiresIn": self.life_s,
        }
        return httpx2.Response(200, json=body)

    def _dated(self, reply: httpx2.Response) -> httpx2.Response:
        reply.headers.setdefault("Date", formatdate(self.clock.time + self.date_off_s, usegmt=True))
        return reply


def hub(portal: Portal, **more: Any) -> SmartHub:
    """A client at a scripted portal."""
    given: dict[str, Any] = {
        "zone": "America/New_York",
        "user": "ann@example.org",
        "password": "p&s+w%r#d ü",
        "utility": "pex",
        "pace": FAST,
        "client": httpx2.AsyncClient(transport=httpx2.MockTransport(portal)),
        "now": portal.clock.now,
        "sleep": portal.clock.sleep,
        **more,
    }
    return SmartHub(HOST, **given)


def poll(client: SmartHub, *, start: int = NOON - 86_400, end: int = NOON) -> Coroutine[Any, Any, Usage]:
    """Ask for a day of readings."""
    return client.usage(
        account="7001001", service_location="70010", industry="ELECTRIC", frame=Frame.INTERVAL, start=start, end=end
    )
