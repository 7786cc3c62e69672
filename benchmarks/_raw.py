"""Raw requests: what a sync asked, asked again by a bare HTTP client at the same pace, and nothing parsed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx2

from benchmarks._practice import Portal, member
from meterbook.book import Book
from meterbook.book.syncing import pace_of
from meterbook.model.calendar import day_start
from meterbook.portals.smarthub import Frame
from meterbook.portals.smarthub.adapter import Asked
from meterbook.sync.streams import WEATHER

POLL = "/services/secured/utility-usage/poll"
WEATHER_DATA = "/services/secured/weather-data"
OTHERS = (  # what a sync asks beside its windows
    ("GET", "/services/secured/user-data"),
    ("GET", "/services/secured/aggregate/customerAccountBilling/totals"),
    ("GET", "/services/secured/exposed/customer-overview"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One window, as it goes over the wire."""

    path: str
    body: dict[str, Any]


def recorded(book: Book) -> list[Request]:
    """The windows that a book's only sync asked, in order."""
    (connection,) = book.connections()
    return [
        Request(
            path=WEATHER_DATA if window.stream.industry == WEATHER else POLL,
            body=_body(window.stream, window.ask_start, window.ask_end, connection.user),
        )
        for window in book.records.windows(state="done")
    ]


def replay(server: Portal, log_in: dict[str, Any], requests: Sequence[Request]) -> None:
    """Sign in and ask for every window, as many side by side as the catalogue's pace allows for this host."""
    asyncio.run(_replay(server, log_in, requests))


def sample_answer(server: Portal, name: str) -> tuple[bytes, Asked]:
    """A ready answer of thirty days of quarter hours, and what was asked for it."""
    return asyncio.run(_sample(server, member(name)))


async def _replay(server: Portal, log_in: dict[str, Any], requests: Sequence[Request]) -> None:
    pace = pace_of(server.url, "practice")
    queue = iter(requests)
    async with httpx2.AsyncClient(base_url=server.url, timeout=60) as client:
        await _sign_in(client, log_in)

        async def work() -> None:
            for request in queue:
                await _ready(client, request, pace.wait_s[0])

        async with asyncio.TaskGroup() as tasks:
            for _ in range(pace.in_flight):
                tasks.create_task(work())
        for method, path in OTHERS[1:]:
            (await client.request(method, path, params={"email": log_in["email"]})).raise_for_status()


async def _sign_in(client: httpx2.AsyncClient, log_in: dict[str, Any]) -> None:
    form = {"userId": log_in["email"], "password": log_in["password"]}
    answer = (await client.post("/services/oauth/auth/v2", data=form)).json()
    client.headers["Authorization"] = f"Bearer {answer['authorizationToken']}"
    client.headers["X-Nisc-Smarthub-Username"] = log_in["email"]
    method, path = OTHERS[0]
    (await client.request(method, path, params={"userId": log_in["email"]})).raise_for_status()


async def _ready(client: httpx2.AsyncClient, request: Request, wait_s: float) -> bytes:
    while True:
        answer = await client.post(request.path, json=request.body)
        body = answer.content
        if b'"PENDING"' not in body[:64]:
            answer.raise_for_status()
            return body
        await asyncio.sleep(wait_s)


async def _sample(server: Portal, log_in: dict[str, Any]) -> tuple[bytes, Asked]:
    tz = ZoneInfo(server.zone)
    (account,) = log_in["accounts"]
    location = account["service_locations"][0]["service_location"]
    today = datetime.now(tz).date()
    asked = Asked(
        utility="practice",
        account=account["account"],
        service_location=location,
        industry="ELECTRIC",
        frame=Frame.INTERVAL,
        start=day_start(today - timedelta(days=30), tz),
        end=day_start(today, tz),
        tz=tz,
        now=int(datetime.now(tz).timestamp()),
    )
    async with httpx2.AsyncClient(base_url=server.url, timeout=60) as client:
        await _sign_in(client, log_in)
        body = _body(asked, asked.start, asked.end, log_in["email"])
        return await _ready(client, Request(path=POLL, body=body), 0.05), asked


def _body(what: Any, start: int, end: int, user: str) -> dict[str, Any]:
    """What a window's request says: of a poll, and of the weather, which is asked by day."""
    if what.industry == WEATHER:
        return {
            "serviceLocationNumber": what.service_location,
            "industry": "ELECTRIC",
            "startDateTime": start * 1000,
            "endDateTime": end * 1000,
            "timeFrame": "DAILY",
        }
    return {
        "timeFrame": str(what.frame),
        "userId": user,
        "screen": "USAGE_EXPLORER",
        "includeDemand": True,
        "serviceLocationNumber": what.service_location,
        "accountNumber": what.account,
        "industries": [what.industry],
        "startDateTime": start * 1000,
        "endDateTime": end * 1000,
        "selectedIndustry": what.industry,
    }
