"""What the records hand out and take in, beside the vocabulary of ``model/``: plain frozen values, no rows.

Instants in a ``datetime`` are aware and UTC; instants in an ``int`` are UTC epoch seconds; spans are half-open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from meterbook.model.channel import Channel
from meterbook.model.finding import Finding
from meterbook.model.identity import Account
from meterbook.model.provenance import Provenance, SourceKind
from meterbook.model.statement import PrepaidDay, Statement
from meterbook.model.tou_ledger import TouMonth


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One log-in at one portal.

    Attributes:
        id: the book's number of it; never given to another one.
        utility: catalogue slug.
        name: what people call it, such as the portal's own site name.
        host: the portal's host, with the scheme and port where they are not the usual ones.
        zone: IANA zone of the utility.
        user: the log-in's name. The password lies in the vault, never here.
        authorization_id: the grant under which it is used.
        created_at: when it was made.
        ca: file of the certificate authority to trust for this host, if not the system's.
        active: False once the member has taken it out of use.
    """

    id: int
    utility: str
    name: str
    host: str
    zone: str
    user: str
    authorization_id: int
    created_at: datetime
    ca: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAccount:
    """An account as last seen, with every location and meter ever seen at it."""

    connection_id: int
    account: Account
    first_seen: datetime
    last_seen: datetime


class OwnerKind(StrEnum):
    """What an external identifier belongs to."""

    ACCOUNT = "account"
    LOCATION = "location"
    METER = "meter"


def owner_key(utility: str, account: str, service_location: str | None = None, meter: str | None = None) -> str:
    """Text key of an account, a location or a meter: the first two, three or four parts of its channels' keys.

    >>> owner_key("ccec", "7001001", "70010")
    'ccec/7001001/70010'
    """
    parts = [utility, account]
    if service_location is not None:
        parts.append(service_location)
        if meter is not None:
            parts.append(meter)
    return "/".join(part.replace("%", "%25").replace("/", "%2F") for part in parts)


def owner_parts(key: str) -> tuple[str, ...]:
    """Utility, account, and, as far as the key goes, location and meter.

    >>> owner_parts(owner_key("ccec", "7/1", "70010"))
    ('ccec', '7/1', '70010')
    """
    return tuple(part.replace("%2F", "/").replace("%25", "%") for part in key.split("/"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredChannel:
    """A channel with the number under which the lake keeps its readings."""

    id: int
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One load of data and what it changed. Counts are None until it is finished."""

    id: int
    provenance: Provenance
    rows_new: int | None = None
    rows_revised: int | None = None
    rows_unchanged: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadDone:
    """The outcome of a load that belongs to no window (an imported file)."""

    load_id: int
    new: int
    revised: int
    unchanged: int


# -- the journal of a sync -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What is pulled in one row of windows: one industry's readings in one frame at one location."""

    connection_id: int
    account: str
    service_location: str
    industry: str
    frame: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamState:
    """Facts learned about a stream. None means not known.

    Attributes:
        stream: which.
        floor: the portal has nothing that starts before this instant.
        connected: first instant of service, as the portal tells it.
        has_interval: whether the portal holds interval readings of it at all.
        last_start: start of the newest reading held.
        done_run: the latest run that brought the stream up to date.
    """

    stream: Stream
    floor: int | None = None
    connected: int | None = None
    has_interval: bool | None = None
    last_start: int | None = None
    done_run: int | None = None


class RunState(StrEnum):
    """Where a sync run stands."""

    RUNNING = "running"
    DONE = "done"
    PARTIAL = "partial"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One sync of one connection, up to ``horizon``."""

    id: int
    connection_id: int
    started_at: datetime
    horizon: int
    state: RunState
    finished_at: datetime | None = None


class WindowState(StrEnum):
    """Where a window stands."""

    PLANNED = "planned"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowSpec:
    """A request to be made: what is asked for, and what is kept of the answer."""

    stream: Stream
    ask_start: int
    ask_end: int
    keep_start: int
    keep_end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A planned request and its outcome.

    Attributes:
        rows: readings kept of the answer.
        load_id: the load that brought them; None if there were none.
        at: when it was done or failed.
        error: code of the error, such as ``portal.unavailable``.
    """

    id: int
    run_id: int
    stream: Stream
    ask_start: int
    ask_end: int
    keep_start: int
    keep_end: int
    state: WindowState
    rows: int = 0
    load_id: int | None = None
    at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowDone:
    """The outcome of a window, told once its readings are durable in the lake.

    Attributes:
        rows: readings kept.
        new, revised, unchanged: how the readings compare with those held before.
        load_id: the load that brought them; None where the answer was empty.
        last_start: start of the newest reading, if there was one.
    """

    window_id: int
    rows: int
    new: int
    revised: int
    unchanged: int
    load_id: int | None
    at: datetime
    last_start: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptWindow:
    """A window that was asked, answered and stored without having been planned first.

    Attributes:
        rows: readings kept.
        new, revised, unchanged: how the readings compare with those held before.
        load_id: the load that brought them; None where the answer was empty.
        last_start: start of the newest reading, if there was one.
    """

    run_id: int
    stream: Stream
    ask_start: int
    ask_end: int
    keep_start: int
    keep_end: int
    rows: int
    new: int
    revised: int
    unchanged: int
    load_id: int | None
    last_start: int | None = None


class DoneSpan(NamedTuple):
    """A span asked for and answered, UTC epoch seconds."""

    keep_start: int
    keep_end: int
    fetched_at: int
    rows: int


# -- the rest --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFinding:
    """A finding with what it is about and when it was seen; ``closed_at`` once it no longer holds."""

    id: int
    finding: Finding
    utility: str
    account: str | None
    channel_id: int | None
    load_id: int | None
    first_seen: datetime
    last_seen: datetime
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementSource:
    """Where a statement was read, and when it was seen there.

    Attributes:
        kind: portal or file.
        source: the portal's host, or the file's name.
        first_seen: when it was first read there.
        last_seen: when it was last read there.
        document: SHA-256 of the PDF it was read from, hex; None if from no document.
    """

    kind: SourceKind
    source: str
    first_seen: datetime
    last_seen: datetime
    document: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStatement:
    """One version of a statement, the sources it was read from, and when it was seen.

    Attributes:
        id: the book's number of the bill, the same for all its versions.
        statement: what is known of it, its sources put together.
        utility: catalogue slug.
        sources: where it was read, the first source first.
        first_seen: when this version was first seen.
        last_seen: when it was last seen.
        withdrawn: when the portal was first seen to list it no longer, though it lists older ones.
        documents: SHA-256 of every document kept of it, hex; the one to show first.
    """

    id: int
    statement: Statement
    utility: str
    sources: tuple[StatementSource, ...]
    first_seen: datetime
    last_seen: datetime
    withdrawn: datetime | None = None
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTouMonth:
    """A month of a time-of-use ledger as the portal tells it now."""

    month: TouMonth
    utility: str
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPrepaidDay:
    """A day of a prepaid account's ledger as the portal tells it now."""

    day: PrepaidDay
    account: str
    utility: str
    first_seen: datetime
    last_seen: datetime


class News(StrEnum):
    """What a source's word changed."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedStatement:
    """What became of a statement that was told.

    Attributes:
        id: the book's number of the bill.
        statement: what the bill's sources come to now.
        news: whether the bill was new, or reads otherwise than before.
        joined: whether another source had told of it before.
        findings: where its sources differ.
        wants_document: whether its document is still to be asked for.
    """

    id: int
    statement: Statement
    news: News
    joined: bool = False
    findings: tuple[Finding, ...] = ()
    wants_document: bool = False


class DocumentState(StrEnum):
    """What came of reading a document."""

    READ = "read"
    REFUSED = "refused"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDocument:
    """A document that is kept as it was received.

    Attributes:
        digest: SHA-256 of its bytes, hex.
        size: bytes.
        media_type: such as ``application/pdf``.
        state: whether its bill is held as a statement.
        reasons: why not, a sentence each.
        reader: what read it: ``text``, ``ocr``, a template's name.
        first_seen: when it came.
        sources: where it came from.
    """

    digest: str
    size: int
    media_type: str
    state: DocumentState
    reasons: tuple[str, ...]
    reader: str
    first_seen: datetime
    sources: tuple[DocumentSource, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSource:
    """Where a document came from, and whose it is as far as that is known.

    Attributes:
        kind: portal or file.
        source: the portal's host, or the file's name.
        utility: catalogue slug; "" if not known.
        account: account number; "" if not known.
        bill_id: the bill it was taken for or read as.
        first_seen: when it first came from there.
        last_seen: when it last did.
    """

    kind: SourceKind
    source: str
    utility: str
    account: str
    bill_id: int | None
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UtilityRecord:
    """What ``connect`` learned of a utility that the catalogue does not say.

    Attributes:
        how: how it was learned: ``given``, ``asked``, ``looked-up``.
    """

    slug: str
    name: str
    host: str
    zone: str
    state: str
    how: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the audit log, chained to the one before by its digest."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: str
    previous: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much the records hold."""

    connections: int
    accounts: int
    locations: int
    meters: int
    channels: int
    loads: int
    windows_planned: int
    windows_done: int
    windows_failed: int
    findings_open: int
    statements: int
    balances: int
    last_sync: datetime | None
