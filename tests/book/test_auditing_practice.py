"""Bills of the practice co-op held against its shipped schedules, and what is told of one that was made otherwise."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "analysis" / "bills"))

from practice_history import TODAY, Account, history

from meterbook.analysis.bills.checks import check_bills
from meterbook.book.auditing import audit_account
from meterbook.model.bill_kinds import LineKind
from meterbook.model.statement import LineItem, Statement
from meterbook.practice.people import STORIES, Story
from meterbook.practice.settings import Settings
from meterbook.practice.world import World
from meterbook.tariffs.audit import Audited

CENT = Decimal("0.01")
SETTINGS = Settings(today=TODAY, members=50)
TAX = LineKind.TAX_SALES
APART = (LineKind.CREDIT_PAPERLESS, LineKind.LATE_FEE, LineKind.ROUND_UP)


def account(index: int | Story, ordinal: int = 0, months: int = 14) -> Account:
    member = World(SETTINGS).member(index if isinstance(index, int) else STORIES.index(index))
    contract = member.contracts[ordinal]
    return Account(member=member, contract=contract, run=history(SETTINGS, member, contract, months))


def audited(one: Account, bills: tuple[Statement, ...] | None = None) -> tuple[Audited, ...]:
    run = one.run if bills is None else replace(one.run, bills=bills)
    return audit_account(run, "practice", check_bills(run).agreements).audited


@pytest.mark.parametrize(
    ("who", "ordinal"),
    [
        (Story.HOUSEHOLD, 0), (Story.TIME_OF_USE, 0), (Story.SOLAR, 0), (Story.WATER, 0), (Story.DEMAND, 0),
        (Story.PORTFOLIO, 0), (Story.PORTFOLIO, 1), (Story.EXCHANGE, 0), (Story.MECHANICAL, 0), (Story.OUTAGE, 0),
        (Story.REVISED, 0), (Story.MOVED, 1), (30, 0),
    ],
)  # fmt: skip
def test_every_bill_is_what_its_schedule_makes(who: int | Story, ordinal: int) -> None:
    found = audited(account(who, ordinal))
    assert len(found) >= 12
    assert [(str(one.billing.bill.period_end), one.why_not, one.pairs) for one in found if not one.agrees] == []


def test_a_second_meter_and_leased_lamps_are_held_against_the_bill_with_the_first() -> None:
    twofold = audited(account(Story.PORTFOLIO, 0))[-2:]
    assert [len(one.billing.more) for one in twofold] == [1, 1]
    lit = audited(account(Story.HOUSEHOLD))[-2:]
    assert [[each.tariff.code for each in one.billing.more] for one in lit] == [["OL"], ["OL"]]
    assert all(LineKind.LIGHT in {line.kind for line in one.priced.lines} for one in lit if one.priced)


def retaxed(bill: Statement, lines: list[LineItem]) -> Statement:
    """The bill with other lines, and tax and sums that go with them."""
    taxed = sum((one.amount for one in lines if one.kind not in (TAX, *APART)), start=Decimal(0))
    tax = (taxed * Decimal("0.07")).quantize(CENT, ROUND_HALF_UP)
    kept = tuple(replace(one, amount=tax) if one.kind is TAX else one for one in lines)
    return replace(bill, lines=kept, current_charges=sum((one.amount for one in kept), start=Decimal(0)))


def with_line(bill: Statement, kind: LineKind, change: Callable[[LineItem], LineItem]) -> Statement:
    return retaxed(bill, [change(one) if one.kind is kind else one for one in bill.lines])


def priced_at(line: LineItem, rate: str, kwh: Decimal | None = None, mode: str = ROUND_HALF_UP) -> LineItem:
    quantity = line.quantity if kwh is None else kwh
    assert quantity is not None
    amount = (quantity * Decimal(rate)).quantize(CENT, mode)
    return replace(line, quantity=quantity, rate=Decimal(rate), amount=amount)


def other_month(bill: Statement) -> Statement:
    """Read in May 2026, 0.0021 a kWh; with April's credit of 0.0048."""
    return with_line(bill, LineKind.POWER_COST_ADJUSTMENT, lambda line: priced_at(line, "-0.0048"))


def by_days_of_30(bill: Statement) -> Statement:
    assert bill.days is not None
    amount = (Decimal("33.75") * bill.days / 30).quantize(CENT, ROUND_HALF_UP)
    return with_line(bill, LineKind.FIXED_CHARGE, lambda line: replace(line, amount=amount))


def whole_kwh(bill: Statement) -> Statement:
    def rounded(line: LineItem) -> LineItem:
        if line.unit != "kWh" or line.quantity is None or line.rate is None:
            return line
        return priced_at(line, str(line.rate), line.quantity.quantize(Decimal(1), ROUND_HALF_UP))

    return retaxed(bill, [rounded(one) for one in bill.lines])


def cut_off(bill: Statement) -> Statement:
    """Every line rounded down, the tax too."""
    lines = [
        priced_at(one, str(one.rate), mode=ROUND_DOWN) if one.unit == "kWh" and one.rate is not None else one
        for one in bill.lines
    ]
    taxed = sum((one.amount for one in lines if one.kind not in (TAX, *APART)), start=Decimal(0))
    tax = (taxed * Decimal("0.07")).quantize(CENT, ROUND_DOWN)
    kept = tuple(replace(one, amount=tax) if one.kind is TAX else one for one in lines)
    return replace(bill, lines=kept, current_charges=sum((one.amount for one in kept), start=Decimal(0)))


def more_kwh(bill: Statement) -> Statement:
    """210 kWh more are charged than the bill's own readings tell."""

    def more(line: LineItem) -> LineItem:
        if line.unit != "kWh" or line.quantity is None or line.rate is None:
            return line
        return priced_at(line, str(line.rate), line.quantity + 210)

    return retaxed(bill, [more(one) for one in bill.lines])


def old_prices(bill: Statement) -> Statement:
    older = with_line(bill, LineKind.FIXED_CHARGE, lambda line: replace(line, amount=Decimal("31.50")))
    return with_line(older, LineKind.ENERGY, lambda line: priced_at(line, "0.09150"))


def commercial(bill: Statement) -> Statement:
    return with_line(bill, LineKind.RENEWABLE_MANDATE, lambda line: replace(line, amount=Decimal("3.95")))


@pytest.mark.parametrize(
    ("made", "cause", "words"),
    [
        (other_month, "rider-month", "WPCA is that of the month before"),
        (by_days_of_30, "proration", "billed as a first or final bill, by its days"),
        (whole_kwh, "rounding", "kWh are rounded to whole ones"),
        (cut_off, "rounding", "lines are rounded down"),
        (more_kwh, "reads", "kWh are billed and the registers have"),
        (old_prices, "version", "prices are those in force since 2024-10-01"),
        (commercial, "class", "billed as commercial"),
    ],
)
def test_a_bill_that_was_made_otherwise_is_explained_by_what_was_other(
    made: Callable[[Statement], Statement], cause: str, words: str
) -> None:
    one = account(Story.OUTAGE)  # schedule R, neither lamps nor gifts
    seeded = [bill for bill in one.run.bills if bill.period_end is not None and str(bill.period_end)[:7] == "2026-05"]
    (good,) = seeded
    assert not any(line.kind in APART or line.kind is LineKind.LIGHT for line in good.lines)
    wrong = made(good)
    assert wrong.current_charges != good.current_charges
    found = audited(one, tuple(wrong if bill is good else bill for bill in one.run.bills))
    (seen,) = [each for each in found if not each.agrees]
    assert seen.billing.bill is wrong
    assert any(each.name == cause and words in each.words for each in seen.causes), seen.causes


def test_a_bill_with_two_prices_divided_by_its_intervals_is_told_so() -> None:
    one = account(Story.HOUSEHOLD)
    (good,) = [bill for bill in one.run.bills if str(bill.period_end)[:7] == "2026-04"]
    energy = [line for line in good.lines if line.kind is LineKind.ENERGY]
    assert len(energy) == 2
    (series,) = one.run.series

    change = int(datetime(2026, 3, 16, tzinfo=one.run.zone).timestamp())
    assert good.read_start is not None
    begin = int(good.read_start.timestamp())
    early = series.clip(begin, change)
    kwh = Decimal(int(early.value.sum())).scaleb(-early.scale)
    total = sum((line.quantity or Decimal(0) for line in energy), start=Decimal(0))
    lines = list(good.lines)
    for line, own in zip(energy, (kwh, total - kwh), strict=True):
        lines[lines.index(line)] = priced_at(line, str(line.rate), own)
    wrong = retaxed(good, lines)
    found = audited(one, tuple(wrong if bill is good else bill for bill in one.run.bills))
    (seen,) = [each for each in found if not each.agrees]
    assert [each.name for each in seen.causes][:1] == ["proration"]
    assert "divided by what was used on each day" in seen.causes[0].words


def test_a_demand_of_another_meter_is_a_difference_that_nothing_explains() -> None:
    one = account(Story.DEMAND)
    good = one.run.bills[-1]
    wrong = with_line(good, LineKind.DEMAND, lambda line: priced_at(line, str(line.rate), Decimal("123.456")))
    found = audited(one, tuple(wrong if bill is good else bill for bill in one.run.bills))
    (seen,) = [each for each in found if not each.agrees]
    assert (seen.why_not, seen.causes, next(pair.name for pair in seen.pairs)) == (None, (), "Demand Charge")


def test_a_demand_that_a_bill_before_the_first_may_hold_up_can_not_be_told() -> None:
    one = account(Story.DEMAND)
    early = one.run.bills[3]
    wrong = with_line(early, LineKind.DEMAND, lambda line: priced_at(line, str(line.rate), Decimal("123.456")))
    found = audited(one, tuple(wrong if bill is early else bill for bill in one.run.bills))
    (seen,) = [each for each in found if not each.agrees]
    assert seen.why_not == "its ratchet looks back at 11 bills, of which 3 are known"
    less = with_line(early, LineKind.DEMAND, lambda line: priced_at(line, str(line.rate), Decimal("31.5")))
    found = audited(one, tuple(less if bill is early else bill for bill in one.run.bills))
    (seen,) = [each for each in found if not each.agrees]
    assert seen.why_not is None  # no earlier bill makes it lower


def test_a_bill_that_is_known_by_its_usage_charge_alone_is_held_against_the_energy() -> None:
    one = account(Story.DEMAND)
    good = one.run.bills[-1]
    of_use = sum(
        (line.amount for line in good.lines if line.kind in (LineKind.ENERGY, LineKind.DEMAND)), start=Decimal(0)
    )
    bare = replace(
        good, current_charges=None, meters=(),
        lines=(LineItem(kind=LineKind.ENERGY, label="Usage charge", amount=of_use, quantity=good.usage, unit="kWh"),),
    )  # fmt: skip
    others = tuple(bill for bill in one.run.bills if bill is not good)
    assert audited(one, (*others, bare))[-1].agrees
    off = replace(bare, lines=(replace(bare.lines[0], amount=of_use + CENT),))
    assert [pair.name for pair in audited(one, (*others, off))[-1].pairs] == ["Usage charge"]
