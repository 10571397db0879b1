"""Something is away for a while: the region, PostgreSQL, Redis, a daemon. Nothing is lost, nothing doubled."""
import os

from tests.stack.process import SOON, wait_for
from tests.stack.region import Region
from tests.stack.servers import Postgres
from tests.stack.home import Home

from .exports import ADAPTER, Story, export, row
from .invariants import everywhere, nothing_lost_nothing_doubled, redis_counts


def test_restarts_in_the_middle_of_a_stream_change_nothing(region, new_home):
    home, story = new_home(), Story(2)
    for number in range(60):
        home.drop(f"export-{number:03}.csv", story.file())
        if number == 15:
            home.watcher.stop()
            home.watcher.start()
        if number == 30:
            home.syncd.stop()
            home.syncd.start()
        if number == 45:
            region.daemon.stop()
            region.start()
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, story.events)
    everywhere(region, home.facility, story.counts())


def test_a_region_that_was_down_catches_up_when_it_is_back(region, new_home):
    home, story = new_home(), Story(3)
    home.drop("before.csv", story.file())
    home.wait_shipped()
    region.daemon.stop()
    for number in range(20):
        home.drop(f"while-{number:03}.csv", story.file())
    home.wait_taken_in()
    waiting = home.outbox()["queued"]
    assert waiting > 0
    region.start()
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, story.events)
    everywhere(region, home.facility, story.counts())


def test_a_database_that_was_down_is_waited_for(tmp_folder, redis):
    postgres = Postgres(tmp_folder).start()
    region = Region(os.path.join(tmp_folder, "region"), postgres, redis).create().start()
    home, story = Home(region, "fac_home", [ADAPTER]).start(), Story(4)
    try:
        home.drop("before.csv", story.file())
        home.wait_shipped()
        postgres.stop("immediate")
        for number in range(10):
            home.drop(f"while-{number:03}.csv", story.file())
        home.wait_taken_in()
        wait_for(lambda: region.get("/readyz", token=None).status == 503, "/readyz to be red")
        region.daemon.must_run()
        postgres.start()
        home.wait_shipped()
        region.wait_ready()
        nothing_lost_nothing_doubled(region, home, story.events)
        everywhere(region, home.facility, story.counts())
    finally:
        region.stop()
        postgres.stop("immediate")


def test_a_region_started_before_its_database_heals_by_itself(tmp_folder, redis):
    postgres = Postgres(tmp_folder).start()
    region = Region(os.path.join(tmp_folder, "region"), postgres, redis).create()
    token = region.token()
    postgres.stop()
    region.start(wait=False)
    try:
        wait_for(lambda: answers(region), "the daemon to listen")
        assert region.get("/healthz", token=None).status == 200
        assert region.get("/readyz", token=None).status == 503
        assert region.get("/api/availability", token=token).status == 503
        postgres.start()
        region.wait_ready()
        assert region.availability() == []
    finally:
        region.stop()
        postgres.stop("immediate")


def answers(region):
    region.daemon.must_run()
    try:
        return region.get("/healthz", token=None).status
    except OSError:
        return 0


def test_a_flushed_redis_is_filled_again(region, new_home):
    home, story = new_home(), Story(5)
    for number in range(5):
        home.drop(f"export-{number}.csv", story.file())
    home.wait_shipped()
    everywhere(region, home.facility, story.counts())
    region.redis.cli("flushall")
    assert region.counts(home.facility) == story.counts()
    everywhere(region, home.facility, story.counts(), seconds=60)
    keys = region.redis.cli("smembers", f"avail:index:{region.id}").split()
    assert len(keys) >= len(story.counts())


def test_without_redis_the_answers_come_from_postgresql_and_stay_live(region, new_home):
    home, story = new_home(), Story(6)
    home.drop("before.csv", story.file())
    home.wait_shipped()
    region.redis.stop()
    for number in range(5):
        home.drop(f"while-{number}.csv", story.file())
    home.wait_shipped()
    wait_for(lambda: region.counts(home.facility) == story.counts(), "the API to show PostgreSQL's counts")
    assert region.get("/readyz", token=None).status == 200
    region.redis.start()
    everywhere(region, home.facility, story.counts(), seconds=60)


def test_redis_values_live_for_ten_minutes_and_carry_a_revision(region, new_home):
    home = new_home()
    home.drop("one.csv", export(row("bed_1", "available")))
    home.wait_shipped()
    wait_for(lambda: redis_counts(region, home.facility), "the key in Redis")
    key = f"avail:{home.facility}:dementia:intensive"
    assert 0 < int(region.redis.cli("ttl", key)) <= 600
    assert '"rev":' in region.redis.cli("get", key).replace(" ", "")


def test_a_region_without_redis_configured_works(tmp_folder, postgres):
    region = Region(os.path.join(tmp_folder, "region"), postgres).create().start()
    home, story = Home(region, "fac_home", [ADAPTER]).start(), Story(7)
    try:
        home.drop("x.csv", story.file())
        home.wait_shipped()
        wait_for(lambda: region.counts(home.facility) == story.counts(), "the API to show the counts")
    finally:
        region.stop()


def test_daemons_end_within_seconds_of_sigterm_while_the_region_is_away(region, new_home):
    home = new_home()
    region.daemon.kill()
    home.drop("x.csv", export(row("bed_1", "occupied")))
    home.wait_taken_in()
    assert home.syncd.stop() < SOON
    assert home.watcher.stop() < SOON
    region.start()

