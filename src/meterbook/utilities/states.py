"""States and territories of the United States with the IANA zones in use there.

The first zone of each is the prevailing one. They are *offered* when a zone has to be asked for and never assumed: a
co-op's territory may cross a state line, and where a state has one zone the member still confirms it. Zones follow
the tz database; a part of a state is listed when its law or its tz entry says so (West Wendover in Nevada, Malheur
County in Oregon, the Navajo Nation in Arizona).
"""

from __future__ import annotations

from typing import NamedTuple


class StateEntry(NamedTuple):
    """A state's name and its zones, the prevailing one first."""

    name: str
    zones: tuple[str, ...]


_EASTERN, _CENTRAL, _MOUNTAIN, _PACIFIC = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
_ALASKA = tuple(
    f"America/{place}" for place in ("Anchorage", "Juneau", "Sitka", "Yakutat", "Nome", "Metlakatla", "Adak")
)
_INDIANA = (
    "America/Indiana/Indianapolis",
    _CENTRAL,
    *(
        f"America/Indiana/{place}"
        for place in ("Vincennes", "Winamac", "Marengo", "Petersburg", "Vevay", "Tell_City", "Knox")
    ),
    "America/Kentucky/Louisville",
)
_NORTH_DAKOTA = (
    _CENTRAL, _MOUNTAIN,
    "America/North_Dakota/Center", "America/North_Dakota/New_Salem", "America/North_Dakota/Beulah",
)  # fmt: skip

STATES: dict[str, StateEntry] = {
    "AK": StateEntry("Alaska", _ALASKA),
    "AL": StateEntry("Alabama", (_CENTRAL,)),
    "AR": StateEntry("Arkansas", (_CENTRAL,)),
    "AS": StateEntry("American Samoa", ("Pacific/Pago_Pago",)),
    "AZ": StateEntry("Arizona", ("America/Phoenix", _MOUNTAIN)),
    "CA": StateEntry("California", (_PACIFIC,)),
    "CO": StateEntry("Colorado", (_MOUNTAIN,)),
    "CT": StateEntry("Connecticut", (_EASTERN,)),
    "DC": StateEntry("District of Columbia", (_EASTERN,)),
    "DE": StateEntry("Delaware", (_EASTERN,)),
    "FL": StateEntry("Florida", (_EASTERN, _CENTRAL)),
    "GA": StateEntry("Georgia", (_EASTERN,)),
    "GU": StateEntry("Guam", ("Pacific/Guam",)),
    "HI": StateEntry("Hawaii", ("Pacific/Honolulu",)),
    "IA": StateEntry("Iowa", (_CENTRAL,)),
    "ID": StateEntry("Idaho", ("America/Boise", _PACIFIC)),
    "IL": StateEntry("Illinois", (_CENTRAL,)),
    "IN": StateEntry("Indiana", _INDIANA),
    "KS": StateEntry("Kansas", (_CENTRAL, _MOUNTAIN)),
    "KY": StateEntry("Kentucky", (_EASTERN, _CENTRAL, "America/Kentucky/Louisville", "America/Kentucky/Monticello")),
    "LA": StateEntry("Louisiana", (_CENTRAL,)),
    "MA": StateEntry("Massachusetts", (_EASTERN,)),
    "MD": StateEntry("Maryland", (_EASTERN,)),
    "ME": StateEntry("Maine", (_EASTERN,)),
    "MI": StateEntry("Michigan", ("America/Detroit", "America/Menominee")),
    "MN": StateEntry("Minnesota", (_CENTRAL,)),
    "MO": StateEntry("Missouri", (_CENTRAL,)),
    "MP": StateEntry("Northern Mariana Islands", ("Pacific/Saipan",)),
    "MS": StateEntry("Mississippi", (_CENTRAL,)),
    "MT": StateEntry("Montana", (_MOUNTAIN,)),
    "NC": StateEntry("North Carolina", (_EASTERN,)),
    "ND": StateEntry("North Dakota", _NORTH_DAKOTA),
    "NE": StateEntry("Nebraska", (_CENTRAL, _MOUNTAIN)),
    "NH": StateEntry("New Hampshire", (_EASTERN,)),
    "NJ": StateEntry("New Jersey", (_EASTERN,)),
    "NM": StateEntry("New Mexico", (_MOUNTAIN,)),
    "NV": StateEntry("Nevada", (_PACIFIC, _MOUNTAIN)),
    "NY": StateEntry("New York", (_EASTERN,)),
    "OH": StateEntry("Ohio", (_EASTERN,)),
    "OK": StateEntry("Oklahoma", (_CENTRAL,)),
    "OR": StateEntry("Oregon", (_PACIFIC, "America/Boise")),
    "PA": StateEntry("Pennsylvania", (_EASTERN,)),
    "PR": StateEntry("Puerto Rico", ("America/Puerto_Rico",)),
    "PW": StateEntry("Palau", ("Pacific/Palau",)),
    "RI": StateEntry("Rhode Island", (_EASTERN,)),
    "SC": StateEntry("South Carolina", (_EASTERN,)),
    "SD": StateEntry("South Dakota", (_CENTRAL, _MOUNTAIN)),
    "TN": StateEntry("Tennessee", (_CENTRAL, _EASTERN)),
    "TX": StateEntry("Texas", (_CENTRAL, _MOUNTAIN)),
    "UT": StateEntry("Utah", (_MOUNTAIN,)),
    "VA": StateEntry("Virginia", (_EASTERN,)),
    "VI": StateEntry("U.S. Virgin Islands", ("America/St_Thomas",)),
    "VT": StateEntry("Vermont", (_EASTERN,)),
    "WA": StateEntry("Washington", (_PACIFIC,)),
    "WI": StateEntry("Wisconsin", (_CENTRAL,)),
    "WV": StateEntry("West Virginia", (_EASTERN,)),
    "WY": StateEntry("Wyoming", (_MOUNTAIN,)),
}


def zones_of_state(state: str) -> tuple[str, ...]:
    """IANA zones in use in a state or territory, the prevailing one first.

    Args:
        state: two-letter code, any case.

    Returns:
        At least one zone, or an empty tuple for a code that is none of a state (a member's own word is then needed).

    >>> zones_of_state("nc")
    ('America/New_York',)
    >>> zones_of_state("TX")
    ('America/Chicago', 'America/Denver')
    """
    entry = STATES.get(state.strip().upper())
    return entry.zones if entry else ()


def state_code(word: str) -> str | None:
    """The code of a state given by code or name, any case; None if it is neither.

    >>> state_code("north carolina")
    'NC'
    """
    wanted = word.strip().casefold()
    for code, entry in STATES.items():
        if wanted in (code.casefold(), entry.name.casefold()):
            return code
    return None
