"""The practice co-op's bills and what its tariff files make of the same meters: every line and total, to the cent.

The files under ``utilities/tariffs/practice`` were written from the published sheet and priced by Meterbook's engine;
the bills are by the co-op's own biller, which shares no line with it. So each checks the other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from full_counts import Count
from tariffs.practice_bills import Beside, accounts, beside, differences, prepaid_beside, schedule

from meterbook.model.bill_kinds import BillType, LineKind, ReadType
from meterbook.model.tariff import Rider
from meterbook.practice.billing.sheet import sheet
from meterbook.practice.people import STORIES, Story
from meterbook.practice.settings import Settings, Step
from meterbook.practice.usage_file import read
from meterbook.tariffs.holidays import observed
from meterbook.tariffs.inputs import Account, Span, Usage
from meterbook.tariffs.others import in_month
from meterbook.tariffs.plan import plan
from meterbook.tariffs.pricing import price

TODAY = date(2026, 11, 25)
SETTINGS = Settings(today=TODAY, members=130)
ZONE = ZoneInfo("America/New_York")
MEMBERS = 50
MONTHS = 36
TOLD = (
    Story.HOUSEHOLD, Story.TIME_OF_USE, Story.SOLAR, Story.WATER, Story.DEMAND, Story.EXCHANGE, Story.MECHANICAL,
    Story.TOTP, Story.MOVED, Story.GAS,
)  # fmt: skip


def of(*stories: Story) -> list[Beside]:
    """Bills of members with a story, two years of them."""
    members = [STORIES.index(story) for story in stories]
    return [one for account in accounts(SETTINGS, members) for one in beside(account, 26)]


def agreed(every: Iterable[Beside]) -> int:
    """How many bills there are, all of which have to agree."""
    count = 0
    for one in every:
        said = one.bill.statement
        assert differences(one) == [], f"{said.account}, read {one.bill.period.end}, version {one.bill.version}"
        count += 1
    return count


@pytest.fixture(scope="module")
def told() -> list[Beside]:
    return of(*TOLD)


def test_bills_of_members_with_a_story_are_what_the_tariff_files_make_of_their_meters(told: list[Beside]) -> None:
    assert agreed(told) > 250


def test_the_bills_compared_show_what_is_hard(told: list[Beside]) -> None:
    """So that what agrees above is price changes, estimates, ratchets and the rest, and not plain months alone."""
    seen: Counter[str] = Counter()
    for one in told:
        said = one.bill.statement
        kinds = {line.kind for line in said.lines}
        facilities = [line for line in said.lines if line.kind is LineKind.FIXED_CHARGE and line.service == "electric"]
        demand = [line for line in said.lines if line.kind is LineKind.DEMAND]
        measured = [row.usage for row in said.meters if row.unit == "kW"]
        meters = {row.meter for row in said.meters if row.service == "electric"}
        cold = any(at.month in (3, 11) for at in (one.bill.period.start, one.bill.period.end))
        seen["price change"] += len(facilities) == 2
        seen["estimated read"] += any(row.read_type is ReadType.ESTIMATED for row in said.meters)
        seen["first bill"] += said.bill_type is BillType.FIRST
        seen["final bill"] += said.bill_type is BillType.FINAL
        seen["meter exchange"] += len(meters) == 2
        seen["budget"] += said.budget_amount is not None
        seen["time of use across a clock change"] += said.rate == "R-TOU" and cold
        seen["excess paid"] += any(line.label.startswith("Excess") for line in said.lines)
        seen["demand held up"] += any(line.quantity not in measured for line in demand)
        seen["demand as measured"] += any(line.quantity in measured for line in demand)
        seen["water"] += LineKind.WATER_USAGE in kinds
        seen["gas"] += "gas" in said.services
        seen["round-up"] += LineKind.ROUND_UP in kinds
        seen["lamps"] += LineKind.LIGHT in kinds
    assert [name for name, count in seen.items() if not count] == []


def test_bills_made_again_and_lamps_without_a_meter_agree_as_well() -> None:
    found = of(Story.REVISED)
    assert {one.bill.version for one in found} == {0, 1, 2}
    assert agreed(found) > 26
    lamps = [one for account in accounts(SETTINGS, [30]) for one in beside(account, 12)]
    assert {line.service for one in lamps for line in one.bill.statement.lines if line.kind is LineKind.LIGHT}
    assert all(not one.bill.statement.meters for one in lamps)
    assert agreed(lamps) == 12


def test_twelve_accounts_on_one_paper_agree_one_by_one() -> None:
    portfolio = list(accounts(SETTINGS, [STORIES.index(Story.PORTFOLIO)]))
    assert len(portfolio) == 12
    assert agreed(one for account in portfolio for one in beside(account, 4)) == 48


def test_what_time_of_use_saved_is_what_both_files_make_of_the_same_energy() -> None:
    """Rule 2.2.3: facilities, energy and minimum of the standard schedule, less facilities and energy as billed."""
    seen = 0
    for one in of(Story.TIME_OF_USE):
        told, span = one.bill.savings, one.bill.period
        assert told is not None
        kwh = sum(told.by_period.values(), start=Decimal(0))
        hours = np.ones(-(-(span.finish - span.begin) // 3600), np.bool_)
        usage = Usage(first=span.begin, step_s=3600, scale=0, delivered=np.zeros(len(hours), np.int64), missing=hours)
        read = Span(start=span.begin, end=span.finish, register_kwh=kwh, first=span.first, final=span.final)
        (made,) = price(plan(schedule("R"), [read], first=usage.first, end=usage.end, step_s=3600), usage,
                        Account(kind="residential"))  # fmt: skip
        base = (LineKind.FIXED_CHARGE, LineKind.ENERGY)
        assert sum((line.amount for line in made.lines if line.kind in base), start=Decimal(0)) == told.standard
        own = (line.amount for line in one.priced.lines if line.kind in base)
        assert sum(own, start=Decimal(0)) == told.time_of_use
        seen += 1
    assert seen == 26


def test_each_day_of_a_prepaid_account_costs_what_its_file_makes_of_it() -> None:
    (account,) = accounts(SETTINGS, [STORIES.index(Story.PREPAID)])
    days = list(prepaid_beside(account, 800))
    assert len(days) == 800
    assert [day.day for day, priced in days if day.charge != priced.total] == []


@pytest.mark.full
def test_every_bill_of_fifty_members_and_36_months_agrees_to_the_cent(count: Count) -> None:
    """Each trial is a member; a quick run takes three of them."""
    for trial in count("practice members whose bills agree with the tariff files", quick=3, full=MEMBERS):
        for account in accounts(SETTINGS, [trial.number]):
            if account.contract.prepaid:
                kept = list(prepaid_beside(account, 1095))
                assert [day.day for day, priced in kept if day.charge != priced.total] == []
            else:
                assert agreed(beside(account, MONTHS)) or account.contract.opened > date(2026, 9, 1)


def test_the_worked_bill_at_the_end_of_the_sheet_comes_out() -> None:
    """Chapter 15: Schedule R, 1,000 kWh read 18 February and 21 March 2026, 31 days with a price change."""
    tariff = schedule("R")
    start, end = (int(datetime(2026, month, day, 3, tzinfo=ZONE).timestamp()) for month, day in ((2, 18), (3, 21)))
    hours = (end - start) // 3600
    usage = Usage(
        first=start, step_s=3600, scale=3, delivered=np.zeros(hours, np.int64), missing=np.ones(hours, np.bool_)
    )
    span = Span(start=start, end=end, register_kwh=Decimal(1000))
    (made,) = price(plan(tariff, [span], first=start, end=end, step_s=3600), usage, Account(kind="residential"))
    assert [str(line.amount) for line in made.lines] == ["26.42", "5.44", "76.74", "15.20", "-4.80", "0.79", "8.39"]
    assert str(made.total) == "128.18"


def test_a_first_bill_in_which_prices_change_agrees() -> None:
    other = replace(SETTINGS, anchor=date(2025, 9, 14))
    found = [one for account in accounts(other, [STORIES.index(Story.MOVED)]) for one in beside(account, 30)]
    first = [one for one in found if one.bill.period.first and one.bill.period.start == date(2024, 9, 14)]
    labels = [line.label for one in first for line in one.bill.statement.lines]
    assert labels[:2] == ["Facilities Charge, 17 of 30 days", "Facilities Charge, 21 of 30 days"]
    assert agreed(found) == len(found)


@pytest.mark.parametrize(("step", "old_step"), [("60", None), ("30", None), ("5", None), ("15", "60"), ("none", None)])
def test_meters_of_other_intervals_agree_as_well(step: str, old_step: str | None) -> None:
    other = replace(SETTINGS, step=Step(step), old_step=Step(old_step) if old_step else None, seed=7)
    members = [STORIES.index(story) for story in (Story.TIME_OF_USE, Story.DEMAND, Story.EXCHANGE)]
    assert agreed(one for account in accounts(other, members) for one in beside(account, 10)) == 30


def test_a_meter_whose_one_register_runs_backwards_agrees(tmp_path: Path) -> None:
    """A load file with energy sent back is the household's only channel: months of more sun than use are credited."""
    first = datetime(2025, 2, 1, tzinfo=UTC)
    rows = ["time,kwh"]
    for number in range(24 * 500):
        at = first + timedelta(hours=number)
        sun = 3.1 if at.month in (4, 5, 6, 7) and 14 <= at.hour < 20 else 0
        rows.append(f"{at:%Y-%m-%dT%H:%M:%SZ},{0.4 - sun:.1f}")
    file = tmp_path / "sun.csv"
    file.write_text("\n".join(rows) + "\n")
    other = replace(SETTINGS, usage=read(file), today=date(2026, 6, 10))
    found = [one for account in accounts(other, [0]) for one in beside(account, 14)]
    excess = [line for one in found for line in one.bill.statement.lines if line.label.startswith("Excess")]
    assert len(excess) >= 4
    assert agreed(found) == len(found)


@pytest.mark.parametrize("year", [2020, 2026, 2031, 2036])
def test_riders_and_holidays_of_the_files_are_those_that_the_sheet_prints(year: int) -> None:
    """Riders by month and year, and the days that the holidays of the time-of-use schedule are kept on."""
    text = sheet(date(year, 6, 1))
    chapters = {name: re.split(rf"\n{name}  .*\n", text)[1].split("\n\n\n")[0] for name in "56"}
    rows = [line.split() for line in chapters["5"].splitlines() if re.match(r"  20\d\d  ", line)]
    rows = [row for row in rows if len(row) == 7]
    half = len(rows) // 2
    wpca = rider("WPCA")
    for number, row in enumerate(rows):
        for place, value in enumerate(row[1:]):
            day = date(int(row[0]), 1 + place + 6 * (number >= half), 1)
            if day >= date(2014, 1, 1):
                assert in_month(wpca, day).value == Decimal(value), day
    reps = rider("REPS")
    mandates = [line.split() for line in chapters["6"].splitlines() if re.match(r"  20\d\d  ", line)]
    assert half == len(mandates) == 5
    for printed, *amounts in mandates:
        if int(printed) >= 2014:
            found = in_month(reps, date(int(printed), 5, 1)).by_class
            assert list(found.values()) == [Decimal(amount) for amount in amounts]
    kept = schedule("R-TOU").holidays["kept"]
    for line in re.findall(r"^  20\d\d  \d\d [A-Z].*$", text, re.MULTILINE):
        printed, _, days = line.strip().partition("  ")
        wanted = {datetime.strptime(f"{day} {printed}", "%d %b %Y").date() for day in days.split(", ")}  # noqa: DTZ007
        assert observed(kept, date(int(printed), 1, 1), date(int(printed), 12, 31)) == wanted


def rider(code: str) -> Rider:
    charges = schedule("R").versions[-1].charges
    return next(one for one in charges if isinstance(one, Rider) and one.rider == code)
