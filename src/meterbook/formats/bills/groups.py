"""Sums found on the page: a total and the run of charges over it that adds up to it, groups inside groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from meterbook.formats.bills.entries import Entry
from meterbook.formats.bills.labels import is_total

ZERO = Decimal(0)
_BARRIERS = frozenset({
    "previous_balance", "payments", "balance_forward", "past_due", "after_due", "not", "budget_amount",
    "budget_balance", "amount_due",
})  # fmt: skip


@dataclass(slots=True, eq=False)
class Node:
    """A charge, or a total with the charges under it.

    Attributes:
        value: its amount.
        entry: the row it is printed in; of a group, the total's.
        parts: of a group, what adds up to it.
        natural: of a group, whether it begins where a list begins: after a heading, a gap or another sum.
    """

    value: Decimal
    entry: Entry
    parts: tuple[Node, ...] = ()
    natural: bool = True

    @property
    def charges(self) -> Iterator[Entry]:
        """The single charges, groups opened up."""
        if not self.parts:
            yield self.entry
        for part in self.parts:
            yield from part.charges


@dataclass(slots=True)
class Sums:
    """All groups of a bill, and the entries that stand between them."""

    groups: list[Node] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


def sums_of(columns: Sequence[Sequence[Entry]]) -> Sums:
    """Every total that a run of charges over it adds up to."""
    sums = Sums()
    for column in columns:
        sums.entries += column
        _walk(column, sums)
    return sums


def _walk(column: Sequence[Entry], sums: Sums) -> None:
    run: list[Node] = []
    forward = ZERO
    for entry in column:
        if entry.role in {"total", "current_charges"} or (entry.role is None and is_total(entry.wrapped)):
            group = _closed(run, entry, entry.value)
            if group is not None:
                del run[len(run) - len(group.parts) :]
                sums.groups.append(group)
                run.append(group)
                continue
        elif entry.role is None and len(run) > 1:
            # A heading's sum without the word: "Gas delivery charge 75.90" under the charges that give it.
            group = _closed(run, entry, entry.value)
            if group is not None and group.natural and len(group.parts) > 1:
                del run[len(run) - len(group.parts) :]
                sums.groups.append(group)
                run.append(group)
                continue
        if entry.role == "amount_due":
            for left in {ZERO, forward}:
                group = _closed(run, entry, entry.value - left)
                if group is not None and group.natural:
                    sums.groups.append(group)
        if entry.role in _BARRIERS:
            if entry.role in {"balance_forward", "past_due"}:
                forward = entry.value
            run = []
            continue
        run.append(Node(entry.value, entry))


def _closed(run: Sequence[Node], entry: Entry, total: Decimal) -> Node | None:
    """The shortest run just read that adds up to a total; one that begins where a list begins, if there is one."""
    found: Node | None = None
    added = ZERO
    for place in range(len(run) - 1, -1, -1):
        added += run[place].value
        if added != total:
            continue
        natural = place == 0 or _begins(run[place - 1], run[place])
        if found is None or (natural and not found.natural):
            found = Node(total, entry, tuple(run[place:]), natural)
        if natural and (place == 0 or run[place - 1].value != ZERO):
            break
    return found


def _begins(before: Node, node: Node) -> bool:
    """Whether a list begins between two neighbours: a sum before it, another page, or more room than rows have."""
    if before.parts or before.entry.role == "current_charges":
        return True
    first = node
    while first.parts:
        first = first.parts[0]
    one, other = before.entry.token, first.entry.token
    return one.page != other.page or other.middle - one.middle > 2.2 * (other.bottom - other.top)
