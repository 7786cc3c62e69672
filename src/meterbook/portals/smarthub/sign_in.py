"""What the portal's answer to a log-in means. Pure."""

from __future__ import annotations

import msgspec

from meterbook.model.errors import (
    AccountLocked,
    FeatureAbsent,
    MoreProofNeeded,
    PortalChanged,
    PortalUnavailable,
    SignInRefused,
)
from meterbook.portals.smarthub import wire
from meterbook.portals.smarthub.calls import Reply, page

SIGN_IN = "/services/oauth/auth/v2"


def read_sign_in(reply: Reply, *, with_code: bool, method: str) -> wire.SignInAnswer:
    """A log-in's answer, which is one only with the word SUCCESS and a token.

    Raises:
        AccountLocked, MoreProofNeeded, SignInRefused: what the portal said of the credentials.
        PortalUnavailable: a fault or a page, which say nothing of them.
        FeatureAbsent, PortalChanged: not the log-in that we know.
    """
    said = _said(reply)
    if reply.is_html:
        raise page(SIGN_IN, reply.status)
    if reply.status == 500:
        if wants_code(reply):
            raise _code_refused(with_code, method)
        raise PortalUnavailable(
            "the portal has a fault (HTTP 500)", where=SIGN_IN, hint="Nothing is lost: try again later."
        )
    if reply.status == 404:
        raise FeatureAbsent(
            "there is no SmartHub log-in at this address (HTTP 404)",
            where=SIGN_IN,
            hint="Check the portal's address: it is the host name of its log-in page.",
        )
    if reply.status not in (200, 400, 401, 403):
        raise PortalChanged(
            f"the portal no longer takes a log-in of this form (HTTP {reply.status})",
            where=SIGN_IN,
            hint="This is ours to mend, your password is fine. Please report it with the utility's name.",
        )
    answer = sign_in_answer(reply) if reply.status == 200 else None
    if answer is not None and is_success(answer):
        return answer
    if "lock" in said:
        raise AccountLocked(
            "the portal has locked this log-in",
            where=SIGN_IN,
            hint="Unlock it on the portal's own page (or wait, or call the utility), then connect again.",
        )
    if any(word in said for word in ("two_factor", "two-factor", "twofactor", "mfa", "could not be verified")):
        raise _code_refused(with_code, method)
    if reply.status == 200 and answer is None:
        raise PortalChanged(
            "the portal's answer to the log-in has another shape than expected",
            where=SIGN_IN,
            hint="This is ours to mend, your password is fine. Please report it with the utility's name.",
        )
    raise SignInRefused(
        "the portal refused the user name or the password",
        where=SIGN_IN,
        hint="Check them on the portal's own page, then connect again. Meterbook does not try them twice: "
        "portals lock an account after a few wrong attempts.",
    )


def _said(reply: Reply) -> str:
    return reply.body[:2000].decode("utf-8", "replace").lower()


def wants_code(reply: Reply) -> bool:
    return "could not be verified" in _said(reply)


def _code_refused(with_code: bool, method: str) -> MoreProofNeeded:
    if with_code:
        return MoreProofNeeded(
            "the portal refused the one-time code",
            method=method or None,
            hint="Check the authenticator's secret and this computer's clock, then connect again.",
        )
    return MoreProofNeeded(
        "the portal wants a second factor",
        method=method or None,
        hint="Give the authenticator's secret (METERBOOK_TOTP_SECRET) or a code when asked.",
    )


def sign_in_answer(reply: Reply) -> wire.SignInAnswer | None:
    try:
        answer: wire.SignInAnswer = wire.SIGN_IN.read(reply.body)
    except msgspec.DecodeError:
        return None
    return answer


def is_success(answer: wire.SignInAnswer) -> bool:
    return (answer.status or "").strip().upper() == "SUCCESS" and bool(answer.authorizationToken)
