"""What is asked of a poll, and what comes of it once read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from meterbook.model.finding import Finding
from meterbook.model.identity import Meter
from meterbook.model.series import IntervalSeries


class Frame(StrEnum):
    """What is asked for: readings at the meter's own step, by local day, or by month. Values are the portal's words."""

    INTERVAL = "HOURLY"
    DAILY = "DAILY"
    MONTHLY = "MONTHLY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a poll asked for.

    Attributes:
        utility: catalogue slug, for the channels.
        account: account number.
        service_location: number of the service location.
        industry: ``ELECTRIC``, ``GAS`` or ``WATER``.
        frame: step asked for.
        start: first instant, UTC epoch seconds.
        end: instant after the last, UTC epoch seconds.
        tz: the utility's zone.
        now: when it was asked; None where that is not known, so that no day counts as not posted yet.
    """

    utility: str
    account: str
    service_location: str
    industry: str
    frame: Frame
    start: int
    end: int
    tz: ZoneInfo
    now: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Usage:
    """What one poll brought.

    Attributes:
        account: account number.
        service_location: number of the service location.
        industry: the portal's word for what is measured.
        frame: step asked for; None for weather.
        series: one for each channel with readings within what was asked; UTC, sorted, unique.
        findings: what was repaired, dropped or could not be told.
        connected: day the service was connected, as the portal says.
        has_interval: whether the location has readings at the meter's step, if the portal says.
        has_daily: whether it has daily ones.
        meters: devices named in the answer, those without readings included.
    """

    account: str
    service_location: str
    industry: str
    frame: Frame | None = None
    series: tuple[IntervalSeries, ...] = ()
    findings: tuple[Finding, ...] = ()
    connected: date | None = None
    has_interval: bool | None = None
    has_daily: bool | None = None
    meters: tuple[Meter, ...] = ()
