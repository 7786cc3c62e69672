"""How the practice portal plays: the switches of every deployment seen in the wild, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from meterbook.model.errors import UsageError
from meterbook.practice.faults import FaultRule
from meterbook.practice.usage_file import UsageFile

DEFAULT_ZONE = "America/New_York"
DEFAULT_MEMBERS = 200
MOST_MEMBERS = 99_999
HISTORY_MONTHS = 36


class FallNight(StrEnum):
    """How the repeated hour of an autumn night is sent."""

    REPEATED = "a"
    MERGED = "b"
    SECOND_LOST = "c"
    INTERLEAVED = "d"


class SpringNight(StrEnum):
    """How the hour that a spring night lacks is sent."""

    SKIPPED = "a"
    PHANTOM_ZERO = "b"
    PHANTOM_ENERGY = "c"


class ExportFlow(StrEnum):
    """How a meter with export names and signs its channels."""

    RETURN = "return"
    REVERSE = "reverse"
    NET = "net"
    FORWARD = "forward"


class SingleFlow(StrEnum):
    """How a meter without export names its one channel."""

    FORWARD = "FORWARD"
    TOTAL = "TOTAL"
    NONE = "none"


class Refusal(StrEnum):
    """How a wrong password is answered: A is 200 with FAILURE, B is 401."""

    STATUS_200 = "A"
    STATUS_401 = "B"


class ServiceCodes(StrEnum):
    """What electric service is called in a member's profile."""

    ELEC = "ELEC"
    ONE_ELEC = "1ELEC"
    V_ELEC = "VELEC"
    G_ELEC = "GELEC"
    COMBINED = "combined"


class GapStyle(StrEnum):
    """What stands where the portal has no reading."""

    ABSENT = "absent"
    NULL = "null"
    ZERO_DAY = "zero-day"


class CostStyle(StrEnum):
    """Whether usage comes with its cost; ``shorter`` leaves out the newest day's."""

    ON = "on"
    ABSENT = "absent"
    SHORTER = "shorter"


class Step(StrEnum):
    """Interval length of the electric meters, in minutes; ``none`` leaves only monthly reads."""

    FIVE = "5"
    FIFTEEN = "15"
    THIRTY = "30"
    SIXTY = "60"
    NONE = "none"


class QueryLogin(StrEnum):
    """What becomes of credentials sent in the query string, as one client's old versions do."""

    ACCEPT = "accept"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that decides what the portal answers. Two equal values answer alike, byte for byte.

    Attributes:
        seed: chooses people, meter numbers, weather and loads.
        members: how many members there are; those with a story come first.
        today: the portal's local date; data exist up to its midnight.
        zone: IANA name of the co-op's zone.
        bill_history: months of bills and of monthly usage kept.
        usage: a real load file, served as the first member's meter.
        faults: what goes wrong, and how often.
        old_step: interval length of the meter that the exchanged-meter member had before; the same when None.
        late_hours: the newest hours that are not posted yet.
        sparse_profile: leave out the keys of a profile that some deployments leave out.
        anchor: date that the stories' events (exchange, move, new account) are counted back from, so that a later
            ``today`` does not shift them; the latest 1 January or 1 July when None.
    """

    seed: int = 1
    members: int = DEFAULT_MEMBERS
    today: date
    zone: str = DEFAULT_ZONE
    bill_history: int = 13
    usage: UsageFile | None = None
    faults: tuple[FaultRule, ...] = ()
    fall: FallNight = FallNight.REPEATED
    spring: SpringNight = SpringNight.SKIPPED
    export_flow: ExportFlow = ExportFlow.RETURN
    single_flow: SingleFlow = SingleFlow.FORWARD
    refusal: Refusal = Refusal.STATUS_200
    query_login: QueryLogin = QueryLogin.ACCEPT
    service_codes: ServiceCodes = ServiceCodes.ELEC
    token_life_s: int = 299
    require_username_header: bool = False
    refuse_used_codes: bool = False
    pending: int = 1
    gaps: GapStyle = GapStyle.ABSENT
    cost: CostStyle = CostStyle.ON
    float_noise: bool = False
    tou_first: bool = False
    outside_points: bool = False
    stray_point: bool = False
    step: Step = Step.FIFTEEN
    old_step: Step | None = None
    late_hours: int = 0
    sparse_profile: bool = False
    anchor: date | None = None
    tz: ZoneInfo = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not 1 <= self.members <= MOST_MEMBERS:
            raise UsageError(f"{self.members} members can't be served", expected=f"1 to {MOST_MEMBERS:,}")
        if self.bill_history < 1:
            raise UsageError(f"a bill history of {self.bill_history} months", expected="at least 1")
        if self.pending < 0 or self.token_life_s < 1 or self.late_hours < 0:
            raise UsageError("a count of pending answers, seconds or hours is out of range", expected="not negative")
        object.__setattr__(self, "tz", known_zone(self.zone))
        if self.anchor is None:
            object.__setattr__(self, "anchor", self.today.replace(month=1 if self.today.month < 7 else 7, day=1))

    @property
    def events_from(self) -> date:
        """The anchor, settled."""
        assert self.anchor is not None
        return self.anchor

    @property
    def data_end(self) -> int:
        """Local midnight at which ``today`` begins: no reading is later. UTC epoch seconds."""
        return midnight(self.today, self.tz)

    @property
    def data_start(self) -> int:
        """Local midnight of the first day that the portal still has intervals of. UTC epoch seconds."""
        floor = midnight(months_before(self.today, HISTORY_MONTHS), self.tz)
        return floor if self.usage is None else min(floor, self.usage.first)


def default_today(zone: str, usage: UsageFile | None) -> date:
    """Today in the zone; with a load file, the day after its last reading began."""
    tz = known_zone(zone)
    if usage is None:
        return datetime.now(tz).date()
    return datetime.fromtimestamp(usage.last, tz).date() + timedelta(days=1)


def known_zone(name: str) -> ZoneInfo:
    """The zone of that name.

    Raises:
        UsageError: there is none.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as err:
        raise UsageError(f"time zone {name!r} is not known", expected="such as America/New_York") from err


def midnight(day: date, tz: ZoneInfo) -> int:
    """The instant at which a local day begins, UTC epoch seconds."""
    return int(datetime(day.year, day.month, day.day, tzinfo=tz).timestamp())


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last that month has.

    >>> months_before(date(2026, 3, 31), 1)
    datetime.date(2026, 2, 28)
    """
    count = day.year * 12 + day.month - 1 - months
    first = date(count // 12, count % 12 + 1, 1)
    for last in (day.day, 30, 29, 28):
        try:
            return first.replace(day=min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")
