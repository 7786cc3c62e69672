"""The error tree. Each error says what failed, where, what was expected, and what the user can do.

Trouble with *data* is not an exception but a :class:`~meterbook.model.finding.Finding`. An error never carries a
secret, a reply body or a member's data: those go, redacted, to a diagnostics file the user chooses to share.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar

PROBLEM_BASE = "https://meterbook.example/problems/"


class ExitCode:
    """What the command line exits with."""

    DONE = 0
    PARTIAL = 1
    USAGE = 2
    INPUT = 3
    PORTAL = 4
    CONSENT = 5
    STORE = 6


class Retry(Enum):
    """Whether asking again can help."""

    NEVER = "never"
    LATER = "later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where in foreign data an error lies: a file or request, a record in it, a field of that record."""

    source: str
    record: str | int | None = None
    field: str | None = None

    def __str__(self) -> str:
        parts = [self.source]
        if self.record is not None:
            parts.append(f"record {self.record}" if isinstance(self.record, int) else self.record)
        if self.field is not None:
            parts.append(f"field {self.field}")
        return ", ".join(parts)


class MeterbookError(Exception):
    """Root of the tree.

    Args:
        what: what failed, one sentence without a full stop at the end.
        where: file, record and field, or the request, if known.
        expected: what would have been right.
        hint: what the user can do.
    """

    code: ClassVar[str] = "meterbook"
    exit_code: ClassVar[int] = ExitCode.USAGE
    http_status: ClassVar[int] = 500
    retry: Retry = Retry.NEVER

    def __init__(
        self, what: str, *, where: Where | str | None = None, expected: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.expected = expected
        self.hint = hint

    def __str__(self) -> str:
        text = self.what
        if self.where is not None:
            text += f" ({self.where})"
        if self.expected is not None:
            text += f"; expected {self.expected}"
        return text

    def to_problem(self) -> dict[str, Any]:
        """The error as an RFC 9457 problem object."""
        problem: dict[str, Any] = {
            "type": PROBLEM_BASE + self.code,
            "title": self.what,
            "status": self.http_status,
            "code": self.code,
        }
        if self.where is not None:
            problem["where"] = str(self.where)
        if self.expected is not None:
            problem["expected"] = self.expected
        if self.hint is not None:
            problem["hint"] = self.hint
        return problem


# -- a file or an argument -------------------------------------------------------------------------------------------


class InputError(MeterbookError):
    """A file or an argument is not what it has to be."""

    code = "input"
    exit_code = ExitCode.INPUT
    http_status = 400


class UsageError(InputError):
    """The command or call itself can't be carried out as given."""

    code = "input.usage"
    exit_code = ExitCode.USAGE


class MalformedRecord(InputError):
    """A record in a file or reply can't be read."""

    code = "input.malformed-record"


class ReadingEnded(MalformedRecord):
    """The process that read a file was ended: by the file, or by a machine that had no time or memory for it."""

    code = "input.reading-ended"


class UnknownCode(InputError):
    """A code or rule we do not know; never mapped to a default."""

    code = "input.unknown-code"


class UnitMismatch(InputError):
    """Two quantities that can't be put together."""

    code = "input.unit-mismatch"


class TariffError(InputError):
    """A rate schedule does not say what it is asked for, such as a price of another year.

    Attributes:
        path: of the part of its file that would have to say it.
    """

    code = "input.tariff"

    def __init__(
        self, what: str, *, path: tuple[str | int, ...], expected: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(what, expected=expected, hint=hint)
        self.path = path


class NotFound(InputError):
    """A named thing (account, utility, file) that does not exist."""

    code = "input.not-found"
    http_status = 404


# -- a utility's portal ----------------------------------------------------------------------------------------------


class PortalError(MeterbookError):
    """A utility's portal did not do what was asked."""

    code = "portal"
    exit_code = ExitCode.PORTAL
    http_status = 502


class SignInRefused(PortalError):
    """The portal said that the credentials are wrong. Never tried again by itself: portals lock accounts."""

    code = "portal.sign-in-refused"


class MoreProofNeeded(PortalError):
    """The portal wants a second factor that was not given, or refused the one given.

    Args:
        method: the portal's name of the second factor, such as ``TOTP``, if it said.
    """

    code = "portal.more-proof-needed"

    def __init__(self, what: str, *, method: str | None = None, **rest: Any) -> None:
        super().__init__(what, **rest)
        self.method = method


class AccountLocked(PortalError):
    """The portal has locked the log-in."""

    code = "portal.account-locked"


class ClockWrong(PortalError):
    """This computer's clock and the portal's are too far apart to sign in safely."""

    code = "portal.clock-wrong"


class PortalUnavailable(PortalError):
    """Time-out, server error, maintenance page or bot check.

    Args:
        closed: the portal as a whole gives no data (a page in its place); else one request met a fault.
    """

    code = "portal.unavailable"
    retry = Retry.LATER

    def __init__(self, what: str, *, closed: bool = False, **rest: Any) -> None:
        super().__init__(what, **rest)
        self.closed = closed


class HostUnreachable(PortalError):
    """No connection: the name is not known, the connection was refused, or TLS failed."""

    code = "portal.host-unreachable"
    retry = Retry.LATER


class TooManyRequests(PortalError):
    """The portal asked for a pause.

    Args:
        wait_s: seconds that the portal asked for, if it said.
    """

    code = "portal.too-many-requests"
    retry = Retry.LATER

    def __init__(self, what: str, *, wait_s: float | None = None, **rest: Any) -> None:
        super().__init__(what, **rest)
        self.wait_s = wait_s


class StillPending(PortalError):
    """The portal went on preparing an answer for longer than we wait."""

    code = "portal.still-pending"
    retry = Retry.LATER


class AccessRefused(PortalError):
    """The portal does not let this log-in make this call (403)."""

    code = "portal.access-refused"


class RequestFailed(PortalError):
    """The portal answered FAILED: the same body will never work."""

    code = "portal.request-failed"


class FeatureAbsent(PortalError):
    """The portal, in this version, has no such path (404) or no such feature."""

    code = "portal.feature-absent"


class PortalChanged(PortalError):
    """The reply lost its known shape: our bug, never "wrong password"."""

    code = "portal.changed"


# -- consent ---------------------------------------------------------------------------------------------------------


class ConsentError(MeterbookError):
    """An authorization does not allow what was asked."""

    code = "consent"
    exit_code = ExitCode.CONSENT
    http_status = 403


class NotAuthorized(ConsentError):
    """There is no authorization for this."""

    code = "consent.not-authorized"


class ScopeTooNarrow(ConsentError):
    """The authorization does not cover this."""

    code = "consent.scope-too-narrow"


class AuthorizationExpired(ConsentError):
    """The authorization has ended or was revoked."""

    code = "consent.authorization-expired"


class CredentialsMissing(ConsentError):
    """The vault holds no credentials for a connection, or can't be opened with the key at hand."""

    code = "consent.credentials-missing"


# -- analysis and store ----------------------------------------------------------------------------------------------


class AnalysisError(MeterbookError):
    """A calculation has not what it needs."""

    code = "analysis"
    exit_code = ExitCode.INPUT
    http_status = 422


class NotEnoughReadings(AnalysisError):
    """No usable reading, or too few."""

    code = "analysis.not-enough-readings"


class StoreError(MeterbookError):
    """The book can't be read or written."""

    code = "store"
    exit_code = ExitCode.STORE


class SchemaTooNew(StoreError):
    """The book was written by a newer Meterbook."""

    code = "store.schema-too-new"


class Locked(StoreError):
    """Another process holds what is needed."""

    code = "store.locked"
    http_status = 423


class ChangedMeanwhile(StoreError):
    """Another writer was faster; what was to be stored was not, and may be tried again."""

    code = "store.changed-meanwhile"
    http_status = 409


class BookDamaged(StoreError):
    """A file of the book is missing or can't be read."""

    code = "store.damaged"
