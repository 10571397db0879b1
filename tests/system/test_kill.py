"""kill -9 of any daemon at any moment: after the restart nothing is lost and nothing doubled."""
import os
import random
import time

import pytest

from .exports import Story
from .invariants import everywhere, nothing_lost_nothing_doubled
from .kill_points import dies_once, region_dies_at, syncd_dies_at

ROUNDS = int(os.environ.get("BEDPOST_CHAOS_ROUNDS", "60"))


def test_kill_of_random_daemons_at_random_moments_under_load(region, new_home):
    chance = random.Random(ROUNDS)
    homes = [new_home() for _ in range(2)]
    stories = [Story(100 + n, beds=30) for n in range(2)]
    files = 0
    for round_number in range(ROUNDS):
        for home, story in zip(homes, stories):
            for _ in range(chance.randint(1, 4)):
                files += 1
                # Names rise with time: the order of files of the same second is that of their names.
                home.drop(f"{files:06}.csv", story.file())
        time.sleep(chance.uniform(0, 0.08))  # the moment of the kill, not a wait for a result
        home = chance.choice(homes)
        victim = (home.watcher, home.syncd, region.daemon)[round_number % 3]
        victim.kill()
        victim.start()
    region.wait_ready()
    for home, story in zip(homes, stories):
        home.wait_shipped(120)
        nothing_lost_nothing_doubled(region, home, story.events)
        assert region.beds(home.facility) == story.beds
        everywhere(region, home.facility, story.counts())


WATCHER_POINTS = ("after_digest", "mid_events", "before_commit", "after_commit", "before_dispose", "after_dispose")
SYNCD_POINTS = ("before_send", "after_answer", "before_ack_commit", "after_ack_commit")
REGION_POINTS = ("before_commit", "after_commit", "before_answer")


@pytest.mark.parametrize("point", WATCHER_POINTS)
def test_the_watcher_dies_at_a_named_instruction(region, new_home, point):
    home, story = new_home(start=False), Story(30)
    home.syncd.start()
    home.watcher.start(BEDPOST_KILL_AT=point)
    home.drop("1.csv", story.file(5))
    dies_once(home.watcher, point, home.watcher.start)
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, 5)
    assert region.beds(home.facility) == story.beds


@pytest.mark.parametrize("point", SYNCD_POINTS)
def test_the_sync_daemon_dies_at_a_named_instruction(region, new_home, point):
    syncd_dies_at(region, new_home(start=False), Story(31), point)


@pytest.mark.parametrize("point", REGION_POINTS)
def test_the_region_dies_at_a_named_instruction(region, new_home, point):
    region_dies_at(region, new_home(start=False), Story(32), point)
