"""Rules of a sheet, each alone, against sums that a person can work out; and rules that contradict each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from meterbook.model.errors import InputError
from meterbook.model.tariff import Rounding, Tariff, Version
from meterbook.tariffs.bill import PricedStatement
from meterbook.tariffs.checking import problems
from meterbook.tariffs.inputs import Account, Span, Usage
from meterbook.tariffs.parts import PricedPart
from meterbook.tariffs.plan import plan
from meterbook.tariffs.pricing import price, price_days
from meterbook.tariffs.together import price_together

ZONE = ZoneInfo("America/New_York")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp())


def schedule(*charges: dict[str, Any], old: list[dict[str, Any]] | None = None, **more: Any) -> Tariff:
    """A schedule of one version; of two with ``old`` before 16 March 2026. Fields of versions may be given too."""
    own = ("across", "prorated", "quantities", "usage", "missing", "register_split", "rounding")
    rules = {name: more.pop(name) for name in own if name in more}
    versions = [{"start": "2000-01-01", "charges": old, **rules}] if old is not None else []
    versions.append({"start": "2026-03-16" if versions else "2000-01-01", "charges": list(charges), **rules})
    fields = {"format": "meterbook-tariff/1", "utility": "test", "code": "T", "name": "Test", "zone": ZONE.key}
    return msgspec.convert({**fields, "versions": versions, **more}, Tariff, strict=False)


def usage(start: str, end: str, each: int = 0, *, back: int | None = None, missing: slice | None = None) -> Usage:
    """Wh in each hour, with hours that are missing."""
    count = (at(end) - at(start)) // 3600
    delivered = np.full(count, each, np.int64)
    gone = np.zeros(count, np.bool_)
    if missing is not None:
        gone[missing] = True
    return Usage(
        first=at(start), step_s=3600, scale=3, delivered=np.where(gone, 0, delivered),
        received=None if back is None else np.full(count, back, np.int64), missing=gone if gone.any() else None,
    )  # fmt: skip


def bill(tariff: Tariff, used: Usage, span: Span | None = None, account: Account | None = None) -> PricedStatement:
    assert list(problems(tariff)) == []
    span = span or Span(start=used.first, end=used.end)
    (made,) = price(plan(tariff, [span], first=used.first, end=used.end, step_s=used.step_s), used, account)
    return made


def amounts(made: PricedStatement) -> list[str]:
    return [str(line.amount) for line in made.lines]


FLAT: dict[str, Any] = {"charge": "energy", "name": "Energy", "rates": [{"rate": "0.10"}]}
DEAR: dict[str, Any] = {"charge": "energy", "name": "Energy", "rates": [{"rate": "0.20"}]}
MONTHLY: dict[str, Any] = {"charge": "fixed", "name": "Base", "amount": "30.00", "prorate": "days-of-30"}


def test_energy_is_divided_by_days_whenever_it_was_used_and_the_last_part_has_what_is_left() -> None:
    # 1 March to 1 April 2026, 31 days, all of it used on the first: 1,000 kWh × 15 / 31 = 483.871, and 516.129 left.
    tariff = schedule(DEAR, old=[FLAT], across="divide-by-days", quantities={"places": 3})
    used = usage("2026-03-01", "2026-04-01")
    used.delivered[3] = 1_000_000
    made = bill(tariff, used)
    assert [str(line.quantity) for line in made.lines] == ["483.871", "516.129"]
    assert amounts(made) == ["48.39", "103.23"]
    by_hours = bill(schedule(DEAR, old=[FLAT], across="divide"), used)
    assert amounts(by_hours) == ["100.00", "0.00"]


def test_demand_and_what_is_sent_back_are_divided_by_days_too() -> None:
    kw = {"charge": "demand", "name": "Demand", "minutes": 60}
    credit = {"charge": "export", "name": "Credit", "scheme": "net-billing"}
    new = [{**kw, "rates": [{"rate": 9}]}, {**credit, "rates": [{"rate": "0.05"}]}]
    old = [{**kw, "rates": [{"rate": 8}]}, {**credit, "rates": [{"rate": "0.04"}]}]
    used = usage("2026-03-01", "2026-04-01", 1000, back=1000)
    used.delivered[400] = 62_000  # 62 kW: 30 of them for 15 days, 32 for 16
    made = bill(schedule(*new, old=old, across="divide-by-days", quantities={"places": 3}), used)
    # 743 kWh back: 743 × 15 / 31 = 359.516, 383.484 left
    assert [str(line.quantity) for line in made.lines] == ["30.000", "32.000", "-359.516", "-383.484"]
    assert amounts(made) == ["240.00", "288.00", "-14.38", "-19.17"]


@pytest.mark.parametrize(
    ("first", "final", "expected"),
    [(False, False, "30.00"), (True, False, "19.00"), (False, True, "19.00")],
)
def test_only_first_and_final_bills_are_prorated_where_the_schedule_says_so(
    first: bool, final: bool, expected: str
) -> None:
    used = usage("2026-05-01", "2026-05-20", 0)  # 19 days of 30: 19.00 of 30.00
    tariff = schedule(MONTHLY, prorated="first-and-final")
    assert amounts(bill(tariff, used, Span(start=used.first, end=used.end, first=first, final=final))) == [expected]


def test_a_first_bill_with_a_price_change_pays_each_part_by_its_days_of_thirty() -> None:
    # 10 March to 20 March: six days at 30.00 and four at 60.00, of thirty
    dear = {**MONTHLY, "amount": "60.00"}
    blocks = {**FLAT, "prorate_blocks": True, "rates": [{"blocks": [{"up_to": 100, "rate": 1}, {"rate": 2}]}]}
    tariff = schedule(
        dear, blocks, old=[MONTHLY, blocks], across="divide-by-days", prorated="first-and-final",
        quantities={"places": 3},
    )  # fmt: skip
    used = usage("2026-03-10", "2026-03-20", 250)  # 240 hours, 60 kWh
    made = bill(tariff, used, Span(start=used.first, end=used.end, first=True))
    # parts of 36 and 24 kWh; blocks end at 100 × 6 / 30 = 20 and 100 × 4 / 30 = 13.333
    assert [str(line.quantity) for line in made.lines] == [
        "0.2", "0.1333333333333333333333333333", "20.000", "16.000", "13.333", "10.667",
    ]  # fmt: skip
    assert amounts(made) == ["6.00", "8.00", "20.00", "32.00", "13.33", "21.33"]


def test_a_ratchet_of_billing_periods_counts_bills_and_not_months() -> None:
    demand = {"charge": "demand", "name": "Demand", "minutes": 60, "rates": [{"rate": 1}]}
    tariff = schedule({**demand, "ratchet": {"share": "0.7", "periods": 2}}, quantities={"places": 3})
    used = usage("2026-06-01", "2026-07-01", 1000)
    before = tuple(
        (date(2026, month, day), None, Decimal(kw))
        for month, day, kw in ((3, 1, "900"), (4, 2, "100.001"), (5, 3, "50"))
    )
    made = bill(tariff, used, account=Account(demands=before))
    assert amounts(made) == ["70.00"]  # 70 % of 100.001 is 70.0007, to three places 70.001; the 900 kW are three back
    assert str(made.lines[0].quantity) == "70.001"


def test_net_excess_is_paid_with_each_bill_and_nothing_is_carried_on() -> None:
    charges = [
        {**FLAT, "of": "net"},
        {"charge": "export", "name": "Excess", "scheme": "net-metering", "settle": "bill", "pay_out": "0.03"},
    ]
    used = usage("2026-06-01", "2026-08-01", 1000, back=2000)
    spans = [Span(start=at("2026-06-01"), end=at("2026-07-01")), Span(start=at("2026-07-01"), end=at("2026-08-01"))]
    made = price(plan(schedule(*charges), spans, first=used.first, end=used.end, step_s=3600), used)
    assert [amounts(one) for one in made] == [["0.00", "-21.60"], ["0.00", "-22.32"]]  # 720 and 744 kWh
    assert [one.bank_kwh for one in made] == [0, 0]


def test_net_excess_of_a_divided_period_is_divided_by_days_and_paid_at_each_price() -> None:
    net = {**FLAT, "of": "net"}
    export = {"charge": "export", "name": "Excess", "scheme": "net-metering", "settle": "bill"}
    tariff = schedule(
        net, {**export, "pay_out": "0.04"}, old=[net, {**export, "pay_out": "0.03"}], across="divide-by-days",
        quantities={"places": 3},
    )  # fmt: skip
    made = bill(tariff, usage("2026-03-01", "2026-04-01", 1000, back=2000))
    # 743 hours: 743 kWh too many, 359.516 of them for 15 days
    assert [str(line.quantity) for line in made.lines if line.name == "Excess"] == ["-359.516", "-383.484"]
    assert amounts(made)[-2:] == ["-10.79", "-15.34"]
    assert made.bank_kwh == 0


def test_a_register_that_ends_lower_is_charged_nothing_and_credited() -> None:
    charges = [FLAT, {"charge": "export", "name": "Excess", "scheme": "net-register", "pay_out": "0.03"}]
    used = usage("2026-06-01", "2026-07-01", -1000)
    assert amounts(bill(schedule(*charges), used)) == ["0.00", "-21.60"]
    assert amounts(bill(schedule(*charges), usage("2026-06-01", "2026-07-01", 1000))) == ["72.00"]


def test_a_rider_of_nothing_has_no_line_and_lamps_have_one_of_their_own() -> None:
    rider = {"charge": "rider", "rider": "PCA", "unit": "kWh", "drop_zero": True}
    values = [{"start": "2026-01", "end": "2026-06", "value": "0.001"}, {"start": "2026-07", "value": 0}]
    lamps = {"charge": "lamps", "name": "Lights", "prorate": "days-of-30", "types": {"LED": {"price": 10, "kwh": 25}}}
    charges = [
        FLAT, lamps, {**rider, "name": "PCA", "of": "metered", "values": values},
        {**rider, "name": "PCA of lamps", "of": "lamps", "values": values},
    ]  # fmt: skip
    tariff = schedule(*charges, prorated="first-and-final", quantities={"places": 3})
    account = Account(lamps={"LED": 3})
    june = bill(tariff, usage("2026-06-01", "2026-07-01", 1000), account=account)
    assert [(line.name, str(line.quantity)) for line in june.lines[2:]] == [
        ("PCA", "720.000"),
        ("PCA of lamps", "75.000"),
    ]
    july = bill(tariff, usage("2026-07-01", "2026-08-01", 1000), account=account)
    assert [line.name for line in july.lines] == ["Energy", "Lights, LED"]
    used = usage("2026-06-01", "2026-06-12", 1000)
    first = bill(tariff, used, Span(start=used.first, end=used.end, first=True), account)
    assert str(first.lines[3].quantity) == "27.500"  # 75 kWh × 11 / 30


@pytest.mark.parametrize(
    ("midnight", "expected"), [("day-before", ["72.00", "7.20"]), ("day-after", ["144.00", "14.40"])]
)
def test_a_read_at_midnight_belongs_to_the_day_that_the_schedule_says(midnight: str, expected: list[str]) -> None:
    seasons = {"price": {"spring": {"months": [4, 5, 6]}, "rest": {"rest": True}}}
    rates = [{"season": "spring", "rate": "0.10"}, {"season": "rest", "rate": "0.20"}]
    rider = {
        "charge": "rider", "name": "PCA", "rider": "PCA", "unit": "kWh",
        "values": [{"start": "2026-06", "end": "2026-06", "value": "0.01"}, {"start": "2026-07", "value": "0.02"}],
    }  # fmt: skip
    tariff = schedule({**FLAT, "season_by": "read", "rates": rates}, rider, seasons=seasons, midnight=midnight)
    assert amounts(bill(tariff, usage("2026-06-01", "2026-07-01", 1000))) == expected


def test_a_period_is_priced_whole_by_the_version_of_the_day_of_the_later_read() -> None:
    tariff = schedule(DEAR, old=[FLAT], across="read")
    assert amounts(bill(tariff, usage("2026-03-01", "2026-03-16", 1000))) == ["71.80"]  # 359 hours at 0.20
    assert amounts(bill(tariff, usage("2026-03-01", "2026-03-15", 1000))) == ["33.50"]
    assert amounts(bill(schedule(DEAR, old=[FLAT], across="end"), usage("2026-03-01", "2026-03-16", 1000))) == ["35.90"]


def test_prepaid_days_are_rounded_one_by_one() -> None:
    # 0.10 a kWh × 24 × 0.021 kWh = 0.0504 a day: 0.05, thirty of them 1.50; by the month it would be 1.51
    tax = {"charge": "percent", "name": "Tax", "rate": "0.07"}
    base = {"charge": "fixed", "name": "Base", "amount": "0.98", "per": "day"}
    mandate = {
        "charge": "rider", "name": "Mandate", "rider": "M", "unit": "month", "prorate": "days-of-30",
        "values": [{"start": "2026-01", "value": "0.79"}],
    }  # fmt: skip
    tariff = schedule(base, FLAT, mandate, tax, prepaid=True)
    used = usage("2026-06-01", "2026-07-01", 21)
    made = bill(tariff, used)
    # a day: 0.98 + 0.05 + 0.03 (0.79 / 30 = 0.0263) = 1.06, tax 0.0742: 0.07
    assert amounts(made) == ["29.40", "1.50", "0.90", "2.10"]
    assert str(made.lines[1].quantity) == "15.120"
    laid = plan(tariff, [Span(start=used.first, end=used.end)], first=used.first, end=used.end, step_s=3600)
    days, _ = price_days(laid, used)
    assert {str(day.total) for day in days} == {"1.13"}
    with pytest.raises(InputError, match="begins or ends within one"):
        bill(tariff, usage("2026-06-01T03:00", "2026-07-01T03:00", 21))


def test_the_tax_of_an_account_is_on_all_its_services_and_rounded_once() -> None:
    tax = {"charge": "percent", "name": "Tax", "rate": "0.07", "whole_account": True, "excluding": ["round_up"]}
    gift = {"charge": "round-up", "name": "Gift", "optional": "round-up", "whole_account": True}
    house = schedule({"charge": "fixed", "name": "Base", "amount": "10.05"}, tax, gift)
    light = schedule({"charge": "fixed", "name": "Light", "amount": "3.05"}, tax, gift)
    water = schedule({"charge": "fixed", "name": "Water", "amount": "7.77"}, gift, service="water", unit="gal")
    used = usage("2026-06-01", "2026-07-01", 0)
    spans = [Span(start=used.first, end=used.end)]
    account = Account(options=frozenset({"round-up"}))
    given = [(plan(one, spans, first=used.first, end=used.end, step_s=3600), used, account)
             for one in (house, light, water)]  # fmt: skip
    (made,) = price_together(given)
    # alone the taxes would be 0.70 and 0.21; of 13.10 it is 0.92. 10.05 + 3.05 + 7.77 + 0.92 = 21.79, and 0.21 to 22.
    assert [(line.name, str(line.amount)) for line in made.lines] == [
        ("Base", "10.05"), ("Light", "3.05"), ("Water", "7.77"), ("Tax", "0.92"), ("Gift", "0.21"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("total", "to", "gift"), [("21.79", "1", "0.21"), ("22.00", "1", ""), ("-3.10", "1", ""), ("21.79", "5", "3.21")]
)
def test_a_gift_raises_the_bill_to_a_whole_amount(total: str, to: str, gift: str) -> None:
    base = {"charge": "fixed", "name": "Base", "amount": total}
    made = bill(schedule(base, {"charge": "round-up", "name": "Gift", "to": to}), usage("2026-06-01", "2026-07-01"))
    assert amounts(made)[1:] == ([gift] if gift else [])


@pytest.mark.parametrize(
    ("charges", "more", "path", "words"),
    [
        ([{"charge": "percent", "name": "Tax", "rate": 1, "whole_account": True}, FLAT], {}, 1, "after all others"),
        ([{**FLAT, "whole_account": True}], {}, "whole_account", "one service's readings"),
        ([{**FLAT, "fill": "day", "rates": [{"blocks": [{"up_to": 9, "rate": 1}, {"rate": 2}]}]}],
         {"across": "divide-by-days"}, 0, "can't be divided by days"),
        ([FLAT, {"charge": "export", "name": "E", "scheme": "net-billing", "settle": "bill", "rates": [{"rate": 1}]}],
         {}, "settle", "no bank"),
        ([{**FLAT, "of": "net"}, {"charge": "export", "name": "E", "scheme": "net-metering", "settle": "bill",
          "reset_month": 4}], {}, "reset_month", "settled with each bill"),
        ([FLAT, {"charge": "export", "name": "E", "scheme": "net-metering"}], {}, "scheme", "no energy charge"),
        ([{**FLAT, "of": "net"}, {"charge": "export", "name": "E", "scheme": "net-metering", "rates": [{"rate": 1}]}],
         {}, "rates", "pays at pay_out"),
        ([FLAT, {"charge": "rider", "name": "R", "rider": "R", "unit": "month", "of": "lamps",
          "values": [{"start": "2020-01", "value": 1}]}], {}, "of", "not on kWh"),
        ([FLAT, {"charge": "rider", "name": "R", "rider": "R", "unit": "kWh", "prorate": "days-of-30",
          "values": [{"start": "2020-01", "value": 1}]}], {}, "prorate", "not prorated"),
        ([{"charge": "round-up", "name": "G", "to": 0}], {}, "to", "multiple of 0"),
        ([{"charge": "demand", "name": "D", "rates": [{"rate": 1}], "ratchet": {"share": "0.5", "months": 0}}], {},
         "months", "no month"),
        ([{"charge": "demand", "name": "A", "minutes": 15, "rates": [{"rate": 1}]},
          {"charge": "demand", "name": "B", "minutes": 60, "rates": [{"rate": 1}], "ratchet": {"share": "0.5"}}], {},
         "ratchet", "the ratchet of 'B' would look back at 'A', which is measured otherwise"),
        ([{"charge": "demand", "name": "A", "daily": True, "rates": [{"rate": 1}], "ratchet": {"share": "0.5"}}], {},
         "ratchet", "demand by the day has no ratchet"),
        ([{"charge": "demand", "name": "A", "coincident": True, "rates": [{"rate": 1}], "ratchet": {"share": 1}}], {},
         "ratchet", "demand at the supplier's peak has no ratchet"),
    ],
)  # fmt: skip
def test_rules_that_contradict_each_other_are_named(
    charges: list[dict[str, Any]], more: dict[str, Any], path: str | int, words: str
) -> None:
    (problem, *_) = problems(schedule(*charges, **more))
    assert problem.path[-1] == path
    assert words in problem.what


def test_an_hour_of_the_clock_over_a_read_counts_to_the_bill_in_which_it_begins() -> None:
    demand = {"charge": "demand", "name": "Demand", "minutes": 60, "rates": [{"rate": 10}]}
    quarters = (at("2026-07-02T02:30") - at("2026-06-01")) // 900
    load = np.full(quarters + 8, 250, np.int64)
    load[quarters - 1 : quarters + 1] = 2000  # 02:15 and 02:30 of the day of the read, of two bills
    used = Usage(first=at("2026-06-01"), step_s=900, scale=3, delivered=load)
    spans = [Span(start=used.first, end=at("2026-07-02T02:30"))]
    made = price(plan(schedule(demand), spans, first=used.first, end=used.end, step_s=900), used)
    assert [amounts(one) for one in made] == [["45.00"]]  # 0.25 + 2 + 2 + 0.25 kWh in the hour from 02:00
    rolling = schedule({**demand, "rolling": True})
    (one,) = price(plan(rolling, spans, first=used.first, end=used.end, step_s=900), used)
    assert amounts(one) == ["27.50"]  # the last hour that ends before the read has 0.75 + 2


@given(
    total=some.decimals(0, 10**6, places=3),
    parts=some.lists(some.integers(1, 40), min_size=1, max_size=4),
    places=some.integers(0, 4),
)
def test_parts_of_a_period_come_to_what_was_metered_and_each_is_near_its_days(
    total: Decimal, parts: list[int], places: int
) -> None:
    version = Version(start=date(2026, 1, 1), quantities=Rounding(places=places))
    whole = PricedPart(
        span=Span(start=0, end=86400), version=version, number=0, start=0, end=0, first=date(2026, 1, 1), days=0,
        days_of_span=sum(parts), by_days=True,
    )  # fmt: skip
    found = [
        replace(whole, days=days, earlier=tuple(parts[:number])).divided(total) for number, days in enumerate(parts)
    ]
    assert sum(found) == total
    for kwh, days in zip(found[:-1], parts, strict=False):
        assert abs(Fraction(kwh) - Fraction(total) * days / sum(parts)) <= Fraction(1, 2 * 10**places)
