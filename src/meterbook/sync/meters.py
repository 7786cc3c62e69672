"""The meters that an account's readings name, with the days on which one was exchanged for another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from meterbook.model.finding import Finding
from meterbook.model.identity import Account, Meter, ServiceLocation
from meterbook.portals.smarthub import Frame
from meterbook.store.records import Connection, Records
from meterbook.sync.summary import INDUSTRY_OF

EXCHANGE = "meter.exchange"


def save_meters(records: Records, connection: Connection, account: Account) -> None:
    """Keep the meters of an account, as its stored channels and findings tell them.

    What is stored is asked, not what this run brought: a run that was cut off and goes on comes to the same meters.
    """
    named = {
        (item.channel.service_location, item.channel.meter): Meter(
            number=item.channel.meter, category=item.channel.category
        )
        for item in records.channels(utility=connection.utility, account=account.number)
        if item.channel.meter and item.channel.category in INDUSTRY_OF
    }
    for finding in _exchanges(records, connection, account):
        place, day = str(finding.data["service_location"]), date.fromisoformat(str(finding.data["day"]))
        old, new = (place, str(finding.data["old"])), (place, str(finding.data["new"]))
        if old in named and new in named:
            named[old] = replace(named[old], removed=day)
            named[new] = replace(named[new], installed=day)
    locations = [replace(place, meters=_at(place, named)) for place in account.locations]
    if any(place.meters for place in locations):
        seen = replace(account, locations=tuple(place for place in locations if place.meters))
        records.save_accounts(connection.id, [seen], at=datetime.now(UTC))


def _exchanges(records: Records, connection: Connection, account: Account) -> Sequence[Finding]:
    """Findings of exchanges; those of the finest readings come last, since they know the day best."""
    found = [
        stored.finding
        for stored in records.findings(account=account.number, name=EXCHANGE, utility=connection.utility)
        if "day" in stored.finding.data
    ]
    return sorted(found, key=lambda finding: finding.data.get("frame") == Frame.INTERVAL.value)


def _at(place: ServiceLocation, named: dict[tuple[str, str], Meter]) -> tuple[Meter, ...]:
    return tuple(meter for (location, _), meter in named.items() if location == place.number)
