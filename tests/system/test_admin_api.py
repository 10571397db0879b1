"""/api/admin: homes, users, tokens, thresholds, subscriptions and the access log, as an administrator keeps them."""
import csv
import http.client
import io
import json
import os
import re
import threading
import urllib.parse

import pytest

from tests.stack.process import wait_for
from tests.stack.region import Region

from .receivers import SECRET, Webhook

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def region(server_folder, postgres):
    """Runs with two regions and two homes of the first."""
    made = Region(os.path.join(server_folder, "admin_api"), postgres).create()
    made.sql("INSERT INTO regions (id, name) VALUES ('reg_sverige', 'Sverige');"
             "INSERT INTO facilities (id, name, region_id) VALUES ('fac_a', 'A', 'reg_norge'), ('fac_b', 'B', 'reg_norge'),"
             "('fac_far', 'Far', 'reg_sverige')")
    made.start()
    yield made
    made.stop()


def call(at, method, path, /, body=None, match=None, token=None, **query):
    """(status, parsed answer) of an administrator's request."""
    headers = {"Content-Type": "application/merge-patch+json" if method == "PATCH" else "application/json"}
    if match:
        headers["If-Match"] = match if match == "*" else f'"{match}"'
    answer = at.request(method, "/api/admin" + path, token=token or at.token("SYSTEM_ADMIN"),
                            body=None if body is None else json.dumps(body), headers=headers, **query)
    return answer.status, answer.json() if answer.body else None


def pointers(answer):
    return {e["pointer"] for e in answer["errors"]}


def made(answer):
    status, body = answer
    assert status in (200, 201, 202), body
    return body


def log(region, action):
    """The newest line of the access log of an action."""
    return made(call(region, "GET", "/access-log", action=action, limit=1))["rows"][0]


# ---- homes ----

def test_a_home_is_added_changed_and_read_back(region):
    home = made(call(region, "POST", "/facilities", {"id": "fac_new", "name": "Nytt hjem", "region_id": "reg_norge",
                                                     "latitude": 59.9, "longitude": 10.7, "timezone": "Europe/Oslo",
                                                     "address": {"text": "Gata 1"}, "conflict_policy": "latest_wins"}))
    assert (home["state"], home["status"], home["conflict_policy"], home["timezone"]) == (
        "open", "offline", "latest_wins", "Europe/Oslo")
    assert home["certificates"] == [] and home["beds"] == 0
    changed = made(call(region, "PATCH", "/facilities/fac_new", {
        "name": "Nyere hjem", "address": {"text": None, "city": "Oslo"}, "auto_register": False,
        "ward_config": {"dementia": {"beds": 12}}}, match=home["etag"]))
    assert (changed["name"], changed["address"], changed["auto_register"]) == ("Nyere hjem", {"city": "Oslo"}, False)
    assert changed["ward_config"] == {"dementia": {"beds": 12}} and changed["latitude"] == 59.9
    assert changed["etag"] != home["etag"]
    assert made(call(region, "GET", "/facilities/fac_new")) == changed
    line = log(region, "facility_change")
    assert line["detail"]["changed"]["name"] == ["Nytt hjem", "Nyere hjem"]
    assert (line["facility_id"], line["role"], line["source_ip"]) == ("fac_new", "SYSTEM_ADMIN", "127.0.0.1")


def test_a_new_home_is_seen_by_everybody_at_once(region):
    made(call(region, "POST", "/facilities", {"id": "fac_seen", "name": "Seen", "region_id": "reg_norge"}))
    wait_for(lambda: region.get("/api/facilities/fac_seen").status == 200, "the new home to be seen")


def test_two_administrators_do_not_overwrite_each_other(region):
    seen = made(call(region, "GET", "/facilities/fac_a"))
    made(call(region, "PATCH", "/facilities/fac_a", {"name": "First"}, match=seen["etag"]))
    status, problem = call(region, "PATCH", "/facilities/fac_a", {"name": "Second"}, match=seen["etag"])
    assert (status, problem["type"]) == (409, "urn:bedpost:problem:stale")
    assert problem["current"]["name"] == "First"
    assert call(region, "PATCH", "/facilities/fac_a", {"name": "x"})[0] == 428
    made(call(region, "PATCH", "/facilities/fac_a", {"name": "A"}, match="*"))


def test_all_that_is_wrong_with_a_body_is_named_at_once(region):
    status, problem = call(region, "POST", "/facilities", {"name": "", "region_id": "norge", "latitude": 91, "longitude": 0,
                                                           "nmae": "x", "timezone": "Europe/Olso", "auto_register": 1,
                                                           "address": {"road": "x"}, "ward_config": {"a": {"beds": -1}}})
    assert (status, problem["type"]) == (400, "urn:bedpost:problem:bad-body")
    assert pointers(problem) == {"#/id", "#/name", "#/region_id", "#/latitude", "#/nmae", "#/timezone", "#/auto_register",
                                 "#/address/road", "#/ward_config/a/beds"}
    for body in ("[]", "{", '{"id":"fac_x","id":"fac_y"}', ""):
        answer = region.request("POST", "/api/admin/facilities", token=region.token("SYSTEM_ADMIN"), body=body,
                                headers={"Content-Type": "application/json"})
        assert answer.status == 400 and pointers(answer.json()) == {"#"}


def test_a_home_of_no_region_is_not_added(region):
    status, problem = call(region, "POST", "/facilities", {"id": "fac_x", "name": "X", "region_id": "reg_nowhere"})
    assert status == 400 and pointers(problem) == {"#/region_id"}
    status, problem = call(region, "PATCH", "/facilities/fac_b", {"region_id": "reg_nowhere"}, match="*")
    assert status == 400 and pointers(problem) == {"#/region_id"}
    assert call(region, "POST", "/facilities", {"id": "fac_a", "name": "A", "region_id": "reg_norge"})[0] == 409
    assert call(region, "GET", "/facilities/fac_x")[0] == 404


def test_pages_of_homes_hold_each_home_once(region):
    seen, cursor = [], None
    while True:
        page = made(call(region, "GET", "/facilities", limit=1, **({"cursor": cursor} if cursor else {})))
        seen += [home["id"] for home in page["facilities"]]
        cursor = page["next"]
        if not cursor:
            break
    assert seen == sorted(set(seen)) and {"fac_a", "fac_b", "fac_far"} <= set(seen)
    assert {h["id"] for h in made(call(region, "GET", "/facilities", region="reg_sverige"))["facilities"]} == {"fac_far"}


# ---- users ----

def user(region, login, role="FACILITY_STAFF", facility="fac_a", **fields):
    scope = {"facility_id": facility} if role.startswith("FACILITY_") else {}
    return made(call(region, "POST", "/users", {"login": login, "name": login.title(), "role": role, "password": PASSWORD,
                                                **scope, **fields}))


def log_in(region, login, password=PASSWORD):
    return region.request("POST", "/api/login", token=None, body=json.dumps({"login": login, "password": password}),
                          headers={"Content-Type": "application/json"})


def me(region, session):
    return region.request("GET", "/api/me", token=None, headers={"Cookie": session.headers["Set-Cookie"].split(";")[0]}).status


def test_a_user_logs_in_with_the_password_that_was_set(region):
    kari = user(region, "kari")
    assert "password" not in json.dumps(kari).replace("has_password", "").replace("password_at", "")
    assert log_in(region, "kari").status == 200
    made(call(region, "POST", f"/users/{kari['id']}/password", {"password": "another long password"}))
    assert log_in(region, "kari").status == 401
    assert log_in(region, "kari", "another long password").status == 200


def test_a_user_without_a_password_is_let_in_by_none(region):
    made_user = made(call(region, "POST", "/users", {"login": "siv", "name": "Siv", "role": "REGIONAL_COORDINATOR",
                                                     "region_id": "reg_norge"}))
    assert not made_user["has_password"] and log_in(region, "siv").status == 401


def test_what_changes_a_user_s_scope_ends_their_sessions_at_once(region):
    ola = user(region, "ola")
    session = log_in(region, "ola")
    assert me(region, session) == 200
    same = made(call(region, "PATCH", f"/users/{ola['id']}", {"name": "Ola N."}, match=ola["etag"]))
    assert me(region, session) == 200 and same["sessions"] == 1
    made(call(region, "PATCH", f"/users/{ola['id']}", {"facility_id": "fac_b"}, match=same["etag"]))
    assert me(region, session) == 401
    session = log_in(region, "ola")
    made(call(region, "POST", f"/users/{ola['id']}/logout"))
    assert me(region, session) == 401
    session = log_in(region, "ola")
    made(call(region, "PATCH", f"/users/{ola['id']}", {"disabled": True}, match="*"))
    assert me(region, session) == 401 and log_in(region, "ola").status == 401
    assert log(region, "user_change")["detail"] == {"user": "ola", "changed": {"disabled": [False, True]}}


def test_role_and_scope_of_a_user_go_together(region):
    for fields, wrong in (({"role": "REGIONAL_COORDINATOR"}, {"#/region_id"}),
                          ({"role": "FACILITY_STAFF", "region_id": "reg_norge"}, {"#/facility_id", "#/region_id"}),
                          ({"role": "KING"}, {"#/role"}), ({"role": "SYSTEM_ADMIN", "password": "short"}, {"#/password"}),
                          ({"role": "FACILITY_STAFF", "facility_id": "fac_nowhere"}, {"#/facility_id"})):
        status, problem = call(region, "POST", "/users", {"login": "x", "name": "X", "password": PASSWORD, **fields})
        assert status == 400 and pointers(problem) == wrong, fields
    per = user(region, "per")
    assert call(region, "PATCH", f"/users/{per['id']}", {"role": "SYSTEM_ADMIN"}, match="*")[0] == 400
    made(call(region, "PATCH", f"/users/{per['id']}", {"role": "REGIONAL_COORDINATOR", "facility_id": None,
                                                       "region_id": "reg_norge"}, match="*"))
    assert call(region, "POST", "/users", {"login": "per", "name": "P", "role": "SYSTEM_ADMIN", "password": PASSWORD})[0] == 409


def test_the_last_administrator_stays(region):
    first, second = user(region, "admin1", "SYSTEM_ADMIN"), user(region, "admin2", "SYSTEM_ADMIN")
    answers = []
    threads = [threading.Thread(target=lambda one=one: answers.append(
        call(region, "PATCH", f"/users/{one['id']}", {"disabled": True}, match="*")[0])) for one in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 409]
    left = [u for u in made(call(region, "GET", "/users", role="SYSTEM_ADMIN"))["users"] if not u["disabled"]]
    assert len(left) == 1
    for patch in ({"disabled": True}, {"role": "FACILITY_STAFF", "facility_id": "fac_a"}):
        status, problem = call(region, "PATCH", f"/users/{left[0]['id']}", patch, match="*")
        assert (status, problem["type"]) == (409, "urn:bedpost:problem:last-admin")
    made(call(region, "PATCH", f"/users/{left[0]['id']}", {"name": "Still here"}, match="*"))


# ---- tokens ----

def test_a_token_is_shown_once_and_ends_when_it_is_revoked(region):
    token = made(call(region, "POST", "/tokens", {"name": "screen", "role": "REGIONAL_COORDINATOR", "region_id": "reg_norge"}))
    assert region.get("/api/facilities", token=token["token"]).status == 200
    assert token["token"] not in json.dumps(call(region, "GET", "/tokens")[1])
    assert call(region, "POST", f"/tokens/{token['id']}/revoke")[0] == 204
    assert region.get("/api/facilities", token=token["token"]).status == 401
    status, problem = call(region, "POST", "/tokens", {"name": "x", "role": "SYSTEM_ADMIN", "expires_at": "2020-01-01T00:00:00Z"})
    assert status == 400 and pointers(problem) == {"#/expires_at"}


# ---- thresholds ----

def test_a_threshold_is_set_changed_and_removed(region):
    rule = made(call(region, "POST", "/thresholds", {"rule": "low", "facility_id": "fac_a", "ward": "dementia", "threshold": 4}))
    assert (rule["unit"], rule["enabled"], rule["threshold"]) == ("beds", True, 4)
    assert call(region, "POST", "/thresholds", {"rule": "low", "facility_id": "fac_a", "ward": "dementia"})[0] == 409
    rule = made(call(region, "PATCH", f"/thresholds/{rule['id']}", {"threshold": 5, "enabled": False}, match=rule["etag"]))
    assert log(region, "alert_rule_change")["detail"]["changed"] == {"threshold": [4, 5], "enabled": [True, False]}
    assert [r["id"] for r in made(call(region, "GET", "/thresholds", facility="fac_a"))["thresholds"]] == [rule["id"]]
    assert call(region, "DELETE", f"/thresholds/{rule['id']}", match="0")[0] == 409
    assert call(region, "DELETE", f"/thresholds/{rule['id']}", match=rule["etag"])[0] == 204
    assert made(call(region, "GET", "/thresholds", facility="fac_a"))["thresholds"] == []


def test_a_threshold_that_makes_no_sense_is_refused(region):
    rule = made(call(region, "POST", "/thresholds", {"rule": "critical", "facility_id": "fac_b", "enabled": False}))
    assert rule["unit"] is None
    status, problem = call(region, "PATCH", f"/thresholds/{rule['id']}", {"threshold": 3}, match="*")
    assert status == 400 and pointers(problem) == {"#/threshold"}
    for body, wrong in (({"rule": "lwo"}, {"#/rule"}), ({"rule": "critical", "threshold": 1}, {"#/threshold"}),
                        ({"rule": "low", "ward": "w"}, {"#/ward"}),
                        ({"rule": "low", "facility_id": "fac_a", "region_id": "reg_norge"}, {"#/region_id"}),
                        ({"rule": "low", "threshold": -1}, {"#/threshold"}),
                        ({"rule": "low", "facility_id": "fac_nowhere"}, {"#/facility_id"})):
        status, problem = call(region, "POST", "/thresholds", body)
        assert status == 400 and pointers(problem) == wrong, body


# ---- subscriptions ----

@pytest.fixture
def webhook():
    receiver = Webhook().start()
    yield receiver
    receiver.stop()


def subscribe(region, receiver=None, token=None, **fields):
    target = receiver.url if receiver else "https://pager.example.org/a"
    return call(region, "POST", "/subscriptions", {"channel": "webhook", "target": target, "secret": SECRET, **fields},
                token=token)


def test_a_test_message_reaches_the_receiver_and_is_told_of(region, webhook):
    made_one = made(subscribe(region, webhook, facility_id="fac_a", rule="critical"))
    assert SECRET not in json.dumps(made_one) and made_one["has_secret"]
    made(call(region, "POST", f"/subscriptions/{made_one['id']}/test"))
    wait_for(lambda: webhook.taken, "the test message")
    assert webhook.taken[0][2]["rule"] == "test" and webhook.taken[0][2]["alerts"] == [] and not webhook.refused

    def delivered():
        rows = made(call(region, "GET", f"/subscriptions/{made_one['id']}/deliveries"))["deliveries"]
        return rows[0]["delivered_at"] and rows
    assert wait_for(delivered, "its delivery to be told")[0]["rule"] == "test"


def test_a_test_message_that_is_not_taken_is_tried_once(region, webhook):
    webhook.stop()
    one = made(subscribe(region, webhook))
    made(call(region, "POST", f"/subscriptions/{one['id']}/test"))
    rows = wait_for(lambda: [r for r in call(region, "GET", f"/subscriptions/{one['id']}/deliveries")[1]["deliveries"]
                             if r["failed_at"]], "the test to fail")
    assert rows[0]["attempts"] == 1 and rows[0]["last_error"]


def test_what_was_given_up_is_tried_again_by_whose_it_is(region, webhook):
    one = made(subscribe(region, webhook, facility_id="fac_a"))
    [[delivery]] = region.sql("INSERT INTO deliveries (subscription_id, facility_id, rule, notification_id, subject, body, attempts, failed_at, give_up_at) "
                              f"VALUES ({one['id']}, 'fac_a', 'low', 'ntf_1', 's', '{{\"rule\":\"low\"}}', 9, now(), now()) RETURNING id")
    retry = f"/subscriptions/{one['id']}/deliveries/{delivery}/retry"
    assert call(region, "POST", retry, token=region.token("FACILITY_MANAGER", "fac_a"))[0] == 404  # not theirs
    assert call(region, "POST", f"/subscriptions/{one['id']}/deliveries/{int(delivery) + 1}/retry")[0] == 409
    made(call(region, "POST", retry))
    wait_for(lambda: webhook.taken, "the message", 60)
    assert webhook.taken[0][2]["rule"] == "low" and not webhook.refused
    wait_for(lambda: region.sql(f"SELECT delivered_at IS NOT NULL AND failed_at IS NULL FROM deliveries WHERE id = {delivery}") == [["t"]],
             "it to be delivered", 60)
    assert call(region, "POST", retry)[1]["type"].endswith(":not-given-up")
    assert log(region, "alert_retry")["detail"] == {"subscription": one["id"], "delivery": int(delivery)}


def test_a_manager_waits_a_minute_before_what_was_given_up_is_tried_again(region):
    text = region.token("FACILITY_MANAGER", "fac_a")
    one = made(call(region, "POST", "/subscriptions", {"channel": "email", "target": "a@example.org", "facility_id": "fac_a"}, token=text))
    [[delivery]] = region.sql("INSERT INTO deliveries (subscription_id, rule, subject, body, failed_at) "
                              f"VALUES ({one['id']}, 'low', 's', 'b', now()) RETURNING id")
    retry = f"/subscriptions/{one['id']}/deliveries/{delivery}/retry"
    assert call(region, "POST", retry, token=text)[0] == 409
    region.sql(f"UPDATE deliveries SET failed_at = now() - interval '2 minutes' WHERE id = {delivery}")
    made(call(region, "POST", retry, token=text))
    assert call(region, "DELETE", f"/subscriptions/{one['id']}", match="*", token=text)[0] == 204


def test_a_subscription_is_changed_without_its_secret_being_read_or_lost(region, webhook):
    one = made(subscribe(region, webhook))
    made(call(region, "PATCH", f"/subscriptions/{one['id']}", {"rule": "low"}, match=one["etag"]))
    assert region.sql(f"SELECT convert_from(secret, 'UTF8') FROM subscriptions WHERE id = {one['id']}") == [[SECRET]]
    other = "another secret of some length"
    changed = made(call(region, "PATCH", f"/subscriptions/{one['id']}", {"secret": other, "target": webhook.url + "/x?token=1"},
                        match="*"))
    assert region.sql(f"SELECT convert_from(secret, 'UTF8') FROM subscriptions WHERE id = {one['id']}") == [[other]]
    line = log(region, "alert_subscription_change")
    assert line["detail"]["secret_changed"] and line["detail"]["target_changed"]
    assert other not in json.dumps(line) and "token=1" not in json.dumps(line)
    assert call(region, "DELETE", f"/subscriptions/{one['id']}", match=changed["etag"])[0] == 204
    assert call(region, "PATCH", f"/subscriptions/{one['id']}", {"rule": None}, match="*")[0] == 404
    assert made(call(region, "GET", f"/subscriptions/{one['id']}"))["ended_at"]


def test_nobody_subscribes_beyond_their_scope(region):
    manager, coordinator = region.token("FACILITY_MANAGER", "fac_a"), region.token("REGIONAL_COORDINATOR")
    for token, scope, wrong in ((manager, {}, "#/facility_id"), (manager, {"facility_id": "fac_b"}, "#/facility_id"),
                                (manager, {"region_id": "reg_norge"}, "#/region_id"), (coordinator, {}, "#/region_id"),
                                (coordinator, {"region_id": "reg_sverige"}, "#/region_id"),
                                (coordinator, {"facility_id": "fac_far"}, "#/facility_id"),
                                (coordinator, {"facility_id": "fac_nowhere"}, "#/facility_id")):
        status, answer = subscribe(region, token=token, **scope)
        assert status == 400 and pointers(answer) == {wrong}, scope
    own = made(subscribe(region, token=manager, facility_id="fac_a"))
    for patch in ({"facility_id": None}, {"facility_id": "fac_b"}, {"facility_id": None, "region_id": "reg_norge"}):
        assert call(region, "PATCH", f"/subscriptions/{own['id']}", patch, match="*", token=manager)[0] == 400, patch
    theirs = made(subscribe(region, token=coordinator, region_id="reg_norge"))
    made(subscribe(region, token=coordinator, facility_id="fac_b"))
    assert [s["id"] for s in call(region, "GET", "/subscriptions", token=manager)[1]["subscriptions"]] == [own["id"]]
    assert call(region, "GET", f"/subscriptions/{theirs['id']}", token=manager)[0] == 404
    assert {own["id"], theirs["id"]} <= {s["id"] for s in made(call(region, "GET", "/subscriptions"))["subscriptions"]}


def test_postgresql_itself_holds_subscriptions_to_the_scope(region):
    settings = "SET ROLE bedpost_api; SET bedpost.role = 'FACILITY_MANAGER'; SET bedpost.facility = 'fac_a'; "
    row = "INSERT INTO subscriptions (channel, target, facility_id, created_by) VALUES ('email', 'a@b', {}, 'x')"
    region.sql(settings + row.format("'fac_a'"))
    for beyond in ("'fac_b'", "NULL"):
        with pytest.raises(Exception, match="row-level security"):
            region.sql(settings + row.format(beyond))
    with pytest.raises(Exception, match="permission denied"):
        region.sql(settings + "SELECT secret FROM subscriptions")


def test_who_loses_a_home_is_told_of_it_no_more(region):
    made_user = user(region, "liv", "FACILITY_MANAGER")
    session = log_in(region, "liv")
    head = {"Cookie": session.headers["Set-Cookie"].split(";")[0], "X-CSRF-Token": session.json()["csrf"],
            "Content-Type": "application/json"}
    answer = region.request("POST", "/api/admin/subscriptions", token=None, headers=head, body=json.dumps(
        {"channel": "email", "target": "liv@example.org", "facility_id": "fac_a"}))
    assert answer.status == 201 and answer.json()["owner"] == "liv"
    made(call(region, "PATCH", f"/users/{made_user['id']}", {"facility_id": "fac_b"}, match="*"))
    assert made(call(region, "GET", f"/subscriptions/{answer.json()['id']}"))["ended_at"]


def test_a_target_that_makes_no_sense_or_may_not_be_called_is_refused(region):
    for fields, wrong in (({"target": "ftp://example.org"}, "#/target"), ({"target": "https://user:pass@example.org/"}, "#/target"),
                          ({"target": "http://169.254.169.254/latest"}, "#/target"), ({"target": "http://[::1]:80/"}, "#/target"),
                          ({"secret": "short"}, "#/secret"), ({"secret": None}, "#/secret"),
                          ({"channel": "email", "secret": None}, "#/target"), ({"rule": "lwo"}, "#/rule"),
                          ({"facility_id": "fac_a", "region_id": "reg_norge"}, "#/region_id")):
        status, answer = subscribe(region, **fields)
        assert status == 400 and wrong in pointers(answer), fields


def test_a_name_that_leads_to_a_network_that_is_not_named_is_not_called(region, webhook):
    """The region of this test may call 127.0.0.0/8 and nothing else; what the address says is looked at, not how it is written."""
    one = made(subscribe(region, webhook))
    region.sql(f"UPDATE subscriptions SET target = 'http://[::ffff:10.0.0.1]:{webhook.port}/' WHERE id = {one['id']}")
    made(call(region, "POST", f"/subscriptions/{one['id']}/test"))
    rows = wait_for(lambda: [r for r in call(region, "GET", f"/subscriptions/{one['id']}/deliveries")[1]["deliveries"]
                             if r["failed_at"]], "the test to fail")
    assert rows[0]["last_error"] == "webhook_networks does not allow the receiver's address" and not webhook.taken


# ---- access log ----

def test_the_access_log_turns_its_pages(region):
    for n in range(3):
        made(call(region, "PATCH", "/facilities/fac_b", {"name": f"B{n}"}, match="*"))
    seen, cursor = [], None
    while len(seen) < 3:
        page = made(call(region, "GET", "/access-log", action="facility_change", facility="fac_b", limit=1,
                         **({"cursor": cursor} if cursor else {})))
        seen += [row["detail"]["changed"]["name"][1] for row in page["rows"]]
        cursor = page["next"]
    assert seen == ["B2", "B1", "B0"]
    assert call(region, "GET", "/facilities", token=region.token())[0] == 403
    denied = wait_for(lambda: made(call(region, "GET", "/access-log", denied="true", action="admin_facilities"))["rows"],
                      "the denial to be noted")
    assert denied[0]["role"] == "REGIONAL_COORDINATOR" and not denied[0]["allowed"]


def test_the_access_log_comes_as_a_file_page_by_page_and_says_so_itself(region):
    def page(**query):
        answer = region.get("/api/admin/access-log", region.token("SYSTEM_ADMIN"), format="csv", limit=2, facility="fac_a", action="facility_change", **query)
        assert answer.status == 200 and answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert re.fullmatch(r'attachment; filename="access-log_\d{4}-\d\d-\d\dT\d{4}Z\.csv"', answer.headers["Content-Disposition"])
        return list(csv.DictReader(io.StringIO(answer.body, newline=""))), answer.headers.get("X-Next-Cursor")
    for name in ("=1+1", "A, \"quoted\"", "A"):
        made(call(region, "PATCH", "/facilities/fac_a", {"name": name}, match="*"))
    first, cursor = page()
    second, _ = page(cursor=cursor)
    rows = made(call(region, "GET", "/access-log", action="facility_change", facility="fac_a", limit=4))["rows"]
    assert [line["id"] for line in first + second] == [str(row["id"]) for row in rows]
    for line, row in zip(first + second, rows):
        assert json.loads(line["detail"]) == row["detail"] and line["at"] == row["at"] and line["allowed"] == "true"
        assert line["who"] == row["who"] and line["source_ip"] == row["source_ip"]
    assert first[1]["detail"].endswith('["=1+1", "A, \\"quoted\\""]}}')
    wait_for(lambda: [r for r in made(call(region, "GET", "/access-log", action="access_log"))["rows"] if r["detail"] == {"reason": "csv"}], "the export to be noted")
    assert region.get("/api/admin/access-log", region.token(), format="csv").status == 403


# ---- the live stream's filters ----

def snapshot(at, token, /, **query):
    """The homes and wards of a stream's first event."""
    query = "?" + urllib.parse.urlencode(query) if query else ""
    connection = http.client.HTTPConnection("127.0.0.1", at.api_port, timeout=60)
    try:
        connection.request("GET", "/api/stream" + query, headers={"Authorization": "Bearer " + token})
        answer = connection.getresponse()
        if answer.status != 200:
            return answer.status
        while not (line := answer.readline()).startswith(b"data:"):
            assert line
        return {(r["facility_id"], r["ward"]) for r in json.loads(line[5:])["rows"]}
    finally:
        connection.close()


def test_a_stream_keeps_what_the_same_filter_keeps_in_a_list(region):
    for home in ("fac_a", "fac_b", "fac_far"):
        region.sql("INSERT INTO facility_availability (facility_id, ward, care_level, total, available, reserved, occupied, "
                   f"maintenance, unconfirmed, as_of, rev) SELECT '{home}', ward, level, 1, 1, 0, 0, 0, 0, now(), 1 FROM (VALUES "
                   "('dementia', 'light'), ('somatic', 'medium')) AS w (ward, level)")
    region.sql("SELECT pg_notify('bedpost_changed', '')")
    admin, coordinator = region.token("SYSTEM_ADMIN"), region.token()
    both = {"dementia", "somatic"}
    wait_for(lambda: len(region.get("/api/availability", token=admin).json()["rows"]) == 6, "the rows")
    assert snapshot(region, admin, facility="fac_a") == {("fac_a", w) for w in both}
    assert snapshot(region, admin, facility="fac_a,fac_far", ward="dementia") == {("fac_a", "dementia"), ("fac_far", "dementia")}
    assert snapshot(region, admin, region="reg_sverige") == {("fac_far", w) for w in both}
    assert snapshot(region, admin, care_level="medium", facility="fac_b") == {("fac_b", "somatic")}
    assert snapshot(region, coordinator) == {(h, w) for h in ("fac_a", "fac_b") for w in both}
    assert snapshot(region, coordinator, facility="fac_far,fac_b") == {("fac_b", w) for w in both}
    assert snapshot(region, region.token("FACILITY_MANAGER", "fac_a"), region="reg_norge") == {("fac_a", w) for w in both}
    assert snapshot(region, coordinator, region="reg_sverige") == set()
    for wrong in ({"near": "1,2"}, {"wrd": "x"}, {"facility": "reg_x"}):
        assert snapshot(region, admin, **wrong) == 400
