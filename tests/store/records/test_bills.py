"""Bills of several sources: which are one, what they come to together, which replace others, and what is never lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from meterbook.model.bill_kinds import BillType
from meterbook.model.provenance import SourceKind
from meterbook.model.statement import LineItem, LineKind, MeterUsage, Statement
from meterbook.store.documents import DocumentFiles
from meterbook.store.records import News, Records, SavedStatement

T0 = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)
USAGE = LineItem(kind=LineKind.ENERGY, label="Usage charge", amount=Decimal("90.00"))
PRINTED = (
    LineItem(kind=LineKind.FIXED_CHARGE, label="Facilities", amount=Decimal("31.50")),
    LineItem(kind=LineKind.ENERGY, label="Energy", amount=Decimal("90.00")),
)
LISTED = Statement(
    account="7001001",
    bill_date=date(2026, 4, 16),
    source_id="U:1",
    amount_due=Decimal("121.50"),
    adjustments=Decimal("0.00"),
    usage=Decimal("900.125"),
    usage_unit="kWh",
    period_start=date(2026, 3, 14),
    period_end=date(2026, 4, 14),
    lines=(USAGE,),
)
PAPER = Statement(
    account="0070-01001",
    bill_date=date(2026, 4, 16),
    number="B-9",
    due_date=date(2026, 5, 7),
    amount_due=Decimal("121.50"),
    current_charges=Decimal("121.50"),
    previous_balance=Decimal("100.00"),
    payments=Decimal("-100.00"),
    balance_forward=Decimal("0.00"),
    period_start=date(2026, 3, 14),
    period_end=date(2026, 4, 13),
    lines=PRINTED,
)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    with Records.open(tmp_path / "records.sqlite") as opened:
        yield opened


def listed(records: Records, *statements: Statement, at: datetime = T0) -> list[SavedStatement]:
    return records.save_statements(statements, source="h.example", at=at, utility="ccec")


def paper(records: Records, statement: Statement, digest: str = "d" * 64, at: datetime = T0) -> SavedStatement:
    (saved,) = records.save_statements(
        [statement], source="bill.pdf", at=at, utility="ccec", kind=SourceKind.FILE, document=digest
    )
    return saved


@pytest.mark.parametrize("first", ["portal", "paper"])
def test_a_bill_of_portal_and_paper_is_one_with_both_sources(records: Records, first: str) -> None:
    for source in ("portal", "paper") if first == "portal" else ("paper", "portal"):
        saved = listed(records, LISTED)[0] if source == "portal" else paper(records, PAPER)
    assert saved.joined
    (bill,) = records.stored_statements()
    one = bill.statement
    assert {source.kind for source in bill.sources} == {SourceKind.PORTAL, SourceKind.FILE}
    assert (one.account, one.number, one.source_id, one.due_date) == ("7001001", "B-9", "U:1", date(2026, 5, 7))
    assert (one.lines, one.usage, one.period_end) == (PRINTED, Decimal("900.125"), date(2026, 4, 13))
    assert saved.findings == ()


@pytest.mark.parametrize(
    "other",
    [
        {"amount_due": Decimal("121.51"), "current_charges": Decimal("121.51")},
        {"bill_date": date(2026, 4, 21)},
        {"period_start": date(2026, 2, 14), "period_end": date(2026, 3, 14)},
        {"account": "7001002"},
    ],
)
def test_two_bills_are_never_made_one(records: Records, other: dict[str, object]) -> None:
    listed(records, LISTED)
    assert paper(records, replace(PAPER, **other)).news is News.NEW  # type: ignore[arg-type]
    assert records.counts().statements == 2


def test_a_bill_that_fits_two_others_is_joined_to_neither(records: Records) -> None:
    twin = replace(LISTED, source_id="U:2")
    listed(records, LISTED, twin)
    assert paper(records, PAPER).news is News.NEW
    assert records.counts().statements == 3


def test_what_a_portal_tells_otherwise_than_the_paper_is_found_and_the_paper_stands(records: Records) -> None:
    (first,) = listed(records, LISTED)
    (saved,) = records.save_statements(
        [replace(PAPER, account="7001001", usage=Decimal(950), usage_unit="kWh")],
        source="h.example", at=T0, utility="ccec", document="e" * 64, bill_id=first.id,
    )  # fmt: skip
    assert saved.statement.usage == Decimal(950)
    (finding,) = saved.findings
    assert (finding.name, finding.data["field"], finding.data["other"]) == ("bill.sources-differ", "usage", "900.125")


def test_a_word_of_the_portal_that_would_break_the_papers_sums_is_not_taken(records: Records) -> None:
    listed(records, replace(LISTED, adjustments=Decimal("-5.00")))
    saved = paper(records, PAPER)
    assert saved.joined
    assert saved.statement.adjustments is None


def test_a_bill_that_is_gone_from_the_middle_of_the_list_was_withdrawn_and_one_past_its_end_is_only_old(
    records: Records,
) -> None:
    old = replace(LISTED, source_id="U:0", bill_date=date(2026, 3, 16), period_start=None, period_end=None)
    new = replace(LISTED, source_id="U:2", bill_date=date(2026, 4, 20))
    listed(records, old, LISTED)
    listed(records, old, new, at=T0 + DAY)
    (finding,) = records.mark_listed("7001001", [old, new], source="h.example", at=T0 + DAY, utility="ccec")
    assert finding.name == "bill.withdrawn"
    first, gone, instead = (one.statement for one in records.stored_statements())
    assert (first.cancelled, gone.cancelled, instead.corrects) == (False, True, "U:1")
    assert records.mark_listed("7001001", [new], source="h.example", at=T0 + 2 * DAY, utility="ccec") == []
    assert [one.cancelled for one in records.statements()] == [False, True, False]
    records.mark_listed("7001001", [old, LISTED, new], source="h.example", at=T0 + 3 * DAY, utility="ccec")
    assert not any(one.cancelled for one in records.statements())


def test_a_list_that_is_empty_for_once_withdraws_nothing(records: Records) -> None:
    listed(records, LISTED)
    assert records.mark_listed("7001001", [], source="h.example", at=T0, utility="ccec") == []
    assert not records.statements()[0].cancelled


def test_a_corrected_bill_on_paper_replaces_the_one_of_its_period(records: Records) -> None:
    paper(records, PAPER)
    later = replace(
        PAPER, number="B-10", bill_date=date(2026, 4, 28), bill_type=BillType.CORRECTED, amount_due=Decimal(99)
    )
    paper(records, replace(later, current_charges=Decimal(99), lines=()), digest="f" * 64)
    assert [one.corrects for one in records.statements()] == [None, "B-9"]


def test_rows_of_a_report_a_service_each_stay_two_and_come_again_as_the_same(records: Records) -> None:
    rows = [
        Statement(account="1", bill_date=date(2026, 4, 14), period_start=date(2026, 3, 14),
                  period_end=date(2026, 4, 14), services=(name,), current_charges=amount)
        for name, amount in (("electric", Decimal(80)), ("water", Decimal(20)))
    ]  # fmt: skip
    for name, news in (("may.csv", News.NEW), ("copy.csv", News.SAME)):
        saved = records.save_statements(rows, source=name, at=T0, utility="u", kind=SourceKind.FILE)
        assert [one.news for one in saved] == [news, news]


def test_the_portal_is_asked_for_a_document_once_and_thrice_at_most_if_it_has_none(records: Records) -> None:
    (saved,) = listed(records, LISTED)
    assert saved.wants_document
    at = T0
    for _ in range(3):
        records.document_missing(saved.id, at)
        assert not listed(records, LISTED, at=at + timedelta(hours=1))[0].wants_document
        at += DAY
    assert not listed(records, LISTED, at=at + 30 * DAY)[0].wants_document
    assert listed(records, replace(LISTED, amount_due=Decimal(1)), at=at + 31 * DAY)[0].wants_document


def test_a_document_is_one_file_that_proves_itself(tmp_path: Path) -> None:
    files = DocumentFiles(tmp_path / "documents")
    digest = files.keep(b"%PDF-1.4 a bill %%EOF")
    assert files.keep(b"%PDF-1.4 a bill %%EOF") == digest
    assert [path.name for path in tmp_path.glob("documents/??/*")] == [f"{digest}.pdf"]
    files.path(digest).write_bytes(b"spoilt")
    assert len(files.verify([digest, "0" * 64]).problems) == 2
    files.keep(b"%PDF-1.4 a bill %%EOF")
    assert files.verify([digest]).problems == ()
    stray = files.keep(b"%PDF another %%EOF")
    assert [path.stem for path in files.strangers([digest])] == [stray]


def test_a_document_goes_with_the_last_account_that_it_is_of(records: Records) -> None:
    for account in ("7001001", "7001002"):
        (saved,) = listed(records, replace(LISTED, account=account))
        records.save_document("a" * 64, 9, kind=SourceKind.PORTAL, source="h.example", at=T0, utility="ccec",
                              account=account, bill_id=saved.id)  # fmt: skip
    records.delete_account_data("ccec", "7001001")
    assert len(records.documents()) == 1
    assert records.pending_document_deletions() == []
    records.delete_account_data("ccec", "7001002")
    assert records.documents() == []
    assert records.pending_document_deletions() == ["a" * 64]


def test_one_bill_that_two_sources_charge_differently_is_one_and_the_difference_is_told(records: Records) -> None:
    paper(records, PAPER)
    row = replace(PAPER, current_charges=Decimal("136.00"), amount_due=Decimal("136.00"), lines=())
    saved = records.save_statements([row], source="r.csv", at=T0, utility="ccec", kind=SourceKind.FILE)
    assert saved[0].joined
    assert {(one.data["field"], one.data["kept"], one.data["other"]) for one in saved[0].findings} == {
        ("current_charges", "121.50", "136.00"), ("amount_due", "121.50", "136.00"),
    }  # fmt: skip
    assert records.stored_statements()[0].statement.amount_due == Decimal("121.50")


def test_without_a_number_the_day_the_period_and_the_use_say_that_it_is_one(records: Records) -> None:
    listed(records, LISTED)
    dear = replace(PAPER, current_charges=Decimal("130.00"), amount_due=Decimal("130.00"), lines=())
    told = replace(dear, number=None, usage=Decimal("900.125"), usage_unit="kWh")
    assert paper(records, told).joined
    assert not paper(records, replace(told, usage=Decimal("901.000")), digest="e" * 64).joined


def test_two_meters_of_an_account_that_used_alike_stay_two_bills(records: Records) -> None:
    rows = [
        replace(
            LISTED, source_id=None, amount_due=Decimal(amount), meters=(MeterUsage(meter=meter, usage=LISTED.usage),)
        )
        for meter, amount in (("L-1", "11.00"), ("L-2", "12.00"))
    ]
    for name, row in zip(("a.csv", "b.csv"), rows, strict=True):
        (saved,) = records.save_statements([row], source=name, at=T0, utility="ccec", kind=SourceKind.FILE)
        assert not saved.joined


def test_a_bill_made_again_later_under_its_number_stays_another_one(records: Records) -> None:
    paper(records, PAPER)
    again = replace(
        PAPER, bill_date=PAPER.bill_date + 8 * DAY, amount_due=Decimal("90.00"), current_charges=Decimal("90.00")
    )
    assert not paper(records, again, digest="e" * 64).joined
