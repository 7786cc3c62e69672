"""Many meters on one schedule at once: the amounts of :mod:`meterbook.tariffs.pricing`, without lines that explain.

Everything is whole numbers: energy in the readings' own unit, prices as integers with a power of ten, amounts in the
least unit that the schedule rounds to. Each line of each meter is rounded as it is on a bill, so totals are equal to
those of :func:`~meterbook.tariffs.pricing.price` to the cent; a test holds one against the other. What only a bill by
itself can tell (a bank of net metering, coincident peaks, reactive power) is left to that.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from meterbook.model.tariff import (
    AnyCharge,
    Demand,
    Energy,
    Fixed,
    Lamps,
    Minimum,
    Number,
    Percent,
    Rate,
    Rider,
    Rounding,
)
from meterbook.tariffs.axis import Int64
from meterbook.tariffs.batch_work import (
    BatchLine,
    BatchWork,
    Totals,
    Unpriced,
    divided,
    in_quantities,
    in_units,
    joined,
    refuse,
    rounding_of,
)
from meterbook.tariffs.bill import least_sure
from meterbook.tariffs.demand import earlier, share_in
from meterbook.tariffs.energy import block_factor, block_limit, windows_kinds
from meterbook.tariffs.exact import Exact, filled, rounded_ratio, rounded_to
from meterbook.tariffs.inputs import Account
from meterbook.tariffs.numbers import known, rounded
from meterbook.tariffs.others import how_many, in_month, per_time, rider_day, rider_figure, times
from meterbook.tariffs.parts import decimal
from meterbook.tariffs.parts import quantity as worked_out
from meterbook.tariffs.plan import Plan
from meterbook.tariffs.work import applies, base_names, kind_of

Matrix = NDArray[np.int64]
"""Energy of m meters in n intervals, or sums of them."""


def price_batch(plan: Plan, values: Matrix, *, scale: int, account: Account | None = None) -> Totals:
    """What meters pay, each in all periods of a plan.

    Args:
        plan: the schedule and the periods.
        values: energy delivered, m × n integers on the plan's grid; a value v is ``v / 10**scale`` kWh.
        scale: digits after the point.
        account: what the schedule asks of each account; the same of all.

    Raises:
        Unpriced: the schedule has a charge that is only priced bill by bill.
        InputError: a number is not known.
    """
    batch = _Batch(plan=plan, values=values, scale=scale, account=account or Account())
    columns = [batch.period(number) for number in range(len(plan.spans))]
    kwh_scale = max((kwh.scale for _, kwh in columns), default=scale)
    return Totals(
        amount=np.stack([amount for amount, _ in columns], axis=1),
        places=batch.places,
        kwh=np.stack([kwh.at(kwh_scale) for _, kwh in columns], axis=1).astype(np.int64),
        scale=kwh_scale,
        status=batch.status,
    )


class _Batch:
    def __init__(self, *, plan: Plan, values: Matrix, scale: int, account: Account) -> None:
        self.plan, self.values, self.scale, self.account = plan, values, scale, account
        self.meters = len(values)
        self.status = "published"
        self._sums: dict[tuple[int, int], tuple[Matrix, Int64]] = {}
        self._peaks: dict[tuple[int, int], tuple[dict[int, int], Matrix]] = {}
        self._filled: tuple[tuple[int, int], tuple[Matrix, Matrix]] = ((-1, -1), (values[:, :0], values[:, :0]))
        self._demands: list[tuple[date, str | None, Exact]] = [
            (when, period, Exact.of(kw)) for when, period, kw in account.demands
        ]
        versions = {part.number: part.version for parts in plan.parts for part in parts}
        if plan.tariff.prepaid:
            raise Unpriced
        self.places = max(
            (charge.rounding or version.rounding).places for version in versions.values() for charge in version.charges
        )
        for version in versions.values():
            for charge in version.charges:
                refuse(charge, account)

    def period(self, number: int) -> tuple[Int64, Exact]:
        """Totals of a period, and energy billed."""
        works = [
            BatchWork(part=part, ordinal=self.plan.ordinal(number, place), span=number)
            for place, part in enumerate(self.plan.parts[number])
        ]
        whole = works[-1]
        if len(works) == 1:
            self._charges(whole, lambda _: True)
        else:
            for work in works:
                self._charges(work, lambda charge: not isinstance(charge, Rider | Percent | Minimum))
            whole = joined(works)
            self._charges(whole, lambda charge: isinstance(charge, Rider | Percent | Minimum))
        self._remember(whole)
        total = np.zeros(self.meters, np.int64)
        for line in whole.lines:
            total = total + line.amount
        return total, whole.kwh or Exact(np.zeros(self.meters, np.int64), self.scale)

    def _charges(self, work: BatchWork, wanted: Callable[[AnyCharge], bool]) -> None:
        for place, charge in enumerate(work.part.version.charges):
            if not applies(charge, self.account) or not wanted(charge):
                continue
            if isinstance(charge, Fixed):
                self._fixed(work, charge)
            elif isinstance(charge, Energy):
                self._energy(work, charge, place)
            elif isinstance(charge, Demand):
                self._demand(work, charge, place)
            elif isinstance(charge, Lamps):
                self._lamps(work, charge)
            elif isinstance(charge, Rider):
                self._rider(work, charge, place)
            elif isinstance(charge, Percent):
                self._percent(work, charge, place)
            elif isinstance(charge, Minimum):
                self._minimum(work, charge, place)

    # -- numbers and lines -------------------------------------------------------------------------------------------

    def _known(self, number: Number, what: str) -> Decimal:
        found = known(number, what, f"{self.plan.tariff.utility}/{self.plan.tariff.code}")
        self.status = least_sure(self.status, found.status)
        return found.value

    def _add(self, work: BatchWork, charge: AnyCharge, amount: Int64) -> None:
        """Add a line; its amount is in units of the charge's own places."""
        places = rounding_of(work, charge).places
        keys = frozenset({charge.name, kind_of(charge).value})
        work.lines.append(BatchLine(keys=keys, amount=amount * 10 ** (self.places - places)))

    def _add_alike(self, work: BatchWork, charge: AnyCharge, amount: Decimal) -> None:
        rounding = rounding_of(work, charge)
        units = int(rounded(amount, rounding).scaleb(rounding.places))
        self._add(work, charge, np.full(self.meters, units, np.int64))

    def _base(self, work: BatchWork, charge: Percent | Rider | Minimum, place: int) -> Exact:
        names = set(base_names(work.part.version, place, charge.base))
        excluding = set(charge.excluding) if isinstance(charge, Percent) else set()
        total = np.zeros(self.meters, np.int64)
        for line in work.lines:
            if line.keys & names and not line.keys & excluding:
                total = total + line.amount
        return Exact(total, self.places)

    # -- charges -----------------------------------------------------------------------------------------------------

    def _fixed(self, work: BatchWork, charge: Fixed) -> None:
        value = self._known(charge.amount, repr(charge.name))
        count = how_many(charge, self.account)
        self._add_alike(work, charge, decimal(times(work.part, charge) * count * Fraction(per_time(value, charge))))

    def _lamps(self, work: BatchWork, charge: Lamps) -> None:
        months = work.part.months(charge.prorate)
        for name, count in self.account.lamps.items():
            lamp = charge.types[name]
            if lamp.kwh is not None:
                work.lamp_kwh += Fraction(self._known(lamp.kwh, name)) * count * months
            self._add_alike(work, charge, decimal(Fraction(self._known(lamp.price, name)) * count * months))

    def _energy(self, work: BatchWork, charge: Energy, place: int) -> None:
        count = len(charge.rates)
        sums, counts = self._sums_of(work.part.number, place)
        low = work.ordinal * count
        held = [index for index in range(count) if counts[low + index]]
        totals = {index: divided(Exact(sums[:, low + index], self.scale), work.part) for index in held}
        first = next(at for at, one in enumerate(work.part.version.charges) if isinstance(one, Energy))
        if place == first:
            work.kwh = sum((totals[index] for index in held[1:]), start=totals[held[0]]) if held else None
        for index in held:
            rate = charge.rates[index]
            self.status = least_sure(self.status, *windows_kinds(self.plan.tariff, rate))
            if rate.blocks:
                self._blocks(work, charge, place, index, totals)
            else:
                assert rate.rate is not None
                amount = totals[index] * Exact.of(self._known(rate.rate, repr(charge.name)))
                self._add(work, charge, rounded_to(amount.n, amount.scale, 1, rounding_of(work, charge)))

    def _blocks(self, work: BatchWork, charge: Energy, place: int, index: int, totals: dict[int, Exact]) -> None:
        rate, total, rounding = charge.rates[index], totals[index], rounding_of(work, charge)
        limits = self._limits(work, charge, rate)
        pooled = [at for at in totals if charge.rates[at].blocks]
        alone = charge.pooling in (None, "period") or len(pooled) == 1
        whole = sum((totals[at] for at in pooled[1:]), start=totals[pooled[0]])
        if charge.pooling == "time" and not alone:
            if work.part.by_days:
                raise Unpriced
            low, high = self.plan.axis.place(work.part.start), self.plan.axis.place(work.part.end)
            rates = self.plan.index(work.part.number, place)[low:high]
            blocks = self._in_time(self._filling(work, place, pooled), rates == index, limits)
        else:
            blocks = filled(total if alone else whole, limits)
        for block, quantity in zip(rate.blocks, blocks, strict=True):
            amount = quantity * Exact.of(self._known(block.rate, repr(charge.name)))
            if alone or charge.pooling == "time":
                self._add(work, charge, rounded_to(amount.n, amount.scale, 1, rounding))
                continue
            scale = max(total.scale, whole.scale)
            numerator = amount.n.astype(object) * total.at(scale).astype(object)
            self._add(work, charge, rounded_ratio(numerator, whole.at(scale), amount.scale, rounding))

    def _filling(self, work: BatchWork, place: int, pooled: list[int]) -> tuple[Matrix, Matrix]:
        """Energy in the blocks before and after each interval of a part, all rates that share them together."""
        key = (work.ordinal, place)
        if self._filled[0] != key:
            low, high = self.plan.axis.place(work.part.start), self.plan.axis.place(work.part.end)
            rates = self.plan.index(work.part.number, place)[low:high]
            energy = self.values[:, low:high] * np.isin(rates, pooled)
            after = np.cumsum(energy, axis=1)
            self._filled = (key, (after - energy, after))
        return self._filled[1]

    def _in_time(
        self, filling: tuple[Matrix, Matrix], mine: NDArray[np.bool_], limits: list[Exact | None]
    ) -> list[Exact]:
        """Blocks of a rate; see :func:`meterbook.tariffs.energy.in_time_order`."""
        before, after = filling[0][:, mine], filling[1][:, mine]
        found: list[Exact] = []
        below = np.zeros((self.meters, 1), np.int64)
        for limit in limits:
            if limit is None:
                inside = np.maximum(after, below) - np.maximum(before, below)
            else:
                top = np.broadcast_to(in_units(limit, self.scale), self.meters)[:, None]
                inside = np.clip(after, below, top) - np.clip(before, below, top)
                below = top
            found.append(Exact(inside.sum(axis=1), self.scale))
        return found

    def _limits(self, work: BatchWork, charge: Energy, rate: Rate) -> list[Exact | None]:
        factor = block_factor(charge, work.part)
        found: list[Exact | None] = []
        for block in rate.blocks:
            if block.up_to is None:
                found.append(None)
                continue
            up_to = self._known(block.up_to, repr(charge.name))
            if "/kW" not in charge.block_unit:
                found.append(Exact.of(block_limit(up_to, factor, work.part.version)))
                continue
            if work.demand is None or work.part.version.quantities is not None:
                raise Unpriced
            found.append(Exact.of(decimal(Fraction(up_to) * factor)) * work.demand)
        return found

    def _demand(self, work: BatchWork, charge: Demand, place: int) -> None:
        groups, peaks = self._peaks_of(work.part.number, place)
        for index, rate in enumerate(charge.rates):
            group = groups.get(work.span * len(charge.rates) + index)
            if group is None:
                continue
            self.status = least_sure(self.status, charge.minutes_status, *windows_kinds(self.plan.tariff, rate))
            measured = in_quantities(Exact(np.maximum(peaks[:, group], 0), self.scale), work.part.version)
            billed = self._billed(work, charge, rate, measured)
            work.demand = billed if work.demand is None else work.demand.maximum(billed)
            limits = [
                None if block.up_to is None else Exact.of(self._known(block.up_to, repr(charge.name)))
                for block in rate.blocks
            ]
            quantities = filled(billed, limits) if rate.blocks else [billed]
            prices: list[Number | None] = [block.rate for block in rate.blocks] or [rate.rate]
            for quantity, price in zip(quantities, prices, strict=True):
                assert price is not None
                share = Fraction(1) if work.part.by_days else work.part.share
                amount = divided(quantity, work.part) * Exact.of(self._known(price, repr(charge.name)))
                self._add(work, charge, amount.share(share, rounding_of(work, charge)))

    def _billed(self, work: BatchWork, charge: Demand, rate: Rate, measured: Exact) -> Exact:
        billed = measured
        if charge.ratchet is not None:
            ratchet, day = charge.ratchet, self.plan.last_day(work.part.span)
            if not ratchet.in_months or day.month in ratchet.in_months:
                for when, kw in earlier(ratchet, day, ratchet.of_period or rate.period, self._demands):
                    floor = kw * Exact.of(share_in(ratchet, day, when))
                    billed = billed.maximum(in_quantities(floor, work.part.version))
        if charge.minimum is not None:
            billed = billed.maximum(Exact.of(self._known(charge.minimum, repr(charge.name))))
        if charge.contract_share is not None:
            if self.account.contract_kw is None:
                raise Unpriced
            share = self._known(charge.contract_share, repr(charge.name))
            billed = billed.maximum(Exact.of(share * self.account.contract_kw))
        if charge.step is not None:
            step = Exact.of(charge.step)
            steps = rounded_to(
                billed.at(max(billed.scale, step.scale)),
                max(billed.scale, step.scale) - step.scale,
                step.n.item(),
                Rounding(places=0, mode=charge.step_mode),
            )
            billed = Exact(steps * step.n.item(), step.scale)
        return billed

    def _rider(self, work: BatchWork, charge: Rider, place: int) -> None:
        if charge.month_by == "use" and charge.unit == "kWh":
            raise Unpriced
        dated = in_month(charge, rider_day(self.plan, work.part.span, charge))
        value = Exact.of(self._known(rider_figure(charge, dated, self.account), f"rider {charge.rider}"))
        if charge.unit == "kWh":
            nothing = Exact(np.zeros(self.meters, np.int64), 0)
            quantity = nothing if charge.of == "lamps" else work.kwh or nothing
            if charge.of != "metered":
                quantity = quantity + Exact.of(worked_out(work.lamp_kwh, work.part.version.quantities))
        elif charge.unit == "kW":
            quantity = work.demand or Exact(np.zeros(self.meters, np.int64), 0)
        elif charge.unit == "month":
            months = Exact.of(decimal(work.part.months(charge.prorate)))
            quantity = Exact(np.ones(self.meters, np.int64), 0) * months
        else:
            quantity = self._base(work, charge, place)
        amount = quantity * value
        self._add(work, charge, rounded_to(amount.n, amount.scale, 1, rounding_of(work, charge)))

    def _percent(self, work: BatchWork, charge: Percent, place: int) -> None:
        base = self._base(work, charge, place)
        if not charge.negative:
            base = Exact(np.maximum(base.n, 0), base.scale)
        amount = base * Exact.of(self._known(charge.rate, repr(charge.name)))
        self._add(work, charge, rounded_to(amount.n, amount.scale, 1, rounding_of(work, charge)))

    def _minimum(self, work: BatchWork, charge: Minimum, place: int) -> None:
        value = self._known(charge.amount, repr(charge.name))
        least = decimal(times(work.part, charge) * Fraction(per_time(value, charge)))
        if charge.per_kw is not None:
            if self.account.contract_kw is None:
                raise Unpriced
            least += self._known(charge.per_kw, repr(charge.name)) * self.account.contract_kw
        lacks = Exact.of(least) - self._base(work, charge, place)
        lacks = Exact(np.maximum(lacks.n, 0), lacks.scale)
        self._add(work, charge, rounded_to(lacks.n, lacks.scale, 1, rounding_of(work, charge)))

    # -- measuring ---------------------------------------------------------------------------------------------------

    def _sums_of(self, version: int, place: int) -> tuple[Matrix, Int64]:
        key = (version, place)
        if key not in self._sums:
            bins = self.plan.bins(version, place)
            self._sums[key] = (bins.sums_of_many(self.values), bins.counts)
        return self._sums[key]

    def _peaks_of(self, version: int, place: int) -> tuple[dict[int, int], Matrix]:
        key = (version, place)
        if key not in self._peaks:
            windows = self.plan.windows(version, place)
            groups = {int(group): at for at, group in enumerate(windows.group.tolist())}
            self._peaks[key] = (groups, windows.peaks_of_many(self.values))
        return self._peaks[key]

    def _remember(self, work: BatchWork) -> None:
        """Measured demands, which ratchets of later periods look back to."""
        day = self.plan.last_day(work.part.span)
        seen = set()
        for place, charge in enumerate(work.part.version.charges):
            if not isinstance(charge, Demand):
                continue
            groups, peaks = self._peaks_of(work.part.number, place)
            for index, rate in enumerate(charge.rates):
                group = groups.get(work.span * len(charge.rates) + index)
                if group is not None and rate.period not in seen:
                    seen.add(rate.period)
                    measured = Exact(np.maximum(peaks[:, group], 0), self.scale)
                    self._demands.append((day, rate.period, in_quantities(measured, work.part.version)))
