"""Three homes with a random history, and reports about them."""
import datetime
import json
import os
import random
import subprocess
import time
from decimal import Decimal

import pytest

from tests.model.merge_model import STATUSES
from tests.model.report_model import MICROS
from tests.stack.process import program, remove, short_folder, wait_for
from tests.stack.region import Region

from .wire import Wire, event_id, rfc3339

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
# Clocks change on 29 March in Oslo and on 8 March in New York: days of 23 hours; on 25 October one of 25.
SPRING = datetime.date(2026, 3, 1)
SPAN = ("--from", "2026-03-01", "--to", "2026-04-01")
REASONS = ("admit", "discharge", "transfer", "leave_of_absence", "return", "pending_admit", "manual", None,
           "admit_cancelled", "discharge_cancelled", "transfer_cancelled", "leave_cancelled", "reservation_cancelled")
REPORTS = ("occupancy", "availability", "turnover", "freshness", "conflicts", "alerts", "audit")  # of any number of homes
ZONES = ("Europe/Oslo", "America/New_York", "Asia/Kathmandu")


def now():
    return time.time_ns() // 1000


def micros(day):
    return int(datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.timezone.utc).timestamp()) * SECOND


class Played:
    """One home's random history in the spring, sent through the daemon: late events, conflicts, cancels, repeats."""

    def __init__(self, region, seed, policy):
        self.random, self.facility = random.Random(seed), f"fac_play_{seed}"
        self.wire = Wire(region, self.facility)
        region.admin("facility", "set", self.facility, "--conflict-policy", policy)
        region.sql(f"UPDATE facilities SET timezone = '{ZONES[seed % 3]}' WHERE id = '{self.facility}'")
        self.clock = micros(SPRING) - 20 * DAY
        self.view = {}

    def event(self):
        bed = f"bed_{self.random.randint(1, 30)}"
        new = self.random.choice(STATUSES)
        self.clock += self.random.choice((0, 1, HOUR // 7, 3 * HOUR)) * self.random.randint(0, 6)
        at = self.clock
        if self.random.random() < 0.1:
            at -= self.random.randint(1, 3 * DAY)
        previous = self.view.get(bed) if self.random.random() < 0.4 else None
        if self.random.random() < 0.08:
            previous = self.random.choice(STATUSES)  # what may not fit
        self.view[bed] = new
        return json.dumps({
            "event_id": event_id(self.random, at), "facility_id": self.facility, "bed_id": bed,
            "ward": self.random.choice(("dementia", "somatic", None)), "care_level": self.random.choice(("light", None)),
            "previous_status": previous, "new_status": new, "changed_by": "user_play", "changed_at": rfc3339(at),
            "reason": self.random.choice(REASONS), "patient_ref": None, "source": {
                "adapter": "ehr", "file": None, "record": 1, "ordinal": 0, "time_source": None}}, separators=(",", ":"))

    def play(self, events):
        self.wire.send([self.event() for _ in range(events)])

    def settle_some(self, region):
        token = region.token("FACILITY_MANAGER", self.facility)
        for conflict in region.get("/api/conflicts", token=token).json()["conflicts"][::2]:
            answer = region.request("POST", f"/api/conflicts/{conflict['id']}/resolve", token,
                                    json.dumps({"status": self.random.choice(STATUSES), "reason": "other"}),
                                    {"Content-Type": "application/json"})
            assert answer.status == 200, answer.body


def call(region, name, form, *words):
    return subprocess.run([program("bedpost-report"), name, "--format", form, *words, "--config", region.config],
                          stdin=subprocess.DEVNULL, capture_output=True, check=False)


@pytest.fixture(scope="module")
def played(postgres):
    """Three homes in three zones, two thirds of their history before `known_at`; tests leave it as it was."""
    folder = short_folder("bedpost-t-")
    region = Region(os.path.join(folder, "region"), postgres).create().start()
    play(region)
    yield region
    region.stop()
    remove(folder)


@pytest.fixture
def report(played, same_day):
    """report(name, format, …) of the played homes, as text or bytes."""
    def made(name, form, *words, binary=False):
        done = call(played, name, form, *words)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout if binary else done.stdout.decode()
    return made


def play(region):
    homes = [Played(region, seed, policy) for seed, policy in ((1, "hold"), (2, "latest_wins"), (3, "hold"))]
    for home in homes:
        for _ in range(4):
            home.play(60)
    wait_for(lambda: all(region.get(f"/api/facilities/{h.facility}", token=region.token(
        "FACILITY_MANAGER", h.facility)).status == 200 for h in homes), "the API to know the homes")
    homes[0].settle_some(region)
    region.known_at = now()
    for home in homes:
        home.play(60)
        home.play(60)
    homes[0].settle_some(region)
    homes[2].settle_some(region)
    for home in homes:
        home.wire.close()
    region.played = [h.facility for h in homes]


def seconds(text):
    """Seconds of the JSON as whole microseconds."""
    value = Decimal(text) * SECOND
    assert value == value.to_integral_value()
    return int(value)


def exact(text):
    """JSON with its numbers as they were written."""
    return json.loads(text, parse_float=str, parse_int=str)


def instant(text):
    """Microseconds of an RFC 3339 time."""
    whole, _, rest = text.rstrip("Z").partition(".")
    moment = datetime.datetime.fromisoformat(whole).replace(tzinfo=datetime.timezone.utc)
    return int(moment.timestamp()) * SECOND + int((rest or "0").ljust(6, "0"))


@pytest.fixture
def closed(played):
    """Homes that were closed for a while, at random moments of their history, one of them still."""
    chance = random.Random(11)
    for facility in played.played:
        changes = sorted({int(t) for t, in played.sql(f"SELECT {MICROS.format('changed_at')} FROM bed_audit_log "
                                                      f"WHERE facility_id = '{facility}' AND in_history")})
        moments = sorted(chance.sample(changes[20:-20], 6))
        for place in (0, 2, 4):  # from the very moment of a change, to such a moment or just beside it
            begin, end = moments[place], min(moments[place + 1] + chance.choice((0, 1, HOUR)), [*moments, 1 << 60][place + 2] - 1)
            still = place == 4 and facility == "fac_play_2"
            played.sql(f"INSERT INTO facility_closures VALUES ('{facility}', '{rfc3339(begin)}', "
                       + ("NULL)" if still else f"'{rfc3339(end)}')"))
    yield played.played
    played.sql("DELETE FROM facility_closures")


def rows_of(document, table):
    return [t for t in document["tables"] if t["key"] == table][0]["rows"]
