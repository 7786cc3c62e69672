"""Which bill a word means, and what is said where it means none or several."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from bill_samples import thirteen

from meterbook.book.bill_months import AccountBills
from meterbook.cli.bills.choosing import chosen_bill
from meterbook.model.calendar import zone
from meterbook.model.errors import NotFound, UsageError
from meterbook.model.statement import Statement
from meterbook.store.records import StoredStatement

NOW = datetime(2026, 2, 10, tzinfo=UTC)


def owner(bills: list[Statement], account: str = "7001001") -> AccountBills:
    stored = tuple(
        StoredStatement(
            id=number, statement=replace(one, account=account), utility="practice", sources=(), first_seen=NOW,
            last_seen=NOW,
        )
        for number, one in enumerate(bills)
    )  # fmt: skip
    return AccountBills(utility="practice", account=account, zone=zone("America/New_York"), stored=stored)


def test_a_bill_is_found_by_the_start_of_its_pdf_s_hash() -> None:
    _, found = chosen_bill([owner(thirteen())], "070707")
    assert found.statement.number == "B7"


def test_five_letters_of_a_hash_are_too_few() -> None:
    with pytest.raises(NotFound, match="no bill is meant by '07070'"):
        chosen_bill([owner(thirteen())], "07070")


def test_a_number_that_two_accounts_have_asks_for_the_account() -> None:
    with pytest.raises(UsageError, match="2 accounts"):
        chosen_bill([owner(thirteen()), owner(thirteen(), "7001002")], "B7")


def test_two_bills_of_one_day_are_told_apart_by_their_numbers() -> None:
    first = thirteen()[0]
    twins = [first, replace(first, number="B0b", source_id="other")]
    with pytest.raises(UsageError, match="2 bills are meant") as told:
        chosen_bill([owner(twins)], first.bill_date.isoformat())
    assert told.value.hint == "Name it by date or number: B0, B0b."


def test_the_latest_is_the_newest_that_stands() -> None:
    bills = thirteen()
    bills.append(replace(bills[-1], bill_date=date(2026, 2, 9), number="B13", cancelled=True))
    _, found = chosen_bill([owner(bills)], "LATEST ")
    assert found.statement.number == "B12"


def test_of_cancelled_bills_alone_the_latest_is_the_newest() -> None:
    _, found = chosen_bill([owner([replace(one, cancelled=True) for one in thirteen()[:2]])], "latest")
    assert found.statement.number == "B1"


@pytest.mark.parametrize("word", ["", "2026-13", "yesterday", "2026-02-30", "' or 1=1"])
def test_a_word_that_means_nothing_is_answered_with_what_there_is(word: str) -> None:
    with pytest.raises(NotFound) as told:
        chosen_bill([owner(thirteen())], word)
    assert told.value.hint == "There are bills for 2025-01 to 2026-01: meterbook bills list"
