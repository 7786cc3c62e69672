"""Daily temperatures that the portal shows beside the usage."""

from __future__ import annotations

from meterbook.portals.smarthub.adapter import to_weather
from meterbook.portals.smarthub.answer import Asked, Usage
from meterbook.portals.smarthub.session import Session

WEATHER = "/services/secured/weather-data"


async def fetch_weather(session: Session, asked: Asked) -> Usage:
    """Low and high of each local day, °F.

    Raises:
        FeatureAbsent: the portal has no weather.
        PortalError: see :meth:`Session.secured`.
    """
    body = {
        "serviceLocationNumber": asked.service_location,
        "industry": asked.industry,
        "startDateTime": asked.start * 1000,
        "endDateTime": asked.end * 1000,
        "timeFrame": "DAILY",
    }
    return await session.secured("POST", WEATHER, lambda reply: to_weather(reply, asked), json=body)
