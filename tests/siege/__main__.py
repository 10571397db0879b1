"""./dev chaos: many homes and several regional daemons; for so many minutes something goes wrong every second or so.

At the end everything is healed, and what bedpost-sim says must hold is compared with outboxes, PostgreSQL, Redis, both
APIs, open pages and the audit chain. Ends 1 if anything differs or a daemon died by itself.
"""
import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import time

from tests.siege.faults import Faults
from tests.siege.homes import BesiegedHome
from tests.siege.reckoning import reckon
from tests.stack.demo import demo_folder
from tests.stack.live_page import LivePage
from tests.stack.misfortune import Misfortune
from tests.stack.process import StackError, program, remove, wait_for
from tests.stack.servers import Postgres, Redis
from tests.stack.several import SeveralDaemons
from tests.stack.sftp import SftpServer

ROLES = {"ingest_1": "ingest,feed", "ingest_2": "ingest,feed", "api_1": "api,alert", "api_2": "api,alert"}
PROGRESS_SECONDS = 15
EVENTS_PER_FILE = 5
STORY_STEP = 60  # seconds of a home's story between two of its events: a minute cut off is an hour there


class Siege:
    """The stack, the story, the faults."""

    def __init__(self, options):
        self.options, self.began = options, time.monotonic()
        self.folder = demo_folder(options.folder)
        self.postgres, self.redis, self.sftp = Postgres(self.folder), Redis(self.folder), SftpServer(self.folder)
        self.region = self.sim = self.faults = None
        self.pages, self.wrong = [], []
        self.truth = os.path.join(self.folder, "truth.json")

    def say(self, text):
        print(f"{time.monotonic() - self.began:7.1f}  {text}", flush=True)

    def start(self):
        for server in (self.postgres, self.redis, self.sftp):
            server.start()
        self.region = SeveralDaemons(os.path.join(self.folder, "region"), self.postgres, self.redis, ROLES,
                                     sftp=self.sftp).create(inbox="ingest_1").start()
        self.pages = [LivePage(self.region).start() for _ in range(2)]
        misfortune = Misfortune(self.folder)
        for number in range(1, self.options.homes + 1):
            BesiegedHome(self.region, number, misfortune).start()
        self.faults = Faults(self.region, self.options.seed, misfortune)
        self.say(f"{self.options.homes} homes, {len(ROLES)} regional daemons, seed {self.options.seed}, in {self.folder}")

    def start_story(self):
        o = self.options
        each = o.rate * EVENTS_PER_FILE * o.minutes * 60 / o.homes
        start = time.time() - 2 * each * STORY_STEP - 86400
        self.sim = subprocess.Popen(
            [program("bedpost-sim"), "--homes", str(o.homes), "--format", "mixed", "--out",
             os.path.join(self.region.folder, "drop"), "--rate", str(o.rate), "--events-per-file", str(EVENTS_PER_FILE),
             "--seed", str(o.seed), "--faults", "all", "--start",
             time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(start)), "--step", f"{STORY_STEP}s", "--duration",
             f"{o.minutes * 60:.0f}s", "--truth", self.truth, "--json"], stdout=subprocess.PIPE, text=True)

    def besiege(self):
        next_progress = time.monotonic()
        while self.sim.poll() is None:
            self.faults.step()
            self.look_for_dead()
            if time.monotonic() >= next_progress:
                next_progress = time.monotonic() + PROGRESS_SECONDS
                self.progress()
            time.sleep(self.faults.random.uniform(0.1, 1.5))
        self.say("the story: " + self.sim.stdout.read().strip())

    def look_for_dead(self):
        """A daemon that nobody killed runs."""
        owners = [(d, d) for d in self.region.daemons.values()] + [(h, d) for h in self.region.homes for d in h.daemons]
        for owner, daemon in owners:
            if not self.faults.is_disturbed(owner) and not daemon.running():
                self.wrong.append(f"{daemon.log} ended by itself with {daemon.child and daemon.child.returncode}")
                self.say(self.wrong[-1] + "\n" + daemon.tail(3))
                daemon.start()

    def progress(self):
        try:
            events = self.region.sql("SELECT sum(audit_n) FROM facilities")[0][0]
        except StackError:
            events = "? (PostgreSQL is away)"
        waiting = sum(len(home.waiting()) for home in self.region.homes)
        self.say(f"{events} events merged, {waiting} files wait, {len(self.faults.under_way)} things are wrong; "
                 + " ".join(f"{k}={n}" for k, n in sorted(self.faults.counts.items())))

    def heal(self):
        """Everything runs, every line is open; how long until nothing waits."""
        self.faults.undo_all()
        began = time.monotonic()
        self.region.wait_ready()
        for home in self.region.homes:
            home.hurry()
        for home in self.region.homes:
            try:
                wait_for(home.is_idle, f"{home.facility} to ship everything", self.options.settle)
            except StackError as error:
                self.wrong.append(f"{error}: {len(home.waiting())} files, {home.syncd.tail(3)}")
        self.look_for_dead()
        self.say(f"nothing waits {time.monotonic() - began:.1f} s after the last fault was mended")

    def judge(self):
        with open(self.truth, encoding="utf-8") as file:
            truth = json.load(file)
        self.wrong += reckon(self.region, truth, self.pages)
        for text in self.wrong[:50]:
            self.say("WRONG  " + text)
        outcomes = dict(self.region.sql("SELECT outcome, count(*) FROM bed_audit_log GROUP BY 1"))
        restored = sum(home.restored for home in self.region.homes)
        self.say(f"outcomes {outcomes}; {restored} outboxes restored; pages connected "
                 f"{sum(p.connections for p in self.pages)} times; {len(self.wrong)} things are wrong"
                 f" (./dev chaos --seed {self.options.seed})")

    def stop(self):
        if self.sim and self.sim.poll() is None:
            self.sim.kill()
        if self.faults:
            self.faults.undo_all()
        for page in self.pages:
            page.stop()
        with contextlib.ExitStack() as each:  # whatever becomes of the others
            for server in (self.postgres, self.redis, self.sftp, self.region):
                if server:
                    each.callback(server.stop)


def main():
    parser = argparse.ArgumentParser(prog="./dev chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--homes", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--rate", type=float, default=20, help="files a second, of all homes together")
    parser.add_argument("--seed", type=int, default=None, help="the same story and the same dice again")
    parser.add_argument("--folder", default="chaos", help="under var/; kept only where something is wrong")
    parser.add_argument("--settle", type=float, default=120, help="seconds for a home to catch up at the end")
    options = parser.parse_args()
    options.seed = options.seed or int(time.time()) % 100000
    siege = Siege(options)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # nothing is left running
    try:
        siege.start()
        siege.start_story()
        siege.besiege()
        siege.heal()
        siege.judge()
    finally:
        siege.stop()
    if siege.wrong:
        return 1
    remove(siege.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
