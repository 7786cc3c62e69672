"""What a connection's sync has come to so far: counts, troubles, and whether it is over."""

from __future__ import annotations

from dataclasses import dataclass, field

from meterbook.model.errors import (
    AccessRefused,
    ConsentError,
    FeatureAbsent,
    InputError,
    MeterbookError,
    PortalChanged,
    PortalUnavailable,
    RequestFailed,
    StillPending,
)
from meterbook.portals.smarthub import SmartHub
from meterbook.sync.report import Trouble

# An error of these kinds concerns one request or account; any other one concerns the log-in, the host or the book.
LOCAL = (RequestFailed, AccessRefused, FeatureAbsent, StillPending, PortalChanged, InputError, ConsentError)
PATIENCE = 3  # windows in a row that a faulty portal may fail before it is left alone


@dataclass(slots=True)
class Tally:
    """What was changed.

    Attributes:
        new: readings that were not there before.
        revised: readings whose value or quality changed.
        bills: bills that were not there before.
        documents: documents that were not there before.
    """

    new: int = 0
    revised: int = 0
    bills: int = 0
    documents: int = 0


@dataclass(slots=True)
class Results:
    """What the accounts of one connection have come to.

    Attributes:
        portal: told to ask nothing more once the sync is over.
        tallies: counts by account number.
        troubles: what could not be brought, by account number; under "" what concerns no account.
        findings: how many were stored.
        fatal: the error that ended the connection's sync; None while it goes on.
    """

    portal: SmartHub
    tallies: dict[str, Tally] = field(default_factory=dict)
    troubles: dict[str, list[Trouble]] = field(default_factory=dict)
    findings: int = 0
    fatal: MeterbookError | None = None
    _faults: int = 0

    def tally(self, account: str) -> Tally:
        """The counts of an account."""
        return self.tallies.setdefault(account, Tally())

    def trouble(self, account: str, subject: str, error: MeterbookError) -> None:
        """Note what could not be brought. An error that stopped several things is told where it was met first."""
        known = [trouble.error for some in self.troubles.values() for trouble in some]
        if not any(error is one or (isinstance(error, ConsentError) and str(error) == str(one)) for one in known):
            self.troubles.setdefault(account, []).append(Trouble(subject=subject, error=error))

    def answered(self) -> None:
        """A window was answered: the portal is well."""
        self._faults = 0

    def failed(self, error: MeterbookError) -> bool:
        """Judge a window's error; True if the connection's sync is over.

        A refused log-in, a host that can't be reached, a page in place of data or a pause asked for end it at once,
        and then nothing more is asked. Server faults, answers cut off, time-outs and answers that never get ready end
        it when they come in a row.
        """
        if isinstance(error, StillPending) or (isinstance(error, PortalUnavailable) and not error.closed):
            self._faults += 1
            over = self._faults >= PATIENCE
        else:
            over = not isinstance(error, LOCAL)
        if over and self.fatal is None:
            self.fatal = error
            self.portal.stop(error)
        return self.fatal is not None
