"""The practice co-op's people: every member, account, place and meter is worked out from seed and index when asked.

Nothing is held, so member 43,135 costs as little as member 0. The first members have a story each and stand at a fixed
index; the rest fill the co-op.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from meterbook.practice import dice
from meterbook.practice.clock import local_day
from meterbook.practice.load import Kind, Load
from meterbook.practice.people import FOREVER, STORIES, TOLD, Contract, Device, Login, Member, Place, Story
from meterbook.practice.settings import Settings, Step, midnight, months_before

__all__ = [
    "DOMAIN", "MAIL", "NAME", "SHORT", "STORIES", "TOLD",
    "Contract", "Device", "Login", "Member", "Place", "Story", "World",
]  # fmt: skip

DOMAIN = "tidewater"
NAME = "Tidewater Practice Electric Cooperative"
SHORT = "TPEC"
MAIL = "practice.example"

_GIVEN = ("PAT", "SAM", "ALEX", "ROBIN", "JO", "CASEY", "MORGAN", "LEE", "DANA", "TERRY", "KIM", "RAY")
_FAMILY = ("TIDE", "HARBOR", "MARSH", "SOUND", "INLET", "DUNE", "HERON", "OYSTER", "PELICAN", "SHOAL", "SKIFF", "BUOY")
_STREETS = (
    "LIGHTHOUSE LN",
    "OYSTER CT",
    "SOUND VIEW DR",
    "MARSH RD",
    "FERRY ST",
    "HERON WAY",
    "DOCK ST",
    "LIVE OAK AVE",
)
_TOWNS = (
    ("TIDEWATER", "28599", "CARTERET"),
    ("PELICAN ISLAND", "28598", "CARTERET"),
    ("MARSH POINT", "28597", "CRAVEN"),
)
_WORDS = ("Harbor", "Skiff", "Heron", "Anchor", "Breeze", "Lantern", "Saltmarsh", "Dogwood")
_HOSTILE = ("&x+1% #", "+%41&a=b", "#1 & 50% off+", "%2B& &#")
_SHOPS = ("MAIN OFFICE", "MARINA A", "MARINA B", "ICE PLANT", "SHIP STORE", "FUEL DOCK", "YARD LIGHTS", "DOCK LIGHTS")
_PLACES_EACH = 20
_FIRST_PLACE = 3_000_000
_FIRST_OPENED = date(2014, 3, 1)
LAMPS_EVERY = 31
"""One in so many ordinary accounts has leased lamps and no meter."""
_SPOUSE, _LOCKED = f"spouse@{MAIL}", f"locked@{MAIL}"


class World:
    """All members of the practice co-op.

    Args:
        settings: seed, number of members, today and zone decide who there is; nothing else is kept.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def member(self, index: int) -> Member:
        """Member of that index, 0 to ``members - 1``; those of :data:`STORIES` come first."""
        if not 0 <= index < self.settings.members:
            raise IndexError(index)
        story = STORIES[index] if index < len(STORIES) else Story.FILLER
        contracts = self._contracts(index, story)
        return Member(
            index=index,
            story=story,
            email=self._email(index, story),
            password=self._password(index),
            totp_secret=_totp_secret(self.settings.seed, index) if story is Story.TOTP else None,
            contracts=contracts,
            business=contracts[0].business,
        )

    def login(self, email: str) -> Login | None:
        """The log-in of an e-mail address, in any case; None if there is none."""
        wanted = email.strip().lower()
        if wanted in (_SPOUSE, _LOCKED):
            owner = self.member(0)
            password = self._password(900_000 + (wanted == _LOCKED))
            return Login(email=wanted, password=password, primary=owner.email, locked=wanted == _LOCKED)
        index = self._index_of_email(wanted)
        if index is None:
            return None
        member = self.member(index)
        return Login(email=member.email, password=member.password, primary=member.email, totp_secret=member.totp_secret)

    def owner(self, login: Login) -> Member:
        """The member whose accounts a log-in opens."""
        index = self._index_of_email(login.primary)
        assert index is not None
        return self.member(index)

    def extra_logins(self) -> list[tuple[Login, str]]:
        """Log-ins beside the members' own, each with its story."""
        return [
            (login, told)
            for email, told in (
                (_SPOUSE, "Secondary registration of the first member."),
                (_LOCKED, "Locked log-in: refused whatever is typed."),
            )
            if (login := self.login(email)) is not None
        ]

    def by_account(self, number: str) -> Member | None:
        """The member whose account that is."""
        if len(number) != 10 or not number.isdigit():
            return None
        index = int(number[2:7])
        if index >= self.settings.members:
            return None
        member = self.member(index)
        return member if member.contract(number) else None

    def by_place(self, number: str) -> tuple[Member, Place] | None:
        """The member and place of a service location's number."""
        if not number.isdigit() or int(number) < _FIRST_PLACE:
            return None
        index = (int(number) - _FIRST_PLACE) // _PLACES_EACH
        if index >= self.settings.members:
            return None
        member = self.member(index)
        for contract in member.contracts:
            for place in contract.places:
                if place.number == number:
                    return member, place
        return None

    # -- one member --------------------------------------------------------------------------------------------------

    def _email(self, index: int, story: Story) -> str:
        return f"{story.value}@{MAIL}" if story is not Story.FILLER else f"member{index}@{MAIL}"

    def _index_of_email(self, email: str) -> int | None:
        name, _, domain = email.partition("@")
        if domain != MAIL:
            return None
        for index, story in enumerate(STORIES):
            if name == story.value:
                return index if index < self.settings.members else None
        digits = name.removeprefix("member")
        if name.startswith("member") and digits.isdigit() and str(int(digits)) == digits:
            index = int(digits)
            return index if len(STORIES) <= index < self.settings.members else None
        return None

    def _password(self, index: int) -> str:
        seed = self.settings.seed
        word = dice.pick(_WORDS, seed, "word", index)
        tail = _HOSTILE[index // 3 % len(_HOSTILE)] if index % 3 == 1 else ""
        return f"{word}-{dice.number(9000, seed, 'pin', index) + 1000}{tail}"

    def _contracts(self, index: int, story: Story) -> tuple[Contract, ...]:
        if story is Story.PORTFOLIO:
            return self._portfolio(index)
        if story is Story.MOVED:
            return self._moved(index)
        opened = self._opened(index, story)
        place = self._place(index, 0, story, opened)
        if story is Story.FILLER and index % LAMPS_EVERY == LAMPS_EVERY - 1:
            place = replace(place, devices=(), rate="OL", nickname="SECURITY LIGHTS")
        return (self._contract(index, 1, (place,), opened, story),)

    def _contract(
        self,
        index: int,
        ordinal: int,
        places: tuple[Place, ...],
        opened: date,
        story: Story,
        *,
        closed: date | None = None,
    ) -> Contract:
        seed = self.settings.seed
        business = story in (Story.PORTFOLIO, Story.DEMAND)
        name = f"{dice.pick(_FAMILY, seed, 'family', index)} {dice.pick(_GIVEN, seed, 'given', index)}"
        firm = f"{dice.pick(_FAMILY, seed, 'family', index)} MARINE SUPPLY LLC"
        second_customer = story is Story.PORTFOLIO and ordinal > 8
        return Contract(
            number=f"{'07' if story is Story.PORTFOLIO else '44'}{index:05d}{ordinal:03d}",
            customer=str(310_000 + 2 * index + second_customer),
            name=firm if business else name,
            places=places,
            opened=opened,
            closed=closed,
            prepaid=story is Story.PREPAID,
            business=business,
            # What is billed on one consolidated statement is read on one day.
            billing_day=1 + dice.number(25, seed, "cycle", index, 1 if story is Story.PORTFOLIO else ordinal),
        )

    def _opened(self, index: int, story: Story) -> date:
        settings = self.settings
        if story is Story.NEWCOMER:
            return settings.events_from - timedelta(days=50 + dice.number(60, settings.seed, "opened", index))
        if story is Story.HOUSEHOLD and settings.usage is not None:
            return local_day(settings.usage.first, settings.tz)
        usual = _FIRST_OPENED + timedelta(days=dice.number(2900, settings.seed, "opened", index))
        # Where the story plays long ago, accounts are older still: intervals reach back the whole history.
        return min(usual, months_before(settings.events_from, 40) - timedelta(days=index % 300))

    def _portfolio(self, index: int) -> tuple[Contract, ...]:
        contracts = []
        for ordinal in range(1, 13):
            opened = self._opened(index * 100 + ordinal, Story.PORTFOLIO)
            slots = (0, 12) if ordinal == 1 else (ordinal - 1,)
            places = tuple(self._place(index, slot, Story.PORTFOLIO, opened) for slot in slots)
            contracts.append(self._contract(index, ordinal, places, opened, Story.PORTFOLIO))
        return tuple(contracts)

    def _moved(self, index: int) -> tuple[Contract, ...]:
        settings = self.settings
        old, moved = self._opened(index, Story.MOVED), months_before(settings.events_from, 12)
        first = self._place(index, 0, Story.MOVED, old, until=moved)
        second = self._place(index, 1, Story.MOVED, moved)
        return (
            self._contract(index, 1, (first,), old, Story.MOVED, closed=moved),
            self._contract(index, 2, (second,), moved, Story.MOVED),
        )

    # -- one place ---------------------------------------------------------------------------------------------------

    def _place(self, index: int, slot: int, story: Story, opened: date, until: date | None = None) -> Place:
        seed = self.settings.seed
        town, zip_code, county = _TOWNS[dice.number(len(_TOWNS), seed, "town", index, slot)]
        return Place(
            number=str(_FIRST_PLACE + index * _PLACES_EACH + slot),
            map_number=f"{dice.number(9999, seed, 'map', index, slot):04d}-{index % 97:02d}-{slot:03d}",
            street=f"{1 + dice.number(980, seed, 'house', index, slot)} {dice.pick(_STREETS, seed, 'st', index, slot)}",
            city=town,
            zip_code=zip_code,
            county=county,
            devices=self._devices(index, slot, story, opened, until),
            rate=_RATES.get(story, "R"),
            nickname=self._nickname(slot, story),
        )

    def _nickname(self, slot: int, story: Story) -> str:
        if story is Story.PORTFOLIO:
            return _SHOPS[slot] if slot < len(_SHOPS) else ""
        return "NEW HOUSE" if story is Story.MOVED and slot == 1 else ""

    def _devices(self, index: int, slot: int, story: Story, opened: date, until: date | None) -> tuple[Device, ...]:
        settings = self.settings
        tz = settings.tz
        start = midnight(opened, tz)
        end = FOREVER if until is None else midnight(until, tz)
        step = 0 if story is Story.MECHANICAL else self._step(settings.step)
        load = self._load(index, slot, story)
        number = self._meter_number(index, slot, 0)
        main = Device(
            number=number, position=1, industry="ELECTRIC", load=load, step_s=step, installed=start, removed=end
        )
        if story is Story.HOUSEHOLD and settings.usage is not None:
            usage = settings.usage
            main = Device(
                number=number,
                position=1,
                industry="ELECTRIC",
                load=load,
                step_s=usage.step_s,
                installed=usage.first,
                from_file=True,
            )
        if story is Story.EXCHANGE:
            return self._exchanged(main, index, slot)
        return (main, *self._other_meters(index, slot, story, start))

    def _exchanged(self, main: Device, index: int, slot: int) -> tuple[Device, ...]:
        """The old meter up to 10:44 of a day 11 months before the anchor, the new one from there on."""
        settings = self.settings
        change = midnight(months_before(settings.events_from, 11), settings.tz) + 10 * 3600 + 44 * 60
        old_step = self._step(settings.old_step) if settings.old_step else main.step_s
        shared = {"position": 1, "industry": main.industry, "load": main.load}
        old = Device(number=main.number, step_s=old_step, installed=main.installed, removed=change, **shared)  # type: ignore[arg-type]
        new = self._meter_number(index, slot, 1)
        return old, Device(number=f"1ND{new}", step_s=main.step_s, installed=change, **shared)  # type: ignore[arg-type]

    def _other_meters(self, index: int, slot: int, story: Story, start: int) -> tuple[Device, ...]:
        kinds: tuple[tuple[str, Kind], ...] = ()
        if story is Story.WATER:
            kinds = (("WATER", Kind.WATER_HOUSE), ("WATER", Kind.WATER_GARDEN))
        elif story is Story.GAS:
            kinds = (("GAS", Kind.GAS_HOUSE),)
        elif story is Story.MOVED and slot == 1:
            kinds = (("SEWER", Kind.WATER_HOUSE),)
        return tuple(
            Device(
                number=" " if industry == "SEWER" else self._meter_number(index, slot, 10 + position),
                position=position,
                industry=industry,
                load=Load(key=dice.key(self.settings.seed, "load", index, slot, position), kind=kind, size=1.0),
                step_s=86_400,
                installed=start,
            )
            for position, (industry, kind) in enumerate(kinds, start=2)
        )

    def _load(self, index: int, slot: int, story: Story) -> Load:
        seed = self.settings.seed
        key = dice.key(seed, "load", index, slot, 1)
        size = 0.7 + 0.7 * dice.unit(seed, "size", index, slot)
        kind, solar = Kind.HOUSE, 0
        if story is Story.DEMAND:
            kind = Kind.FACTORY
        elif story is Story.COTTAGE:
            kind = Kind.COTTAGE
        elif story is Story.PORTFOLIO:
            kind = Kind.FACTORY if slot == 3 else Kind.LIGHTS if slot in (6, 7) else Kind.SHOP
        elif story is Story.SOLAR or (story is Story.FILLER and dice.number(12, seed, "solar", index) == 0):
            solar = 4000 + 500 * dice.number(9, seed, "panels", index)
        return Load(key=key, kind=kind, size=size, solar_w=solar)

    def _meter_number(self, index: int, slot: int, ordinal: int) -> str:
        high = dice.number(90, self.settings.seed, "meter", index, slot, ordinal) + 10
        return f"{high}{(index * _PLACES_EACH + slot) * 16 + ordinal:08d}"

    def _step(self, step: Step) -> int:
        return 0 if step is Step.NONE else int(step) * 60


_RATES = {
    Story.TIME_OF_USE: "R-TOU",
    Story.SOLAR: "R-NET",
    Story.PREPAID: "R-PRE",
    Story.DEMAND: "LGS-D",
    Story.PORTFOLIO: "GS",
}


def _totp_secret(seed: int, index: int) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return "".join(alphabet[dice.number(32, seed, "totp", index, place)] for place in range(32))
