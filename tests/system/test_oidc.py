"""Log-in through a real OpenID provider: there and back, and everything that must not get in that way.

The provider (tests/oidc/) lets anybody log in as anybody; whoever gets a session here is in our own register.
"""
import json
import os
import shutil
import socket
import threading
import time
import urllib.parse

import pytest

from tests.stack.oidc import Browser, OidcProvider, missing, with_query
from tests.stack.process import SOON, free_port, program, run, wait_for
from tests.stack.region import Region

pytestmark = pytest.mark.skipif(missing() is not None, reason=f"no OpenID provider: {missing()}")

PASSWORD = "correct horse battery"


class Place:
    """A region and its provider."""

    def __init__(self, folder, postgres):
        self.region = Region(os.path.join(folder, "oidc"), postgres)
        self.base = f"http://127.0.0.1:{self.region.api_port}"
        os.makedirs(self.region.folder)
        self.key = os.path.join(self.region.folder, "oidc.key")
        self.public = json.loads(run(program("bedpost-admin"), "oidc", "key", "--out", self.key, "--type", "ec").stdout)
        server = os.path.join(self.region.folder, "server")
        self.provider = OidcProvider(os.path.join(folder, "provider"), f"{server}/server.crt", f"{server}/server.key",
                                     f"{self.region.ca}/ca.crt", [self.client("bedpost", jwks_uri=f"{self.base}/api/oidc/jwks"),
                                                                  self.client("stranger", jwks=self.a_strangers_keys())])
        self.region.settings["oidc"] = self.section()
        self.region.create()

    def client(self, client_id, **keys):
        return {"client_id": client_id, "token_endpoint_auth_method": "private_key_jwt", "response_types": ["code"],
                "token_endpoint_auth_signing_alg": "ES256" if client_id == "bedpost" else "RS256",
                "grant_types": ["authorization_code"], "redirect_uris": [f"{self.base}/api/oidc/callback"],
                "post_logout_redirect_uris": [f"{self.base}/"], **keys}

    def a_strangers_keys(self):
        self.other_key = os.path.join(self.region.folder, "other.key")
        return json.loads(run(program("bedpost-admin"), "oidc", "key", "--out", self.other_key).stdout)

    def section(self, **changes):
        keys = {"issuer": self.provider.issuer, "client_id": "bedpost", "key": self.key, "public_url": self.base,
                "ca": f"{self.region.ca}/ca.crt", "label": "Log in with work", "first_login_claim": "preferred_username", **changes}
        return json.dumps({k: v for k, v in keys.items() if v is not None})

    def restart(self, **changes):
        """The region's daemon, with other keys in its section oidc."""
        self.region.stop()
        with open(self.region.config, encoding="utf-8") as file:
            lines = [f"oidc: {self.section(**changes)}\n" if line.startswith("oidc:") else line for line in file]
        with open(self.region.config, "w", encoding="utf-8") as file:
            file.writelines(lines)
        self.region.start()

    def user(self, login, *words):
        self.region.admin("user", "add", login, "--role", "REGIONAL_COORDINATOR", "--region", self.region.id, "--name", login,
                          *(words or ["--no-password"]))
        return login

    def browser(self, account=None):
        return Browser(self.provider.context, account)

    def is_back(self, url):
        return url.startswith(f"{self.base}/") and not url.startswith(f"{self.base}/api/oidc/login")

    def callback(self, browser, query=""):
        """The address that the provider sends the browser back to."""
        return browser.follow(f"{self.base}/api/oidc/login{query}", until=lambda url: "/api/oidc/callback?" in url)

    def log_in(self, browser, query=""):
        """The callback's page."""
        return browser.get(self.callback(browser, query))

    def me(self, browser):
        return browser.get(f"{self.base}/api/me", accept="application/json")

    def log(self):
        with open(self.region.daemon.log, encoding="utf-8") as file:
            return file.read()

    def access(self, word, who=None):
        """Waits for a line in the access log whose reason is this."""
        return wait_for(lambda: self.region.sql("SELECT who, allowed FROM access_log WHERE detail->>'reason' = "
                                                f"'{word}'" + (f" AND who = '{who}'" if who else "") + " ORDER BY id DESC"), word)[0]


@pytest.fixture(scope="module")
def place(server_folder, postgres):
    made = Place(server_folder, postgres)
    made.provider.start()
    made.region.start()
    yield made
    made.region.stop()
    made.provider.stop()


def refused(place, browser, page, status, code):
    """The page says so, there is no session, and nothing secret stands in the log."""
    assert (page.status, f'data-problem="{code}"' in page.body) == (status, True), page.body
    assert place.me(browser).status == 401
    assert not [cookie for cookie in page.cookies if cookie.startswith("bedpost_session")]
    assert "eyJ" not in place.log()


# ---- the way that should work ----

def test_the_log_in_page_is_told_what_it_can_offer(place):
    answer = place.region.get("/api/login", token=None)
    assert answer.json() == {"password": True, "oidc": {"label": "Log in with work", "url": "/api/oidc/login"}}


def test_who_is_in_the_register_gets_the_session_that_a_password_gives(place):
    browser = place.browser(place.user("kari"))
    page = place.log_in(browser)
    assert (page.status, page.headers["Location"]) == (303, "/")
    me = place.me(browser).json()
    assert (me["login"], me["role"], me["region_id"]) == ("kari", "REGIONAL_COORDINATOR", place.region.id)
    assert place.access("oidc_first", "kari") == ["kari", "t"]
    assert browser.request("POST", f"{place.base}/api/logout/everywhere").status == 403  # wants the CSRF text
    headers = {"X-CSRF-Token": me["csrf"]}
    assert browser.request("POST", f"{place.base}/api/logout/everywhere", headers=headers).status == 204
    assert place.me(browser).status == 401


def test_the_session_cookie_is_closed_to_scripts_and_other_sites(place):
    browser = place.browser(place.user("cookie"))
    page = place.log_in(browser)
    session, pending = (next(c for c in page.cookies if c.startswith(name)) for name in ("bedpost_session=", "bedpost_oidc="))
    assert "HttpOnly" in session and "SameSite=Strict" in session
    assert "Max-Age=0" in pending


def test_the_way_there_carries_what_binds_it_and_no_secret(place):
    page = place.browser().get(f"{place.base}/api/oidc/login")
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(page.headers["Location"]).query))
    assert page.status == 302 and query["response_type"] == "code" and query["code_challenge_method"] == "S256"
    assert len(query["code_challenge"]) == 43 and len(query["state"]) == 64 and len(query["nonce"]) == 64
    (cookie,) = page.cookies
    assert all(word in cookie for word in ("HttpOnly", "SameSite=Lax", "Path=/api/oidc/", "Max-Age=600"))
    secret = cookie.partition("=")[2].partition(";")[0]
    assert secret not in page.headers["Location"]
    stored = place.region.sql("SELECT encode(state, 'hex'), encode(browser, 'hex') FROM oidc_logins")
    assert not {secret, query["state"], query["nonce"]} & {text for row in stored for text in row}


def test_the_subject_counts_from_then_on_and_not_the_name(place):
    place.log_in(place.browser(place.user("before")))
    place.region.sql("UPDATE users SET login = 'after' WHERE login = 'before'")
    browser = place.browser("before")
    place.log_in(browser)
    assert place.me(browser).json()["login"] == "after"


def test_another_subject_with_a_linked_user_s_name_is_nobody(place):
    place.log_in(place.browser(place.user("linked")))
    place.provider.tamper(claims={"preferred_username": "linked"})
    browser = place.browser("thief")
    refused(place, browser, place.log_in(browser), 403, "oidc-unknown-user")
    place.provider.tamper()


def test_an_administrator_links_and_unlinks(place):
    place.user("hand")
    browser = place.browser("known_there_as_this")
    refused(place, browser, place.log_in(browser), 403, "oidc-unknown-user")
    assert "reason=unknown" in place.log() and "subject=sub_known_there_as_this" in place.log()
    place.region.admin("user", "link", "hand", "--subject", "sub_known_there_as_this")
    place.region.admin("user", "link", "hand", "--subject", "sub_known_there_as_this")
    assert place.log_in(browser).status == 303 and place.me(browser).json()["login"] == "hand"
    assert place.region.admin("user", "link", "hand", "--subject", "sub_other", check=False).returncode == 1
    assert place.region.admin("user", "link", "no_such", "--subject", "sub_x", check=False).returncode == 3
    place.region.admin("user", "unlink", "hand")
    wait_for(lambda: place.me(browser).status == 401, "the session to end")
    assert place.log_in(browser).status == 403


def test_logging_out_says_how_to_end_the_provider_s_session(place):
    browser = place.browser(place.user("leaves"))
    place.log_in(browser)
    out = browser.request("POST", f"{place.base}/api/logout", headers={"X-CSRF-Token": place.me(browser).json()["csrf"]})
    url = out.json()["logout_url"]
    assert out.status == 200 and url.startswith(f"{place.provider.issuer}/session/end?client_id=bedpost&")
    assert place.me(browser).status == 401
    assert browser.get(url).status == 200


@pytest.mark.parametrize("path", ["/", "/?ward=dementia", "/#x", "/a/b%20c", "/..//x"])
def test_the_browser_comes_back_to_the_page_it_left(place, path):
    login = "to_" + path.encode().hex()
    page = place.log_in(place.browser(place.user(login)), "?return=" + urllib.parse.quote(path, safe=""))
    assert (page.status, page.headers["Location"]) == (303, path)


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil.example", "evil.example",
                                  "/\t/evil.example", "/x\r\nSet-Cookie: a=b", "", "javascript:alert(1)", "/" + 600 * "x",
                                  "/api/logout", " //evil.example", "/\u00e5"])
def test_the_browser_is_sent_to_no_other_site(place, path):
    page = place.browser().get(f"{place.base}/api/oidc/login?return=" + urllib.parse.quote(path, safe=""))
    assert page.status == 400 and json.loads(page.body)["parameter"] == "return"
    assert not page.cookies and "Location" not in page.headers


# ---- attacks on the way back ----

def test_an_address_that_was_used_lets_nobody_in_again(place):
    browser = place.browser(place.user("replayed"))
    address = place.callback(browser)
    secret = dict(browser.jar[urllib.parse.urlsplit(place.base).netloc])
    assert browser.get(address).status == 303
    thief = place.browser()
    thief.jar[urllib.parse.urlsplit(place.base).netloc] = secret
    refused(place, thief, thief.get(address), 400, "oidc-state")


def test_a_code_that_was_used_lets_nobody_in_again(place):
    browser = place.browser(place.user("twice"))
    address = place.callback(browser)
    assert browser.get(address).status == 303
    code = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))["code"]
    thief = place.browser("nobody")
    refused(place, thief, thief.get(with_query(place.callback(thief), code=code, error=None, error_description=None)), 403,
            "oidc-refused")


def test_a_code_of_another_log_in_lets_nobody_in(place):
    one, other = place.browser(place.user("one")), place.browser(place.user("other"))
    codes = [dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(place.callback(b)).query))["code"] for b in (one, other)]
    address = place.callback(other)
    refused(place, other, other.get(with_query(address, code=codes[0])), 403, "oidc-refused")


def test_another_browser_cannot_take_over_a_log_in(place):
    attacker, victim = place.browser(place.user("attacker")), place.browser("victim")
    address = place.callback(attacker)
    refused(place, victim, victim.get(address), 400, "oidc-state")
    second = place.callback(attacker)
    victim.get(f"{place.base}/api/oidc/login")  # has a cookie of its own now
    refused(place, victim, victim.get(second), 400, "oidc-state")
    refused(place, attacker, attacker.get(second), 400, "oidc-state")  # and it has ended with that
    place.access("oidc_state")


@pytest.mark.parametrize("changes", [{"state": None}, {"state": "0" * 64}, {"state": "x"}, {"state": ""}])
def test_an_address_without_our_state_lets_nobody_in(place, changes):
    browser = place.browser("kari")
    refused(place, browser, browser.get(with_query(place.callback(browser), **changes)), 400, "oidc-state")


@pytest.mark.parametrize("iss", ["https://evil.example", None, ""])
def test_an_answer_of_another_issuer_is_refused(place, iss):
    browser = place.browser("kari")
    refused(place, browser, browser.get(with_query(place.callback(browser), iss=iss)), 403, "oidc-refused")


def test_a_log_in_that_took_too_long_has_ended(place):
    browser = place.browser("kari")
    address = place.callback(browser)
    place.region.sql("UPDATE oidc_logins SET expires_at = now() - interval '1 second'")
    refused(place, browser, browser.get(address), 400, "oidc-state")


def test_who_the_provider_does_not_log_in_is_told_so(place):
    browser = place.browser("nobody")
    refused(place, browser, place.log_in(browser), 403, "oidc-denied")
    assert "error=access_denied" in place.log() and "not today" not in place.log()


@pytest.mark.parametrize("error", ["<script>alert(1)</script>", "a\nb", 80 * "x"])
def test_what_stands_in_the_address_is_never_shown(place, error):
    browser = place.browser("kari")
    page = browser.get(with_query(place.callback(browser), code=None, error=error))
    refused(place, browser, page, 403, "oidc-denied")
    assert "error=unreadable" in place.log() and "script>alert" not in page.body + place.log()


# ---- tokens that no provider would make ----

class At(int):
    """So many seconds from when the token is made: these lines are read long before."""


def made_now(value):
    if isinstance(value, dict):
        return {name: made_now(one) for name, one in value.items()}
    return int(time.time()) + value if isinstance(value, At) else value


BAD = {
    "alg none": {"alg": "none"}, "HS256 with the public key": {"alg": "HS256"}, "a stranger's key": {"stranger": True},
    "a key that it brings along": {"jwk": True, "kid": None}, "a key that nobody has": {"kid": "nobody's"}, "no signature": {"signature": ""},
    "nonsense for a signature": {"signature": "AAAA"},
    "another audience": {"claims": {"aud": "other"}}, "no audience": {"claims": {"aud": None}},
    "two audiences, no azp": {"claims": {"aud": ["bedpost", "other"]}},
    "issued to another": {"claims": {"azp": "other"}}, "expired": {"claims": {"exp": At(-120)}}, "no end": {"claims": {"exp": None}},
    "an end that is a text": {"claims": {"exp": "9999999999"}}, "of the future": {"claims": {"iat": At(3600)}},
    "old": {"claims": {"iat": At(-3600)}}, "not valid yet": {"claims": {"nbf": At(3600)}},
    "another issuer": {"claims": {"iss": "https://evil.example"}}, "no issuer": {"claims": {"iss": None}},
    "another nonce": {"claims": {"nonce": "0" * 64}}, "no nonce": {"claims": {"nonce": None}},
    "no subject": {"claims": {"sub": None}}, "an empty subject": {"claims": {"sub": ""}},
    "a subject without end": {"claims": {"sub": 300 * "x"}}, "a subject that is a number": {"claims": {"sub": 7}},
}


@pytest.fixture
def tamper(place):
    yield place.provider.tamper
    place.provider.tamper()


@pytest.mark.parametrize("how", BAD.values(), ids=BAD.keys())
def test_a_bad_token_lets_nobody_in(place, tamper, how):
    tamper(**made_now(how))
    browser = place.browser("kari")
    refused(place, browser, place.log_in(browser), 403, "oidc-refused")
    place.access("oidc_refused")


@pytest.mark.parametrize("how", [{"kid": None}, {"claims": {"aud": ["bedpost"]}}, {"claims": {"aud": ["bedpost", "x"], "azp": "bedpost"}},
                                 {"claims": {"exp": At(10**9)}}, {"claims": {"iat": At(-30)}}])
def test_a_token_that_is_right_in_its_own_way_is_taken(place, tamper, how):
    if not place.region.sql("SELECT 1 FROM users WHERE login = 'own_way'"):
        place.user("own_way")
    tamper(**made_now(how))
    assert place.log_in(place.browser("own_way")).status == 303


# ---- our own register ----

def test_who_is_not_in_the_register_is_told_so(place):
    browser = place.browser("nowhere")
    refused(place, browser, place.log_in(browser), 403, "oidc-unknown-user")
    place.access("oidc_unknown_user")


@pytest.mark.parametrize("was_in", [False, True])
def test_a_disabled_user_stays_out(place, was_in):
    browser = place.browser(place.user(f"gone_{was_in}".lower()))
    if was_in:
        assert place.log_in(browser).status == 303
    place.region.admin("user", "disable", browser.account)
    wait_for(lambda: place.me(browser).status == 401, "the session to end")
    refused(place, browser, place.log_in(browser), 403, "oidc-disabled-user")
    place.access("oidc_disabled_user", browser.account)


def test_a_program_gets_a_problem_and_not_a_page(place):
    answer = place.region.get("/api/oidc/callback", token=None)
    assert answer.status == 400 and answer.json()["type"] == "urn:bedpost:problem:oidc-state"


# ---- the provider changes, or is away ----

def test_new_keys_of_the_provider_are_noticed(place):
    browser = place.browser(place.user("rotates"))
    assert place.log_in(browser).status == 303
    place.provider.stop()
    place.provider.start()  # makes its keys anew
    assert place.log_in(place.browser("rotates")).status == 303
    assert "oidc_keys_asked_again" in place.log()


def test_any_api_process_goes_on_with_what_another_began(place, tmp_folder):
    config, port = os.path.join(tmp_folder, "second.yaml"), free_port()
    with open(place.region.config, encoding="utf-8") as file:
        text = file.read().replace(f"127.0.0.1:{place.region.api_port}\", web_root", f"127.0.0.1:{port}\", web_root")
    with open(config, "w", encoding="utf-8") as file:
        file.write(text)
    second = type(place.region.daemon)("bedpost-regional", [program("bedpost-regional"), "--config", config, "--roles", "api"],
                                       os.path.join(tmp_folder, "second.log")).start()
    browser = place.browser(place.user("between"))
    address = place.callback(browser)
    here, there = urllib.parse.urlsplit(place.base).netloc, f"127.0.0.1:{port}"
    browser.jar[there] = dict(browser.jar[here])
    try:
        def page():
            try:
                return browser.get(address.replace(here, there))
            except OSError:
                return None
        assert wait_for(page, "the second process").status == 303
        assert browser.get(f"http://{there}/api/me", accept="application/json").json()["login"] == "between"
        refused(place, browser, browser.get(address), 400, "oidc-state")
    finally:
        second.stop()


def test_while_the_provider_is_away_passwords_work_and_it_comes_back(place):
    word = os.path.join(place.region.folder, "password")
    with open(word, "w", encoding="utf-8") as file:
        file.write(PASSWORD)
    place.user("both", "--password-file", word)
    browser = place.browser("both")
    address = place.callback(browser)
    place.provider.stop()
    refused(place, browser, browser.get(address), 503, "oidc-away")
    body = json.dumps({"login": "both", "password": PASSWORD})
    assert browser.request("POST", f"{place.base}/api/login", body, {"Content-Type": "application/json"}).status == 200
    place.provider.start()
    assert place.log_in(place.browser("both")).status == 303


def test_a_provider_that_hangs_holds_up_nobody_else_nor_the_end(place):
    place.provider.stop()
    with socket.socket() as silent:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        silent.bind(("127.0.0.1", place.provider.port))
        silent.listen(64)
        place.restart()
        pages, admin = [], place.region.token("SYSTEM_ADMIN")
        coordinator = place.region.token()
        threads = [threading.Thread(target=lambda: pages.append(place.browser().get(f"{place.base}/api/oidc/login"))) for _ in range(8)]
        for thread in threads:
            thread.start()
        held = silent.accept()  # somebody waits for it now, and is not hung up on
        assert place.region.get("/api/facilities", token=coordinator).status == 200
        assert place.region.get("/api/audit", token=admin).status == 200
        assert not pages, "nobody has been answered who waits for the provider"
        assert place.region.stop() < SOON
        held[0].close()
        for thread in threads:
            thread.join()
    assert {page.status for page in pages} == {503}
    place.provider.start()
    place.region.start()


# ---- configured otherwise ----

def test_a_new_key_of_ours_is_taken_once_the_provider_has_read_it(place):
    new = os.path.join(place.region.folder, "new.key")
    run(program("bedpost-admin"), "oidc", "key", "--out", new, "--type", "ec")
    place.restart(key=new)
    place.provider.stop()
    place.provider.start()  # what it has read of ours it keeps for a while
    assert place.log_in(place.browser(place.user("new_key"))).status == 303
    place.restart()
    place.provider.stop()
    place.provider.start()


def test_with_another_s_client_id_nothing_works_and_the_log_says_why(place):
    place.restart(client_id="stranger")
    browser = place.browser("kari")
    refused(place, browser, place.log_in(browser), 502, "oidc-misconfigured")
    assert "token endpoint says invalid_client" in place.log()
    place.restart(client_id="stranger", key=place.other_key)  # RSA
    assert place.log_in(place.browser(place.user("by_rsa"))).status == 303
    place.restart()


def test_only_a_verified_address_links_a_user(place):
    place.restart(first_login_claim="email", scope="openid email")
    for login in ("mail", "unverified"):
        place.user(f"{login}@example.org")
    assert place.log_in(place.browser("mail")).status == 303
    browser = place.browser("unverified")
    refused(place, browser, place.log_in(browser), 403, "oidc-unknown-user")
    place.restart()


def test_claims_that_only_userinfo_tells_are_asked_for_there(place):
    place.provider.stop()
    place.provider.settings["userinfoOnly"] = True
    place.provider.start()
    assert place.log_in(place.browser(place.user("by_userinfo"))).status == 303
    place.provider.stop()
    del place.provider.settings["userinfoOnly"]
    place.provider.start()


def test_a_weak_log_in_is_not_enough_where_a_strong_one_is_asked(place):
    place.restart(acr_values="high")
    assert place.log_in(place.browser(place.user("strong"))).status == 303
    browser = place.browser(place.user("weak"))
    refused(place, browser, place.log_in(browser), 403, "oidc-refused")
    place.restart()


def test_without_a_claim_only_who_is_linked_gets_in(place):
    place.restart(first_login_claim=None)
    browser = place.browser(place.user("not_linked"))
    refused(place, browser, place.log_in(browser), 403, "oidc-unknown-user")
    place.restart()


def test_where_it_calls_itself_otherwise_nothing_works_and_the_log_says_so(place):
    place.restart(issuer=place.provider.issuer + "/")
    browser = place.browser("kari")
    refused(place, browser, browser.get(f"{place.base}/api/oidc/login"), 502, "oidc-misconfigured")
    assert "calls itself another issuer" in place.log()
    place.restart()


def test_the_check_shows_what_to_register(place):
    shown = json.loads(place.region.admin("oidc", "check", "--json").stdout)
    assert shown["issuer"] == place.provider.issuer
    assert shown["redirect_uri"] == f"{place.base}/api/oidc/callback"
    assert json.loads(place.region.admin("oidc", "jwks").stdout) == place.public
    assert place.region.get("/api/oidc/jwks", token=None).json() == place.public
    assert "d" not in place.public["keys"][0]


def test_a_key_that_everybody_may_read_is_refused(place, tmp_folder):
    open_key = os.path.join(tmp_folder, "open.key")
    shutil.copy(place.key, open_key)
    os.chmod(open_key, 0o644)
    said = place.region.admin("oidc", "jwks", "--key", open_key, check=False)
    assert said.returncode == 5 and "others may read" in said.stderr
