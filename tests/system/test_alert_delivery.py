"""A message reaches whom it is for: by each channel, past receivers and daemons that fail, told apart when it comes twice."""
import email
import email.policy
import http.client
import json
import os
import re
import ssl
import threading
import types

from aiosmtpd.smtp import AuthResult

from tests.stack.process import TOP, Process, free_port, program, wait_for

from .alerting import beds, history, new_home, subscribe
from .exports import export, row
from .invariants import metric
from .receivers import SECRET, Mail
from .test_corridor import next_event

QUIET = "{check_every: 100ms}"


def undelivered(region):
    return int(region.sql("SELECT count(*) FROM deliveries WHERE delivered_at IS NULL")[0][0])


def test_a_push_message_has_title_priority_and_tags(make_region, push):
    region = make_region(alert=QUIET)
    home = new_home(region)
    token = os.path.join(region.folder, "token")
    with open(token, "w", encoding="utf-8") as file:
        file.write("tk_of_a_topic\n")
    region.admin("alert", "subscribe", "--push", push.url, "--rule", "critical", "--secret-file", token)
    region.admin("alert", "subscribe", "--push", push.url, "--rule", "low", "--language", "nb")
    home.drop("a.csv", beds(0, 2))
    wait_for(lambda: len(push.taken) == 2, "both messages")
    by_rule = {headers["Tags"].split(",")[1]: (headers, text) for headers, text in push.taken}
    headers, text = by_rule["critical"]
    assert (headers["Title"], headers["Priority"], headers["Tags"]) == (
        "Bedpost: no free bed at fac_home_1", "5", "rotating_light,critical")
    assert headers["Authorization"] == "Bearer tk_of_a_topic" and headers["Bedpost-Id"].startswith("ntf_")
    assert "no free bed, ward dementia (free 0), since 20" in text
    headers, text = by_rule["low"]
    assert "Authorization" not in headers and headers["Priority"] == "3"
    assert str(email.header.make_header(email.header.decode_header(headers["Title"]))) == "Bedpost: få ledige senger, fac_home_1"
    assert "få ledige senger, avdeling dementia (ledige 0), siden 20" in text and "bed_0" not in text


def test_an_email_in_norwegian_goes_over_tls_with_an_account(make_region, tmp_folder):
    seen, port = [], free_port()
    place = os.path.join(tmp_folder, "region")  # where make_region makes it
    with open(os.path.join(tmp_folder, "password"), "w", encoding="utf-8") as file:
        file.write("not to be seen\n")
    region = make_region(alert=f'{{smtp: "smtp://localhost:{port}", mail_from: bedpost@example.org, smtp_user: bedpost, '
                               f"smtp_password_file: {tmp_folder}/password, smtp_ca: {place}/ca/ca.crt}}")

    def log_in(server, _session, _envelope, mechanism, data):
        seen.append((mechanism, data.login, data.password, server.transport.get_extra_info("sslcontext") is not None))
        return AuthResult(success=True)

    region.admin("alert", "subscribe", "--email", "vakt@example.org", "--rule", "low", "--language", "nb")
    plain = Mail(port=port).start()  # without TLS the password is not for it
    home = new_home(region)
    home.drop("a.csv", beds(0, 2))
    wait_for(lambda: region.sql("SELECT last_error IS NOT NULL FROM deliveries") == [["t"]], "an attempt that fails")
    plain.stop()
    assert not plain.taken
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{place}/server/server.crt", f"{place}/server/server.key")
    server = Mail(port=port, tls_context=context, require_starttls=True, auth_required=True, authenticator=log_in).start()
    try:
        wait_for(lambda: server.taken, "the mail", 90)
    finally:
        server.stop()
    _, recipients, text = server.taken[0]
    message = email.message_from_bytes(text.encode(), policy=email.policy.default)
    assert seen[0][1:] == (b"bedpost", b"not to be seen", True) and recipients == ["vakt@example.org"]
    assert message["Subject"] == "Bedpost: få ledige senger, fac_home_1"
    assert re.fullmatch(r"<ntf_\w{26}\.\d+@example\.org>", message["Message-ID"])
    assert "få ledige senger, avdeling dementia (ledige 0)" in message.get_content()
    with open(region.daemon.log, encoding="utf-8") as log:
        assert "not to be seen" not in log.read()


def test_a_daemon_that_dies_while_it_sends_leaves_the_message_to_the_other(make_region, webhook):
    region = make_region(alert=QUIET)
    home = new_home(region)
    subscribe(region, webhook, "--rule", "critical")
    webhook.held = threading.Event()
    home.drop("a.csv", beds(0, 2))
    wait_for(lambda: webhook.taken, "the message")
    second = Process("second", [program("bedpost-regional"), "--config", region.config, "--roles", "alert"],
                     os.path.join(region.folder, "second.log")).start()
    try:
        region.daemon.kill()  # the receiver has the message, and its answer went nowhere
        webhook.held.set()
        webhook.held = None
        wait_for(lambda: len(webhook.taken) == 2, "the same message by the other daemon", 90)
        wait_for(lambda: undelivered(region) == 0, "the note that it was delivered")
    finally:
        second.stop()
    assert len(set(webhook.ids)) == 1 and webhook.ids[0] == webhook.taken[0][2]["id"] == webhook.taken[1][2]["id"]
    assert webhook.taken[0][1] == webhook.taken[1][1] and not webhook.refused
    assert history(region, "critical") == [["t", "t"]]


def test_a_restart_does_not_begin_the_quarter_of_an_hour_anew(make_region, webhook):
    region = make_region(alert=QUIET)
    home = new_home(region)
    subscribe(region, webhook, "--rule", "critical")
    home.drop("a.csv", beds(0, 1))
    wait_for(lambda: webhook.taken, "the message")
    for number in range(6):
        if number % 2:
            region.daemon.kill()
        else:
            region.daemon.stop()
        region.start()
        home.drop(f"b-{number}.csv", export(row("bed_0", ("available", "occupied")[number % 2], 60 + number)))
        home.wait_shipped()
        wait_for(lambda n=number: history(region, "critical")[-1][0] == "ft"[n % 2], "the crossing to be seen")
    wait_for(lambda: undelivered(region) == 0, "what is queued")
    assert len(webhook.taken) == 1 and len(history(region, "critical")) == 4


def test_what_was_given_up_is_counted_listed_and_tried_again(make_region, webhook):
    region = make_region(alert=QUIET)
    home = new_home(region)
    subscribe(region, webhook, "--rule", "critical")
    webhook.status = 500
    home.drop("a.csv", beds(0, 2))
    wait_for(lambda: region.sql("SELECT last_error FROM deliveries WHERE last_error IS NOT NULL"), "an attempt that fails")
    waiting = json.loads(region.admin("alert", "deliveries", "--waiting", "--json").stdout)
    assert [(d["rule"], d["facility"], d["failed_at"]) for d in waiting] == [("critical", "fac_home_1", None)]
    assert waiting[0]["attempts"] >= 1 and waiting[0]["next_at"] and "500" in waiting[0]["last_error"]
    region.sql("UPDATE deliveries SET give_up_at = now(), next_at = now() RETURNING 1")  # three days later
    wait_for(lambda: region.sql("SELECT failed_at IS NOT NULL FROM deliveries") == [["t"]], "it to be given up")
    assert json.loads(region.admin("alert", "deliveries", "--waiting", "--json").stdout) == []
    (dead,) = json.loads(region.admin("alert", "deliveries", "--json").stdout)
    assert dead["failed_at"] and dead["target"] == webhook.url
    region.daemon.stop()
    region.start()
    wait_for(lambda: metric(region, "bedpost_alert_deliveries_given_up") == 1, "the count of it")
    webhook.status = 204
    assert region.admin("alert", "retry", str(dead["id"])).stdout == "1 will be tried again.\n"
    wait_for(lambda: webhook.taken, "the message")
    assert webhook.ids == [dead["notification"]]
    assert region.admin("alert", "retry", str(dead["id"]), check=False).returncode == 3
    assert region.sql("SELECT count(*) FROM access_log WHERE action = 'alert_retry'") == [["1"]]


def test_old_alerts_and_messages_are_forgotten_and_nothing_else(make_region, webhook):
    region = make_region(alert="{check_every: 100ms, keep_history: 400d, keep_deliveries: 30d}")
    region.admin("facility", "add", "fac_old", "--name", "Old", "--region", region.id, "--ca-dir", region.ca, "--url",
                 "https://127.0.0.1:1", "--out", os.path.join(region.folder, "old.yaml"))
    subscribe(region, webhook, "--facility", "fac_old")
    region.daemon.stop()
    region.sql("UPDATE facilities SET last_contact_at = now() RETURNING 1")
    cases = (("gone", "401 days", True, True), ("told_of_its_end_not_yet", "401 days", True, False), ("younger", "399 days", True, True))
    for name, age, opened, cleared in cases:
        region.sql("INSERT INTO alert_history (facility_id, id, rule, value, threshold, opened_at, cleared_at, told_opened, "
                   f"told_cleared) VALUES ('fac_old', 'alr_{name}', 'low', 0, 2, now() - interval '500 days', "
                   f"now() - interval '{age}', {opened}, {cleared}) RETURNING 1")
    region.sql("INSERT INTO alert_notices VALUES ('fac_old', 'low', now()) RETURNING 1")  # so that it is not told of now
    region.sql("INSERT INTO alert_history (facility_id, id, rule, value, threshold, opened_at) "
               "VALUES ('fac_old', 'alr_open', 'conflict', 1, 0, now() - interval '500 days') RETURNING 1")
    region.sql("INSERT INTO conflicts (facility_id, id, bed_id, opened_at, held_status, branch_status, events, last_event_at) "
               "VALUES ('fac_old', 'cfl_1', 'bed_1', now(), 'available', 'occupied', 1, now()) RETURNING 1")
    for name, delivered, failed in (("sent", "31", None), ("dead", None, "31"), ("new", "29", None), ("waits", None, None)):
        region.sql("INSERT INTO deliveries (facility_id, subscription_id, subject, body, created_at, next_at, delivered_at, failed_at) "
                   f"SELECT 'fac_old', id, '{name}', '', now() - interval '40 days', now() + interval '1 day', "
                   f"now() - interval '{delivered or 0} days' * {'1' if delivered else 'NULL'}, "
                   f"now() - interval '{failed or 0} days' * {'1' if failed else 'NULL'} FROM subscriptions RETURNING 1")
    rows = int(region.sql("SELECT count(*) FROM access_log")[0][0])
    region.start()
    wait_for(lambda: region.sql("SELECT count(*) FROM alert_history WHERE id = 'alr_gone'") == [["0"]], "the oldest to go")
    kept = {r[0] for r in region.sql("SELECT id FROM alert_history WHERE opened_at < now() - interval '1 day'")}
    assert kept == {"alr_told_of_its_end_not_yet", "alr_younger", "alr_open"}
    assert {r[0] for r in region.sql("SELECT subject FROM deliveries WHERE created_at < now() - interval '1 day'")} == {"new", "waits"}
    assert int(region.sql("SELECT count(*) FROM access_log")[0][0]) >= rows
    # No younger than a day, whoever asks and for what; and no other right to delete.
    region.sql("SET ROLE bedpost_ingest; SELECT bedpost_prune_alerts('0', '0', 1000)")
    assert region.sql("SELECT count(*) FROM alert_history WHERE id = 'alr_open'") == [["1"]]
    for table in ("alert_history", "deliveries"):
        assert region.sql(f"SELECT has_table_privilege('bedpost_ingest', '{table}', 'DELETE')") == [["f"]]


def test_a_page_sees_an_alert_open_acknowledged_with_a_note_and_cleared(make_region):
    region = make_region(alert=QUIET)
    home = new_home(region)
    home.drop("a.csv", beds(3, 0))
    home.wait_shipped()
    region.wait_ready()
    manager = region.token("FACILITY_MANAGER", "fac_home_1")
    connection = http.client.HTTPConnection("127.0.0.1", region.api_port, timeout=60)
    connection.request("GET", "/api/stream", headers={"Authorization": "Bearer " + region.token()})
    stream = connection.getresponse()

    def next_alert():
        while True:
            event = next_event(stream)
            if event["event"] == "alert" and json.loads(event["data"])["rule"] == "critical":
                return json.loads(event["data"])

    home.drop("b.csv", beds(0, 3, 60))
    opened = next_alert()
    assert (opened["state"], opened["acknowledged_at"], opened["acknowledged_note"]) == ("open", None, None)
    path = f"/api/alerts/{opened['id']}/acknowledge"
    assert region.request("POST", path, manager, json.dumps({"note": "Kari is in bed_0"}), {"Content-Type": "application/json"}).status == 400
    done = region.request("POST", path, manager, json.dumps({"note": "in_progress"}), {"Content-Type": "application/json"})
    assert done.status == 200 and done.json()["acknowledged_note"] == "in_progress"
    assert region.request("POST", path, manager).json()["acknowledged_note"] == "in_progress"  # the first stays
    seen = next_alert()
    assert seen == done.json() and seen["acknowledged_by"] and seen["state"] == "open"
    home.drop("c.csv", export(row("bed_0", "available", 120)))
    cleared = next_alert()
    assert (cleared["id"], cleared["state"], cleared["acknowledged_note"]) == (opened["id"], "cleared", "in_progress")
    connection.close()
    wait_for(lambda: region.sql("SELECT who, facility_id, detail::text FROM access_log WHERE action = 'alert_acknowledge'"),
             "the note in the access log")
    who, facility, detail = region.sql("SELECT who, facility_id, detail::text FROM access_log "
                                       "WHERE action = 'alert_acknowledge' ORDER BY id LIMIT 1")[0]
    assert who == seen["acknowledged_by"] and facility == "fac_home_1" and "in_progress" in detail


def test_the_manuals_example_tells_good_from_bad():
    with open(os.path.join(TOP, "docs", "api.md"), encoding="utf-8") as file:
        manual = file.read()
    (code,) = re.findall(r"```python\n(t, v1 = .*?)```", manual, re.S)
    (signature,) = re.findall(r"`v1` is\n`([0-9a-f]{64})`", manual)

    def accepted(body, now, header=f"t=1776672000,v1={signature}"):
        names = {"header": header, "body": body, "secret": SECRET.encode(), "time": types.SimpleNamespace(time=lambda: now)}
        exec("import hashlib, hmac\n" + code, names)  # pylint: disable=exec-used
        return names["accepted"]

    assert accepted(b"{}", 1776672299)
    assert not accepted(b"{ }", 1776672299) and not accepted(b"{}", 1776672301) and not accepted(b"{}", 1776671699)
    assert not accepted(b"{}", 1776672001, f"t=1776672001,v1={signature}")
