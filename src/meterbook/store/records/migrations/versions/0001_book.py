"""The first tables of a book.

Revision: 0001. To be run before the code that needs it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NO_CHANGE = {
    "sqlite": """
        CREATE TRIGGER audit_no_{verb} BEFORE {VERB} ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
    """,
    "postgresql": """
        CREATE TRIGGER audit_no_{verb} BEFORE {VERB} ON audit
        FOR EACH ROW EXECUTE FUNCTION audit_append_only()
    """,
}
_REFUSE = """
    CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$
"""


def upgrade() -> None:
    """Make all tables, and bar the audit log from changes."""
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint("previous", name=op.f("uq_audit_previous")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "authorization_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grantor", sa.String(), nullable=False),
        sa.Column("grantee", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("accounts", sa.JSON(), nullable=False),
        sa.Column("starts", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=True),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.Column("evidence", sa.String(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorization_grant")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "balance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("utility", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("amount_due", sa.String(), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("balance", sa.String(), nullable=True),
        sa.Column("last_payment", sa.String(), nullable=True),
        sa.Column("last_payment_on", sa.Date(), nullable=True),
        sa.Column("prepaid", sa.Boolean(), nullable=False),
        sa.Column("prepaid_daily", sa.String(), nullable=True),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_balance")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_balance_utility_balance_account"), "balance", ["utility", "account"], unique=False)
    op.create_table(
        "channel",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("utility", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("service_location", sa.String(), nullable=False),
        sa.Column("meter", sa.String(), nullable=False),
        sa.Column("register", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("quantity", sa.String(), nullable=False),
        sa.Column("flow", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("interval_s", sa.Integer(), nullable=False),
        sa.Column("tou_period", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
        sa.UniqueConstraint("key", name=op.f("uq_channel_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_channel_utility_channel_account"), "channel", ["utility", "account"], unique=False)
    op.create_table(
        "counter",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_table(
        "external_id",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("scheme", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_id")),
        sa.UniqueConstraint("kind", "owner", "scheme", "value", name=op.f("uq_external_id_kind_owner_scheme_value")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_external_id_value"), "external_id", ["value"], unique=False)
    op.create_table(
        "import_profile",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_import_profile")),
    )
    op.create_table(
        "lake_deletion",
        sa.Column("channel_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("channel_id", name=op.f("pk_lake_deletion")),
    )
    op.create_table(
        "load",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("rows_new", sa.BigInteger(), nullable=True),
        sa.Column("rows_revised", sa.BigInteger(), nullable=True),
        sa.Column("rows_unchanged", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_load")),
    )
    op.create_index(op.f("ix_load_at"), "load", ["at"], unique=False)
    op.create_table(
        "setting",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_setting")),
    )
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
    op.create_table(
        "utility",
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_utility")),
    )
    op.create_table(
        "connection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("utility", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("user_name", sa.String(), nullable=False),
        sa.Column("authorization_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ca", sa.String(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authorization_id"], ["authorization_grant.id"], name=op.f("fk_connection_authorization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connection")),
        sa.UniqueConstraint("utility", "host", "user_name", name=op.f("uq_connection_utility_host_user_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("utility", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=True),
        sa.Column("channel_id", sa.Integer(), nullable=True),
        sa.Column("load_id", sa.Integer(), nullable=True),
        sa.Column("start", sa.BigInteger(), nullable=True),
        sa.Column("end", sa.BigInteger(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_finding_channel_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["load_id"], ["load.id"], name=op.f("fk_finding_load_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint("key", name=op.f("uq_finding_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_finding_account"), "finding", ["account"], unique=False)
    op.create_index(op.f("ix_finding_channel_id"), "finding", ["channel_id"], unique=False)
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("utility", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("prepaid", sa.Boolean(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_account_connection_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("connection_id", "number", name=op.f("uq_account_connection_id_number")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_account_utility_account_number"), "account", ["utility", "number"], unique=False)
    op.create_table(
        "stream",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("service_location", sa.String(), nullable=False),
        sa.Column("industry", sa.String(), nullable=False),
        sa.Column("frame", sa.String(), nullable=False),
        sa.Column("known", sa.Boolean(), nullable=False),
        sa.Column("floor", sa.BigInteger(), nullable=True),
        sa.Column("connected", sa.BigInteger(), nullable=True),
        sa.Column("has_interval", sa.Boolean(), nullable=True),
        sa.Column("last_start", sa.BigInteger(), nullable=True),
        sa.Column("done_run", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_stream_connection_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stream")),
        sa.UniqueConstraint("connection_id", "account", "service_location", "industry", "frame", name="uq_stream_what"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sync_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("horizon", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_sync_run_connection_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_run")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_sync_run_connection_id_sync_run_state"), "sync_run", ["connection_id", "state"], unique=False
    )
    op.create_table(
        "service_location",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("nickname", sa.String(), nullable=False),
        sa.Column("industries", sa.JSON(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_service_location_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_location")),
        sa.UniqueConstraint("account_id", "number", name=op.f("uq_service_location_account_id_number")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sync_window",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("stream_id", sa.Integer(), nullable=False),
        sa.Column("ask_start", sa.BigInteger(), nullable=False),
        sa.Column("ask_end", sa.BigInteger(), nullable=False),
        sa.Column("keep_start", sa.BigInteger(), nullable=False),
        sa.Column("keep_end", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("rows_new", sa.BigInteger(), nullable=False),
        sa.Column("rows_revised", sa.BigInteger(), nullable=False),
        sa.Column("rows_unchanged", sa.BigInteger(), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["load_id"], ["load.id"], name=op.f("fk_sync_window_load_id")),
        sa.ForeignKeyConstraint(["run_id"], ["sync_run.id"], name=op.f("fk_sync_window_run_id")),
        sa.ForeignKeyConstraint(["stream_id"], ["stream.id"], name=op.f("fk_sync_window_stream_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_window")),
        sa.UniqueConstraint(
            "run_id", "stream_id", "ask_start", "ask_end", "keep_start", "keep_end", name="uq_sync_window_request"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_sync_window_load_id"), "sync_window", ["load_id"], unique=False)
    op.create_index(
        op.f("ix_sync_window_stream_id_sync_window_state"), "sync_window", ["stream_id", "state"], unique=False
    )
    op.create_table(
        "meter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("installed", sa.Date(), nullable=True),
        sa.Column("removed", sa.Date(), nullable=True),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["location_id"], ["service_location.id"], name=op.f("fk_meter_location_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meter")),
        sa.UniqueConstraint("location_id", "number", "category", name=op.f("uq_meter_location_id_number_category")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "rate_schedule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["location_id"], ["service_location.id"], name=op.f("fk_rate_schedule_location_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rate_schedule")),
        sa.UniqueConstraint("location_id", "code", name=op.f("uq_rate_schedule_location_id_code")),
        sqlite_autoincrement=True,
    )
    _bar_audit()


def downgrade() -> None:
    """Remove all tables."""
    op.drop_table("rate_schedule")
    op.drop_table("meter")
    op.drop_index(op.f("ix_sync_window_stream_id_sync_window_state"), table_name="sync_window")
    op.drop_index(op.f("ix_sync_window_load_id"), table_name="sync_window")
    op.drop_table("sync_window")
    op.drop_table("service_location")
    op.drop_index(op.f("ix_sync_run_connection_id_sync_run_state"), table_name="sync_run")
    op.drop_table("sync_run")
    op.drop_table("stream")
    op.drop_index(op.f("ix_account_utility_account_number"), table_name="account")
    op.drop_table("account")
    op.drop_index(op.f("ix_finding_channel_id"), table_name="finding")
    op.drop_index(op.f("ix_finding_account"), table_name="finding")
    op.drop_table("finding")
    op.drop_table("connection")
    op.drop_table("utility")
    op.drop_table("statement")
    op.drop_table("setting")
    op.drop_index(op.f("ix_load_at"), table_name="load")
    op.drop_table("load")
    op.drop_table("lake_deletion")
    op.drop_table("import_profile")
    op.drop_index(op.f("ix_external_id_value"), table_name="external_id")
    op.drop_table("external_id")
    op.drop_table("counter")
    op.drop_index(op.f("ix_channel_utility_channel_account"), table_name="channel")
    op.drop_table("channel")
    op.drop_index(op.f("ix_balance_utility_balance_account"), table_name="balance")
    op.drop_table("balance")
    op.drop_table("authorization_grant")
    op.drop_table("audit")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_append_only()")


def _bar_audit() -> None:
    dialect = op.get_bind().dialect.name
    if dialect == "postgresql":
        op.execute(_REFUSE)
    for verb in ("update", "delete"):
        op.execute(_NO_CHANGE[dialect].format(verb=verb, VERB=verb.upper()))
