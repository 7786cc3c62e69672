"""Days and amounts by property: what is written in any known way is read back, and nothing else is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterbook.formats.bill_reports.days import BAD_DAY, first_of_month, read_days
from meterbook.formats.bill_reports.mapping import DateOrder
from meterbook.formats.bill_reports.numbers import BLANK, plain_number, read_numbers
from meterbook.model.calendar import day_number, numbered_day

DAYS = st.dates(date(1990, 1, 1), date(2099, 12, 31))
CENTS = st.decimals(-999_999, 999_999, places=2)


@given(DAYS, st.sampled_from(["%Y-%m-%d", "%m/%d/%Y", "%b %d, %Y", "%d-%b-%Y", "%B %d %Y", "%Y/%m/%d", "%Y%m%d"]))
def test_a_day_is_read_back_from_every_way_to_write_it(day: date, style: str) -> None:
    column = read_days(([day.strftime(style)], np.array([0])), None, BLANK, serials=True)
    assert numbered_day(int(column.days(DateOrder.MONTH_FIRST)[0])) == day


@given(DAYS)
def test_day_first_and_month_first_read_the_same_text_differently(day: date) -> None:
    column = read_days(([f"{day:%d/%m/%Y}"], np.array([0])), None, BLANK, serials=True)
    assert int(column.days(DateOrder.DAY_FIRST)[0]) == day_number(day)
    other = int(column.days(DateOrder.MONTH_FIRST)[0])
    assert other == (day_number(date(day.year, day.day, day.month)) if day.day <= 12 else BAD_DAY)


@given(CENTS)
def test_an_amount_is_read_back_exactly_from_every_way_to_write_it(amount: Decimal) -> None:
    sign, size = ("-" if amount < 0 else ""), f"{abs(amount):,.2f}"
    ways = [f"{amount:.2f}", f"{sign}${size}", f"${sign}{size}", f" {sign}{size} "]
    if amount < 0:
        ways += [f"({size})", f"(${size})", f"{size}-", f"{size}CR", f"{size} cr"]
    assert {Decimal(plain_number(way) or "nan") for way in ways} == {amount}
    values, bad = read_numbers(pa.array(ways), ".")
    assert not bad.any()
    assert {Decimal(text) for text in values.to_pylist()} == {amount}


@given(st.text(max_size=12))
def test_any_text_is_a_decimal_or_refused(text: str) -> None:
    found = plain_number(text)
    assert found is None or Decimal(found).is_finite()


@pytest.mark.parametrize(
    "text", ["1,23", "1,2345.00", "12,34,567", "1.2.3", "--5", "(5", "5)", "1e5", "0x10", "½", "5%"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    assert plain_number(text) is None


@pytest.mark.parametrize(
    ("text", "month"),
    [("Jan-16", (2016, 1)), ("Sept 2024", (2024, 9)), ("12/2024", (2024, 12)), ("2024-07-01", (2024, 7))],
)
def test_months_are_read(text: str, month: tuple[int, int]) -> None:
    assert first_of_month(text) == date(*month, 1)


@pytest.mark.parametrize("text", ["13/2024", "Foo-16", "2024-07-02", "", "16"])
def test_what_is_no_month_is_none(text: str) -> None:
    assert first_of_month(text) is None
