"""The list of log-ins with their stories."""

from __future__ import annotations

from typing import Any

from meterbook.practice.settings import Settings
from meterbook.practice.world import STORIES, TOLD, Member, World


def roster(settings: Settings, *, everyone: bool = False) -> list[dict[str, Any]]:
    """Log-ins that a person can type, each with its accounts and what it is there to show.

    Args:
        settings: which co-op.
        everyone: also members without a story, up to the last one.
    """
    world = World(settings)
    count = settings.members if everyone else min(settings.members, len(STORIES))
    rows = [_row(world.member(index)) for index in range(count)]
    for login, told in world.extra_logins():
        row = _row(world.owner(login))
        rows.append(
            row | {"email": login.email, "password": login.password, "story": told, "primary": login.primary,
                   "locked": login.locked, "name": login.email.partition("@")[0]}
        )  # fmt: skip
    return rows


def _row(member: Member) -> dict[str, Any]:
    return {
        "name": member.story.value,
        "email": member.email,
        "password": member.password,
        "totp_secret": member.totp_secret,
        "primary": member.email,
        "locked": False,
        "story": TOLD[member.story],
        "accounts": [
            {
                "account": contract.number,
                "customer": contract.customer,
                "inactive": contract.closed is not None,
                "prepaid": contract.prepaid,
                "service_locations": [
                    {
                        "service_location": place.number,
                        "nickname": place.nickname,
                        "meters": [
                            {
                                "meter": device.number,
                                "industry": device.industry,
                                "interval_s": device.step_s or None,
                            }
                            for device in place.devices
                        ],
                    }
                    for place in contract.places
                ],
            }
            for contract in member.contracts
        ],
    }
