"""What reading a record brings up: conventions that were used, oddities, and what can't be represented."""

from __future__ import annotations

from dataclasses import dataclass, field

from meterbook.model.errors import InputError, Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A word on a field of a record.

    Attributes:
        field: its path, such as ``energyratestructure[0][1].max``.
        what: what is to be said of it.
    """

    field: str
    what: str

    def __str__(self) -> str:
        return f"{self.field}: {self.what}" if self.field else self.what


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A part of a record that can't be represented, or has a defect.

    Attributes:
        part: one of :data:`~meterbook.tariffs.urdb.options.PARTS`, by which the user may do without; empty if it can't
            be done without.
        field: path of the field.
        what: what is wrong.
        expected: what would be right.
    """

    part: str
    field: str
    what: str
    expected: str


@dataclass(slots=True, kw_only=True)
class Remarks:
    """What was found so far.

    Attributes:
        label: of the record, for errors.
        leave_out: parts that the user does without.
        conventions: how what the record leaves open was read.
        oddities: what looks wrong and was read all the same.
        refusals: what was not read.
    """

    label: str
    leave_out: frozenset[str] = frozenset()
    conventions: list[str] = field(default_factory=list)
    oddities: list[Remark] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def convention(self, text: str) -> None:
        """Note how something was read."""
        if text not in self.conventions:
            self.conventions.append(text)

    def odd(self, field: str, what: str) -> None:
        """Note what looks wrong."""
        self.oddities.append(Remark(field=field, what=what))

    def refuse(self, part: str, field: str, what: str, expected: str) -> None:
        """Note what can't be read; where the user does without the part, that it is left out."""
        if part in self.leave_out:
            self.odd(field, f"left out as asked: {what}")
        else:
            self.refusals.append(Refusal(part=part, field=field, what=what, expected=expected))

    def settle(self) -> None:
        """Raise what was refused.

        Raises:
            InputError: something was; names all of it.
        """
        if not self.refusals:
            return
        first, *others = self.refusals
        what = f"the record can't be represented: {first.what}"
        if others:
            what += "; and " + "; ".join(f"{other.field}: {other.what}" for other in others)
        parts = list(dict.fromkeys(refusal.part for refusal in self.refusals if refusal.part))
        raise InputError(
            what,
            where=Where(source=f"URDB record {self.label}", field=first.field),
            expected=first.expected,
            hint=f"To price without it, say so: --leave-out {','.join(parts)}" if parts else "Mend the record.",
        )
