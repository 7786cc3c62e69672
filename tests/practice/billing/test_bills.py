"""Bills of the practice co-op's members: they add up, follow one another, and agree with the meters."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from billing_world import MEMBERS, SETTINGS, TODAY, account, all_of, amount_of, bill_read

from meterbook.model.bill_kinds import BillType, LineKind, ReadType
from meterbook.model.channel import FlowDirection, ServiceCategory
from meterbook.model.sums import discrepancies
from meterbook.practice import truth
from meterbook.practice.billing import scenarios
from meterbook.practice.billing.account import Account
from meterbook.practice.billing.bill import Bill
from meterbook.practice.billing.ledger import bills, last
from meterbook.practice.billing.reads import MADE_AFTER
from meterbook.practice.people import Story
from meterbook.practice.settings import Settings, Step
from meterbook.practice.world import World
from tests.full_counts import Count

ZERO = Decimal(0)


def standing(made: tuple[Bill, ...]) -> list[Bill]:
    return [bill for bill in made if not bill.statement.cancelled]


def test_every_bill_adds_up_and_follows_the_one_before(count: Count) -> None:
    for trial in count("practice bills add up", quick=8, full=MEMBERS):
        for ordinal in range(len(World(SETTINGS).member(trial.number).contracts)):
            made = all_of(trial.number, ordinal)
            for bill in made:
                assert list(discrepancies(bill.statement)) == []
            for earlier, later in pairwise(standing(made)):
                assert (later.period.start, later.period.begin) == (earlier.period.end, earlier.period.finish)
                assert 20 <= later.period.days <= 40
                assert later.made_on == later.period.end + MADE_AFTER + timedelta(days=8) * later.version
            for earlier, later in pairwise(made):
                assert later.statement.previous_balance == earlier.due


def test_billed_kwh_are_the_intervals_of_the_read_window(count: Count) -> None:
    for trial in count("practice bills agree with intervals", quick=6, full=MEMBERS):
        for ordinal in range(len(World(SETTINGS).member(trial.number).contracts)):
            _agree(trial.number, ordinal)


def _agree(index: int, ordinal: int) -> None:
    held = account(index, ordinal)
    series = [
        each
        for each in truth.series(SETTINGS, held.contract.number)
        if each.channel.category is ServiceCategory.ELECTRICITY and each.channel.flow is not FlowDirection.NET
    ]
    made = standing(last(all_of(index, ordinal), 36))
    for earlier, bill in pairwise(made if series else []):
        if _estimated(earlier) or _estimated(bill) or bill.period.begin < SETTINGS.data_start:
            continue
        total, present = ZERO, 0
        for each in series:
            low, high = np.searchsorted(each.start, (bill.period.begin, bill.period.finish))
            sign = -1 if each.channel.flow is FlowDirection.RECEIVED else 1
            total += sign * Decimal(int(each.value[low:high].sum())).scaleb(-each.scale)
            present += int(high - low)
        assert bill.statement.usage is not None
        difference = abs(bill.statement.usage - total)
        # One meter of the portfolio loses some hours for good, which its register has counted all the same.
        assert difference == 0 or (held.member.story is Story.PORTFOLIO and ordinal == 4 and total > 0)


def _estimated(bill: Bill) -> bool:
    return any(row.read_type is ReadType.ESTIMATED for row in bill.statement.meters)


def test_readings_run_on_from_bill_to_bill() -> None:
    for story in (Story.HOUSEHOLD, Story.TIME_OF_USE, Story.SOLAR, Story.WATER, Story.DEMAND, Story.GAS):
        for earlier, later in pairwise(standing(all_of(story))):
            present = {(row.meter, row.register): row.present for row in earlier.statement.meters}
            for row in later.statement.meters:
                assert row.previous == present[row.meter, row.register]
                if row.present is not None and row.previous is not None and row.multiplier is not None:
                    moved = (row.present - row.previous) * row.multiplier
                    assert (moved + 1_000_000) % 1_000_000 == row.usage  # a display that came to its end begins anew


def test_a_later_today_changes_no_bill() -> None:
    for index in (0, 12, 10, 20, 46):
        now = {bill.uuid: bill for bill in all_of(index)}
        later = {bill.uuid: bill for bill in all_of(index, today=date(2026, 12, 31))}
        newest = max(bill.made_on for bill in now.values())
        for uuid, bill in now.items():
            if bill.made_on < newest:
                assert later[uuid].statement == bill.statement
        assert len(later) >= len(now)


def test_reads_are_not_at_midnight_but_at_the_border_of_two_intervals() -> None:
    local = set()
    for bill in standing(all_of(Story.HOUSEHOLD)):
        assert bill.period.finish % 900 == 0
        local.add((bill.statement.read_end or TODAY).astimezone(SETTINGS.tz).strftime("%H:%M"))  # type: ignore[union-attr]
    assert len(local) > 5
    assert all("02:00" <= at <= "05:30" for at in local)


def test_a_meter_by_the_hour_is_read_on_the_hour() -> None:
    settings = Settings(today=TODAY, members=20, step=Step.SIXTY)
    member = World(settings).member(0)
    made = bills(Account(settings=settings, member=member, contract=member.contracts[0]))
    assert {bill.period.finish % 3600 for bill in made} == {0}


# -- what particular members show -------------------------------------------------------------------------------------


def test_a_bill_is_cancelled_and_made_again_twice() -> None:
    first, second, third = (b for b in all_of(Story.REVISED) if (b.period.end.year, b.period.end.month) == (2026, 8))
    assert [each.statement.cancelled for each in (first, second, third)] == [True, True, False]
    assert [each.statement.bill_type for each in (first, second, third)] == [
        BillType.REGULAR,
        BillType.CORRECTED,
        BillType.CORRECTED,
    ]
    assert (second.statement.corrects, third.statement.corrects) == (first.statement.number, second.statement.number)
    assert second.statement.previous_balance == first.due
    assert second.statement.adjustments == -first.current
    assert third.forward == first.forward
    assert (first.statement.usage or ZERO) - (third.statement.usage or ZERO) == first.excess > 0


def test_before_it_is_corrected_a_wrong_bill_is_an_ordinary_one() -> None:
    wrong = next(bill for bill in all_of(Story.REVISED) if bill.statement.cancelled)
    (shown,) = (b for b in all_of(Story.REVISED, today=wrong.made_on + timedelta(days=3)) if b.uuid == wrong.uuid)
    assert not shown.statement.cancelled
    assert len([b for b in all_of(Story.REVISED, today=wrong.made_on) if b.period.number == wrong.period.number]) == 1


@pytest.mark.parametrize("story", [Story.MECHANICAL, Story.OUTAGE])
def test_an_estimate_is_settled_by_the_next_reading(story: Story) -> None:
    made = standing(all_of(story))
    estimated = [bill for bill in made if _estimated(bill)]
    assert 6 <= len(estimated) <= 12
    for bill in estimated:
        (row,) = bill.statement.meters
        after = next((each for each in made if each.period.number == bill.period.number + 1), None)
        if after is not None:
            assert after.statement.meters[0].previous == row.present
            assert after.statement.meters[0].read_type is ReadType.ACTUAL
            assert (after.statement.usage or ZERO) > 0


def test_a_dial_is_billed_in_whole_kwh() -> None:
    for bill in all_of(Story.MECHANICAL):
        (row,) = bill.statement.meters
        assert row.usage == int(row.usage or 0)
        assert 0 <= (row.present or ZERO) < 100_000


def test_one_that_moved_has_a_final_bill_and_then_a_first_one() -> None:
    old, new = all_of(Story.MOVED, 0), all_of(Story.MOVED, 1)
    assert old[-1].statement.bill_type is BillType.FINAL
    assert old[-1].statement.period_end == old[-1].contract.closed
    assert new[0].statement.bill_type is BillType.FIRST
    assert new[0].statement.previous_balance == 0
    assert any(" of 30 days" in line.label for line in new[0].statement.lines)


def test_an_exchanged_meter_is_two_rows_of_one_period() -> None:
    (bill,) = (b for b in all_of(Story.EXCHANGE) if len(b.statement.meters) == 2)
    old, new = bill.statement.meters
    assert old.meter != new.meter
    assert new.previous == 0
    assert (old.usage or ZERO) + (new.usage or ZERO) == bill.statement.usage


def test_a_budget_asks_a_round_amount_and_settles_once_a_year() -> None:
    made = all_of(Story.TOTP)
    asked = Counter(bill.due for bill in made if bill.period.end.month != 9)
    assert all(amount == int(amount) for amount in asked)
    for bill in made:
        assert bill.statement.budget_balance is not None
        assert (bill.statement.budget_balance == 0) == (bill.period.end.month == 9)
    for earlier, later in pairwise(made):
        assert later.statement.budget_balance == (earlier.statement.budget_balance or ZERO) + later.current - later.due


def test_who_pays_late_pays_five_dollars_more() -> None:
    late = [bill for bill in all_of(25) if bill.forward > 0]
    assert late
    for bill in late:
        assert amount_of(bill, LineKind.LATE_FEE) == 5
        assert bill.statement.payments == 0
    assert amount_of(bill_read(Story.HOUSEHOLD, 2026, 10), LineKind.LATE_FEE) is None


def test_a_lighting_account_has_lamps_and_no_meter() -> None:
    bill = all_of(30)[-1]
    assert bill.statement.meters == ()
    assert bill.statement.usage is None
    assert amount_of(bill, LineKind.LIGHT) == Decimal("46.15")
    assert amount_of(bill, LineKind.ENERGY) is None


def test_twelve_accounts_are_billed_on_one_day() -> None:
    newest = [all_of(Story.PORTFOLIO, ordinal)[-1] for ordinal in range(12)]
    assert len({(bill.made_on, bill.statement.group) for bill in newest}) == 1
    assert [line.section for line in newest[0].statement.lines if line.kind is LineKind.FIXED_CHARGE] == [
        f"Electric Service, Location {place.number}" for place in newest[0].contract.places
    ]


def test_every_scenario_has_somebody_among_the_first_fifty() -> None:
    world = World(SETTINGS)
    members = [world.member(index) for index in range(MEMBERS)]
    enrolled = Counter(
        program
        for member in members
        for program in (
            scenarios.BUDGET, scenarios.LATE_PAYER, scenarios.OVERPAYER, scenarios.ROUND_UP, scenarios.PAPERLESS,
        )
        if scenarios.takes_part(member, member.contracts[0], program)
    )  # fmt: skip
    assert len(enrolled) == 5
    assert min(enrolled.values()) >= 3
    overpaid = [bill for bill in all_of(Story.GAS) if bill.forward < 0]
    assert overpaid


def test_time_of_use_savings_are_the_difference_of_two_schedules() -> None:
    for bill in all_of(Story.TIME_OF_USE):
        assert bill.savings is not None
        own = sum(line.amount for line in bill.statement.lines if line.kind in (LineKind.FIXED_CHARGE, LineKind.ENERGY))
        assert bill.savings.time_of_use == own
        assert sum(bill.savings.by_period.values()) == bill.statement.usage
    june = bill_read(Story.TIME_OF_USE, 2025, 8).savings
    assert june is not None
    assert june.saved == june.standard - june.time_of_use
    assert {bill.savings is None for bill in all_of(Story.HOUSEHOLD)} == {True}
