"""The tables of the records. One list of tables serves SQLite and PostgreSQL; migrations make what stands here.

Numbers of channels and loads are int32, as the lake stores them. No number is given twice, even after a deletion, so
that nothing left over can be taken for something new.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect

REVISIONS = ("0001", "0002")
"""Every revision that this version can read from, oldest first; the last one is what it writes."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware datetime as UTC epoch microseconds: exact, sortable, and the same in every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Epoch microseconds of an aware datetime."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a zone is not an instant")
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """The datetime in UTC."""
        return None if value is None else _EPOCH + int(value) * _MICROSECOND


class Exact(TypeDecorator[Decimal]):
    """A decimal as its text: SQLite would make a float of it."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        """Text of a decimal, all its zeros kept."""
        return None if value is None else str(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        """The decimal."""
        return None if value is None else Decimal(value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def id_column() -> Column[int]:
    """A row's number."""
    return Column("id", Integer, primary_key=True)


def text_column(name: str, default: str | None = None) -> Column[str]:
    """A text that is always there."""
    return Column(name, String, nullable=False, server_default=default)


def seen_columns() -> tuple[Column[datetime], Column[datetime]]:
    """When a row was told of first, and last."""
    return Column("first_seen", Instant, nullable=False), Column("last_seen", Instant, nullable=False)


counter = Table(
    "counter",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Integer, nullable=False),
)

authorization = Table(
    "authorization_grant",
    metadata,
    id_column(),
    text_column("grantor"),
    text_column("grantee"),
    text_column("relation"),
    text_column("purpose"),
    Column("scopes", JSON, nullable=False),
    Column("accounts", JSON, nullable=False),
    Column("starts", Instant, nullable=False),
    Column("ends", Instant),
    Column("revoked", Instant),
    text_column("evidence", ""),
    sqlite_autoincrement=True,
)

connection = Table(
    "connection",
    metadata,
    id_column(),
    text_column("utility"),
    text_column("name"),
    text_column("host"),
    text_column("zone"),
    text_column("user_name"),
    Column("authorization_id", ForeignKey("authorization_grant.id"), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("ca", String),
    Column("active", Boolean, nullable=False),
    UniqueConstraint("utility", "host", "user_name"),
    sqlite_autoincrement=True,
)

account = Table(
    "account",
    metadata,
    id_column(),
    Column("connection_id", ForeignKey("connection.id"), nullable=False),
    text_column("utility"),
    text_column("number"),
    text_column("customer"),
    text_column("name"),
    Column("active", Boolean, nullable=False),
    Column("prepaid", Boolean, nullable=False),
    *seen_columns(),
    UniqueConstraint("connection_id", "number"),
    Index(None, "utility", "number"),
    sqlite_autoincrement=True,
)

location = Table(
    "service_location",
    metadata,
    id_column(),
    Column("account_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    text_column("number"),
    text_column("address"),
    text_column("nickname"),
    Column("industries", JSON, nullable=False),
    *seen_columns(),
    UniqueConstraint("account_id", "number"),
    sqlite_autoincrement=True,
)

rate_schedule = Table(
    "rate_schedule",
    metadata,
    id_column(),
    Column("location_id", ForeignKey("service_location.id", ondelete="CASCADE"), nullable=False),
    text_column("code"),
    *seen_columns(),
    UniqueConstraint("location_id", "code"),
    sqlite_autoincrement=True,
)

meter = Table(
    "meter",
    metadata,
    id_column(),
    Column("location_id", ForeignKey("service_location.id", ondelete="CASCADE"), nullable=False),
    text_column("number"),
    text_column("category"),
    Column("installed", Date),
    Column("removed", Date),
    *seen_columns(),
    UniqueConstraint("location_id", "number", "category"),
    sqlite_autoincrement=True,
)

external_id = Table(
    "external_id",
    metadata,
    id_column(),
    text_column("kind"),
    text_column("owner"),
    text_column("scheme"),
    text_column("value"),
    Column("since", Date),
    Column("until", Date),
    UniqueConstraint("kind", "owner", "scheme", "value"),
    Index(None, "value"),
    sqlite_autoincrement=True,
)

channel = Table(
    "channel",
    metadata,
    id_column(),
    text_column("key"),
    text_column("utility"),
    text_column("account"),
    text_column("service_location"),
    text_column("meter"),
    text_column("register"),
    text_column("category"),
    text_column("quantity"),
    text_column("flow"),
    text_column("unit"),
    Column("interval_s", Integer, nullable=False),
    Column("tou_period", String),
    UniqueConstraint("key"),
    Index(None, "utility", "account"),
    sqlite_autoincrement=True,
)

lake_deletion = Table(
    "lake_deletion",
    metadata,
    Column("channel_id", Integer, primary_key=True, autoincrement=False),
)

load = Table(
    "load",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    text_column("kind"),
    text_column("source"),
    Column("at", Instant, nullable=False),
    text_column("detail"),
    Column("digest", String),
    Column("rows_new", BigInteger),
    Column("rows_revised", BigInteger),
    Column("rows_unchanged", BigInteger),
    Index(None, "at"),
)

stream = Table(
    "stream",
    metadata,
    id_column(),
    Column("connection_id", ForeignKey("connection.id"), nullable=False),
    text_column("account"),
    text_column("service_location"),
    text_column("industry"),
    text_column("frame"),
    Column("known", Boolean, nullable=False),
    Column("floor", BigInteger),
    Column("connected", BigInteger),
    Column("has_interval", Boolean),
    Column("last_start", BigInteger),
    Column("done_run", BigInteger),
    UniqueConstraint("connection_id", "account", "service_location", "industry", "frame", name="uq_stream_what"),
    sqlite_autoincrement=True,
)

run = Table(
    "sync_run",
    metadata,
    id_column(),
    Column("connection_id", ForeignKey("connection.id"), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("horizon", BigInteger, nullable=False),
    text_column("state"),
    Column("finished_at", Instant),
    Index(None, "connection_id", "state"),
    sqlite_autoincrement=True,
)

window = Table(
    "sync_window",
    metadata,
    id_column(),
    Column("run_id", ForeignKey("sync_run.id"), nullable=False),
    Column("stream_id", ForeignKey("stream.id"), nullable=False),
    Column("ask_start", BigInteger, nullable=False),
    Column("ask_end", BigInteger, nullable=False),
    Column("keep_start", BigInteger, nullable=False),
    Column("keep_end", BigInteger, nullable=False),
    text_column("state"),
    Column("rows", BigInteger, nullable=False),
    Column("rows_new", BigInteger, nullable=False),
    Column("rows_revised", BigInteger, nullable=False),
    Column("rows_unchanged", BigInteger, nullable=False),
    Column("load_id", ForeignKey("load.id")),
    Column("at", Instant),
    Column("error", String),
    UniqueConstraint(
        "run_id", "stream_id", "ask_start", "ask_end", "keep_start", "keep_end", name="uq_sync_window_request"
    ),  # named: PostgreSQL takes 63 characters
    Index(None, "stream_id", "state"),
    Index(None, "load_id"),
    sqlite_autoincrement=True,
)

finding = Table(
    "finding",
    metadata,
    id_column(),
    text_column("key"),
    text_column("name"),
    text_column("message"),
    text_column("utility"),
    Column("account", String),
    Column("channel_id", ForeignKey("channel.id", ondelete="CASCADE")),
    Column("load_id", ForeignKey("load.id")),
    Column("start", BigInteger),
    Column("end", BigInteger),
    Column("data", JSON, nullable=False),
    *seen_columns(),
    Column("closed_at", Instant),
    UniqueConstraint("key"),
    Index(None, "account"),
    Index(None, "channel_id"),
    sqlite_autoincrement=True,
)

import_profile = Table(
    "import_profile",
    metadata,
    Column("name", String, primary_key=True),
    Column("mapping", JSON, nullable=False),
)

utility = Table(
    "utility",
    metadata,
    Column("slug", String, primary_key=True),
    text_column("name"),
    text_column("host"),
    text_column("zone"),
    text_column("state"),
    text_column("how"),
    Column("at", Instant, nullable=False),
)

setting = Table(
    "setting",
    metadata,
    Column("key", String, primary_key=True),
    text_column("value"),
)

audit = Table(
    "audit",
    metadata,
    id_column(),
    Column("at", Instant, nullable=False),
    text_column("actor"),
    text_column("action"),
    text_column("subject"),
    text_column("detail"),
    text_column("previous"),
    text_column("digest"),
    UniqueConstraint("previous"),
    sqlite_autoincrement=True,
)
