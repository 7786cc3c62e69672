"""Panels by pvlib: held against NREL's PVWatts on the same weather, and by what the sun does."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from tariffs.by_hand import usage
from tariffs.whatif.test_shifts import HERE, changed

from meterbook.book.weather_file import weather_file
from meterbook.model.errors import InputError, NotFound, UsageError
from meterbook.tariffs.axis import Axis, axis
from meterbook.tariffs.whatif import Known, shift_of
from meterbook.tariffs.whatif.photovoltaics import Panels, generated
from meterbook.tariffs.whatif.setting import net_of

pytest.importorskip("pvlib", reason="the extra 'solar' is not installed")

ZONE = ZoneInfo("America/New_York")
LATITUDE, LONGITUDE = 34.8, -76.9
Day = np.ndarray


def of_days(first: str, last: str, step: int = 900, zone: ZoneInfo = ZONE) -> Axis:
    low, high = (int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) for text in (first, last))
    return axis(low, high, step, zone)


def panels(**more: float) -> Panels:
    return Panels(kw=Decimal(1), latitude=LATITUDE, longitude=LONGITUDE, **more)


def light() -> list[tuple[datetime, float, float, float, float, float]]:
    """A made year by the hour: a plain sun, cloudier on some days, warm and windy by turns."""
    found = []
    at = datetime(2025, 1, 1)  # noqa: DTZ001 - a file's own clock
    while at.year == 2025:
        day, hour = at.timetuple().tm_yday, at.hour + 0.5
        declination = np.radians(23.45) * np.sin(2 * np.pi * (284 + day) / 365)
        angle = np.radians(15 * (hour - 12 - 0.13))
        up = np.sin(np.radians(LATITUDE)) * np.sin(declination)
        up = max(float(up + np.cos(np.radians(LATITUDE)) * np.cos(declination) * np.cos(angle)), 0.0)
        share = 0.25 + 0.75 * (day * 7 % 11) / 10
        direct, diffuse = 850 * share * up**0.4 if up > 0.05 else 0.0, 60 * up + 120 * (1 - share) * up
        air = 17 - 10 * np.cos(2 * np.pi * (day - 20) / 365) + 5 * np.sin(2 * np.pi * (hour - 9) / 24)
        found.append((at, direct, diffuse, direct * up + diffuse, float(air), 2 + day % 5))
        at += timedelta(hours=1)
    return found


def epw(path: Path, rows: int = 8760) -> Path:
    """An EnergyPlus weather file, whose hours are numbered by their end."""
    head = f"LOCATION,Made,NC,USA,TMY3,723090,{LATITUDE},{LONGITUDE},-5.0,3.0"
    lines = [head, *["DESIGN CONDITIONS,0"] * 7]
    for at, direct, diffuse, level, air, wind in light()[:rows]:
        time = f"{2001 if at.month > 6 else 2004},{at.month},{at.day},{at.hour + 1},60"
        fields = [time, "?9", f"{air:.2f}", "10", "60", "101300", "0", "0", "300"]
        fields += [f"{level:.3f}", f"{direct:.3f}", f"{diffuse:.3f}", "0", "0", "0", "0", "180", f"{wind:.1f}"]
        lines.append(",".join([*fields, *["0"] * 13]))
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_year_is_that_of_pvwatts_on_the_same_weather(tmp_path: Path) -> None:
    peer = pytest.importorskip("PySAM.Pvwattsv8", reason="PySAM is not installed")
    model = peer.new()
    rows = light()
    model.SolarResource.solar_resource_data = {
        "lat": LATITUDE, "lon": LONGITUDE, "tz": -5, "elev": 3,
        "year": [2025] * 8760, "month": [row[0].month for row in rows], "day": [row[0].day for row in rows],
        "hour": [row[0].hour for row in rows], "minute": [30] * 8760,
        "dn": [row[1] for row in rows], "df": [row[2] for row in rows], "tdry": [row[4] for row in rows],
        "wspd": [row[5] for row in rows],
    }  # fmt: skip
    model.SystemDesign.system_capacity = 1
    model.SystemDesign.array_type = 1
    model.SystemDesign.module_type = 0
    model.SystemDesign.tilt, model.SystemDesign.azimuth = 20, 200
    model.SystemDesign.dc_ac_ratio, model.SystemDesign.inv_eff, model.SystemDesign.losses = 1.15, 96, 14.08
    model.SystemDesign.gcr = 0.3
    model.execute()
    theirs = np.array(model.Outputs.ac_monthly)
    made = of_days("2025-01-01", "2026-01-01", zone=ZoneInfo("Etc/GMT+5"))
    kwh = generated(made, panels(tilt=20, azimuth=200), weather_file(epw(tmp_path / "made.epw")))
    month = (made.start - 5 * 3600).astype("datetime64[s]").astype("datetime64[M]").astype(np.int64) % 12
    ours = np.bincount(month, kwh)
    assert theirs.sum() > 1000
    assert ours.sum() == pytest.approx(theirs.sum(), rel=0.02)
    assert ours == pytest.approx(theirs, rel=0.03)


def test_panels_follow_the_sun_not_the_clock() -> None:
    march = of_days("2025-03-08", "2025-03-10")  # clocks go forward on the second day
    kwh = generated(march, panels(tilt=30, azimuth=180), None)
    before, after = kwh[march.day == 0], kwh[march.day == 1]
    assert len(after) == 92
    apart = int(np.argmax(after)) - int(np.argmax(before))
    assert apart in (-1, 0, 1)  # the hour that is lost lies before noon: the same instant is an hour later by the clock
    assert int(march.minute[march.day == 1][int(np.argmax(after))]) > 12 * 60 + 45
    assert before[:20].max() == 0
    assert after[-16:].max() == 0


def test_what_faces_east_makes_it_in_the_morning_and_clouds_take_their_share() -> None:
    june = of_days("2025-06-01", "2025-07-01")
    east, west = (generated(june, panels(tilt=30, azimuth=at), None) for at in (90, 270))
    noon = june.minute < 13 * 60 + 7
    assert east[noon].sum() > 1.8 * east[~noon].sum()
    assert west[~noon].sum() > 1.8 * west[noon].sum()
    flat, clear = generated(june, panels(tilt=0), None), generated(june, panels(tilt=0, clouds=0), None)
    assert (generated(june, panels(tilt=0, azimuth=90), None) == flat).all()
    assert 0.76 < flat.sum() / clear.sum() < 0.80  # 0.77 of the light, and cooler cells
    assert clear.max() * 4 <= 1 / 1.15 + 1e-9
    assert generated(june, panels(tilt=30, clouds=1), None).max() == 0


def test_energy_is_conserved_to_the_watt_hour_and_what_is_left_goes_back() -> None:
    found = changed("solar=6@tilt=25,azimuth=190,clouds=10%", known=HERE)
    made = net_of(usage()) - net_of(found)
    assert (made >= 0).all()
    assert found.received is not None
    assert (np.minimum(found.delivered, found.received) == 0).all()
    assert changed("solar=6@34.8,-76.9,tilt=25,azimuth=190,clouds=10%").delivered.sum() == found.delivered.sum()


def test_a_leap_day_and_other_steps_find_their_weather(tmp_path: Path) -> None:
    weather = weather_file(epw(tmp_path / "made.epw"))
    days = of_days("2024-02-28", "2024-03-01", 3600, ZoneInfo("Etc/GMT+5"))
    kwh = generated(days, panels(tilt=20), weather)
    assert kwh[24:] == pytest.approx(kwh[:24], rel=0.02, abs=1e-6)  # 29 February as 28 February, a little later sun
    fine = generated(of_days("2024-02-28", "2024-03-01", 300, ZoneInfo("Etc/GMT+5")), panels(tilt=20), weather)
    assert fine.sum() == pytest.approx(kwh.sum(), rel=0.02)


def test_the_file_tells_the_place_unless_the_words_do(tmp_path: Path) -> None:
    known = Known(weather=lambda name: weather_file(tmp_path / name))
    epw(tmp_path / "a,b.epw")
    by_file = changed("solar=4@tilt=20,weather=a,b.epw", known=known)
    by_words = changed("solar=4@34.8,-76.9,tilt=20,weather=a,b.epw", known=known)
    assert (by_file.delivered == by_words.delivered).all()


@pytest.mark.parametrize(
    "words",
    [
        "tilt=91", "azimuth=north", "tilt=20,tilt=30", "34.8", "1,2,3,tilt=4", "colour=blue", "clouds=101%",
        "clouds=20%,weather=a.epw",
    ],
)  # fmt: skip
def test_words_that_say_nothing_sensible_are_refused(words: str) -> None:
    with pytest.raises(UsageError) as caught:
        shift_of(f"solar=4@{words}", HERE)
    assert "solar=KW" in str(caught.value.expected)


def test_files_that_are_no_weather_are_refused_with_what_is_expected(tmp_path: Path) -> None:
    other = tmp_path / "load.csv"
    other.write_text("time,kwh\n2025-01-01,1\n")
    with pytest.raises(InputError, match="no known kind"):
        weather_file(other)
    with pytest.raises(InputError, match="4,000 rows"):
        weather_file(epw(tmp_path / "half.epw", 4000))
    broken = tmp_path / "broken.epw"
    broken.write_text("LOCATION,Made,NC,USA,TMY3,723090,here,there,-5.0,3.0\n")
    with pytest.raises(InputError, match="can't be read"):
        weather_file(broken)
    with pytest.raises(NotFound):
        weather_file(tmp_path / "none.epw")


def test_without_pvlib_the_plain_model_does_and_the_rest_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pvlib", None)
    assert net_of(changed("solar=4")).sum() < net_of(usage()).sum()
    with pytest.raises(UsageError) as caught:
        shift_of("solar=4@tilt=20", HERE)
    assert "meterbook[solar]" in str(caught.value.hint)
    with pytest.raises(UsageError) as caught:
        weather_file(Path("x.epw"))
    assert "meterbook[solar]" in str(caught.value.hint)
