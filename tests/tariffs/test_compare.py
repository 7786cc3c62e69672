"""Schedules beside each other: totals, ranges and differences against sums written out with plain arithmetic."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from itertools import product

import pytest
from tariffs.by_hand import END, START, STEP, ZONE, load, tariff, usage

from meterbook.model.tariff import Tariff
from meterbook.tariffs.assumed import assumed, corners
from meterbook.tariffs.break_even import break_even
from meterbook.tariffs.compare import Candidate, compare, off_peak_to_win
from meterbook.tariffs.inputs import Account, months
from meterbook.tariffs.marginal import marginal_costs, peaks
from meterbook.tariffs.moving import moved
from meterbook.tariffs.plan import plan
from meterbook.tariffs.pricing import price

SPANS = months(START, END, ZONE)
CENT = Decimal("0.01")
WEEK = ["mon", "tue", "wed", "thu", "fri"]


def schedule(code: str, charges: list[dict[str, object]], **more: object) -> Tariff:
    """A schedule that rounds each line to the cent."""
    versions = [{"start": "2000-01-01", "charges": charges}]
    return tariff([], code=code, versions=versions, **more)


def flat(code: str, rate: object, fixed: object = 10) -> Tariff:
    return schedule(
        code,
        [
            {"charge": "fixed", "name": "Base", "amount": fixed},
            {"charge": "energy", "name": "E", "rates": [{"rate": rate}]},
        ],
    )


def periods(**window: object) -> dict[str, object]:
    return {"tou": {"on-peak": [{"days": WEEK, "start": "14:00", "end": "18:00", **window}], "off-peak": "rest"}}


def timed(on: object, off: object = "0.06", **window: object) -> Tariff:
    rates = [{"period": "on-peak", "rate": on}, {"period": "off-peak", "rate": off}]
    charges = [{"charge": "fixed", "name": "Base", "amount": 10}, {"charge": "energy", "name": "E", "rates": rates}]
    return schedule("TOU", charges, periods=periods(**window))


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def flat_bills(rate: str, fixed: str = "10") -> list[Decimal]:
    """Bills of the flat schedule, by hand."""
    return [
        cents(sum(Decimal(wh) for at, wh in load() if at.month == month) / 1000 * Decimal(rate)) + Decimal(fixed)
        for month in range(1, 13)
    ]


def timed_bills(on: str, off: str, low: int = 14, high: int = 18) -> list[Decimal]:
    """Bills of the timed schedule, by hand."""
    found = []
    for month in range(1, 13):
        parts = {True: Decimal(0), False: Decimal(0)}
        for at, wh in load():
            if at.month == month:
                parts[at.weekday() < 5 and low <= at.hour < high] += Decimal(wh) / 1000
        found.append(10 + cents(parts[True] * Decimal(on)) + cents(parts[False] * Decimal(off)))
    return found


def candidates(*some: Tariff) -> list[Candidate]:
    return [Candidate(tariff=one, account=Account(), yours=not at) for at, one in enumerate(some)]


def test_published_numbers_give_one_amount_and_one_difference_by_month_and_year() -> None:
    found = compare(candidates(flat("FLAT", "0.10"), timed("0.30")), usage(), SPANS)
    one, other = (option.years[2025] for option in found.options)
    by_hand = flat_bills("0.10"), timed_bills("0.30", "0.06")
    assert [cell.held for cell in one.by_month] == by_hand[0]
    assert [cell.held for cell in other.by_month] == by_hand[1]
    assert other.total.sure
    assert other.difference is not None
    assert other.difference.sure
    assert other.difference.held == sum(by_hand[1]) - sum(by_hand[0])
    assert [cell.held for cell in other.by_month_difference] == [b - a for a, b in zip(*by_hand, strict=True)]
    best = found.best[2025]
    assert best.name == ("test/TOU" if sum(by_hand[1]) < sum(by_hand[0]) else "test/FLAT")


def test_assumed_numbers_give_the_ends_over_all_their_combinations() -> None:
    on = {"value": "0.30", "status": "assumed", "alternatives": ["0.20", "0.50"]}
    made = timed(on, status="assumed", alternatives=["15:00-18:00", "16:00-20:00"])
    found = compare(candidates(flat("FLAT", "0.10"), made), usage(), SPANS).options[1].years[2025]
    by_hand = [
        sum(timed_bills(price_, "0.06", *hours))
        for price_, hours in product(("0.30", "0.20", "0.50"), ((14, 18), (15, 18), (16, 20)))
    ]
    assert found.total.way == "product"
    assert (found.total.low, found.total.high) == (min(by_hand), max(by_hand))
    assert found.difference is not None
    assert (found.difference.low, found.difference.high) == (
        min(by_hand) - sum(flat_bills("0.10")), max(by_hand) - sum(flat_bills("0.10")),
    )  # fmt: skip
    assert not found.total.open
    # Which one schedule is cheapest is then not told; what decides is named, the largest part first.
    assert [number.what for number, _ in found.total.swings] == ["E, on peak of TOU", "on-peak hours of TOU"]


def test_hours_that_alone_change_nothing_still_count_with_another_price() -> None:
    # With the on-peak price equal to the other, hours do not matter; with its alternative they do.
    on = {"value": "0.06", "status": "assumed", "alternatives": ["0.50"]}
    made = timed(on, status="assumed", alternatives=["16:00-20:00"])
    for full in (512, 1):
        found = compare(candidates(made), usage(), SPANS, full=full).options[0].years[2025].total
        assert found.way == ("product" if full > 1 else "corners")
        assert found.low == sum(timed_bills("0.06", "0.06"))
        assert found.high == max(sum(timed_bills("0.50", "0.06", *hours)) for hours in ((14, 18), (16, 20)))


def test_an_assumption_without_an_alternative_leaves_the_range_open() -> None:
    found = compare(candidates(flat("FLAT", "0.10"), timed("0.30", status="assumed")), usage(), SPANS)
    total = found.options[1].years[2025].total
    assert not total.sure
    assert [one.what for one in total.open] == ["on-peak hours of TOU"]
    best = found.best[2025]
    assert best.name is None
    assert [one.what for one in best.settles] == ["on-peak hours of TOU"]


def rider(code: str, rate: str) -> Tariff:
    """A flat schedule with a rider whose value is assumed."""
    value = {"start": "2020-01", "value": 1, "status": "assumed", "alternatives": [4]}
    charge = {"charge": "rider", "name": "Mandate", "rider": "M", "unit": "month", "values": [value]}
    return schedule(code, [{"charge": "energy", "name": "E", "rates": [{"rate": rate}]}, charge])


def test_a_rider_that_both_schedules_have_cancels_out_of_their_difference() -> None:
    found = compare(candidates(rider("A", "0.10"), rider("B", "0.11")), usage(), SPANS)
    one, other = (option.years[2025] for option in found.options)
    assert one.total.high - one.total.low == 36  # twelve times three dollars
    assert other.difference is not None
    assert other.difference.low == other.difference.high
    assert found.best[2025].name == "test/A"


def test_only_numbers_of_the_months_and_class_that_are_priced_count() -> None:
    values = [
        {"start": "2020-01", "end": "2024-12", "value": 1, "status": "assumed"},
        {
            "start": "2025-01", "status": "assumed", "by_class": {"residential": 2, "commercial": 9},
            "alternatives_by_class": {"residential": [3], "commercial": [99]},
        },
    ]  # fmt: skip
    charge = {"charge": "rider", "name": "Mandate", "rider": "M", "unit": "month", "values": values}
    made = schedule("A", [{"charge": "energy", "name": "E", "rates": [{"rate": "0.1"}]}, charge])
    (found,) = assumed(made, [0], ["2025-03"], Account(kind="residential"))
    assert (found.value, found.others) == (2, (3,))
    assert {charge.values[1].by_class["residential"] for one in corners(made, [found])
            for charge in one.versions[0].charges[1:]} == {2, 3}  # type: ignore[union-attr] # fmt: skip


def test_a_schedule_that_is_not_in_force_in_a_year_says_so() -> None:
    late = schedule("LATE", [])
    late = Tariff(**{name: getattr(late, name) for name in late.__struct_fields__} | {"versions": []})
    found = compare(candidates(flat("FLAT", "0.10"), late), usage(), SPANS)
    assert "not in force" in found.options[1].unpriced[2025]
    assert found.options[1].years == {}


def test_the_share_to_move_is_where_both_cost_the_same() -> None:
    found = compare(candidates(flat("FLAT", "0.08"), timed("0.30")), usage(), SPANS)
    base, option = (one.priced[2025] for one in found.options)
    share = off_peak_to_win(option, base, option.months, {}).share
    assert share is not None
    assert 0 < share < 1000
    on = sum(Decimal(wh) / 1000 for at, wh in load() if at.weekday() < 5 and 14 <= at.hour < 18)
    all_ = sum(Decimal(wh) / 1000 for _, wh in load())
    # 0.08 × all = 0.06 × all + 0.24 × on × (1 − share)
    by_hand = 1 - Decimal("0.02") * all_ / (Decimal("0.24") * on)
    assert abs(Decimal(share) / 1000 - by_hand) < Decimal("0.002")
    dear = option.dear({})
    changed = moved(usage(), option.plan.axis, dear, share)
    assert changed.delivered.sum() == usage().delivered.sum()
    assert (changed.delivered >= 0).all()


@pytest.mark.parametrize(("at", "share"), [(0, 0), (1, 1), (333, 333), (1000, 1000), (1001, None)])
def test_break_even_finds_the_first_share_that_is_enough(at: int, share: int | None) -> None:
    assert break_even(lambda moved_: Decimal(at - moved_)).share == share


def test_a_kwh_more_costs_its_price_and_the_demand_that_it_sets() -> None:
    rates = [{"period": "on-peak", "rate": 10}]
    made = schedule(
        "D",
        [
            {"charge": "energy", "name": "E", "rates": [{"rate": "0.08"}]},
            {"charge": "demand", "name": "Demand", "minutes": 15, "rates": rates},
        ],
        periods=periods(),
    )
    laid = plan(made, SPANS, first=START, end=END, step_s=STEP)
    table = marginal_costs(laid, usage())
    assert table[6][15] == table[2][9] == Decimal("0.08")
    highest = {
        month: max(wh for at, wh in load() if at.month == month and at.weekday() < 5 and 14 <= at.hour < 18)
        for month in range(1, 13)
    }
    # By hand: a quarter of a kWh more in each quarter hour of Wednesdays from 17:00, all year.
    more, hours = Decimal(0), 0
    for month in range(1, 13):
        here = [(at, wh) for at, wh in load() if at.month == month and at.weekday() < 5 and 14 <= at.hour < 18]
        raised = [wh + 250 * (at.weekday() == 2 and at.hour == 17) for at, wh in here]
        more += Decimal(max(raised) - highest[month]) * 4 / 100
        hours += len({at.date() for at, _ in here if at.weekday() == 2})
    dear = table[2][17]
    assert dear is not None
    assert more > 0
    assert abs(dear - (Decimal("0.08") + more / hours)) < Decimal("0.000001")
    found = peaks(laid, usage())
    assert sorted(one.kw for one in found) == sorted(Decimal(wh) * 4 / 1000 for wh in highest.values())
    bills = price(laid, usage())
    assert [bill.lines[1].amount for bill in bills] == [cents(Decimal(highest[m]) * 4 / 100) for m in range(1, 13)]


def test_what_demand_is_averaged_over_may_be_assumed_and_then_gives_a_range() -> None:
    demand = {"charge": "demand", "name": "D", "minutes": 15, "minutes_status": "assumed", "rates": [{"rate": 10}]}
    energy = {"charge": "energy", "name": "E", "rates": [{"rate": "0.05"}]}
    made = schedule("D", [energy, demand | {"minutes_alternatives": [60]}])
    rows = load()

    def by_hand(quarters: int) -> Decimal:
        total = Decimal(0)
        for month in range(1, 13):
            wh = [value for at, value in rows if at.month == month]
            first = next(number for number, (at, _) in enumerate(rows) if at.month == month)
            highest = max(sum(wh[at : at + quarters]) for at in range(-first % quarters, len(wh), quarters))
            total += cents(Decimal(sum(wh)) / 1000 * Decimal("0.05"))
            total += cents(Decimal(highest) * 4 / quarters / 1000 * 10)
        return total

    found = compare([Candidate(tariff=made, account=Account())], usage(), SPANS).options[0].years[2025].total
    assert found.held == by_hand(1)
    assert {found.low, found.high} == {by_hand(1), by_hand(4)}
    ((number, swing),) = found.swings
    assert number.what == "minutes that D of D is averaged over"
    assert (number.value, number.others) == (15, (60,))
    assert swing == abs(by_hand(1) - by_hand(4))
    bill = compare([Candidate(tariff=made, account=Account())], usage(), SPANS).options[0].years[2025].statements[0]
    assert [line.status for line in bill.lines] == ["published", "assumed"]
    ends = corners(made, assumed(made, [0], ["2025-01"], Account()))
    totals = [
        sum(one.total for one in price(plan(end, SPANS, first=START, end=END, step_s=STEP), usage())) for end in ends
    ]
    assert {min(totals), max(totals)} == {by_hand(1), by_hand(4)}
    unsaid = schedule("D", [energy, demand])
    without = compare([Candidate(tariff=unsaid, account=Account())], usage(), SPANS).options[0].years[2025].total
    assert without.untold
