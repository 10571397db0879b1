"""./dev demo: a region and three homes with different EHRs, the sample files dropped, the table printed.

--once: compare with what the samples say, stop everything, end 0 if all agreed. Without it the stack stays up, homes
that bedpost-sim plays keep changing, and the dashboard can be opened, until Ctrl-C.
"""
import argparse
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

from .board import Board, give_pin
from .home import Home
from .measure import measure, report
from .process import TOP, StackError, program, remove, short_folder
from .region import COUNTS, Region
from .samples import SAMPLES
from .servers import Postgres, Redis
from .sftp import SftpServer

MEASURED_FILES = 200
BOARD_PIN = "402951"
PASSWORD = "a demo of beds, no secret"


def say(text=""):
    print(text, flush=True)


def demo_folder(name="demo"):
    """var/demo, or a folder under /tmp where PostgreSQL's account could not reach var/ or sockets' paths would be too long."""
    folder = os.path.join(TOP, "var", name)
    remove(folder)
    os.makedirs(folder, mode=0o755, exist_ok=True)
    reachable = os.geteuid() != 0 or subprocess.run(
        ["runuser", "-u", "postgres", "--", "test", "-x", folder], check=False).returncode == 0
    if reachable and len(folder) < 60:
        return folder
    return short_folder(f"bedpost-{name}-")


def table(rows):
    """The availability table as text."""
    heads = ("home", "ward", "care level", "free", "of", "occupied", "reserved", "maint.", "unconf.", "age", "status")
    lines = [(r["name"], r["ward"], r["care_level"], r["available_beds"], r["total_beds"], r["occupied_beds"],
              r["reserved_beds"], r["maintenance_beds"], r["unconfirmed_beds"], f'{r["data_age_minutes"]} min',
              r["status"]) for r in rows]
    widths = [max(len(str(line[i])) for line in [heads, *lines]) for i in range(len(heads))]
    for line in [heads, *lines]:
        yield "  ".join(str(v).rjust(w) if isinstance(v, int) else str(v).ljust(w) for v, w in zip(line, widths)).rstrip()


def differences(region):
    """What the API shows differently from what the samples' own files say."""
    for sample in SAMPLES:
        expected = sample.expected()
        shown = {k: v for k, v in region.counts(sample.facility).items() if v[0]}
        for key in sorted(set(expected) | set(shown)):
            if expected.get(key) != shown.get(key):
                yield (f"{sample.facility} {'/'.join(key)}: the sample says "
                       f"{dict(zip(COUNTS, expected.get(key, ())))}, the API {dict(zip(COUNTS, shown.get(key, ())))}")


class Stack:
    """Everything the demo runs."""

    def __init__(self):
        self.folder = demo_folder()
        self.postgres = Postgres(self.folder)
        self.redis = Redis(self.folder)
        self.sftp = SftpServer(self.folder)
        self.region = None
        self.sims = []

    def start(self):
        say("starting PostgreSQL, Redis and an SFTP server")
        self.postgres.start()
        self.redis.start()
        self.sftp.start()
        say("making a region: database, certificates, daemon")
        self.region = Region(os.path.join(self.folder, "region"), self.postgres, self.redis,
                             sftp=self.sftp).create().start()
        for number, sample in enumerate(SAMPLES):
            say(f"enrolling {sample.name} ({sample.facility}, {os.path.basename(sample.path)}, over {sample.road})")
            home = Home(self.region, sample.facility, [sample.adapter], name=sample.name, zone=sample.zone, region_zone=sample.zone,
                        lat=sample.latitude, lon=sample.longitude, settings=self.settings(number, sample))
            for folder in ("tests", "export"):  # `bedpost adapter test` works here too
                shutil.copytree(os.path.join(sample.path, folder), os.path.join(home.adapters, folder))
            if number == 0:
                give_pin(home, "kari", BOARD_PIN)
            home.start()

    @staticmethod
    def settings(number, sample):
        """The first home has a board."""
        settings = {"transports": f"[{sample.road}]"}
        return settings if number else Board.settings(settings)

    def drop_samples(self):
        for sample, home in zip(SAMPLES, self.region.homes):
            for path in sample.exports:
                home.drop_file(path)
        for home in self.region.homes:
            home.wait_shipped()

    def stop(self):
        for sim in self.sims:
            sim.terminate()
        if self.region:
            self.region.stop()
        self.sftp.stop()
        self.redis.stop()
        self.postgres.stop()


def settle(region):
    """The differences that remain when the last change has had its time to arrive."""
    deadline = time.monotonic() + 10
    while True:
        found = list(differences(region))
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def run_demo(stack, once):
    stack.start()
    say("dropping the sample files")
    stack.drop_samples()
    found = settle(stack.region)
    say()
    for line in table(stack.region.availability(sort="name")):
        say(line)
    say()
    for line in found:
        say("DIFFERS  " + line)
    if found:
        return 1
    say(f"all {len(SAMPLES)} homes show what their samples say")
    say()
    for line in report(measure(stack.region, stack.region.homes[0], MEASURED_FILES), stack.folder):
        say(line)
    if once:
        return 0
    stay(stack)
    return 0


def people(region):
    """Who may log in: a login of each role."""
    home = ("--facility", SAMPLES[0].facility)
    logins = (("coordinator", "REGIONAL_COORDINATOR", ("--region", region.id)), ("manager", "FACILITY_MANAGER", home),
              ("kari", "FACILITY_STAFF", home), ("admin", "SYSTEM_ADMIN", ()))
    for login, role, where in logins:
        region.admin("user", "add", login, "--role", role, *where, "--name", login.capitalize(), "--password-stdin", input=PASSWORD + "\n")
    return logins


def stay(stack):
    """Keeps everything up, with simulated life, until somebody presses Ctrl-C."""
    for sample, home in zip(SAMPLES, stack.region.homes):
        stack.sims.append(subprocess.Popen(
            [program("bedpost-sim"), "--home", sample.facility, "--format", sample.format, "--out", home.drop_folder,
             "--rate", "0.2", "--seed", "1", "--duration", "7d"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    say()
    say(f"dashboard   http://127.0.0.1:{stack.region.api_port}/")
    for login, role, where in people(stack.region):
        say(f"            log in as {login:11}  {role}{' of ' + SAMPLES[0].name if where and role.startswith('FACILITY') else ''}")
    say(f"            the password of each is: {PASSWORD}")
    say(f"            or with a token: {stack.region.token()}")
    say(f"board       {Board(stack.region.homes[0]).address}/ of {SAMPLES[0].name}: Kari's PIN is {BOARD_PIN}")
    say(f"adapters    bedpost adapter test --config {stack.region.homes[0].config}")
    say(f"files       drop one into {stack.region.homes[0].drop_folder} (others beside it)")
    say(f"logs        {stack.folder}")
    say("Ctrl-C stops everything")
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    while not stopped.wait(1):
        for process in (stack.region.daemon, *(d for h in stack.region.homes for d in (h.watcher, h.syncd))):
            process.must_run()


def main():
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__.splitlines()[0])
    parser.add_argument("--once", action="store_true", help="check and stop instead of staying up")
    once = parser.parse_args().once
    stack = Stack()
    code = 1
    try:
        code = run_demo(stack, once)
    except StackError as error:
        say(f"demo: {error}")
    except KeyboardInterrupt:
        pass
    finally:
        stack.stop()
        if code == 0 and not stack.folder.startswith(os.path.join(TOP, "var")):
            shutil.rmtree(stack.folder, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
