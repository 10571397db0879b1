"""Five hundred people who watch at once, some of whom do not read, and one login that wants more than its share."""
import http.client
import json
import os
import random
import resource
import selectors
import socket
import time

import pytest

from tests.stack.process import wait_for

from .wire import Wire, event_id, rfc3339

WATCHERS, SLOW = 500, 10
PER_LOGIN = 100  # HUB_PER_LOGIN_MAX
ROUNDS = 5
PATIENCE = 120


class Watchers:
    """So many open streams in one thread, each with what it was told last of the one bed."""

    def __init__(self, region, tokens):
        self.region, self.selector = region, selectors.DefaultSelector()
        self.tails, self.free, self.slow = {}, {}, []
        for n in range(WATCHERS + SLOW):
            self.open(tokens[n // PER_LOGIN], reads=n < WATCHERS)

    def open(self, token, reads):
        line = socket.create_connection(("127.0.0.1", self.region.api_port))
        line.sendall(f"GET /api/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        if not reads:
            self.slow.append(line)
            return
        line.setblocking(False)
        self.tails[line], self.free[line] = b"", None
        self.selector.register(line, selectors.EVENT_READ)

    def read(self):
        for key, _ in self.selector.select(1):
            data = key.fileobj.recv(65536)
            assert data, "a stream has ended"
            *events, self.tails[key.fileobj] = (self.tails[key.fileobj] + data).split(b"\n\n")
            for event in events:
                if b'"available_beds":' in event:
                    self.free[key.fileobj] = int(event.rsplit(b'"available_beds":', 1)[1].split(b",", 1)[0])

    def wait_all(self, free):
        """Seconds until all have been told so, by when each was."""
        began = time.monotonic()
        while not all(known == free for known in self.free.values()):
            self.read()
            assert time.monotonic() - began < PATIENCE, f"{sum(known == free for known in self.free.values())} of {WATCHERS} know of {free} free"
        return time.monotonic() - began

    def close(self):
        self.selector.close()
        for line in [*self.tails, *self.slow]:
            line.close()


@pytest.fixture
def home(region):
    """One ward of as many free beds as there are rounds."""
    wire, chance = Wire(region, "fac_watched"), random.Random(1)

    def line(n, status):
        at = time.time_ns() // 1000
        return json.dumps({"event_id": event_id(chance, at), "facility_id": "fac_watched", "bed_id": f"bed_{n}", "ward": "dementia", "care_level": "light",
                           "previous_status": None, "new_status": status, "changed_by": "user_ehr", "changed_at": rfc3339(at), "reason": "manual",
                           "patient_ref": None, "source": {"adapter": "ehr", "file": None, "record": 1, "ordinal": 0, "time_source": None}},
                          separators=(",", ":"))

    wire.send([line(n, "available") for n in range(ROUNDS)])
    wire.take = lambda n: wire.send([line(n, "occupied")])
    return wire


def files_of(process):
    return len(os.listdir(f"/proc/{process.child.pid}/fd"))


def memory_of(process):
    with open(f"/proc/{process.child.pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) // 1024 for line in file if line.startswith("VmRSS"))


def tokens_for(region, streams):
    made = [json.loads(region.admin("token", "create", "--role", "REGIONAL_COORDINATOR", "--name", f"watcher {n}", "--region", region.id, "--json").stdout)
            for n in range(-(-streams // PER_LOGIN))]
    return [token["token"] for token in made]


def ask(region, token):
    """(the answer to one more stream, its connection)"""
    connection = http.client.HTTPConnection("127.0.0.1", region.api_port, timeout=60)
    connection.request("GET", "/api/stream", headers={"Authorization": "Bearer " + token})
    return connection.getresponse(), connection


def is_let_in(region, token):
    answer, connection = ask(region, token)
    answer.close()
    connection.close()
    return answer.status == 200


def test_five_hundred_watchers_see_every_change_and_neither_a_slow_one_nor_a_greedy_login_is_in_their_way(region, home, capsys):
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(2048, limit[0]), limit[1]))
    wait_for(lambda: region.counts("fac_watched"), "the home's row")
    tokens = tokens_for(region, WATCHERS + SLOW)
    files, memory = files_of(region.daemon), memory_of(region.daemon)
    watchers = Watchers(region, tokens)
    try:
        watchers.wait_all(ROUNDS)
        took = []
        for n in range(ROUNDS):
            home.take(n)
            took.append(watchers.wait_all(ROUNDS - 1 - n))
        with capsys.disabled():
            print(f"\n{WATCHERS} streams: a change has reached all {', '.join(f'{1000 * t:.0f}' for t in took)} ms after its commit; "
                  f"{memory_of(region.daemon) - memory} MiB more for them")
        assert files_of(region.daemon) <= files + WATCHERS + SLOW + 32
        refused, connection = ask(region, tokens[0])
        assert refused.status == 429 and refused.headers["Content-Type"].startswith("application/problem+json")
        assert int(refused.headers["Retry-After"]) > 0
        assert json.loads(refused.read())["type"] == "urn:bedpost:problem:too-many-streams"
        connection.close()
        assert is_let_in(region, tokens[-1])
    finally:
        watchers.close()
    wait_for(lambda: is_let_in(region, tokens[0]), "the place of one who left")
    wait_for(lambda: files_of(region.daemon) <= files + 32, "the streams of who left to be let go", PATIENCE)
