"""Who and where: accounts, service locations, meters, and the identifiers others give them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from meterbook.model.channel import ServiceCategory


class IdScheme(StrEnum):
    """Who issued an identifier."""

    UTILITY = "utility"
    ESI_ID = "esi-id"
    POD_ID = "pod-id"
    MDM = "mdm"
    PORTFOLIO_MANAGER = "portfolio-manager"
    CUSTOMER = "customer"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalId:
    """An identifier that someone gave an account, a location or a meter, and when it held.

    Attributes:
        scheme: who issued it.
        value: the identifier as text, leading zeros kept.
        since: first day it held, if known.
        until: day after the last one it held; None while it holds.
    """

    scheme: IdScheme
    value: str
    since: date | None = None
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the identifier held on a day."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A physical device and its life at one service location.

    Attributes:
        number: serial number as the utility writes it.
        category: what it measures.
        installed: first day at this location, if known.
        removed: day of its exchange or removal; None while it stands.
        external_ids: identifiers of others.
    """

    number: str
    category: ServiceCategory = ServiceCategory.ELECTRICITY
    installed: date | None = None
    removed: date | None = None
    external_ids: tuple[ExternalId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLocation:
    """The premises where service is taken.

    Attributes:
        number: the utility's number, as text.
        address: one line.
        nickname: the member's own name for it.
        industries: the utility's words for what is delivered there, such as ``ELECTRIC``.
        rate_schedules: schedule codes in force as the portal names them.
        meters: devices there, also former ones.
        external_ids: identifiers of others.
    """

    number: str
    address: str = ""
    nickname: str = ""
    industries: tuple[str, ...] = ()
    rate_schedules: tuple[str, ...] = ()
    meters: tuple[Meter, ...] = ()
    external_ids: tuple[ExternalId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What is billed and paid as one.

    Attributes:
        number: as printed on the bill; digits as text, leading zeros kept.
        customer: the utility's number of the customer.
        name: the customer's name as the utility writes it.
        active: False for a closed account.
        prepaid: whether it is paid ahead of use.
        locations: service locations it pays for.
        external_ids: identifiers of others.
    """

    number: str
    customer: str = ""
    name: str = ""
    active: bool = True
    prepaid: bool = False
    locations: tuple[ServiceLocation, ...] = ()
    external_ids: tuple[ExternalId, ...] = ()
