"""What goes wrong: each fault is done, lasts a while, and is undone. One seed, one order of faults."""
import os
import random
import signal
import time

from tests.stack.lines import CORRUPT, CORRUPT_LENGTHS, CUT, OPEN, SILENT
from tests.stack.servers import Postgres

MOST_HOMES_AT_ONCE = 40


class Faults:
    """Picks a fault, does it, and undoes it when its time is over."""

    def __init__(self, region, seed, misfortune):
        self.region, self.misfortune = region, misfortune
        self.random = random.Random(seed)
        self.under_way = {}  # what is disturbed -> (until, undo)
        self.counts = {}

    TABLE = (  # weight, name
        (8, "kill_regional"), (3, "end_regional"), (4, "freeze_regional"), (10, "kill_home"), (2, "postgres_fast"),
        (2, "postgres_immediate"), (2, "redis_stop"), (2, "redis_flush"), (1, "sshd_stop"), (6, "cut_https"),
        (3, "cut_both"), (2, "silence"), (3, "damage"), (2, "clock"), (4, "restore"))

    def step(self):
        """Undoes what is over; then one more fault."""
        self.undo(time.monotonic())
        (name,) = self.random.choices([n for _, n in self.TABLE], [w for w, _ in self.TABLE])
        if getattr(self, name)():
            self.counts[name] = self.counts.get(name, 0) + 1

    def undo(self, now):
        for key, (until, undo) in list(self.under_way.items()):
            if until <= now:
                del self.under_way[key]
                undo()

    def undo_all(self):
        self.undo(float("inf"))

    def disturb(self, key, shortest, longest, do, undo):
        """False if that is disturbed already."""
        if key in self.under_way:
            return False
        seconds = self.random.uniform(shortest, longest)
        do()
        self.under_way[key] = (time.monotonic() + seconds, undo)
        return True

    def is_disturbed(self, key):
        return key in self.under_way

    # ---- the region ----

    def _regional(self, longest, do, undo):
        daemon = self.random.choice(list(self.region.daemons.values()))
        return self.disturb(daemon, 0, longest, lambda: do(daemon), lambda: undo(daemon))

    def kill_regional(self):
        return self._regional(5, lambda d: d.kill(), lambda d: d.start())

    def end_regional(self):
        return self._regional(2, lambda d: d.stop(seconds=60), lambda d: d.start())

    def freeze_regional(self):
        return self._regional(8, lambda d: d.child.send_signal(signal.SIGSTOP),
                              lambda d: d.child.send_signal(signal.SIGCONT))

    def _postgres(self, mode):
        postgres = self.region.postgres
        return self.disturb(Postgres, 0.2, 5, lambda: postgres.stop(mode), postgres.start)

    def postgres_fast(self):
        return self._postgres("fast")

    def postgres_immediate(self):
        return self._postgres("immediate")

    def redis_stop(self):
        redis = self.region.redis
        return self.disturb("redis", 0.2, 8, redis.stop, redis.start)

    def redis_flush(self):
        return self.disturb("redis", 0, 0, lambda: self.region.redis.cli("flushall"), lambda: None)

    def sshd_stop(self):
        return self.disturb("sshd", 1, 8, self.region.sftp.stop, self.region.sftp.start)

    # ---- homes and their lines ----

    def some_homes(self, most=MOST_HOMES_AT_ONCE):
        homes = self.region.homes
        return self.random.sample(homes, self.random.randint(1, min(most, len(homes))))

    def _lines(self, states, shortest, longest, only=None):
        def turn(home, to):
            for name, state in states.items():
                getattr(home, name).set(OPEN if to == OPEN else state)

        return any([self.disturb((home, "lines"), shortest, longest, lambda h=home: turn(h, None),
                                 lambda h=home: turn(h, OPEN)) for home in only or self.some_homes()])

    def cut_https(self):
        return self._lines({"https": CUT}, 2, 30)

    def cut_both(self):
        return self._lines({"https": CUT, "sftp": CUT}, 5, 60)

    def silence(self):
        return self._lines({"https": SILENT, "sftp": SILENT}, 1, 20)

    def damage(self):
        return self._lines({"https": CORRUPT, "sftp": self.random.choice((CORRUPT, CORRUPT_LENGTHS))}, 2, 15)

    def kill_home(self):
        def kill(home):
            for daemon in self.random.sample(home.daemons, self.random.randint(1, 2)):
                daemon.kill()

        return any([self.disturb(home, 0, 3, lambda h=home: kill(h), home.start_missing)
                    for home in self.some_homes(10)])

    def clock(self):
        """The box's clock is wrong: half an hour at most, either way."""
        env = self.misfortune.clock_off(self.random.randint(-1800, 1800))

        def set_wrong(home):
            home.kill()
            home.start_with(env)

        def set_right(home):
            home.kill()
            home.start()

        return any([self.disturb(home, 2, 15, lambda h=home: set_wrong(h), lambda h=home: set_right(h))
                    for home in self.some_homes(5)])

    def restore(self):
        """A copy is made now, and takes the outbox's place a while later."""
        home = self.random.choice(self.region.homes)
        return os.path.exists(home.outbox_file) and self.disturb((home, "copy"), 5, 40, home.save,
                                                                 lambda: self._restore(home))

    def _restore(self, home):
        if self.is_disturbed(home):  # it may be down: first let it come back
            self.under_way[(home, "copy")] = (time.monotonic() + 1, lambda: self._restore(home))
            return
        home.restore()
