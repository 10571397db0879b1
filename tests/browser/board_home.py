"""A region and one home whose board is on, for browsers. `python3 -m tests.browser.board_home` keeps them up."""
import signal
import threading

from tests.stack.board import Board, give_pin
from tests.stack.home import Home
from tests.stack.process import remove, short_folder
from tests.stack.region import Region
from tests.stack.servers import Postgres, Redis
from tests.system.exports import ADAPTER, export, row

PIN = "402951"
STATUSES = ("available", "available", "available", "available", "available", "occupied", "occupied", "reserved", "maintenance")


def beds():
    for ward, care, prefix, n in (("dementia", "intensive", "2b", 9), ("rehabilitation", "medium", "3a", 6), ("somatic", "light", "1c", 7)):
        for i in range(n):
            yield row(f"bed_{prefix}_room_{i + 1}", STATUSES[i], i, ward=ward, care=care)


class BoardHome:
    def __init__(self):
        self.folder = short_folder("bedpost-b-")
        self.postgres, self.redis, self.region = Postgres(self.folder), Redis(self.folder), None

    def start(self):
        self.postgres.start()
        self.redis.start()
        self.region = Region(f"{self.folder}/region", self.postgres, self.redis).create().start()
        home = Home(self.region, "fac_oslo_nordre", [ADAPTER], settings=Board.settings({"heartbeat": "1s"}))
        for name in ("kari", "nurse_hansen", "ola"):
            give_pin(home, name, PIN)
        home.start()
        home.drop("1.csv", export(*beds()))
        home.wait_shipped()
        self.url = Board(home).address + "/"
        self.home = home
        return self

    def stop(self):
        if self.region:
            self.region.stop()
        self.redis.stop()
        self.postgres.stop()
        remove(self.folder)


if __name__ == "__main__":
    made, stopped = BoardHome(), threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        made.start()
        print(f"{made.url} PIN {PIN} of kari; region's pid {made.region.daemon.child.pid}", flush=True)
        stopped.wait()
    finally:
        made.stop()
