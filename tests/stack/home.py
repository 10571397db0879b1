"""A home: an EHR's drop folder, a watcher, a sync daemon."""
import json
import os
import shutil
import sqlite3

from .process import LINE_BACK, Process, program, run, stop_all, wait_for


class Home:
    """One home in a folder of its own, enrolled with a region."""

    def __init__(self, region, facility, adapters, name=None, zone="Europe/Oslo", settings=None, drop=None, region_zone=None, **place):
        """adapters: paths of YAML files, or their text. drop: the drop folder, if not one of its own. region_zone: by which
        the region counts its days (UTC)."""
        self.region, self.facility = region, facility
        self.folder = os.path.join(region.folder, facility)
        self.drop_folder = drop or os.path.join(self.folder, "drop")
        self.state = os.path.join(self.folder, "state")
        self.outbox_file = os.path.join(self.state, "outbox.db")
        self.config = os.path.join(self.folder, "home.yaml")
        self.adapters = os.path.join(self.folder, "adapters")
        for path in (self.drop_folder, self.state, self.adapters):
            os.makedirs(path, exist_ok=True)
        for adapter in adapters:
            self.add_adapter(adapter)
        enrolment = os.path.join(self.folder, "enrolment.yaml")
        region.enrol(facility, name or facility, enrolment, **place, **({"zone": region_zone} if region_zone else {}))
        lines = [f"facility: {facility}", f"zone: {zone}", f"state_dir: {self.state}", f"adapters: {self.adapters}",
                 f"drop: [{{dir: {self.drop_folder}}}]", f"enrolment: {enrolment}",
                 *(f"{key}: {value}" for key, value in (settings or {}).items())]
        with open(self.config, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        self.watcher = Process("bedpost-watcher", [program("bedpost-watcher"), "--config", self.config],
                               os.path.join(self.folder, "watcher.log"))
        self.syncd = Process("bedpost-syncd", [program("bedpost-syncd"), "--config", self.config],
                             os.path.join(self.folder, "syncd.log"))
        region.homes.append(self)

    def add_adapter(self, adapter):
        if "\n" not in adapter:
            shutil.copy(adapter, self.adapters)
            return
        with open(os.path.join(self.adapters, f"adapter-{len(os.listdir(self.adapters))}.yaml"), "w",
                  encoding="utf-8") as file:
            file.write(adapter)

    def change_drop(self, more):
        """What else is said of the drop folder from now on ("recursive: yes"); the watcher is started again."""
        self.watcher.stop()
        with open(self.config, encoding="utf-8") as file:
            text = file.read().replace(f"dir: {self.drop_folder}", f"dir: {self.drop_folder}, {more}")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(text)
        self.watcher.start()

    def start(self):
        self.watcher.start()
        self.syncd.start()
        return self

    def stop(self):
        stop_all(self.syncd, self.watcher)

    def drop(self, name, content):
        """Puts a file in the drop folder as a careful EHR does: written elsewhere, then renamed. Returns its path."""
        data = content if isinstance(content, bytes) else content.encode()
        part = os.path.join(self.folder, name + ".part")
        with open(part, "wb") as file:
            file.write(data)
        path = os.path.join(self.drop_folder, name)
        os.rename(part, path)
        return path

    def drop_file(self, path):
        with open(path, "rb") as file:
            return self.drop(os.path.basename(path), file.read())

    def cli(self, *words, check=True):
        """bedpost at this home."""
        return run(program("bedpost"), *words, "--config", self.config, check=check)

    def json(self, *words):
        return json.loads(self.cli(*words, "--json").stdout)

    def read_outbox(self, statement):
        """Rows of the outbox, read beside the daemons."""
        connection = sqlite3.connect(f"file:{self.outbox_file}?mode=ro", uri=True, timeout=60)
        try:
            return connection.execute(statement).fetchall()
        finally:
            connection.close()

    def outbox(self):
        return self.json("outbox", "status")

    def waiting(self):
        """Files still in the drop folder."""
        return sorted(os.listdir(self.drop_folder))

    def wait_taken_in(self, seconds=60):
        """Until the drop folder is empty, and the ledger knows where each of its files went (the watcher moves a file
        first and notes it then)."""
        def taken_in():
            return not self.waiting() and not (os.path.exists(self.outbox_file) and
                                               self.read_outbox("SELECT 1 FROM files WHERE disposed IS NULL LIMIT 1"))
        wait_for(taken_in, f"{self.facility} to take in its files", seconds, 0.02)

    def wait_shipped(self, seconds=LINE_BACK):
        """Until the region has answered for every event of the outbox."""
        self.wait_taken_in(seconds)
        wait_for(lambda: self.outbox()["queued"] == 0, f"{self.facility}'s queue to drain", seconds, 0.05)
