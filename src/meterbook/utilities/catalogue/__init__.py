"""The catalogue: every utility that Meterbook knows, found by name, slug, state or portal host.

Full entries are the YAML files of this folder and of the user's own (``METERBOOK_UTILITIES``, else ``utilities`` in
the user's configuration folder). A user's file stands in for a shipped one of the same slug. Light entries, known
only by name, state and host, come from the table of SmartHub hosts, except those whose host a full entry has.
"""

from __future__ import annotations

import difflib
import os
import re
from functools import lru_cache
from pathlib import Path

from meterbook.model.errors import NotFound
from meterbook.utilities.entry import (
    About,
    Contact,
    Fact,
    Faq,
    Method,
    PaceEntry,
    PortalEntry,
    Programme,
    ServiceEntry,
    Source,
    Standard,
    Utility,
)
from meterbook.utilities.hosts import light_entries
from meterbook.utilities.loader import load
from meterbook.utilities.pace import DEFAULT_PACE, PRACTICE_PACE, host_of, is_loopback, pace_for
from meterbook.utilities.states import state_code, zones_of_state

__all__ = [
    "DEFAULT_PACE",
    "PRACTICE_PACE",
    "About",
    "Contact",
    "Fact",
    "Faq",
    "Method",
    "PaceEntry",
    "PortalEntry",
    "Programme",
    "ServiceEntry",
    "Source",
    "Standard",
    "Utility",
    "by_host",
    "find",
    "host_of",
    "is_loopback",
    "pace_for",
    "user_folder",
    "utilities",
    "utility",
    "zones_of_state",
]

SHIPPED = Path(__file__).parent
_WORDS = re.compile(r"[^a-z0-9&]+")


def user_folder() -> Path:
    """Where the user's own entries are: ``METERBOOK_UTILITIES``, else ``utilities`` in the configuration folder."""
    chosen = os.environ.get("METERBOOK_UTILITIES")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs  # noqa: PLC0415 - only needed without the setting

    return platformdirs.user_config_path("meterbook", appauthor=False) / "utilities"


def utilities() -> list[Utility]:
    """Every utility: the full entries by slug, then the light ones by name.

    Raises:
        InputError: a file of the catalogue is wrong; names the file and the field.
    """
    full = [load(path) for _, path in sorted(_files().items())]
    return full + _light(full)


def find(word: str) -> list[Utility]:
    """Utilities that a word points at, best first; the whole catalogue for an empty word.

    A state's code or name gives those of the state; else slugs, names, other names, portals and hosts are searched,
    letter case aside, and every part of the word has to occur.

    Raises:
        InputError: a file of the catalogue is wrong.
    """
    everything = utilities()
    wanted = word.casefold().strip()
    if not wanted:
        return everything
    ranked = [(rank, index) for index, entry in enumerate(everything) if (rank := _rank(entry, wanted)) is not None]
    state = state_code(wanted)
    if state is not None:
        chosen = {index for _, index in ranked if _ == 0}
        return [entry for index, entry in enumerate(everything) if index in chosen or state in entry.states]
    worst = 2 if any(rank <= 2 for rank, _ in ranked) else 3  # "tri" means Tri-County, not every elecTRIc co-op
    return [everything[index] for rank, index in sorted(ranked) if rank <= worst]


def utility(slug: str) -> Utility:
    """The utility of a slug; only its own file is read.

    Raises:
        NotFound: no such slug; the hint has the nearest ones.
        InputError: its file is wrong.
    """
    wanted = slug.strip().casefold()
    path = _files().get(wanted)
    if path is not None:
        return load(path)
    everything = utilities()
    for entry in everything:
        if entry.slug == wanted:
            return entry
    raise NotFound(
        f"there is no utility {slug!r} in the catalogue",
        expected="the slug of a utility",
        hint=f"{_nearest(wanted, everything)}Search with: meterbook utilities {_quoted(slug)}",
    )


def by_host(host: str) -> Utility | None:
    """The utility whose portal has a host.

    Args:
        host: a host name or an address pasted from a browser.

    Returns:
        Its entry, or None: not in the catalogue, or a loopback host (which may play any utility).

    Raises:
        InputError: a file of the catalogue is wrong.
    """
    wanted = host_of(host)
    if not wanted or is_loopback(wanted):
        return None
    return next((entry for entry in utilities() if entry.portal.host == wanted), None)


def _files() -> dict[str, Path]:
    """Slug and file of each full entry; the user's own come before those shipped."""
    files = {path.stem: path for path in SHIPPED.glob("*.yaml")}
    return files | {path.stem: path for path in user_folder().glob("*.yaml")}


def _light(full: list[Utility]) -> list[Utility]:
    slugs, hosts = frozenset(entry.slug for entry in full), frozenset(entry.portal.host or "" for entry in full)
    return list(_light_beside(slugs, hosts))


@lru_cache(maxsize=4)
def _light_beside(slugs: frozenset[str], hosts: frozenset[str]) -> tuple[Utility, ...]:
    """Light entries whose host no full entry has; a slug that a full entry has gets ``-smarthub``."""
    import msgspec  # noqa: PLC0415 - keeps the module light

    return tuple(
        msgspec.structs.replace(entry, slug=f"{entry.slug}-smarthub") if entry.slug in slugs else entry
        for entry in light_entries()
        if entry.portal.host not in hosts
    )


def _rank(entry: Utility, wanted: str) -> int | None:
    """How well an entry fits, best first; None if it doesn't.

    0 a short name of its own, 1 a name that begins so, 2 every part begins a word, 3 it occurs anywhere.
    """
    names = [entry.slug, entry.short_name, entry.portal.host or "", *entry.also, entry.portal.name, entry.name]
    text = " ".join(names).casefold()
    if wanted in (name.casefold() for name in names[:-2]):
        return 0
    if entry.name.casefold().startswith(wanted):
        return 1
    parts = [part for part in _WORDS.split(wanted) if part]
    if not parts:
        return None
    if all(part in text for part in parts):
        words = _WORDS.split(text)
        if all(any(word.startswith(part) for word in words) for part in parts):
            return 2
    joined = "".join(parts)
    return 3 if joined in entry.slug or joined in (entry.portal.host or "") or wanted in text else None


def _nearest(wanted: str, everything: list[Utility]) -> str:
    by_name = {name: entry.slug for entry in everything for name in (entry.slug, entry.name.casefold())}
    close = [by_name[name] for name in difflib.get_close_matches(wanted, by_name, n=4, cutoff=0.6)]
    near = dict.fromkeys([*(entry.slug for entry in find(wanted)[:3] if wanted), *close])
    return f"Did you mean {' or '.join(list(near)[:3])}? " if near else ""


def _quoted(word: str) -> str:
    return word if word.replace("-", "").isalnum() else f'"{word}"'
