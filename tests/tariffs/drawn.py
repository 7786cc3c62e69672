"""Rich schedules, loads and reads, drawn at random; and the period of an instant by the standard library alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from hypothesis import strategies as st

from meterbook.model.calendar import day_start
from meterbook.model.tariff import Season, Tariff, Window
from meterbook.tariffs.axis import Int64
from meterbook.tariffs.bill import PricedStatement
from meterbook.tariffs.checking import problems
from meterbook.tariffs.inputs import Account, Span, Usage
from meterbook.tariffs.plan import plan
from meterbook.tariffs.pricing import price

WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ZONES = [
    "America/New_York",
    "America/St_Johns",  # half an hour off
    "America/Santiago",  # the clock changes at midnight
    "Australia/Lord_Howe",  # by half an hour
    "Europe/London",
    "America/Phoenix",
]
SCALE = 3
PRICE_PLACES = 5
"""Whole watt-hours times prices of five places are exact in eight, in which amounts are not rounded."""

prices = st.integers(0, 50_000).map(lambda number: Decimal(number).scaleb(-PRICE_PLACES))
amounts = st.integers(0, 6_000).map(lambda number: Decimal(number).scaleb(-2))
SEASONS: list[dict[str, Any]] = [
    {},
    {"s": {"cold": {"months": [11, 12, 1, 2, 3]}, "mild": {"rest": True}}},
    {"s": {"cold": {"start": "10-16", "end": "04-15"}, "warm": {"start": "04-16", "end": "10-15"}}},
    {"s": {"hot": {"months": [7, 8]}, "spring": {"start": "03-09", "end": "06-30"}, "rest": {"rest": True}}},
]
HOLIDAYS: dict[str, Any] = {
    "some": {
        "days": [
            "new-years-day", "presidents-day", "good-friday", "veterans-day", "thanksgiving",
            {"name": "A day in spring", "date": "03-10"}, {"name": "A Sunday", "month": 11, "weekday": "sun", "nth": 1},
        ],
        "saturday": "friday", "sunday": "monday",
    }
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A schedule, the reads, and readings on the grid from the first read to the last."""

    tariff: Tariff
    spans: tuple[Span, ...]
    usage: Usage
    account: Account

    def bills(self, delivered: Int64 | None = None, *, tariff: Tariff | None = None) -> list[PricedStatement]:
        """Its bills, of another load or under another schedule where given."""
        usage = self.usage if delivered is None else replace(self.usage, delivered=delivered)
        return bills(tariff or self.tariff, self.spans, usage, self.account)

    def total(self, delivered: Int64 | None = None, *, tariff: Tariff | None = None) -> Decimal:
        return sum((bill.total for bill in self.bills(delivered, tariff=tariff)), start=Decimal(0))

    def places(self, span: Span) -> slice:
        """The intervals of a period."""
        low, high = ((at - self.usage.first) // self.usage.step_s for at in (span.start, span.end))
        return slice(low, high)


def bills(tariff: Tariff, spans: tuple[Span, ...], usage: Usage, account: Account) -> list[PricedStatement]:
    """Bills of some readings."""
    made = plan(tariff, spans, first=usage.first, end=usage.end, step_s=usage.step_s)
    return price(made, usage, account)


@st.composite
def period_sets(draw: st.DrawFn, seasons: dict[str, Any], minute: int) -> dict[str, Any]:
    """Time-of-use periods that divide all time: hours of the day by weekday, by season or not, with a night or not."""
    night = draw(st.booleans())
    cuts = st.lists(st.integers(5 * 60 // minute, 22 * 60 // minute), min_size=2, max_size=6, unique=True).map(sorted)
    names = draw(st.sampled_from([("on",), ("on", "mid")]))
    found: dict[str, Any] = {name: [] for name in names}
    for season in draw(st.sampled_from([[None], [*seasons.get("s", {})] or [None]])):
        for days in draw(st.sampled_from([[[]], [WEEK[:5]], [WEEK[:5], WEEK[5:]], [["mon", "wed"], ["sat"]]])):
            for at, (low, high) in enumerate(pairwise(draw(cuts))):
                window = {
                    "season": None if season is None else f"s/{season}", "days": days,
                    "start": _clock(low * minute), "end": _clock(high * minute),
                    "excluding": draw(st.sampled_from([None, "some"])),
                }  # fmt: skip
                if at % 2 == 0 or len(names) > 1:
                    found[names[at % len(names)]].append({key: value for key, value in window.items() if value})
    if night:
        found["night"] = [{"start": "22:00", "end": "05:00"} | draw(st.sampled_from([{}, {"days": WEEK[:5]}]))]
    found = {name: windows for name, windows in found.items() if windows}
    return {"p": {**found, "off": "rest"}}


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@st.composite
def rates(
    draw: st.DrawFn, seasons: dict[str, Any], periods: dict[str, Any], *, blocks: str = "none", price: Any = prices
) -> list[dict[str, Any]]:
    """Rates by season, by period, by both or by neither.

    Args:
        draw: Hypothesis'.
        seasons: of the schedule.
        periods: of the schedule.
        blocks: ``none``, ``any``, ``rising`` or ``falling`` prices; the same limits in all rates.
        price: of a kWh or kW.
    """
    in_season = draw(st.sampled_from([[None], [*seasons.get("s", {})] or [None]]))
    in_period = draw(st.sampled_from([[None], [*periods["p"]]]))
    limits = (
        []
        if blocks == "none"
        else draw(st.lists(st.integers(1, 60) | st.integers(60, 900), max_size=3, unique=True).map(sorted))
    )
    found = []
    for season in in_season:
        for period in in_period:
            rate: dict[str, Any] = {"season": season and f"s/{season}", "period": period and f"p/{period}"}
            drawn = [draw(price) for _ in [*limits, None]]
            if blocks in ("rising", "falling"):
                drawn.sort(reverse=blocks == "falling")
            if limits:
                rate["blocks"] = [{"up_to": limit, "rate": one} for limit, one in zip(limits, drawn, strict=False)] + [
                    {"rate": drawn[-1]}
                ]
            else:
                rate["rate"] = drawn[0]
            found.append({name: value for name, value in rate.items() if value is not None})
    return found


@st.composite
def demand_charges(
    draw: st.DrawFn, seasons: dict[str, Any], periods: dict[str, Any], step_s: int
) -> list[dict[str, Any]]:
    """Up to two demand charges: windows, ratchets, least demands, steps, daily ones, prices in blocks."""
    found = []
    for number in range(draw(st.integers(0, 2))):
        daily = draw(st.booleans())
        ratchet = None if daily or number else draw(st.sampled_from([
            None, {"share": "0.8"}, {"share": "0.5", "of_months": [1, 2, 11]}, {"share": "0.9", "in_months": [3, 11]},
            {"share": "0.6", "months": 1},
        ]))  # fmt: skip
        charge = {
            "charge": "demand", "name": f"Demand {number}", "ratchet": ratchet,
            "rates": draw(rates(seasons, periods, blocks=draw(st.sampled_from(["none", "any"])))),
            "minutes": draw(st.sampled_from([one for one in (15, 30, 60) if one * 60 % step_s == 0])),
            "rolling": draw(st.booleans()), "minimum": draw(st.sampled_from([None, 3, "0.5"])),
            "step": draw(st.sampled_from([None, "0.1", 1])), "daily": daily,
        }  # fmt: skip
        found.append({name: value for name, value in charge.items() if value is not None})
    return found


@st.composite
def riders(draw: st.DrawFn, units: tuple[str, ...] = ("kWh", "month", "kW", "share")) -> list[dict[str, Any]]:
    """Riders with tables by month; prices are not below nothing."""
    found = []
    for number in range(draw(st.integers(0, 2))):
        months = ["2025-01", "2025-03", "2025-04", "2025-11", "2025-12"]
        values = [
            {"start": start, "end": end, "value": draw(prices)}
            for start, end in zip(months, ["2025-02", "2025-03", "2025-10", "2025-11", "2026-03"], strict=True)
        ]
        unit = draw(st.sampled_from(units))
        month_by = draw(st.sampled_from(["bill", "read", "use"])) if unit == "kWh" else "read"
        found.append({"charge": "rider", "name": f"Rider {number}", "rider": f"R{number}", "unit": unit,
                      "month_by": month_by, "values": values})  # fmt: skip
    return found


@st.composite
def fixed_charges(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Up to three charges for having service, credits among them."""
    return [
        {"charge": "fixed", "name": f"Fixed {number}", "amount": draw(amounts) * draw(st.sampled_from([1, 1, -1])),
         "per": draw(st.sampled_from(["month", "day", "year"])),
         "each": draw(st.sampled_from(["account", "meter", "further-meter"])),
         "prorate": draw(st.sampled_from(["never", "days-of-30", "days-of-month"]))}
        for number in range(draw(st.integers(0, 3)))
    ]  # fmt: skip


@st.composite
def exports(draw: st.DrawFn, seasons: dict[str, Any], periods: dict[str, Any]) -> dict[str, Any]:
    """What is paid for energy sent back: a bank that is kept, lost or paid out, or credits by season and period."""
    if draw(st.booleans()):
        scheme = draw(st.sampled_from(["net-billing", "buy-all"]))
        return {"charge": "export", "name": "Sent back", "scheme": scheme, "rates": draw(rates(seasons, periods))}
    settled = draw(
        st.sampled_from([{}, {"settle": "bill"}, *({"reset_month": month} for month in (2, 3, 4, 5, 10, 11, 12))])
    )
    pay_out = draw(st.sampled_from([None, "0.03511"]))
    return {"charge": "export", "name": "Sent back", "scheme": "net-metering", "by_period": draw(st.booleans()),
            **settled, **({"pay_out": pay_out} if pay_out else {})}  # fmt: skip


@st.composite
def taxes(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A tax on all, or on all but one, and one on top of it."""
    excluding = draw(st.sampled_from([[], ["Fixed 0"], ["energy"], ["Rider 0", "demand"]]))
    first = {"charge": "percent", "name": "State tax", "rate": "0.07", "excluding": excluding}
    second = {"charge": "percent", "name": "City tax", "rate": "0.025"}
    return draw(st.sampled_from([[], [first], [first, second]]))


@st.composite
def reads(draw: st.DrawFn, zone: ZoneInfo) -> tuple[Span, ...]:
    """Two or three periods around a change of the clock, read at midnight or by day."""
    day = draw(st.sampled_from([date(2025, 2, 10), date(2025, 3, 20), date(2025, 9, 10), date(2025, 10, 20)]))
    instants = []
    for _ in range(draw(st.integers(3, 4))):
        instants.append(day_start(day, zone) + draw(st.sampled_from([0, 0, 9, 14])) * 3600)
        day += timedelta(days=draw(st.integers(17, 35)))
    return tuple(Span(start=one, end=other) for one, other in pairwise(instants))


@st.composite
def loads(draw: st.DrawFn, count: int, most: int = 4000) -> Int64:
    """Watt-hours: random, days very unlike each other, with long stretches of nothing or of one value among them."""
    dice = np.random.default_rng(draw(st.integers(0, 2**32)))
    of_day = np.repeat(dice.choice([0, 0.02, 0.2, 1], count // 24 + 1), 24)[:count]
    values = (dice.integers(0, most, count) * of_day).astype(np.int64)
    for _ in range(draw(st.integers(0, 3))):
        low = int(dice.integers(0, count))
        values[low : low + int(dice.integers(1, 400))] = int(dice.choice([0, 1, most]))
    return values


@st.composite
def cases(draw: st.DrawFn, *, kind: str) -> Drawn:
    """A schedule with its load.

    Args:
        draw: Hypothesis'.
        kind: which of the schedules: ``flat`` energy prices without tiers, ``linear``, ``rising`` (more never costs
            less), ``rich``, or ``solar``, with energy sent back.
    """
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    step_s = draw(st.sampled_from([900, 1800, 3600] if zone.key != "Australia/Lord_Howe" else [900, 1800]))
    seasons = draw(st.sampled_from(SEASONS))
    periods = draw(period_sets(seasons, max(step_s // 60, 30)))
    versions = draw(st.sampled_from([["2000-01-01"], ["2000-01-01", "2025-03-14"], ["2000-01-01", "2025-10-27"]]))
    tariff = msgspec.convert(
        {
            "format": "meterbook-tariff/1", "utility": "test", "code": "T", "name": "Drawn", "zone": zone.key,
            "seasons": seasons, "holidays": HOLIDAYS, "periods": periods,
            "versions": [
                {"start": start, "charges": draw(_charges(kind, seasons, periods, step_s)), "rounding": {"places": 8}}
                for start in versions
            ],
        },
        Tariff,
        strict=False,
    )  # fmt: skip
    assert list(problems(tariff)) == []
    spans = draw(reads(zone))
    count = (spans[-1].end - spans[0].start) // step_s
    received = draw(loads(count, most=6000)) if kind == "solar" else None
    usage = Usage(first=spans[0].start, step_s=step_s, scale=SCALE, delivered=draw(loads(count)), received=received)
    return Drawn(tariff=tariff, spans=spans, usage=usage, account=Account(meters=draw(st.integers(1, 3))))


@st.composite
def _charges(
    draw: st.DrawFn, kind: str, seasons: dict[str, Any], periods: dict[str, Any], step_s: int
) -> list[dict[str, Any]]:
    charges = draw(fixed_charges())
    unit, fill, pooling, blocks = "kWh", "period", "period", "none"
    if kind in ("rising", "rich"):
        charges += draw(demand_charges(seasons, periods, step_s))
        has_demand = any(charge["charge"] == "demand" for charge in charges)
        unit = draw(st.sampled_from(["kWh", "kWh/day", *(["kWh/kW"] if has_demand else [])]))
        fill = draw(st.sampled_from(["period", "day"])) if unit != "kWh/kW" else "period"
        pooling = draw(st.sampled_from(["period", "proportion", "time"]))
        # More demand lifts limits by the kW: prices that rise would then be paid later.
        blocks = "any" if kind == "rich" else "falling" if unit == "kWh/kW" else "rising"
        pooling = "period" if kind == "rising" and unit == "kWh/kW" else pooling
    if kind == "solar":
        unit, blocks = draw(st.sampled_from(["kWh", "kWh/day"])), "any"
        pooling = draw(st.sampled_from(["period", "proportion"]))
    export = draw(exports(seasons, periods)) if kind == "solar" else None
    energy = {
        "charge": "energy", "name": "Energy", "rates": draw(rates(seasons, periods, blocks=blocks)),
        "of": "net" if export is not None and export["scheme"] == "net-metering" else "delivered",
        "block_unit": unit, "fill": fill, "pooling": pooling,
        "season_by": "interval" if kind == "flat" else draw(st.sampled_from(["interval", "read"])),
    }  # fmt: skip
    charges += [energy, *([export] if export is not None else [])]
    charges += [*draw(riders(("kWh", "month") if kind == "linear" else ("kWh", "month", "kW", "share")))]
    charges += draw(taxes())
    if kind in ("rising", "rich"):
        charges += draw(st.sampled_from([[], [{"charge": "minimum", "name": "Minimum", "amount": 400}]]))
    return charges


def period_at(tariff: Tariff, local: datetime, holidays: frozenset[date]) -> list[str]:
    """All periods of the set ``p`` whose windows hold a local time; the rest where none does."""
    windows = {name: some for name, some in tariff.periods["p"].items() if some != "rest"}
    clock, day = f"{local:%H:%M}", local.date()
    found = [name for name, some in windows.items() if any(_inside(tariff, one, clock, day, holidays) for one in some)]
    return found or [name for name, some in tariff.periods["p"].items() if some == "rest"]


def _inside(tariff: Tariff, window: Window, clock: str, day: date, holidays: frozenset[date]) -> bool:
    if window.start < window.end:
        return window.start <= clock < window.end and _begins(tariff, window, day, holidays)
    if clock >= window.start:
        return _begins(tariff, window, day, holidays)
    # Samoa had no 30 December 2011: its night to the 31st is that of the 29th.
    zone = ZoneInfo(tariff.zone)
    eve = datetime.fromtimestamp(day_start(day, zone) - 1, zone).date()
    return clock < window.end and _begins(tariff, window, eve, holidays)


def _begins(tariff: Tariff, window: Window, day: date, holidays: frozenset[date]) -> bool:
    if window.season is not None and season_at(tariff, day) != window.season.partition("/")[2]:
        return False
    return (not window.days or WEEK[day.weekday()] in window.days) and not (window.excluding and day in holidays)


def season_at(tariff: Tariff, day: date) -> str | None:
    """The season of the set ``s`` that a day is in."""
    rest = None
    for name, season in tariff.seasons.get("s", {}).items():
        if season.rest:
            rest = name
        elif _holds(season, day):
            return name
    return rest


def _holds(season: Season, day: date) -> bool:
    if day.month in season.months:
        return True
    if season.start is None or season.end is None:
        return False
    text = f"{day:%m-%d}"
    if season.start <= season.end:
        return season.start <= text <= season.end
    return text >= season.start or text <= season.end
