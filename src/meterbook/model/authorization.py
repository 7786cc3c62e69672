"""An authorization: a customer's grant of access to their data, without which nothing is pulled or handed out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Relation(StrEnum):
    """Who asks, seen from the member."""

    SELF = "self"
    HOUSEHOLD = "household"
    EMPLOYEE = "employee"
    CONSULTANT = "consultant"
    THIRD_PARTY = "third-party"


class Scope(StrEnum):
    """What an authorization covers."""

    USAGE = "usage"
    BILLS = "bills"
    BALANCES = "balances"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """One grant.

    Attributes:
        id: the book's number of it.
        grantor: the member whose data it is (log-in or name).
        grantee: who may read it.
        relation: what the grantee is to the member; a member's own account is ``self``.
        purpose: what for, in the member's words.
        scopes: what it covers.
        accounts: account numbers covered; empty means all that the log-in sees.
        starts: first instant it holds.
        ends: instant it ends; None until revoked.
        revoked: instant of revocation.
        evidence: where the written consent is kept (a file name or reference), if there is one.
    """

    id: int
    grantor: str
    grantee: str
    relation: Relation
    purpose: str
    scopes: frozenset[Scope]
    starts: datetime
    accounts: tuple[str, ...] = ()
    ends: datetime | None = None
    revoked: datetime | None = None
    evidence: str = ""

    def holds_at(self, instant: datetime) -> bool:
        """Whether the grant is in force at an instant."""
        return (
            self.starts <= instant
            and (self.ends is None or instant < self.ends)
            and (self.revoked is None or instant < self.revoked)
        )

    def covers(self, account: str, scope: Scope) -> bool:
        """Whether the grant covers a kind of data of an account."""
        return scope in self.scopes and (not self.accounts or account in self.accounts)
