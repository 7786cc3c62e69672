"""The charges of a bill: the most detailed list that adds up to what the bill charges, with nothing left over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations

from meterbook.formats.bills.entries import Entry
from meterbook.formats.bills.groups import Node, Sums
from meterbook.formats.bills.labels import MONEY_FIELDS, field_of, is_charge, key_of
from meterbook.formats.bills.tokens import has_letters
from meterbook.model.bill_kinds import LineKind
from meterbook.model.statement import LineItem

ZERO = Decimal(0)


@dataclass(slots=True)
class Charges:
    """The list chosen, or why none is."""

    entries: list[Entry] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    sections: list[str | None] = field(default_factory=list)

    @property
    def lines(self) -> tuple[LineItem, ...]:
        return tuple(
            LineItem(
                kind=entry.kind or LineKind.OTHER, label=entry.label, amount=entry.value, quantity=entry.quantity,
                unit=entry.unit, rate=entry.rate, section=section,
            )
            for entry, section in zip(self.entries, self.sections or [None] * len(self.entries), strict=True)
        )  # fmt: skip


def charges_of(sums: Sums, target: Decimal | None) -> Charges:
    """The charges that add up to ``target``.

    Args:
        sums: every group found.
        target: current charges, or amount due less what is carried forward; None if neither is known.
    """
    charges = Charges()
    if target is None:
        charges.reasons.append("what the charges must add up to is not known")
        return charges
    choices = _choices(sums, target)
    if not choices:
        charges.reasons.append(f"no list of charges adds up to {target}")
        return charges
    best, reason = _agreed(choices)
    if best is None:
        charges.reasons.append(reason)
        return charges
    charges.entries = best
    charges.reasons += _doubts(best, sums)
    return charges


def _choices(sums: Sums, target: Decimal) -> list[list[Entry]]:
    whole = [group for group in sums.groups if group.value == target and group.natural]
    found = [_opened(list(group.charges), sums.groups, group) for group in whole]
    if not found:
        inner = {id(part) for group in sums.groups for part in group.parts}
        tops = [g for g in sums.groups if id(g) not in inner and g.natural and g.entry.role != "amount_due"]
        found += [
            [entry for group in some for entry in group.charges]
            for size in range(2, min(len(tops), 6) + 1)
            for some in combinations(tops[:10], size)
            if sum((g.value for g in some), start=ZERO) == target
        ]
    fit = [entries for entries in found if entries and all(e.role is None and has_letters(e.label) for e in entries)]
    return fit or [entries for entries in found if entries]


def _opened(entries: Sequence[Entry], groups: Sequence[Node], own: Node) -> list[Entry]:
    """Charges that another list breaks down are replaced by that list: page 1 sums up what page 2 details."""
    opened: list[Entry] = []
    mine = {id(entry) for entry in entries}
    for entry in entries:
        details = [
            list(g.charges) for g in groups
            if g is not own and g.value == entry.value and len(g.parts) > 1 and g.natural
            and not mine & {id(e) for e in g.charges}
        ]  # fmt: skip
        best, _ = _agreed(details) if details else (None, "")
        opened += best if best is not None else [entry]
    return opened


def _agreed(choices: Sequence[list[Entry]]) -> tuple[list[Entry] | None, str]:
    """The most detailed of several lists of the same money, if the others do not contradict it."""
    ranked = sorted(choices, key=lambda entries: (_multiplied(entries) >= 2, len(entries)), reverse=True)
    best = ranked[0]
    for other in ranked[1:]:
        if _amounts(other) == _amounts(best) or _coarser(other, best):
            continue
        if _multiplied(best) >= 2 and not _multiplied(other):  # the same money again, broken down by component
            continue
        return None, "two lists of charges add up to the same total with different amounts"
    return best, ""


def _multiplied(entries: Iterable[Entry]) -> int:
    return sum(1 for entry in entries if entry.rate is not None)


def _amounts(entries: Iterable[Entry]) -> Counter[Decimal]:
    return Counter(entry.value for entry in entries if entry.value != ZERO)


def _coarser(other: Sequence[Entry], best: Sequence[Entry]) -> bool:
    """Whether each amount of one list is an amount of the other, or the sum of a run of it."""
    values = [entry.value for entry in best]
    runs = {sum(values[i:j], start=ZERO) for i in range(len(values)) for j in range(i + 1, len(values) + 1)}
    return all(value in runs for value in _amounts(other))


def _doubts(entries: Sequence[Entry], sums: Sums) -> Iterator[str]:
    if len(entries) < 2 and entries[0].kind is None:
        yield "a single amount makes up the charges, with a label that is not known"
    unnamed = [entry for entry in entries if not has_letters(entry.label)]
    if unnamed:
        yield f"the charge of {unnamed[0].value} has no label"
    known = sum(1 for entry in entries if is_charge(entry.label))
    if 2 * known < len(entries):
        yield f"only {known} of {len(entries)} charges have a label that is known"
    odd = [entry for entry in entries if entry.role not in {None, "total"}]
    if odd:
        yield f"the line {odd[0].label!r} is no charge"
    left = list(_left_over(entries, sums))
    if left:
        words = ", ".join(f"{entry.label} {entry.value}" for entry in left[:3])
        yield f"amounts that look like charges belong to no sum: {words}"


def _left_over(entries: Sequence[Entry], sums: Sums) -> Iterator[Entry]:
    """Amounts with a charge's label that are neither among the lines nor a repetition of them."""
    taken = {id(entry) for entry in entries}
    told = {(key_of(entry.label), entry.value) for entry in entries}
    values = {entry.value for entry in entries}
    totals = {group.value for group in sums.groups}
    again: set[int] = set()
    chosen_total = sum((entry.value for entry in entries), start=ZERO)
    for group in sums.groups:
        members = {id(entry) for entry in group.charges}
        runs_match = group.value == chosen_total or any(
            group.value == other.value and {id(e) for e in other.charges} <= taken for other in sums.groups
        )
        if members <= taken or runs_match:
            again |= members
    in_row = Counter((entry.token.page, entry.token.line) for entry in sums.entries)
    for entry in sums.entries:
        if entry.role is not None or not is_charge(entry.label) or entry.value == ZERO or id(entry) in taken | again:
            continue
        if field_of(entry.label, MONEY_FIELDS) == "not":  # an average, an offer, a comparison
            continue
        if in_row[entry.token.page, entry.token.line] > 2:  # a comparison or a table of prices
            continue
        if (key_of(entry.label), entry.value) in told or entry.value in totals or entry.value in values:
            continue
        yield entry
