"""Writes the tables of the example configs next to this file: `python3 configs/data/make_tables.py`.

Each is drawn from a rule with noise, so that it is known what can be learnt; the same bytes come out every time.
"""

import csv
import datetime
import math
import random
from pathlib import Path

HERE = Path(__file__).resolve().parent


def write(name, header, rows):
    with (HERE / name).open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)


def chance(draw, score):
    """Whether something of this log-odds happens."""
    return draw.random() < 1 / (1 + math.exp(-score))


def visits(rows=900):
    """Mixed columns: a date, numbers and texts with empty cells, yes and no; whether a visitor of a museum comes again."""
    draw = random.Random(1)
    start = datetime.date(2024, 1, 1)
    for number in range(rows):
        day = start + datetime.timedelta(days=draw.randrange(366))
        age = min(95, max(5, round(draw.gauss(42, 18))))
        ticket = draw.choices(["single", "family", "reduced", "year"], [5, 3, 2, 1])[0]
        town = draw.choices(["here", "near", "far", "abroad"], [4, 3, 2, 1])[0]
        guide, minutes = chance(draw, -0.5), max(10, round(draw.gauss(95, 35)))
        score = {"here": 2.0, "near": 0.8, "far": -2.0, "abroad": -3.5}[town] + {"year": 3.5}.get(ticket, -0.3)
        score += 1.2 * guide + 0.035 * (minutes - 95) + (1.5 if day.weekday() >= 5 else -0.6)
        score += 1.5 * math.cos((day.timetuple().tm_yday - 15) / 366 * 2 * math.pi) - ((age - 45) / 22) ** 2 + 0.6
        again = "yes" if chance(draw, 1.8 * score) else "no"
        yield [
            f"v{10_000 + 7 * number}", day.isoformat(), "" if chance(draw, -2.2) else age,
            "" if chance(draw, -3) else ticket, town, "yes" if guide else "no", minutes, again,
        ]


def faults(rows=2000):
    """Two classes, of which one is rare: a machine that fails in a few of a hundred hours."""
    draw = random.Random(2)
    for _ in range(rows):
        tool, load = draw.choice(["drill", "mill", "saw"]), draw.uniform(0, 100)
        heat = 40 + 0.3 * load + draw.gauss(0, 6)
        shake = {"drill": 1.0, "mill": 1.6, "saw": 2.4}[tool] + draw.expovariate(2.2)
        age = draw.randrange(0, 2000)
        score = 0.22 * (heat - 66) + 2.4 * (shake - {"drill": 1.9, "mill": 2.5, "saw": 3.3}[tool]) + 0.0015 * age - 3.4
        yield [tool, f"{load:.1f}", f"{heat:.1f}", f"{shake:.2f}", age, "fault" if chance(draw, 2.0 * score) else "ok"]


def voices(persons=60, each=10):
    """Rows that belong together: the recordings of a person are nearly alike, and tell who speaks better than how healthy."""
    draw = random.Random(3)
    for person in range(persons):
        is_hoarse = person % 2 == 1
        pitch, speed = draw.gauss(165, 45), draw.gauss(4.3, 0.7)
        jitter = draw.gauss(1.5 if is_hoarse else 0.9, 0.45)
        shimmer = draw.gauss(4.3 if is_hoarse else 3.3, 0.9)
        for _ in range(each):
            yield [
                f"p{person:02d}", f"{pitch + draw.gauss(0, 3):.1f}", f"{speed + draw.gauss(0, 0.06):.2f}",
                f"{jitter + draw.gauss(0, 0.05):.2f}", f"{shimmer + draw.gauss(0, 0.1):.2f}",
                "hoarse" if is_hoarse else "healthy",
            ]


def demand(days=1100):
    """Rows in time: the demand of a day, which grows, has seasons and weekends; what counts is next month."""
    draw = random.Random(4)
    start, before = datetime.date(2022, 1, 1), 50.0
    for number in range(days):
        day = start + datetime.timedelta(days=number)
        season = math.cos((day.timetuple().tm_yday - 10) / 365 * 2 * math.pi)
        cold = 9 - 11 * season + draw.gauss(0, 3)
        use = 62 - 1.6 * cold - (11 if day.weekday() >= 5 else 0) + 0.004 * number + draw.gauss(0, 3)
        level = "low" if use < 38 else "mid" if use < 56 else "high"
        yield [day.isoformat(), f"{cold:.1f}", f"{before:.1f}", level]
        before = use


def rents(rows=1200):
    """A number to predict: the rent of a flat, by its size, place and age; errors grow with the rent."""
    draw = random.Random(5)
    for _ in range(rows):
        area = max(18, round(draw.lognormvariate(4.15, 0.38)))
        rooms = max(1, round(area / 27 + draw.gauss(0, 0.6)))
        district = draw.choices(["centre", "north", "river", "hill", "edge"], [3, 4, 2, 2, 4])[0]
        built, floor = draw.randrange(1900, 2024), draw.choices(range(7), [3, 5, 5, 4, 2, 1, 1])[0]
        has_lift, has_balcony = chance(draw, (built - 1985) / 12 + floor / 2), chance(draw, (built - 1960) / 25)
        of_place = {"centre": 0.34, "north": 0.05, "river": 0.22, "hill": 0.12, "edge": -0.16}[district]
        of_age = 0.10 if built < 1920 else 0.0035 * (built - 1960)
        effort = 0.0 if has_lift else -0.035 * floor
        logarithm = 2.86 + 0.93 * math.log(area) + of_place + of_age + effort + 0.07 * has_balcony - 0.02 * abs(rooms - area / 27)
        rent = math.exp(logarithm + draw.gauss(0, 0.08))
        yield [
            area, rooms, district, floor, "" if chance(draw, -2.5) else built, "yes" if has_lift else "no",
            "yes" if has_balcony else "no", f"{rent:.2f}",
        ]


def main():
    write("visits.csv", ["visitor id", "day", "age", "ticket", "town", "guided", "minutes", "again"], visits())
    write("faults.csv", ["tool", "load", "heat", "vibration", "hours", "state"], faults())
    write("voices.csv", ["person", "pitch", "speed", "jitter", "shimmer", "voice"], voices())
    write("rents.csv", ["area", "rooms", "district", "floor", "built", "lift", "balcony", "rent"], rents())
    write("demand.csv", ["day", "temperature", "yesterday", "level"], demand())


if __name__ == "__main__":
    main()
