"""The tables of balances, bills and documents, beside those of :mod:`.schema`.

A bill is one row however many sources tell of it. What each source said is kept word for word and by version; what the
sources come to together is kept by version too, so that a report made earlier can be made again.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from meterbook.store.records.schema import Exact, Instant, metadata

__all__ = [
    "balance",
    "bill",
    "bill_source",
    "bill_version",
    "document",
    "document_deletion",
    "document_source",
    "ledger_entry",
    "metadata",
]


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _text(name: str) -> Column[str]:
    return Column(name, String, nullable=False)


def _seen() -> tuple[Column[datetime], Column[datetime]]:
    return Column("first_seen", Instant, nullable=False), Column("last_seen", Instant, nullable=False)


balance = Table(
    "balance",
    metadata,
    _id(),
    _text("utility"),
    _text("account"),
    Column("amount_due", Exact),
    Column("due", Date),
    Column("balance", Exact),
    Column("last_payment", Exact),
    Column("last_payment_on", Date),
    Column("prepaid", Boolean, nullable=False),
    Column("prepaid_daily", Exact),
    *_seen(),
    Index(None, "utility", "account"),
    sqlite_autoincrement=True,
)

bill = Table(
    "bill",
    metadata,
    _id(),
    _text("utility"),
    _text("account"),
    _text("account_key"),
    Column("bill_date", Date, nullable=False),
    Column("temperature_high", Exact),
    Column("temperature_low", Exact),
    Column("withdrawn", Instant),
    Column("document_tries", Integer, nullable=False),
    Column("document_tried", Instant),
    Index(None, "utility", "account_key"),
    sqlite_autoincrement=True,
)

bill_source = Table(
    "bill_source",
    metadata,
    _id(),
    Column("bill_id", ForeignKey("bill.id", ondelete="CASCADE"), nullable=False),
    _text("kind"),
    _text("source"),
    _text("document"),
    _text("digest"),
    Column("body", Text, nullable=False),
    *_seen(),
    UniqueConstraint("bill_id", "kind", "source", "document", "digest", name="uq_bill_source_what"),
    sqlite_autoincrement=True,
)

bill_version = Table(
    "bill_version",
    metadata,
    _id(),
    Column("bill_id", ForeignKey("bill.id", ondelete="CASCADE"), nullable=False),
    _text("digest"),
    Column("body", Text, nullable=False),
    *_seen(),
    UniqueConstraint("bill_id", "digest"),
    sqlite_autoincrement=True,
)

document = Table(
    "document",
    metadata,
    Column("digest", String, primary_key=True),
    Column("size", BigInteger, nullable=False),
    _text("media_type"),
    _text("state"),
    Column("reasons", JSON, nullable=False),
    _text("reader"),
    Column("first_seen", Instant, nullable=False),
)

document_source = Table(
    "document_source",
    metadata,
    _id(),
    Column("document", ForeignKey("document.digest", ondelete="CASCADE"), nullable=False),
    _text("kind"),
    _text("source"),
    _text("utility"),
    _text("account"),
    Column("bill_id", ForeignKey("bill.id", ondelete="CASCADE")),
    *_seen(),
    Index(None, "document"),
    Index(None, "bill_id"),
    sqlite_autoincrement=True,
)

document_deletion = Table(
    "document_deletion",
    metadata,
    Column("digest", String, primary_key=True),
)

ledger_entry = Table(
    "ledger_entry",
    metadata,
    _id(),
    _text("utility"),
    _text("account"),
    _text("ledger"),
    Column("day", Date, nullable=False),
    _text("bill"),
    _text("digest"),
    Column("body", Text, nullable=False),
    *_seen(),
    UniqueConstraint("utility", "account", "ledger", "day", "bill", "digest", name="uq_ledger_entry_what"),
    sqlite_autoincrement=True,
)
