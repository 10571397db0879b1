"""The region's access code as somebody meets it who means harm: log-ins in between, floods, what a browser keeps, who is told."""
import json
import os
import threading

import psycopg2
import pytest

from tests.stack.process import free_port, wait_for
from tests.stack.region import Region

from .receivers import SECRET, Webhook
from .test_admin_api import PASSWORD, call, log_in, made, me, pointers, user


@pytest.fixture(scope="module")
def region(server_folder, postgres):
    """Runs with two regions and three homes, and an environment that names a proxy where nobody is."""
    one = Region(os.path.join(server_folder, "attack"), postgres, api={"trusted_proxies": "[127.0.0.1]"},
                 settings={"alert": "{check_every: 1s}"}).create()
    one.sql("INSERT INTO regions (id, name) VALUES ('reg_sverige', 'Sverige');"
            "INSERT INTO facilities (id, name, region_id) VALUES ('fac_a', 'A', 'reg_norge'), ('fac_b', 'B', 'reg_norge'),"
            "('fac_far', 'Far', 'reg_sverige')")
    nobody = f"http://127.0.0.1:{free_port()}"
    one.start(http_proxy=nobody, https_proxy=nobody, all_proxy=nobody, ALL_PROXY=nobody)
    yield one
    one.stop()


@pytest.fixture
def webhook():
    receiver = Webhook().start()
    yield receiver
    receiver.stop()


# ---- log-ins ----

def test_who_is_logging_in_by_the_old_password_while_it_is_changed_gets_no_session(region):
    """The log-in has looked the password up and waits to open its session; then the password changes."""
    user(region, "old_password")
    user(region, "other_password", password="another horse battery")
    answers = []
    holder = psycopg2.connect(region.postgres.conninfo(region.database))
    holder.cursor().execute("LOCK TABLE sessions IN EXCLUSIVE MODE")
    login = threading.Thread(target=lambda: answers.append(log_in(region, "old_password")))
    login.start()
    wait_for(lambda: region.sql("SELECT 1 FROM pg_locks WHERE relation = 'sessions'::regclass AND NOT granted"),
             "the log-in to wait for its session")
    region.sql("UPDATE users SET password = (SELECT password FROM users WHERE login = 'other_password') "
               "WHERE login = 'old_password'")
    holder.close()
    login.join(60)
    assert answers[0].status == 401 and "Set-Cookie" not in answers[0].headers
    assert not region.sql("SELECT 1 FROM sessions JOIN users u ON u.id = user_id WHERE login = 'old_password'")


def test_a_session_that_is_being_opened_while_the_password_changes_ends_with_it(region):
    """The other order: the log-in's session is in, and not committed yet, when the new password comes."""
    one = user(region, "in_between")
    session = log_in(region, "in_between")
    assert me(region, session) == 200
    answers = []
    opening = psycopg2.connect(region.postgres.conninfo(region.database))
    opening.cursor().execute("SELECT 1 FROM users WHERE login = 'in_between' FOR SHARE;"
                             "INSERT INTO sessions (hash, user_id, role, csrf, expires_at) "
                             f"VALUES ('in between', {one['id']}, 'FACILITY_STAFF', 'x', now() + interval '1 hour')")
    change = threading.Thread(target=lambda: answers.append(
        call(region, "POST", f"/users/{one['id']}/password", {"password": "quite another horse"})))
    change.start()
    wait_for(lambda: region.sql("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = "
                                f"'{region.database}'"), "the change to wait")
    opening.commit()
    opening.close()
    change.join(60)
    assert answers[0][0] == 200
    assert not region.sql(f"SELECT 1 FROM sessions WHERE user_id = {one['id']}")
    assert me(region, session) == 401


def test_failed_log_ins_count_for_a_whole_network_of_ipv6(region):
    """Anybody has all addresses of a /64."""
    def fail(address):
        return region.request("POST", "/api/login", token=None, headers={
            "Content-Type": "application/json", "X-Forwarded-For": address}, body='{"token":"bpt_' + "x" * 43 + '"}').status

    statuses = [fail(f"2001:db8:1:2::{n:x}") for n in range(1, 30)]
    assert statuses[0] == 401 and statuses[-1] == 429
    assert fail("2001:db8:1:3::1") == 401


# ---- what is kept where ----

def test_a_browser_keeps_no_copy_of_beds_people_and_what_they_did(region):
    admin = region.token("SYSTEM_ADMIN")
    for path in ("/api/facilities/fac_a/beds", "/api/facilities/fac_a/history", "/api/conflicts", "/api/audit", "/api/me",
                 "/api/admin/users", "/api/admin/tokens", "/api/admin/access-log", "/api/admin/subscriptions"):
        answer = region.get(path, token=admin)
        assert answer.status == 200 and answer.headers["Cache-Control"] == "no-store", path
    answer = region.get("/api/availability", token=admin)
    assert answer.headers["Cache-Control"] == "private, no-cache" and answer.headers["ETag"]


@pytest.mark.parametrize("method,path", (
    ("GET", "/api/alerts?facility=%ff"), ("GET", "/api/alerts?%ff=1"), ("GET", "/api/availability?%ff=1"),
    ("GET", "/api/admin/facilities/%ff"), ("GET", "/api/admin/users?cursor=%c3"), ("POST", "/api/alerts/%ff/acknowledge"),
    ("POST", "/api/admin/facilities/%ed%a0%80/revoke")))
def test_an_address_that_is_not_utf_8_is_said_to_be_so(region, method, path):
    answer = region.request(method, path, token=region.token("SYSTEM_ADMIN"))
    assert answer.status == 400 and answer.json()["type"] == "urn:bedpost:problem:bad-address"


# ---- who is called, and told ----

def test_no_proxy_of_the_environment_is_asked_to_call_a_receiver(region, webhook):
    one = made(call(region, "POST", "/subscriptions", {"channel": "webhook", "target": webhook.url, "secret": SECRET}))
    made(call(region, "POST", f"/subscriptions/{one['id']}/test"))
    wait_for(lambda: webhook.taken, "the message to come, without a proxy")


def subscribe(region, receiver, token, path="", **fields):
    return made(call(region, "POST", "/subscriptions", {"channel": "webhook", "target": receiver.url + path, "secret": SECRET,
                                                        **fields}, token=token))


def token(region, role, **scope):
    one = made(call(region, "POST", "/tokens", {"name": f"{role} of an attack", "role": role, **scope}))
    return one["id"], one["token"]


def test_who_may_no_longer_see_a_home_is_not_told_of_it(region, webhook):
    """A token that expired, and a coordinator whose home moved to another region; a third one still is."""
    made(call(region, "POST", "/facilities", {"id": "fac_moved", "name": "Moved", "region_id": "reg_norge"}))
    wait_for(lambda: region.get("/api/facilities/fac_moved").status == 200, "the home to be seen")
    expired, expired_text = token(region, "FACILITY_MANAGER", facility_id="fac_moved")
    _, stays = token(region, "FACILITY_MANAGER", facility_id="fac_moved")
    not_told = [subscribe(region, webhook, text, facility_id="fac_moved")["id"]
                for text in (expired_text, region.token("REGIONAL_COORDINATOR"))]
    told = subscribe(region, webhook, stays, facility_id="fac_moved")["id"]
    region.sql(f"UPDATE api_tokens SET expires_at = now() WHERE id = {expired}")
    made(call(region, "PATCH", "/facilities/fac_moved", {"region_id": "reg_sverige"}, match="*"))
    region.sql("UPDATE facilities SET last_contact_at = now() WHERE id = 'fac_moved';"
               "INSERT INTO conflicts (facility_id, id, bed_id, opened_at, held_status, branch_status, events, last_event_at) "
               "VALUES ('fac_moved', 'cfl_01HX9000000000000000000009', 'bed_1', now(), 'available', 'occupied', 1, now());"
               "NOTIFY bedpost_changed, 'fac_moved'")
    wait_for(lambda: region.sql(f"SELECT 1 FROM deliveries WHERE subscription_id = {told}"), "who may see it to be told")
    assert not region.sql(f"SELECT 1 FROM deliveries WHERE subscription_id IN ({not_told[0]}, {not_told[1]})")


def test_what_was_not_delivered_yet_ends_with_its_token(region):
    one, text = token(region, "FACILITY_MANAGER", facility_id="fac_a")
    sub = made(call(region, "POST", "/subscriptions", {"channel": "email", "target": "a@example.org", "facility_id": "fac_a"},
                    token=text))["id"]
    region.sql("INSERT INTO deliveries (facility_id, subscription_id, subject, body, next_at) "
               f"VALUES ('fac_a', {sub}, 's', 'b', now() + interval '1 day')")
    assert call(region, "POST", f"/tokens/{one}/revoke")[0] == 204
    assert region.sql(f"SELECT last_error FROM deliveries WHERE subscription_id = {sub}") == [["unsubscribed"]]


def test_nobody_but_an_administrator_makes_the_region_send_without_end(region):
    one, text = token(region, "FACILITY_MANAGER", facility_id="fac_a")
    body = {"channel": "email", "target": "somebody@example.org", "facility_id": "fac_a"}
    region.sql("INSERT INTO subscriptions (channel, target, facility_id, created_by, token_id) SELECT 'email', 'a@example.org', "
               f"'fac_a', 'test', {one} FROM generate_series(1, 99)")
    last = made(call(region, "POST", "/subscriptions", body, token=text))
    status, problem = call(region, "POST", "/subscriptions", body, token=text)
    assert (status, problem["type"]) == (409, "urn:bedpost:problem:too-many")
    region.sql("INSERT INTO deliveries (subscription_id, rule, subject, body, failed_at) "
               f"SELECT {last['id']}, 'test', 's', 'b', now() FROM generate_series(1, 9)")
    made(call(region, "POST", f"/subscriptions/{last['id']}/test", token=text))
    region.sql(f"UPDATE deliveries SET failed_at = now() WHERE subscription_id = {last['id']}")
    status, problem = call(region, "POST", f"/subscriptions/{last['id']}/test", token=text)
    assert (status, problem["type"]) == (409, "urn:bedpost:problem:waiting")


def test_a_push_server_s_token_goes_to_no_other_server(region):
    one = made(call(region, "POST", "/subscriptions", {"channel": "push", "target": "https://push.example.org/beds",
                                                       "secret": "tk_secret"}))
    path = f"/subscriptions/{one['id']}"
    for target in ("https://evil.example.org/beds", "http://push.example.org/beds", "https://push.example.org:8443/beds",
                   "https://push.example.org.evil.org/beds"):
        status, problem = call(region, "PATCH", path, {"target": target}, match="*")
        assert status == 400 and pointers(problem) <= {"#/secret", "#/target"}, target
    made(call(region, "PATCH", path, {"target": "https://push.example.org/other"}, match="*"))
    made(call(region, "PATCH", path, {"target": "https://other.example.org/beds", "secret": "tk_other"}, match="*"))


def test_the_shell_too_disables_the_last_administrator_only_by_force(region):
    region.admin("user", "add", "only", "--role", "SYSTEM_ADMIN", "--name", "Only", "--password-stdin", input=PASSWORD)
    with pytest.raises(Exception, match="last SYSTEM_ADMIN.*--force"):
        region.admin("user", "disable", "only")
    assert log_in(region, "only").status == 200
    region.admin("user", "add", "second", "--role", "SYSTEM_ADMIN", "--name", "Second", "--password-stdin", input=PASSWORD)
    region.admin("user", "disable", "only")
    region.admin("user", "disable", "second", "--force")
