"""Each rule opens and clears at a region that runs, and the schema knows the same words as the programs."""
import itertools
import json
import random
import re

import pytest

from tests.stack.home import Home
from tests.stack.process import wait_for

from .alerting import history, subscribe
from .exports import ADAPTER, at, export, row
from .wire import Wire, digest, event_id

JSON = {"Content-Type": "application/json"}
QUICK = "{notify_every: 0s, check_every: 100ms}"


@pytest.fixture
def region(make_region):
    """One that looks often and tells at once."""
    return make_region(alert=QUICK)


@pytest.fixture
def new_wire(region):
    wires = []

    def make(facility):
        wires.append(Wire(region, facility))
        return wires[-1]

    yield make
    for wire in wires:
        wire.close()


def lines(facility, count, adapter=None, first=0):
    """Events of so many beds, the EHR's if an adapter is named."""
    chance = random.Random(first)
    events = []
    for n in range(first, first + count):
        event = {"event_id": event_id(chance, n), "facility_id": facility, "bed_id": f"bed_{n}", "new_status": "occupied",
                 "changed_at": at(n)}
        if adapter:
            event["source"] = {"adapter": adapter, "record": n + 1, "ordinal": 0}
        events.append(json.dumps(event, separators=(",", ":")))
    return events


def rule(region, name, *words):
    region.admin("alert", "rule", "set", name, *words)


def wait_open(region, name):
    wait_for(lambda: [e[0] for e in history(region, name)][-1:] == ["t"], f"{name} to open")


def wait_cleared(region, name):
    wait_for(lambda: [e[0] for e in history(region, name)][-1:] == ["f"], f"{name} to clear")


def told(webhook, name):
    return [message["alerts"][0]["state"] for message in webhook.of_rule(name)]


def wait_told(webhook, name):
    """One message that it opened, one that it cleared."""
    wait_for(lambda: len(webhook.of_rule(name)) >= 2, f"{name} to be told of")
    assert told(webhook, name) == ["open", "cleared"]


def words_of(region, constraint):
    (definition,) = region.sql(f"SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = '{constraint}'")
    return set(re.findall(r"'(\w+)'::text", definition[0]))


def test_schema_and_programs_know_the_same_words(region):
    rules = [r["rule"] for r in json.loads(region.admin("alert", "rule", "list", "--built-in", "--json").stdout)]
    assert words_of(region, "alert_rules_rule_check") == set(rules) and len(set(rules)) == len(rules)
    for name in rules:
        rule(region, name, "--off")
    assert {r["rule"] for r in json.loads(region.admin("alert", "rule", "list", "--json").stdout)} == set(rules)
    answer = region.request("POST", "/api/alerts/alr_0/acknowledge", body=json.dumps({"note": "strange"}), headers=JSON)
    assert answer.status == 400
    notes = re.match(r"note: expected (.*); never free text", answer.json()["detail"]).group(1)
    assert set(re.split(", | or ", notes)) == words_of(region, "alert_history_note_check")
    for place, option in (("subscriptions_language_check", "--language"), ("alert_rules_rule_check", "--rule")):
        for word in words_of(region, place):
            region.admin("alert", "subscribe", "--email", "a@example.org", option, word)


WRONG = [
    ("rule", "set", "strange"), ("rule", "set", "conflict", "--threshold", "1"), ("rule", "set", "low", "--threshold", "3m"),
    ("rule", "set", "gap", "--threshold", "-1"), ("rule", "set", "offline", "--threshold", "soon"),
    ("rule", "set", "offline", "--facility", "fac_a", "--ward", "w"), ("rule", "set", "low", "--ward", "w"),
    ("subscribe", "--email", "nobody"), ("subscribe", "--push", "ftp://example.org/a"),
    ("subscribe", "--email", "a@example.org", "--language", "xx"), ("subscribe", "--push", "http://a/b", "--email", "a@b.org"),
    ("retry",), ("retry", "x"), ("retry", "1", "--all")]


def test_what_makes_no_sense_is_refused_with_its_reason(region):
    for words in WRONG:
        done = region.admin("alert", *words, check=False)
        assert done.returncode == 2 and done.stderr.strip(), words


def test_a_large_gap_alerts_and_clears_when_it_is_filled(region, new_wire, webhook):
    subscribe(region, webhook, "--rule", "gap")
    rule(region, "gap", "--threshold", "2")
    wire = new_wire("fac_gap")
    events = lines("fac_gap", 6)
    wire.send(events[:1])
    assert wire.post(wire.body(events[4:], 5))[1]["applied_through"] == 1  # 2, 3 and 4 are missing; asked for again
    wait_open(region, "gap")
    assert region.sql("SELECT value, threshold FROM alert_history WHERE rule = 'gap'") == [["3", "2"]]
    wire.send(events[1:3])  # part of it
    wire.send(events[3:])
    assert wire.seq == 6
    wait_cleared(region, "gap")
    wait_told(webhook, "gap")


def test_a_small_gap_waits_and_alerts_when_it_lasts(region, new_wire):
    wire = new_wire("fac_gap")
    events = lines("fac_gap", 3)
    wire.post(wire.body(events[2:], 3))
    wire.heartbeat()  # the home's queue is not empty, it says: nothing is compared
    looked = region.sql("SELECT gap_through, gap_since > now() - interval '1 minute' FROM facilities WHERE id = 'fac_gap'")
    assert looked == [["2", "t"]] and history(region, "gap") == []
    region.sql("UPDATE facilities SET gap_since = now() - interval '121 seconds' WHERE id = 'fac_gap' RETURNING 1")
    wait_open(region, "gap")
    wire.send(events)
    wait_cleared(region, "gap")


def test_a_home_whose_ehr_stopped_is_told_of_while_its_line_is_up(region, webhook):
    subscribe(region, webhook, "--rule", "feed_silent")
    rule(region, "feed_silent", "--threshold", "1s")
    home = Home(region, "fac_quiet", [ADAPTER], settings={"heartbeat": "1s"}).start()
    home.drop("a.csv", export(row("bed_1", "available")))
    home.wait_shipped()
    wait_open(region, "feed_silent")
    numbers = itertools.count(1)

    def is_back():
        """One file may be a second old before the region looks again: the EHR goes on."""
        number = next(numbers)
        home.drop(f"b{number}.csv", export(row("bed_1", ("available", "occupied")[number % 2], 60 * number)))
        return len(webhook.of_rule("feed_silent")) >= 2

    wait_for(is_back, "the feed to be back", pause=0.2)
    assert told(webhook, "feed_silent")[:2] == ["open", "cleared"]


def test_a_home_that_is_missed_says_since_when_and_no_longer_once_it_is_back(make_region):
    region = make_region(alert="{check_every: 100ms}", stale_after="1s", offline_after="2s")
    wire = Wire(region, "fac_far")
    wire.send(lines("fac_far", 1))

    def seen():
        (facility,) = [f for f in region.get("/api/facilities").json()["facilities"] if f["id"] == "fac_far"]
        return facility

    wait_for(lambda: region.sql("SELECT offline_since = last_contact_at FROM facilities") == [["t"]], "the mark")
    wait_for(lambda: seen()["offline_since"], "the API to say so")
    one = seen()
    assert one["offline_since"] == one["last_contact_at"] and one["status"] == "offline"

    def is_back(shows):
        """After two seconds it is missed again: it goes on to beat."""
        wire.heartbeat()
        return shows()

    wait_for(lambda: is_back(lambda: region.sql("SELECT offline_since IS NULL FROM facilities") == [["t"]]), "the mark to go")
    wait_for(lambda: is_back(lambda: not seen()["offline_since"]), "the API to say so no longer")
    wire.close()


def test_a_conflict_opens_and_its_settlement_clears(region, webhook):
    subscribe(region, webhook, "--rule", "conflict")
    other = ADAPTER.replace("adapter: plain", "adapter: paper-list").replace('"*.csv"', '"*.lst"')
    home = Home(region, "fac_two", [ADAPTER, other]).start()
    home.drop("ehr.csv", export(row("bed_1", "occupied", 0)))
    home.wait_shipped()
    home.drop("list.lst", export(row("bed_1", "available", 60, was="reserved")))
    wait_open(region, "conflict")
    manager = region.token("FACILITY_MANAGER", "fac_two")
    (conflict,) = region.get("/api/conflicts", token=manager).json()["conflicts"]
    settled = region.request("POST", f"/api/conflicts/{conflict['id']}/resolve", manager,
                             json.dumps({"status": "available", "reason": "bed_checked"}), JSON)
    assert settled.status == 200, settled.body
    wait_cleared(region, "conflict")
    wait_told(webhook, "conflict")


def test_a_clock_that_is_off_opens_and_one_that_is_set_clears(region, new_wire, webhook):
    subscribe(region, webhook, "--rule", "clock_skew")
    wire = new_wire("fac_clock")
    wire.heartbeat(clock=-60)
    wire.heartbeat(clock=-1300)
    wait_open(region, "clock_skew")
    [[value]] = region.sql("SELECT value FROM alert_history WHERE rule = 'clock_skew'")
    assert 1300 <= int(value) < 1330  # and what the heartbeat took on its way
    wire.heartbeat(clock=1)
    wait_cleared(region, "clock_skew")
    wait_told(webhook, "clock_skew")


def test_states_that_differ_open_and_clear_when_they_agree(region, new_wire, webhook):
    subscribe(region, webhook, "--rule", "digest_mismatch")
    wire = new_wire("fac_differs")
    rule(region, "digest_mismatch", "--threshold", "1s", "--facility", "fac_differs")
    wire.send(lines("fac_differs", 1))
    assert wire.heartbeat(queued=0, state=digest(b"bed_0\x1favailable\n"))["snapshot_wanted"]
    wait_open(region, "digest_mismatch")
    assert not wire.heartbeat(queued=0, state=digest(b"bed_0\x1foccupied\n"))["snapshot_wanted"]
    wait_cleared(region, "digest_mismatch")
    wait_told(webhook, "digest_mismatch")
