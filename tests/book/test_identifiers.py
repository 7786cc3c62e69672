"""Identifiers of others: reads and exports key on them, for the days on which they held."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from meterbook.book import Book
from meterbook.book.identifying import identify
from meterbook.book.importing import Place
from meterbook.book.readings import named_by
from meterbook.formats import registry
from meterbook.model.errors import BookDamaged
from meterbook.model.identity import IdScheme

ZONE = "America/New_York"


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """Two meters of one account, one after the other: March the old one, April the new one, a reading a day."""
    lines = ["start,end,account,service_location,meter,flow,unit,value,quality"]
    for month, meter in (("03", "OLD"), ("04", "NEW")):
        lines += [
            f"2026-{month}-{day:02}T12:00:00-04:00,2026-{month}-{day:02}T13:00:00-04:00,7001,70,{meter},delivered,kWh,"
            f"{day}.5,actual"
            for day in range(10, 20)
        ]
    path = tmp_path / "usage.csv"
    path.write_text("\n".join(lines) + "\n")
    with Book.open(tmp_path / "book") as opened:
        opened.import_file(path, place=Place(zone=ZONE, utility="ccec"))
        yield opened


def test_an_identifier_passed_on_brings_each_meter_for_its_own_days(book: Book) -> None:
    identify(book, "meter", "OLD", "ESI-1", scheme="esi-id", until=date(2026, 3, 15))
    identify(book, "meter", "NEW", "ESI-1", scheme="esi-id", since=date(2026, 4, 12))
    found = {item.series.channel.meter: len(item.series) for item in book.readings(meter="ESI-1")}
    assert found == {"OLD": 5, "NEW": 8}
    assert len(book.readings(meter="OLD")) == 10


def test_an_account_is_found_by_the_number_another_system_gives_it(book: Book) -> None:
    identify(book, "account", "7001", "PM-9", scheme="portfolio-manager")
    assert len(book.readings("PM-9")) == 20


def test_an_export_keys_on_the_identifiers_asked_for_and_leaves_empty_what_has_none(book: Book) -> None:
    identify(book, "meter", "NEW", "ESI-1", scheme="esi-id")
    identify(book, "account", "7001", "ESI-A", scheme="esi-id")
    sink = io.BytesIO()
    registry.write("csv", named_by(book.records, book.readings(), IdScheme.ESI_ID).for_export(missing=False), sink)
    rows = list(csv.DictReader(io.StringIO(sink.getvalue().decode())))
    assert {(row["account"], row["service_location"], row["meter"]) for row in rows} == {
        ("ESI-A", "", ""),
        ("ESI-A", "", "ESI-1"),
    }
    assert sum(row["meter"] == "ESI-1" for row in rows) == 10


def test_readings_whose_records_are_lost_are_not_taken_for_a_new_book(book: Book) -> None:
    folder = book.folder
    book.close()
    (folder / "records.sqlite").unlink()
    with pytest.raises(BookDamaged, match=r"records\.sqlite"):
        Book.open(folder)
    assert any(path.suffix == ".parquet" for path in folder.rglob("*"))
