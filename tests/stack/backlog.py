"""./dev backlog: a home that was cut off for long comes back with a queue of EVENTS, once over each road.

Prints the rate, what the programs keep in memory, how long SIGTERM takes in the middle, and what the log says of the way;
counts in PostgreSQL that nothing is lost or doubled."""
import argparse
import os
import re
import sqlite3
import time

from .bench import ADAPTER, STATUSES
from .demo import demo_folder
from .home import Home
from .process import StackError, wait_for
from .region import Region
from .servers import Postgres, Redis
from .sftp import SftpServer

ROWS = 20_000  # a file; one file is one transaction of the outbox


def exports(events, beds=500):
    """Files that hold so many changes, each of which changes something."""
    moment = int(time.time()) - 86_400
    for first in range(0, events, ROWS):
        lines = ["bed,ward,care,status,at"]
        for n in range(first, min(first + ROWS, events)):
            bed, turn = n % beds, n // beds
            lines.append(f"{bed},w{bed % 4},{('light', 'medium', 'intensive')[bed % 3]},{STATUSES[turn % 4]},"
                         f"{moment + turn}")
        yield "\n".join(lines) + "\n"


def memory(process):
    """The most that a process has held so far, in MiB."""
    with open(f"/proc/{process.child.pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read())[1]) / 1024


def queued(home):
    """Read beside the programs, as cheaply as can be."""
    with sqlite3.connect(f"file:{home.state}/outbox.db?mode=ro", uri=True, timeout=60) as outbox:
        return outbox.execute("SELECT last - acked FROM cursor").fetchone()[0]


def fill(home, events):
    """Everything into the outbox while nothing is shipped; seconds."""
    began = time.perf_counter()
    home.watcher.start()
    for number, text in enumerate(exports(events)):
        home.drop(f"{number:05}.csv", text)
        wait_for(lambda: len(home.waiting()) < 4, "the watcher to keep up", 600, 0.01)
    home.wait_taken_in(600)
    if queued(home) != events:
        raise StackError(f"{queued(home)} events in the outbox, {events} were dropped")
    return time.perf_counter() - began


class Drain:
    """One queue's way to the region, with an end and a new beginning in the middle."""

    def __init__(self, region, home, events):
        self.region, self.home, self.events = region, home, events
        self.memory = {}
        self.ended = self.seconds = 0.0
        self.left = 0  # when it was ended in the middle

    def look(self):
        for process in (self.home.syncd, self.region.daemon):
            self.memory[process.name] = max(self.memory.get(process.name, 0), memory(process))
        return queued(self.home)

    def run(self, seconds=1800):
        self.home.syncd.start()
        began = time.perf_counter()
        wait_for(lambda: self.look() < self.events // 2, "half of the queue", seconds, 0.01)
        self.ended = self.home.syncd.stop()
        self.left = queued(self.home)
        if self.left == 0:
            raise StackError("there was no middle to end in")
        self.home.syncd.start()
        wait_for(lambda: self.look() == 0, "the queue to drain", seconds, 0.1)
        self.seconds = time.perf_counter() - began
        return self

    def check(self):
        """Each event once, from the first to the last."""
        found = self.region.sql("SELECT count(*), count(DISTINCT event_id), min(seq), max(seq), count(DISTINCT epoch) "
                                f"FROM bed_audit_log WHERE facility_id = '{self.home.facility}'")[0]
        expected = [str(n) for n in (self.events, self.events, 1, self.events, 1)]
        if found != expected:
            raise StackError(f"in PostgreSQL {found}, expected {expected}")

    def said(self):
        """What the log told of the way."""
        with open(self.home.syncd.log, encoding="utf-8") as log:
            return [line.rstrip() for line in log if " draining " in line or " drained " in line]


def main():
    parser = argparse.ArgumentParser(prog="./dev backlog", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--roads", default="https,sftp")
    options = parser.parse_args()
    folder = demo_folder("backlog")
    postgres, redis, sftp = Postgres(folder).start(), Redis(folder).start(), SftpServer(folder).start()
    region = Region(os.path.join(folder, "region"), postgres, redis, sftp=sftp).create().start()
    try:
        for road in options.roads.split(","):
            home = Home(region, f"fac_backlog_{road}", [ADAPTER], settings={"transports": f"[{road}]"})
            taken = fill(home, options.events)
            print(f"{road}: {options.events:,} events in the outbox after {taken:.0f} s "
                  f"({os.path.getsize(os.path.join(home.state, 'outbox.db')) >> 20} MiB); "
                  f"watcher {memory(home.watcher):.0f} MiB", flush=True)
            drain = Drain(region, home, options.events).run()
            for line in drain.said():
                print("   ", line, flush=True)
            print(f"{road}: {options.events / drain.seconds:,.0f} events/s; SIGTERM in the middle took "
                  f"{drain.ended * 1000:.0f} ms; at most "
                  + ", ".join(f"{name} {most:.0f} MiB" for name, most in drain.memory.items()), flush=True)
            drain.check()
            print(f"{road}: {options.events:,} events in PostgreSQL, each once", flush=True)
            home.stop()
    finally:
        region.stop()
        sftp.stop()
        redis.stop()
        postgres.stop()


if __name__ == "__main__":
    main()
