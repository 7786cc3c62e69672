"""Streams: what there is to pull at a service location, and how wide a window of each may be."""

from __future__ import annotations

from dataclasses import dataclass

from meterbook.model.identity import Account, ServiceLocation
from meterbook.portals.smarthub import Frame
from meterbook.store.records import Stream

METERED = ("ELECTRIC", "GAS", "WATER")
WEATHER = "WEATHER"

# Widest windows that the portal answers whole (docs/smarthub.md, "Windows"), in local days.
WIDTH_DAYS = {Frame.INTERVAL: 30, Frame.DAILY: 90}
WIDTH_MONTHS = 24
# How many such windows make up about a year: the stride of the first probes for how far back the portal goes.
A_YEAR = {Frame.INTERVAL: 12, Frame.DAILY: 4, Frame.MONTHLY: 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A stream to bring up to date.

    Attributes:
        stream: which.
        frame: time frame of its readings.
    """

    stream: Stream
    frame: Frame

    @property
    def optional(self) -> bool:
        """Whether a portal may lack it without anything being wrong: all but a metered industry's own usage.

        Water and gas meters are often read once a month, and the portal then refuses the finer frames.
        """
        return self.stream.industry != "ELECTRIC"

    @property
    def words(self) -> str:
        """The stream in words within its account, for messages."""
        stream = self.stream
        return f"location {stream.service_location}, {stream.industry.lower()} {self.frame.name.lower()}"


def tasks_of(connection_id: int, account: Account) -> list[Task]:
    """All streams of an account: three time frames an industry, and the weather, at each location."""
    return [task for location in account.locations for task in _at_location(connection_id, account, location)]


def unmetered(account: Account) -> list[str]:
    """Industries at the account's locations that have no usage to pull (sewer, trash, telecom)."""
    return sorted({name for location in account.locations for name in location.industries if name not in METERED})


def _at_location(connection_id: int, account: Account, location: ServiceLocation) -> list[Task]:
    def task(industry: str, frame: Frame) -> Task:
        stream = Stream(
            connection_id=connection_id,
            account=account.number,
            service_location=location.number,
            industry=industry,
            frame=frame.value,
        )
        return Task(stream=stream, frame=frame)

    metered = [name for name in METERED if name in location.industries]
    tasks = [task(name, frame) for name in metered for frame in (Frame.INTERVAL, Frame.DAILY, Frame.MONTHLY)]
    if "ELECTRIC" in metered:
        tasks.append(task(WEATHER, Frame.DAILY))
    return tasks
