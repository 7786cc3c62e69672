"""``meterbook year`` on a book that was synced from the practice co-op: readings, weather and bills as they come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from meterbook.book import Book
from meterbook.model.channel import FlowDirection
from meterbook.practice.roster import roster
from meterbook.practice.settings import Settings

Run = Callable[..., Any]
SETTINGS = Settings(today=date(2026, 3, 20), pending=0)


def account_of(name: str) -> str:
    return str(next(one for one in roster(SETTINGS) if one["name"] == name)["accounts"][0]["account"])


def text_of(path: Path) -> str:
    pages = pypdfium2.PdfDocument(path.read_bytes())
    assert len(pages) == 2
    return " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in pages)


def test_metered_months_are_those_that_usage_by_month_tells(synced: Path) -> None:
    account = account_of("household")
    with Book.open(synced) as book:
        facts = book.year(2026, account, today=SETTINGS.today)
        (months,) = book.readings(account, since="2026-01-01", until="2026-03-01", by="month")
    assert facts.metered is not None
    told = [Decimal(int(one)).scaleb(-months.series.scale) for one in months.series.value]
    assert [one.total for one in facts.metered.months[:2]] == told
    assert facts.metered.shape is not None
    assert facts.metered.bands
    assert facts.metered.last < SETTINGS.today
    assert [one.readings for one in facts.metered.months[3:]] == [0] * 9


def test_a_running_year_is_printed_from_a_synced_book(run: Run, synced: Path, tmp_path: Path) -> None:
    target = tmp_path / "year.pdf"
    ran = run("--book", synced, "year", "2026", "--account", account_of("household"), "-o", target)
    assert (ran.code, ran.err) == (0, "")
    text = text_of(target)
    assert "15-minute readings of meter" in text
    assert "Readings run from 1 January to " in text


def test_what_a_solar_home_sends_back_is_told(run: Run, synced: Path, tmp_path: Path) -> None:
    account = account_of("solar")
    with Book.open(synced) as book:
        facts = book.year(2026, account, today=SETTINGS.today)
        (back,) = book.readings(account, since="2026-01-01", flow=FlowDirection.RECEIVED)
    assert facts.sent_back == Decimal(int(back.series.value.sum())).scaleb(-back.series.scale)
    target = tmp_path / "solar.pdf"
    assert run("--book", synced, "year", "2026", "--account", account, "-o", target).code == 0
    assert "Sent back" in text_of(target)


def test_a_meter_read_once_a_month_gives_a_year_without_a_shape(run: Run, synced: Path, tmp_path: Path) -> None:
    target = tmp_path / "mechanical.pdf"
    assert run("--book", synced, "year", "2025", "--account", account_of("mechanical"), "-o", target).code == 0
    assert "the shape of a day is not known" in text_of(target)


def test_several_accounts_ask_for_one_to_be_named(run: Run, synced: Path) -> None:
    ran = run("--book", synced, "year", "2026")
    assert ran.code == 2
    assert "accounts; expected --account" in ran.err


@pytest.mark.parametrize("words", [("1066",), ("2026.5",), ()])
def test_what_is_no_year_is_refused(run: Run, words: tuple[str, ...]) -> None:
    assert run("year", *words).code == 2


def test_an_account_that_is_not_there_is_named(run: Run, synced: Path) -> None:
    ran = run("--book", synced, "year", "2026", "--account", "nobody")
    assert ran.code == 3
    assert "nobody" in ran.err
