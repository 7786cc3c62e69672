"""Identifiers that others give an account, a location or a meter, so that files and questions can key on them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from meterbook.consent import audit
from meterbook.model.errors import NotFound, UsageError
from meterbook.model.identity import ExternalId, IdScheme
from meterbook.store.records import OwnerKind, Records, owner_key, owner_parts

if TYPE_CHECKING:
    from meterbook.book.opened import OpenBook


def identify(
    book: OpenBook,
    kind: OwnerKind | str,
    number: str,
    value: str,
    *,
    scheme: IdScheme | str = IdScheme.OTHER,
    since: date | None = None,
    until: date | None = None,
) -> list[str]:
    """Give an account, a service location or a meter a further identifier.

    Args:
        book: the book that holds it.
        kind: ``account``, ``location`` or ``meter``.
        number: its number, as the utility writes it.
        value: the identifier, as its issuer writes it.
        scheme: who issued it: ``esi-id``, ``pod-id``, ``mdm``, ``portfolio-manager``, …
        since: first day it held, if known.
        until: day after the last one it held; None while it holds.

    Returns:
        Keys of what now bears it; several where a number stands under several accounts.

    Raises:
        NotFound: the book has no such account, location or meter.
        UsageError: an empty identifier, or an end that is not after the beginning.
    """
    if not value.strip():
        raise UsageError("the identifier is empty", where="--value")
    if since is not None and until is not None and until <= since:
        raise UsageError("the end is not after the beginning", where="--until", expected="a later day than --since")
    kind = OwnerKind(kind)
    owners = [key for key in sorted(owners_of(book.records, kind)) if owner_parts(key)[-1] == number]
    if not owners:
        raise NotFound(f"the book has no {kind} {number!r}", hint="See what it holds with: meterbook status")
    external = ExternalId(scheme=IdScheme(scheme), value=value.strip(), since=since, until=until)
    for owner in owners:
        book.records.add_external_id(kind, owner, external)
    audit.record(
        book.records,
        actor="user",
        action="identifier.given",
        subject=f"{kind}, {len(owners)}",
        detail=external.scheme.value,
        at=datetime.now(UTC),
    )
    return owners


def owners_of(records: Records, kind: OwnerKind) -> set[str]:
    """Keys of all accounts, locations or meters of a book, whether a portal showed them or a file named them."""
    keys: set[str] = set()
    utilities = {connection.id: connection.utility for connection in records.connections()}
    for stored in records.accounts():
        utility, account = utilities[stored.connection_id], stored.account
        keys.add(owner_key(utility, account.number))
        for place in account.locations:
            keys.add(owner_key(utility, account.number, place.number))
            keys.update(owner_key(utility, account.number, place.number, meter.number) for meter in place.meters)
    for item in records.channels():
        channel = item.channel
        parts = (channel.account, channel.service_location or None, channel.meter or None)
        keys.add(owner_key(channel.utility, channel.account))
        if parts[1] is not None:
            keys.add(owner_key(channel.utility, channel.account, parts[1]))
        if parts[2] is not None:
            keys.add(owner_key(channel.utility, channel.account, channel.service_location, parts[2]))
    length = {OwnerKind.ACCOUNT: 2, OwnerKind.LOCATION: 3, OwnerKind.METER: 4}[kind]
    return {key for key in keys if len(owner_parts(key)) == length}
