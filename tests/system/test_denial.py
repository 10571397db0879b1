"""Whoever tries passwords for somebody's login does not lock that user out of a browser which they have used before."""
import itertools
import json
import os
import time
from http.cookies import SimpleCookie

import pytest

from tests.stack.region import Region
from tests.stack.several import SeveralDaemons

from .people import GOOD, NEW, add_user


@pytest.fixture(scope="module")
def region(server_folder, postgres):
    made = Region(os.path.join(server_folder, "denial"), postgres, api={"trusted_proxies": "[127.0.0.1]"}).create().start()
    yield made
    made.stop()


addresses = (f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in itertools.count(1))


class Browser:
    """Keeps cookies; each request comes from an address of its own."""

    def __init__(self, region, cookies=()):
        self.region, self.cookies = region, dict(cookies)

    def ask(self, path, body, csrf="", address=None):
        headers = {"Content-Type": "application/json", "X-Forwarded-For": address or next(addresses), "X-CSRF-Token": csrf}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.region.request("POST", path, None, json.dumps(body), headers)
        for line in answer.headers.get_all("Set-Cookie") or []:
            self.cookies.update({name: morsel.value for name, morsel in SimpleCookie(line).items()})
        return answer

    def log_in(self, login, password=GOOD, **where):
        return self.ask("/api/login", {"login": login, "password": password}, **where).status

    def spend(self, login, most=60):
        """How many wrong passwords until there may be no more."""
        for n in range(most):
            status = self.log_in(login, "not the password")
            if status == 429:
                return n
            assert status == 401
        raise AssertionError("nobody stopped it")

    def forget_session(self):
        self.cookies.pop("bedpost_session", None)
        return self


def is_strange(region, login, cookies):
    """A browser that is not known shares what an attack has left: nothing, or what has come back meanwhile."""
    return Browser(region, cookies).spend(login) < 10


def test_a_browser_that_was_there_before_is_let_in_amid_an_attack_and_a_strange_one_is_not(region, user):
    own = Browser(region)
    assert own.log_in(user) == 200
    own.forget_session()
    assert set(own.cookies) == {"bedpost_device"}
    attacker = Browser(region)
    assert attacker.spend(user) >= 20
    assert own.log_in(user, "a slip of the finger") == 401
    assert own.log_in(user) == 200
    assert is_strange(region, user, {})


def test_a_known_browser_has_a_budget_too_and_it_is_its_own(region, user):
    own, other = Browser(region), Browser(region)
    assert own.log_in(user) == 200 and other.log_in(user) == 200
    assert own.forget_session().spend(user) >= 20
    assert other.log_in(user) == 200
    assert Browser(region).log_in(user) == 200


def test_a_cookie_of_another_user_or_made_up_buys_nothing(region, user):
    other = Browser(region)
    assert other.log_in(add_user(region, f"{user}_too")) == 200
    device = other.cookies["bedpost_device"]
    Browser(region).spend(user)
    for value in (device, "0" * len(device), device[:24], "x", ".".join([device] * 8)):
        assert is_strange(region, user, {"bedpost_device": value}), value


def test_with_a_new_password_browsers_are_strange_but_the_one_that_set_it(region, user):
    own, other = Browser(region), Browser(region)
    assert other.log_in(user) == 200
    answer = own.ask("/api/login", {"login": user, "password": GOOD})
    changed = own.ask("/api/password", {"old": GOOD, "new": NEW}, csrf=answer.json()["csrf"])
    assert changed.status == 204
    Browser(region).spend(user)
    assert own.forget_session().log_in(user, NEW) == 200
    assert is_strange(region, user, {"bedpost_device": other.cookies["bedpost_device"]})
    region.admin("user", "passwd", user, "--password-stdin", input=GOOD)
    assert is_strange(region, user, {"bedpost_device": own.cookies["bedpost_device"]})


def test_who_is_logged_in_may_change_the_password_amid_an_attack(region, user):
    own = Browser(region)
    csrf = own.ask("/api/login", {"login": user, "password": GOOD}).json()["csrf"]
    Browser(region).spend(user)
    assert own.ask("/api/password", {"old": GOOD, "new": NEW}, csrf=csrf).status == 204


def test_users_who_share_a_browser_are_each_known_in_it(region, user):
    shared, second = Browser(region), add_user(region, f"{user}_too")
    assert shared.log_in(user) == 200 and shared.forget_session().log_in(second) == 200
    for login in (user, second):
        Browser(region).spend(login)
        assert shared.forget_session().log_in(login) == 200


def test_the_address_stays_limited_whatever_the_browser(region, user):
    own, address = Browser(region), "192.0.2.77"
    assert own.log_in(user) == 200
    statuses = [Browser(region).log_in(f"nobody_{n}", address=address) for n in range(40)]
    assert 429 in statuses
    for _ in range(10):
        status = own.forget_session().log_in(user, "not the password", address=address)
        if status == 429:
            break
    assert status == 429


def test_the_cookie_says_nothing_and_pages_cannot_read_it(region, user):
    answer = Browser(region).ask("/api/login", {"login": user, "password": GOOD})
    [line] = [c for c in answer.headers.get_all("Set-Cookie") if c.startswith("bedpost_device=")]
    assert "HttpOnly" in line and "SameSite=Strict" in line and user not in line
    token = Browser(region).ask("/api/login", {"token": region.token()})
    assert token.status == 200 and [c.split("=")[0] for c in token.headers.get_all("Set-Cookie")] == ["bedpost_session"]
    assert region.sql(f"SELECT count(*) FROM access_log WHERE detail::text LIKE '%{line.split('=')[1][:24]}%'") == [["0"]]


BURST, REFILL = 20, 3  # tries, and seconds for one of them to come back (regional/api/limiter.h)


@pytest.fixture
def two(tmp_folder, postgres):
    """Two daemons that answer people."""
    made = SeveralDaemons(os.path.join(tmp_folder, "two"), postgres, None, {"api_1": "ingest,feed,api,alert", "api_2": "api"},
                          api={"trusted_proxies": "[127.0.0.1]"}).create().start()
    yield made
    made.stop()


def wrong_passwords_in_turn(doors, login, address=None):
    """How many wrong passwords the doors take together, asked in turn, and how many they may."""
    began, taken = time.monotonic(), 0
    for n in range(4 * BURST):
        status = Browser(doors[n % 2]).log_in(login(n), "not the password", address=address)
        if status == 429:
            break
        assert status == 401
        taken += 1
    return taken, BURST + 1 + (time.monotonic() - began) / REFILL


def test_several_daemons_together_take_no_more_wrong_passwords_than_one(two):
    doors = [two.asking(daemon) for daemon in two.with_role("api")]
    user = add_user(two, "kari_of_two_doors")
    taken, most = wrong_passwords_in_turn(doors, lambda _: user)
    assert BURST <= taken <= most, "for a login, from many addresses"
    taken, most = wrong_passwords_in_turn(doors, lambda n: f"nobody_at_two_doors_{n}", address="203.0.113.60")
    assert BURST <= taken <= most, "from an address, for many logins"
    own = Browser(doors[0])
    add_user(two, "ola_of_two_doors")
    assert own.log_in("ola_of_two_doors") == 200
    device = own.forget_session().cookies
    began = time.monotonic()
    taken = sum(Browser(door, device).spend("ola_of_two_doors") for door in doors)
    assert taken <= BURST + 1 + (time.monotonic() - began) / REFILL, "from a browser that is known"


def test_a_daemon_that_was_started_again_remembers_what_was_spent(two):
    doors = [two.asking(daemon) for daemon in two.with_role("api")]
    user = add_user(two, "kari_of_a_restart")
    began = time.monotonic()
    before, _ = wrong_passwords_in_turn(doors, lambda _: user)
    two.daemons["api_2"].kill()
    two.daemons["api_2"].start()
    two.wait_ready()
    after = Browser(doors[1]).spend(user)
    assert before + after <= BURST + 1 + (time.monotonic() - began) / REFILL
