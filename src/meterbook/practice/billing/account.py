"""An account with the member and the co-op it belongs to: what everything about bills is asked of."""

from __future__ import annotations

from dataclasses import dataclass

from meterbook.practice.people import Contract, Member, Place
from meterbook.practice.registers import Point
from meterbook.practice.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account of a member.

    Attributes:
        settings: the co-op's.
        member: whose.
        contract: the account itself.
    """

    settings: Settings
    member: Member
    contract: Contract

    def point(self, place: Place) -> Point:
        """A place of the account, to ask readings of."""
        return Point(settings=self.settings, member=self.member, contract=self.contract, place=place)
