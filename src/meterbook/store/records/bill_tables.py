"""The tables of balances, bills and documents, beside those of :mod:`.schema`.

A bill is one row however many sources tell of it. What each source said is kept word for word and by version; what the
sources come to together is kept by version too, so that a report made earlier can be made again.
"""

from __future__ import annotations

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

from meterbook.store.records.schema import Exact, Instant, id_column, metadata, seen_columns, text_column

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


balance = Table(
    "balance",
    metadata,
    id_column(),
    text_column("utility"),
    text_column("account"),
    Column("amount_due", Exact),
    Column("due", Date),
    Column("balance", Exact),
    Column("last_payment", Exact),
    Column("last_payment_on", Date),
    Column("prepaid", Boolean, nullable=False),
    Column("prepaid_daily", Exact),
    *seen_columns(),
    Index(None, "utility", "account"),
    sqlite_autoincrement=True,
)

bill = Table(
    "bill",
    metadata,
    id_column(),
    text_column("utility"),
    text_column("account"),
    text_column("account_key"),
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
    id_column(),
    Column("bill_id", ForeignKey("bill.id", ondelete="CASCADE"), nullable=False),
    text_column("kind"),
    text_column("source"),
    text_column("document"),
    text_column("digest"),
    Column("body", Text, nullable=False),
    *seen_columns(),
    UniqueConstraint("bill_id", "kind", "source", "document", "digest", name="uq_bill_source_what"),
    sqlite_autoincrement=True,
)

bill_version = Table(
    "bill_version",
    metadata,
    id_column(),
    Column("bill_id", ForeignKey("bill.id", ondelete="CASCADE"), nullable=False),
    text_column("digest"),
    Column("body", Text, nullable=False),
    *seen_columns(),
    UniqueConstraint("bill_id", "digest"),
    sqlite_autoincrement=True,
)

document = Table(
    "document",
    metadata,
    Column("digest", String, primary_key=True),
    Column("size", BigInteger, nullable=False),
    text_column("media_type"),
    text_column("state"),
    Column("reasons", JSON, nullable=False),
    text_column("reader"),
    Column("first_seen", Instant, nullable=False),
)

document_source = Table(
    "document_source",
    metadata,
    id_column(),
    Column("document", ForeignKey("document.digest", ondelete="CASCADE"), nullable=False),
    text_column("kind"),
    text_column("source"),
    text_column("utility"),
    text_column("account"),
    Column("bill_id", ForeignKey("bill.id", ondelete="CASCADE")),
    *seen_columns(),
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
    id_column(),
    text_column("utility"),
    text_column("account"),
    text_column("ledger"),
    Column("day", Date, nullable=False),
    text_column("bill"),
    text_column("digest"),
    Column("body", Text, nullable=False),
    *seen_columns(),
    UniqueConstraint("utility", "account", "ledger", "day", "bill", "digest", name="uq_ledger_entry_what"),
    sqlite_autoincrement=True,
)
