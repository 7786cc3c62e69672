"""Alembic's entry: runs the migrations on the connection, and in the transaction, that the caller has open."""

from __future__ import annotations

from alembic import context

from meterbook.store.records import bill_tables


def run() -> None:
    """Migrate."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=bill_tables.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


if hasattr(context, "config"):  # it is there while Alembic runs, and not when a tool merely imports this module
    run()
