"""The usage poll: the same request sent again until the portal has prepared the answer."""

from __future__ import annotations

import asyncio

from meterbook.model.errors import RequestFailed, StillPending
from meterbook.portals.smarthub import wire
from meterbook.portals.smarthub.adapter import Pending, read_poll, to_usage
from meterbook.portals.smarthub.answer import Asked, Usage
from meterbook.portals.smarthub.pace import jitter
from meterbook.portals.smarthub.session import Session

POLL = "/services/secured/utility-usage/poll"


def poll_body(asked: Asked, user: str) -> dict[str, object]:
    """The request as the portal's own page sends it: bounds are true instants in ms, one industry a call."""
    return {
        "timeFrame": asked.frame.value,
        "userId": user,
        "screen": "USAGE_EXPLORER",
        "includeDemand": True,
        "serviceLocationNumber": asked.service_location,
        "accountNumber": asked.account,
        "industries": [asked.industry],
        "startDateTime": asked.start * 1000,
        "endDateTime": asked.end * 1000,
        "selectedIndustry": asked.industry,
    }


async def fetch_usage(session: Session, asked: Asked) -> Usage:
    """Readings of one location, industry and frame.

    Raises:
        StillPending: no answer within the pace's limit.
        RequestFailed: the portal says that it failed; the same request never works.
        UnknownCode: a unit, direction or industry that we do not know.
        PortalError: see :meth:`Session.secured`.
    """
    await session.sign_in()
    body = poll_body(asked, session.user)
    caller = session.caller
    async with caller.gate.slot(caller.pace):
        caller.counters.polls += 1
        answer = await _answer(session, body, asked.industry)
    return to_usage(answer, asked)


async def _answer(session: Session, body: dict[str, object], industry: str) -> list[wire.Entry]:
    caller, pace = session.caller, session.caller.pace
    loop = asyncio.get_running_loop()
    began, waited = loop.time(), 0.0
    while True:
        answer = await session.secured("POST", POLL, lambda reply: read_poll(reply, industry), json=body)
        if isinstance(answer, list):
            return answer
        if answer is Pending.FAILED:
            raise RequestFailed(
                "the portal says that it can't give these readings (FAILED)",
                where=POLL,
                hint="It may have none of this kind for the location. The same request is not sent again.",
            )
        caller.counters.pending += 1
        if max(loop.time() - began, waited) >= pace.pending_limit_s:
            raise StillPending(
                f"the portal was still preparing the answer after {pace.pending_limit_s:.0f} s",
                where=POLL,
                hint="Nothing is lost: the next run asks for it again.",
            )
        wait = jitter(pace.wait_s)
        waited += wait
        await caller.sleep(wait)
