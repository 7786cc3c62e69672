"""Units and services of a table's rows: by their columns, by a heading, or by what the profile says."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from meterbook.formats.bill_reports.mapping import Field
from meterbook.formats.bill_reports.units import bill_service, bill_unit, fits, service_of_unit
from meterbook.model.errors import UsageError

if TYPE_CHECKING:
    from meterbook.formats.bill_reports.reading import Reading


def units(reading: Reading, numbers: dict[Field, Any]) -> tuple[Any, dict[Field, Any]]:
    """Unit of each row, and the numbers with usage turned into it."""
    import pyarrow as pa  # noqa: PLC0415 - slow to load

    count = len(reading.body)
    column = reading.text(Field.UNIT)
    place = reading.headings.places.get(Field.USAGE)
    if place is None:
        return pa.nulls(count, pa.string()), numbers
    if column is None:
        unit, factor = constant_unit(
            reading, reading.headings.unit_of(place) or reading.mapping.unit, reading.headings.names[place]
        )
        return repeated(unit, count), numbers | {Field.USAGE: scaled(numbers[Field.USAGE], None, factor)}
    coded = column.dictionary_encode()
    words = coded.dictionary.to_pylist()
    which = coded.indices.to_numpy()
    known = [bill_unit(word) if word else _fallback(reading) for word in words]
    used = numbers[Field.USAGE].is_valid().to_numpy(zero_copy_only=False)
    unknown = np.array([one is None for one in known], np.bool_)[which] & used
    reading.refuse(
        unknown,
        reading.heading(Field.UNIT),
        "report.unknown-unit",
        lambda index: f"unit {cell(column, index)} is not known",
    )
    units = pa.array([one[0] if one is not None else None for one in known], pa.string()).take(coded.indices)
    factors = [one[1] if one is not None else Decimal(1) for one in known]
    if any(factor != 1 for factor in factors):
        numbers = numbers | {Field.USAGE: scaled(numbers[Field.USAGE], which, *factors)}
    return units, numbers


def _fallback(reading: Reading) -> tuple[str, Decimal] | None:
    return bill_unit(reading.mapping.unit) if reading.mapping.unit else None


def constant_unit(reading: Reading, code: str | None, heading: str) -> tuple[str, Decimal]:
    known = bill_unit(code) if code else None
    if known is None:
        raise UsageError(
            f"the unit of {heading!r} is not told" if not code else f"unit {code!r} is not known",
            where=reading.origin.source,
            expected="a column of units, a unit in the heading such as Usage (kWh), or --unit",
            hint="Nothing was stored.",
        )
    return known


def scaled(values: Any, which: Any, *factors: Decimal) -> Any:
    if all(factor == 1 for factor in factors):
        return values
    import pyarrow as pa  # noqa: PLC0415 - slow to load

    of_row = which.tolist() if which is not None else [0] * len(values)
    return pa.array(
        [
            None if text is None else f"{(Decimal(text) * factors[code]):f}"
            for text, code in zip(values.to_pylist(), of_row, strict=True)
        ],
        pa.string(),
    )


def services(reading: Reading, unit: Any, *, single: bool) -> Any:
    """Service of each row: by its column, by the mapping, or by a unit in which one service alone is sold."""
    import pyarrow as pa  # noqa: PLC0415 - slow to load

    count = len(reading.body)
    place = reading.headings.places.get(Field.SERVICE)
    if not single:
        return pa.nulls(count, pa.string())
    if place is not None:
        words, which = reading.body.coded(place)
        known = [bill_service(word) if word else reading.mapping.service for word in words]
        unknown = np.array([one is None for one in known], np.bool_)[which]
        column = reading.body.columns[place]
        reading.refuse(
            unknown,
            reading.heading(Field.SERVICE),
            "report.unknown-service",
            lambda index: f"service {cell(column, index)} is not known",
        )
        service = pa.array(known, pa.string()).take(pa.array(which))
    elif reading.mapping.service is not None:
        service = repeated(reading.mapping.service, count)
    else:
        service = _by_unit(reading, unit)
    _check_units(reading, unit, service)
    return service


def _by_unit(reading: Reading, unit: Any) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - slow to load

    coded = unit.dictionary_encode("encode")
    services = [service_of_unit(word) if word else None for word in coded.dictionary.to_pylist()]
    found = pa.array(services, pa.string()).take(coded.indices)
    open_ones = found.is_null().to_numpy(zero_copy_only=False) & reading.good
    if open_ones.any():
        raise UsageError(
            "the report does not tell which service it bills",
            where=reading.origin.where(int(np.flatnonzero(open_ones)[0])),
            expected="a column of it, or --service electric, gas, water …",
            hint="Nothing was stored.",
        )
    return found


def _check_units(reading: Reading, unit: Any, service: Any) -> None:
    measured, sold = unit.dictionary_encode("encode"), service.dictionary_encode("encode")
    pairs = [(one, other) for one in measured.dictionary.to_pylist() for other in sold.dictionary.to_pylist()]
    wrong = np.array([bool(one and other) and not fits(one, other) for one, other in pairs], np.bool_)
    if not wrong.any():
        return
    which = measured.indices.to_numpy().astype(np.int64) * len(sold.dictionary) + sold.indices.to_numpy()
    heading = reading.heading(Field.UNIT if Field.UNIT in reading.headings.places else Field.USAGE)
    reading.refuse(
        wrong[which],
        heading,
        "report.unit-mismatch",
        lambda index: f"{service[index].as_py()} is not measured in {unit[index].as_py()}",
    )


def repeated(text: str, count: int) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - slow to load

    return pa.repeat(pa.scalar(text, pa.string()), count)


def cell(column: Any, index: int) -> str:
    return repr(str(column[index].as_py()).strip()[:40])
