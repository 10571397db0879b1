"""Random histories against the reference model: beds, audit set, availability and history must be the same.

BEDPOST_TEST_SEED plays one seed alone.
"""
import calendar
import json
import os
import random
import time

import pytest

from tests.model.merge_model import STATUSES, Event, Home
from tests.stack.process import wait_for

from .wire import Wire, event_id, rfc3339

SEEDS = 20
EVENTS = 120
SECOND = 1_000_000
HOUR = 3600 * SECOND
WARDS, CARES = ("dementia", "somatic", None), ("light", "medium", "intensive", None)
POLICIES = ("hold", "source_wins", "latest_wins")


def now():
    return time.time_ns() // 1000


def micros(text):
    """RFC 3339 as the region writes it."""
    whole, _, rest = text.rstrip("Z").partition(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) * SECOND + int((rest or "0").ljust(6, "0"))


class Source:
    """The home's EHR, or a person at the board: knows what it has said itself, and now and then what the region holds."""

    def __init__(self, adapter):
        self.adapter, self.view, self.pending = adapter, {}, []


class History:
    """One home, one seed: makes events, sends them, tells the model the same."""

    def __init__(self, region, seed):
        self.random = random.Random(seed)
        self.region, self.facility = region, f"fac_model_{seed}"
        self.model = Home(self.facility, POLICIES[seed % 3])
        self.wire = Wire(region, self.facility)
        region.admin("facility", "set", self.facility, "--conflict-policy", self.model.policy)
        self.token = region.token("FACILITY_MANAGER", self.facility)
        self.sources = [Source("ehr"), Source("board")]
        self.beds = [f"bed_{n}" for n in range(6)]
        self.clock, self.hurry = now() - 3 * HOUR, False
        self.sent, self.batches, self.changes, self.made = [], [], [], 0

    # ---- what happens at the home ----

    def make_event(self):
        source = self.random.choice(self.sources)
        bed = self.random.choice(self.beds)
        held = self.model.beds.get(bed)
        if held and self.random.random() < 0.5:
            source.view[bed] = held.status
        previous = source.view.get(bed)
        new = self.random.choice(STATUSES)
        self.clock += self.random.choice((0, 1, 1000)) * self.random.randint(0, 300 if self.hurry else 20_000)
        at = self.clock
        if self.random.random() < 0.15:
            at -= self.random.randint(1, 2 * HOUR)
        elif self.random.random() < 0.03:
            at = now() + HOUR
        source.view[bed] = new
        source.pending.append(Event(
            event_id(self.random, at), self.facility if self.random.random() > 0.02 else "fac_foreign", bed,
            previous if self.random.random() < 0.8 else None, new, at, self.random.choice(WARDS),
            self.random.choice(CARES), source.adapter))
        self.made += 1

    @staticmethod
    def line(event):
        return json.dumps({
            "event_id": event.event_id, "facility_id": event.facility, "bed_id": event.bed, "ward": event.ward,
            "care_level": event.care, "previous_status": event.previous, "new_status": event.new,
            "changed_by": "user_model", "changed_at": rfc3339(event.at), "reason": "manual", "patient_ref": None,
            "source": {"adapter": event.adapter, "file": None, "record": 1, "ordinal": 0, "time_source": None},
        }, separators=(",", ":"))

    # ---- what reaches the region ----

    def send(self, events):
        before = self.wire.seq
        answer = self.wire.send([self.line(e) for e in events])
        got = [o["outcome"] for o in answer["outcomes"]]
        assert got == [self.model.take(e, now()) for e in events], f"{events}"
        self.sent += events
        self.batches.append((self.wire.body([self.line(e) for e in events], before + 1), got))

    def flush(self):
        """What a source has gathered, perhaps for long: in its own order, in one batch with others or alone."""
        batch = []
        for source in self.random.sample(self.sources, self.random.randint(1, 2)):
            batch += source.pending
            source.pending = []
        if self.sent and self.random.random() < 0.3:
            batch.insert(self.random.randint(0, len(batch)), self.random.choice(self.sent))
        if batch:
            self.send(batch)

    def send_again(self):
        """A batch whose answer was lost: the same seqs, and nothing new."""
        body, outcomes = self.random.choice(self.batches)
        status, answer = self.wire.post(body)
        assert status == 200
        assert [o["outcome"] for o in answer["outcomes"]] == [
            "rejected" if o == "rejected" else "duplicate" for o in outcomes]

    # ---- what people do at the region ----

    def change(self, path, method, bed, settles, **headers):
        status = self.random.choice(STATUSES)
        body = json.dumps({"status": status, "reason": "other"})
        answer = self.region.request(method, path, self.token, body, {"Content-Type": "application/json", **headers})
        assert answer.status == 200, answer.body
        at = micros(answer.json()["bed"]["last_updated"])
        self.model.change(bed, status, at, f"region {len(self.changes)}", settles)
        self.changes.append((bed, status))
        self.clock, self.hurry = max(self.clock, at), True
        held = self.model.beds[bed]
        assert answer.json()["bed"]["version"] == held.version
        assert answer.json()["bed"]["unconfirmed"] == (held.branch is not None)

    def set_bed(self):
        bed = self.random.choice(sorted(self.model.beds))
        self.change(f"/api/facilities/{self.facility}/beds/{bed}/status", "PUT", bed, False,
                    **{"If-Match": f'"{self.model.beds[bed].version}"'})

    def settle(self):
        found = self.region.get("/api/conflicts", token=self.token).json()["conflicts"]
        assert {(c["bed_id"], c["branch_status"]) for c in found} == {
            (name, bed.branch) for name, bed in self.model.beds.items() if bed.branch is not None}
        if found:
            conflict = self.random.choice(found)
            self.change(f"/api/conflicts/{conflict['id']}/resolve", "POST", conflict["bed_id"], True)

    def change_policy(self):
        self.model.policy = self.random.choice(POLICIES)
        self.region.admin("facility", "set", self.facility, "--conflict-policy", self.model.policy)

    def play(self):
        while not self.model.beds:  # the API hears of a new home by its first bed
            self.make_event()
            self.flush_all()
        wait_for(lambda: self.region.get(f"/api/facilities/{self.facility}", token=self.token).status == 200,
                 "the API to know the home")
        while self.made < EVENTS:
            step = self.random.random()
            if step < 0.75:
                self.make_event()
            elif step < 0.90:
                self.flush()
            elif step < 0.94:
                self.send_again()
            elif step < 0.97 and self.made > EVENTS // 2:
                self.set_bed()
            elif step < 0.995 and self.made > EVENTS // 2:
                self.settle()
            elif step >= 0.995:
                self.change_policy()
        self.flush_all()

    def flush_all(self):
        while any(source.pending for source in self.sources):
            self.flush()

    # ---- what the region holds ----

    def check(self):
        where = f"facility_id = '{self.facility}'"
        micro = "(extract(epoch FROM {}) * 1000000)::bigint"
        rows = self.region.sql(f"SELECT id, status, ward, care_level, version, {micro.format('last_updated')},"
                               f" {micro.format('confirmed_at')}, unconfirmed FROM beds WHERE {where}")
        assert {r[0]: tuple(r[1:]) for r in rows} == {
            name: (b.status, b.ward, b.care, str(b.version), str(b.last_updated), str(b.confirmed_at),
                   "t" if b.branch is not None else "f") for name, b in self.model.beds.items()}
        rows = self.region.sql(f"SELECT event_id, outcome, in_history FROM bed_audit_log WHERE {where}"
                               " AND epoch NOT LIKE '00000000%'")
        assert len(rows) == len({r[0] for r in rows})
        assert {(r[0], r[1], r[2] == "t") for r in rows} == {
            (i, o, h) for i, (o, h) in self.model.audit.items() if not i.startswith("region")}
        rows = self.region.sql(f"SELECT bed_id, new_status FROM bed_audit_log WHERE {where}"
                               " AND epoch LIKE '00000000%' ORDER BY seq")
        assert [tuple(r) for r in rows] == self.changes
        rows = self.region.sql("SELECT ward, care_level, total, available, occupied, reserved, maintenance, unconfirmed"
                               f" FROM facility_availability WHERE {where} AND total > 0")
        counts = {(r[0], r[1]): tuple(int(n) for n in r[2:]) for r in rows}
        assert counts == self.model.counts()
        wait_for(lambda: {k: v for k, v in self.region.counts(self.facility).items() if v[0]} == counts,
                 "the API to show the same")
        self.check_history()

    def check_history(self):
        times = sorted({e.at for e in self.sent})
        for at in self.random.sample(times, min(5, len(times))):
            for moment in (at - 1, at):
                answer = self.region.get(f"/api/facilities/{self.facility}/history", token=self.token,
                                         as_of=rfc3339(moment)).json()
                assert {b["id"]: b["status"] for b in answer["beds"]} == self.model.as_of(moment), rfc3339(moment)


def test_the_daemon_agrees_with_the_model(region):
    seeds = [int(os.environ["BEDPOST_TEST_SEED"])] if "BEDPOST_TEST_SEED" in os.environ else range(1, SEEDS + 1)
    outcomes, changes = {}, 0
    for seed in seeds:
        history = History(region, seed)
        try:
            history.play()
            history.check()
        except Exception as error:
            pytest.fail(f"BEDPOST_TEST_SEED={seed}: after {len(history.sent)} events, policy {history.model.policy}: "
                        f"{type(error).__name__}: {error}")
        finally:
            history.wire.close()
        for outcome, _ in history.model.audit.values():
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
        changes += len(history.changes)
    if len(seeds) == SEEDS:
        assert sum(outcomes.values()) >= 2000 and changes > SEEDS
        assert min(outcomes.get(o, 0) for o in ("applied", "converged", "late", "conflict")) > 50, outcomes
