"""Authorizations: who may have which data, for what, from when until when. Asked before anything is pulled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from meterbook.consent import audit
from meterbook.model.authorization import Authorization, Relation, Scope
from meterbook.model.errors import AuthorizationExpired, InputError, NotAuthorized, NotFound, ScopeTooNarrow
from meterbook.store.records import Records

_RENEW = "Renew it with: meterbook connect UTILITY --user LOG-IN"


class Authorizations:
    """The grants of one book."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def grant(
        self,
        *,
        grantor: str,
        grantee: str,
        relation: Relation,
        purpose: str,
        scopes: Iterable[Scope],
        starts: datetime,
        ends: datetime | None = None,
        accounts: Sequence[str] = (),
        evidence: str = "",
    ) -> Authorization:
        """Keep a grant. What it says is explained at :class:`~meterbook.model.authorization.Authorization`.

        Raises:
            InputError: it covers nothing, names nobody, or ends before it starts.
        """
        covered = frozenset(scopes)
        if not covered:
            raise InputError("an authorization has to cover something", expected="at least one scope")
        if not (grantor.strip() and grantee.strip()):
            raise InputError("an authorization has to name who gives it and who gets it")
        if ends is not None and ends <= starts:
            raise InputError("the authorization would end before it starts", expected="an end after its start")
        given = self._records.add_authorization(
            Authorization(
                id=0,
                grantor=grantor,
                grantee=grantee,
                relation=relation,
                purpose=purpose,
                scopes=covered,
                accounts=tuple(accounts),
                starts=starts,
                ends=ends,
                evidence=evidence,
            )
        )
        self._note("authorization.granted", given, starts)
        return given

    def revoke(self, authorization_id: int, at: datetime) -> Authorization:
        """End a grant. Revoking it again changes nothing.

        Raises:
            NotFound: there is no such grant.
        """
        grant = self.get(authorization_id)
        if self._records.revoke_authorization(authorization_id, at):
            self._note("authorization.revoked", grant, at)
        return self.get(authorization_id)

    def get(self, authorization_id: int) -> Authorization:
        """A grant by its number.

        Raises:
            NotFound: there is no such grant.
        """
        for grant in self._records.authorizations():
            if grant.id == authorization_id:
                return grant
        raise NotFound(f"there is no authorization {authorization_id}")

    def granted(self, *, at: datetime | None = None) -> list[Authorization]:
        """Grants in the order in which they were given: all, or those in force at an instant."""
        return [grant for grant in self._records.authorizations() if at is None or grant.holds_at(at)]

    def require(self, authorization_id: int, account: str, scope: Scope, at: datetime) -> Authorization:
        """The grant, if it allows a kind of data of an account to be had at an instant.

        Raises:
            NotAuthorized: there is no such grant, it has not begun, or it leaves the account out.
            ScopeTooNarrow: it leaves this kind of data out.
            AuthorizationExpired: it has ended or was revoked.
        """
        found = [grant for grant in self._records.authorizations() if grant.id == authorization_id]
        return allowed(found, account, scope, at)

    def require_any(self, account: str, scope: Scope, at: datetime, *, grantee: str | None = None) -> Authorization:
        """A grant, to anybody or to one grantee, that allows a kind of data of an account to be had at an instant.

        Raises:
            NotAuthorized, ScopeTooNarrow, AuthorizationExpired: as :meth:`require`; of several grants the one that
            comes closest gives the reason.
        """
        grants = [grant for grant in self._records.authorizations() if grantee in (None, grant.grantee)]
        return allowed(grants, account, scope, at)

    def _note(self, action: str, grant: Authorization, at: datetime) -> None:
        scopes = ", ".join(sorted(scope.value for scope in grant.scopes))
        detail = f"{grant.relation.value}; {scopes}; for {grant.purpose}"
        audit.record(
            self._records, actor=grant.grantor, action=action, subject=f"authorization {grant.id}", detail=detail, at=at
        )


def allowed(grants: Sequence[Authorization], account: str, scope: Scope, at: datetime) -> Authorization:
    """The first of some grants that covers a kind of data of an account and is in force at an instant.

    Raises:
        NotAuthorized: none covers the account, or the one that does has not begun.
        ScopeTooNarrow: those for the account leave this kind of data out.
        AuthorizationExpired: those for it have ended or were revoked.
    """
    of_account = [grant for grant in grants if not grant.accounts or account in grant.accounts]
    covering = [grant for grant in of_account if grant.covers(account, scope)]
    for grant in covering:
        if grant.holds_at(at):
            return grant
    if not of_account:
        raise NotAuthorized(
            f"no authorization covers account {account}",
            hint="Record one with: meterbook connect UTILITY --user LOG-IN",
        )
    if not covering:
        has = ", ".join(sorted({each.value for grant in of_account for each in grant.scopes}))
        raise ScopeTooNarrow(
            f"the authorization for account {account} does not cover {scope.value}",
            expected=f"a grant of {scope.value} (it covers {has})",
            hint=_RENEW,
        )
    if all(at < grant.starts for grant in covering):
        begins = min(grant.starts for grant in covering)
        raise NotAuthorized(
            f"the authorization for account {account} begins on {begins:%d %b %Y}", hint="Wait until then, or renew it."
        )
    latest = covering[-1]
    whose = f" for account {account}" if account else ""
    how = "was revoked" if latest.revoked is not None and latest.revoked <= at else "has ended"
    raise AuthorizationExpired(f"the authorization{whose} {how}", hint=_RENEW)
