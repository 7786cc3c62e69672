"""Where a stored fact came from: the source, the load that brought it, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SourceKind(StrEnum):
    """Kind of source."""

    PORTAL = "portal"
    FILE = "file"
    REQUEST = "request"
    ESTIMATE = "estimate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """The origin of one load of data.

    Attributes:
        kind: portal, file, request or our own estimate.
        source: the portal's host, or the file's name (never its content, never a credential).
        at: when it was brought, UTC.
        detail: what was asked for or which part of the file, for the audit.
        digest: SHA-256 of the file or reply as received, hex, if taken.
    """

    kind: SourceKind
    source: str
    at: datetime
    detail: str = ""
    digest: str | None = None
