"""A user sets their own password: by the old one, and their other sessions end."""
import json
import os

import pytest

from tests.stack.process import wait_for
from tests.stack.region import Region

from .people import GOOD, NEW


@pytest.fixture(scope="module")
def region(server_folder, postgres):
    made = Region(os.path.join(server_folder, "password"), postgres, api={"trusted_proxies": "[127.0.0.1]"}).create().start()
    yield made
    made.stop()


class Session:
    def __init__(self, region, login, password=GOOD, status=200):
        self.region = region
        answer = region.request("POST", "/api/login", None, json.dumps({"login": login, "password": password}),
                                {"Content-Type": "application/json"})
        assert answer.status == status, answer.body
        if status == 200:
            self.headers = {"Cookie": answer.headers["Set-Cookie"].split(";")[0], "X-CSRF-Token": answer.json()["csrf"],
                            "Content-Type": "application/json"}

    def set(self, old, new, **headers):
        return self.region.request("POST", "/api/password", None, json.dumps({"old": old, "new": new}),
                                   {**self.headers, **headers})

    def works(self):
        return self.region.request("GET", "/api/me", None, headers=self.headers).status == 200


def code(answer):
    return answer.status, answer.json()["type"].removeprefix("urn:bedpost:problem:")


def test_the_new_password_opens_and_the_old_one_does_not(region, user):
    here, elsewhere = Session(region, user), Session(region, user)
    assert elsewhere.works()
    assert here.set(GOOD, NEW).status == 204
    assert here.works() and not elsewhere.works()
    Session(region, user, NEW)
    Session(region, user, GOOD, status=401)
    wait_for(lambda: region.sql(f"SELECT who FROM access_log WHERE action = 'password' AND allowed AND who = '{user}'"),
             "the access log")


def test_without_the_old_password_nothing_changes(region, user):
    session, other = Session(region, user), Session(region, user)
    assert code(session.set("not the password", NEW)) == (403, "wrong-password")
    assert session.works() and other.works()
    Session(region, user, GOOD)
    wait_for(lambda: region.sql("SELECT detail->>'reason' FROM access_log WHERE action = 'password' AND NOT allowed "
                                f"AND who = '{user}'") == [["password"]], "the access log")


@pytest.mark.parametrize("new", ["short", GOOD, "aaaaaaaaaaaaaaaa", 300 * "ab", "two\nlines of words", "with a \x00 in it"])
def test_a_weak_password_is_refused(region, user, new):
    session = Session(region, user)
    assert code(session.set(GOOD, new)) == (422, "bad-password")
    Session(region, user, GOOD)


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"old":"x"}', '{"old":1,"new":2}', '{"old":"a","old":"b","new":"c"}'])
def test_a_body_that_makes_no_sense_is_refused(region, user, body):
    session = Session(region, user)
    answer = region.request("POST", "/api/password", None, body, session.headers)
    assert code(answer) == (400, "bad-body")


def test_another_site_cannot_do_it(region, user):
    assert code(Session(region, user).set(GOOD, NEW, **{"X-CSRF-Token": "0" * 64})) == (403, "csrf")
    Session(region, user, GOOD)


def test_a_token_has_no_password(region):
    body = json.dumps({"old": GOOD, "new": NEW})
    answer = region.request("POST", "/api/password", "", body, {"Content-Type": "application/json"})
    assert code(answer) == (403, "not-a-user")


def test_guessing_is_slowed_down_for_the_login_from_wherever_it_comes(region, user):
    session = Session(region, user)
    for n in range(40):
        answer = session.set(f"not the password {n}", NEW, **{"X-Forwarded-For": f"10.9.0.{n}"})
        if answer.status == 429:
            break
        assert answer.status == 403
    assert n >= 15 and code(answer) == (429, "too-many-failures")
