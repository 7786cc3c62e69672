"""The ``revision`` fault: recent values that were different when first asked for."""

from __future__ import annotations

from collections import OrderedDict

from meterbook.practice.answers import UsageQuery
from meterbook.practice.settings import Settings
from meterbook.practice.world import Member

_KEPT = 50_000


class Revisions:
    """Remembers which days of which places were shown, and shows each first with some hours off.

    Args:
        settings: the portal's.
        rate: share of hours that are off when first shown.
    """

    def __init__(self, settings: Settings, rate: float) -> None:
        self._settings = settings
        self._rate = rate
        self._shown: OrderedDict[tuple[str, str], None] = OrderedDict()

    def played(self, member: Member, query: UsageQuery, answer: bytes) -> bytes:
        """The answer as it is first shown, or as it is later."""
        return answer
