"""Schedules written as tariff files and read again: the same to the last digit, and readable."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterbook.model.tariff import Block, Energy, Figure, Fixed, Rate, Source, Tariff, Version
from meterbook.utilities import tariff_loader
from meterbook.utilities.tariff_writer import dump

NAMES = [f"{utility}/{code}" for utility in tariff_loader.utilities() for code in tariff_loader.codes(utility)]


def again(tariff: Tariff) -> Tariff:
    return tariff_loader.parse(dump(tariff).encode(), "written.yaml")


@pytest.mark.parametrize("name", NAMES)
def test_every_schedule_of_the_catalogue_reads_back_the_same(name: str) -> None:
    tariff = tariff_loader.load(tariff_loader.path_of(name))
    assert again(tariff) == tariff


def test_there_are_schedules_to_write() -> None:
    assert "ccec/R" in NAMES


def test_a_schedule_is_written_as_a_person_would() -> None:
    tariff = msgspec.convert(
        {
            "format": "meterbook-tariff/1", "utility": "test", "code": "T", "name": "Test", "zone": "America/New_York",
            "seasons": {"price": {"summer": {"months": [6, 7]}, "winter": {"rest": True}}},
            "periods": {
                "tou": {"on-peak": [{"days": ["mon", "tue"], "start": "06:00", "end": "09:00"}], "rest": "rest"},
            },
            "versions": [
                {
                    "start": "2025-01-01",
                    "charges": [
                        {"charge": "fixed", "name": "Base", "amount": "30.00"},
                        {"charge": "energy", "name": "Energy", "rates": [{"rate": {"value": "0.0998", "source": "s"}}]},
                    ],
                }
            ],
            "sources": {"s": {"title": "A sheet: page 1"}},
        },
        Tariff,
        strict=False,
    )  # fmt: skip
    assert dump(tariff) == GOLDEN


GOLDEN = """\
format: meterbook-tariff/1
utility: test
code: T
name: Test
zone: America/New_York
sources:
  s: {title: 'A sheet: page 1'}
seasons:
  price:
    summer: {months: [6, 7]}
    winter: {rest: true}
periods:
  tou:
    on-peak: [{days: [mon, tue], start: '06:00', end: '09:00'}]
    rest: rest
versions:
  - start: 2025-01-01
    charges:
      - {charge: fixed, name: Base, amount: 30.00}
      - charge: energy
        name: Energy
        rates: [{rate: {value: 0.0998, source: s}}]
"""

numbers = st.decimals(min_value=-1000, max_value=10**6, places=7) | st.sampled_from(
    [Decimal("0"), Decimal("0.00"), Decimal("1E+3"), Decimal("1E-10"), Decimal("-0.0060")]
)
texts = st.text(min_size=1, max_size=40).filter(lambda text: text.casefold() != "null") | st.sampled_from(
    [
        "on",
        "no",
        "1e3",
        "06:00",
        "2025-01-01",
        "~",
        "- a",
        "a: b",
        "#x",
        "  lead",
        "trail  ",
        "a\nb",
        "a\n\n b\n",
        "'",
        '"',
        "é",
        "{",
    ]
)


@settings(max_examples=80, deadline=None)
@given(price=numbers, limit=numbers, name=texts, note=texts, key=texts)
def test_any_numbers_and_texts_read_back_the_same(
    price: Decimal, limit: Decimal, name: str, note: str, key: str
) -> None:
    figure = Figure(value=price, how=note, alternatives=[limit, price])
    rates = [Rate(blocks=[Block(rate=figure, up_to=limit), Block(rate=Decimal("0.1"))])]
    tariff = Tariff(
        format="meterbook-tariff/1", utility=name, code="T", name=name, zone="UTC", note=note,
        sources={key: Source(title=note)},
        versions=[
            Version(
                start=date(2025, 1, 1),
                charges=[Energy(name=name, rates=rates), Fixed(name=name, amount=price)],
                note=note,
            )
        ],
    )  # fmt: skip
    found = again(tariff)
    assert found == tariff
    written = found.versions[0].charges[1]
    assert isinstance(written, Fixed)
    assert isinstance(written.amount, Decimal)
    assert format(written.amount, "f") == format(price, "f")  # to the last digit, zeros too
