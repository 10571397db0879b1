"""From a bed that is taken to somebody who is told."""
import http.client
import json
import os
import time

from tests.stack.home import Home
from tests.stack.process import Process, program, wait_for

from .alerting import beds, history, new_home, subscribe, PATIENT
from .exports import ADAPTER, export, row
from .test_corridor import next_event


def test_the_last_free_bed_taken_reaches_a_webhook_at_once(make_region, webhook, capsys):
    region = make_region()
    home = new_home(region)
    home.drop("a.csv", beds(3, 2))
    home.wait_shipped()
    subscribe(region, webhook, "--rule", "critical")
    began = time.time()
    home.drop("b.csv", beds(0, 5, 60))
    wait_for(lambda: webhook.taken, "the webhook", 60, 0.001)
    with capsys.disabled():
        print(f"\nfrom the dropped file to the webhook: {(webhook.taken[0][0] - began) * 1000:.0f} ms")
    message = webhook.of_rule("critical")[0]
    assert message["facility_id"] == home.facility and message["region_id"] == region.id
    (alert,) = message["alerts"]
    assert (alert["ward"], alert["state"], alert["value"]) == ("dementia", "open", 0)
    assert alert["id"].startswith("alr_") and message["id"].startswith("ntf_")
    assert not webhook.refused


def test_fifty_queued_crossings_make_one_notification(make_region, webhook):
    region = make_region()
    home = new_home(region)
    home.drop("a.csv", beds(1, 4))
    home.wait_shipped()
    subscribe(region, webhook, "--rule", "critical")
    home.syncd.stop()
    for number in range(51):
        status = ("occupied", "available")[number % 2]
        home.drop(f"b-{number:02}.csv", export(row("bed_0", status, 60 + number)))
        home.wait_taken_in()
    assert home.outbox()["queued"] == 51
    home.syncd.start()
    home.wait_shipped()
    wait_for(lambda: webhook.taken, "the webhook")
    for number in range(20):  # and now one by one, each a commit of its own
        status = ("available", "occupied")[number % 2]
        home.drop(f"c-{number:02}.csv", export(row("bed_0", status, 200 + number)))
        home.wait_shipped()
    wait_for(lambda: history(region, "critical")[-1][0] == "t", "the last crossing to be seen")
    wait_for(lambda: region.sql("SELECT count(*) FROM deliveries WHERE delivered_at IS NULL") == [["0"]], "deliveries")
    assert len(webhook.of_rule("critical")) == 1


def test_what_changed_meanwhile_is_told_when_the_time_is_over(make_region, webhook):
    region = make_region(alert="{notify_every: 2s, check_every: 200ms}")
    home = new_home(region)
    subscribe(region, webhook, "--rule", "critical")
    home.drop("a.csv", beds(0, 2))
    wait_for(lambda: webhook.of_rule("critical"), "the first notification")
    home.drop("b.csv", export(row("bed_0", "available", 60)))
    wait_for(lambda: len(webhook.of_rule("critical")) == 2, "the second notification")
    first, second = webhook.of_rule("critical")
    assert [a["state"] for a in first["alerts"]] == ["open"]
    assert [a["state"] for a in second["alerts"]] == ["cleared"]
    assert first["alerts"][0]["id"] == second["alerts"][0]["id"] and first["id"] != second["id"]
    # By the region's own clock: what a message takes on its way may be long for the one and short for the other.
    assert region.sql("SELECT max(created_at) - min(created_at) >= interval '1.9 s' FROM deliveries") == [["t"]]


def test_a_home_that_falls_silent_opens_and_its_return_clears(make_region, webhook):
    region = make_region(alert="{notify_every: 0s, check_every: 200ms}", stale_after="1s", offline_after="2s")
    home = new_home(region, settings={"heartbeat": "1s"})  # back for longer than one look of the region
    subscribe(region, webhook, "--rule", "offline")
    home.drop("a.csv", beds(3, 2))
    home.wait_shipped()
    home.syncd.stop()
    wait_for(lambda: len(webhook.of_rule("offline")) == 1, "the home to be missed")
    home.syncd.start()
    wait_for(lambda: len(webhook.of_rule("offline")) == 2, "the home to be back")
    assert [m["alerts"][0]["state"] for m in webhook.of_rule("offline")[:2]] == ["open", "cleared"]
    assert history(region, "offline")[0] == ["f", "t"]


def test_a_receiver_that_was_down_gets_it_once_it_is_back(make_region, webhook):
    region = make_region()
    home = new_home(region)
    subscribe(region, webhook, "--rule", "critical")
    webhook.stop()
    home.drop("a.csv", beds(0, 2))
    wait_for(lambda: region.sql("SELECT count(*) FROM deliveries WHERE attempts > 0 AND last_error IS NOT NULL") == [["1"]],
             "an attempt that fails")
    waiting = json.loads(region.admin("alert", "subscriptions", "--json").stdout)
    assert waiting[0]["waiting"] == 1 and waiting[0]["last_error"]
    webhook.status = 503
    webhook.start()
    wait_for(lambda: "503" in region.sql("SELECT last_error FROM deliveries")[0][0], "an attempt that is refused")
    webhook.status = 204
    wait_for(lambda: webhook.taken, "the message", 60)
    wait_for(lambda: region.sql("SELECT delivered_at IS NOT NULL FROM deliveries") == [["t"]], "the note of it")
    assert len(webhook.taken) == 1 and not webhook.refused


def test_an_email_arrives(make_region, mail):
    region = make_region(alert=f'{{smtp: "{mail.url}", mail_from: bedpost@example.org}}')
    home = new_home(region)
    region.admin("alert", "subscribe", "--email", "desk@example.org", "--facility", home.facility)
    home.drop("a.csv", beds(0, 2))
    wait_for(lambda: len(mail.taken) == 2, "low and critical by mail")
    sender, recipients, text = next(m for m in mail.taken if "Subject: Bedpost: no free bed at" in m[2])
    assert sender == "bedpost@example.org" and recipients == ["desk@example.org"]
    assert home.facility in text and "no free bed, ward dementia (free 0)" in text


def test_nothing_of_a_patient_is_in_any_of_it(make_region, webhook, mail):
    region = make_region(alert=f'{{smtp: "{mail.url}", mail_from: bedpost@example.org}}')
    home = new_home(region)
    subscribe(region, webhook)
    region.admin("alert", "subscribe", "--email", "desk@example.org")
    home.drop("a.csv", beds(0, 2))
    wait_for(lambda: len(webhook.taken) == 2 and len(mail.taken) == 2, "low and critical, both ways")
    told = json.dumps(region.sql("SELECT h::text FROM alert_history h") + region.sql("SELECT d::text FROM deliveries d"))
    told += "".join(body for _, body, _ in webhook.taken) + "".join(text for _, _, text in mail.taken)
    with open(region.daemon.log, encoding="utf-8") as log:
        told += log.read()
    for word in (PATIENT, "Nordmann", "hansen", "bed_0"):
        assert word not in told


def test_alerts_are_listed_and_acknowledged_within_ones_scope(make_region):
    region = make_region()
    ours, theirs = new_home(region, "fac_ours"), new_home(region, "fac_theirs")
    for home in (ours, theirs):
        home.drop("a.csv", beds(0, 2))
    wait_for(lambda: len(region.get("/api/alerts").json()["alerts"]) == 4, "low and critical of both")
    staff, manager = (region.token(role, "fac_ours") for role in ("FACILITY_STAFF", "FACILITY_MANAGER"))
    seen = region.get("/api/alerts", token=staff).json()["alerts"]
    assert {a["facility_id"] for a in seen} == {"fac_ours"} and len(seen) == 2
    assert region.get("/api/alerts", token=None).status == 401
    assert len(region.get("/api/alerts", rule="low", facility="fac_theirs").json()["alerts"]) == 1
    assert region.get("/api/alerts", state="strange").status == 400
    mine = next(a for a in seen if a["rule"] == "critical")
    foreign = next(a for a in region.get("/api/alerts").json()["alerts"] if a["facility_id"] == "fac_theirs")
    address = "/api/alerts/{}/acknowledge"
    assert region.request("POST", address.format(mine["id"]), staff).status == 403
    assert region.request("POST", address.format(foreign["id"]), manager).status == 404
    first = region.request("POST", address.format(mine["id"]), manager)
    assert first.status == 200 and first.json()["acknowledged_by"] and first.json()["state"] == "open"
    again = region.request("POST", address.format(mine["id"]), region.token("SYSTEM_ADMIN"))
    assert again.json()["acknowledged_by"] == first.json()["acknowledged_by"]


def test_an_open_page_sees_an_alert_by_server_sent_events(make_region):
    region = make_region()
    home = new_home(region)
    home.drop("a.csv", beds(3, 0))
    home.wait_shipped()
    region.wait_ready()
    connection = http.client.HTTPConnection("127.0.0.1", region.api_port, timeout=60)
    connection.request("GET", "/api/stream", headers={"Authorization": "Bearer " + region.token()})
    stream = connection.getresponse()
    assert next_event(stream)["event"] == "snapshot"
    home.drop("b.csv", beds(0, 3, 60))
    rules = set()
    while rules != {"low", "critical"}:
        event = next_event(stream)
        if event["event"] == "alert":
            alert = json.loads(event["data"])
            assert alert["facility_id"] == home.facility and alert["state"] == "open"
            rules.add(alert["rule"])
    connection.close()


def test_a_home_with_a_very_long_name_has_its_alerts(make_region, webhook):
    region = make_region()
    home = new_home(region, name="Å" * 9000)
    subscribe(region, webhook, "--rule", "critical")
    home.drop("a.csv", beds(0, 2))
    wait_for(lambda: webhook.taken, "the webhook")
    assert len(region.get("/api/alerts", rule="critical").json()["alerts"][0]["name"]) == 200


def test_thresholds_are_set_per_home_and_ward(make_region):
    region = make_region()
    home = new_home(region)
    region.admin("alert", "rule", "set", "low", "--facility", home.facility, "--threshold", "4")
    region.admin("alert", "rule", "set", "low", "--facility", home.facility, "--ward", "somatic", "--off")
    region.admin("alert", "rule", "set", "critical", "--off")
    home.drop("a.csv", export(*(row(f"bed_{n}", "available") for n in range(3)), row("bed_9", "occupied", ward="somatic")))
    wait_for(lambda: history(region, "low"), "the alert")
    assert region.sql("SELECT rule, ward, value, threshold FROM alert_history") == [["low", "dementia", "3", "4"]]
    rules = json.loads(region.admin("alert", "rule", "list", "--json").stdout)
    assert [(r["rule"], r["ward"], r["threshold"], r["enabled"]) for r in rules] == [
        ("critical", None, None, False), ("low", None, 4, True), ("low", "somatic", None, False)]


def test_of_two_daemons_one_evaluates_and_each_message_is_sent_once(make_region, webhook):
    region = make_region()
    second = Process("second", [program("bedpost-regional"), "--config", region.config, "--roles", "alert"],
                     os.path.join(region.folder, "second.log")).start()
    try:
        homes = [new_home(region, f"fac_home_{n}") for n in range(4)]
        subscribe(region, webhook)
        for home in homes:
            home.drop("a.csv", beds(0, 2))
        wait_for(lambda: len(webhook.taken) >= 8, "low and critical of each")
        homes[0].drop("b.csv", beds(3, 0, 60))
        wait_for(lambda: history(region, "low").count(["f", "t"]) == 1, "a clear")
        assert len(webhook.taken) == 8 and len({m["id"] for _, _, m in webhook.taken}) == 8
        region.daemon.kill()  # the other takes over
        region.sql("UPDATE facilities SET clock_skew_us = 999000000 WHERE id = 'fac_home_1' RETURNING 1")
        wait_for(lambda: webhook.of_rule("clock_skew"), "the other daemon")
    finally:
        second.stop()


def test_a_conflict_opens_an_alert(make_region, webhook):
    region = make_region()
    other = ADAPTER.replace("adapter: plain", "adapter: paper-list").replace('"*.csv"', '"*.lst"')
    home = Home(region, "fac_home_1", [ADAPTER, other]).start()
    subscribe(region, webhook, "--rule", "conflict")
    home.drop("ehr.csv", export(row("bed_1", "occupied", 0)))
    home.wait_shipped()
    home.drop("list.lst", export(row("bed_1", "available", 60, was="reserved")))
    wait_for(lambda: webhook.of_rule("conflict"), "the alert")
    assert webhook.of_rule("conflict")[0]["alerts"][0]["value"] == 1
