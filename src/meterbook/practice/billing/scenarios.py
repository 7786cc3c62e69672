"""Which accounts play which event of billing. Members with a story have theirs by it, the others by their index."""

from __future__ import annotations

from dataclasses import dataclass

from meterbook.practice import dice
from meterbook.practice.billing.prices import LAMPS, Lamp
from meterbook.practice.billing.reads import Period
from meterbook.practice.people import Contract, Member, Place, Story

ESTIMATED_MONTHS = {Story.MECHANICAL: (1, 7), Story.OUTAGE: (3, 9)}
_REBILLED_MONTHS = {Story.REVISED: (2, 8)}
ROUND_UP = "round-up"
PAPERLESS = "paperless"
LATE_PAYER = "late payer"
OVERPAYER = "overpayer"
BUDGET = "budget"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lights:
    """So many lamps of a kind at a place."""

    lamp: Lamp
    count: int


def is_estimated(member: Member, period: Period) -> bool:
    """Whether the meter could not be read at the end of a period. A final read is always taken."""
    if period.first or period.final:
        return False
    months: tuple[int, ...] = ESTIMATED_MONTHS.get(member.story, ())
    if member.story is Story.FILLER and member.index % 13 == 5:
        months = (1 + member.index % 12,)
    return period.end.month in months


def corrections(member: Member, period: Period) -> int:
    """How often the bill of a period was cancelled and made again."""
    if period.first or period.final:
        return 0
    months: tuple[int, ...] = _REBILLED_MONTHS.get(member.story, ())
    if member.story is Story.FILLER and member.index % 17 == 3:
        months = (1 + member.index % 12,)
    if period.end.month not in months:
        return 0
    return 2 if member.story is Story.REVISED and period.end.month == 8 else 1


def takes_part(member: Member, contract: Contract, program: str) -> bool:
    """Whether an account is enrolled in a program, or has a habit of paying."""
    if contract.prepaid:
        return False
    index, story = member.index, member.story
    filler = story is Story.FILLER
    if program == BUDGET:
        return story is Story.TOTP or (filler and index % 11 == 2)
    if program == LATE_PAYER:
        return filler and index % 7 == 4
    if program == OVERPAYER:
        return story is Story.GAS or (filler and index % 7 == 6)
    if program == ROUND_UP:
        return story in (Story.HOUSEHOLD, Story.WATER) or (filler and index % 3 == 1)
    assert program == PAPERLESS
    return story in (Story.TIME_OF_USE, Story.WATER) or (filler and index % 2 == 0)


def lights(member: Member, contract: Contract, place: Place) -> tuple[Lights, ...]:
    """The leased lamps of a place."""
    if not place.devices:
        return Lights(lamp=LAMPS["L50"], count=3), Lights(lamp=LAMPS["H100"], count=1)
    if member.story is Story.PORTFOLIO:
        return (Lights(lamp=LAMPS["L150"], count=4),) if int(place.number) % 20 in (1, 6) else ()
    if member.story is Story.HOUSEHOLD or (member.story is Story.FILLER and dice.number(4, "lamp", member.index) == 0):
        return (Lights(lamp=LAMPS["L50"], count=1),)
    return ()


def group_of(member: Member, contract: Contract) -> str | None:
    """Number of the consolidated statement an account is billed on."""
    return f"9{member.index:05d}" if member.story is Story.PORTFOLIO else None


def is_master(member: Member, contract: Contract) -> bool:
    """Whether the consolidated statement is sent under this account."""
    return group_of(member, contract) is not None and contract is member.contracts[0]
