"""A home that is closed leaves the live picture at once, wherever one looks, and comes back when it is opened."""
import json
import os
import random
import time

import pytest

from tests.stack.live_page import LivePage
from tests.stack.process import Process, program, wait_for
from tests.stack.region import Region

from .invariants import redis_counts
from .wire import Wire, event_id, rfc3339

OPEN, SHUT = "fac_open", "fac_shut"
BEDS = {("dementia", "light"): (2, 1), ("somatic", "light"): (1, 0)}  # of each home: total, free
STATUSES = {"bed_1": ("dementia", "available"), "bed_2": ("dementia", "occupied"), "bed_3": ("somatic", "occupied")}


def lines(facility):
    chance, at = random.Random(facility), time.time_ns() // 1000
    return [json.dumps({"event_id": event_id(chance, at), "facility_id": facility, "bed_id": bed, "ward": ward, "care_level": "light",
                        "new_status": status, "changed_at": rfc3339(at)}, separators=(",", ":")) for bed, (ward, status) in STATUSES.items()]


@pytest.fixture
def region(tmp_folder, postgres, redis):
    made = Region(os.path.join(tmp_folder, "region"), postgres, redis, settings={"alert": "{notify_every: 0s, check_every: 100ms}"}).create().start()
    for facility in (OPEN, SHUT):
        wire = Wire(made, facility)
        wire.send(lines(facility))
        wire.close()
    yield made
    made.stop()


def close(region):
    region.admin("facility", "revoke", SHUT)


def reopen(region):
    region.admin("facility", "enrol", SHUT, "--ca-dir", region.ca, "--out", os.path.join(region.folder, "again.yaml"), "--url",
                 f"https://127.0.0.1:{region.ingest_port}")


def in_api(region, facility):
    return {key: counts[:2] for key, counts in region.counts(facility).items()}


def in_redis(region, facility):
    """{(ward, level): (total, free)} of what the region's index names, and of all keys: as one if they agree."""
    named = {tuple(member.split(":")[1:]) for member in region.redis.cli("smembers", f"avail:index:{region.id}").split()
             if member.startswith(facility + ":")}
    held = {key: counts[:2] for key, counts in redis_counts(region, facility).items() if counts[0]}
    return held if named == set(held) else {"index": named, "keys": held}


def wait_everywhere(region, facility, counts):
    wait_for(lambda: in_api(region, facility) == counts, f"{facility} in the API to be {counts}: {in_api(region, facility)}")
    if region.redis:
        wait_for(lambda: in_redis(region, facility) == counts, f"{facility} in Redis to be {counts}", 60)


def seen(region, facility):
    return region.get(f"/api/facilities/{facility}").json()


def alerts(region, facility, state):
    return region.get("/api/alerts", facility=facility, state=state).json()["alerts"]


def on_page(page, facility):
    return {key[1:]: counts for key, counts in page.counts().items() if key[0] == facility}


def test_a_closed_home_goes_from_an_open_stream_and_comes_back_when_it_is_opened(region):
    page = LivePage(region).start()
    try:
        for facility in (OPEN, SHUT):
            wait_for(lambda f=facility: on_page(page, f) == BEDS, "the page to show it")
            wait_everywhere(region, facility, BEDS)
            wait_for(lambda f=facility: {a["rule"] for a in alerts(region, f, "open")} >= {"critical", "low"}, "alerts of full wards")
        close(region)
        assert alerts(region, SHUT, "open") == []
        wait_for(lambda: on_page(page, SHUT) == {}, "the rows to go from the page")
        assert {a["cleared_reason"] for a in alerts(region, SHUT, "all")} == {"closed"}
        wait_everywhere(region, SHUT, {})
        assert SHUT not in region.get("/api/availability", format="csv").body
        home = seen(region, SHUT)
        assert (home["status"], home["rows"], home["offline_since"]) == ("closed", [], None) and home["closed_at"]
        assert region.get(f"/api/facilities/{SHUT}/beds").json()["beds"] == []
        past = region.get(f"/api/facilities/{SHUT}/history").json()["events"]
        assert {e["bed_id"] for e in past} == set(STATUSES)
        assert on_page(page, OPEN) == BEDS and in_api(region, OPEN) == BEDS
        assert {a["cleared_reason"] for a in alerts(region, OPEN, "all")} == {None}

        reopen(region)
        wait_for(lambda: on_page(page, SHUT) == BEDS, "the rows to come back to the page")
        wait_everywhere(region, SHUT, BEDS)
        home = seen(region, SHUT)
        assert home["status"] != "closed" and home["closed_at"] is None
        assert len(region.get(f"/api/facilities/{SHUT}/beds").json()["beds"]) == len(STATUSES)
        wait_for(lambda: {a["rule"] for a in alerts(region, SHUT, "open")} >= {"critical", "low"}, "its alerts to open anew")
        assert page.connections == 1
    finally:
        page.stop()


def test_a_daemon_that_is_killed_while_a_home_is_closed_shows_what_the_database_says(region):
    """Whether it has read the change, told Redis of it, or neither."""
    chance, page = random.Random(5), LivePage(region).start()
    try:
        for turn in range(4):
            closing = turn % 2 == 0
            words = (["facility", "revoke", SHUT] if closing else
                     ["facility", "enrol", SHUT, "--ca-dir", region.ca, "--out", os.path.join(region.folder, f"{turn}.yaml"), "--url", "https://127.0.0.1:1"])
            turning = Process("turn", [program("bedpost-admin"), *words, "--config", region.config], os.path.join(region.folder, "turn.log")).start()
            if chance.random() < 0.5:
                wait_for(lambda: region.sql(f"SELECT revoked_at IS NOT NULL FROM facilities WHERE id = '{SHUT}'") == [["t" if closing else "f"]],
                         "the commit", pause=0.001)
            region.daemon.kill()
            wait_for(lambda: not turning.running(), "bedpost-admin to end")
            region.start()
            wait_everywhere(region, SHUT, {} if closing else BEDS)
            wait_for(lambda: on_page(page, SHUT) == ({} if closing else BEDS), "the page to show it")
            assert seen(region, SHUT)["status"] == "closed" if closing else seen(region, SHUT)["closed_at"] is None
        assert in_api(region, OPEN) == BEDS
    finally:
        page.stop()


def test_without_redis_it_is_the_same_and_redis_follows_when_it_is_back(region):
    wait_everywhere(region, SHUT, BEDS)
    region.redis.stop()
    close(region)
    wait_for(lambda: in_api(region, SHUT) == {}, "the API to leave it out")
    region.redis.start()
    wait_everywhere(region, SHUT, {})
    region.redis.stop()
    reopen(region)
    wait_for(lambda: in_api(region, SHUT) == BEDS, "the API to show it again")
    region.redis.start()
    wait_everywhere(region, SHUT, BEDS)
