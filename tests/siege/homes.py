"""The besieged: homes whose EHRs bedpost-sim plays, each behind two lines of its own."""
import json
import os
import shutil
import signal
import sqlite3

from tests.stack.home import Home
from tests.stack.lines import OPEN
from tests.stack.samples import SAMPLES

FORMATS = ("csv", "hl7", "xml")  # in the order of bedpost-sim's "mixed"
SETTINGS = {"transports": "[https, sftp]", "failover_after": 2, "heartbeat": "5s", "rescan": "5s", "poll": "1s"}
NOTIFIED = 20  # homes whose watcher has inotify


class BesiegedHome(Home):
    """Reaches the region through lines that can be cut: `https` to the ingest daemons in turn, `sftp` to the SSH server."""

    def __init__(self, region, number, misfortune):
        self.misfortune, self.is_polled = misfortune, number > NOTIFIED
        sample = next(s for s in SAMPLES if s.format == FORMATS[(number - 1) % len(FORMATS)])
        facility = f"fac_sim_{number:04}"
        self.https = region.lines.line(d.ingest_port for d in region.with_role("ingest"))
        self.sftp = region.lines.line([region.sftp.port])
        self.restored = 0
        shared = region.ingest_port, region.sftp.port
        region.ingest_port, region.sftp.port = self.https.port, self.sftp.port  # what its enrolment names
        try:
            super().__init__(region, facility, [sample.adapter], zone=sample.zone, settings=SETTINGS,
                             drop=os.path.join(region.folder, "drop", facility))
        finally:
            region.ingest_port, region.sftp.port = shared
        self.archive = os.path.join(self.state, "archive")

    def start(self):
        self.start_missing()
        return self

    def start_missing(self):
        """Of both daemons. Few have inotify: an account has but 128 instances, and others on this machine want some."""
        self.start_with({})

    def start_with(self, env):
        env = {**env, **(self.misfortune.no_inotify() if self.is_polled else {})}
        for daemon in self.daemons:
            if not daemon.running():
                daemon.start(**env)

    @property
    def daemons(self):
        return self.watcher, self.syncd

    def kill(self):
        for daemon in self.daemons:
            daemon.kill()

    def hurry(self):
        """Lines open; syncd tries at once. One that was only just started does so anyway, and would die of the signal."""
        for line in (self.https, self.sftp):
            line.set(OPEN)
        if self.syncd.running() and self.line_pid() == self.syncd.child.pid:
            self.syncd.child.send_signal(signal.SIGHUP)

    def line_pid(self):
        """The syncd that wrote the line's status."""
        try:
            with open(os.path.join(self.state, "sync.status.json"), encoding="utf-8") as file:
                return json.load(file)["pid"]
        except FileNotFoundError:
            return None

    def is_idle(self):
        """No file waits, no event waits."""
        return not self.waiting() and self.read_outbox("SELECT last - acked FROM cursor") == [(0,)]

    def archived(self):
        return {os.path.join(folder, name) for folder, _, names in os.walk(self.archive) for name in names}

    def save(self):
        """A copy of the outbox as of now, as docs/operations.md makes one."""
        self.saved_files = self.archived()
        copy = self.outbox_file + ".copy"
        with sqlite3.connect(self.outbox_file, timeout=30) as outbox, sqlite3.connect(copy) as target:
            outbox.backup(target)
        outbox.close()
        target.close()

    def restore(self):
        """The copy takes the outbox's place, and what the EHR has exported since lies in the drop folder again."""
        self.kill()
        for suffix in ("-wal", "-shm"):
            if os.path.exists(self.outbox_file + suffix):
                os.remove(self.outbox_file + suffix)
        os.rename(self.outbox_file + ".copy", self.outbox_file)
        since = self.archived() - self.saved_files
        for path in since:
            shutil.move(path, os.path.join(self.drop_folder, os.path.basename(path)))
        self.restored += 1
        self.start()
        return len(since)
