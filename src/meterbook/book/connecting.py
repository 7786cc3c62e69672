"""Connecting a log-in: where the portal is, in which zone its meters' clocks stand, and by what right it is read.

Nothing is guessed. The address comes from the catalogue, from the user, or, with the user's consent, from the
portal's own member look-up; the portal's name for itself is shown; a zone that nobody knows is asked for once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from filelock import FileLock

from meterbook.book.folder import LOCKS_FOLDER
from meterbook.book.syncing import checked_authority, pace_of
from meterbook.consent import audit
from meterbook.consent.authorizations import Authorizations
from meterbook.consent.vault import Credentials
from meterbook.model.authorization import Authorization, Relation, Scope
from meterbook.model.calendar import zone as zone_named
from meterbook.model.errors import InputError, NotFound, PortalError, UsageError
from meterbook.model.identity import Account
from meterbook.portals.smarthub import SmartHub
from meterbook.portals.smarthub.host import clean
from meterbook.portals.smarthub.lookup import look_up
from meterbook.store.records import Connection, UtilityRecord
from meterbook.sync.run import lock_path
from meterbook.utilities import catalogue
from meterbook.utilities.catalogue import Utility, zones_of_state

if TYPE_CHECKING:
    from meterbook.book.opened import OpenBook

ALL_SCOPES = frozenset(Scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to connect.

    Attributes:
        utility: catalogue slug, or an address pasted from the portal.
        user: the log-in's name.
        host: the portal's address, where the catalogue has none or another one is meant.
        zone: IANA zone, where the catalogue has none.
        ca: file of a certificate authority to trust for this host.
        grantor: whose data it is; the log-in's name unless said.
        grantee: who reads it.
        relation: what the grantee is to the member.
        purpose: what for.
        until: when the grant ends.
        evidence: where the written consent is kept.
    """

    utility: str
    user: str
    host: str | None = None
    zone: str | None = None
    ca: Path | None = None
    grantor: str | None = None
    grantee: str = "the holder of this book"
    relation: Relation = Relation.SELF
    purpose: str = "keeping one's own utility data"
    until: datetime | None = None
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How to ask the user. Without a way the matching question becomes an error that says what to give.

    Attributes:
        password: gives the password; called once, after the portal is known to answer.
        totp_secret: the secret of one-time codes, if the user gave one.
        one_time_code: asks for a code.
        choose_zone: asks for a zone among candidates.
        look_up: asks whether the portal's member look-up may be asked for a name.
        confirm_site: shows the portal's own name and asks whether it is the right one.
    """

    password: Callable[[], str]
    totp_secret: str | None = None
    one_time_code: Callable[[], Awaitable[str]] | None = None
    choose_zone: Callable[[Sequence[str]], str] | None = None
    look_up: Callable[[str], bool] | None = None
    confirm_site: Callable[[str, str], bool] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """A connection as made, and what the log-in sees."""

    connection: Connection
    authorization: Authorization
    site_name: str
    accounts: tuple[Account, ...]
    renewed: bool
    vault: str


@dataclass(slots=True)
class _Place:
    """Where a portal is and what is known of its utility."""

    slug: str
    name: str
    host: str
    zone: str | None
    states: tuple[str, ...] = ()
    how: str = "catalogue"
    entry: Utility | None = field(default=None)


async def connect(book: OpenBook, wanted: Wanted, ways: Ways) -> Connected:
    """Check a log-in, record by what right it is read, and keep its credentials.

    Raises:
        PortalError: the portal refused or could not be reached; nothing was stored.
        InputError: something needed was not given; nothing was stored.
    """
    _ = book.vault  # a vault that can't be used is found out before anything is asked
    if wanted.until is not None and wanted.until <= datetime.now(UTC):
        raise UsageError("the authorization would have ended before it began", where="--until", expected="a later day")
    if wanted.ca is not None:
        checked_authority(wanted.ca)
    if not wanted.user.strip():
        raise UsageError("no log-in was named", where="--user", expected="the name typed at the portal")
    place = await _place(book, wanted, ways)
    zone = _zone(place, ways)
    site = await _site_name(place, zone, wanted)
    _confirm(place, site, ways)
    password = ways.password()
    if not password:
        raise UsageError("no password was given", hint="Type it at the prompt, or use --password-stdin.")
    async with SmartHub(
        place.host,
        zone=zone,
        user=wanted.user,
        password=password,
        utility=place.slug,
        totp_secret=ways.totp_secret,
        one_time_code=ways.one_time_code,
        pace=pace_of(place.host, place.slug),
        ca=wanted.ca,
    ) as portal:
        await portal.sign_in()
        accounts = tuple(await portal.accounts())
    return _store(book, wanted, ways, place=place, zone=zone, site=site, password=password, accounts=accounts)


def revoke(book: OpenBook, connection_id: int, *, delete: bool) -> int:
    """End a connection; see :meth:`meterbook.book.Book.revoke`."""
    connection = book.records.connection(connection_id)
    # The connection's lock: a sync that is at work would go on storing what is being deleted.
    with FileLock(lock_path(book.folder / LOCKS_FOLDER, connection_id)):
        return _revoked(book, connection, delete=delete)


def _revoked(book: OpenBook, connection: Connection, *, delete: bool) -> int:
    connection_id = connection.id
    if not connection.active and not delete:
        raise UsageError(f"connection {connection_id} was revoked before", hint="See: meterbook connections")
    now = datetime.now(UTC)
    Authorizations(book.records).revoke(connection.authorization_id, at=now)
    book.vault.delete(connection_id)
    book.records.update_connection(connection_id, active=False)
    audit.record(
        book.records,
        actor="user",
        action="connection.revoked",
        subject=f"connection {connection_id}",
        detail="",
        at=now,
    )
    if not delete:
        return 0
    book.records.delete_connection_data(connection_id)
    return book.finish_deletions()


async def _place(book: OpenBook, wanted: Wanted, ways: Ways) -> _Place:
    given = wanted.host or (wanted.utility if _is_address(wanted.utility) else None)
    address = _host_of(given) if given is not None else None
    if _is_address(wanted.utility):
        entry = catalogue.by_host(wanted.utility)
        slug = entry.slug if entry is not None else _slug_of(wanted.utility)
    else:
        entry = catalogue.utility(wanted.utility)
        slug = entry.slug
    known = book.records.utility(slug)
    place = _Place(
        slug=slug,
        name=entry.name if entry is not None else slug,
        host=address or (entry.portal.host if entry is not None and entry.portal.host else "") or "",
        zone=wanted.zone or (entry.zone if entry is not None else None) or (known.zone if known is not None else None),
        states=tuple(entry.states) if entry is not None else (),
        how="given" if address else "catalogue",
        entry=entry,
    )
    if not place.host and known is not None and known.host:
        place.host, place.how = known.host, "remembered"
    if not place.host:
        place.host, place.how = _host_of(await _looked_up(place, ways)), "looked-up"
    return place


def _host_of(address: str) -> str:
    """One way of writing an address, whatever was pasted, so that a portal connected again is known again."""
    cleaned = clean(address)
    return cleaned.netloc if cleaned.scheme == "https" else cleaned.base


async def _looked_up(place: _Place, ways: Ways) -> str:
    """The host, from the portal's own look-up of members' utilities, if the user lets us ask it."""
    if ways.look_up is None or not ways.look_up(place.name):
        page = place.entry.portal.url if place.entry is not None else None
        raise UsageError(
            f"the portal's address of {place.name} is not known",
            expected="--host with the address that the browser shows at the portal's log-in page",
            hint=f"Open {page}, follow it to the log-in page and copy its address." if page else None,
        )
    found = await look_up(place.name)
    if len(found) != 1:
        names = ", ".join(f"{site.name} ({site.host})" for site in found[:6])
        raise NotFound(
            f"the look-up knows {len(found) or 'no'} portals by the name of {place.name}",
            expected="just one",
            hint=f"Run again with --host and one of: {names}" if names else "Run again with --host ADDRESS.",
        )
    return found[0].host


def _zone(place: _Place, ways: Ways) -> str:
    if place.zone is not None:
        return zone_named(place.zone).key
    candidates = tuple(zone for state in place.states for zone in zones_of_state(state))
    if ways.choose_zone is None:
        offered = ", ".join(candidates) or "an IANA name such as America/New_York"
        raise UsageError(
            f"the time zone of {place.name} is not known, and its readings carry local time",
            expected=f"--zone with one of: {offered}",
        )
    return zone_named(ways.choose_zone(candidates)).key


async def _site_name(place: _Place, zone: str, wanted: Wanted) -> str:
    """What the portal calls itself; empty where it does not say."""
    async with SmartHub(
        place.host,
        zone=zone,
        user="",
        password="",
        pace=pace_of(place.host, place.slug),
        ca=wanted.ca,
    ) as portal:
        try:
            return await portal.site_name()
        except PortalError as error:
            if error.code in ("portal.feature-absent", "portal.access-refused", "portal.changed"):
                return ""
            raise


def _confirm(place: _Place, site: str, ways: Ways) -> None:
    """Have the user look at a site whose name is not that of the utility they named."""
    if not site or place.how == "catalogue" or _alike(site, place.name) or ways.confirm_site is None:
        return
    if not ways.confirm_site(site, place.name):
        raise InputError(
            f"the portal at {place.host} calls itself {site}, which was not confirmed",
            expected=f"the portal of {place.name}",
            hint="Nothing was stored. Check the address and run again.",
        )


def _store(
    book: OpenBook,
    wanted: Wanted,
    ways: Ways,
    *,
    place: _Place,
    zone: str,
    site: str,
    password: str,
    accounts: tuple[Account, ...],
) -> Connected:
    now = datetime.now(UTC)
    name = (place.entry.portal.name if place.entry is not None else "") or site or place.host
    before = _known_log_in(book, place, wanted.user)
    authorization = Authorizations(book.records).grant(
        grantor=wanted.grantor or wanted.user,
        grantee=wanted.grantee,
        relation=wanted.relation,
        purpose=wanted.purpose,
        scopes=ALL_SCOPES,
        starts=now,
        ends=wanted.until,
        evidence=wanted.evidence,
    )
    ca = str(wanted.ca.resolve()) if wanted.ca is not None else None
    if before is None:
        connection = book.records.add_connection(
            utility=place.slug,
            name=name,
            host=place.host,
            zone=zone,
            user=wanted.user,
            authorization_id=authorization.id,
            created_at=now,
            ca=ca,
        )
    else:
        Authorizations(book.records).revoke(before.authorization_id, at=now)
        connection = book.records.update_connection(
            before.id, name=name, host=place.host, zone=zone, authorization_id=authorization.id, ca=ca
        )
    book.vault.put(connection.id, Credentials(user=wanted.user, password=password, totp_secret=ways.totp_secret))
    book.records.save_utility(
        UtilityRecord(
            slug=place.slug,
            name=site or place.name,
            host=place.host,
            zone=zone,
            state=place.states[0] if place.states else "",
            how=place.how,
            at=now,
        )
    )
    book.records.save_accounts(connection.id, accounts, at=now)
    audit.record(
        book.records,
        actor="user",
        action="connection.renewed" if before is not None else "connection.made",
        subject=f"connection {connection.id}",
        detail=f"{place.slug}, authorization {authorization.id}, relation {wanted.relation.value}",
        at=now,
    )
    return Connected(
        connection=connection,
        authorization=authorization,
        site_name=site,
        accounts=accounts,
        renewed=before is not None,
        vault=book.vault.description,
    )


def _known_log_in(book: OpenBook, place: _Place, user: str) -> Connection | None:
    """The connection that is connected again: the same log-in of a utility, also where its portal has moved since."""
    same = [one for one in book.records.connections() if (one.utility, one.user) == (place.slug, user)]
    here = [one for one in same if one.host == place.host]
    if here:
        return here[0] if here[0].active else None
    return next((one for one in same if one.active), None)


def _is_address(text: str) -> bool:
    return "." in text or "/" in text or ":" in text


def _slug_of(address: str) -> str:
    host = urlsplit(address if "//" in address else f"//{address}").hostname or address
    first = host.split(".")[0]
    return "".join(letter if letter.isalnum() else "-" for letter in (host if first.isdigit() else first)).strip("-")


def _alike(one: str, other: str) -> bool:
    """Whether two names share their first distinctive word."""
    plain = [[word for word in name.casefold().replace("-", " ").split() if len(word) > 2] for name in (one, other)]
    return bool(plain[0]) and bool(plain[1]) and plain[0][0] == plain[1][0]
