"""What can be asked without a log-in: the site's name, and the portal's own member look-up.

The look-up sends what was typed to SmartHub's directory, so it is made only with the user's consent.
"""

from __future__ import annotations

from dataclasses import dataclass

import httpx2
import msgspec

from meterbook.model.errors import PortalChanged
from meterbook.portals.base import Pace
from meterbook.portals.smarthub import wire
from meterbook.portals.smarthub.adapter import changed
from meterbook.portals.smarthub.calls import Caller, cut_off, refused_status
from meterbook.portals.smarthub.host import LOOK_UP_HOST, clean
from meterbook.portals.smarthub.pace import pace_of

SITE_NAME = "/services/member/siteName"
BY_NAME = "/services/memberLookup/name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A portal of the member look-up.

    Attributes:
        name: the utility's name.
        host: its portal's host.
        state: two letters, as its head office's address has them; empty if it has none.
    """

    name: str
    host: str
    state: str = ""


async def site_name(caller: Caller) -> str:
    """The name by which the portal calls its utility.

    Raises:
        FeatureAbsent: there is no SmartHub portal at the address.
        PortalError: it can't be reached.
    """
    reply = await caller.ask("GET", SITE_NAME)
    error = refused_status(reply, SITE_NAME)
    if error is not None:
        raise error
    words = reply.body.decode("utf-8", "replace").strip().strip('"').strip()
    name = words.removeprefix("Loading ").removesuffix(" SmartHub Application").strip()
    if not name or len(name) > 200:
        raise PortalChanged(
            "the portal's answer is not a name", where=SITE_NAME, hint="Check the portal's address in a browser."
        )
    return name


async def look_up(
    name: str, *, client: httpx2.AsyncClient | None = None, pace: Pace | None = None, at: str = LOOK_UP_HOST
) -> list[Found]:
    """Portals whose utility's name contains a text, as SmartHub's own directory knows them.

    Args:
        name: three or more letters of the name.
        client: HTTP client; one of its own if None.
        pace: how fast; the default of the host if None.
        at: the directory's host.

    Raises:
        PortalError: the directory can't be reached or has changed.
    """
    address = clean(at)
    own = client or httpx2.AsyncClient()
    try:
        caller = Caller(address=address, client=own, pace=pace_of(address, pace))
        reply = await caller.ask("GET", BY_NAME, params={"name": name})
    finally:
        if client is None:
            await own.aclose()
    error = refused_status(reply, BY_NAME)
    if error is not None:
        raise error
    return parse_look_up(reply.body)


def parse_look_up(body: bytes) -> list[Found]:
    """The directory's answer.

    Raises:
        PortalChanged, PortalUnavailable: of another shape, or cut off.
    """
    try:
        rows: list[wire.Deployment] = wire.DEPLOYMENTS.read(body) or []
    except msgspec.ValidationError as err:
        raise changed(BY_NAME, err) from err
    except msgspec.DecodeError as err:
        raise cut_off(BY_NAME) from err
    return [
        Found(name=(row.name or "").strip(), host=f"{row.domain.strip().lower()}.smarthub.coop", state=_state(row))
        for row in rows
        if (row.domain or "").strip() and row.domain is not None
    ]


def _state(row: wire.Deployment) -> str:
    states = (address.get("state") for address in row.addressList or [])
    return next((state.strip() for state in states if isinstance(state, str) and state.strip()), "")
