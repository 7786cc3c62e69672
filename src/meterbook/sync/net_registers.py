"""Registers that a portal calls forward and that count both ways: one net channel each, in every answer.

Only an answer with a negative reading shows that such a register is net (finding ``flow.forward-negative``). The
finding is kept before anything of that answer is stored, and from then on every answer of the register is net; what was
stored as delivered before becomes part of the net channel by a change of the channel's name, which costs no write of
readings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol, TypeVar

import numpy as np

from meterbook.model.channel import Channel, FlowDirection, ServiceCategory
from meterbook.model.finding import Finding
from meterbook.model.series import IntervalSeries
from meterbook.store.readings import Batch, ReadingsLake
from meterbook.store.records import Records, StoredChannel, Stream
from meterbook.sync.summary import INDUSTRY_OF

FORWARD_NEGATIVE = "flow.forward-negative"
CATEGORY_OF = {industry: category for category, industry in INDUSTRY_OF.items()}
_EVER = 2**40  # after every instant that a reading can have

Register = tuple[str, str, ServiceCategory | None, str, str]
"""Account, service location, category, meter and register."""


class HasReadings(Protocol):
    """An answer of a stream: its readings, and what was found."""

    @property
    def stream(self) -> Stream:
        """What was pulled."""

    @property
    def series(self) -> tuple[IntervalSeries, ...]:
        """Readings."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was noticed."""


Kind = TypeVar("Kind", bound=HasReadings)


@dataclass(slots=True)
class NetRegisters:
    """What a book knows of such registers at one utility.

    Attributes:
        told: findings that were not known before.
        renamed: channels that got another name, or were put under one that had a number already.
    """

    records: Records
    lake: ReadingsLake
    utility: str
    told: int = 0
    renamed: int = 0
    _known: set[Register] | None = field(default=None, init=False)

    def settled(self, answers: Sequence[Kind]) -> list[Kind]:
        """Answers with the net registers' readings under their net channels.

        What the answers themselves tell is learned first, durably, and what is stored already is renamed.
        """
        known = self._load() if self._known is None else self._known
        news = {_register(one.stream, finding): finding for one in answers for finding in _told_by(one)}
        for register in sorted(news.keys() - known, key=str):
            self._learn(register, news[register])
            known.add(register)
        return [_as_net(one, known) for one in answers]

    def _load(self) -> set[Register]:
        """The registers known; a change of names that was cut off, or that another program undid, is finished."""
        found = self.records.findings(name=FORWARD_NEGATIVE, utility=self.utility)
        self._known = {_stored(one.account or "", one.finding) for one in found}
        if self._known:
            for item in self.records.channels(utility=self.utility):
                if _of(item.channel) in self._known:
                    self._rename(item)
        return self._known

    def _learn(self, register: Register, finding: Finding) -> None:
        account, location, category, meter, number = register
        message = f"register {number} of meter {meter} is called forward and has negative readings; it is taken as net"
        about = {"service_location": location, "meter": meter, "register": number}
        kept = Finding(
            name=finding.name, message=message, data={**about, "industry": INDUSTRY_OF[category] if category else ""}
        )
        self.told += self.records.add_findings(
            channel_id=None, account=account, findings=[kept], load_id=None, at=datetime.now(UTC), utility=self.utility
        )
        for item in self.records.channels(utility=self.utility, account=account, service_location=location):
            if _of(item.channel) == register:
                self._rename(item)

    def _rename(self, item: StoredChannel) -> None:
        if item.channel.flow is not FlowDirection.DELIVERED:
            return
        self.renamed += 1
        net = replace(item.channel, flow=FlowDirection.NET)
        if not self.records.rename_channel(item.id, net):
            (number,) = self.records.channel_ids([net])
            self._move(item, number)

    def _move(self, item: StoredChannel, net: int) -> None:
        """Put readings under a net channel that is there already; what both have stays as the net one has it."""
        with self.lake.writing():
            self.lake.write(list(_batches(self.lake, item, net)))
            self.records.delete_channel(item.id)
            self.lake.delete([item.id])
            self.records.lake_cleaned([item.id])


def _as_net(answer: Kind, known: set[Register]) -> Kind:
    findings = tuple(one for one in answer.findings if one.name != FORWARD_NEGATIVE)
    sent = {one.channel for one in answer.series}
    series = tuple(_net_series(one, known, sent) for one in answer.series)
    return replace(answer, series=series, findings=findings)  # type: ignore[type-var]


def _net_series(one: IntervalSeries, known: set[Register], sent: set[Channel]) -> IntervalSeries:
    if one.channel.flow is not FlowDirection.DELIVERED or _of(one.channel) not in known:
        return one
    net = replace(one.channel, flow=FlowDirection.NET)
    return one if net in sent else replace(one, channel=net)


def _told_by(answer: HasReadings) -> Iterator[Finding]:
    return (finding for finding in answer.findings if finding.name == FORWARD_NEGATIVE)


def _register(stream: Stream, finding: Finding) -> Register:
    category = CATEGORY_OF.get(stream.industry)
    data = finding.data
    return stream.account, stream.service_location, category, str(data["meter"]), str(data["register"])


def _stored(account: str, finding: Finding) -> Register:
    location, industry, meter, register = (
        str(finding.data.get(name, "")) for name in ("service_location", "industry", "meter", "register")
    )
    return account, location, CATEGORY_OF.get(industry), meter, register


def _of(channel: Channel) -> Register:
    return channel.account, channel.service_location, channel.category, channel.meter, channel.register


def _batches(lake: ReadingsLake, item: StoredChannel, net: int) -> Iterator[Batch]:
    """What a channel holds and the net one lacks, with the loads that brought it."""
    held = lake.history(item.id, 0, _EVER)
    columns = {name: held.column(name).to_numpy() for name in ("value", "scale", "quality", "load_id")}
    start = held.column("ts").to_numpy().astype("datetime64[s]").astype(np.int64)
    holds = held.column("superseded_by").is_null().to_numpy()
    holds &= ~np.isin(start, lake.read([net], 0, _EVER)[net].start)
    channel = replace(item.channel, flow=FlowDirection.NET)
    pairs = np.unique(np.stack((columns["load_id"][holds], columns["scale"][holds])), axis=1).T
    for load_id, scale in pairs.tolist():
        rows = holds & (columns["load_id"] == load_id) & (columns["scale"] == scale)
        yield Batch(
            channel_id=net,
            load_id=load_id,
            series=IntervalSeries(
                channel=channel,
                start=start[rows],
                value=columns["value"][rows].astype(np.int64),
                quality=columns["quality"][rows].astype(np.int8),
                scale=scale,
            ),
        )
