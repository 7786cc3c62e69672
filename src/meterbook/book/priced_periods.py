"""Billing periods as a user tells them: registers of each, and where service begins and ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from meterbook.model.calendar import local_date
from meterbook.model.errors import UsageError
from meterbook.tariffs.inputs import Span

RECEIVED = "received"
KW = "kW"


def with_registers(spans: Sequence[Span], told: Sequence[str]) -> list[Span]:
    """Periods with what registers tell of each.

    Args:
        spans: the periods.
        told: ``KWH,KWH,…``, one figure a period, empty where it is not known; for energy received with ``received=``
            before it, for a time-of-use period with its name, and for the highest demand with ``kW``.

    Raises:
        UsageError: a figure can't be read, or there are not as many as periods.
    """
    found = list(spans)
    for text in told:
        name, figures = _figures(text, len(spans))
        for number, kwh in enumerate(figures):
            if kwh is not None:
                found[number] = _with(found[number], name, kwh)
    return found


def with_service(spans: Sequence[Span], opened: str | None, closed: str | None, zone: ZoneInfo) -> list[Span]:
    """Periods with which service begins, on a day, or ends, on the day after the last.

    Raises:
        UsageError: a day can't be read.
    """
    first, last = _day(opened, "--service-from"), _day(closed, "--service-until")
    return [
        replace(span, first=local_date(span.start, zone) == first, final=local_date(span.end, zone) == last)
        for span in spans
    ]


def _figures(text: str, count: int) -> tuple[str | None, list[Decimal | None]]:
    name, between, figures = text.rpartition("=")
    parts = [part.strip() for part in figures.split(",")]
    try:
        kwh = [Decimal(part) if part else None for part in parts]
    except InvalidOperation as err:
        raise UsageError(
            f"{text!r} is no row of kWh", where="--register", expected="such as 719.4,802 or on-peak=120.5,131"
        ) from err
    if len(kwh) != count:
        raise UsageError(
            f"{len(kwh)} figures are told of {count} periods",
            where="--register",
            expected="one a period, empty where it is not known",
        )
    return (name if between else None), kwh


def _with(span: Span, name: str | None, kwh: Decimal) -> Span:
    if name is None:
        return replace(span, register_kwh=kwh)
    if name == RECEIVED:
        return replace(span, register_received_kwh=kwh)
    if name == KW:
        return replace(span, register_kw=kwh)
    return replace(span, register_periods=(*span.register_periods, (name, kwh)))


def _day(text: str | None, where: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as err:
        raise UsageError(f"{text!r} is no day", where=where, expected="a day such as 2026-03-10") from err
