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
    one = Region(os.path.join(server_folder, "attack"), postgres, api={"trusted_proxies": "[127.0.0.1]"}).create()
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
             "the log-in to wait for its session", 10)
    region.sql("UPDATE users SET password = (SELECT password FROM users WHERE login = 'other_password') "
               "WHERE login = 'old_password'")
    holder.close()
    login.join(30)
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
                                f"'{region.database}'"), "the change to wait", 10)
    opening.commit()
    opening.close()
    change.join(30)
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
    wait_for(lambda: webhook.taken, "the message to come, without a proxy", 10)
