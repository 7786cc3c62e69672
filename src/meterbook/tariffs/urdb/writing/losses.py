"""What a record can't express of a schedule: gathered, and refused by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from meterbook.model.errors import InputError
from meterbook.model.tariff import Number, plain


@dataclass(slots=True, kw_only=True)
class Losses:
    """What was found so far.

    Attributes:
        schedule: whose, for errors.
        leave_out: kinds of parts that the user does without.
        refused: what can't be expressed.
        left: what was left out as asked.
        kept: what the format has no field for, kept in attributes of ours.
    """

    schedule: str
    leave_out: frozenset[str] = frozenset()
    refused: list[tuple[str, str]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)

    def refuse(self, part: str, what: str) -> None:
        """Note what can't be expressed; where the user does without such parts, that it is left out."""
        if part in self.leave_out:
            self.left.append(what)
        else:
            self.refused.append((part, what))

    def value(self, number: Number, what: str) -> Decimal:
        """A number of the schedule; 0 where it is not known, which is noted."""
        found = plain(number)
        if found is None:
            self.refused.append(("", f"{what} is not known"))
        return found or Decimal(0)

    def settle(self, parts: Sequence[str]) -> None:
        """Raise what was refused.

        Raises:
            InputError: something was; names all of it.
        """
        if not self.refused:
            return
        leave = [part for part in dict.fromkeys(part for part, _ in self.refused) if part in parts]
        raise InputError(
            f"{self.schedule} can't be written as a record of OpenEI's database: "
            + "; ".join(what for _, what in self.refused),
            expected="a schedule of prices by month and hour, without taxes and dated riders",
            hint=f"To write the rest, say so: --leave-out {','.join(leave)}" if leave else "Keep the tariff file.",
        )
