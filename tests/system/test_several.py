"""Several bedpost-regional on one database: whichever is killed under load, the others carry on and all agree."""
import os

import pytest

from tests.stack.home import Home
from tests.stack.live_page import LivePage
from tests.stack.process import LINE_BACK, wait_for
from tests.stack.region import COUNTS
from tests.stack.several import SeveralDaemons

from .exports import ADAPTER, Story
from .invariants import everywhere, nothing_lost_nothing_doubled
from .load import Load
from .receivers import SECRET, Webhook

ROLES = {"ingest_1": "ingest,feed", "ingest_2": "ingest,feed", "api_1": "api,alert", "api_2": "api,alert"}


@pytest.fixture
def region(tmp_folder, postgres, redis):
    made = SeveralDaemons(os.path.join(tmp_folder, "region"), postgres, redis, ROLES).create().start()
    yield made
    made.stop()


@pytest.fixture
def webhook(region):
    receiver = Webhook().start()
    secret = os.path.join(region.folder, "secret")
    with open(secret, "w", encoding="utf-8") as file:
        file.write(SECRET + "\n")
    region.admin("alert", "subscribe", "--webhook", receiver.url, "--secret-file", secret, "--rule", "critical")
    yield receiver
    receiver.stop()


def postgresql_counts(region):
    rows = region.sql(f"SELECT facility_id, ward, care_level, {', '.join(COUNTS)} FROM facility_availability")
    return {tuple(r[:3]): tuple(int(n) for n in r[3:]) for r in rows}


def api_counts(region):
    return {(r["facility_id"], r["ward"], r["care_level"]): tuple(r[f"{c}_beds"] for c in COUNTS)
            for r in region.availability()}


def test_any_one_is_killed_under_load_and_nothing_is_lost_doubled_or_told_twice(region, webhook):
    page = LivePage(region).start()
    with Load(region) as load:
        load.goes_on()
        for name in ROLES:
            victim = region.daemons[name]
            seen = page.events
            victim.kill()
            load.goes_on()
            wait_for(lambda: region.get("/api/availability").status == 200, "the API to answer through the balancer")
            wait_for(lambda s=seen: page.events > s, "a change on the open page")
            victim.start()
            region.wait_ready()
    for home, story in zip(load.homes, load.stories):
        home.wait_shipped(120)
        nothing_lost_nothing_doubled(region, home, story.events)
        assert region.beds(home.facility) == story.beds
        for api in region.with_role("api"):
            everywhere(region.asking(api), home.facility, story.counts())
    truth = postgresql_counts(region)
    for api in region.with_role("api"):
        assert api_counts(region.asking(api)) == truth
    wait_for(lambda: page.counts() == {k: v[:2] for k, v in truth.items() if v[0]}, "the open page to show the same")
    page.stop()
    assert all(page.asked_from[1:]), "the page came back without saying what it had seen"
    assert "sound" in region.admin("audit", "verify").stdout
    told_once(region, webhook)


def told_once(region, webhook):
    """One notification a home within its quarter of an hour, made once whoever evaluated, whoever delivered."""
    wait_for(lambda: region.sql("SELECT count(*) FROM deliveries WHERE delivered_at IS NULL") == [["0"]], "deliveries", 90)
    made = region.sql("SELECT body::json->>'facility_id', body::json->>'id' FROM deliveries")
    assert made and len(made) == len({facility for facility, _ in made}), made
    assert {m["id"] for m in webhook.of_rule("critical")} == {i for _, i in made}
    episodes = region.sql("SELECT facility_id, rule, ward, count(*) FILTER (WHERE cleared_at IS NULL), count(*), "
                          "count(DISTINCT opened_at) FROM alert_history GROUP BY 1, 2, 3")
    assert all(int(r[3]) <= 1 and r[4] == r[5] for r in episodes), episodes


def test_what_a_killed_daemon_had_committed_reaches_redis_through_another(region):
    home, story = Home(region, "fac_home", [ADAPTER]), Story(60)
    victim, doors = region.daemons["ingest_1"], region.balancer
    victim.stop()
    home.start()
    home.drop("1.csv", story.file(6))
    home.wait_shipped()
    everywhere(region, home.facility, story.counts())
    home.syncd.stop()
    home.drop("2.csv", story.file(6))
    home.wait_taken_in()
    doors.ports = [victim.ingest_port]
    victim.start(BEDPOST_KILL_AT="after_commit")
    home.syncd.start()
    wait_for(lambda: not victim.running(), "the daemon to die after its commit", LINE_BACK)
    doors.ports = [region.daemons["ingest_2"].ingest_port]
    home.wait_shipped()  # it sends again, and is told of duplicates: whoever answers has nothing to write
    nothing_lost_nothing_doubled(region, home, 12)
    everywhere(region, home.facility, story.counts())
