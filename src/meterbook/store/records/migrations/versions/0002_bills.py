"""Bills of several sources, their versions, and the documents they came as.

Revision: 0002. To be run before the code that needs it.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OLD = sa.table(
    "statement",
    *(sa.column(name) for name in ("id", "utility", "account", "bill", "digest", "body", "source")),
    *(sa.column(name, sa.BigInteger()) for name in ("issued", "first_seen", "last_seen")),
)
_BILL = sa.table(
    "bill",
    *(sa.column(name) for name in ("id", "utility", "account", "account_key", "document_tries")),
    sa.column("bill_date", sa.Date()),
)
_SOURCE = sa.table(
    "bill_source",
    *(sa.column(name) for name in ("bill_id", "kind", "source", "document", "digest", "body")),
    *(sa.column(name) for name in ("first_seen", "last_seen")),
)
_VERSION = sa.table(
    "bill_version", *(sa.column(name) for name in ("bill_id", "digest", "body", "first_seen", "last_seen"))
)


def upgrade() -> None:
    """Make the tables, and take over every version of every statement that there is."""
    op.create_table(
        "bill",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("utility", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("account_key", sa.String(), nullable=False),
        sa.Column("bill_date", sa.Date(), nullable=False),
        sa.Column("temperature_high", sa.String(), nullable=True),
        sa.Column("temperature_low", sa.String(), nullable=True),
        sa.Column("withdrawn", sa.BigInteger(), nullable=True),
        sa.Column("document_tries", sa.Integer(), nullable=False),
        sa.Column("document_tried", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_bill_utility_bill_account_key"), "bill", ["utility", "account_key"], unique=False)
    op.create_table(
        "bill_source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bill_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["bill_id"], ["bill.id"], name=op.f("fk_bill_source_bill_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill_source")),
        sa.UniqueConstraint("bill_id", "kind", "source", "document", "digest", name="uq_bill_source_what"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "bill_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bill_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["bill_id"], ["bill.id"], name=op.f("fk_bill_version_bill_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill_version")),
        sa.UniqueConstraint("bill_id", "digest", name=op.f("uq_bill_version_bill_id_digest")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "document",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("reader", sa.String(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_document")),
    )
    op.create_table(
        "document_source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("utility", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("bill_id", sa.Integer(), nullable=True),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["bill_id"], ["bill.id"], name=op.f("fk_document_source_bill_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["document"], ["document.digest"], name=op.f("fk_document_source_document"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_source")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_document_source_bill_id"), "document_source", ["bill_id"], unique=False)
    op.create_index(op.f("ix_document_source_document"), "document_source", ["document"], unique=False)
    op.create_table(
        "document_deletion",
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_document_deletion")),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("utility", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("ledger", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("bill", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("utility", "account", "ledger", "day", "bill", "digest", name="uq_ledger_entry_what"),
        sqlite_autoincrement=True,
    )
    _take_over()
    op.drop_table("statement")


def _take_over() -> None:
    """A bill for each that the old table told apart by the issuer's identifier or its day, with all its versions."""
    sql = op.get_bind()
    bills: dict[tuple[str, str, str], int] = {}
    for row in sql.execute(sa.select(_OLD).order_by(_OLD.c.last_seen, _OLD.c.id)).all():
        name = (row.utility, row.account, row.bill)
        if name not in bills:
            bills[name] = len(bills) + 1
            values = {
                "id": bills[name],
                "utility": row.utility,
                "account": row.account,
                "account_key": re.sub(r"[\W_]+", "", row.account).upper().lstrip("0"),
                "document_tries": 0,
                "bill_date": _bill_date(row),
            }
            sql.execute(sa.insert(_BILL).values(values))
        body = msgspec.json.encode(_told(msgspec.json.decode(row.body)), order="sorted")
        version = {
            "bill_id": bills[name],
            "digest": hashlib.sha256(body).hexdigest(),
            "body": body.decode(),
            "first_seen": row.first_seen,
            "last_seen": row.last_seen,
        }
        sql.execute(sa.insert(_VERSION).values(version))
        sql.execute(sa.insert(_SOURCE).values(version | {"kind": "portal", "source": row.source, "document": ""}))
    if bills and sql.dialect.name == "postgresql":
        # The numbers were given here, so the sequence has to be told where to go on.
        sql.execute(sa.text("SELECT setval(pg_get_serial_sequence('bill', 'id'), (SELECT max(id) FROM bill))"))


def _told(value: Any) -> Any:
    """A statement's JSON without what it does not say, as it is kept from now on."""
    if isinstance(value, dict):
        return {key: _told(one) for key, one in value.items() if one is not None and one is not False and one != []}
    return [_told(one) for one in value] if isinstance(value, list) else value


def _bill_date(row: Any) -> Any:
    told = msgspec.json.decode(row.body).get("bill_date")
    if told is not None:
        return datetime.fromisoformat(told).date()
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=row.issued)).date()


def downgrade() -> None:
    """Bring back what portals told, as the first version kept it; what came from paper goes."""
    op.create_table(
        "statement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("utility", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("bill", sa.String(), nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
        sa.UniqueConstraint(
            "utility", "account", "bill", "digest", name=op.f("uq_statement_utility_account_bill_digest")
        ),
        sqlite_autoincrement=True,
    )
    sql = op.get_bind()
    told = sa.select(_SOURCE, _BILL.c.utility, _BILL.c.account).join(_BILL, _BILL.c.id == _SOURCE.c.bill_id)
    for row in sql.execute(told.where(_SOURCE.c.kind == "portal", _SOURCE.c.document == "")).all():
        said = msgspec.json.decode(row.body)
        issued = datetime.fromisoformat(said.get("issued", f"{said['bill_date']}T00:00:00+00:00"))
        values = {name: getattr(row, name) for name in ("utility", "account", "digest", "body", "source")}
        values |= {"bill": said.get("source_id") or said["bill_date"], "issued": _microseconds(issued)}
        values |= {"first_seen": row.first_seen, "last_seen": row.last_seen}
        sql.execute(sa.insert(_OLD).values(values))
    for table in (
        "ledger_entry",
        "document_deletion",
        "document_source",
        "document",
        "bill_version",
        "bill_source",
        "bill",
    ):
        op.drop_table(table)


def _microseconds(instant: datetime) -> int:
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
