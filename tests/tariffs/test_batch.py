"""Many meters at once pay what each pays by itself, to the cent, on schedules put together at random."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tariffs.by_hand import tariff

from meterbook.model.tariff import Tariff
from meterbook.tariffs.batch import price_batch
from meterbook.tariffs.batch_work import Unpriced
from meterbook.tariffs.inputs import Account, Span, Usage
from meterbook.tariffs.plan import plan
from meterbook.tariffs.pricing import price

ZONE = ZoneInfo("America/New_York")
READS = [
    datetime(2025, month, day, hour, 30, tzinfo=ZONE)
    for month, day, hour in ((1, 6, 3), (2, 4, 2), (3, 7, 5), (4, 6, 2))
]
START, END = (int(datetime(2025, month, 1, tzinfo=ZONE).timestamp()) for month in (1, 5))
LOADS = np.random.default_rng(20250309).integers(0, 900, (3, (END - START) // 900))
SPANS = [
    Span(start=int(one.timestamp()), end=int(other.timestamp()), first=one is READS[0])
    for one, other in pairwise(READS)
]

prices = st.decimals(Decimal("-0.05"), Decimal("0.5"), places=5)
amounts = st.decimals(Decimal(0), Decimal(60), places=2)
SEASONS = {"s": {"cold": {"start": "12-01", "end": "02-20"}, "mild": {"rest": True}}}
PERIODS = {
    "p": {"on": [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "06:00", "end": "09:00"}], "off": "rest"}
}


@st.composite
def rates(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rates by season, by period, by both or by neither, some of them in blocks."""
    seasons = draw(st.sampled_from([[None], ["cold", "mild"]]))
    periods = draw(st.sampled_from([[None], ["on", "off"]]))
    found = []
    for season in seasons:
        for period in periods:
            rate: dict[str, Any] = {"season": season, "period": period}
            limits = draw(st.lists(st.integers(1, 900), max_size=2, unique=True).map(sorted))
            if limits:
                blocks = [{"up_to": limit, "rate": draw(prices)} for limit in limits]
                rate["blocks"] = [*blocks, {"rate": draw(prices)}]
            else:
                rate["rate"] = draw(prices)
            found.append({name: value for name, value in rate.items() if value is not None})
    return found


@st.composite
def schedules(draw: st.DrawFn) -> Tariff:
    charges: list[dict[str, Any]] = [
        {"charge": "fixed", "name": "Base", "amount": draw(amounts),
         "per": draw(st.sampled_from(["month", "day", "year"])),
         "prorate": draw(st.sampled_from(["never", "days-of-30", "days-of-month"]))},
    ]  # fmt: skip
    if draw(st.booleans()):
        ratchet = {"share": draw(st.sampled_from(["0.8", "0.955"])), **draw(st.sampled_from([{}, {"periods": 1}]))}
        charges.append(
            {"charge": "demand", "name": "Demand", "rates": [{"rate": draw(prices.map(abs))}], "ratchet": ratchet,
             "minutes": draw(st.sampled_from([15, 30, 60])), "rolling": draw(st.booleans()),
             "minimum": draw(st.sampled_from([0, 3])), "step": draw(st.sampled_from([None, "0.1", "1"]))}
        )  # fmt: skip
        charges.append(
            {"charge": "demand", "name": "On-peak", "rates": [{"period": "on", "rate": draw(prices.map(abs))}]}
        )
    across = draw(st.sampled_from(["divide", "divide-by-days", "end", "read"]))
    pooling = ["period", "proportion", *(["time"] if across != "divide-by-days" else [])]
    charges.append(
        {"charge": "energy", "name": "Energy", "rates": draw(rates()),
         "season_by": draw(st.sampled_from(["interval", "read"])),
         "pooling": draw(st.sampled_from(pooling)), "prorate_blocks": draw(st.booleans()),
         "block_unit": draw(st.sampled_from(["kWh", "kWh/day"]))}
    )  # fmt: skip
    unit = draw(st.sampled_from(["kWh", "month", "share"]))
    charges += [
        {"charge": "rider", "name": "WPCA", "rider": "WPCA", "unit": unit, "drop_zero": draw(st.booleans()),
         "prorate": draw(st.sampled_from(["never", "days-of-30"])) if unit == "month" else "never",
         "values": [{"start": "2025-01", "end": "2025-02", "value": draw(prices)},
                    {"start": "2025-03", "value": draw(prices)}]},
        {"charge": "percent", "name": "Tax", "rate": "0.07", "excluding": draw(st.sampled_from([[], ["WPCA"]]))},
        {"charge": "minimum", "name": "Minimum", "amount": draw(amounts)},
    ]  # fmt: skip
    charges = [{name: value for name, value in charge.items() if value is not None} for charge in charges]
    rounding = {
        "places": draw(st.sampled_from([2, 3])),
        "mode": draw(st.sampled_from(["half-up", "half-even", "down"])),
    }
    later = [dict(charge) for charge in charges]
    later[0]["amount"] = draw(amounts)
    rules = {
        "rounding": rounding, "across": across, "prorated": draw(st.sampled_from(["all", "first-and-final"])),
    }  # fmt: skip
    places = draw(st.sampled_from([0, 2, 3] if across == "divide-by-days" else [None, 0, 3]))
    rules |= {} if places is None else {"quantities": {"places": places}}
    versions = [{"start": "2000-01-01", "charges": charges, **rules}]
    if draw(st.booleans()):
        versions.append({"start": "2025-02-20", "charges": later, **rules})
    midnight = draw(st.sampled_from(["day-before", "day-after"]))
    return tariff(charges, seasons=SEASONS, periods=PERIODS, versions=versions, midnight=midnight)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(schedules())
def test_amounts_and_energy_are_those_of_single_bills(schedule: Tariff) -> None:
    made = plan(schedule, SPANS, first=START, end=END, step_s=900)
    totals = price_batch(made, LOADS, scale=3)
    for meter, values in enumerate(LOADS):
        bills = price(made, Usage(first=START, step_s=900, scale=3, delivered=values))
        assert [bill.total for bill in bills] == [
            Decimal(int(amount)).scaleb(-totals.places) for amount in totals.amount[meter]
        ]


def test_a_status_is_that_of_the_least_sure_number() -> None:
    schedule = tariff([{"charge": "energy", "name": "E", "rates": [{"rate": {"value": "0.1", "status": "assumed"}}]}])
    assert price_batch(plan(schedule, SPANS, first=START, end=END, step_s=900), LOADS, scale=3).status == "assumed"


def test_where_nothing_is_sent_back_rules_for_it_make_no_difference() -> None:
    for scheme, of in (("net-metering", "net"), ("net-billing", "delivered")):
        export = {"charge": "export", "name": "Sent", "scheme": scheme}
        rates = [] if scheme == "net-metering" else [{"rate": "0.05"}]
        blocks = [{"blocks": [{"up_to": 300, "rate": "0.1"}, {"rate": "0.2"}]}]
        schedule = tariff([{"charge": "energy", "name": "E", "of": of, "rates": blocks}, export | {"rates": rates}])
        made = plan(schedule, SPANS, first=START, end=END, step_s=900)
        totals = price_batch(made, LOADS, scale=3)
        for meter, values in enumerate(LOADS):
            bills = price(made, Usage(first=START, step_s=900, scale=3, delivered=values))
            amounts = [Decimal(int(amount)).scaleb(-totals.places) for amount in totals.amount[meter]]
            assert [bill.total for bill in bills] == amounts


def test_what_only_a_bill_by_itself_can_tell_is_left_to_it() -> None:
    export = {"charge": "export", "name": "Bank", "scheme": "net-metering"}
    energy = {"charge": "energy", "name": "E", "of": "net", "rates": [{"rate": "0.1"}]}
    reactive = {"charge": "reactive", "name": "R", "rate": "1"}
    for charges, account in (([energy, export], Account(bank_kwh=Decimal(5))), ([energy, reactive], Account())):
        made = plan(tariff(charges), SPANS, first=START, end=END, step_s=900)
        with pytest.raises(Unpriced):
            price_batch(made, LOADS, scale=3, account=account)
