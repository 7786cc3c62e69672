"""Loads as they would be: energy is conserved, limits are kept, clock changes and edges do no harm."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from tariffs.by_hand import END, START, STEP, ZONE, tariff, usage

from meterbook.model.errors import UsageError
from meterbook.tariffs.inputs import Usage, months
from meterbook.tariffs.plan import Plan, plan
from meterbook.tariffs.pricing import price
from meterbook.tariffs.whatif import Known, composed, setting_of, shift_of
from meterbook.tariffs.whatif.setting import net_of
from meterbook.tariffs.whatif.sun import generation
from meterbook.tariffs.whatif.thermostat import response

SPANS = months(START, END, ZONE)
PERIODS = {
    "tou": {
        "on-peak": [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "14:00", "end": "18:00"}],
        "off-peak": "rest",
    }
}
TIMED = tariff(
    [
        {
            "charge": "energy", "name": "E",
            "rates": [{"period": "on-peak", "rate": "0.30"}, {"period": "off-peak", "rate": "0.06"}],
        },
        {"charge": "demand", "name": "D", "minutes": 15, "rates": [{"period": "on-peak", "rate": 10}]},
        {"charge": "demand", "name": "All", "minutes": 15, "rates": [{"rate": 2}]},
    ],
    periods=PERIODS,
)  # fmt: skip
FLAT = tariff([{"charge": "energy", "name": "E", "rates": [{"rate": "0.1"}]}])
HERE = Known(place=(34.8, -76.9))


def laid(schedule: object = TIMED) -> Plan:
    return plan(schedule, SPANS, first=START, end=END, step_s=STEP)  # type: ignore[arg-type]


def changed(text: str, schedule: object = TIMED, known: Known = HERE) -> Usage:
    return shift_of(text, known)(usage(), setting_of(laid(schedule)))


def local(number: int) -> datetime:
    return datetime.fromtimestamp(START + number * STEP, ZONE)


def test_a_heater_moves_four_kwh_of_each_weekday_and_loses_nothing() -> None:
    found = changed("water-heater")
    less = usage().delivered - found.delivered
    assert less.sum() == 0
    by_day: dict[date, int] = {}
    for number in np.flatnonzero(less > 0).tolist():
        at = local(number)
        assert at.weekday() < 5
        assert 14 <= at.hour < 18
        by_day[at.date()] = by_day.get(at.date(), 0) + int(less[number])
    assert max(by_day.values()) <= 4000
    assert min(by_day.values()) > 2000  # days whose on-peak use is less than 4 kWh move what they have
    assert all(local(number).hour < 5 for number in np.flatnonzero(less < 0).tolist())
    assert (changed("water-heater", FLAT).delivered == usage().delivered).all()


def test_a_car_takes_its_kwh_every_night_on_clock_changes_too() -> None:
    more = changed("ev=10@23:00-05:00").delivered - usage().delivered
    nights: dict[date, int] = {}
    for number in np.flatnonzero(more).tolist():
        at = local(number)
        assert at.hour >= 23 or at.hour < 5
        night = at.date() if at.hour >= 23 else at.date() - timedelta(days=1)
        nights[night] = nights.get(night, 0) + int(more[number])
    edges = (date(2024, 12, 31), date(2025, 12, 31))
    assert all(nights[day] == 10_000 for day in nights if day not in edges)
    assert len(nights) == 366
    assert (nights[edges[0]], nights[edges[1]]) == (8333, 1666)  # five and one of six hours
    evening = changed("ev=7.5@17:00-20:00").delivered - usage().delivered
    assert evening.sum() == 365 * 7500


def test_a_battery_keeps_its_limits_and_loses_only_what_charging_loses() -> None:
    schedule_bill = sum(bill.total for bill in price(laid(), usage()))
    found = changed("battery=13.5/5@90%")
    step = net_of(found) - usage().delivered
    held, most = 0, 0
    for number in step.tolist():
        assert abs(number) <= 5000 * STEP // 3600
        held += number * 900 // 1000 if number > 0 else number
        assert 0 <= held <= 13_500
        most = max(most, held)
    assert most > 13_000
    assert found.received is None
    assert (found.delivered >= 0).all()
    assert sum(bill.total for bill in price(laid(), found)) < schedule_bill
    assert (changed("battery=13.5/5", FLAT).delivered == usage().delivered).all()


def test_a_battery_cuts_the_dear_demand_as_far_as_it_can_be() -> None:
    # One hour on-peak of 4 kW, nothing else: 2 kWh of battery hold it to 2 kW, and 90 % come back.
    first, end = SPANS[5].start, SPANS[5].end
    values = np.zeros((end - first) // STEP, np.int64)
    at = (int(datetime(2025, 6, 10, 15, tzinfo=ZONE).timestamp()) - first) // STEP
    values[at : at + 4] = 1000
    demand = tariff(
        [{"charge": "demand", "name": "D", "minutes": 15, "rates": [{"period": "on-peak", "rate": 10}]}],
        periods=PERIODS,
    )
    made = plan(demand, SPANS[5:6], first=first, end=end, step_s=STEP)
    load = Usage(first=first, step_s=STEP, scale=3, delivered=values)
    found = shift_of("battery=2/4", HERE)(load, setting_of(made))
    assert found.delivered[at : at + 4].tolist() == [500] * 4
    assert price(made, found)[0].total == 20


def test_panels_leave_energy_drawn_less_energy_sent_back_lower_by_what_they_make() -> None:
    found = changed("solar=5")
    made = np.rint(generation(laid().axis, 34.8, -76.9) * 5 * 1000).astype(np.int64)
    assert (net_of(found) == usage().delivered - made).all()
    assert found.received is not None
    assert ((found.delivered == 0) | (found.received == 0)).all()
    assert 1300 < made.sum() / 5 / 1000 < 1500  # kWh a kW a year on the coast of North Carolina
    noon = {month: made[[n for n in range(len(made)) if local(n).month == month]].sum() for month in (6, 12)}
    assert noon[6] > noon[12]
    assert all(made[number] == 0 for number in range(0, len(made), 97) if local(number).hour in (0, 1, 2, 3, 22, 23))
    south = generation(laid().axis, -34.8, 150.0)
    assert south[: 31 * 96].sum() > south[150 * 96 : 181 * 96].sum()  # January above June there


def test_a_set_back_takes_what_answers_to_the_weather() -> None:
    generator = np.random.default_rng(7)
    heating, cooling = generator.uniform(0, 30, 300), generator.uniform(0, 20, 300)
    found = response(10_000 + 400 * heating + 900 * cooling, heating, cooling)
    assert (round(found.base), round(found.heating), round(found.cooling)) == (10_000, 400, 900)
    backwards = response(10_000 - 50 * heating + 900 * cooling, heating, cooling)
    assert backwards.heating == 0
    plain = changed("thermostat=3").delivered
    assert (plain <= usage().delivered).all()
    by_hand = sum(
        wh for number, wh in enumerate(usage().delivered.tolist()) if local(number).month in (12, 1, 2, 3, 6, 7, 8, 9)
    )
    saved = int((usage().delivered - plain).sum())
    assert abs(saved - by_hand * 0.31 * 0.09) < len(plain)  # each interval is rounded down
    night = changed("thermostat=3@22:00-06:00").delivered
    assert all(local(number).hour >= 22 or local(number).hour < 6
               for number in np.flatnonzero(night != usage().delivered).tolist())  # fmt: skip


def test_with_temperatures_the_loads_own_answer_is_taken() -> None:
    first = date(2025, 1, 1)
    means = {first + timedelta(days=day): 65.0 - (day % 31) for day in range(365)}
    days = [local(number).date() for number in range(len(usage().delivered))]
    count = {day: days.count(day) for day in set(days)}
    values = np.array([(48_000 + 960 * int(65 - means[day])) // count[day] for day in days], np.int64)
    load = Usage(first=START, step_s=STEP, scale=3, delivered=values)
    found = shift_of("thermostat=2", Known(means_f=means))(load, setting_of(laid(FLAT)))
    by_hand = sum(960 * min(2, 65 - int(mean)) for mean in means.values())
    assert abs(int((values - found.delivered).sum()) / by_hand - 1) < 0.06


def test_shifts_follow_each_other_in_the_order_given() -> None:
    made = setting_of(laid())
    both = composed([shift_of("ev=8@17:00-20:00", HERE), shift_of("water-heater", HERE)])(usage(), made)
    assert both.delivered.sum() == usage().delivered.sum() + 365 * 8000
    one_by_one = shift_of("water-heater", HERE)(shift_of("ev=8@17:00-20:00", HERE)(usage(), made), made)
    assert (both.delivered == one_by_one.delivered).all()


def test_coarser_loads_become_watt_hours() -> None:
    values = np.full(len(usage().delivered), 1, np.int64)
    load = Usage(first=START, step_s=STEP, scale=0, delivered=values)
    found = shift_of("ev=10", HERE)(load, setting_of(laid()))
    assert found.scale == 3
    assert Decimal(int(found.delivered.sum())).scaleb(-3) > Decimal(int(values.sum()))


@pytest.mark.parametrize(
    "text",
    [
        "heater", "ev", "ev=ten", "ev=10@25:00-05:00", "ev=10@05:00-05:00", "ev=-1", "battery=10", "battery=10/0",
        "battery=10/5@0%", "battery=10/5@120%", "solar=", "solar=5@91,0", "solar=5@x", "thermostat=nan", "ev=1e9",
        "water-heater=4@03:00-04:00",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        shift_of(text, HERE)
    assert "=" in str(caught.value.expected)
