"""What a log-in can see: customers, accounts, service locations, meters. Parsing is pure; asking is at the end."""

from __future__ import annotations

from collections.abc import Iterable

from meterbook.model.errors import AccessRefused, FeatureAbsent, PortalChanged, RequestFailed
from meterbook.model.identity import Account, ExternalId, IdScheme, Meter, ServiceLocation
from meterbook.portals.smarthub import wire
from meterbook.portals.smarthub.session import Session
from meterbook.portals.smarthub.streams import CATEGORIES
from meterbook.portals.smarthub.wire import LocationSummary, UserData, text

USER_DATA = "/services/secured/user-data"
ACCOUNTS = "/services/secured/accounts"

# A service's industry by its description or code, where the portal does not say: part of a word → industry.
BY_DESCRIPTION = {"electric": "ELECTRIC", "gas": "GAS", "water": "WATER"}
BY_CODE_END = {"ELEC": "ELECTRIC", "GAS": "GAS", "WATER": "WATER", "WATR": "WATER"}


def parse_user_data(body: bytes) -> list[Account]:
    """Accounts with all that the portal says of them; closed ones are marked.

    Raises:
        msgspec.DecodeError: not whole JSON, or of another shape.
    """
    rows = wire.USER_DATA.read(body) or []
    return _merged(_account(row) for row in ([rows] if isinstance(rows, UserData) else rows) if text(row.account))


def parse_accounts(body: bytes) -> list[Account]:
    """Accounts and the numbers of their locations: the least that a poll needs. What is served there is not said.

    Raises:
        msgspec.DecodeError: not whole JSON, or of another shape.
    """
    rows: list[wire.AccountLocations] = wire.ACCOUNTS.read(body) or []
    return _merged(
        Account(
            number=text(row.account),
            locations=tuple(
                ServiceLocation(number=text(number), industries=("ELECTRIC",))
                for number in row.serviceLocations or []
                if text(number)
            ),
        )
        for row in rows
        if text(row.account)
    )


async def fetch_accounts(session: Session) -> list[Account]:
    """Every account that the log-in sees, across its customers.

    Asks for the full profile; where the portal does not give that, for the plain list.

    Raises:
        PortalError: see :meth:`Session.secured`.
    """
    who = await session.sign_in()
    try:
        return await session.secured("GET", USER_DATA, parse_user_data, params={"userId": who.primary_username})
    except (FeatureAbsent, AccessRefused, RequestFailed, PortalChanged):
        return await session.secured("GET", ACCOUNTS, parse_accounts, params={"user": session.user})


def _account(row: UserData) -> Account:
    return Account(
        number=text(row.account),
        customer=text(row.customer),
        name=(row.customerName or "").strip(),
        active=not row.inactive,
        locations=tuple(_location(number, row) for number in _location_numbers(row)),
    )


def _location_numbers(row: UserData) -> list[str]:
    """Numbers of the account's locations, the primary one first."""
    maps = (
        row.serviceLocationIdToServiceLocationSummary,
        row.serviceLocationToUserDataServiceLocationSummaries,
        row.serviceLocationToIndustries,
    )
    numbers = dict.fromkeys(key.strip() for known in maps for key in known or {} if key.strip())
    primary = text(row.primaryServiceLocationId)
    if primary:
        numbers = {primary: None, **numbers}
    return list(numbers)


def _location(number: str, row: UserData) -> ServiceLocation:
    summary = (row.serviceLocationIdToServiceLocationSummary or {}).get(number) or LocationSummary()
    others = (row.serviceLocationToUserDataServiceLocationSummaries or {}).get(number) or []
    industries = _industries(number, row, others)
    described = [summary, *others]
    return ServiceLocation(
        number=number,
        address=next((line for one in described if (line := _one_line(one.address))), ""),
        nickname=next((name for one in described if (name := (one.description or "").strip())), ""),
        industries=industries,
        rate_schedules=tuple(
            dict.fromkeys(code for one in described for code in one.activeRateSchedules or [] if code.strip())
        ),
        meters=_meters(summary, industries),
    )


def _industries(number: str, row: UserData, others: list[LocationSummary]) -> tuple[str, ...]:
    """What is delivered at a location: the portal's list, else by the services' descriptions, else by their codes."""
    stated = (row.serviceLocationToIndustries or {}).get(number) or []
    if stated:
        return tuple(dict.fromkeys(name.strip().upper() for name in stated if name.strip()))
    services = [code for one in others for code in one.services or []] or row.services or []
    found: dict[str, None] = {}
    for code in services:
        described = next(
            (words for key, words in (row.serviceToServiceDescription or {}).items() if code in key.split("|")), ""
        )
        by_words = [name for part, name in BY_DESCRIPTION.items() if part in described.lower()]
        by_code = [name for end, name in BY_CODE_END.items() if code.strip().upper().endswith(end)]
        found.update(dict.fromkeys(by_words or by_code))
    return tuple(found)


def _meters(summary: LocationSummary, industries: tuple[str, ...]) -> tuple[Meter, ...]:
    """The location's meters, where it is certain what they measure; else the readings will tell."""
    metered = [name for name in industries if name in CATEGORIES]
    if len(metered) != 1:
        return ()
    return tuple(
        Meter(
            number=number.strip(),
            category=CATEGORIES[metered[0]],
            external_ids=(ExternalId(scheme=IdScheme.UTILITY, value=str(base)),) if base else (),
        )
        for number, base in (summary.meterNumbersToExternalMeterBaseIds or {}).items()
        if number.strip()
    )


def _one_line(address: wire.PostalAddress | None) -> str:
    if address is None:
        return ""
    region = " ".join(part for part in (address.state or "", text(address.zip)) if part.strip())
    return ", ".join(
        part.strip() for part in (address.addr1, address.addr2, address.city, region) if part and part.strip()
    )


def _merged(accounts: Iterable[Account]) -> list[Account]:
    """One value for each account number: rows of one account are put together, its locations in order."""
    merged: dict[str, Account] = {}
    for one in accounts:
        known = merged.get(one.number)
        if known is None:
            merged[one.number] = one
            continue
        locations = {place.number: place for place in (*one.locations, *known.locations)}
        merged[one.number] = Account(
            number=one.number,
            customer=known.customer or one.customer,
            name=known.name or one.name,
            active=known.active or one.active,
            locations=tuple(locations.values()),
        )
    return list(merged.values())
