"""NISC SmartHub: the member portal of several hundred co-operatives and municipal utilities.

The wire is described in ``docs/smarthub.md``. :class:`SmartHub` is usable without the rest of Meterbook. The client is
imported when it is first asked for, so that listing the portals stays cheap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from meterbook.portals.base import Capabilities, Pace, PortalSpec

if TYPE_CHECKING:
    from meterbook.portals.smarthub.answer import Frame, Usage
    from meterbook.portals.smarthub.calls import Counters
    from meterbook.portals.smarthub.client import SmartHub
    from meterbook.portals.smarthub.lookup import Found, look_up
    from meterbook.portals.smarthub.session import SignedIn

__all__ = ["SPEC", "Counters", "Found", "Frame", "SignedIn", "SmartHub", "Usage", "look_up"]

SPEC = PortalSpec(
    name="smarthub",
    title="NISC SmartHub",
    capabilities=Capabilities(
        interval_readings=True,
        daily_readings=True,
        monthly_readings=True,
        cost=True,
        demand=True,
        weather=True,
        statements=True,
        documents=True,
        balances=True,
        industries=("ELECTRIC", "GAS", "WATER"),
        second_factors=("TOTP",),
    ),
    pace=Pace(),
    client="meterbook.portals.smarthub:SmartHub",
)

_MODULES = {
    "Counters": "calls",
    "Found": "lookup",
    "Frame": "answer",
    "SignedIn": "session",
    "SmartHub": "client",
    "Usage": "answer",
    "look_up": "lookup",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module  # noqa: PLC0415 - only when something is asked for

    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
