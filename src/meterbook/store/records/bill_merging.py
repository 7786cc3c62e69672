"""What the sources of one bill come to together. Pure.

The bill as issued goes before what a portal's list says of it, and that before a table someone made. Where only one
source tells a thing it is taken; where two tell it differently the better one's word stands, and that is reported.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from meterbook.model.finding import Finding
from meterbook.model.provenance import SourceKind
from meterbook.model.statement import Statement
from meterbook.model.sums import discrepancies
from meterbook.store.records.bill_matching import Told, amounts, close, dated

DIFFER = "bill.sources-differ"

_COMPARED = (
    "bill_date", "period_start", "period_end", "due_date", "previous_balance", "payments", "balance_forward",
    "current_charges", "amount_due", "budget_amount", "usage",
)  # fmt: skip
_TOGETHER = (("period_start", "period_end"), ("read_start", "read_end"), ("usage", "usage_unit"))
"""Fields that mean nothing without each other, and are taken from one source."""
_OWN = ("account", "bill_date", "cancelled", "document")
"""Fields that are not filled in like the others."""
_EDGES = ("period_start", "period_end")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two sources that do not agree.

    Attributes:
        field: on what.
        kept: what stands.
        other: what the lesser source says.
        source: which that is.
    """

    field: str
    kept: str
    other: str
    source: str

    def finding(self, bill: int, bill_date: date) -> Finding:
        """The difference as it is kept beside the data."""
        words = self.field.replace("_", " ")
        return Finding(
            name=DIFFER,
            message=f"the bill of {bill_date}: {words} is {self.kept}, and {self.other} by {self.source}",
            data={
                "bill": bill,
                "bill_date": bill_date.isoformat(),
                "field": self.field,
                "kept": self.kept,
                "other": self.other,
                "source": self.source,
            },
        )


def merged(sources: Sequence[Told]) -> Statement:
    """One statement from what the sources say, each as it says it last.

    Args:
        sources: at least one; of equals the one told last comes first.
    """
    if len(sources) == 1 and not sources[0].document:
        return sources[0].statement
    ranked = sorted(sources, key=_rank)
    best = ranked[0].statement
    for other in ranked[1:]:
        best = _filled(best, other.statement)
    portal = next((one.statement for one in ranked if one.kind is SourceKind.PORTAL and not one.printed), None)
    document = next((one.document for one in ranked if one.document), None) or best.document
    return dataclasses.replace(
        best,
        # The number as the portal writes it is the one that meters and readings are kept under.
        account=portal.account if portal is not None else best.account,
        cancelled=any(one.statement.cancelled for one in ranked),
        document=document,
    )


def differences(statement: Statement, sources: Sequence[Told]) -> Iterator[Difference]:
    """Where a source says otherwise than what stands, each field once a source."""
    for told in sorted(sources, key=_rank):
        for field in _COMPARED:
            kept, other = getattr(statement, field), getattr(told.statement, field)
            if kept is None or other is None or (field == "bill_date" and not dated(told)):
                continue
            if _agree(field, kept, other, statement, told.statement):
                continue
            yield Difference(field=field, kept=str(kept), other=str(other), source=told.source)


def _rank(told: Told) -> int:
    if told.printed:
        return 0 if told.kind is SourceKind.PORTAL else 1
    return {SourceKind.PORTAL: 2, SourceKind.REQUEST: 3, SourceKind.FILE: 4}.get(told.kind, 5)


def _filled(best: Statement, other: Statement) -> Statement:
    """The better source's statement with what only the other one tells."""
    taken: dict[str, Any] = {}
    grouped = {name for group in _TOGETHER for name in group}
    for group in _TOGETHER:
        if all(getattr(best, name) is None for name in group):
            taken |= {name: getattr(other, name) for name in group}
    for field in dataclasses.fields(best):
        name = field.name
        if name not in grouped and name not in _OWN and _open(getattr(best, name)) and not _open(getattr(other, name)):
            taken[name] = getattr(other, name)
    full = dataclasses.replace(best, **taken)
    # Two sources may call different things by one name (adjustments, amount due). What would break the sums of a
    # bill that adds up is not another source's word for the same thing.
    before = {one.rule for one in discrepancies(best)}
    for name in (
        "adjustments",
        "payments",
        "previous_balance",
        "balance_forward",
        "amount_due",
        "current_charges",
        "lines",
    ):
        if {one.rule for one in discrepancies(full)} <= before:
            break
        if name in taken:
            full = dataclasses.replace(full, **{name: getattr(best, name)})
    return full


def _open(value: Any) -> bool:
    return value is None or value == ()


def _agree(field: str, kept: Any, other: Any, statement: Statement, told: Statement) -> bool:
    if field in _EDGES:
        return close(kept, other)
    if field == "usage":
        return statement.usage_unit != told.usage_unit or _rounded_alike(kept, other)
    if field in ("amount_due", "current_charges"):
        return kept == other or bool(amounts(statement) & amounts(told))
    return bool(kept == other)


def _rounded_alike(kept: Decimal, other: Decimal) -> bool:
    """Whether one is the other with fewer decimals: 1234.5 and 1235."""
    exponents = [int(one.as_tuple().exponent) for one in (kept, other)]
    step = Decimal(1).scaleb(max(exponents))
    return abs(kept - other) < step if exponents[0] != exponents[1] else kept == other
