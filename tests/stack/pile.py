"""./dev pile: a watcher that starts before a folder with FILES waiting: good ones, bad ones, and some that no adapter matches.

Prints how long each kind takes, what the watcher keeps in memory, how long SIGTERM takes in the middle, and what log and
`bedpost status` say of the way; checks that each file was taken once, the oldest first."""
import argparse
import os
import sqlite3
import time

from .backlog import memory
from .bench import ADAPTER, STATUSES
from .demo import demo_folder
from .home import Home
from .process import StackError, wait_for


class NoRegion:
    """A home by itself: nothing is shipped."""

    def __init__(self, folder):
        self.folder, self.homes = folder, []

    def enrol(self, *_, **__):
        pass


def content(kind, number, moment):
    status = STATUSES[number // 500 % 4] if kind == "good" else "asleep"
    return f"bed,ward,care,status,at\n{number % 500},w{number % 4},light,{status},{moment + number}\n"


def pile(home, kind, files):
    """Puts them there, the names in another order than the times; seconds."""
    moment = int(time.time()) - 864_000
    suffix = "txt" if kind == "unmatched" else "csv"
    for number in range(files):
        path = os.path.join(home.drop_folder, f"{number * 7919 % files:07}.{suffix}")
        with open(path, "w", encoding="ascii") as file:
            file.write(content(kind, number, moment))
        os.utime(path, (moment + number, moment + number))


def count(home, table):
    try:
        return home.read_outbox(f"SELECT count(*) FROM {table}")[0][0]
    except sqlite3.OperationalError:  # the watcher is just making it
        return 0


def work_off(home, files, kind):
    """Until the folder is empty, or all are told of; seconds. SIGTERM comes in the middle; what status said there."""
    table = "waiting" if kind == "unmatched" else "files"
    ended, said = None, ""
    began = time.perf_counter()
    home.watcher.start()
    if kind != "unmatched":
        wait_for(lambda: count(home, table) >= files // 2, f"half of the {kind} files", 3600, 0.2)
        said = home.cli("status", check=False).stdout
        ended = home.watcher.stop()
        home.watcher.start()
    wait_for(lambda: count(home, table) == files, f"all {kind} files", 3600, 0.2)
    if kind != "unmatched":
        home.wait_taken_in(600)
    return time.perf_counter() - began, ended, said


def check(home, files, kind):
    """Each once, oldest first."""
    rows = home.read_outbox("SELECT mtime, state FROM files ORDER BY id")
    if len(rows) != files or rows != sorted(rows, key=lambda r: r[0]):
        raise StackError(f"{len(rows)} of {files} in the ledger, or not the oldest first")
    if {state for _, state in rows} != {"committed" if kind == "good" else "rejected"}:
        raise StackError("not all of them became what they should")


def run(home, files, kind):
    pile(home, kind, files)
    seconds, ended, said = work_off(home, files, kind)
    most = memory(home.watcher)
    if kind != "unmatched":
        check(home, files, kind)
    with open(home.watcher.log, encoding="utf-8") as log:
        lines = log.readlines()
    told = [line for line in lines if "work" in line]
    for line in told[:3] + told[-1:] + [line for line in said.splitlines() if "worked off" in line]:
        print("   ", line.strip())
    print(f"{kind}: {files:,} files in {seconds:.0f} s, {files / seconds:,.0f}/s; watcher at most {most:.0f} MiB; "
          f"{len(lines):,} lines of log" + (f"; SIGTERM in the middle took {ended * 1000:.0f} ms" if ended is not None else ""),
          flush=True)


def main():
    parser = argparse.ArgumentParser(prog="./dev pile", description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--kinds", default="good,bad,unmatched")
    options = parser.parse_args()
    region = NoRegion(demo_folder("pile"))
    for kind in options.kinds.split(","):
        home = Home(region, f"fac_pile_{kind}", [ADAPTER + "max_bad: 0\n"])
        try:
            run(home, options.files, kind)
        finally:
            home.stop()


if __name__ == "__main__":
    main()
