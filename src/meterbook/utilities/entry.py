"""What the catalogue says of a utility: the shape of a YAML file under ``catalogue/``, field by field.

Unknown is ``null`` or an empty list, never a guess. Each group of facts names its sources by their keys in the
file's ``sources``. The published ``schema.json`` is made from these types (:mod:`meterbook.utilities.schema`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from meterbook.utilities.states import zones_of_state

Slug = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Text = Annotated[str, Meta(min_length=1)]
Day = Annotated[str, Meta(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$", description="a year, month or day: 2026-05-27")]
Phone = Annotated[str, Meta(pattern=r"^\+\d{1,3}(-\d{2,4}){2,4}$", description="with country code: +1-252-555-0100")]
Url = Annotated[str, Meta(pattern=r"^https?://\S+$")]
Host = Annotated[
    str, Meta(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", description="a bare host name, no scheme or path")
]
State = Annotated[str, Meta(pattern=r"^[A-Z]{2}$")]
Seconds = Annotated[float, Meta(ge=0, le=3600)]

Kind = Literal["cooperative", "municipal", "public-power", "investor-owned", "telecom", "practice"]
Category = Literal["electricity", "gas", "water", "sewer", "broadband", "other"]
Party = Literal["first", "third"]
CustomerType = Literal["all", "residential", "commercial", "industrial", "farm", "prepaid"]
DataType = Literal[
    "bills", "usage-intervals", "usage-daily", "usage-monthly", "cost", "demand", "temperatures", "tou-savings",
    "payments", "balances", "alerts", "reports",
]  # fmt: skip
Format = Literal["web", "app", "pdf", "csv", "json", "xlsx", "espi-xml", "x12", "email"]
Status = Literal["available", "undocumented", "on-request", "announced", "not-available"]
Proof = Literal["live", "practice", "untested"]
TariffClass = Literal["residential", "commercial", "industrial", "lighting", "rider"]


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all parts: frozen, keyword-only, and no field that is not named here."""


class Source(Entry, frozen=True, kw_only=True):
    """A page or document that facts were read from; ``date`` is the one it shows, null when it shows none."""

    title: Text
    url: Url | None
    date: Day | None
    publisher: Text | None = None


class Fact(Entry, frozen=True, kw_only=True):
    """One statement with its sources."""

    text: Text
    source: list[Slug]


class About(Entry, frozen=True, kw_only=True):
    """The organisation itself."""

    kind: Kind
    source: list[Slug]
    territory: Text | None = None
    founded: int | None = None
    accounts: Annotated[int, Meta(ge=0, description="metered accounts, about")] | None = None
    eia_id: (
        Annotated[int, Meta(ge=1, description="utility number of the U.S. Energy Information Administration")] | None
    ) = None
    supplier: Annotated[str, Meta(description="who sells it the power it distributes")] | None = None
    affiliations: list[Text] = []
    retail_choice: Annotated[bool, Meta(description="whether energy can be bought from another seller")] | None = None
    regulator: Text | None = None


class ServiceEntry(Entry, frozen=True, kw_only=True):
    """A service that the utility bills, and what its portal calls it where that is known."""

    category: Category
    source: list[Slug]
    portal_codes: Annotated[
        list[Text], Meta(description="service codes of the portal, such as ELEC; empty: unknown")
    ] = []
    unit: Annotated[str, Meta(description="unit shown to the customer")] | None = None
    note: Text | None = None


class PortalEntry(Entry, frozen=True, kw_only=True):
    """The web portal that members sign in to; ``vendor`` names the Meterbook portal client that fits."""

    name: Text
    vendor: Annotated[str, Meta(pattern=r"^[a-z0-9-]+$")] | None
    host: Host | None = None
    url: Url | None = None
    product: Annotated[str, Meta(description="the maker's own name of the software")] | None = None
    app: bool | None = None
    history: Text | None = None
    shows: list[Text] = []
    intervals_shown: bool | None = None
    sign_in_to_pay: bool | None = None
    several_accounts: Text | None = None
    third_party_login: Literal["delegate", "credentials", "none"] | None = None
    source: list[Slug] = []


class PaceEntry(Entry, frozen=True, kw_only=True):
    """How fast a portal may be asked.

    ``in_flight`` polls at once for a log-in; ``gap_s`` between two calls and ``wait_s`` before asking again for an
    answer in preparation, each a span to draw from; ``pending_limit_s`` is when such an answer is given up.
    """

    in_flight: Annotated[int, Meta(ge=1, le=64)]
    gap_s: tuple[Seconds, Seconds]
    wait_s: tuple[Seconds, Seconds]
    pending_limit_s: Seconds


class Metering(Entry, frozen=True, kw_only=True):
    """The meters in the field."""

    source: list[Slug]
    ami: bool | None = None
    since: int | None = None
    interval_minutes: Annotated[int, Meta(ge=1, le=1440)] | None = None
    technology: Text | None = None
    note: Text | None = None


class Proven(Entry, frozen=True, kw_only=True):
    """What Meterbook itself has done with a method: on a real log-in, on the practice co-op, or not at all."""

    status: Proof
    note: Text
    date: Day | None = None


class Method(Entry, frozen=True, kw_only=True):
    """One way to the data."""

    id: Slug
    name: Text
    parties: Annotated[list[Party], Meta(min_length=1, description="first: the customer; third: somebody authorized")]
    customer_types: Annotated[list[CustomerType], Meta(min_length=1)]
    data: list[DataType]
    status: Status
    proven: Proven
    source: Annotated[list[Slug], Meta(min_length=1)]
    finest: Annotated[str, Meta(description="finest step, such as 15 minutes, hourly or monthly")] | None = None
    history: Annotated[str, Meta(description="how far back")] | None = None
    latency: Annotated[str, Meta(description="how long after use, or after asking")] | None = None
    formats: list[Format] = []
    auth: Annotated[str, Meta(description="what has to be shown")] | None = None
    cost: Text | None = None
    contact: Text | None = None
    steps: list[Text] = []
    request_fields: Annotated[list[Text], Meta(description="what a written request has to state")] = []
    note: Text | None = None


class OlderHistory(Entry, frozen=True, kw_only=True):
    """How to get what is older than the portal shows."""

    text: Annotated[str, Meta(min_length=1, description="whether there is more, and what is promised")]
    source: Annotated[list[Slug], Meta(min_length=1)]
    contact: Text | None = None
    steps: list[Text] = []
    method: Annotated[str, Meta(description="id of the method by which it comes, which says what to state")] | None = (
        None
    )


class Standard(Entry, frozen=True, kw_only=True):
    """Standing of a standard door: Green Button, EDI or an official API."""

    status: Status | None
    source: list[Slug]
    note: Text | None = None
    auth: Text | None = None
    rate_limits: Text | None = None
    asked_about: Annotated[list[Text], Meta(description="X12 transaction sets a source speaks of")] = []
    transaction_sets: Annotated[list[Text], Meta(description="X12 transaction sets in use")] = []
    steps: list[Text] = []


class Standards(Entry, frozen=True, kw_only=True):
    """The standard doors, each said of expressly; null where nobody says."""

    green_button_download: Standard | None
    green_button_connect: Standard | None
    edi: Standard | None
    api: Standard | None


class TariffCode(Entry, frozen=True, kw_only=True):
    """A rate schedule or rider by its code; prices are kept elsewhere, with their dates."""

    code: Text
    name: Text
    kind: TariffClass
    features: list[Text] = []


class Tariffs(Entry, frozen=True, kw_only=True):
    """Which schedules there are."""

    url: Url | None
    source: list[Slug]
    codes: list[TariffCode] = []
    features: list[Text] = []
    note: Text | None = None


class Programme(Entry, frozen=True, kw_only=True):
    """A demand response or prepaid programme."""

    name: Text
    kind: Text
    source: list[Slug]
    facts: list[Text] = []
    steps: list[Text] = []
    note: Text | None = None


class Contact(Entry, frozen=True, kw_only=True):
    """Whom to ask, and for what."""

    role: Text
    source: list[Slug]
    phone: Phone | None = None
    email: Annotated[str, Meta(pattern=r"^[^@\s]+@[^@\s]+\.[a-z]+$")] | None = None
    url: Url | None = None
    note: Text | None = None


class Faq(Entry, frozen=True, kw_only=True):
    """A question that members and their helpers ask, answered in our words."""

    question: Text
    answer: Text
    source: list[Slug]


class UtilityFile(Entry, frozen=True, kw_only=True):
    """A file of the catalogue: one utility. ``source`` covers the facts of the top level: names, states and zone."""

    slug: Slug
    name: Text
    short_name: Text
    states: list[State]
    zone: Annotated[str, Meta(description="IANA zone of its meters' clocks; null: not known")] | None
    portal: PortalEntry
    sources: dict[Slug, Source]
    source: list[Slug]
    schema: Annotated[int, Meta(ge=1, le=1, description="version of this shape")] = 1
    also: Annotated[list[Text], Meta(description="other names it is known by")] = []
    zone_note: Text | None = None
    zones_other: Annotated[list[Text], Meta(description="further IANA zones that the territory reaches")] = []
    pace: PaceEntry | None = None
    about: About | None = None
    services: list[ServiceEntry] = []
    metering: Metering | None = None
    bill_shows: list[Fact] = []
    methods: list[Method] = []
    older_history: OlderHistory | None = None
    standards: Standards | None = None
    tariffs: Tariffs | None = None
    demand_response: list[Programme] = []
    prepaid: Programme | None = None
    contacts: list[Contact] = []
    faqs: list[Faq] = []
    notes: list[Fact] = []


class Utility(UtilityFile, frozen=True, kw_only=True):
    """A utility of the catalogue as the program sees it.

    ``full`` is False for one that is known only by name, state and portal host; ``origin`` is the file it came from.
    """

    full: bool = True
    origin: str = ""

    @property
    def zones_offered(self) -> tuple[str, ...]:
        """Zones to choose from where the utility's is not known: those in use in its states, likeliest first."""
        return tuple(dict.fromkeys(zone for state in self.states for zone in zones_of_state(state)))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, every field present."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain
