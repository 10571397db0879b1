"""A daemon dies at a named instruction (base/kill_point.h), is started again, and nothing is lost or doubled."""
from tests.stack.process import StackError, wait_for

from .invariants import everywhere, nothing_lost_nothing_doubled


def dies_once(process, point, start_again):
    """Runs the process with a kill point armed until it has died there, then without."""
    def died():
        return not process.running()

    try:
        wait_for(died, f"{process.name} to die at {point}")
    except StackError:
        process.stop()
        raise
    assert process.child.returncode == -9, process.tail()
    start_again()


def wait_in_outbox(home, story):
    """Five events that nobody has shipped."""
    home.watcher.start()
    home.drop("1.csv", story.file(5))
    home.wait_taken_in()


def arrived(region, home, story):
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, 5)
    assert region.beds(home.facility) == story.beds
    everywhere(region, home.facility, story.counts())


def syncd_dies_at(region, home, story, point):
    wait_in_outbox(home, story)
    home.syncd.start(BEDPOST_KILL_AT=point)
    dies_once(home.syncd, point, home.syncd.start)
    arrived(region, home, story)


def region_dies_at(region, home, story, point):
    """The home does not run yet, so that the batch is what meets the kill point."""
    region.daemon.stop()
    wait_in_outbox(home, story)
    region.start(BEDPOST_KILL_AT=point)
    home.syncd.start()
    dies_once(region.daemon, point, region.start)
    arrived(region, home, story)
