"""A weather file for panels: EnergyPlus weather (EPW), or a CSV of NREL's National Solar Radiation Database.

Read by pvlib, from a file that the user has; nothing is fetched.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from meterbook.model.errors import InputError, NotFound, UsageError
from meterbook.tariffs.whatif.photovoltaics import HOURS, Weather

EXPECTED = "an EPW file, or a CSV of NSRDB, of a whole year with GHI, DNI and DHI"
_COLUMNS = ("dni", "dhi", "ghi", "temp_air")
LEAP_DAY = (2, 29)


def weather_file(path: Path) -> Weather:
    """Light and air of a year.

    Args:
        path: the file.

    Raises:
        UsageError: pvlib is not installed.
        NotFound: there is no such file.
        InputError: it is no such file, or lacks a column or a part of the year.
    """
    try:
        from pvlib import iotools  # noqa: PLC0415 - an extra
    except ImportError:
        raise UsageError(
            "weather files are read by pvlib, which is not installed",
            where="--what-if",
            hint="pip install 'meterbook[solar]'",
        ) from None
    if not path.is_file():
        raise NotFound("there is no such file", where=str(path))
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            first = file.readline()
        if first.startswith("LOCATION,"):
            table, about = iotools.read_epw(str(path))
        elif first.startswith("Source,"):
            table, about = iotools.read_nsrdb_psm4(str(path), map_variables=True)
        else:
            raise InputError("the weather file is of no known kind", where=str(path), expected=EXPECTED)
    except (ValueError, KeyError, IndexError, UnicodeError, OSError) as err:
        raise InputError("the weather file can't be read", where=str(path), expected=EXPECTED) from err
    return _weather(table, about, path)


def _weather(table: Any, about: dict[str, Any], path: Path) -> Weather:
    lacks = [name for name in _COLUMNS if name not in table]
    if lacks:
        raise InputError(f"the weather file lacks {', '.join(lacks)}", where=str(path), expected=EXPECTED)
    index = table.index
    table = table[~((index.month == LEAP_DAY[0]) & (index.day == LEAP_DAY[1]))]
    if len(table) == 0 or len(table) % HOURS or bool(table[list(_COLUMNS)].isna().to_numpy().any()):
        raise InputError(
            f"the weather file has {len(table):,} rows of 365 days, or empty cells", where=str(path), expected=EXPECTED
        )
    order = table.index  # months of a typical year are of different years
    table = table.iloc[np.lexsort((order.minute, order.hour, order.day, order.month))]
    column = {name: table[name].to_numpy(dtype=np.float64) for name in _COLUMNS}
    wind = table["wind_speed"].to_numpy(dtype=np.float64) if "wind_speed" in table else np.ones(len(table))
    return Weather(
        latitude=float(about["latitude"]),
        longitude=float(about["longitude"]),
        offset_s=int(table.index[0].utcoffset().total_seconds()),
        direct=column["dni"],
        diffuse=column["dhi"],
        level=column["ghi"],
        air_c=column["temp_air"],
        wind=wind,
    )
