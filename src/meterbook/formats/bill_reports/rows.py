"""Bill rows as columns: what a report says of each bill, and where each row stands in the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meterbook.formats.bill_reports.days import NO_DAY, Int32
from meterbook.formats.bill_reports.mapping import ChargeColumn, Field
from meterbook.formats.bill_reports.sheets import Bools
from meterbook.model.errors import Where
from meterbook.model.finding import Finding

Int64 = NDArray[np.int64]
UNKNOWN, ACTUAL, ESTIMATED, CUSTOMER = -1, 0, 1, 2
"""Codes of how a reading came about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The table that rows come from.

    Attributes:
        source: the file's name.
        sheet: name of the sheet; None in a text file.
        row: number in the file of a row of the body.
    """

    source: str
    sheet: str | None
    row: Callable[[int], int]

    def where(self, index: int, column: str | None = None) -> Where:
        """A row of the body, for messages."""
        sheet = f"sheet {self.sheet!r}, " if self.sheet is not None else ""
        return Where(source=self.source, record=f"{sheet}row {self.row(index)}", field=column)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageValues:
    """Usage of one service.

    Attributes:
        service: electric, gas …
        unit: unit of the values.
        values: n plain decimal texts, null where nothing is told.
    """

    service: str
    unit: str
    values: Any


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BillRows:
    """n rows of bills, as columns.

    Attributes:
        origin: tables that the rows come from.
        place: which of them each row is from, and the row of its body: (n, 2).
        texts: Arrow string arrays by field: account, location, meter, number, entry, rate.
        service: Arrow string array.
        unit: of ``usage`` and of readings; Arrow string array.
        days: by field, day numbers since 1970 or ``NO_DAY``.
        numbers: by field, plain decimal texts, null where nothing is told.
        usages: further usage columns, by service.
        charges: columns of single charges.
        read: codes of how the reading came about.
        period_days: days of each period; 0 where that is not told.
        seen: codes of single columns, as far as :meth:`codes` has worked them out.
    """

    origin: tuple[Origin, ...]
    place: Int64
    texts: dict[Field, Any]
    service: Any
    unit: Any
    days: dict[Field, Int32]
    numbers: dict[Field, Any]
    usages: tuple[UsageValues, ...]
    charges: tuple[tuple[ChargeColumn, Any], ...]
    read: NDArray[np.int8]
    period_days: Int32
    seen: dict[Field | str, Int64 | None] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.read)

    def where(self, index: int, column: str | None = None) -> Where:
        """Where a row stands, for messages."""
        table, row = int(self.place[index, 0]), int(self.place[index, 1])
        return self.origin[table].where(row, column)

    def kept(self, good: Bools) -> BillRows:
        """The rows that are marked."""
        if bool(good.all()):
            return self
        import pyarrow as pa  # noqa: PLC0415 - slow to load

        mask = pa.array(good)
        return replace(
            self,
            place=self.place[good],
            texts={name: column.filter(mask) for name, column in self.texts.items()},
            service=self.service.filter(mask),
            unit=self.unit.filter(mask),
            days={name: column[good] for name, column in self.days.items()},
            numbers={name: column.filter(mask) for name, column in self.numbers.items()},
            usages=tuple(replace(one, values=one.values.filter(mask)) for one in self.usages),
            charges=tuple((one, values.filter(mask)) for one, values in self.charges),
            read=self.read[good],
            period_days=self.period_days[good],
            seen={},
        )

    def codes(self, *names: Field | str) -> Int64:
        """Numbers that are equal for rows which agree in all of some columns (``service`` beside fields)."""
        found = np.zeros(len(self), np.int64)
        for name in names:
            column = self._codes(name)
            if column is None:
                continue
            found = found * (int(column.max(initial=0)) + 1) + column
            if int(found.max(initial=0)) > 1 << 40:
                found = np.unique(found, return_inverse=True)[1].astype(np.int64)
        return found

    def in_order(self, codes: Int64) -> Int64:
        """Row numbers by code and then by the start of the period; quick where a report is in that order already."""
        start = np.maximum(self.days[Field.START].astype(np.int64) + (1 << 20), 0)
        return np.argsort(codes * (1 << 21) + start, kind="stable")

    def _codes(self, name: Field | str) -> Int64 | None:
        if name not in self.seen:
            self.seen[name] = self._coded(name)
        return self.seen[name]

    def _coded(self, name: Field | str) -> Int64 | None:
        if name in self.days:
            days = self.days[Field(name)].astype(np.int64)
            return np.where(days < -(1 << 30), 0, days + (1 << 20))
        column = self.service if name == "service" else self.texts.get(Field(name))
        if column is None:
            return None
        coded = column.dictionary_encode("encode")
        return np.asarray(coded.indices.to_numpy(zero_copy_only=False), np.int64)


def refused(name: str, message: str, where: Where) -> Finding:
    """A row that was not taken, with where it stands."""
    data: dict[str, str | int | bool] = {"file": where.source, "row": str(where.record)}
    if where.field is not None:
        data["column"] = where.field
    return Finding(name=name, message=f"{message} ({where})", data=data)


def joined(parts: Sequence[BillRows]) -> BillRows:
    """Rows of several tables, one after the other.

    Args:
        parts: at least one; those of more than one were read with the same mapping.
    """
    if len(parts) == 1:
        return parts[0]
    offset, places = 0, []
    for part in parts:
        places.append(part.place + np.array([offset, 0]))
        offset += len(part.origin)
    fields = list(dict.fromkeys(name for part in parts for name in part.texts))
    numbers = list(dict.fromkeys(name for part in parts for name in part.numbers))
    days = list(dict.fromkeys(name for part in parts for name in part.days))
    return BillRows(
        origin=tuple(one for part in parts for one in part.origin),
        place=np.concatenate(places),
        texts={name: _one(parts, [part.texts.get(name) for part in parts]) for name in fields},
        service=_one(parts, [part.service for part in parts]),
        unit=_one(parts, [part.unit for part in parts]),
        days={name: np.concatenate([_days(part, name) for part in parts]) for name in days},
        numbers={name: _one(parts, [part.numbers.get(name) for part in parts]) for name in numbers},
        usages=_joined_usages(parts),
        charges=tuple(
            (
                one,
                _one(
                    parts,
                    [
                        dict(zip([c for c, _ in part.charges], [v for _, v in part.charges], strict=True)).get(one)
                        for part in parts
                    ],
                ),
            )
            for one in dict.fromkeys(charge for part in parts for charge, _ in part.charges)
        ),
        read=np.concatenate([part.read for part in parts]),
        period_days=np.concatenate([part.period_days for part in parts]),
    )


def _joined_usages(parts: Sequence[BillRows]) -> tuple[UsageValues, ...]:
    kinds = list(dict.fromkeys((one.service, one.unit) for part in parts for one in part.usages))
    found = []
    for service, unit in kinds:
        values = [
            next((one.values for one in part.usages if (one.service, one.unit) == (service, unit)), None)
            for part in parts
        ]
        found.append(UsageValues(service=service, unit=unit, values=_one(parts, values)))
    return tuple(found)


def _one(parts: Sequence[BillRows], columns: Sequence[Any]) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - slow to load

    filled = [
        pa.nulls(len(part), pa.string()) if one is None else one for part, one in zip(parts, columns, strict=True)
    ]
    return pa.concat_arrays(filled)


def _days(part: BillRows, name: Field) -> Int32:
    return part.days.get(name, np.full(len(part), NO_DAY, np.int32))
