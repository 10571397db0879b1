"""Too many requests of one client are refused, whoever a proxy says the client is."""
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.stack.process import wait_for
from tests.stack.region import Region


@pytest.fixture
def region(tmp_folder, postgres):
    """Behind a proxy on this machine; eight requests a minute, so two at once and one more."""
    made = Region(os.path.join(tmp_folder, "region"), postgres,
                  api={"requests_per_minute": 8, "trusted_proxies": "[127.0.0.1]"}).create().start()
    yield made
    made.stop()


def ask(region, forwarded, path="/api/me"):
    return region.request("GET", path, headers={"X-Forwarded-For": forwarded})


def test_a_client_above_its_rate_waits_and_others_do_not(region):
    region.token()
    for client in range(7, 107, 2):
        began = time.monotonic()
        statuses = [ask(region, f"203.0.113.{client}").status for _ in range(4)]
        refused = ask(region, f"198.51.100.1, 203.0.113.{client}")
        if time.monotonic() - began < 7:
            break  # else there was one more meanwhile, and it is the next client's turn
    assert statuses == [200, 200, 200, 429] and refused.status == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 8
    assert refused.headers["Content-Type"].startswith("application/problem+json")
    assert refused.json()["type"] == "urn:bedpost:problem:too-many-requests"
    assert ask(region, f"203.0.113.{client + 1}").status == 200
    assert ask(region, f"203.0.113.{client}", "/healthz").status == 200
    assert [region.get("/api/me").status for _ in range(20)] == [200] * 20


def test_a_page_that_asks_many_things_with_an_ended_session_does_not_lock_its_address_out(tmp_folder, postgres):
    region = Region(os.path.join(tmp_folder, "office"), postgres, api={"trusted_proxies": "[127.0.0.1]"}).create().start()
    try:
        office = {"X-Forwarded-For": "203.0.113.20"}
        with ThreadPoolExecutor(60) as many:
            asked = list(many.map(lambda _: region.request("GET", "/api/me", token=None, headers={**office, "Cookie": f"bedpost_session={'a' * 64}"}).status,
                                  range(60)))
        assert asked == [401] * 60
        answer = region.request("POST", "/api/login", token=None, body='{"token":"bpt_no"}', headers={**office, "Content-Type": "application/json"})
        assert answer.status == 401, answer.body
    finally:
        region.stop()


def test_the_access_log_names_the_client_and_not_the_proxy(region):
    region.request("GET", "/api/me", token=None, headers={"X-Forwarded-For": "1.2.3.4, 203.0.113.9"})
    wait_for(lambda: region.sql("SELECT host(source_ip) FROM access_log WHERE action = 'me'") == [["203.0.113.9"]],
             "the line in the access log")
