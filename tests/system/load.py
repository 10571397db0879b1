"""A region at work while something is done to it."""
import threading

from tests.stack.home import Home
from tests.stack.process import wait_for

from .exports import ADAPTER, Story

HOMES = 4
MORE = 40  # events that must go through for the work to go on


class Load:
    """Homes whose EHRs never rest, until the block ends."""

    def __init__(self, region):
        self.region = region
        self.homes = [Home(region, f"fac_home_{n}", [ADAPTER]).start() for n in range(HOMES)]
        self.stories = [Story(700 + n, beds=8) for n in range(HOMES)]
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def _run(self):
        number = 0
        while not self.ending.wait(0.02):
            number += 1
            self.homes[number % HOMES].drop(f"{number:06}.csv", self.stories[number % HOMES].file(2))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.thread.join()

    def merged(self):
        return int(self.region.sql("SELECT sum(audit_n) FROM facilities")[0][0])

    def goes_on(self):
        """Until so many more events were merged."""
        begin = self.merged()
        wait_for(lambda: self.merged() >= begin + MORE, "more events to be merged", 60, 0.05)
