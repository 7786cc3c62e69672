"""What makes one meter of the invented co-op differ from the next: appliances, habits and its register."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PERSONAS = 48
"""Ways to spend a day: the first 36 at home, the rest in a shop or office."""
HOMES = 36

Floats = NDArray[np.float32]
Words = NDArray[np.uint32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Traits:
    """n meters as columns. Energies are Wh a quarter hour.

    Attributes:
        channel: numbers.
        key: a word for each meter that its hashes start from.
        persona: row of the day's shapes.
        base, jitter: standby, and how much it varies.
        fridge, fridge_pace: while on, and turns of its cycle a slot, of 2^32.
        set_point: °C outside at which neither heat nor cooling runs.
        cool, cool_need, heat, heat_need: when running, and the share of time per kelvin.
        hvac_pace: turns of the cycle a slot, of 2^32.
        people, oven: by activity; ``oven`` scales single large uses.
        lived_in_summer, lived_in_winter: 1 lived in, near 0 vacant.
        car, plug_in: charging power, and the slot of the local evening it starts.
        solar: at full sun.
        step, per_step: Wh the register counts in, and its inverse.
    """

    channel: NDArray[np.int32]
    key: Words
    persona: NDArray[np.int64]
    base: Floats
    jitter: Floats
    fridge: Floats
    fridge_pace: Words
    set_point: Floats
    cool: Floats
    cool_need: Floats
    heat: Floats
    heat_need: Floats
    hvac_pace: Words
    people: Floats
    oven: Floats
    lived_in_summer: Floats
    lived_in_winter: Floats
    car: Floats
    plug_in: Words
    solar: Floats
    step: NDArray[np.int32]
    per_step: Floats


def mixed(word: Words) -> Words:
    """Hashes of 32-bit words: every bit of the result depends on every bit of the word."""
    out = word ^ (word >> np.uint32(16))
    out *= np.uint32(0x7FEB352D)
    out ^= out >> np.uint32(15)
    out *= np.uint32(0x846CA68B)
    out ^= out >> np.uint32(16)
    return out


def unit(word: Words) -> Floats:
    """Words as numbers from 0 up to 1."""
    return (word >> np.uint32(8)).astype(np.float32) * np.float32(1 / 2**24)


def traits_of(channel: Words, seed: int) -> Traits:
    """The traits of meters by their numbers."""
    key = mixed(channel * np.uint32(0x9E3779B1) + np.uint32(seed * 0x85EBCA6B % 2**32))

    def draw(number: int) -> Floats:
        return unit(mixed(key + np.uint32(number * 0x632BE59B % 2**32)))

    kind, shop = draw(1), draw(2) < 0.09
    vacant, summer_home = kind < 0.04, (kind >= 0.04) & (kind < 0.10)
    size = np.exp(0.5 * _bell(draw(3), draw(4))).astype(np.float32) * np.where(shop, np.float32(2.5), np.float32(1))
    electric_heat = draw(5) < 0.45
    gone = np.where(vacant, np.float32(0.01), np.float32(1))
    step = np.where(draw(6) < 0.15, 10, 1).astype(np.int32)
    car = np.where((draw(7) < 0.10) & ~shop & ~vacant, np.where(draw(8) < 0.6, 1_800, 900), 0)
    return Traits(
        channel=channel.astype(np.int32),
        key=key,
        persona=np.where(shop, HOMES + mixed(key + np.uint32(5)) % (PERSONAS - HOMES), mixed(key) % HOMES).astype(
            np.int64
        ),
        base=(8 + 45 * draw(9) * size) * np.where(vacant, np.float32(0.3), np.float32(1)),
        jitter=(0.6 + 4 * draw(10) * size) * np.where(vacant, np.float32(0.3), np.float32(1)),
        fridge=(10 + 20 * draw(11)) * gone,
        fridge_pace=(2**32 / (2.2 + 4 * draw(12))).astype(np.uint32),
        set_point=17 + 4 * draw(13),
        cool=(350 + 400 * draw(14)) * size * gone * np.where(draw(15) < 0.9, np.float32(1), np.float32(0)),
        cool_need=np.reciprocal(14 + 10 * draw(16)),
        heat=np.where(electric_heat, (700 + 900 * draw(17)) * size, 60 + 60 * draw(17)).astype(np.float32) * gone,
        heat_need=np.reciprocal(26 + 14 * draw(18)),
        hvac_pace=(2**32 / (2.1 + 3 * draw(19))).astype(np.uint32),
        people=(40 + 160 * draw(20)) * size,
        oven=0.5 + 0.8 * draw(21),
        lived_in_summer=gone,
        lived_in_winter=np.where(summer_home, np.float32(0.03), gone),
        car=car.astype(np.float32),
        plug_in=(20 + 20 * draw(22)).astype(np.uint32),
        solar=np.where((draw(23) < 0.05) & ~vacant, 800 + 1_200 * draw(24), 0).astype(np.float32),
        step=step,
        per_step=(1 / step).astype(np.float32),
    )


def _bell(one: Floats, two: Floats) -> NDArray[np.float64]:
    """Normal deviates from two uniform ones (Box and Muller), in doubles so that processors agree on them."""
    return np.asarray(np.sqrt(-2 * np.log(one.astype(np.float64) + 1e-7)) * np.cos(2 * np.pi * two.astype(np.float64)))
