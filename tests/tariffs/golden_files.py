"""Golden bills: files in ``golden/`` that hold a schedule, a load and the lines that a person worked out by hand.

A load is told by its totals, so that a person can work it out: ``each`` kWh in every interval of ``minutes``, other
kWh ``at`` some of them, and every day again in ``hours``.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import yaml

from meterbook.model.channel import Channel, FlowDirection, Quantity
from meterbook.model.exchange import joined
from meterbook.model.series import IntervalSeries
from meterbook.model.tariff import FORMAT, Tariff
from meterbook.model.units import Unit
from meterbook.tariffs.inputs import Account, Span, Usage

FOLDER = Path(__file__).parent / "golden"
SCALE = 6
OF_VERSION = ("rounding", "quantities", "missing", "across", "prorated", "usage", "register_split")
"""Fields of the version that stand beside ``charges``."""


class Load(msgspec.Struct, forbid_unknown_fields=True):
    """kWh in intervals.

    Attributes:
        each: in every interval.
        hours: clock time at which an interval begins → kWh, every day, instead of ``each``.
        at: local time at which an interval begins → kWh instead; with an offset in the hour that comes twice.
        missing: local times at which intervals begin that have no reading.
        estimated: local times at which intervals begin whose kWh somebody estimated.
    """

    each: str = "0"
    hours: dict[str, str] = {}
    at: dict[str, str] = {}
    missing: list[str] = []
    estimated: list[str] = []


class Exchange(msgspec.Struct, forbid_unknown_fields=True):
    """A meter put in the place of another.

    Attributes:
        at: local time at which the interval begins in which that was.
        load: what the new meter measured, from that interval on; the golden bill's ``load`` up to it is the old one's.
    """

    at: str
    load: Load


class Line(msgspec.Struct, forbid_unknown_fields=True, rename={"sum": "is"}):
    """A line of a bill: its name, and the arithmetic that gives its amount."""

    line: str
    sum: str
    status: str | None = None
    kwh: str | None = None


class Bill(msgspec.Struct, forbid_unknown_fields=True):
    """What is expected of a bill."""

    lines: list[Line]
    total: str
    bank: str | None = None
    notes: list[str] | None = None
    status: str | None = None


class Golden(msgspec.Struct, forbid_unknown_fields=True):
    """A schedule, a load, the reads, and the bills between them.

    Attributes:
        golden: what it shows.
        tariff: fields of the schedule; ``charges`` stands for a single version that holds always.
        reads: local days or times of the reads.
        billed: days of the bills, where they matter.
        registers: kWh of each period as the register tells them.
        register_periods: the same by name of the time-of-use period.
        first: service began with the first read.
        final: service ended with the last read.
        refused: part of the message, where it can't be priced.
    """

    golden: str
    tariff: dict[str, Any]
    reads: list[str]
    load: Load = msgspec.field(default_factory=Load)
    received: Load | None = None
    reactive: Load | None = None
    exchange: Exchange | None = None
    minutes: int = 60
    bills: list[Bill] = []
    refused: str | None = None
    account: dict[str, Any] = {}
    billed: list[str] = []
    coincident: list[str] = []
    registers: list[str] = []
    register_periods: list[dict[str, str]] = []
    first: bool = False
    final: bool = False
    why: str | None = None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.tariff.get("zone", "America/New_York"))

    def schedule(self) -> Tariff:
        """The schedule as a tariff file would have it."""
        fields = {"format": FORMAT, "utility": "test", "code": "T", "name": "Test", "zone": self.zone.key}
        fields |= self.tariff
        if (charges := fields.pop("charges", None)) is not None:
            version = {"start": "2000-01-01", "charges": charges}
            version |= {name: fields.pop(name) for name in OF_VERSION if name in fields}
            fields["versions"] = [version]
        return msgspec.convert(fields, Tariff, strict=False)

    def spans(self) -> list[Span]:
        """The periods between the reads."""
        instants = [self._instant(text) for text in self.reads]
        return [
            Span(
                start=start,
                end=instants[number + 1],
                billed=date.fromisoformat(self.billed[number]) if self.billed else None,
                coincident=self._instant(self.coincident[number]) if self.coincident else None,
                register_kwh=_decimal(self.registers[number]) if self.registers else None,
                register_periods=tuple((name, _decimal(kwh)) for name, kwh in self.register_periods[number].items())
                if self.register_periods
                else (),
                first=self.first and number == 0,
                final=self.final and number == len(instants) - 2,
            )
            for number, start in enumerate(instants[:-1])
        ]

    def usage(self) -> Usage:
        """The load on a grid from the first read to the last."""
        spans = self.spans()
        step = self.minutes * 60
        starts = range(spans[0].start, spans[-1].end, step)
        return Usage(
            first=spans[0].start,
            step_s=step,
            scale=SCALE,
            delivered=self._delivered(starts),
            received=None if self.received is None else self._column(self.received, starts),
            reactive=None if self.reactive is None else self._column(self.reactive, starts),
            missing=self._marks(self.load.missing, starts),
            estimated=self._marks(self.load.estimated, starts),
        )

    def who(self) -> Account:
        """The account; earlier demands are told as day, period and kW."""
        fields = dict(self.account)
        fields["options"] = frozenset(fields.get("options", ()))
        told = fields.pop("demands", [])
        demands = [(date.fromisoformat(day), period or None, _decimal(kw)) for day, period, kw in told]
        fields |= {name: _decimal(fields[name]) for name in ("contract_kw", "bank_kwh") if name in fields}
        fields |= {"meters": int(fields.get("meters", 1))}
        fields["lamps"] = {name: int(count) for name, count in fields.get("lamps", {}).items()}
        return Account(**fields, demands=tuple(demands))

    def _delivered(self, starts: range) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """The load's column; of two meters that of their series joined, as books and files join them."""
        if self.exchange is None:
            return self._column(self.load, starts)
        begun = starts.index(self._instant(self.exchange.at))
        old, new = self._column(self.load, starts)[: begun + 1], self._column(self.exchange.load, starts)[begun:]
        together = joined([_series("old", starts[: begun + 1], old), _series("new", starts[begun:], new)])
        assert together.start.tolist() == list(starts)
        return together.value

    def _marks(self, times: list[str], starts: range) -> np.ndarray[tuple[int], np.dtype[np.bool_]] | None:
        marked = {self._instant(text) for text in times}
        return np.array([start in marked for start in starts]) if marked else None

    def _column(self, load: Load, starts: range) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        at = {self._instant(text): _parts(kwh) for text, kwh in load.at.items()}
        hours = {text: _parts(kwh) for text, kwh in load.hours.items()}
        each = _parts(load.each)
        unknown = sorted(set(at) - set(starts))
        assert not unknown, f"{self.golden}: no interval begins at {unknown}"
        found = []
        for start in starts:
            clock = f"{datetime.fromtimestamp(start, self.zone):%H:%M}"
            found.append(at.get(start, hours.get(clock, each)))
        for text in load.missing:
            found[starts.index(self._instant(text))] = 0
        return np.array(found, np.int64)

    def _instant(self, text: str) -> int:
        local = datetime.fromisoformat(text)
        return int((local if local.tzinfo else local.replace(tzinfo=self.zone)).timestamp())


def _series(meter: str, starts: range, values: np.ndarray[tuple[int], np.dtype[np.int64]]) -> IntervalSeries:
    channel = Channel(
        utility="test",
        account="1",
        service_location="1",
        meter=meter,
        quantity=Quantity.USAGE,
        flow=FlowDirection.DELIVERED,
        unit=Unit.KWH,
        interval_s=starts.step,
    )
    return IntervalSeries(
        channel=channel,
        start=np.array(starts, np.int64),
        value=values,
        quality=np.zeros(len(values), np.int8),
        scale=SCALE,
    )


@cache
def goldens() -> tuple[Golden, ...]:
    """All golden bills, in the order of their files."""
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        # every scalar stays the text that it is, so that numbers are exact
        documents = yaml.load_all(path.read_text(), yaml.BaseLoader)
        found += [msgspec.convert(document, Golden, strict=False) for document in documents if document]
    return tuple(found)


def _decimal(text: str) -> Decimal:
    return Decimal(text)


def _parts(text: str) -> int:
    number = _decimal(text).scaleb(SCALE)
    assert number == int(number)
    return int(number)
