"""Aggregates of a book: by account, location or group names, in the zones of the utilities, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from meterbook.book import Book, Selection
from meterbook.book.classes import UNKNOWN, RecordedClasses, class_label
from meterbook.model.channel import DAY_S, Channel, FlowDirection, Quantity, ServiceCategory
from meterbook.model.errors import AnalysisError, InputError, NotFound, UsageError
from meterbook.model.statement import Statement
from meterbook.model.units import Unit
from meterbook.store.readings.query.calendar import Window
from meterbook.store.records.values import UtilityRecord

ZONE = ZoneInfo("America/New_York")
KATHMANDU = ZoneInfo("Asia/Kathmandu")


def local(*parts: int, tz: ZoneInfo = ZONE) -> int:
    return int(datetime(*parts, tzinfo=tz).timestamp())  # type: ignore[misc,arg-type]


def channel(account: str, meter: str, **rest: Any) -> Channel:
    return Channel(**{"utility": "ccec", "service_location": f"{account}-1", **rest}, account=account, meter=meter)


ANNA, BERT = channel("100", "A"), channel("200", "B")
SOLAR = channel("100", "A", flow=FlowDirection.RECEIVED)
HOURLY = channel("200", "C", interval_s=3600)
WATER = channel("100", "W", category=ServiceCategory.WATER, unit=Unit.GALLON, interval_s=3600)
DEMAND = channel("200", "B", quantity=Quantity.DEMAND, unit=Unit.KW)
WARM = channel("100", "", category=ServiceCategory.WEATHER, quantity=Quantity.TEMPERATURE_HIGH, unit=Unit.FAHRENHEIT)
FAR = channel("900", "K", utility="far")


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with Book.open(tmp_path / "book") as opened:
        for slug, tz in (("ccec", ZONE), ("far", KATHMANDU)):
            opened.records.save_utility(
                UtilityRecord(
                    slug=slug,
                    name=slug,
                    host="",
                    zone=tz.key,
                    state="",
                    how="given",
                    at=datetime(2025, 1, 1, tzinfo=UTC),
                )
            )
        yield opened


def hold(book: Book, *series: tuple[Channel, dict[int, int], int]) -> None:
    """Store series given as channel, value by start, and scale."""
    numbers = book.records.channel_ids([item for item, _, _ in series])
    rows = sorted(
        (number, at, value, scale)
        for number, (_, values, scale) in zip(numbers, series, strict=True)
        for at, value in values.items()
    )
    columns = np.array(rows, np.int64).T
    ts = pa.array((columns[1] * 1_000_000).view("datetime64[us]"), pa.timestamp("us", "UTC"))
    table = pa.table(
        {
            "channel_id": columns[0].astype(np.int32),
            "ts": ts,
            "value": columns[2],
            "scale": columns[3].astype(np.int8),
            "quality": np.zeros(len(rows), np.int8),
        }
    )
    book.lake.load([table], load_id=1)


def rows(table: pa.Table, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in table.to_pylist()]


def test_months_of_accounts_are_local_and_exact(book: Book) -> None:
    # The last quarter hour of February and the first of March, local time; Bert's meter tells tenths of a Wh.
    start = local(2025, 3, 1)
    hold(book, (ANNA, {start - 900: 111, start: 222}, 3), (BERT, {start: 3333, start + 900: 4444}, 4))
    found = book.aggregate()
    assert rows(found, "group", "period", "sum", "count") == [
        ("ccec/100", "2025-02", Decimal("0.111"), 1),
        ("ccec/100", "2025-03", Decimal("0.222"), 1),
        ("ccec/200", "2025-03", Decimal("0.7777"), 2),
    ]
    assert rows(found, "unit", "flow", "interval_s")[0] == ("kWh", "delivered", None)
    assert rows(found, "start", "end")[1] == (
        datetime(2025, 3, 1, 5, tzinfo=UTC),
        datetime(2025, 4, 1, 4, tzinfo=UTC),  # the clock changed in between
    )


def test_flows_units_and_commodities_are_never_put_together(book: Book) -> None:
    at = local(2025, 7, 1)
    hold(book, (ANNA, {at: 5}, 0), (SOLAR, {at: 7}, 0), (WATER, {at: 11}, 0))
    found = book.aggregate(per="account", by="all")
    assert sorted(rows(found, "category", "flow", "unit", "sum")) == [
        ("electricity", "delivered", "kWh", Decimal(5)),
        ("electricity", "received", "kWh", Decimal(7)),
        ("water", "delivered", "gal", Decimal(11)),
    ]


def test_groups_may_have_any_name_by_meter_location_or_account(book: Book) -> None:
    at = local(2025, 7, 1)
    hold(book, (ANNA, {at: 1}, 0), (BERT, {at: 2}, 0), (HOURLY, {at: 4}, 0))
    found = book.aggregate(per={"A": "east feeder", "200-1": "west feeder", "B": "east feeder"}, by="day")
    assert rows(found, "group", "sum") == [("east feeder", Decimal(3)), ("west feeder", Decimal(4))]
    assert len(book.aggregate(per={"100": "one"})) == 1


def test_lengths_add_up_but_their_highest_readings_stay_apart(book: Book) -> None:
    at = local(2025, 7, 1)
    hold(book, (BERT, {at: 3, at + 900: 2}, 0), (HOURLY, {at: 9}, 0))
    assert rows(book.aggregate(per="utility"), "group", "sum", "count") == [("ccec", Decimal(14), 3)]
    found = book.aggregate(per="utility", measures=["max", "max_at"])
    assert rows(found, "interval_s", "max", "max_at") == [
        (3600, Decimal(9), datetime.fromtimestamp(at, UTC)),
        (900, Decimal(3), datetime.fromtimestamp(at, UTC)),
    ]


def test_time_of_use_shares_are_never_added_to_what_they_repeat(book: Book) -> None:
    at = local(2025, 7, 1)
    hold(book, (ANNA, {at: 5}, 0), (channel("100", "A", tou_period="on"), {at: 2}, 0))
    assert rows(book.aggregate(per="utility"), "sum") == [(Decimal(5),)]
    found = book.aggregate(Selection(tou=True), per="utility")
    assert sorted(rows(found, "tou_period", "sum"), key=str) == [("on", Decimal(2)), (None, Decimal(5))]


def test_each_utility_is_asked_in_its_own_zone(book: Book) -> None:
    # Midnight of 1 July in Kathmandu is 18:15 UTC of 30 June.
    at = local(2025, 7, 1, tz=KATHMANDU)
    hold(book, (FAR, {at - 900: 1, at: 2}, 0), (ANNA, {at: 4}, 0))
    found = book.aggregate(per="utility", by="day")
    assert rows(found, "group", "period", "sum") == [
        ("ccec", "2025-06-30", Decimal(4)),
        ("far", "2025-06-30", Decimal(1)),
        ("far", "2025-07-01", Decimal(2)),
    ]


def test_time_of_use_across_the_clock_change_follows_the_clock(book: Book) -> None:
    # Monday 10 March 2025 is the first weekday of summer time: 6 to 10 o'clock is 10 to 14 UTC then, 11 to 15 before.
    friday, monday = local(2025, 3, 7), local(2025, 3, 10)
    hold(book, (ANNA, {day + 900 * slot: 1 for day in (friday, monday) for slot in range(96)}, 0))
    peak = Window(name="on-peak", start_minute=360, end_minute=600, weekdays=frozenset(range(5)))
    march = Selection(since="2025-03-01", until="2025-04-01")
    found = book.aggregate(march, by="tou", windows=[peak])
    assert dict(rows(found, "period", "sum")) == {"on-peak": Decimal(32), "off-peak": Decimal(160)}
    assert "start" not in found.column_names
    off = book.aggregate(march, by="tou", windows=[peak], holidays=[date(2025, 3, 10)])
    assert dict(rows(off, "period", "sum"))["on-peak"] == Decimal(16)


def test_bills_have_their_own_periods(book: Book) -> None:
    read = [local(2025, 3, 4, 9, 30), local(2025, 4, 3, 10), local(2025, 5, 2, 9)]
    hold(
        book,
        (ANNA, {read[0] - 900: 1, read[0]: 2, read[1] - 900: 4, read[1]: 8, read[2]: 16}, 0),
        (BERT, {read[0]: 1}, 0),
    )
    book.records.save_statements(
        [
            Statement(
                account="100",
                bill_date=datetime.fromtimestamp(end, UTC).date(),
                issued=datetime.fromtimestamp(end, UTC),
                read_start=datetime.fromtimestamp(start, UTC),
                read_end=datetime.fromtimestamp(end, UTC),
            )
            for start, end in pairwise(read)
        ],
        source="test",
        at=datetime(2025, 6, 1, tzinfo=UTC),
        utility="ccec",
    )
    found = book.aggregate(by="bill")
    assert rows(found, "group", "period", "sum") == [
        ("ccec/100", "2025-03-04/2025-04-03", Decimal(6)),
        ("ccec/100", "2025-04-03/2025-05-02", Decimal(8)),
    ]


def test_bills_that_are_not_there_are_said_so(book: Book) -> None:
    hold(book, (ANNA, {0: 1}, 0))
    with pytest.raises(NotFound, match="no bills"):
        book.aggregate(by="bill")


def test_demand_and_temperature_are_never_summed(book: Book) -> None:
    at = local(2025, 7, 1)
    hold(book, (DEMAND, {at: 31, at + 900: 52}, 1), (WARM, {at: 88, at + 900: 91}, 0))
    with pytest.raises(UsageError, match="demands can't be summed") as refused:
        book.aggregate(Selection(quantities=frozenset({Quantity.DEMAND})), measures=["sum"])
    assert "highest" in str(refused.value.hint)
    warm = Selection(quantities=frozenset({Quantity.TEMPERATURE_HIGH}))
    with pytest.raises(UsageError, match="temperatures can't be summed"):
        book.aggregate(warm, measures=["sum", "max"])
    with pytest.raises(UsageError, match="temperatures can't be summed"):
        book.load_shapes(warm)
    with pytest.raises(UsageError, match="coincident peak"):
        book.coincident_peaks(warm)
    both = Selection(quantities=frozenset({Quantity.DEMAND, Quantity.TEMPERATURE_HIGH}))
    found = book.aggregate(both)
    assert "sum" not in found.column_names
    assert rows(found, "quantity", "max", "min") == [
        ("demand", Decimal("5.2"), Decimal("3.1")),
        ("temperature-high", Decimal(91), Decimal(88)),
    ]


def test_days_are_not_divided_into_hours(book: Book) -> None:
    hold(book, (channel("100", "D", interval_s=DAY_S), {local(2025, 7, 1): 1}, 0))
    with pytest.raises(AnalysisError, match="readings of a day can't be shown by hour"):
        book.aggregate(by="hour")


def test_a_word_that_is_not_known_is_refused(book: Book) -> None:
    with pytest.raises(InputError, match="'fortnight' is not known"):
        book.aggregate(by="fortnight")


def test_the_coincident_peak_is_that_of_all_and_tells_demand(book: Book) -> None:
    at = local(2025, 7, 1, 17)
    hold(book, (ANNA, {at - 900: 900, at: 600}, 3), (BERT, {at: 700, at + 900: 800}, 3))
    assert rows(book.coincident_peaks(), "group", "period", "start", "sum", "kw", "count") == [
        ("ccec", "2025-07", datetime.fromtimestamp(at, UTC), Decimal("1.300"), Decimal("5.200"), 2)
    ]


def test_shapes_of_channels_are_of_readings_and_those_of_groups_of_totals(book: Book) -> None:
    days = [local(2025, 7, day, 7) for day in (1, 2, 3)]
    hold(
        book, (ANNA, dict(zip(days, (1, 2, 3), strict=True)), 0), (BERT, dict(zip(days, (30, 10, 20), strict=True)), 0)
    )
    alone = book.load_shapes(per="channel", percents=[50])
    assert rows(alone, "period", "p50", "count") == [("07 weekday", Decimal(2), 3), ("07 weekday", Decimal(20), 3)]
    together = book.load_shapes(percents=[0, 50, 100])
    assert rows(together, "p00", "p50", "p100", "sum") == [(Decimal(12), Decimal(23), Decimal(31), Decimal(66))]


def test_gaps_are_told_with_whose_they_are(book: Book) -> None:
    at = local(2025, 7, 1)
    hold(book, (ANNA, {at: 1, at + 2700: 1}, 0), (HOURLY, {at: 1}, 0))
    found = book.gaps()
    assert rows(found, "account", "meter", "interval_s", "intervals") == [("100", "A", 900, 2)]
    assert rows(found, "start", "end") == [
        (datetime.fromtimestamp(at + 900, UTC), datetime.fromtimestamp(at + 2700, UTC))
    ]
    until = book.gaps(Selection(until="2025-07-02"))
    assert rows(until, "meter", "intervals") == [("A", 2), ("A", 92), ("C", 23)]


def test_totals_of_a_utility_are_those_of_its_channels(book: Book) -> None:
    at = local(2025, 7, 1)
    hold(book, *((channel(str(n), f"M{n}"), {at + 900 * slot: n for slot in range(n)}, n % 4) for n in range(1, 9)))
    total = book.aggregate(per="utility", by="hour")
    each = book.aggregate(per="channel", by="hour")
    hours = {row[0] for row in rows(each, "period")}
    assert dict(rows(total, "period", "sum")) == {
        hour: sum(value for period, value in rows(each, "period", "sum") if period == hour) for hour in hours
    }


def test_every_channel_has_a_class_and_new_ones_are_seen(book: Book) -> None:
    classes = RecordedClasses(book.records)
    one, solar = book.records.channel_ids([ANNA, SOLAR])
    told = classes(np.array([one, solar, 77], np.int32))
    assert [told.classes[number].label for number in told.of] == [class_label(ANNA), class_label(SOLAR), UNKNOWN.label]
    assert {cls.zone for cls in told.classes} == {ZONE.key, "UTC"}
    (far,) = book.records.channel_ids([FAR])
    assert classes(np.array([far], np.int32)).classes[0].zone == KATHMANDU.key


def test_a_channel_that_was_taken_for_another_changes_its_class(book: Book) -> None:
    classes = RecordedClasses(book.records)
    (number,) = book.records.channel_ids([ANNA])
    asked = np.array([number], np.int32)
    assert classes(asked).classes[0].label == class_label(ANNA)
    net = replace(ANNA, flow=FlowDirection.NET)
    assert book.records.rename_channel(number, net)
    assert classes(asked).classes[0].label == class_label(net)


def test_what_another_process_renamed_is_seen(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meterbook.book.classes._LOOK_EVERY_S", 0.0)
    classes = RecordedClasses(book.records)
    (number,) = book.records.channel_ids([ANNA])
    asked = np.array([number], np.int32)
    classes(asked)
    with Book.open(book.folder) as other:
        other.records.rename_channel(number, replace(ANNA, flow=FlowDirection.NET))
    assert classes(asked).classes[0].label == class_label(replace(ANNA, flow=FlowDirection.NET))


def test_a_time_of_use_share_is_in_no_class_with_what_it_repeats() -> None:
    share = channel("100", "A", tou_period="on")
    assert class_label(share) == class_label(ANNA) + "/on"
