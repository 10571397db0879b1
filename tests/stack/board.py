"""A home's board as a browser meets it: a cookie, a token, JSON."""
import http.client
import itertools
import json
import os
import ssl

from .process import TOP, program, run, wait_for

PAGES = os.path.join(TOP, "web", "board")


def give_pin(home, name, pin):
    run(program("bedpost"), "board", "pin", name, "--stdin", "--config", home.config, input=pin + "\n")


class Answer:
    def __init__(self, answer):
        self.status, self.headers, self.raw = answer.status, answer.headers, answer.read()
        is_json = "json" in (answer.headers["Content-Type"] or "")
        self.body = json.loads(self.raw) if is_json else None

    @property
    def problem(self):
        return (self.body or {}).get("type", "").rpartition(":")[2]


class Board:
    """A client of the board of a home that runs."""
    keys = itertools.count(1)

    @staticmethod
    def settings(settings, more="", pages=True):
        """A home's settings with a board on a port of the system's choice."""
        parts = ['listen: "127.0.0.1:0"', *([f"pages: {PAGES}"] if pages else []), *([more] if more else [])]
        return {**settings, "board": "{" + ", ".join(parts) + "}"}

    @staticmethod
    def said(home):
        """What the watcher that runs now says of its board."""
        try:
            with open(os.path.join(home.state, "board.status.json"), encoding="utf-8") as file:
                said = json.load(file)
        except (OSError, ValueError):
            return None
        return said if home.watcher.child and said["pid"] == home.watcher.child.pid else None

    def __init__(self, home, trusted=None):
        self.tls = ssl.create_default_context(cafile=trusted) if trusted else None
        self.address = wait_for(lambda: (self.said(home) or {}).get("address"), f"{home.facility}'s board")
        self.port = int(self.address.rpartition(":")[2])
        self.cookie = self.csrf = self.set_cookie = None
        wait_for(lambda: self.ask("GET", "/api/board").status != 503, "the board's picture")

    def ask(self, method, path, body=None, csrf=None, headers=None, raw=None):
        connection = (http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=self.tls) if self.tls
                      else http.client.HTTPConnection("127.0.0.1", self.port, timeout=60))
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        sent = {"Content-Type": "application/json"} if data is not None else {}
        if self.cookie:
            sent["Cookie"] = self.cookie
        if csrf:
            sent["X-CSRF-Token"] = csrf
        try:
            connection.request(method, path, data, {**sent, **(headers or {})})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def log_in(self, name, pin):
        answer = self.ask("POST", "/api/session", {"user": f"user_{name}", "pin": pin})
        assert answer.status == 200, answer.raw
        self.set_cookie = answer.headers["Set-Cookie"]
        self.cookie, self.csrf = self.set_cookie.partition(";")[0], answer.body["csrf"]

    def set(self, bed, seen, status, key=None, headers=None):
        return self.ask("PUT", f"/api/beds/{bed}/status", {"seen": seen, "status": status, "key": key or f"test-key-{os.getpid()}-{next(self.keys):06}"},
                        csrf=self.csrf, headers=headers)

    def picture(self):
        return self.ask("GET", "/api/board").body

    def bed(self, bed_id):
        """A bed as the page shows it; waits until it shows it at all."""
        def shown():
            return next((b for b in self.picture()["beds"] if b["bed_id"] == bed_id), None)
        return wait_for(shown, f"the board to show {bed_id}", 60, 0.05)

    def line(self):
        return self.picture()["line"]
