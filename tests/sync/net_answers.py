"""Answers of a register that a portal calls forward, as a sync hands them to its keeper."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from meterbook.consent.authorizations import Authorizations
from meterbook.model.authorization import Relation, Scope
from meterbook.model.channel import Channel, FlowDirection, Quantity
from meterbook.model.finding import Finding
from meterbook.model.provenance import Provenance, SourceKind
from meterbook.model.series import IntervalSeries
from meterbook.store.readings import ReadingsLake
from meterbook.store.records import Records, Stream
from meterbook.sync.keeper import Answer, Keeper

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FORWARD = Channel(utility="practice", account="1", service_location="10", meter="M")
NET = Channel(utility="practice", account="1", service_location="10", meter="M", flow=FlowDirection.NET)


class Store:
    """A book's records and readings, with a run begun."""

    def __init__(self, folder: Path) -> None:
        self.records = Records.open(folder / "records.sqlite")
        self.lake = ReadingsLake.open(folder)
        if not self.records.connections():
            grant = Authorizations(self.records).grant(
                grantor="me", grantee="me", relation=Relation.SELF, purpose="test", scopes=frozenset(Scope),
                starts=NOW, ends=None, evidence="",
            )  # fmt: skip
            self.connection = self.records.add_connection(
                utility="practice", name="P", host="127.0.0.1", zone="UTC", user="me", authorization_id=grant.id,
                created_at=NOW,
            )  # fmt: skip
        else:
            (self.connection,) = self.records.connections()
        self.run = self.records.start_run(self.connection.id, horizon=10**9, at=NOW)

    def answer(self, start: int, values: Sequence[int], *, quantity: Quantity = Quantity.USAGE) -> Answer:
        """An answer as the client gives it: net, with a finding, where it holds a negative reading."""
        negative = min(values) < 0
        channel = NET if negative else FORWARD
        starts = start + 900 * np.arange(len(values), dtype=np.int64)
        return Answer(
            run_id=self.run.id,
            stream=Stream(
                connection_id=self.connection.id, account="1", service_location="10", industry="ELECTRIC",
                frame="HOURLY",
            ),
            ask=(start, start + 900 * len(values)),
            keep=(start, start + 900 * len(values)),
            series=(
                IntervalSeries(
                    channel=channel, start=starts, value=np.array(values, np.int64),
                    quality=np.zeros(len(values), np.int8), scale=3,
                ),
            ),
            findings=(
                Finding(
                    name="flow.forward-negative", message="…", start=start, end=start + 900,
                    data={"meter": "M", "register": "1", "service_location": "10"},
                ),
            ) if negative else (),
            provenance=Provenance(kind=SourceKind.PORTAL, source="test", at=NOW, detail=""),
        )  # fmt: skip

    def keep(self, *answers: Answer) -> None:
        """Keep answers one after the other, in one sync."""

        async def main() -> None:
            async with Keeper(records=self.records, lake=self.lake, utility="practice") as keeper:
                for answer in answers:
                    await keeper.keep(answer)

        asyncio.run(main())

    def held(self) -> dict[FlowDirection, list[int]]:
        """Values by direction."""
        stored = self.records.channels()
        read = self.lake.read([item.id for item in stored], 0, 2**40)
        return {item.channel.flow: read[item.id].value.tolist() for item in stored}
